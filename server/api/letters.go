package api

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
)

// ReplayAs says how dead letters are to be read this time; "" and nil are as
// before.
type ReplayAs struct {
	Format, App string
	Zone        *time.Location
}

// An UnreadableError says why a dead letter still cannot be read.
type UnreadableError struct {
	Field  string
	Column int
	Reason string
}

func (e *UnreadableError) Error() string { return e.Reason }

// ErrReplayed says that a dead letter was stored before, read in another way.
var ErrReplayed = errors.New("this dead letter was played again before")

const (
	letterPage     = 50
	mostLetters    = 200  // on one page
	mostReplays    = 500  // in one request
	letterScan     = 1000 // read from the store at a time
	mostScans      = 10   // for one answer
	mostReasons    = 50
	mostSkip       = 1_000_000 // letters of one moment
	atOnce         = 16        // replays under way
	mostLetterText = 4096      // bytes of a letter's text in a list
)

// A letter is a dead letter with its name.
type letter struct {
	event.DeadLetter
	id   string
	skip int // letters of the same moment before it
}

// A letterPlace is where a list goes on: after skip letters of a moment.
type letterPlace struct {
	upTo int64
	skip int
}

func (p letterPlace) String() string {
	return strconv.FormatInt(p.upTo, 36) + "." + strconv.Itoa(p.skip)
}

func parsePlace(s string) (letterPlace, error) {
	if s == "" {
		return letterPlace{upTo: math.MaxInt64}, nil
	}
	moment, skip, _ := strings.Cut(s, ".")
	upTo, err := strconv.ParseInt(moment, 36, 64)
	n, err2 := strconv.Atoi(skip)
	if err != nil || err2 != nil || n < 0 || n > mostSkip {
		return letterPlace{}, badRequest("cursor", "cursor is not one that this server gave; begin again without it.")
	}
	return letterPlace{upTo, n}, nil
}

var letterEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// letterName is made of all that a letter says, so that it needs no memory.
// Letters that say the same, down to line and time, are told apart by a number,
// and it does not matter which of them has which.
func letterName(project string, l *event.DeadLetter) string {
	h := sha256.New()
	var n [8]byte
	for _, part := range []string{project, strconv.FormatInt(l.Received, 10), l.Door, l.Format, strconv.Itoa(l.Line), l.Field, l.Reason, l.Text} {
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		h.Write(n[:])
		h.Write([]byte(part))
	}
	return letterEncoding.EncodeToString(h.Sum(nil))[:20]
}

// lettersFrom reads the dead letters of a project from a place on, newest
// first; more says that there are others behind them.
func (a *API) lettersFrom(ctx context.Context, project string, from letterPlace) (out []letter, more bool, err error) {
	limit := from.skip + letterScan
	var raw []event.DeadLetter
	b := budget{a.limits.Time}
	err = a.ask(ctx, &b, project, func(ctx context.Context) (err error) {
		if paged, ok := a.store.(store.Letters); ok {
			raw, err = paged.DeadLettersUpTo(ctx, project, from.upTo, limit)
		} else {
			raw, err = a.store.DeadLetters(ctx, project, limit)
		}
		return err
	})
	if err != nil {
		return nil, false, timely(err)
	}
	// Counting begins with a moment's first letter, so that a name does not
	// depend on where the page began.
	same := map[string]int{}
	at, ofMoment := int64(math.MinInt64), 0
	for i := range raw {
		if raw[i].Received != at {
			at, ofMoment = raw[i].Received, 0
			clear(same)
		}
		name := letterName(project, &raw[i])
		same[name]++
		if i >= from.skip {
			out = append(out, letter{raw[i], name + "." + strconv.Itoa(same[name]), ofMoment})
		}
		ofMoment++
	}
	return out, len(raw) == limit, nil
}

