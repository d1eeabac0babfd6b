package main

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"github.com/clewline/clewline/cmd/clewline/story"
	"github.com/clewline/clewline/server"
)

type demoCmd struct {
	Data   string  `help:"The data folder; by default a fresh one, removed at the end." type:"path" placeholder:"DIR"`
	Listen string  `help:"The address to serve on; when its port is taken, the next free one is." default:"127.0.0.1:7373" placeholder:"HOST:PORT"`
	Hours  float64 `help:"How many hours of the story lie behind." default:"2"`
	Days   int     `help:"How many earlier days have the same time of the day in them, so that the page Speed knows what is usual." default:"6"`
	NoOpen bool    `help:"Do not open a browser."`
	Seed   uint64  `help:"Which story it is." default:"1"`
	SDK    string  `help:"The folder of the built SDK, for the part of the story that pages log; by default sdk/dist, beside the working folder or the binary." type:"path" placeholder:"DIR"`
	Once   bool    `help:"Play what lies behind only, then keep serving."`
}

const (
	demoProject = "phone-prod"
	demoOrigin  = "https://phone.example.com"
	mostHours   = 48
	mostDays    = 14
	portsTried  = 50
)

// A demo is a server with a story played into it.
type demo struct {
	*program
	cmd    *demoCmd
	server *server.Server
	url    string
	entry  *server.Entry
	target story.Target
	pages  *story.Pages // nil where Node or the SDK is missing
}

// Run plays the story until the program is told to stop.
func (c *demoCmd) Run(p *program) (err error) {
	if !(c.Hours > 0 && c.Hours <= mostHours) {
		return wrongUse("--hours %v: want more than 0, at most %d", c.Hours, mostHours)
	}
	if c.Days < 0 || c.Days > mostDays {
		return wrongUse("--days %d: want 0 to %d", c.Days, mostDays)
	}
	data := c.Data
	if data == "" {
		if data, err = os.MkdirTemp("", "clewline-demo-"); err != nil {
			return fmt.Errorf("make a data folder: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(data)) }()
	}
	d := &demo{program: p, cmd: c}
	if err := d.open(data); err != nil {
		return err
	}
	// The server outlives the players: what they have sent is acknowledged.
	serving, stop := context.WithCancel(context.WithoutCancel(p.ctx))
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- d.server.Run(serving) }()
	playing, enough := context.WithCancel(p.ctx)
	defer enough()
	played := make(chan error, 1)
	go func() { played <- d.play(playing) }()

	select {
	case err = <-failed:
		enough()
		<-played
		return cmp.Or(err, errors.New("the server has stopped"))
	case err = <-played:
		stop()
		return errors.Join(err, <-failed)
	}
}

// open opens the server and makes what the story needs in it: an admin, the
// link that logs in, and the keys.
func (d *demo) open(data string) error {
	run, err := randomHex(4)
	if err != nil {
		return err
	}
	password, err := randomHex(12)
	if err != nil {
		return err
	}
	token, err := randomHex(12)
	if err != nil {
		return err
	}
	d.entry = &server.Entry{Token: token, User: "demo", Password: password, Pages: demoPages()}
	if d.cmd.Data != "" {
		d.entry.User = "demo-" + run // the folder may have one of an earlier run
	}
	if err := server.CreateAdmin(d.ctx, data, d.entry.User, password); err != nil {
		return err
	}
	d.target = story.Target{Keys: map[string]string{}, Run: run}
	for _, app := range story.Apps() {
		if d.target.Keys[app], err = server.CreateKey(d.ctx, data, demoProject, "server", app, nil); err != nil {
			return err
		}
	}
	browserKey, err := server.CreateKey(d.ctx, data, demoProject, "browser", story.Page, []string{demoOrigin})
	if err != nil {
		return err
	}
	if d.server, err = d.listen(data); err != nil {
		return err
	}
	d.url = d.server.URL()
	d.target.URL = d.url
	fmt.Fprintf(d.stdout, "clewline %s, a demo: %s\n", version, d.link(""))
	if d.cmd.Data == "" {
		fmt.Fprintf(d.stdout, "Its data lies in %s and is removed at the end.\n", data)
	} else {
		fmt.Fprintf(d.stdout, "Its data lies in %s and stays there.\n", data)
	}
	sdk, script := d.findSDK()
	d.pages, err = story.OpenPages(story.PagesConfig{SDK: sdk, Script: script, URL: d.url, Key: browserKey, Origin: demoOrigin, Stderr: d.stderr})
	if err != nil {
		fmt.Fprintf(d.stdout, "The part of the story that pages log is left out: %v.\n", err)
	}
	return nil
}

// listen opens the server at the first free port from the wanted one on.
func (d *demo) listen(data string) (*server.Server, error) {
	level := &slog.HandlerOptions{Level: slog.LevelWarn}
	cfg := server.Config{
		Data: data, Listen: d.cmd.Listen, Version: version, Entry: d.entry, ShutdownTime: 3 * time.Second,
		Log: slog.New(slog.NewTextHandler(d.stderr, level)),
	}
	free, err := freePort(d.ctx, cfg.Listen)
	if err != nil {
		return nil, err
	}
	if free != cfg.Listen {
		fmt.Fprintf(d.stdout, "%s is taken; this demo serves on %s.\n", cfg.Listen, free)
		cfg.Listen = free
	}
	return server.Open(d.ctx, cfg)
}

// freePort gives the first address that nobody listens on, port by port.
func freePort(ctx context.Context, address string) (string, error) {
	host, text, err := net.SplitHostPort(address)
	port, portErr := strconv.Atoi(text)
	if err != nil || portErr != nil {
		return "", wrongUse("--listen %q is no address; want HOST:PORT such as 127.0.0.1:7373", address)
	}
	for try := port; ; try++ {
		l, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, strconv.Itoa(try)))
		if err == nil {
			return net.JoinHostPort(host, strconv.Itoa(try)), l.Close()
		}
		if !errors.Is(err, syscall.EADDRINUSE) || try-port >= portsTried || port == 0 {
			return "", fmt.Errorf("listen: %w", err)
		}
	}
}

