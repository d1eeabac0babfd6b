//go:build !noduck

package duckstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/duckdb/duckdb-go/mapping"

	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/store/duckstore/skip"
)

// maxBranches bounds the segments in one statement: the planning of a union
// grows with them.
const maxBranches = 16

// A reading is one query at work: it has a connection, a deadline and a
// budget, and sees the segments as they were when it began.
type reading struct {
	s      *Store
	e      *engine
	c      pair
	ctx    context.Context
	parent context.Context
	scope  store.Scope
	parts  []part // segments whose hours the range touches, oldest first
	cost   store.Cost
	used   map[int]bool // segments that were read
	passed []passed     // segments that were not taken up
	// When the reading began, knew its segments, and had its connection.
	began, looked, ready time.Time
	usedMu               sync.Mutex // guards used and cost.Segments
}

// A part is a segment, as it was when the reading began, with the scope's
// query compiled for it.
type part struct {
	entry entry
	hot   bool // in the hot instance, and pinned there as long as the reading lasts
	where condition
	// hide and hideDead are the events and dead letters that erasures mean.
	hide, hideDead condition
	cols           []int // columns that are not empty

	skips      skips     // what knows them, nil when nothing does
	rows       skip.Rows // those that may match
	count      int       // of them, unless that is all
	settled    uint64    // by column: some part of the query is true of all its values
	restrict   string    // the condition on rowid that says so, "" when there is none
	oneProject bool      // all rows are the scope's project's
}

// read runs do with a reading of a scope. An error that leaves a partial
// answer sensible (the deadline, memory, a damaged segment) is told in the
// cost and not returned; then do must have kept what it had.
func (s *Store) read(ctx context.Context, scope store.Scope, do func(*reading) error) (store.Cost, error) {
	return s.readWhere(ctx, scope, func(e *entry) bool {
		return e.Projects[scope.Project] > 0 && e.rowsIn(scope.Project, scope.From, scope.To) > 0
	}, do)
}

// readDead is read over the segments that have dead letters of a project.
func (s *Store) readDead(ctx context.Context, project string, do func(*reading) error) (store.Cost, error) {
	return s.readWhere(ctx, everything(project), func(e *entry) bool { return e.Dead[project] > 0 }, do)
}

func (s *Store) readWhere(ctx context.Context, scope store.Scope, touched func(*entry) bool, do func(*reading) error) (store.Cost, error) {
	limited, cancel := context.WithTimeout(ctx, s.opt.QueryTime)
	defer cancel()
	s.engineMu.RLock()
	defer s.engineMu.RUnlock()
	r := &reading{s: s, e: s.engine, ctx: limited, parent: ctx, scope: scope, used: map[int]bool{}, began: time.Now()}
	if r.e == nil {
		return r.cost, cmp.Or(s.Stats().LastError, errClosing)
	}
	stop := context.AfterFunc(r.e.ctx, cancel)
	defer stop()

	s.mu.RLock()
	segments, floors, erasures := s.segments, s.floors, s.erasures
	for _, seg := range segments {
		seg.hold()
		defer s.letGo(seg)
	}
	s.mu.RUnlock()
	r.cost.SegmentsTotal = len(segments)
	for _, seg := range segments {
		e := seg.snapshot()
		if !touched(&e) && !e.extentUnknown() {
			r.passed = append(r.passed, passed{e, passedTime})
			continue
		}
		if expired(floors, scope.Project, e.Day) {
			r.passed = append(r.passed, passed{e, passedExpired})
			continue
		}
		if e.State == stateQuarantined {
			r.cost.Partial = e.Err
			r.passed = append(r.passed, passed{e, e.Err})
			continue
		}
		r.parts = append(r.parts, part{entry: e})
	}
	if len(r.parts) == 0 {
		return r.cost, ctx.Err()
	}
	var set predicateSet
	defer set.close()
	kept, damaged := r.parts[:0], false
	for i := range r.parts {
		p := &r.parts[i]
		if p.hide, p.hideDead = erased(erasures, scope.Project, &p.entry, &set); p.hide == always {
			r.passed = append(r.passed, passed{p.entry, passedErased})
			continue // an erasure of all events means all dead letters too
		}
		if p.hot = r.e.pinHot(p.entry.N); p.hot {
			defer r.e.unpin(p.entry.N)
		}
		p.lookUp(scope, &set)
		damaged = damaged || p.entry.index.index().Damaged()
		for c := range columns {
			if p.where != never && !slices.Contains(p.entry.Absent, columns[c].name) {
				p.cols = append(p.cols, c)
			}
		}
		kept = append(kept, *p)
	}
	r.parts = kept
	if damaged {
		s.wakeSealer() // which makes it again
	}
	var err error
	r.looked = time.Now()
	if r.c, err = r.e.reader(limited); err == nil {
		r.ready = time.Now()
		err = do(r)
		r.e.readers <- r.c
	}
	return r.cost, r.excuse(err)
}

