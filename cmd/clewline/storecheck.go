package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"text/tabwriter"

	"github.com/clewline/clewline/server"
	"github.com/clewline/clewline/server/backup"
)

type storeCmd struct {
	Check storeCheckCmd `cmd:"" help:"Compare every byte that is stored with its checksum, and count all events. The server may be running."`
}

type storeCheckCmd struct {
	Data   string `help:"The data folder." default:"clewline-data" env:"CLEWLINE_DATA" type:"existingdir" placeholder:"DIR"`
	Output string `help:"table, or json." short:"o" enum:"table,json" default:"table"`
	Quiet  bool   `help:"No progress, only errors." short:"q"`
}

// Run checks; a trouble is exit code 1.
func (c *storeCheckCmd) Run(p *program) error {
	progress, done := p.progress(c.Quiet)
	r, err := server.CheckStore(p.ctx, c.Data, progress)
	done()
	if err != nil {
		return fmt.Errorf("check %s: %w", c.Data, err)
	}
	if c.Output == "json" {
		out := json.NewEncoder(p.stdout)
		out.SetIndent("", "  ")
		if err := out.Encode(r); err != nil {
			return err
		}
	} else {
		c.table(p, r)
	}
	if !r.OK {
		return errors.New("something is damaged; see above")
	}
	return nil
}

func (c *storeCheckCmd) table(p *program, r backup.Report) {
	w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tSTATE\tEVENTS\tREAD\tRESULT")
	for _, x := range r.Checked {
		result := "ok"
		if x.Note != "" {
			result = "ok: " + x.Note
		}
		if x.Trouble != "" {
			result = "DAMAGED: " + x.Trouble + " -> " + x.Advice
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%s\t%s\n", x.Name, cmp.Or(x.State, "-"), x.Rows, size(x.Bytes), result)
	}
	w.Flush()
	fmt.Fprintf(p.stdout, "%d segments, %d events in sealed ones by the list, %d of them counted, %s read, generation %d\n", r.Segments, r.Events, r.Counted, size(r.Bytes), r.Generation)
}
