package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/clewline/clewline/server/export"
	"github.com/schollz/progressbar/v3"
)

// partEvents is how many events are asked for at a time. A part that did not
// come whole is asked for again, so it is what a broken connection costs.
const partEvents = 20_000

// mostPartTries is how often in a row a part is asked for.
const mostPartTries = 8

// A fetching is an export on its way into a file or to standard output.
type fetching struct {
	*queryCmd
	p      *program
	params url.Values
	out    *os.File // nil: standard output
	joiner *export.Joiner
	bar    *progressbar.ProgressBar // nil: nobody looks

	state fetched
}

// fetched is how far an export into a file has come. It is kept beside the
// file, so that the same command goes on after whatever stopped it.
type fetched struct {
	Request string `json:"request"` // what was asked; another request begins anew
	Cursor  string `json:"cursor"`
	Bytes   int64  `json:"bytes"` // of the file
	Events  int64  `json:"events"`
	Reason  string `json:"reason"` // why it is not whole; "" while it is
	From    string `json:"from"`   // the range that the server read
	To      string `json:"to"`
	// Sequence is what the parts told of a sequence, all together.
	Sequence *export.Sequence `json:"sequence,omitempty"`
}

// runAll writes everything that is found, however much it is: in parts, each of
// which is tried again when it does not come. With --file it goes on where an
// earlier run stopped.
func (c *queryCmd) runAll(p *program) (err error) {
	f := &fetching{queryCmd: c, p: p, params: url.Values{
		"format": {c.Output}, "q": {c.Query}, "from": {c.From}, "to": {c.To}, "part": {strconv.Itoa(partEvents)},
	}}
	if !c.All {
		f.params.Set("limit", strconv.Itoa(c.Limit))
	}
	if c.Columns != "" {
		f.params.Set("columns", c.Columns)
	}
	if c.BOM {
		f.params.Set("bom", "1")
	}
	f.state.Request = f.params.Encode()
	if c.File != "" {
		if err := f.open(); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.out.Close()) }()
	}
	if c.Output == "parquet" {
		f.joiner = export.NewJoiner(writerFunc(f.write))
	}
	f.measure()
	for {
		next, err := f.part()
		if err != nil {
			return f.stopped(err)
		}
		if f.bar != nil {
			_ = f.bar.Set64(f.state.Events)
		}
		if next == "" {
			break
		}
		f.state.Cursor = next
		if err := f.keep(); err != nil {
			return err
		}
	}
	return f.finish()
}

// stopped says what is there when an export could not go on.
func (f *fetching) stopped(err error) error {
	if f.bar != nil {
		_ = f.bar.Exit()
	}
	err = explain(err, f.Query)
	switch {
	case f.state.Events == 0:
		return err
	case f.resumes():
		return fmt.Errorf("%w\n%d events are in %s; the same command goes on after them", err, f.state.Events, f.File)
	}
	return fmt.Errorf("the export was cut after %d events, which are not all: %w", f.state.Events, err)
}

// resumes says whether another run can go on: a Parquet file has no end yet.
func (f *fetching) resumes() bool { return f.out != nil && f.joiner == nil }