// reasonName groups reasons that differ in numbers only.
func reasonName(l *event.DeadLetter) string {
	var b strings.Builder
	digits := false
	for _, r := range l.Reason {
		digit := r >= '0' && r <= '9'
		if !digit {
			b.WriteRune(r)
		} else if !digits {
			b.WriteByte('#')
		}
		digits = digit
	}
	h := sha256.Sum256([]byte(l.Door + "\x00" + l.Format + "\x00" + l.Field + "\x00" + b.String()))
	return letterEncoding.EncodeToString(h[:])[:12]
}

type replayAnswer struct {
	At      *string `json:"at"`
	By      string  `json:"by"`
	Format  string  `json:"format"`
	EventID string  `json:"eventId"`
}

type letterAnswer struct {
	ID       string        `json:"id"`
	Received string        `json:"received"`
	Door     string        `json:"door"`
	Format   string        `json:"format"`
	Line     int           `json:"line"`
	Field    string        `json:"field"`
	Column   int           `json:"column"` // in signs from 1; 0 = not known
	Reason   string        `json:"reason"`
	Group    string        `json:"group"` // of letters with this reason
	Excerpt  excerpt       `json:"excerpt"`
	Text     string        `json:"text"`
	Bytes    int           `json:"bytes"`    // of the text that is kept
	Readable bool          `json:"readable"` // by this server, as it is now
	Replayed *replayAnswer `json:"replayed"`
}

type reasonAnswer struct {
	Group  string `json:"group"`
	Reason string `json:"reason"`
	Field  string `json:"field"`
	Door   string `json:"door"`
	Format string `json:"format"`
	Count  int64  `json:"count"`
	Open   int64  `json:"open"` // not played again
}

// listLetters answers GET /v1/dead-letters.
func (a *API) listLetters(w http.ResponseWriter, r *http.Request, c *caller) error {
	params := r.URL.Query()
	limit, err := number(params, "limit", letterPage, 1, mostLetters)
	if err != nil {
		return err
	}
	place, err := parsePlace(params.Get("cursor"))
	if err != nil {
		return err
	}
	state := params.Get("state")
	if state != "" && state != "open" && state != "replayed" {
		return badRequest("state", "state=%s is not known; open and replayed are.", shorten(state))
	}
	group, contains := params.Get("group"), strings.ToLower(params.Get("contains"))

	found := []letterAnswer{}
	reasons := map[string]*reasonAnswer{}
	counted, first, next := 0, place.upTo == math.MaxInt64, ""
	whole := false
	for range mostScans {
		page, more, err := a.lettersFrom(r.Context(), c.project, place)
		if err != nil {
			return err
		}
		ids := make([]string, len(page))
		for i := range page {
			ids[i] = page[i].id
		}
		replayed, err := a.catalog.Replayed(r.Context(), c.project, ids)
		if err != nil {
			return err
		}
		for i := range page {
			l := &page[i]
			name := reasonName(&l.DeadLetter)
			played, done := replayed[l.id]
			if first {
				count(reasons, name, l, done)
				counted++
			}
			if next != "" || group != "" && group != name || state == "open" && done || state == "replayed" && !done ||
				contains != "" && !strings.Contains(strings.ToLower(l.Text), contains) {
				continue
			}
			if len(found) == limit {
				next = letterPlace{l.Received, l.skip}.String()
				continue
			}
			answer := a.letterAnswer(r.Context(), c.project, l, name)
			if done {
				answer.Replayed = &replayAnswer{stamp(played.At), played.By, played.Format, played.EventID}
			}
			found = append(found, answer)
		}
		if !more {
			whole = true
			break
		}
		last := &page[len(page)-1]
		place = letterPlace{last.Received, last.skip + 1}
		if !first && next != "" {
			break
		}
	}
	if next == "" && !whole {
		next = place.String()
	}
	formats, err := a.letterFormats(r.Context(), c.project)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, struct {
		Letters []letterAnswer `json:"letters"`
		Next    string         `json:"next"`
		Reasons []reasonAnswer `json:"reasons"` // on the first page
		Counted int            `json:"counted"`
		Whole   bool           `json:"whole"` // all letters were counted
		Formats []string       `json:"formats"`
	}{found, next, reasonAnswers(reasons), counted, whole, formats})
	return nil
}

