package main

import (
	"fmt"
	"log/slog"

	"github.com/clewline/clewline/server"
)

type retentionCmd struct {
	Run retentionRunCmd `cmd:"" help:"Remove now what a running server would, by the limits set under Settings. Refused while a server runs on the folder."`
}

type retentionRunCmd struct {
	Data string `help:"The data folder." default:"clewline-data" env:"CLEWLINE_DATA" type:"existingdir"`
}

// Run looks once at what is to go. What it removes is told line by line.
func (c *retentionRunCmd) Run(p *program) error {
	if err := server.Retain(p.ctx, c.Data, slog.New(slog.NewTextHandler(p.stderr, nil))); err != nil {
		return fmt.Errorf("retention of %s: %w", c.Data, err)
	}
	return nil
}
