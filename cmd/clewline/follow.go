package main

import (
	"bufio"
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/clewline/clewline/format"
)

// pollEvery is how often a follower looks at its files.
const pollEvery = 500 * time.Millisecond

// mostFollowed bounds the files that one follower has open.
const mostFollowed = 1000

// A follower sends what is appended to files, for as long as it runs, and
// begins where it stopped when it runs again.
//
// What it is about to send is written down before it is sent, with the key
// that it goes under. So a follower that dies at any moment sends the same
// bytes under the same key, which the server stores once. Files are told apart
// by device and inode, so that one that was renamed is read to its end, and the
// new one of that name from its beginning.
type follower struct {
	patterns []string
	fromEnd  bool // of the files that are there when the first run begins
	state    string
	// learn gives the encoding of a file by its first bytes, and what joins its
	// lines; nil where each line of UTF-8 is an event.
	learn func(path, known string, head []byte) (encoding string, join format.Multiline, err error)
	send  func(ctx context.Context, f *followed, key string, chunk []byte) (sendResult, error)
	say   func(format string, args ...any)

	files   map[string]*followed // by fileID
	skipped map[string]bool      // files that are not followed, told once
	begun   bool                 // a file that appears from now on is new, and sent whole
	total   sendResult
}

// followed is one file and how far it was sent. Its exported fields are kept.
type followed struct {
	Path string `json:"path"`
	// Name is what its keys begin with; given once, and anew when the file was
	// truncated.
	Name   string `json:"name"`
	Offset int64  `json:"offset"` // all before it is stored
	Line   int    `json:"line"`   // lines before it
	// Sending is the end of the chunk that was being sent, 0 when none was.
	Sending int64 `json:"sending,omitempty"`
	// Head is the hash of the first HeadBytes of the file, by which a new file
	// with an old one's inode is told.
	Head      string `json:"head"`
	HeadBytes int    `json:"headBytes"`
	Format    string `json:"format,omitempty"`
	Encoding  string `json:"encoding,omitempty"`

	join   format.Multiline
	file   *os.File
	learnt bool  // Encoding and join are known to this run
	gone   bool  // no path leads to it any more
	size   int64 // when it was last looked at
}

// followState is the file that a follower keeps.
type followState struct {
	Version int                  `json:"version"`
	Files   map[string]*followed `json:"files"`
}

// load reads the state; there is none on the first run.
func (w *follower) load() error {
	w.files, w.skipped = map[string]*followed{}, map[string]bool{}
	text, err := os.ReadFile(w.state)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	var kept followState
	if err == nil {
		err = json.Unmarshal(text, &kept)
	}
	if err == nil && kept.Version != 1 {
		err = fmt.Errorf("its version is %d; this program knows 1", kept.Version)
	}
	if err != nil {
		return fmt.Errorf("read what was sent before, %s: %w", w.state, err)
	}
	w.begun = true
	for id, f := range kept.Files {
		if f != nil {
			w.files[id] = f
		}
	}
	return nil
}

// save writes the state, whole or not at all.
func (w *follower) save() error {
	text, err := json.MarshalIndent(followState{1, w.files}, "", "  ")
	if err != nil {
		return err
	}
	tmp := w.state + ".tmp"
	f, err := os.OpenFile(tmp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(tmp, w.state)
}

// run follows until ctx ends, looking at the files whenever poll says so.
func (w *follower) run(ctx context.Context, poll <-chan time.Time) error {
	if err := w.load(); err != nil {
		return err
	}
	defer func() {
		for _, f := range w.files {
			if f.file != nil {
				f.file.Close()
			}
		}
	}()
	for {
		if err := w.look(ctx); err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-poll:
		}
	}
}

// look finds the files that there are, and sends what is new in each.
func (w *follower) look(ctx context.Context) error {
	for _, f := range w.files {
		f.gone = true
	}
	for _, pattern := range w.patterns {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return wrongUse("%q is no pattern of files: %v", pattern, err)
		}
		for _, path := range paths {
			if err := w.find(path); err != nil {
				return err
			}
		}
	}
	if !w.begun && w.fromEnd {
		if err := w.save(); err != nil { // where the end was is known from now on
			return err
		}
	}
	w.begun = true
	for _, id := range slices.Sorted(maps.Keys(w.files)) {
		f := w.files[id]
		if f.file != nil {
			if err := w.advance(ctx, f); err != nil {
				return fmt.Errorf("%s: %w", f.Path, err)
			}
		}
		if f.gone {
			if f.file != nil {
				f.file.Close()
			}
			delete(w.files, id)
			if err := w.save(); err != nil {
				return err
			}
		}
	}
	return nil
}

