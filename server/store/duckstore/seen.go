//go:build !noduck

package duckstore

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"sync"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
)

// memory is what makes writes idempotent: which numbers of which SDK streams
// are stored or left out, and which idempotency keys were used. It lives in
// RAM, across rolls, and is read back from the segments at start.
//
// A stream takes about 100 bytes plus 3 for each run of numbers, a key about
// 50: names are hashed to 128 bits (of SHA-256, because senders choose them)
// and runs are kept as variable-length deltas.
type memory struct {
	mu      sync.RWMutex
	streams map[id128]string // see encodeStream
	keys    map[id128]id128  // key base -> start of the body's hash
	reasons []string         // of omissions; a run holds an index
	byText  map[string]uint8

	listings map[listed]listing // the names of the streams, see Streams
	senders  []sender           // of streams; a listing holds an index
	bySender map[sender]uint64
}

type id128 [16]byte

func newMemory() *memory {
	return &memory{
		streams: map[id128]string{},
		keys:    map[id128]id128{},
		byText:  map[string]uint8{},

		listings: map[listed]listing{},
		bySender: map[sender]uint64{},
	}
}

// hashName gives the key of a stream or key base within a project.
func hashName(project, name string) (id id128) {
	var space [128]byte
	b := binary.AppendUvarint(space[:0], uint64(len(project)))
	b = append(append(b, project...), name...)
	h := sha256.Sum256(b)
	copy(id[:], h[:])
	return id
}

// A run is a run of numbers in one state: 0 is stored, k+1 is left out for
// reasons[k].
type run struct {
	lo, hi uint64
	state  uint8
}

// A stream is what is known of one stream, unpacked: runs ascend and do not
// overlap.
type stream struct {
	runs   []run
	closed *event.Closing
}

// maxReasons bounds the distinct reasons of omissions; there are four, and
// senders may invent more. Beyond it a reason reads "other".
const maxReasons = 200

