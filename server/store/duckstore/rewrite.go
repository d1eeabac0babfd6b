//go:build !noduck

package duckstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/clewline/clewline/server/store"
)

// A rewriting makes new segments of sealed ones, without what is hidden in
// them: it merges, expires and erases. Order of arrival is kept.
type rewriting struct {
	sources []*segment
	// alone lists the projects that get a segment of their own; the others
	// share one.
	alone  []string
	merged int // of the new segments
}

// A piece is one of the new segments.
type piece struct {
	n     int
	entry entry
	where string // which projects it is for
	empty bool   // there is nothing in it
}

// rewriteGroup bounds the rows of a row group that is rewritten: until it is
// full it lies in memory, at a kilobyte a row.
const rewriteGroup = 131_072

// rewriteMemory bounds what DuckDB takes for a rewriting: a row group of rows
// that are not compressed yet, and the blocks that are being read.
const rewriteMemory = 192 << 20

// maxSources is how many segments a rewriting reads. They are open for as long
// as it takes, beside those that queries have open.
const maxSources = 64

// rewrite does a rewriting. It happens in a DuckDB instance of its own, with
// one thread, because DuckDB's threads wait for each other by spinning (4.1
// microseconds a row against 7.3), and under a temporary name. A crash, or an
// error, leaves files that are in no list.
func (s *Store) rewrite(ctx context.Context, w rewriting) (err error) {
	s.mu.RLock()
	floors, erasures := s.floors, s.erasures
	s.mu.RUnlock()
	if err := s.opt.before("begin to rewrite"); err != nil {
		return err
	}
	// Of its own: instances name their files alike.
	temp := filepath.Join(s.dir, "tmp")
	if err := os.MkdirAll(temp, 0o755); err != nil {
		return err
	}
	in, err := openInstance(map[string]string{
		"threads":                      "1",
		"memory_limit":                 strconv.FormatInt(min(rewriteMemory, s.opt.Memory), 10) + "B",
		"temp_directory":               filepath.Join(temp, "rewrite"),
		"max_temp_directory_size":      strconv.FormatInt(s.opt.Memory, 10) + "B",
		"autoinstall_known_extensions": "false",
		"autoload_known_extensions":    "false",
	})
	if err != nil {
		return err
	}
	defer in.close()
	c, err := in.connect()
	if err != nil {
		return err
	}
	defer c.close()
	if err := registerPredicates(c); err != nil {
		return err
	}
	var set predicateSet
	defer set.close()
	sources := make([]source, len(w.sources))
	for i, seg := range w.sources {
		src := &sources[i]
		src.entry = seg.snapshot()
		n := src.entry.N
		if err := c.exec("ATTACH " + quote(s.path(n)) + " AS " + alias(n) + " (READ_ONLY)"); err != nil {
			return s.suspected([]part{{entry: src.entry}}, err)
		}
		src.keep(floors, erasures, &set)
	}
	removed := map[string]int64{}
	for i := range sources {
		if err := sources[i].countErased(ctx, c, erasures, &set, removed); err != nil {
			return err
		}
	}

	pieces := []*piece{{}}
	for _, project := range w.alone {
		pieces[0].where += " AND project <> " + literal(project)
		pieces = append(pieces, &piece{where: " AND project = " + literal(project)})
	}
	kept := false
	defer func() {
		for _, p := range pieces {
			if p.n != 0 && (p.empty || !kept) {
				s.unlink(p.n)
			}
		}
	}()
	for _, p := range pieces {
		p.n = s.number()
		if err := s.makePiece(ctx, c, p, sources, w.merged); err != nil {
			parts := make([]part, len(sources))
			for i := range sources {
				parts[i].entry = sources[i].entry
			}
			return s.suspected(parts, err)
		}
	}
	pieces = slices.DeleteFunc(pieces, func(p *piece) bool {
		if p.empty {
			s.unlink(p.n)
		}
		return p.empty
	})
	if err := s.opt.before("sync the rewritten segments"); err != nil {
		return err
	}
	if err := syncFolder(s.dir); err != nil {
		return err
	}
	err = s.replace(w.sources, pieces, erasures, removed)
	if _, unsure := errors.AsType[*unsureListError](err); err == nil || unsure {
		kept = true
	}
	return err
}

// A source is a segment that is rewritten, with what is kept of it.
type source struct {
	entry        entry
	events, dead string // conditions
}

