package main

import (
	"fmt"

	"github.com/clewline/clewline/server"
	"github.com/clewline/clewline/server/backup"
)

type restoreCmd struct {
	From   string `help:"The folder of backups." required:"" type:"existingdir" placeholder:"FOLDER"`
	Data   string `help:"The data folder to make; it must be empty or missing." required:"" env:"CLEWLINE_DATA" type:"path" placeholder:"DIR"`
	Backup string `help:"Which backup; the newest by default. --list shows them." placeholder:"NAME"`
	Orders string `help:"The lost store's data folder, or its segments.json, if it can still be read: what was erased or had expired since the backup stays gone." type:"path" placeholder:"PATH"`
	List   bool   `help:"Show the backups, newest first, and do nothing."`
	Quiet  bool   `help:"No progress, only errors." short:"q"`
}

// Run restores, or lists what could be.
func (c *restoreCmd) Run(p *program) error {
	if c.List {
		return c.list(p)
	}
	progress, done := p.progress(c.Quiet)
	r, err := backup.Restore(p.ctx, c.From, c.Data, backup.RestoreOptions{Name: c.Backup, Orders: c.Orders, Open: server.TryStore, Progress: progress})
	done()
	if err != nil {
		return fmt.Errorf("restore: %w", p.interrupted(err))
	}
	for _, w := range r.Warnings {
		fmt.Fprintln(p.stderr, "clewline: warning:", w)
	}
	fmt.Fprintf(p.stdout, "restored the backup %s into %s: %d files, %s\n", r.Name, c.Data, len(r.Files), size(r.Bytes()))
	if r.Erasures+r.Expiries > 0 {
		fmt.Fprintf(p.stdout, "applied what was ordered after it was taken: %d erasures, %d expiries\n", r.Erasures, r.Expiries)
	}
	return nil
}

func (c *restoreCmd) list(p *program) error {
	backups, broken, err := backup.List(c.From)
	if err != nil {
		return err
	}
	for _, b := range backups {
		fmt.Fprintf(p.stdout, "%s  %s  %d events sealed  clewline %s", b.Name, size(b.Bytes()), b.Events, b.Program)
		if len(b.Damaged) > 0 {
			fmt.Fprintf(p.stdout, "  %d segments damaged", len(b.Damaged))
		}
		fmt.Fprintln(p.stdout)
	}
	for _, err := range broken {
		fmt.Fprintln(p.stderr, "clewline: warning:", err)
	}
	return nil
}
