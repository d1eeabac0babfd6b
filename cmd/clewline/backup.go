package main

import (
	"fmt"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/clewline/clewline/server/backup"
)

type backupCmd struct {
	Data   string `help:"The data folder; its server may be running." default:"clewline-data" env:"CLEWLINE_DATA" type:"path" placeholder:"DIR"`
	To     string `help:"The folder of backups: empty, missing, or with earlier backups of the same store, of which unchanged files are not copied again." required:"" type:"path" placeholder:"FOLDER"`
	Keep   int    `help:"How many backups stay in the folder." default:"7"`
	Verify bool   `help:"Read again what earlier backups have copied."`
	Quiet  bool   `help:"No progress, only errors." short:"q"`
}

// Run takes a backup and says what is in it.
func (c *backupCmd) Run(p *program) error {
	if c.Keep < 1 {
		return wrongUse("--keep is %d; want 1 or more", c.Keep)
	}
	progress, done := p.progress(c.Quiet)
	t, err := backup.Take(p.ctx, c.Data, c.To, backup.TakeOptions{Keep: c.Keep, Verify: c.Verify, Program: version, Progress: progress})
	done()
	if err != nil {
		return fmt.Errorf("backup of %s: %w", c.Data, p.interrupted(err))
	}
	fmt.Fprintf(p.stdout, "backup %s: %d files, %s, of which %d files, %s, are new\n", t.Name, len(t.Files), size(t.Bytes()), t.Copied, size(t.CopiedBytes))
	if len(t.Damaged) > 0 {
		return fmt.Errorf("the backup lacks %d segments, which are damaged in %s and in no earlier backup: %s", len(t.Damaged), c.Data, strings.Join(t.Damaged, "; "))
	}
	return nil
}

// progress gives what shows progress to a person, and what ends that.
func (p *program) progress(quiet bool) (backup.Progress, func()) {
	if quiet || !p.terminal {
		return nil, func() {}
	}
	bar := progressbar.NewOptions64(-1, progressbar.OptionSetWriter(p.stderr), progressbar.OptionShowBytes(true),
		progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	show := func(done, total int64, path string) {
		bar.Describe(path)
		bar.ChangeMax64(total)
		_ = bar.Set64(done) // the terminal may be gone
	}
	return show, func() { _ = bar.Close() }
}

// interrupted tells a person who pressed Ctrl-C that nothing half is left.
func (p *program) interrupted(err error) error {
	if p.ctx.Err() != nil {
		return fmt.Errorf("interrupted; what was there before is as it was")
	}
	return err
}

func size(bytes int64) string {
	const unit = 1024
	if bytes < unit {
		return fmt.Sprintf("%d B", bytes)
	}
	v, i := float64(bytes)/unit, 0
	for ; v >= unit && i < 3; i++ {
		v /= unit
	}
	return fmt.Sprintf("%.1f %ciB", v, "KMGT"[i])
}
