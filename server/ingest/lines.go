package ingest

import (
	"crypto/sha256"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/format"
	"github.com/oklog/ulid/v2"
)

// events serves POST /v1/events: native NDJSON from servers.
func (in *Ingest) events(w http.ResponseWriter, r *http.Request) error {
	return in.decode(w, r, "events", "events")
}

// lines serves POST /v1/lines?format=...: logs in other formats.
func (in *Ingest) lines(w http.ResponseWriter, r *http.Request) error {
	params := r.URL.Query()
	name := params.Get("format")
	if params.Has("source") {
		for _, also := range []string{"format", "pattern", "encoding", "multiline"} {
			if params.Get(also) != "" {
				return refuseSource(&format.SourceError{Field: also, Reason: "is said by the source; give one or the other"})
			}
		}
		return in.decode(w, r, "lines", "")
	}
	if name == "" {
		ref := refuse(http.StatusBadRequest, "bad_request", "say which format the lines have: /v1/lines?format=%s, or which source they are of: /v1/lines?source=NAME", strings.Join(format.Names(), "|"))
		ref.field = "format"
		return ref
	}
	return in.decode(w, r, "lines", name)
}

// mostErrors bounds the errors that a reply lists; the count is always whole.
const mostErrors = 1000

// lineError is how a reply names a line that was not understood.
type lineError struct {
	Line   int    `json:"line"`
	Field  string `json:"field,omitempty"`
	Column int    `json:"column,omitempty"`
	Reason string `json:"reason"`
}

func (in *Ingest) decode(w http.ResponseWriter, r *http.Request, door, formatName string) error {
	key, err := in.authorize(r, door, bearer(r))
	if err != nil {
		return err
	}
	params := r.URL.Query()
	source := format.Source{Format: formatName, Pattern: params.Get("pattern"), Encoding: params.Get("encoding"), Multiline: params.Get("multiline")}
	var decode format.Reader
	named := ""
	if door == "lines" && params.Has("source") {
		named = params.Get("source")
		if source, decode, err = in.sources.reader(r.Context(), key.Project, named); err != nil {
			return err
		}
		// Whether a request is a retry must not depend on a change of the source
		// that was made meanwhile: its name stands for its settings.
		formatName = sourceFormat + named
	} else if decode, err = source.Reader(); err != nil {
		return refuseSource(err)
	}
	var zone *time.Location
	if name := params.Get("tz"); name != "" {
		if zone, err = time.LoadLocation(name); err != nil {
			ref := refuse(http.StatusBadRequest, "bad_request", "the time zone %q is not known; want a name such as Asia/Shanghai", name)
			ref.field = "tz"
			return ref
		}
	} else if source.Zone == "" {
		zone = in.cfg.Zone
	}
	idempotency := r.Header.Get("Idempotency-Key")
	if len(idempotency) > event.MaxID {
		ref := refuse(http.StatusBadRequest, "bad_request", "the Idempotency-Key has %d bytes; at most %d are taken", len(idempotency), event.MaxID)
		ref.field = "Idempotency-Key"
		return ref
	}
	body, err := in.readBody(w, r, r.Header.Get("Content-Encoding"), in.cfg.Limits.InflatedBytes)
	if err != nil {
		return err
	}
	defer body.release()

	leave, err := in.admit(r.Context(), key, bearer(r), len(body.bytes))
	if err != nil {
		return err
	}
	defer leave()
	received := in.clock.received()
	var events []event.Event
	var errs []format.LineError
	if gone := in.inTurn(r.Context(), key.ID, func() {
		events, errs, err = decode(body.bytes, format.Options{
			Limits: in.cfg.Limits, Received: received, Zone: zone, App: params.Get("app"), Env: params.Get("env"),
		}, nil)
	}); gone != nil {
		return gone
	}
	in.uses.request(key.ID, clientOf(r, ""))
	in.uses.took(key, len(events), len(body.bytes))
	if err != nil {
		return refuseSource(err)
	}
	b := &event.Batch{Project: key.Project, Events: events, Door: door, KeyID: key.ID, Bytes: len(body.bytes)}
	base := ""
	if idempotency != "" {
		base = event.KeyBase(key.Project, door, idempotency)
		h := sha256.New()
		for _, setting := range []string{formatName, params.Get("app"), params.Get("tz")} {
			h.Write([]byte(setting + "\x00"))
		}
		if env := params.Get("env"); env != "" {
			h.Write([]byte("env\x00" + env + "\x00"))
		}
		if named == "" && source.Pattern+source.Encoding+source.Multiline != "" {
			h.Write([]byte(source.Pattern + "\x00" + source.Encoding + "\x00" + source.Multiline + "\x00"))
		}
		h.Write(body.bytes)
		b.Key = &event.Key{Base: base, Hash: [sha256.Size]byte(h.Sum(nil))}
	} else {
		base = newBase(received)
	}
	for i := range b.Events {
		e := &b.Events[i]
		e.IDBase = base // IDNum is the line, set by the decoder
		e.Project = key.Project
		e.Received = received
	}
	b.DeadLetters = deadLetters(door, formatName, received, errs)
	accepted := len(b.Events)
	last := ""
	if accepted > 0 {
		last = b.Events[accepted-1].ID()
	}
	rejected := format.RejectedLines(errs)
	if err := in.put(r.Context(), b, rejected, body.read); err != nil {
		return err
	}
	in.arrivals.of(key.ID).stored(received, accepted, last)
	if named != "" {
		in.sources.count(key.Project, named, accepted, rejected)
	}

	answer := struct {
		Accepted int         `json:"accepted"`
		Rejected int         `json:"rejected"`
		Errors   []lineError `json:"errors"`
		More     int         `json:"more,omitempty"` // errors not listed
	}{accepted, rejected, []lineError{}, max(0, len(errs)-mostErrors)}
	for _, e := range errs[:min(len(errs), mostErrors)] {
		answer.Errors = append(answer.Errors, lineError{e.Line, e.Field, e.Column, e.Reason})
	}
	reply(w, http.StatusOK, answer)
	return nil
}

// refuseSource answers what is wrong with a source's settings.
func refuseSource(err error) error {
	wrong, ok := errors.AsType[*format.SourceError](err)
	if !ok {
		return err
	}
	ref := refuse(http.StatusBadRequest, "bad_request", "%s", wrong.Error())
	ref.field = wrong.Field
	return ref
}

// newBase gives the base of the ids of a request that has no identity of its
// own: a ULID, so that bases sort by arrival.
func newBase(received int64) string {
	id, err := ulid.New(uint64(received/int64(time.Millisecond)), ulid.DefaultEntropy())
	if err != nil { // the clock is beyond the year 10889
		return ulid.Make().String()
	}
	return id.String()
}

func deadLetters(door, formatName string, received int64, errs []format.LineError) []event.DeadLetter {
	if len(errs) == 0 {
		return nil
	}
	letters := make([]event.DeadLetter, len(errs))
	for i, e := range errs {
		letters[i] = event.DeadLetter{
			Received: received, Door: door, Format: formatName, Line: e.Line, Field: e.Field, Reason: e.Reason,
			Text: strings.Clone(e.Text), // a copy does not hold the whole body
		}
	}
	return letters
}
