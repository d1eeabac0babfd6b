package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/format"
)

// mostSample bounds what parse and lint read of one file, which they hold in
// memory.
const mostSample = 256 << 20

type parseCmd struct {
	lineSource
	SourceFile string   `help:"A file of a source's settings, JSON or YAML: format, tz, encoding, multiline, pattern, fields, levels, app, env." placeholder:"FILE" type:"path"`
	TZ         string   `help:"The zone of times without one, such as Asia/Shanghai; by default the source's, else this machine's." placeholder:"ZONE"`
	App        string   `help:"The app of events that name none." placeholder:"A"`
	Env        string   `help:"The environment of events that name none." placeholder:"E"`
	Files      []string `arg:"" optional:"" help:"Files to read; standard input when absent." name:"file"`
}

// settings gives what the flags, or the file of settings, say.
func (c *parseCmd) settings() (format.Source, error) {
	if c.SourceFile == "" {
		err := c.check()
		return format.Source{Format: c.Format, Pattern: c.Pattern, Encoding: c.Encoding, Multiline: c.Multiline}, err
	}
	if c.Format+c.Pattern+c.Encoding+c.Multiline != "" {
		return format.Source{}, wrongUse("--source-file says how the lines are read; leave --format, --pattern, --encoding and --multiline out")
	}
	return readSource(c.SourceFile)
}

// Run prints what a server would make of the lines, one event a line, and says
// which it would reject. It sends nothing.
func (c *parseCmd) Run(p *program) error {
	source, err := c.settings()
	if err != nil {
		return err
	}
	var zone *time.Location
	if c.TZ != "" || source.Zone == "" {
		if zone, err = zoneNamed(c.TZ); err != nil {
			return err
		}
	}
	rejected := 0
	out := bufio.NewWriter(p.stdout)
	err = eachFile(p, c.Files, func(name string, text []byte) error {
		source := source
		if source.Encoding == "" {
			encoding, other := format.GuessEncoding(text[:min(len(text), 64<<10)])
			if source.Encoding = encoding; encoding != "" {
				fmt.Fprintf(p.stderr, "%s: encoding %s\n", visible(name), encoding)
			} else if other != "" {
				fmt.Fprintf(p.stderr, "%s: this is no UTF-8, and may be %s; if so, add --encoding %s\n", visible(name), other, other)
			}
		}
		if source.Format == "" {
			source.Format = format.Guess(asUTF8(text[:min(len(text), 1<<20)], source.Encoding), nil)
			fmt.Fprintf(p.stderr, "%s: format %s\n", visible(name), source.Format)
		}
		decode, err := source.Reader()
		if err != nil {
			return err
		}
		events, errs, err := decode(text, format.Options{Zone: zone, App: c.App, Env: c.Env}, nil)
		if err != nil {
			return err
		}
		for i := range errs {
			fmt.Fprintf(p.stderr, "%s: %s\n", visible(name), visible(errs[i].Error()))
		}
		rejected += format.RejectedLines(errs)
		for i := range events {
			events[i].IDNum = 0 // the server gives ids
			if _, err := out.Write(append(event.AppendJSON(nil, &events[i]), '\n')); err != nil {
				return err
			}
		}
		return nil
	})
	if err := errors.Join(err, out.Flush()); err != nil {
		return err
	}
	if rejected > 0 {
		return fmt.Errorf("%d lines would be rejected", rejected)
	}
	return nil
}

// zoneNamed gives a zone by its name, this machine's for none.
func zoneNamed(name string) (*time.Location, error) {
	if name == "" {
		return time.Local, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, wrongUse("--tz %q is no time zone; want a name such as Asia/Shanghai", name)
	}
	return zone, nil
}

// eachFile reads files, or standard input where none is named.
func eachFile(p *program, names []string, do func(name string, text []byte) error) error {
	read := func(name string, r io.Reader) error {
		text, err := io.ReadAll(io.LimitReader(r, mostSample+1))
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if len(text) > mostSample {
			return fmt.Errorf("%s is longer than %d MiB; cut it, or send it with clewline send", name, mostSample>>20)
		}
		return do(name, text)
	}
	if len(names) == 0 || len(names) == 1 && names[0] == "-" {
		return read("stdin", p.stdin)
	}
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		err = read(name, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}