// findSDK gives the folder of the built SDK and the script that plays pages
// with it; where they are not found, the places where they were looked for.
func (d *demo) findSDK() (dist, script string) {
	roots := []string{"."}
	if exe, err := os.Executable(); err == nil {
		roots = append(roots, filepath.Dir(exe), filepath.Dir(filepath.Dir(exe)))
	}
	if d.cmd.SDK != "" {
		roots = append([]string{filepath.Dir(filepath.Dir(d.cmd.SDK))}, roots...)
	}
	first := func(names ...string) string {
		for _, root := range roots {
			file := filepath.Join(append([]string{root}, names...)...)
			if _, err := os.Stat(file); err == nil {
				return file
			}
		}
		return filepath.Join(names...)
	}
	dist = d.cmd.SDK
	if dist == "" {
		dist = first("sdk", "dist")
	}
	return dist, first("sdk", "examples", "story", "seats.mjs")
}

// play plays the story until it is told to stop. Then it returns nil.
func (d *demo) play(ctx context.Context) error {
	if d.pages != nil {
		// It was told before if they stopped by themselves; what is left
		// to say about an end by force, nobody asks for.
		defer func() { _ = d.pages.Close() }()
	}
	now := time.Now().Truncate(time.Microsecond)
	from := now.Add(-time.Duration(d.cmd.Hours * float64(time.Hour)))
	player := story.NewPlayer(story.New(story.Options{Seed: d.cmd.Seed, From: from, Now: now}), d.target, d.pages, time.Now)
	player.PagesLost = func(why error) { fmt.Fprintf(d.stderr, "The pages are lost, the rest goes on: %v\n", why) }
	err := player.Past(ctx, d.progress(from, now))
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return err
	}
	d.tour()
	if d.terminal && !d.cmd.NoOpen {
		openBrowser(d.link(""))
	}
	// Who looks at the story need not wait for what was before it.
	if err := d.earlier(ctx, now); err != nil {
		return err
	}
	if d.cmd.Once {
		<-ctx.Done()
		return nil
	}
	return player.Live(ctx)
}

