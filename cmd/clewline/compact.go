package main

import (
	"fmt"
	"log/slog"

	"github.com/clewline/clewline/server"
)

type compactCmd struct {
	Data  string `help:"The data folder." default:"clewline-data" env:"CLEWLINE_DATA" type:"existingdir" placeholder:"DIR"`
	Quiet bool   `help:"No progress, only errors and the result." short:"q"`
}

// Run compacts and says what it came to.
func (c *compactCmd) Run(p *program) error {
	progress, done := p.progress(c.Quiet)
	r, err := server.Compact(p.ctx, c.Data, slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn})), progress)
	done()
	if err != nil {
		if p.ctx.Err() != nil {
			return fmt.Errorf("compact %s: interrupted; what was done stays, the rest is as it was, and nothing is lost", c.Data)
		}
		return fmt.Errorf("compact %s: %w", c.Data, err)
	}
	fmt.Fprintf(p.stdout, "before: %s, %d sealed segments, %d events\n", size(r.Before.Bytes), r.Before.Segments, r.Before.Events)
	fmt.Fprintf(p.stdout, "after:  %s, %d sealed segments, %d events\n", size(r.After.Bytes), r.After.Segments, r.After.Events)
	return nil
}