// find opens the file at a path, unless it is known.
func (w *follower) find(path string) error {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // renamed between the look and now; the next look finds it
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return nil
	}
	if isPacked(path) {
		if !w.skipped[path] && len(w.skipped) < mostFollowed {
			w.skipped[path] = true
			w.say("%s is packed, and not followed; send it with clewline send", path)
		}
		return nil
	}
	id := fileID(info)
	f := w.files[id]
	if f == nil || f.file == nil {
		if len(w.files) >= mostFollowed && f == nil {
			if !w.skipped[path] && len(w.skipped) < mostFollowed {
				w.skipped[path] = true
				w.say("%s is not followed: %d files are, which is the most", path, mostFollowed)
			}
			return nil
		}
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		if f == nil || !f.same(file) {
			if f != nil {
				w.say("%s is another file than the one that was followed under its inode; it is sent from its beginning", path)
			}
			f = &followed{Name: newFollowName()}
			if w.fromEnd && !w.begun {
				f.Offset = info.Size()
				f.HeadBytes = int(min(headMost, f.Offset))
				if f.Head, err = headOf(file, f.HeadBytes); err != nil {
					return errors.Join(err, file.Close())
				}
			}
			w.files[id] = f
		}
		f.file = file
	}
	f.Path, f.gone = path, false
	return nil
}

func newFollowName() string {
	var id [12]byte
	_, _ = rand.Read(id[:]) // never fails
	return "follow-" + hex.EncodeToString(id[:])
}

// headMost is how much of a file's beginning tells it from another.
const headMost = 1024

// same says whether a file begins as the one that was followed did.
func (f *followed) same(file *os.File) bool {
	if f.HeadBytes == 0 { // it was empty, and nothing of it was sent
		return f.Offset == 0
	}
	head, err := headOf(file, f.HeadBytes)
	return err == nil && head == f.Head
}

func headOf(file *os.File, n int) (string, error) {
	head := make([]byte, n)
	if _, err := file.ReadAt(head, 0); err != nil {
		return "", err
	}
	sum := sha256.Sum256(head)
	return hex.EncodeToString(sum[:16]), nil
}

// advance sends what a file has beyond its offset, in chunks of whole lines.
// The last line waits for its end, unless the file is gone and will get none.
func (w *follower) advance(ctx context.Context, f *followed) error {
	info, err := f.file.Stat()
	if err != nil {
		return err
	}
	if info.Size() < max(f.Offset, f.Sending) || f.HeadBytes > 0 && !f.same(f.file) {
		w.say("%s was truncated; it is sent from its beginning", f.Path)
		*f = followed{Path: f.Path, Name: newFollowName(), Format: f.Format, file: f.file, gone: f.gone}
	}
	// Where lines are joined, more of the last event may still come, until
	// the file has rested from one look to the next.
	rested := f.gone || info.Size() == f.size
	f.size = info.Size()
	if f.size == f.Offset && f.Sending == 0 {
		return nil
	}
	if err := w.learned(f); err != nil {
		return err
	}
	open := f.join
	if rested {
		open = nil
	}
	for ctx.Err() == nil {
		chunk, err := f.next(open)
		if err != nil {
			return err
		}
		if len(chunk) == 0 {
			return nil
		}
		if f.Sending == 0 {
			if want := int(min(headMost, f.Offset+int64(len(chunk)))); f.HeadBytes < want {
				if f.Head, err = headOf(f.file, want); err != nil {
					return err
				}
				f.HeadBytes = want
			}
			f.Sending = f.Offset + int64(len(chunk))
			if err := w.save(); err != nil {
				return err
			}
		}
		key := fmt.Sprintf("%s:%d-%d", f.Name, f.Offset, f.Sending)
		result, err := w.send(ctx, f, key, chunk)
		var refused *serverError
		switch {
		case err == nil:
		case errors.As(err, &refused) && refused.status == http.StatusConflict:
			// Somebody has written other bytes over those that were being sent.
			w.say("%s was changed while it was being sent; what stands there now is sent too", f.Path)
			f.Name, f.Sending = newFollowName(), 0
			continue
		case ctx.Err() == nil && passes(err):
			w.say("%s: %v; it is tried again", f.Path, err)
			return nil
		default:
			return fmt.Errorf("from line %d: %w", f.Line+1, err)
		}
		w.total.add(result)
		f.Offset, f.Sending = f.Sending, 0
		f.Line += widthOf(f.Encoding).count(chunk)
		if err := w.save(); err != nil {
			return err
		}
	}
	return ctx.Err()
}

