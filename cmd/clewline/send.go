package main

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/clewline/clewline/format"
	"github.com/klauspost/compress/gzip"
	"github.com/schollz/progressbar/v3"
)

type sendCmd struct {
	remote
	lineSource
	Source string `help:"Read the lines as this source of the project says; see Settings, Sources. It stands for --format, --pattern, --encoding and --multiline." placeholder:"NAME"`
	App    string `help:"The app that wrote them; by default the source's, else the file's name." placeholder:"A"`
	Env    string `help:"The environment that they are from, such as prod." placeholder:"E"`
	TZ     string `help:"The zone of times without one, such as Asia/Shanghai; by default the source's, else the server's." placeholder:"ZONE"`
	Quiet  bool   `help:"No progress, only errors." short:"q"`
	Again  bool   `help:"Begin at the beginning of files that were sent before. What the server knows it stores once."`

	Follow  bool   `help:"Go on sending what is appended, through rotation and truncation, until interrupted; begin where the last run stopped. Files may be patterns such as 'logs/*.log', whose new files are followed too." short:"f"`
	FromEnd bool   `help:"With --follow: of the files that are there when it first runs, send only what comes from then on; files that appear later are sent whole."`
	State   string `help:"With --follow: the file that keeps how far each file was sent; by default one in the user's state folder." placeholder:"FILE"`

	Files []string `arg:"" help:"Files to send; - is standard input; .gz files are unpacked. A file that was sent before is gone on with where that ended." name:"file"`

	named *format.Source // the settings of --source
}

// chunkBytes is how much one request carries; a chunk ends at a line's end.
const chunkBytes = 1 << 20

// mostTries bounds how often one chunk is tried while the server cannot take it.
const mostTries = 8

// Run sends each file in order. It fails when a file could not be sent whole;
// lines that the server rejected are told and do not stop the rest.
func (c *sendCmd) Run(p *program) error {
	if err := c.settle(p); err != nil {
		return err
	}
	if c.Follow {
		if c.Again {
			return wrongUse("--again is not for --follow; name another --state")
		}
		return c.follow(p)
	}
	if c.FromEnd || c.State != "" {
		return wrongUse("--from-end and --state are for --follow")
	}
	if err := forgetMarks(time.Now()); err != nil && !c.Quiet {
		fmt.Fprintf(p.stderr, "what was noted of earlier sends stays: %v\n", err)
	}
	var total sendResult
	for _, name := range c.Files {
		result, err := c.sendFile(p, name)
		total.add(result)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if !c.Quiet {
		fmt.Fprintf(p.stderr, "%d events accepted, %d lines rejected\n", total.Accepted, total.Rejected)
	}
	return nil
}

// settle checks how the lines are to be read, and asks the server for the
// settings of --source.
func (c *sendCmd) settle(p *program) error {
	if c.Source == "" {
		return c.lineSource.check()
	}
	if c.Format+c.Pattern+c.Encoding+c.Multiline != "" {
		return wrongUse("--source says how the lines are read; leave --format, --pattern, --encoding and --multiline out")
	}
	resp, err := c.do(p.ctx, http.MethodGet, "/v1/lines/source", url.Values{"name": {c.Source}}, nil, nil)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return answerError(resp)
	}
	defer resp.Body.Close()
	var answer struct {
		Settings format.Source `json:"settings"`
	}
	if err := json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&answer); err != nil {
		return fmt.Errorf("the server's answer about source %s cannot be read: %w", c.Source, err)
	}
	c.named = &answer.Settings
	return nil
}

// joining gives what joins the lines of a text in an encoding.
func (c *sendCmd) joining(encoding string) (format.Multiline, error) {
	rule := c.Multiline
	if c.named != nil {
		rule = c.named.Multiline
	}
	join, err := format.ParseMultiline(rule)
	return joinIn(encoding, join), err
}

// encodingOf gives the encoding of a text by the settings, else by its first
// bytes. A text that may be in another one than UTF-8 is told of once.
func (c *sendCmd) encodingOf(p *program, name string, head []byte) string {
	if c.Encoding != "" {
		return c.Encoding
	}
	if c.named != nil && c.named.Encoding != "" {
		return c.named.Encoding
	}
	encoding, other := format.GuessEncoding(head)
	switch {
	case encoding != "" && !c.Quiet:
		fmt.Fprintf(p.stderr, "%s: encoding %s\n", visible(name), encoding)
	case other != "":
		fmt.Fprintf(p.stderr, "%s: this is no UTF-8, and may be %s; if so, stop and add --encoding %s\n", visible(name), other, other)
	}
	return encoding
}

