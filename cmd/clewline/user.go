package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/clewline/clewline/server"
)

// userCmd is for the operator, who has the server's folder: people are managed
// on the page Settings, People.
type userCmd struct {
	List  userListCmd  `cmd:"" help:"List people and what they may."`
	Reset userResetCmd `cmd:"" help:"Print a one-time link by which somebody chooses another password."`
}

type userListCmd struct {
	Data string `help:"The server's data folder." default:"clewline-data" env:"CLEWLINE_DATA" type:"path"`
}

// Run prints a table.
func (c *userListCmd) Run(p *program) error {
	people, err := server.People(p.ctx, c.Data)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.stdout, 0, 0, 2, ' ', 0)
	for _, person := range people {
		fmt.Fprintln(w, person.Name+"\t"+person.May)
	}
	return w.Flush()
}

type userResetCmd struct {
	Data string `help:"The server's data folder." default:"clewline-data" env:"CLEWLINE_DATA" type:"path"`
	URL  string `help:"The server's address as people reach it." default:"http://127.0.0.1:7373"`
	Name string `arg:"" help:"Whose password it is."`
}

// Run prints the link alone, so that a script can take it.
func (c *userResetCmd) Run(p *program) error {
	link, err := server.ResetLink(p.ctx, c.Data, c.URL, c.Name)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(p.stdout, link)
	return err
}
