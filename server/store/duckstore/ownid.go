//go:build !noduck

package duckstore

import (
	"context"
	"slices"
	"strings"

	"github.com/clewline/clewline/event"
)

// Ids that a sender gives by itself, rather than by a stream's numbers or a
// request's key, are in no memory: there may be one for each event that is
// kept. Whether one is known is asked of the segments: those that are written
// to keep theirs in RAM, sealed ones have a skip index, which says for nearly
// all that they lack it, and the few others are queried. The sender's own
// goroutine asks the sealed ones before its batch waits for a commit, so that
// the writer is left with those that came since. Events of other ids pay one
// comparison.

// ownID says whether an event has an id of its sender's own.
func ownID(e *event.Event) bool {
	return e.IDNum == 0 && e.IDBase != "" && (e.Stream == "" || e.Seq == 0)
}

// ownIDs are those of a batch, and what was found of them.
type ownIDs struct {
	at    []int // places in the batch, ascending
	known []bool
	// looked are the segments that need not be asked any more.
	looked map[int]bool
}

// lookOwn asks the sealed segments.
func (s *Store) lookOwn(ctx context.Context, b *event.Batch, own *ownIDs) error {
	own.known, own.looked = make([]bool, len(own.at)), map[int]bool{}
	s.mu.RLock()
	segments := s.segments
	for _, seg := range segments {
		seg.hold()
	}
	s.mu.RUnlock()
	defer func() {
		s.engineMu.RLock()
		defer s.engineMu.RUnlock()
		for _, seg := range segments {
			s.letGo(seg)
		}
	}()
	for _, seg := range segments {
		e := seg.snapshot()
		if e.State != stateSealed {
			continue
		}
		if err := s.askOwn(ctx, &e, b, own); err != nil {
			return err
		}
		own.looked[e.N] = true
	}
	return nil
}

// judgeOwn asks those that lookOwn has not, and says which events of a batch
// are known; nil is none. The writer alone calls it.
func (s *Store) judgeOwn(ctx context.Context, b *event.Batch, own *ownIDs) ([]bool, error) {
	if own == nil {
		return nil, nil
	}
	s.mu.RLock()
	segments, floors, erasures := s.segments, s.floors, s.erasures
	s.mu.RUnlock()
	for _, seg := range segments {
		e := seg.snapshot()
		switch {
		case own.looked[e.N], e.State == stateQuarantined:
		case e.State == stateSealed && seg.own == nil, slices.ContainsFunc(erasures, func(x *erasure) bool { return x.Project == b.Project && x.pending[e.N] }):
			if err := s.askOwn(ctx, &e, b, own); err != nil {
				return nil, err
			}
		case !expired(floors, b.Project, e.Day):
			for k, i := range own.at {
				if _, known := seg.own[hashName(b.Project, b.Events[i].IDBase)]; known {
					own.known[k] = true
				}
			}
		}
	}
	known := make([]bool, len(b.Events))
	for k, i := range own.at {
		known[i] = own.known[k]
	}
	return known, nil
}

// askOwn looks for ids that are not known yet in one segment.
func (s *Store) askOwn(ctx context.Context, e *entry, b *event.Batch, own *ownIDs) error {
	s.mu.RLock()
	floors, erasures := s.floors, s.erasures
	s.mu.RUnlock()
	if e.Projects[b.Project] == 0 || expired(floors, b.Project, e.Day) {
		return nil
	}
	ix := e.index.index()
	maybe := map[string][]int{}
	for k, i := range own.at {
		if id := b.Events[i].IDBase; !own.known[k] && ix.MayValue(id) {
			maybe[id] = append(maybe[id], k)
		}
	}
	if len(maybe) == 0 {
		return nil
	}
	s.engineMu.RLock()
	defer s.engineMu.RUnlock()
	if s.engine == nil {
		return errClosing
	}
	hot, err := s.engine.pin(e.N)
	if err != nil {
		return s.suspected([]part{{entry: *e}}, err)
	}
	defer s.engine.unpin(e.N)
	in := s.engine.cold
	if hot {
		in = s.engine.hot
	}
	c, err := in.connect()
	if err != nil {
		return err
	}
	defer c.close()
	var set predicateSet
	defer set.close()
	var sql strings.Builder
	sql.WriteString(`SELECT "idBase" FROM ` + alias(e.N) + `.events WHERE "idNum" IS NULL AND project = ` + literal(b.Project) + ` AND "idBase" IN (`)
	separator := ""
	for id := range maybe {
		sql.WriteString(separator + literal(id))
		separator = ","
	}
	sql.WriteByte(')')
	// What is erased is not kept, and may be written anew.
	if hide, _ := erased(erasures, b.Project, e, &set); hide != never {
		sql.WriteString(" AND NOT " + string(hide))
	}
	r, err := c.query(ctx, sql.String())
	if err == nil {
		err = r.each(func(ch *chunk) error {
			for row := range ch.rows {
				for _, k := range maybe[ch.cols[0].string(row)] {
					own.known[k] = true
				}
			}
			return nil
		})
	}
	if err != nil && ctx.Err() == nil {
		return s.suspected([]part{{entry: *e}}, err)
	}
	return err
}

// rememberOwn finds the ids of senders' own in a segment that is not sealed.
func (seg *segment) rememberOwn(c *conn) error {
	seg.own = nil
	r, err := c.query(context.Background(), `SELECT project, "idBase" FROM `+alias(seg.entry.N)+`.events WHERE "idNum" IS NULL AND "idBase" IS NOT NULL`)
	if err != nil {
		return err
	}
	return r.each(func(ch *chunk) error {
		for i := range ch.rows {
			seg.addOwn(hashName(ch.cols[0].string(i), ch.cols[1].string(i)))
		}
		return nil
	})
}

func (seg *segment) addOwn(id id128) {
	if seg.own == nil {
		seg.own = map[id128]struct{}{}
	}
	seg.own[id] = struct{}{}
}

// forgetOwn lets go of what sealed segments have in RAM, which their skip
// indexes know. The writer alone calls it.
func (s *Store) forgetOwn() {
	s.mu.RLock()
	segments := s.segments
	s.mu.RUnlock()
	for _, seg := range segments {
		if seg.own != nil && seg.snapshotState() == stateSealed {
			seg.own = nil
		}
	}
}
