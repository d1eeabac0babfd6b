package story

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"time"
)

// Pages are the seats' pages: a Node process that logs through the SDK. Its
// methods are for one goroutine.
type Pages struct {
	cmd          *exec.Cmd
	in           *bufio.Writer
	pipe         io.Closer
	acknowledged atomic.Int64
	buffered     atomic.Int64
	flushed      chan bool // answers to flush; closed when the process says no more
	ended        chan struct{}
}

// A PagesConfig says how the pages are started, and where they send.
type PagesConfig struct {
	Node   string // the program; default: node, as PATH finds it
	Script string // sdk/examples/story/seats.mjs
	SDK    string // the folder of the built SDK
	URL    string // of the server
	Key    string // a browser key
	Origin string // one that the key allows
	Stderr io.Writer
}

// OpenPages starts the pages. Its error says in a sentence what is missing.
func OpenPages(c PagesConfig) (*Pages, error) {
	if c.Node == "" {
		node, err := exec.LookPath("node")
		if err != nil {
			return nil, errors.New("there is no Node on this machine")
		}
		c.Node = node
	}
	for _, file := range []string{filepath.Join(c.SDK, "index.js"), filepath.Join(c.SDK, "log-report.js"), c.Script} {
		if _, err := os.Stat(file); err != nil {
			return nil, fmt.Errorf("%s is not there; `make sdk` builds it", file)
		}
	}
	cmd := exec.Command(c.Node, c.Script, c.SDK)
	cmd.Stderr = c.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start node: %w", err)
	}
	p := &Pages{cmd: cmd, in: bufio.NewWriterSize(in, 64<<10), pipe: in, flushed: make(chan bool, 1), ended: make(chan struct{})}
	go p.listen(out)
	if err := p.write(context.Background(), encode(map[string]string{"do": "open", "endpoint": c.URL, "key": c.Key, "app": Page, "origin": c.Origin})); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// listen follows what the process says until it says no more.
func (p *Pages) listen(out io.Reader) {
	defer close(p.ended)
	defer close(p.flushed)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var said struct {
			Acknowledged, Buffered int64
			Flushed                *bool
		}
		if json.Unmarshal(lines.Bytes(), &said) != nil {
			continue // some library's own words
		}
		p.acknowledged.Store(said.Acknowledged)
		p.buffered.Store(said.Buffered)
		if said.Flushed != nil {
			select {
			case p.flushed <- *said.Flushed:
			default: // whoever asked does not wait any longer
			}
		}
	}
}

// write hands commands over. It waits while the pages are behind: they read no
// faster than the server takes what they send. It gives up when ctx ends.
func (p *Pages) write(ctx context.Context, lines ...[]byte) error {
	for _, line := range lines {
		if err := ctx.Err(); err != nil {
			return err
		}
		if _, err := p.in.Write(line); err != nil {
			return fmt.Errorf("the pages have stopped: %w", err)
		}
		if err := p.in.WriteByte('\n'); err != nil {
			return fmt.Errorf("the pages have stopped: %w", err)
		}
	}
	return p.in.Flush()
}

// flush waits until all that the pages have logged has arrived, or an attempt
// to send it has failed: then it gives false, and they try on.
func (p *Pages) flush(ctx context.Context) (arrived bool, err error) {
	if err := p.write(ctx, []byte(`{"do":"flush"}`)); err != nil {
		return false, err
	}
	select {
	case <-ctx.Done():
		return false, ctx.Err()
	case arrived, ok := <-p.flushed:
		if !ok {
			return false, errors.New("the pages have stopped")
		}
		return arrived, nil
	}
}

// Close lets the pages deliver what they have and close their streams, and
// waits for it, but not long.
func (p *Pages) Close() error {
	err := errors.Join(p.in.Flush(), p.pipe.Close())
	patience := time.AfterFunc(5*time.Second, func() { _ = p.cmd.Process.Kill() })
	defer patience.Stop()
	<-p.ended
	return errors.Join(err, p.cmd.Wait())
}
