package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/format"
	"github.com/klauspost/compress/gzip"
	"github.com/schollz/progressbar/v3"
)

type sendCmd struct {
	remote
	lineSource
	App   string `help:"The app that wrote them; by default the file's name." placeholder:"A"`
	TZ    string `help:"The zone of times without one, such as Asia/Shanghai; by default the server's." placeholder:"ZONE"`
	Quiet bool   `help:"No progress, only errors." short:"q"`

	Follow  bool   `help:"Go on sending what is appended, through rotation and truncation, until interrupted; begin where the last run stopped. Files may be patterns such as 'logs/*.log', whose new files are followed too." short:"f"`
	FromEnd bool   `help:"With --follow: of files that were not followed before, send only what comes from now on."`
	State   string `help:"With --follow: the file that keeps how far each file was sent; by default one in the user's state folder." placeholder:"FILE"`

	Files []string `arg:"" help:"Files to send; - is standard input; .gz files are unpacked." name:"file"`
}

// chunkBytes is how much one request carries; a chunk ends at a line's end.
const chunkBytes = 1 << 20

// mostTries bounds how often one chunk is tried while the server cannot take it.
const mostTries = 8

// Run sends each file in order. It fails when a file could not be sent whole;
// lines that the server rejected are told and do not stop the rest.
func (c *sendCmd) Run(p *program) error {
	join, err := c.check()
	if err != nil {
		return err
	}
	if strings.HasPrefix(strings.ToLower(c.Encoding), "utf-16") {
		return wrongUse("--encoding %s cannot be cut at lines on the way; make it UTF-8 first: iconv -f %s -t utf-8 FILE | clewline send -", c.Encoding, c.Encoding)
	}
	if c.Follow {
		return c.follow(p, join)
	}
	if c.FromEnd || c.State != "" {
		return wrongUse("--from-end and --state are for --follow")
	}
	var total sendResult
	for _, name := range c.Files {
		result, err := c.sendFile(p, name, join)
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

func (c *sendCmd) sendFile(p *program, name string, join format.Multiline) (sendResult, error) {
	var total sendResult
	src, size, identity, err := openSource(p, name)
	if err != nil {
		return total, err
	}
	defer src.Close()
	var in io.Reader = src
	app := c.App
	if app == "" && name != "-" {
		app = strings.TrimSuffix(strings.TrimSuffix(filepath.Base(name), ".gz"), filepath.Ext(strings.TrimSuffix(name, ".gz")))
	}
	if !c.Quiet && p.terminal {
		bar := progressbar.NewOptions64(size, progressbar.OptionSetWriter(p.stderr), progressbar.OptionShowBytes(true),
			progressbar.OptionSetDescription(filepath.Base(name)), progressbar.OptionClearOnFinish(), progressbar.OptionThrottle(100*time.Millisecond))
		defer bar.Close()
		in = io.TeeReader(in, bar)
	}
	if strings.HasSuffix(name, ".gz") {
		z, err := gzip.NewReader(in)
		if err != nil {
			return total, fmt.Errorf("not a gzip file: %w", err)
		}
		defer z.Close()
		in = z
	}
	lines := &chunker{r: bufio.NewReaderSize(in, 256<<10), join: join}
	formatName, offset, line := c.Format, int64(0), 0
	for {
		chunk, err := lines.next()
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
		if formatName == "" {
			formatName = guessFormat(chunk)
			if !c.Quiet {
				fmt.Fprintf(p.stderr, "%s: format %s\n", name, formatName)
			}
		}
		result, err := c.sendChunk(p, formatName, app, fmt.Sprintf("%s:%d-%d", identity, offset, offset+int64(len(chunk))), chunk)
		if err != nil {
			return total, fmt.Errorf("from line %d: %w", line+1, err)
		}
		tellRejected(p, name, line, result)
		total.add(result)
		offset += int64(len(chunk))
		line += bytes.Count(chunk, []byte("\n"))
	}
}

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
func (c *sendCmd) sendChunk(p *program, formatName, app, key string, chunk []byte) (sendResult, error) {
	params := url.Values{"format": {formatName}}
	for name, value := range map[string]string{"pattern": c.Pattern, "encoding": c.Encoding, "multiline": c.Multiline} {
		if value != "" {
			params.Set(name, value)
		}
	}
	if app != "" {
		params.Set("app", app)
	}
	if c.TZ != "" {
		params.Set("tz", c.TZ)
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

// openSource opens a file or standard input. identity names the file for as
// long as it is the same file: its device, inode and first bytes; standard
// input is new each time.
func openSource(p *program, name string) (src io.ReadCloser, size int64, identity string, err error) {
	if name == "-" {
		var id [16]byte
		if _, err := rand.Read(id[:]); err != nil {
			return nil, 0, "", err
		}
		return io.NopCloser(p.stdin), -1, "stdin-" + hex.EncodeToString(id[:]), nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, 0, "", err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, "", errors.Join(err, f.Close())
	}
	if info.IsDir() {
		return nil, 0, "", errors.Join(errors.New("is a folder; name its files"), f.Close())
	}
	head := make([]byte, 1024)
	n, err := f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, "", errors.Join(err, f.Close())
	}
	sum := sha256.Sum256(append([]byte(fileID(info)+"\x00"), head[:n]...))
	return f, info.Size(), "file-" + hex.EncodeToString(sum[:16]), nil
}

// chunker cuts a stream into chunks of whole lines, and of whole events where
// lines are joined.
type chunker struct {
	r    *bufio.Reader
	join format.Multiline
	rest []byte // lines that were read and belong to the next chunk
}

// next gives at least one line, and as many as fit in chunkBytes. A longer
// line is a chunk of its own, up to the server's bound for a line.
func (c *chunker) next() ([]byte, error) {
	limit := event.Limits{}.WithDefaults().LineBytes
	var chunk []byte
	for {
		line, err := c.line(2 * limit)
		if len(line) > 0 {
			if len(chunk) > 0 && len(chunk)+len(line) > chunkBytes {
				c.rest = line
				if c.join != nil && c.join(line) {
					if begin := lastEvent(chunk, c.join); begin > 0 {
						chunk, c.rest = chunk[:begin], append(slices.Clone(chunk[begin:]), line...)
					}
				}
				return chunk, nil
			}
			chunk = append(chunk, line...)
		}
		if err != nil {
			if len(chunk) > 0 && errors.Is(err, io.EOF) {
				return chunk, nil
			}
			return nil, err
		}
	}
}

// lastEvent is where the last event of a chunk begins, by the lines that are
// not joined to those before them.
func lastEvent(chunk []byte, join format.Multiline) int {
	for end := len(chunk); end > 0; {
		begin := bytes.LastIndexByte(chunk[:end-1], '\n') + 1
		if !join(bytes.TrimRight(chunk[begin:end], "\r\n")) {
			return begin
		}
		end = begin
	}
	return 0
}

// line reads one line with its end. Of a line beyond most bytes the rest is
// skipped: the server rejects it for its length, and says so.
func (c *chunker) line(most int) ([]byte, error) {
	if len(c.rest) > 0 {
		end := bytes.IndexByte(c.rest, '\n') + 1
		if end == 0 {
			end = len(c.rest)
		}
		line := c.rest[:end]
		c.rest = c.rest[end:]
		return line, nil
	}
	var line []byte
	for {
		part, err := c.r.ReadSlice('\n')
		if len(line) < most {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		return line, err
	}
}

// guessFormat finds the format that understands most of a sample's lines; the
// first of the list wins a tie. One that understands fewer than half of them is
// not it: the lines are then plain text.
func guessFormat(sample []byte) string {
	const most = 50
	lines := bytes.SplitAfterN(sample, []byte("\n"), most+1)
	head := bytes.Join(lines[:min(most, len(lines))], nil)
	best, bestEvents := "text", 0
	for _, name := range []string{"prism", "invocation", "events", "json", "access", "syslog", "logfmt"} {
		decode, ok := format.ByName(name)
		if !ok {
			continue
		}
		events, errs := decode(bytes.Clone(head), format.Options{}, nil)
		if name == "invocation" && !looksLikeInvocations(events) || name == "events" && !looksNative(events) || name == "logfmt" && !looksLikeLogfmt(events) {
			continue
		}
		if n := len(events); n > bestEvents && n >= format.RejectedLines(errs) {
			best, bestEvents = name, n
		}
	}
	return best
}

// looksLikeInvocations: JSON of any sort passes the decoder, an invocation says
// what was invoked.
func looksLikeInvocations(events []event.Event) bool {
	for i := range events {
		if events[i].Service == "" || events[i].Event == "" {
			return false
		}
	}
	return len(events) > 0
}

func looksNative(events []event.Event) bool {
	for i := range events {
		if events[i].Time == 0 || events[i].Msg == "" {
			return false
		}
	}
	return len(events) > 0
}

// looksLikeLogfmt: any text with a = in it passes the decoder; lines of logfmt
// begin with a pair, and say when or how grave.
func looksLikeLogfmt(events []event.Event) bool {
	for i := range events {
		first, _, _ := strings.Cut(events[i].Raw, " ")
		if !strings.Contains(first, "=") || events[i].Time == 0 && events[i].Level == event.NoLevel {
			return false
		}
	}
	return len(events) > 0
}
