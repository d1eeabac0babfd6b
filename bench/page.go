package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// page loads events as part load does, and then lets page.mjs measure the
// search page over them. It needs Node, Chromium, and a binary that has the
// pages in it.
func page(o options) error {
	return withServer(o, nil, func(s *server) error {
		gen := newGenerator(1)
		gen.plan(o.rows)
		in, err := ingest(s, gen, o.rows, o.batch, o.conns)
		if err != nil {
			return err
		}
		fmt.Printf("%d events are stored\n", in.rows)
		if _, err := s.settle(); err != nil {
			return err
		}
		var link string
		select {
		case link = <-s.setup:
		case <-time.After(10 * time.Second):
			return errors.New("the server printed no link for its first admin")
		}
		measure := exec.Command("node", "page.mjs", link, "bench")
		measure.Stdout, measure.Stderr = os.Stdout, os.Stderr
		return measure.Run()
	})
}