// reason gives the state for a reason. The writer alone calls it.
func (m *memory) reason(text string) uint8 {
	if i, ok := m.byText[text]; ok {
		return i
	}
	if len(m.reasons) >= maxReasons {
		text = "other"
		if i, ok := m.byText[text]; ok {
			return i
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reasons = append(m.reasons, text)
	m.byText[text] = uint8(len(m.reasons))
	return uint8(len(m.reasons))
}

func (s *stream) encode() string {
	b := make([]byte, 0, 16+4*len(s.runs))
	if s.closed == nil {
		b = append(b, 0)
	} else {
		b = append(b, 1)
		b = binary.AppendUvarint(b, s.closed.At)
		b = binary.AppendUvarint(b, uint64(len(s.closed.By)))
		b = append(b, s.closed.By...)
	}
	end := uint64(0)
	for _, r := range s.runs {
		b = binary.AppendUvarint(b, r.lo-end)
		b = binary.AppendUvarint(b, r.hi-r.lo)
		b = append(b, r.state)
		end = r.hi
	}
	return string(b)
}

func decodeStream(text string) *stream {
	s := &stream{}
	s.decode(text)
	return s
}

// decode unpacks a stream over another one.
func (s *stream) decode(text string) {
	s.runs, s.closed = s.runs[:0], nil
	if text == "" {
		return
	}
	b := []byte(text)
	next := func() uint64 {
		v, n := binary.Uvarint(b)
		b = b[n:]
		return v
	}
	closed := b[0] == 1
	b = b[1:]
	if closed {
		s.closed = &event.Closing{At: next()}
		n := next()
		s.closed.By, b = string(b[:n]), b[n:]
	}
	end := uint64(0)
	for len(b) > 0 {
		var r run
		r.lo = end + next()
		r.hi = r.lo + next()
		r.state, b = b[0], b[1:]
		end = r.hi
		s.runs = append(s.runs, r)
	}
}

// store notes a number as stored and says whether it was not before.
func (s *stream) store(n uint64) bool { return s.put(run{n, n, runStored}, nil) }

// omit notes the numbers lo to hi as left out, as far as nothing is known of
// them yet, and calls fresh for each run that is new.
func (s *stream) omit(lo, hi uint64, state uint8, fresh func(lo, hi uint64)) {
	at := lo
	for i := s.find(lo); at <= hi; i++ {
		if i == len(s.runs) || s.runs[i].lo > hi {
			s.put(run{at, hi, state}, fresh)
			return
		}
		// put may join or insert runs before i, so note what follows first.
		known := s.runs[i]
		if known.lo > at {
			s.put(run{at, known.lo - 1, state}, fresh)
			i = s.find(known.lo)
		}
		if known.hi >= hi {
			return
		}
		at = known.hi + 1
	}
}

// find gives the first run that ends at n or later.
func (s *stream) find(n uint64) int {
	if k := len(s.runs); k > 0 && s.runs[k-1].hi < n {
		return k // the common case: numbers grow
	}
	i, _ := slices.BinarySearchFunc(s.runs, n, func(r run, n uint64) int {
		if r.hi < n {
			return -1
		}
		return 1
	})
	return i
}

// put adds a run: a stored number replaces an omitted one; an omitted run
// touches only numbers of which nothing is known. It says whether anything
// is new.
func (s *stream) put(r run, fresh func(lo, hi uint64)) bool {
	i := s.find(r.lo)
	if i < len(s.runs) && s.runs[i].lo <= r.lo {
		old := s.runs[i]
		if old.state == runStored || r.state != runStored {
			return false
		}
		// A number that was left out comes after all: split the omission.
		var parts []run
		if old.lo < r.lo {
			parts = append(parts, run{old.lo, r.lo - 1, old.state})
		}
		parts = append(parts, r)
		if r.hi < old.hi {
			parts = append(parts, run{r.hi + 1, old.hi, old.state})
		}
		s.runs = slices.Replace(s.runs, i, i+1, parts...)
		s.join(i)
		return true
	}
	if fresh != nil {
		fresh(r.lo, r.hi)
	}
	s.runs = slices.Insert(s.runs, i, r)
	s.join(i)
	return true
}

// join joins touching runs of one state around i.
func (s *stream) join(i int) {
	for k := max(i-1, 0); k+1 < len(s.runs) && k <= i+1; {
		if a, b := s.runs[k], s.runs[k+1]; a.hi+1 == b.lo && a.state == b.state {
			s.runs[k].hi = b.hi
			s.runs = slices.Delete(s.runs, k+1, k+2)
		} else {
			k++
		}
	}
}

// seen gives what is known of a stream in the contract's form.
func (m *memory) seen(project, name string) store.Seen {
	id := hashName(project, name)
	m.mu.RLock()
	text, reasons := m.streams[id], m.reasons
	m.mu.RUnlock()
	return decodeStream(text).tell(reasons, store.Seen{})
}

// stored says whether a number of a stream is stored.
func (m *memory) stored(project, name string, n uint64) bool {
	m.mu.RLock()
	text := m.streams[hashName(project, name)]
	m.mu.RUnlock()
	s := decodeStream(text)
	i := s.find(n)
	return i < len(s.runs) && s.runs[i].lo <= n && s.runs[i].state == runStored
}

// A runRow is a row of the table runs.
type runRow struct {
	project, stream string
	state           uint8 // runStored, runOmitted, runClosed
	lo, hi          uint64
	reason          string
	app, sdk        string
	offset          int64
}

// A keyRow is a row of the table keys; hash is that of the body, in hex.
type keyRow struct{ project, base, hash string }

// A loader takes rows of older writes in, sorted by project and stream; they
// may repeat what is known. It unpacks each stream once.
type loader struct {
	m       *memory
	arrived store.Day                 // of the rows
	listed  func(project string) bool // false: its streams are of a deleted project
	newcomer
	id id128
	s  *stream
}

func (m *memory) loader(arrived store.Day, listed func(project string) bool) *loader {
	return &loader{m: m, arrived: arrived, listed: listed}
}

func (l *loader) add(r runRow) {
	if l.s == nil || r.stream != l.name || r.project != l.project {
		l.end()
		l.newcomer, l.id = newcomer{r.project, r.stream, sender{r.app, r.sdk}}, hashName(r.project, r.stream)
		l.m.mu.RLock()
		l.s = decodeStream(l.m.streams[l.id])
		l.m.mu.RUnlock()
	}
	switch r.state {
	case runStored:
		l.s.storeRun(r.lo, r.hi)
	case runOmitted:
		l.s.omit(r.lo, r.hi, l.m.reason(r.reason), nil)
	case runClosed:
		l.s.closed = &event.Closing{At: r.lo, By: r.reason}
	}
}

// end packs the last stream.
func (l *loader) end() {
	if l.s != nil {
		l.m.mu.Lock()
		if unknown(l.m.streams[l.id]) && l.listed(l.project) {
			l.m.list(l.newcomer, l.arrived)
		}
		l.m.streams[l.id] = l.s.encode()
		l.m.mu.Unlock()
		l.s = nil
	}
}

func (m *memory) loadKey(r keyRow) {
	m.mu.Lock()
	m.keys[hashName(r.project, r.base)] = hashStart(r.hash)
	m.mu.Unlock()
}

// storeRun notes a run of numbers as stored, over whatever was known.
func (s *stream) storeRun(lo, hi uint64) {
	i := s.find(lo)
	j := i
	var parts []run
	if i < len(s.runs) && s.runs[i].lo < lo {
		parts = append(parts, run{s.runs[i].lo, lo - 1, s.runs[i].state})
	}
	parts = append(parts, run{lo, hi, runStored})
	for ; j < len(s.runs) && s.runs[j].lo <= hi; j++ {
		if r := s.runs[j]; r.hi > hi {
			parts = append(parts, run{hi + 1, r.hi, r.state})
		}
	}
	s.runs = slices.Replace(s.runs, i, j, parts...)
	s.join(i + len(parts) - 1)
	s.join(i)
}

// hashStart gives the first half of a hash in hex. What is damaged gives 0,
// which no body has.
func hashStart(text string) (h id128) {
	hex.Decode(h[:], []byte(text[:min(len(text), 2*len(h))]))
	return h
}

// A plan is what a group of batches will add to the memory. It is made before
// the commit, in the order of the batches, and taken over after it; when the
// commit fails it is dropped, and nothing was remembered.
type plan struct {
	m       *memory
	streams map[id128]*stream
	fresh   map[id128]newcomer // those of the streams of which nothing was known
	keys    map[id128]id128
	own     map[id128]struct{} // ids of senders' own; nil when there are none

	runs []runRow
	rows []keyRow
}

func (m *memory) plan() *plan {
	return &plan{m: m, streams: map[id128]*stream{}, fresh: map[id128]newcomer{}, keys: map[id128]id128{}}
}

func (p *plan) stream(project, name string, info *event.StreamRange) *stream {
	id := hashName(project, name)
	s := p.streams[id]
	if s == nil {
		p.m.mu.RLock()
		text := p.m.streams[id]
		p.m.mu.RUnlock()
		s = decodeStream(text)
		p.streams[id] = s
		if unknown(text) {
			p.fresh[id] = newcomer{project, name, sender{info.App, info.SDK}}
		}
	}
	return s
}

// A verdict says what of a batch is new.
type verdict struct {
	skip []bool // events known already; nil when all are new
	kept int    // events that are new
	dead bool   // its dead letters are new
}

// judge says what of a batch is new, and plans to remember it. A key that was
// used with another body gives an error, and plans nothing. known says which
// events are stored already by ids of their sender's own; nil is none.
func (p *plan) judge(b *event.Batch, known []bool) (verdict, error) {
	if b.Key != nil {
		id := hashName(b.Project, b.Key.Base)
		text := hex.EncodeToString(b.Key.Hash[:])
		hash := hashStart(text)
		old, used := p.keys[id]
		if !used {
			p.m.mu.RLock()
			old, used = p.m.keys[id]
			p.m.mu.RUnlock()
		}
		switch {
		case used && old != hash:
			return verdict{}, &event.KeyConflictError{Base: b.Key.Base}
		case used:
			return verdict{skip: allTrue(len(b.Events))}, nil
		}
		p.keys[id] = hash
		p.rows = append(p.rows, keyRow{b.Project, b.Key.Base, text})
	}
	v := verdict{kept: len(b.Events)}
	first := len(p.runs)
	skip := func(i int) {
		if v.skip == nil {
			v.skip = make([]bool, len(b.Events))
		}
		v.skip[i] = true
		v.kept--
	}

	var (
		name string  // the stream of the last event
		seen *stream // and what is known of it
		info *event.StreamRange
		ids  idSet
	)
	for i := range b.Events {
		e := &b.Events[i]
		if e.Stream == "" || e.Seq == 0 {
			if ids.repeats(e) || known != nil && ownID(e) && (known[i] || p.again(e)) {
				skip(i)
			}
			continue
		}
		if seen == nil || e.Stream != name {
			name, info = e.Stream, rangeOf(b, e.Stream)
			seen = p.stream(b.Project, name, info)
		}
		if !seen.store(e.Seq) {
			skip(i)
			continue
		}
		if k := len(p.runs); k > first && p.runs[k-1].state == runStored && p.runs[k-1].stream == name && p.runs[k-1].hi+1 == e.Seq {
			p.runs[k-1].hi = e.Seq
			continue
		}
		p.runs = append(p.runs, runRow{project: b.Project, stream: name, state: runStored, lo: e.Seq, hi: e.Seq,
			app: info.App, sdk: info.SDK, offset: info.Offset})
	}
	for i := range b.Streams {
		r := &b.Streams[i]
		s := p.stream(b.Project, r.Stream, r)
		row := runRow{project: b.Project, stream: r.Stream, app: r.App, sdk: r.SDK, offset: r.Offset}
		for _, o := range r.Omitted {
			if o.From == 0 || o.To < o.From {
				continue
			}
			s.omit(o.From, o.To, p.m.reason(o.Reason), func(lo, hi uint64) {
				row.state, row.lo, row.hi, row.reason = runOmitted, lo, hi, o.Reason
				p.runs = append(p.runs, row)
			})
		}
		if c := r.Closed; c != nil && (s.closed == nil || *s.closed != *c) {
			closing := *c
			s.closed = &closing
			row.state, row.lo, row.hi, row.reason = runClosed, c.At, c.At, c.By
			p.runs = append(p.runs, row)
		}
	}
	// A retried SDK batch brings nothing new; then its dead letters, which
	// have no identity of their own, were stored the first time.
	v.dead = len(b.DeadLetters) > 0 && (b.Key != nil || len(b.Streams) == 0 || len(p.runs) > first || v.kept > 0)
	return v, nil
}

// again says whether an id of a sender's own is in the plan already, and plans
// to remember it.
func (p *plan) again(e *event.Event) bool {
	id := hashName(e.Project, e.IDBase)
	if _, twice := p.own[id]; twice {
		return true
	}
	if p.own == nil {
		p.own = map[id128]struct{}{}
	}
	p.own[id] = struct{}{}
	return false
}

func allTrue(n int) []bool {
	all := make([]bool, n)
	for i := range all {
		all[i] = true
	}
	return all
}

func rangeOf(b *event.Batch, stream string) *event.StreamRange {
	for i := range b.Streams {
		if b.Streams[i].Stream == stream {
			return &b.Streams[i]
		}
	}
	return &event.StreamRange{}
}

// An idSet finds ids that come twice in a batch. Ids that only grow, as those
// that ingest gives do, cost a comparison.
type idSet struct {
	base string
	num  uint64
	any  bool
	// all holds every id from the first on that did not simply grow.
	all map[string]struct{}
	log []*event.Event
}

func (s *idSet) repeats(e *event.Event) bool {
	if s.all == nil && (!s.any || e.IDBase == s.base && e.IDNum > s.num) {
		s.base, s.num, s.any = e.IDBase, e.IDNum, true
		s.log = append(s.log, e)
		return false
	}
	if s.all == nil {
		s.all = make(map[string]struct{}, 2*len(s.log))
		for _, old := range s.log {
			s.all[old.ID()] = struct{}{}
		}
		s.log = nil
	}
	id := e.ID()
	if _, twice := s.all[id]; twice {
		return true
	}
	s.all[id] = struct{}{}
	return false
}

// empty says that the plan remembers nothing new.
func (p *plan) empty() bool { return len(p.runs) == 0 && len(p.rows) == 0 }

// commit takes the plan over; today is when its batches arrived.
func (p *plan) commit(today store.Day) {
	p.m.mu.Lock()
	defer p.m.mu.Unlock()
	for id, s := range p.streams {
		packed := s.encode()
		if n, ok := p.fresh[id]; ok && !unknown(packed) {
			p.m.list(n, today)
		}
		p.m.streams[id] = packed
	}
	for id, hash := range p.keys {
		p.m.keys[id] = hash
	}
}