// earlier plays the same time of the days before, on which nothing was wrong:
// an hour, and a quarter of one beyond, so that a demo that runs on has
// something to be compared with. What pages log is left out.
func (d *demo) earlier(ctx context.Context, now time.Time) error {
	before := time.Duration(min(d.cmd.Hours, 1) * float64(time.Hour))
	for day := 1; day <= d.cmd.Days; day++ {
		then := now.AddDate(0, 0, -day)
		end := then.Add(before / 4)
		target := d.target
		target.Run += "-" + strconv.Itoa(day)
		// Its troubles would begin long after its end.
		quiet := story.New(story.Options{Seed: d.cmd.Seed + uint64(day), From: then.Add(-before), Now: end.Add(12 * time.Hour)})
		err := story.NewPlayer(quiet, target, nil, func() time.Time { return end }).Past(ctx, func(story.Progress) {})
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
	if d.cmd.Days > 0 {
		fmt.Fprintf(d.stdout, "The same time of %d earlier days is there now too, for the page Speed.\n  %s\n", d.cmd.Days, d.link("speed"))
	}
	return nil
}

// progress shows how far the past has been played: on a terminal one line that
// changes, else the end alone.
func (d *demo) progress(from, now time.Time) func(story.Progress) {
	began := time.Now()
	return func(p story.Progress) {
		share := min(1, float64(p.At.Sub(from))/float64(now.Sub(from)))
		if d.terminal {
			fmt.Fprintf(d.stderr, "\rPlaying the last %s: %3.0f %%, %d events stored\x1b[K", d.hours(), 100*share, p.Stored)
		}
		if !p.Done {
			return
		}
		if d.terminal {
			fmt.Fprint(d.stderr, "\r\x1b[K")
		}
		fmt.Fprintf(d.stdout, "The last %s of a web-phone company: %d events, each acknowledged, in %.1f s.\n", d.hours(), p.Stored, time.Since(began).Seconds())
		if p.Waiting > 0 {
			fmt.Fprintf(d.stdout, "%d more, of pages, are still on their way.\n", p.Waiting)
		}
		if p.Rejected > 0 {
			fmt.Fprintf(d.stdout, "%d lines were rejected, which is a fault of ours; please report it.\n", p.Rejected)
		}
	}
}

func (d *demo) hours() string {
	if d.cmd.Hours == 1 {
		return "hour"
	}
	return strconv.FormatFloat(d.cmd.Hours, 'g', 3, 64) + " hours"
}

// demoPages are what the link leads to, by name.
func demoPages() map[string]string {
	page := func(q, from string) string {
		return "/search?" + url.Values{"project": {demoProject}, "q": {q}, "from": {from}, "to": {"now"}}.Encode()
	}
	return map[string]string{
		"":      page("account:"+story.Account+" and (errorCode:* or category:*)", "-1h"),
		"seat":  page("staff:"+story.Staff+" and level>=warn", "-1h"),
		"trace": page("traceId:"+story.TraceID, "-1h"),
		"slow":  page("app:"+story.SlowDB+" and timeCost>1000", "-1h"),
		"speed": "/speed?" + url.Values{"project": {demoProject}, "by": {"function"}, "sort": {"usual"}}.Encode(),
	}
}

func (d *demo) link(to string) string {
	values := url.Values{"token": {d.entry.Token}}
	if to != "" {
		values.Set("to", to)
	}
	return d.url + "/v1/enter?" + values.Encode()
}

// tour says what there is to see.
func (d *demo) tour() {
	fmt.Fprintf(d.stdout, `
Seat %s has been losing its calls for 40 minutes: its ticket expired, and unlike the others it never asks for a new one.
  %s
One of its refused holds, from the click in the browser to the database, by the trace id.
  %s
For 25 minutes %s has taken seconds to answer, or did not answer at all.
  %s

`, story.Staff, d.link("seat"), d.link("trace"), story.SlowDB, d.link("slow"))
	if d.cmd.Once {
		fmt.Fprintln(d.stdout, "Ctrl-C ends the demo.")
	} else {
		fmt.Fprintln(d.stdout, "The story goes on, a dozen events a second. Ctrl-C ends it.")
	}
}

// openBrowser shows a page to the person at this machine, if it can: the
// address was printed, so nothing is lost where it cannot.
func openBrowser(address string) {
	name, args := "xdg-open", []string{address}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", address}
	}
	cmd := exec.Command(name, args...)
	if cmd.Start() == nil {
		_ = cmd.Process.Release() // it may be the browser itself, which outlives us
	}
}

func randomHex(bytes int) (string, error) {
	b := make([]byte, bytes)
	if _, err := rand.Read(b); err != nil {
		return "", err
	}
	return hex.EncodeToString(b), nil
}
