package ingest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/format"
)

// trackReply is what the SDK acts upon. Clewline is the protocol's version: an
// answer without it is somebody else's (a proxy's login page), not ours.
type trackReply struct {
	Clewline int               `json:"clewline"`
	Ack      []ack             `json:"ack"`
	Offset   float64           `json:"offset"` // ms to add to the client's clock; to be kept and echoed
	Now      float64           `json:"now"`    // the server's clock, epoch ms
	Commands []json.RawMessage `json:"commands"`
	Wait     int               `json:"wait"` // ms before the next batch; 0 as it likes
}

// ack is [stream, from, to] on the wire: durable, the sender may delete it.
type ack [3]any

// minOffset is the smallest difference between a client's clock and ours that
// is corrected. A smaller one cannot be told from the time that the first
// batch took on its way, and correcting by that would put a click *after* the
// request it caused.
const minOffset = time.Second

// track serves POST /v1/track: a batch of one SDK stream.
func (in *Ingest) track(w http.ResponseWriter, r *http.Request) error {
	params := r.URL.Query()
	if v := params.Get("v"); v != "" && v != "1" {
		return refuse(http.StatusBadRequest, "bad_request", "protocol version %q is not known here; this server speaks 1", v)
	}
	encoding := r.Header.Get("Content-Encoding")
	if enc := params.Get("enc"); enc != "" {
		encoding = enc // a Content-Encoding header would cost the SDK a preflight
	}
	body, err := in.readBody(w, r, encoding, in.cfg.Limits.TrackBytes)
	if err != nil {
		return err
	}
	defer body.release()
	received := in.clock.received()

	// The key stands in the envelope. It is looked at first: a sender without
	// one shall not make us decode its events.
	secret := envelopeKey(body.bytes)
	if secret == "" {
		secret = bearer(r)
	}
	key, err := in.authorize(r, "track", secret)
	if err != nil {
		return err
	}
	leave, err := in.admit(r.Context(), key, secret, len(body.bytes))
	if err != nil {
		return err
	}
	defer leave()
	var batch format.TrackBatch
	if gone := in.inTurn(r.Context(), key.ID, func() {
		batch, err = format.DecodeTrack(body.bytes, format.Options{Limits: in.cfg.Limits, Received: received, Zone: in.cfg.Zone})
	}); gone != nil {
		return gone
	}
	in.uses.request(key.ID, clientOf(r, batch.Client))
	in.uses.took(key, len(batch.Events), len(body.bytes))
	if err != nil {
		if ref := asRefusal(err); ref != nil {
			return ref
		}
		return refuse(http.StatusBadRequest, "bad_request", "%s", err.Error())
	}

	pull, err := in.ticket(r.Context(), key, batch.Client, batch.Ticket)
	if err != nil {
		return err
	}
	stream := batch.Range
	if batch.Offset != nil {
		stream.Offset = *batch.Offset
	} else if batch.SentAt != 0 {
		if d := received - batch.SentAt; d >= int64(minOffset) || -d >= int64(minOffset) {
			stream.Offset = d
		}
	}
	b := &event.Batch{
		Project: key.Project, Events: batch.Events, Streams: []event.StreamRange{stream},
		Door: "track", KeyID: key.ID, Bytes: len(body.bytes),
		DeadLetters: deadLetters("track", "track", received, batch.Errors),
	}
	ua := r.UserAgent()
	for i := range b.Events {
		e := &b.Events[i]
		e.Project = key.Project
		e.Received = received
		if e.UA == "" {
			e.UA = ua
		}
	}
	stored := len(b.Events)
	last := ""
	if stored > 0 {
		last = b.Events[stored-1].ID()
	}
	if err := in.put(r.Context(), b, format.RejectedLines(batch.Errors), body.read); err != nil {
		return err
	}
	in.arrivals.of(key.ID).stored(received, stored, last)
	in.arrived(r.Context(), key, pull, stored, len(body.bytes))
	reply(w, http.StatusOK, trackReply{
		Clewline: 1,
		Ack:      []ack{{stream.Stream, stream.From, stream.To}},
		Offset:   float64(stream.Offset) / 1e6,
		Now:      float64(received/1e3) / 1e3,
		Commands: in.commands(r.Context(), key, batch.Client, stream.Stream),
	})
	return nil
}

// envelopeKey gives the key that stands in a batch's first line, "" when there
// is none or the line is not what it should be; the decoder then says why.
func envelopeKey(body []byte) string {
	line, _, _ := bytes.Cut(body, []byte("\n"))
	const mostEnvelope = 64 << 10
	if len(line) > mostEnvelope {
		return ""
	}
	var envelope struct{ Key string }
	if json.Unmarshal(line, &envelope) != nil {
		return ""
	}
	return envelope.Key
}