// keep finds what is neither expired nor erased.
func (src *source) keep(floors map[string]store.Day, erasures []*erasure, set *predicateSet) {
	e := &src.entry
	src.events, src.dead = "TRUE", "TRUE"
	projects := map[string]bool{}
	for project := range e.Projects {
		projects[project] = true
	}
	for project := range e.Dead {
		projects[project] = true
	}
	for _, project := range slices.Sorted(maps.Keys(projects)) {
		if expired(floors, project, e.Day) {
			src.events += " AND project <> " + literal(project)
			src.dead += " AND project <> " + literal(project)
			continue
		}
		hide, hideDead := erased(erasures, project, e, set)
		if hide != never {
			src.events += " AND NOT (project = " + literal(project) + " AND " + string(hide) + ")"
		}
		if hideDead != never {
			src.dead += " AND NOT (project = " + literal(project) + " AND (" + string(hideDead) + "))"
		}
	}
}

// countErased counts the events that each erasure removes.
func (src *source) countErased(ctx context.Context, c *conn, erasures []*erasure, set *predicateSet, removed map[string]int64) error {
	for _, x := range erasures {
		if !x.pending[src.entry.N] || src.entry.Projects[x.Project] == 0 {
			continue
		}
		what := x.events(&src.entry, set)
		if what == never {
			continue
		}
		n, err := count(ctx, c, alias(src.entry.N)+".events WHERE project = "+literal(x.Project)+" AND "+string(what))
		if err != nil {
			return err
		}
		removed[x.ID] += n
	}
	return nil
}

// count counts rows of "table WHERE condition".
func count(ctx context.Context, c *conn, from string) (n int64, err error) {
	r, err := c.query(ctx, "SELECT count(*) FROM "+from)
	if err != nil {
		return 0, err
	}
	return n, r.each(func(ch *chunk) error {
		n = ch.cols[0].int64(0)
		return nil
	})
}

// makePiece makes one new segment's file under its name, with its skip index.
func (s *Store) makePiece(ctx context.Context, c *conn, p *piece, sources []source, merged int) error {
	path := s.path(p.n)
	temporary := path + ".tmp"
	if err := s.opt.before("make the rewritten segment"); err != nil {
		return err
	}
	catalog := alias(p.n)
	if err := c.exec("ATTACH " + quote(temporary) + " AS " + catalog + " (" + fileForm(min(s.opt.RowGroup, rewriteGroup)) + ")"); err != nil {
		return err
	}
	attached := true
	detach := func() error {
		attached = false
		return c.exec("DETACH " + catalog)
	}
	defer func() {
		if attached {
			c.exec("ROLLBACK")
			detach()
		}
	}()
	if err := s.opt.before("fill the rewritten segment"); err != nil {
		return err
	}
	if err := c.exec("BEGIN TRANSACTION"); err != nil {
		return err
	}
	for _, sql := range createTables(catalog) {
		if err := c.exec(sql); err != nil {
			return err
		}
	}
	for i := range sources {
		src := &sources[i]
		from := alias(src.entry.N)
		for table, where := range map[string]string{"events": src.events, "dead": src.dead, "runs": "TRUE", "keys": "TRUE"} {
			// One statement a source, so that a long rewriting can stop and
			// rest between two.
			r, err := c.query(ctx, "INSERT INTO "+catalog+"."+table+" SELECT * FROM "+from+"."+table+" WHERE "+where+p.where)
			if err != nil {
				return err
			}
			r.close()
		}
		if err := s.rest(ctx); err != nil {
			return err
		}
	}
	if err := s.opt.before("commit the rewritten segment"); err != nil {
		return err
	}
	for _, sql := range []string{"COMMIT", "CHECKPOINT " + catalog} {
		if err := c.exec(sql); err != nil {
			return err
		}
	}
	if err := s.describe(ctx, c, p, sources); err != nil {
		return err
	}
	if p.empty {
		return detach()
	}
	ix, err := makeIndex(ctx, c, catalog, nil)
	if err != nil {
		return err
	}
	if err := detach(); err != nil {
		return err
	}
	if _, err := os.Stat(temporary + ".wal"); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s has a log after its checkpoint: %v", temporary, err)
	}
	if err := s.opt.before("rename the rewritten segment"); err != nil {
		return err
	}
	if err := errors.Join(syncFile(temporary), os.Rename(temporary, path)); err != nil {
		return err
	}
	e := &p.entry
	if e.SHA256, e.FileBytes, err = sumFile(path); err != nil {
		return err
	}
	size, err := s.writeIndex(p.n, ix)
	if err != nil {
		return err
	}
	e.Bytes, e.index, e.Merged = e.FileBytes+size, ix, merged
	return nil
}