// learned sees to it that a file's encoding is known.
func (w *follower) learned(f *followed) error {
	if w.learn == nil || f.learnt {
		return nil
	}
	head := make([]byte, min(headMost, f.size))
	if _, err := f.file.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	encoding, join, err := w.learn(f.Path, f.Encoding, head)
	if err != nil {
		return err
	}
	f.Encoding, f.join, f.learnt = encoding, join, true
	return nil
}

// passes says whether an error is one of the network or of a server that is
// busy or down, and not one of ours.
func passes(err error) bool {
	var wrong usageError
	if errors.As(err, &wrong) {
		return false
	}
	var refused *serverError
	return !errors.As(err, &refused) || refused.status == http.StatusTooManyRequests || refused.status >= 500
}

// next gives the bytes to send now: exactly those that were being sent when
// the program ended, else as many whole lines as one request carries. With
// open, which joins lines, the last event of the file is left for later.
func (f *followed) next(open format.Multiline) ([]byte, error) {
	if f.Sending > 0 {
		chunk := make([]byte, f.Sending-f.Offset)
		_, err := f.file.ReadAt(chunk, f.Offset)
		return chunk, err
	}
	lines := &chunker{r: bufio.NewReaderSize(io.NewSectionReader(f.file, f.Offset, 1<<62), 256<<10), join: f.join, width: widthOf(f.Encoding)}
	chunk, err := lines.next()
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if _, end := lines.width.starts(chunk); !f.gone && end < len(chunk) {
		chunk = chunk[:end]
	}
	if open != nil && f.Offset+int64(len(chunk)) >= f.size && len(chunk) < chunkBytes/2 {
		chunk = chunk[:lastEvent(chunk, lines.width, open)]
	}
	return chunk, nil
}

// follow is clewline send --follow.
func (c *sendCmd) follow(p *program) error {
	state := c.State
	if state == "" {
		var err error
		if state, err = defaultState(c.Server, c.Files); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(filepath.Dir(state), 0o700); err != nil {
		return err
	}
	lock, err := lockFile(state + ".lock")
	if err != nil {
		return fmt.Errorf("another clewline send --follow keeps its state in %s; name another with --state: %w", state, err)
	}
	defer lock.Close()
	w := &follower{
		patterns: c.Files, fromEnd: c.FromEnd, state: state,
		learn: func(path, known string, head []byte) (string, format.Multiline, error) {
			encoding := known
			if encoding == "" {
				encoding = cmp.Or(c.encodingOf(p, path, head), utf8Name)
			}
			join, err := c.joining(encoding)
			return encoding, join, err
		},
		say: func(format string, args ...any) { fmt.Fprintln(p.stderr, visible(fmt.Sprintf(format, args...))) },
		send: func(ctx context.Context, f *followed, key string, chunk []byte) (sendResult, error) {
			if c.Format != "" {
				f.Format = c.Format
			}
			if f.Format == "" && c.named == nil {
				f.Format = format.Guess(asUTF8(chunk, f.Encoding), nil)
				if !c.Quiet {
					fmt.Fprintf(p.stderr, "%s: format %s\n", f.Path, f.Format)
				}
			}
			result, err := c.sendChunk(p, f.Format, f.Encoding, c.appOf(f.Path), key, chunk)
			tellRejected(p, f.Path, f.Line, result)
			return result, err
		},
	}
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	err = w.run(p.ctx, tick.C)
	if !c.Quiet {
		fmt.Fprintf(p.stderr, "%d events accepted, %d lines rejected\n", w.total.Accepted, w.total.Rejected)
	}
	return err
}

// defaultState is where a follower keeps what it has sent: one file for each
// server and set of files.
func defaultState(server string, files []string) (string, error) {
	dir, err := stateFolder()
	if err != nil {
		return "", fmt.Errorf("where to keep what was sent is not known; name a file with --state: %w", err)
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00", server)
	for _, name := range files {
		path, err := filepath.Abs(name)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(h, "%s\x00", path)
	}
	return filepath.Join(dir, "follow-"+hex.EncodeToString(h.Sum(nil)[:8])+".json"), nil
}