// excuse turns an error that makes an answer partial into a reason.
func (r *reading) excuse(err error) error {
	switch {
	case err == nil:
		return nil
	case r.e.ctx.Err() != nil && !errors.Is(r.parent.Err(), context.Canceled):
		return errClosing
	case errors.Is(r.parent.Err(), context.Canceled):
		return r.parent.Err()
	case errors.Is(err, context.DeadlineExceeded):
		r.cost.Partial = "the time for one query is over; narrow the time range or the query"
	case errors.Is(err, errBudget):
		r.cost.Partial = fmt.Sprintf("the query looked at its %d rows; narrow the time range or the query", r.s.opt.QueryRows)
	case isKind(err, mapping.ErrorTypeOutOfMemory):
		r.cost.Partial = "the query needs more memory than the store may take; narrow the time range or the query"
	default:
		broken, ok := errors.AsType[*brokenSegmentError](err)
		if !ok {
			return fmt.Errorf("read the store: %w", err)
		}
		r.cost.Partial = broken.Error()
	}
	return nil
}

var errBudget = errors.New("row budget")

// spend notes the rows that a statement over [from, to) looks at.
func (r *reading) spend(parts []part, from, to int64) error {
	var rows int64
	for i := range parts {
		rows += int64(math.Ceil(parts[i].estimate(r.scope.Project, from, to)))
	}
	if r.cost.Rows > 0 && r.cost.Rows+rows > r.s.opt.QueryRows {
		return errBudget
	}
	r.cost.Rows += rows
	return nil
}

// touching gives the parts that a range touches, in groups of which each
// makes one statement.
func (r *reading) touching(from, to int64) [][]part {
	var parts []part
	for i := range r.parts {
		if r.parts[i].entry.rowsIn(r.scope.Project, from, to) > 0 && r.parts[i].where != never {
			parts = append(parts, r.parts[i])
		}
	}
	return grouped(parts)
}

// grouped cuts parts, which are in order, into groups of at most maxBranches
// of one instance.
func grouped(parts []part) (groups [][]part) {
	for len(parts) > 0 {
		n := 1
		for n < len(parts) && n < maxBranches && parts[n].hot == parts[0].hot {
			n++
		}
		groups = append(groups, parts[:n])
		parts = parts[n:]
	}
	return groups
}

// twoOf cuts parts into at least two groups, where there are two, each of
// which makes one statement: two are run at a time.
func twoOf(parts []part) (groups [][]part) {
	for some := range slices.Chunk(parts, max(1, (len(parts)+1)/2)) {
		groups = append(groups, grouped(some)...)
	}
	return groups
}

// run executes a statement that uses these parts, a group, and calls do for
// each chunk.
func (r *reading) run(parts []part, sql string, do func(*chunk) error) error {
	return r.runOn(r.c, parts, sql, do)
}

// runOn is run on other connections than the reading's own; several
// goroutines may do so at a time.
func (r *reading) runOn(on pair, parts []part, sql string, do func(*chunk) error) error {
	c := on.cold
	if parts[0].hot {
		c = on.hot
	} else {
		for i := range parts {
			n := parts[i].entry.N
			if _, err := r.e.pin(n); err != nil {
				return r.s.suspected(parts[i:i+1], err)
			}
			defer r.e.unpin(n)
		}
	}
	result, err := c.query(r.ctx, sql)
	if err != nil {
		if !parts[0].hot {
			err = r.s.suspected(parts, err)
		}
		return err
	}
	for i := range parts {
		r.use(parts[i].entry.N)
	}
	return result.each(do)
}

// use notes that a segment was read.
func (r *reading) use(n int) {
	r.usedMu.Lock()
	defer r.usedMu.Unlock()
	r.used[n] = true
	r.cost.Segments = len(r.used)
}

// from writes "FROM segment WHERE project, range and query" of one branch.
func (r *reading) from(st *strings.Builder, p *part, from, to int64) {
	st.WriteString(" FROM " + alias(p.entry.N) + ".events WHERE ")
	// The bounds are numbers of ours. As literals DuckDB compares them with
	// each row group's bounds before it reads any.
	x := p.entry.extent(r.scope.Project)
	if x.MinTime < from {
		st.WriteString("time >= make_timestamp_ns(" + strconv.FormatInt(from, 10) + ") AND ")
	}
	if x.MaxTime >= to {
		st.WriteString("time < make_timestamp_ns(" + strconv.FormatInt(to, 10) + ") AND ")
	}
	if p.entry.State != stateSealed {
		// Rows that came since the reading began may have what p.entry says
		// is absent.
		st.WriteString("rowid < " + strconv.FormatInt(p.entry.Rows, 10) + " AND ")
	}
	if p.restrict != "" {
		st.WriteString(p.restrict + " AND ")
	}
	if p.oneProject {
		st.WriteString("TRUE")
	} else {
		st.WriteString("project = " + literal(r.scope.Project))
	}
	if p.where != always {
		st.WriteString(" AND (" + string(p.where) + ")")
	}
	if p.hide != never {
		st.WriteString(" AND NOT " + string(p.hide))
	}
}

func matchAll(q *query.Query) bool {
	if q == nil || q.Root == nil {
		return true
	}
	_, all := q.Root.(query.All)
	return all
}
