// Package sse writes server-sent events, as the HTML standard defines them, to
// a reader that may go or stop reading at any moment.
package sse

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// stallTime is how long a reader may take for one write.
const stallTime = 30 * time.Second

// atOnce is how many bytes are gathered before they are written.
const atOnce = 64 << 10

// A Writer writes one answer. The first error sticks: the reader has gone, or
// has not read for stallTime. One goroutine at a time may use it.
type Writer struct {
	w       http.ResponseWriter
	control *http.ResponseController
	buf     []byte
	err     error
}

// Open begins an answer that is followed, until it is closed.
func Open(w http.ResponseWriter) *Writer {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("X-Accel-Buffering", "no") // a proxy must not collect events
	w.WriteHeader(http.StatusOK)
	return &Writer{w: w, control: http.NewResponseController(w)}
}

// Close gives the connection back, without the deadline of the last write.
func (w *Writer) Close() { _ = w.control.SetWriteDeadline(time.Time{}) }

// Err is what went wrong; nothing is written any more.
func (w *Writer) Err() error { return w.err }

// Add adds an event, whose data must be of one line, as JSON is; Flush sends
// it. An id that the format cannot hold is left out.
func (w *Writer) Add(name, id string, data []byte) {
	w.buf = fmt.Appendf(w.buf, "event: %s\n", name)
	if id != "" && !strings.ContainsAny(id, "\x00\r\n") { // a sender's own id may hold anything
		w.buf = append(append(append(w.buf, "id: "...), id...), '\n')
	}
	w.buf = append(append(append(w.buf, "data: "...), data...), "\n\n"...)
	if len(w.buf) >= atOnce {
		w.write()
	}
}

// Send sends one event, with data as JSON.
func (w *Writer) Send(name string, data any) {
	text, err := json.Marshal(data)
	if err != nil {
		if w.err == nil {
			w.err = err
		}
		return
	}
	w.Add(name, "", text)
	w.Flush()
}

// Bye sends the last event, with a reason for people.
func (w *Writer) Bye(reason string) { w.Send("bye", map[string]string{"reason": reason}) }

// Comment shows that the line stands.
func (w *Writer) Comment() {
	w.buf = append(w.buf, ": still here\n\n"...)
	w.Flush()
}

// Flush sends what was added.
func (w *Writer) Flush() {
	w.write()
	if w.err == nil {
		w.err = supported(w.control.Flush())
	}
}

func (w *Writer) write() {
	if w.err == nil {
		w.err = supported(w.control.SetWriteDeadline(time.Now().Add(stallTime)))
	}
	if w.err == nil {
		_, w.err = w.w.Write(w.buf)
	}
	w.buf = w.buf[:0]
}

// supported is err, but for what a ResponseWriter cannot do.
func supported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}
