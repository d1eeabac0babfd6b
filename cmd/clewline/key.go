package main

import (
	"fmt"

	"github.com/clewline/clewline/server"
)

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Make a key and print it, alone, once. Works while the server runs."`
}

type keyCreateCmd struct {
	Data    string   `help:"The server's data folder." default:"clewline-data" env:"CLEWLINE_DATA" type:"path"`
	Project string   `help:"The project the key belongs to; made when it is new." required:""`
	Type    string   `help:"browser (public, write-only), server (secret, writes) or read." enum:"browser,server,read" required:""`
	Name    string   `help:"What the key is for, to tell keys apart."`
	Origin  []string `help:"Origins whose pages may use a browser key, such as https://app.example.com; * allows any." placeholder:"ORIGIN"`
}

// Run prints the key alone, so that a script can take it.
func (c *keyCreateCmd) Run(p *program) error {
	if c.Type == "browser" && len(c.Origin) == 0 {
		return wrongUse("a browser key needs --origin, the pages that may use it, such as --origin https://app.example.com (* allows any)")
	}
	if c.Type != "browser" && len(c.Origin) > 0 {
		return wrongUse("--origin is for browser keys")
	}
	secret, err := server.CreateKey(p.ctx, c.Data, c.Project, c.Type, c.Name, c.Origin)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	_, err = fmt.Fprintln(p.stdout, secret)
	return err
}

type setupCmd struct {
	Data string `help:"The server's data folder." default:"clewline-data" env:"CLEWLINE_DATA" type:"path"`
	URL  string `help:"The server's address as people reach it." default:"http://127.0.0.1:7373"`
}

func (c *setupCmd) Run(p *program) error {
	link, err := server.SetupLink(p.ctx, c.Data, c.URL)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, link)
	return err
}