// appOf gives the app of a file's events, "" where the source says it.
func (c *sendCmd) appOf(name string) string {
	if c.App != "" || name == "-" || c.named != nil && c.named.App != "" {
		return c.App
	}
	base := strings.TrimSuffix(filepath.Base(name), ".gz")
	return strings.TrimSuffix(base, filepath.Ext(base))
}

type sendResult struct {
	Accepted, Rejected int
	Errors             []struct {
		Line   int
		Field  string
		Reason string
	}
}

func (r *sendResult) add(o sendResult) {
	r.Accepted += o.Accepted
	r.Rejected += o.Rejected
}

func (c *sendCmd) sendFile(p *program, name string) (sendResult, error) {
	var total sendResult
	src, size, mark, err := c.openFile(p, name)
	if err != nil {
		return total, err
	}
	defer src.Close()
	var in io.Reader = src
	if !c.Quiet && p.terminal {
		bar := progressbar.NewOptions64(size, progressbar.OptionSetWriter(p.stderr), progressbar.OptionShowBytes(true),
			progressbar.OptionSetDescription(filepath.Base(name)), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionSetRenderBlankState(true))
		defer bar.Close()
		in = io.TeeReader(in, bar)
	}
	if isPacked(name) {
		z, err := gzip.NewReader(in)
		if err != nil {
			return total, fmt.Errorf("not a gzip file: %w", err)
		}
		defer z.Close()
		in = z
	}
	r := bufio.NewReaderSize(in, 256<<10)
	if mark.Offset > 0 {
		if _, err := io.CopyN(io.Discard, r, mark.Offset); err != nil {
			return total, fmt.Errorf("go on after byte %d, up to where it was sent before: %w", mark.Offset, err)
		}
		if !c.Quiet {
			fmt.Fprintf(p.stderr, "%s: was sent before up to line %d, goes on from there; --again begins at the beginning\n", visible(name), mark.Line)
		}
	}
	if mark.Encoding == "" {
		head, err := r.Peek(64 << 10)
		if len(head) == 0 && !errors.Is(err, io.EOF) {
			return total, err
		}
		mark.Encoding = cmp.Or(c.encodingOf(p, name, head), utf8Name)
	}
	join, err := c.joining(mark.Encoding)
	if err != nil {
		return total, err
	}
	lines := &chunker{r: r, join: join, width: widthOf(mark.Encoding)}
	if c.Format != "" || c.named != nil {
		mark.Format = c.Format
	}
	for {
		chunk, err := mark.next(lines)
		if errors.Is(err, io.EOF) {
			return total, mark.save()
		}
		if err != nil {
			return total, err
		}
		if mark.Format == "" && c.named == nil {
			mark.Format = format.Guess(asUTF8(chunk, mark.Encoding), nil)
			if !c.Quiet {
				fmt.Fprintf(p.stderr, "%s: format %s\n", visible(name), mark.Format)
			}
		}
		mark.Sending = mark.Offset + int64(len(chunk))
		if err := mark.save(); err != nil && !c.Quiet {
			fmt.Fprintf(p.stderr, "how far %s was sent cannot be noted: %v\n", visible(name), err)
		}
		result, err := c.sendChunk(p, mark.Format, mark.Encoding, c.appOf(name), fmt.Sprintf("%s:%d-%d", mark.Identity, mark.Offset, mark.Sending), chunk)
		if err != nil {
			return total, fmt.Errorf("from line %d: %w", mark.Line+1, err)
		}
		tellRejected(p, name, mark.Line, result)
		total.add(result)
		mark.Offset, mark.Sending = mark.Sending, 0
		mark.Line += lines.width.count(chunk)
	}
}

// next gives the bytes to send now: exactly those that were being sent when
// an earlier run was broken off, else the next whole lines.
func (m *sendMark) next(lines *chunker) ([]byte, error) {
	if m.Sending <= m.Offset {
		return lines.next()
	}
	chunk := make([]byte, m.Sending-m.Offset)
	if _, err := io.ReadFull(lines.r, chunk); err != nil {
		return nil, fmt.Errorf("what was being sent before is not there any more: %w", err)
	}
	return chunk, nil
}

func isPacked(name string) bool { return strings.HasSuffix(name, ".gz") }