// describe fills the new segment's entry.
func (s *Store) describe(ctx context.Context, c *conn, p *piece, sources []source) error {
	e := &p.entry
	e.N, e.State, e.Day = p.n, stateSealed, sources[0].entry.Day
	catalog := alias(p.n)
	// As long as was promised when the last event of a source was removed.
	until := dayOf(s.opt.Now().Add(store.SeenFor).UnixNano()) + 1
	for i := range sources {
		src := &sources[i].entry
		e.Sources = append(e.Sources, src.N)
		if src.SeenUntil == 0 {
			e.SeenUntil = until
		}
		e.SeenUntil = max(e.SeenUntil, src.SeenUntil)
	}
	if err := countRows(ctx, c, catalog, e); err != nil {
		return err
	}
	if err := countProjects(c, catalog, e); err != nil {
		return err
	}
	e.Absent, e.Plain = combined(sources)
	if e.Rows > 0 || len(e.Dead) > 0 {
		e.SeenUntil = 0
		return nil
	}
	var known int64
	for _, table := range []string{"runs", "keys"} {
		n, err := count(ctx, c, catalog+"."+table)
		if err != nil {
			return err
		}
		known += n
	}
	p.empty = known == 0
	return nil
}

// combined gives the columns that are absent, or plain, in all sources that
// have events; in a part of their rows they are too.
func combined(sources []source) (absent, plain []string) {
	for i := range columns {
		name := columns[i].name
		isAbsent, isPlain := true, true
		for k := range sources {
			e := &sources[k].entry
			if e.Rows == 0 || slices.Contains(e.Absent, name) {
				continue
			}
			isAbsent = false
			isPlain = isPlain && slices.Contains(e.Plain, name)
		}
		switch {
		case isAbsent:
			absent = append(absent, name)
		case isPlain && idColumns[i]:
			plain = append(plain, name)
		}
	}
	return absent, plain
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// replace lists the pieces instead of the sources. Erasures that came during
// the rewriting go on to the pieces; those of before are done with these
// sources.
func (s *Store) replace(sources []*segment, pieces []*piece, applied []*erasure, removed map[string]int64) error {
	if err := s.opt.before("list the rewritten segments"); err != nil {
		return err
	}
	gone := map[int]bool{}
	for _, seg := range sources {
		gone[seg.entry.N] = true
	}
	fresh := make([]*segment, len(pieces))
	for i, p := range pieces {
		fresh[i] = &segment{entry: p.entry}
	}
	now := s.opt.Now().UnixNano()
	var erasures []*erasure
	err := s.change(func(l *List) {
		at := slices.IndexFunc(l.Segments, func(e ListedSegment) bool { return gone[e.N] })
		l.Segments = slices.DeleteFunc(slices.Clone(l.Segments), func(e ListedSegment) bool { return gone[e.N] })
		for i, p := range pieces {
			l.Segments = slices.Insert(l.Segments, at+i, p.entry.ListedSegment)
		}
		l.Erasures = l.Erasures[:0:0]
		for _, x := range s.erasures {
			x = carried(x, applied, gone, pieces, removed[x.ID], now)
			erasures = append(erasures, x)
			l.Erasures = append(l.Erasures, x.ListedErasure)
		}
	}, func() {
		at := slices.IndexFunc(s.segments, func(seg *segment) bool { return gone[seg.entry.N] })
		all := slices.DeleteFunc(slices.Clone(s.segments), func(seg *segment) bool { return gone[seg.entry.N] })
		s.segments = slices.Insert(all, at, fresh...)
		s.erasures = erasures
	})
	if err != nil {
		return err
	}
	if s.opt.before("remove the rewritten sources") != nil {
		return nil // as after a crash: the next start removes them
	}
	s.engineMu.RLock()
	defer s.engineMu.RUnlock()
	for _, seg := range sources {
		s.retire(seg)
	}
	return nil
}

// carried is an erasure after its sources have become pieces.
func carried(x *erasure, applied []*erasure, gone map[int]bool, pieces []*piece, removed, now int64) *erasure {
	if !slices.ContainsFunc(x.Pending, func(n int) bool { return gone[n] }) {
		return x
	}
	pending := slices.DeleteFunc(slices.Clone(x.Pending), func(n int) bool { return gone[n] })
	before := slices.ContainsFunc(applied, func(a *erasure) bool { return a.ID == x.ID })
	if before {
		return x.with(pending, removed, now)
	}
	for _, p := range pieces {
		if p.entry.Projects[x.Project] > 0 || p.entry.Dead[x.Project] > 0 {
			pending = append(pending, p.n)
		}
	}
	return x.with(pending, 0, now)
}

// names lists segments for an error.
func names(sources []*segment) string {
	var b []string
	for _, seg := range sources {
		b = append(b, seg.entry.Name())
	}
	return strings.Join(b, ", ")
}
