package ingest

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/format"
)

// ReplayDoor is what replayed dead letters are counted under.
const ReplayDoor = "replay"

// ReplayAs says how a dead letter is to be read this time. The zero value
// reads it as it was read before.
type ReplayAs struct {
	Format string         // "" = the letter's own; "source:NAME" = by a source, as it is now
	App    string         // of an event that names none
	Zone   *time.Location // of times without one; nil = the server's
}

// ErrReplayed says that a dead letter was played again before, in another way.
var ErrReplayed = errors.New("this dead letter was played again before; its event is stored")

// ErrCut says that only the beginning of a dead letter was kept.
var ErrCut = errors.New("only the beginning of this was kept, so it cannot be played again; send it again from where it came")

// Replay reads a dead letter of a project again, by the decoders that the doors
// use, redacts it and takes it to durability. id names the letter: however
// often it is played, it is stored once. An event without a time gets the
// time at which the letter came.
//
// It gives the event's id; a *format.LineError where the letter still cannot be
// read; ErrReplayed; ErrCut; or what Sink.Put gives.
func (in *Ingest) Replay(ctx context.Context, project string, letter event.DeadLetter, id string, as ReplayAs) (eventID string, err error) {
	if len(letter.Text) > event.MaxDeadLetter-4 { // a cut leaves whole signs only
		return "", ErrCut
	}
	name, zone := as.Format, as.Zone
	if name == "" {
		name = letter.Format
	}
	began := in.cfg.Clock()
	events, errs, err := in.readAgain(ctx, project, letter, name, zone, as.App)
	switch {
	case err != nil:
		return "", err
	case len(errs) > 0:
		return "", &errs[0]
	case len(events) == 0:
		return "", &format.LineError{Line: letter.Line, Reason: "there is nothing in it"}
	}
	h := sha256.New()
	if zone == nil {
		zone = in.cfg.Zone
	}
	h.Write([]byte(name + "\x00" + as.App + "\x00" + zone.String() + "\x00" + letter.Text))
	key := &event.Key{Base: event.KeyBase(project, ReplayDoor, id), Hash: [sha256.Size]byte(h.Sum(nil))}
	received := in.clock.received()
	for i := range events {
		e := &events[i]
		e.IDBase, e.Project, e.Received = key.Base, project, received
		if e.Time == 0 {
			e.Time = letter.Received
		}
	}
	eventID = events[0].ID()
	b := &event.Batch{Project: project, Events: events, Key: key, Door: ReplayDoor, Bytes: len(letter.Text)}
	var conflict *event.KeyConflictError
	switch err := in.put(ctx, b, 0, began); {
	case errors.As(err, &conflict):
		return "", ErrReplayed
	case err != nil:
		return "", err
	}
	return eventID, nil
}

// readAgain reads a dead letter by a format or, as source:NAME, by a source of
// its project. An error is a *format.LineError where there is no such thing.
func (in *Ingest) readAgain(ctx context.Context, project string, letter event.DeadLetter, name string, zone *time.Location, app string) ([]event.Event, []format.LineError, error) {
	source := format.Source{Format: name}
	var read format.Reader
	var err error
	if own, ok := strings.CutPrefix(name, sourceFormat); ok {
		source, read, err = in.sources.reader(ctx, project, own)
	} else {
		read, err = source.Reader()
	}
	var refused *refusal
	var wrong *format.SourceError
	switch {
	case errors.As(err, &refused):
		return nil, nil, &format.LineError{Line: letter.Line, Reason: refused.message}
	case name == "regex":
		return nil, nil, &format.LineError{Line: letter.Line, Reason: "the pattern that it was read by is not known any more; make a source of it under Settings, Sources, and choose that"}
	case errors.As(err, &wrong):
		return nil, nil, &format.LineError{Line: letter.Line, Reason: "a line of an SDK batch cannot be read on its own; choose a format, such as events"}
	case err != nil:
		return nil, nil, err
	}
	if zone == nil && source.Zone == "" {
		zone = in.cfg.Zone
	}
	return read([]byte(letter.Text), format.Options{
		Limits: in.cfg.Limits, Received: letter.Received, Zone: zone, App: app, Unicode: true,
	}, nil)
}

// Diagnose reads a dead letter of a project again, without storing anything,
// and gives the column of its text, in bytes from 1, at which it cannot be
// read; 0 is unknown. readable says that it could be read now.
func (in *Ingest) Diagnose(ctx context.Context, project string, letter event.DeadLetter) (column int, readable bool) {
	events, errs, err := in.readAgain(ctx, project, letter, letter.Format, nil, "")
	switch {
	case err != nil:
		return 0, false
	case len(errs) > 0:
		return errs[0].Column, false
	}
	return 0, len(events) > 0 && len(letter.Text) <= event.MaxDeadLetter-4
}

// Formats lists the formats that a dead letter can be read as.
func Formats() []string { return format.Names() }