// letterFormats lists what a project's dead letters can be read as: the formats,
// and the project's own sources as source:NAME.
func (a *API) letterFormats(ctx context.Context, project string) ([]string, error) {
	formats := a.observer.Formats()
	if len(formats) == 0 {
		return formats, nil
	}
	sources, err := a.catalog.Sources(ctx, project)
	if err != nil {
		return nil, err
	}
	for _, s := range sources {
		formats = append(formats, "source:"+s.Name)
	}
	return formats, nil
}

func count(reasons map[string]*reasonAnswer, name string, l *letter, done bool) {
	x := reasons[name]
	if x == nil {
		x = &reasonAnswer{Group: name, Reason: l.Reason, Field: l.Field, Door: l.Door, Format: l.Format}
		reasons[name] = x
	}
	x.Count++
	if !done {
		x.Open++
	}
}

func reasonAnswers(reasons map[string]*reasonAnswer) []reasonAnswer {
	out := make([]reasonAnswer, 0, len(reasons))
	for _, x := range reasons {
		out = append(out, *x)
	}
	slices.SortFunc(out, func(x, y reasonAnswer) int {
		return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Group, y.Group))
	})
	return out[:min(len(out), mostReasons)]
}

func (a *API) letterAnswer(ctx context.Context, project string, l *letter, group string) letterAnswer {
	column, readable := a.observer.Diagnose(ctx, project, l.DeadLetter)
	out := letterAnswer{
		ID: l.id, Received: rfc3339(l.Received), Door: l.Door, Format: l.Format, Line: l.Line, Field: l.Field, Reason: l.Reason,
		Group: group, Excerpt: excerptOf(l.Text, column, l.Field), Bytes: len(l.Text), Readable: readable,
	}
	if column > 0 {
		out.Column = len([]rune(l.Text[:min(column-1, len(l.Text))])) + 1
	}
	out.Text, _ = firstSigns(l.Text[:min(len(l.Text), mostLetterText)], mostLetterText)
	out.Text = strings.ToValidUTF8(out.Text, "")
	return out
}

type replayResult struct {
	ID      string `json:"id"`
	Result  string `json:"result"` // stored, before (it was stored before), unreadable, failed
	EventID string `json:"eventId,omitempty"`
	Field   string `json:"field,omitempty"`
	Column  int    `json:"column,omitempty"`
	Reason  string `json:"reason,omitempty"`
}

