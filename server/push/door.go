package push

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
)

// maxBody bounds what a page may tell at a time.
const maxBody = 32 << 10

// A Door serves the pages.
type Door struct {
	Hub *Hub
	// Authorize finds the project that a secret writes to. Where it does not,
	// it has answered the request, so that a page can read the answer.
	Authorize func(w http.ResponseWriter, r *http.Request, secret string) (project string, ok bool)
	// Good says whether a secret still opens something, as a long answer must
	// ask from time to time.
	Good func(ctx context.Context, secret string) bool
	// AllowReading puts the headers on by which pages of all origins may read
	// an answer.
	AllowReading func(w http.ResponseWriter)
	Log          *slog.Logger
}

// Doors lists the patterns of the door, for tests and documentation.
func Doors() []string { return []string{"GET /v1/push", "POST /v1/push", "OPTIONS /v1/push"} }

// Routes adds the door to a mux.
func (d *Door) Routes(mux *http.ServeMux) {
	mux.HandleFunc("GET /v1/push", d.channel)
	mux.HandleFunc("POST /v1/push", d.beat)
	mux.HandleFunc("OPTIONS /v1/push", d.preflight)
}

// preflight answers what browsers ask before requests that are not simple. The
// SDK's own are; a host page's service worker may add headers.
func (d *Door) preflight(w http.ResponseWriter, _ *http.Request) {
	d.AllowReading(w)
	w.Header().Set("Access-Control-Allow-Methods", "GET, POST")
	w.Header().Set("Access-Control-Allow-Headers", "Content-Type, Cache-Control, Last-Event-ID")
	w.Header().Set("Access-Control-Max-Age", "86400")
	w.WriteHeader(http.StatusNoContent)
}

// channel answers GET /v1/push. Who asks stands in the URL: a page can open it
// without asking for permission first. A browser key is public.
func (d *Door) channel(w http.ResponseWriter, r *http.Request) {
	d.AllowReading(w)
	params := r.URL.Query()
	project, ok := d.Authorize(w, r, params.Get("key"))
	if !ok {
		return
	}
	c := Client{Tab: params.Get("tab"), Device: params.Get("device"), App: params.Get("app"), Stream: params.Get("stream"), SDK: params.Get("sdk"), UA: r.UserAgent()}
	if wrong := c.check(); wrong != "" {
		d.refuse(w, http.StatusBadRequest, "bad_request", wrong, 0)
		return
	}
	good := func(ctx context.Context) bool { return d.Good(ctx, params.Get("key")) }
	if err := d.Hub.serve(r.Context(), w, project, c, good); err != nil {
		d.fail(w, err)
	}
}

// A beat is what a page tells.
type beat struct {
	Key string `json:"key"`
	Client
	Pull *Progress `json:"pull"` // of one pull, in place of a beat
}

// beat answers POST /v1/push, text/plain as the SDK's door takes it.
func (d *Door) beat(w http.ResponseWriter, r *http.Request) {
	d.AllowReading(w)
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		d.refuse(w, http.StatusRequestEntityTooLarge, "too_large", "limit beatBytes is "+strconv.Itoa(maxBody)+", this body has more", 0)
		return
	}
	var b beat
	wrong := json.Unmarshal(text, &b)
	project, ok := d.Authorize(w, r, b.Key)
	if !ok {
		return
	}
	if wrong != nil {
		d.refuse(w, http.StatusBadRequest, "bad_request", "the body is no JSON object that can be read: "+wrong.Error(), 0)
		return
	}
	if wrong := b.check(); wrong != "" {
		d.refuse(w, http.StatusBadRequest, "bad_request", wrong, 0)
		return
	}
	reply := struct {
		Clewline int       `json:"clewline"`
		Now      int64     `json:"now"`
		Beat     int64     `json:"beat"` // ms until the next one
		Commands []Command `json:"commands"`
		Pull     *Verdict  `json:"pull,omitempty"`
	}{1, d.Hub.now().UnixMilli(), d.Hub.o.Beat.Milliseconds(), []Command{}, nil}
	if b.Pull != nil {
		verdict, err := d.Hub.Progress(r.Context(), project, b.Device, b.Tab, *b.Pull)
		if err != nil {
			d.fail(w, err)
			return
		}
		reply.Pull = &verdict
	} else {
		b.UA = r.UserAgent()
		commands, err := d.Hub.Beat(r.Context(), project, b.Client)
		if err != nil {
			d.fail(w, err)
			return
		}
		reply.Commands = append(reply.Commands, commands...)
	}
	write(w, http.StatusOK, reply)
}

// fail answers an error.
func (d *Door) fail(w http.ResponseWriter, err error) {
	var full *TooManyError
	switch {
	case errors.As(err, &full):
		d.refuse(w, http.StatusTooManyRequests, "slow_down", full.Error()+"; this page is not shown, and is asked again later", 300)
	case errors.Is(err, ErrClosed):
		d.refuse(w, http.StatusServiceUnavailable, "unavailable", "the server is stopping", 5)
	default:
		d.Log.Error("the push door failed", "error", err)
		d.refuse(w, http.StatusInternalServerError, "internal", "something went wrong on the server; its log says what", 30)
	}
}

func (d *Door) refuse(w http.ResponseWriter, status int, code, message string, retrySeconds int) {
	if retrySeconds > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(retrySeconds))
	}
	write(w, status, map[string]any{"error": map[string]string{"code": code, "message": message}})
}

func write(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the page may be gone
}