// tellRejected names the first lines that the server rejected; before is how
// many lines of the file came before those of the result.
func tellRejected(p *program, name string, before int, result sendResult) {
	for i, e := range result.Errors {
		if i == 10 {
			fmt.Fprintf(p.stderr, "%s: %d more lines were rejected\n", name, result.Rejected-i)
			break
		}
		field := ""
		if e.Field != "" {
			field = e.Field + ": "
		}
		fmt.Fprintf(p.stderr, "%s:%d: %s%s\n", name, before+e.Line, field, e.Reason)
	}
}

// sendChunk sends until the server has answered for good. The key makes a
// chunk whose answer was lost, or a file that is sent again, count once.
func (c *sendCmd) sendChunk(p *program, formatName, encoding, app, key string, chunk []byte) (sendResult, error) {
	params := url.Values{}
	settings := map[string]string{"app": app, "env": c.Env, "tz": c.TZ}
	if c.named != nil {
		settings["source"] = c.Source
		if c.named.Encoding == "" {
			chunk = asUTF8(chunk, encoding) // the source does not say it, the file does
		}
	} else {
		if encoding == utf8Name {
			encoding = ""
		}
		settings["format"], settings["pattern"], settings["encoding"], settings["multiline"] = formatName, c.Pattern, encoding, c.Multiline
	}
	for name, value := range settings {
		if value != "" {
			params.Set(name, value)
		}
	}
	var packed bytes.Buffer
	z, err := gzip.NewWriterLevel(&packed, gzip.BestSpeed)
	if err != nil {
		return sendResult{}, err
	}
	if _, err := z.Write(chunk); err != nil {
		return sendResult{}, err
	}
	if err := z.Close(); err != nil {
		return sendResult{}, err
	}
	header := http.Header{
		"Content-Type": {"text/plain; charset=utf-8"}, "Content-Encoding": {"gzip"},
		"Idempotency-Key": {key},
	}
	for try := 1; ; try++ {
		result, wait, err := c.trySend(p.ctx, params, header, packed.Bytes())
		if err == nil || wait == 0 || try == mostTries {
			return result, err
		}
		if !c.Quiet {
			fmt.Fprintf(p.stderr, "%v; trying again in %v\n", err, wait)
		}
		select {
		case <-time.After(wait):
		case <-p.ctx.Done():
			return sendResult{}, p.ctx.Err()
		}
	}
}

// trySend sends once. wait is how long to wait before trying again, 0 when
// that would be of no use.
func (c *sendCmd) trySend(ctx context.Context, params url.Values, header http.Header, body []byte) (result sendResult, wait time.Duration, err error) {
	resp, err := c.do(ctx, http.MethodPost, "/v1/lines", params, header, bytes.NewReader(body))
	if err != nil {
		var wrong usageError
		if errors.As(err, &wrong) || ctx.Err() != nil {
			return result, 0, err
		}
		return result, time.Second, err
	}
	if resp.StatusCode != http.StatusOK {
		se := answerError(resp)
		if se.status == http.StatusTooManyRequests || se.status >= 500 {
			wait = min(max(se.retryAfter, time.Second), time.Minute)
		}
		return result, wait, se
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(&result); err != nil {
		return result, time.Second, fmt.Errorf("the server's answer was cut short: %w", err)
	}
	return result, 0, nil
}

// openFile opens a file or standard input, and says how far it was sent before;
// standard input is new each time.
func (c *sendCmd) openFile(p *program, name string) (src io.ReadCloser, size int64, mark *sendMark, err error) {
	if name == "-" {
		var id [16]byte
		if _, err := rand.Read(id[:]); err != nil {
			return nil, 0, nil, err
		}
		return io.NopCloser(p.stdin), -1, &sendMark{Identity: "stdin-" + hex.EncodeToString(id[:])}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, nil, errors.Join(err, f.Close())
	}
	if info.IsDir() {
		return nil, 0, nil, errors.Join(errors.New("is a folder; name its files"), f.Close())
	}
	if !info.Mode().IsRegular() { // a pipe cannot be looked at twice
		return f, -1, &sendMark{Identity: fmt.Sprintf("pipe-%s-%d", fileID(info), time.Now().UnixNano())}, nil
	}
	if mark, err = c.openMark(name, f, info); err != nil {
		return nil, 0, nil, errors.Join(err, f.Close())
	}
	return f, info.Size(), mark, nil
}
