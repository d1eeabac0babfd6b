package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"text/tabwriter"
	"time"
)

type pullCmd struct {
	remote
	Device string  `help:"The device that is asked, as its events have it." placeholder:"ID"`
	From   string  `help:"Start of the time range: RFC 3339, an epoch, or relative such as -15m, -2h, -7d." default:"-1h"`
	To     string  `help:"End of the time range, itself not in it." default:"now"`
	Level  string  `help:"The least severe level that is wanted." enum:"debug,info,notice,warn,error,fatal" default:"debug"`
	Hours  float64 `help:"How long the device has to come, up to 168." default:"24"`
	Wait   bool    `help:"Show how it goes, and end when the logs have arrived." short:"w"`
	List   bool    `help:"List what was asked, newest first; of one device with --device."`
	Limit  int     `help:"With --list: most to list." default:"100"`
	Cancel string  `help:"End a pull; what has arrived stays." placeholder:"ID"`
	Quiet  bool    `help:"No progress, only errors." short:"q"`
}

// pulled is a pull as the server tells it.
type pulled struct {
	ID, Device, Level, State, Reason, By, Ticket string
	From, To, Asked, Expires                     time.Time
	Selected, Events                             int64
	Reachable                                    bool
}

// pullStep is how often a waiting command asks how a pull goes.
const pullStep = 500 * time.Millisecond

// Run asks a device for its logs, and prints the pull's id.
func (c *pullCmd) Run(p *program) error {
	switch {
	case c.List && c.Cancel != "":
		return wrongUse("--list and --cancel are two things; take one")
	case c.List:
		return c.list(p)
	case c.Cancel != "":
		var got pulled
		if err := c.call(p, http.MethodDelete, "/v1/pulls/"+url.PathEscape(c.Cancel), nil, &got); err != nil {
			return err
		}
		fmt.Fprintln(p.stdout, got.State)
		return nil
	case c.Device == "":
		return wrongUse("--device says whose logs are asked for; it stands in the events of a page, and under Clients")
	}
	ask := map[string]any{"device": c.Device, "from": c.From, "to": c.To, "level": c.Level, "hours": c.Hours}
	var got pulled
	if err := c.call(p, http.MethodPost, "/v1/pulls", ask, &got); err != nil {
		return err
	}
	fmt.Fprintln(p.stdout, got.ID)
	if !c.Wait {
		return nil
	}
	return c.follow(p, got)
}

// follow tells how a pull goes until it ends. When it is given up by Ctrl+C
// the pull goes on.
func (c *pullCmd) follow(p *program, got pulled) error {
	tick := time.NewTicker(pullStep)
	defer tick.Stop()
	told := ""
	for {
		if now := got.progress(); now != told && !c.Quiet {
			fmt.Fprintln(p.stderr, now)
			told = now
		}
		switch got.State {
		case "done":
			return nil
		case "refused", "failed", "cancelled", "expired":
			if got.Reason != "" {
				return fmt.Errorf("the pull %s is %s: %s", got.ID, got.State, visible(got.Reason))
			}
			return fmt.Errorf("the pull %s is %s", got.ID, got.State)
		}
		select {
		case <-p.ctx.Done():
			return fmt.Errorf("not waited for: the pull %s goes on (clewline pull --list shows it)", got.ID)
		case <-tick.C:
		}
		if err := c.call(p, http.MethodGet, "/v1/pulls/"+got.ID, nil, &got); err != nil {
			return err
		}
	}
}

// progress is a pull in one line.
func (g pulled) progress() string {
	switch {
	case g.State == "asked" && !g.Reachable:
		return "asked: no page of " + g.Device + " is online; it has until " + g.Expires.Local().Format(time.DateTime)
	case g.State == "running":
		return fmt.Sprintf("running: %d events have arrived", g.Events)
	case g.State == "done":
		return fmt.Sprintf("done: %d events have arrived", g.Events)
	case g.State == "delivered":
		return "delivered: the device has been asked"
	}
	return g.State
}

func (c *pullCmd) list(p *program) error {
	params := url.Values{"limit": {strconv.Itoa(c.Limit)}}
	if c.Device != "" {
		params.Set("device", c.Device)
	}
	resp, err := c.ask(p.ctx, "/v1/pulls", params, "")
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var got struct{ Pulls []pulled }
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		return fmt.Errorf("read the pulls: %w", err)
	}
	w := tabwriter.NewWriter(p.stdout, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tASKED\tBY\tDEVICE\tFROM\tTO\tLEVEL\tSTATE\tEVENTS\tREASON")
	for _, g := range got.Pulls {
		when := func(t time.Time) string { return t.Local().Format(time.DateTime) }
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%s\n", g.ID, when(g.Asked), g.By, visible(g.Device), when(g.From), when(g.To), g.Level, g.State, g.Events, cmp.Or(visible(g.Reason), "-"))
	}
	return w.Flush()
}

// call sends a request with a JSON body, and reads the JSON answer.
func (c *pullCmd) call(p *program, method, path string, body, into any) error {
	var text bytes.Buffer
	header := http.Header{}
	if body != nil {
		if err := json.NewEncoder(&text).Encode(body); err != nil {
			return err
		}
		header.Set("Content-Type", "application/json")
	}
	resp, err := c.do(p.ctx, method, path, nil, header, &text)
	if err != nil {
		return err
	}
	if resp.StatusCode >= 300 {
		return answerError(resp)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil {
		return fmt.Errorf("read the answer of %s: %w", path, err)
	}
	return nil
}