// replayLetters answers POST /v1/dead-letters/replay.
func (a *API) replayLetters(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form struct {
		Project string   `json:"project"`
		Letters []string `json:"letters"` // ids, or
		Group   string   `json:"group"`   // all that are open of a reason
		Format  string   `json:"format"`
		App     string   `json:"app"`
		Zone    string   `json:"tz"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	project, err := a.projectOf(r.Context(), c.user, form.Project)
	if err != nil {
		return err
	}
	if (len(form.Letters) == 0) == (form.Group == "") {
		return badRequest("letters", "Say which letters: letters, a list of ids, or group, all of a reason.")
	}
	if len(form.Letters) > mostReplays {
		return badRequest("letters", "letters has %d ids; want at most %d.", len(form.Letters), mostReplays)
	}
	as := ReplayAs{Format: form.Format, App: form.App}
	formats, err := a.letterFormats(r.Context(), project)
	if err != nil {
		return err
	}
	if form.Format != "" && !slices.Contains(formats, form.Format) {
		return badRequest("format", "The format %q is not known; %s are.", shorten(form.Format), strings.Join(formats, ", "))
	}
	if form.Zone != "" {
		if as.Zone, err = time.LoadLocation(form.Zone); err != nil {
			return badRequest("tz", "The time zone %q is not known; want a name such as Asia/Shanghai.", shorten(form.Zone))
		}
	}
	chosen, done, more, err := a.choose(r.Context(), project, form.Letters, form.Group)
	if err != nil {
		return err
	}
	results := make([]replayResult, len(chosen))
	var stored []catalog.Replay
	// Several at a time, so that they share commits.
	var running sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	for i := range chosen {
		l := &chosen[i]
		if old, ok := done[l.id]; ok {
			results[i] = replayResult{ID: l.id, Result: "before", EventID: old.EventID}
			continue
		}
		turns <- struct{}{}
		running.Go(func() {
			results[i] = a.replay(r.Context(), project, l, as)
			<-turns
		})
	}
	running.Wait()
	for i, result := range results {
		l := &chosen[i]
		if _, ok := done[l.id]; !ok && (result.Result == "stored" || result.Result == "before") {
			stored = append(stored, catalog.Replay{Letter: l.id, Format: cmp.Or(as.Format, l.Format), EventID: result.EventID})
		}
	}
	// What is stored is marked, even when whoever asked is gone by now.
	ctx := context.WithoutCancel(r.Context())
	ctx = catalog.As(ctx, "user:"+c.user.Name)
	if err := a.catalog.NoteReplay(ctx, project, stored, len(chosen)); err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, struct {
		Stored  int            `json:"stored"`
		Tried   int            `json:"tried"`
		More    bool           `json:"more"`    // of the reason are left
		Unknown int            `json:"unknown"` // ids that no letter has
		Results []replayResult `json:"results"`
	}{len(stored), len(chosen), more, max(0, len(form.Letters)-len(chosen)), results})
	return nil
}

// choose finds letters by their ids, or all of a reason that are open.
func (a *API) choose(ctx context.Context, project string, ids []string, group string) (chosen []letter, done map[string]catalog.Replay, more bool, err error) {
	done = map[string]catalog.Replay{}
	place := letterPlace{upTo: math.MaxInt64}
	for {
		page, rest, err := a.lettersFrom(ctx, project, place)
		if err != nil {
			return nil, nil, false, err
		}
		names := make([]string, len(page))
		for i := range page {
			names[i] = page[i].id
		}
		replayed, err := a.catalog.Replayed(ctx, project, names)
		if err != nil {
			return nil, nil, false, err
		}
		for i := range page {
			l := page[i]
			old, was := replayed[l.id]
			switch {
			case group != "" && (was || reasonName(&l.DeadLetter) != group):
				continue
			case group == "" && !slices.Contains(ids, l.id):
				continue
			case len(chosen) == mostReplays:
				return chosen, done, true, nil
			}
			if was {
				done[l.id] = old
			}
			chosen = append(chosen, l)
		}
		if !rest || group == "" && len(chosen) == len(ids) {
			return chosen, done, false, nil
		}
		last := &page[len(page)-1]
		place = letterPlace{last.Received, last.skip + 1}
	}
}

func (a *API) replay(ctx context.Context, project string, l *letter, as ReplayAs) replayResult {
	id, err := a.observer.Replay(ctx, project, l.DeadLetter, l.id, as)
	if e, ok := errors.AsType[*UnreadableError](err); ok {
		return replayResult{ID: l.id, Result: "unreadable", Field: e.Field, Column: e.Column, Reason: e.Reason}
	}
	switch {
	case errors.Is(err, ErrReplayed):
		return replayResult{ID: l.id, Result: "before"}
	case err != nil:
		a.log.Warn("a dead letter could not be played again", "project", project, "letter", l.id, "error", err)
		return replayResult{ID: l.id, Result: "failed", Reason: fmt.Sprintf("it could not be stored now, and stays as it is; try again later (%v)", err)}
	}
	return replayResult{ID: l.id, Result: "stored", EventID: id}
}