func (f *fetching) finish() error {
	if f.joiner != nil {
		end := export.End{Sequence: f.state.Sequence, Partial: f.state.Reason != "", Reason: f.state.Reason, Query: f.Query, From: f.state.From, To: f.state.To, Count: f.state.Events}
		if err := f.joiner.Close(end); err != nil {
			return err
		}
	}
	if f.out != nil {
		if err := f.out.Sync(); err != nil {
			return err
		}
		if err := os.Remove(f.statePath()); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	if f.bar != nil {
		_ = f.bar.Finish()
	}
	if f.state.Reason != "" {
		fmt.Fprintf(f.p.stderr, "part of the answer: %s\n", visible(f.state.Reason))
	}
	what := "events"
	if s := f.state.Sequence; s != nil {
		what = "rows"
		f.p.tellSequence(&sequenceEnd{s.First, s.Undecided, s.LeftOut, s.DecidedTo})
	}
	if f.out != nil {
		fmt.Fprintf(f.p.stderr, "%d %s are in %s\n", f.state.Events, what, f.File)
	}
	return nil
}

// addSequence adds what a part told of a sequence; "" is no sequence.
func (f *fetched) addSequence(told string) {
	var part export.Sequence
	if json.Unmarshal([]byte(told), &part) != nil {
		return
	}
	if f.Sequence != nil {
		part.First += f.Sequence.First
		part.Undecided += f.Sequence.Undecided
		part.LeftOut += f.Sequence.LeftOut
	}
	f.Sequence = &part
}

// part fetches and writes the next part, and gives the cursor after it.
func (f *fetching) part() (next string, err error) {
	if f.state.Cursor != "" {
		f.params.Set("cursor", f.state.Cursor)
	}
	var body []byte
	var header http.Header
	for try := 1; ; try++ {
		body, header, err = f.ask()
		if err == nil {
			break
		}
		wait, again := pauseBefore(try, err)
		if !again {
			return "", err
		}
		if f.bar != nil {
			f.bar.Describe(fmt.Sprintf("try %d in %v", try+1, wait))
		}
		if err := pause(f.p.ctx, wait); err != nil {
			return "", err
		}
	}
	if f.bar != nil {
		f.bar.Describe("events")
	}
	if f.joiner != nil {
		err = f.joiner.Add(body)
	} else {
		_, err = f.write(body)
	}
	if err != nil {
		return "", err
	}
	if f.state.Events, err = strconv.ParseInt(header.Get("Clewline-Events"), 10, 64); err != nil {
		return "", errors.New("the server's answer does not say how many events it has; is it older than this program?")
	}
	if reason := header.Get("Clewline-Partial"); reason != "" {
		f.state.Reason = reason
	}
	f.state.addSequence(header.Get("Clewline-Sequence"))
	f.state.From, f.state.To = header.Get("Clewline-From"), header.Get("Clewline-To")
	return header.Get("Clewline-Next"), nil
}

// ask gives a whole part; one that was cut is an error.
func (f *fetching) ask() ([]byte, http.Header, error) {
	resp, err := f.do(f.p.ctx, http.MethodGet, "/v1/export", f.params, nil, nil)
	if err != nil {
		return nil, nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, nil, answerError(resp)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return body, resp.Header, err
}

// pauseBefore says how long to wait before the next try, and whether there is
// one: not where the request itself is what is wrong.
func pauseBefore(try int, err error) (wait time.Duration, again bool) {
	if try >= mostPartTries || errors.Is(err, context.Canceled) {
		return 0, false
	}
	wait = min(time.Second<<(try-1), 30*time.Second)
	if se, ok := errors.AsType[*serverError](err); ok {
		if se.status < 500 && se.status != http.StatusTooManyRequests {
			return 0, false
		}
		return min(max(wait, se.retryAfter), time.Minute), true
	}
	_, wrong := errors.AsType[usageError](err)
	return wait, !wrong
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *fetching) write(b []byte) (int, error) {
	if f.out == nil {
		return f.p.stdout.Write(b)
	}
	n, err := f.out.Write(b)
	f.state.Bytes += int64(n)
	return n, err
}

type writerFunc func([]byte) (int, error)

func (w writerFunc) Write(b []byte) (int, error) { return w(b) }

func (f *fetching) statePath() string { return f.File + ".resume" }

// open begins the file, or goes on with it where the same command stopped.
func (f *fetching) open() (err error) {
	var before fetched
	if text, err := os.ReadFile(f.statePath()); err == nil && f.Output != "parquet" && json.Unmarshal(text, &before) == nil && before.Request == f.state.Request {
		f.out, err = os.OpenFile(f.File, os.O_RDWR, 0o600)
		if err == nil {
			if info, err := f.out.Stat(); err == nil && info.Size() >= before.Bytes {
				f.state = before
				fmt.Fprintf(f.p.stderr, "going on after %d events\n", before.Events)
				// What came after the last whole part is asked for again.
				if err := f.out.Truncate(before.Bytes); err != nil {
					return errors.Join(err, f.out.Close())
				}
				_, err = f.out.Seek(before.Bytes, io.SeekStart)
				return err
			}
			_ = f.out.Close()
		}
	}
	f.out, err = os.OpenFile(f.File, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	return err
}

// keep notes how far the file has come, after it has come there.
func (f *fetching) keep() error {
	if !f.resumes() {
		return nil
	}
	if err := f.out.Sync(); err != nil {
		return err
	}
	text, err := json.Marshal(f.state)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(f.File), filepath.Base(f.File)+".resume-*")
	if err != nil {
		return err
	}
	_, err = temp.Write(text)
	err = errors.Join(err, temp.Close())
	if err == nil {
		err = os.Rename(temp.Name(), f.statePath())
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp.Name()))
	}
	return nil
}

// measure counts the events before, for the progress bar. Without the count the
// bar has no end.
func (f *fetching) measure() {
	if !f.p.terminal || f.Quiet {
		return
	}
	total := int64(-1)
	params := url.Values{"q": {f.Query}, "from": {f.From}, "to": {f.To}, "buckets": {"2"}}
	if resp, err := f.remote.ask(f.p.ctx, "/v1/histogram", params, f.Query); err == nil {
		var answer struct {
			Total   int64
			Partial bool
		}
		if json.NewDecoder(resp.Body).Decode(&answer) == nil && !answer.Partial {
			total = answer.Total
			if !f.All {
				total = min(total, int64(f.Limit))
			}
		}
		_ = resp.Body.Close()
	}
	f.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(f.p.stderr), progressbar.OptionSetDescription("events"),
		progressbar.OptionShowCount(), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
	_ = f.bar.Set64(f.state.Events)
}

// runTableExport writes a table as the server writes it, for the forms that
// this program does not make itself.
func (c *queryCmd) runTableExport(p *program) error {
	params := url.Values{"format": {c.Output}, "q": {c.Query}, "from": {c.From}, "to": {c.To}}
	if c.Zone != "" {
		params.Set("zone", c.Zone)
	}
	resp, err := c.remote.ask(p.ctx, "/v1/export", params, c.Query)
	if err != nil {
		return err
	}
	body, err := io.ReadAll(resp.Body)
	if err = errors.Join(err, resp.Body.Close()); err != nil {
		return fmt.Errorf("the answer was cut before its end: %w", err)
	}
	if reason := resp.Trailer.Get("Clewline-Partial"); reason != "" {
		fmt.Fprintf(p.stderr, "part of the answer: %s\n", visible(reason))
	}
	if c.File != "" {
		return os.WriteFile(c.File, body, 0o600)
	}
	_, err = p.stdout.Write(body)
	return err
}
