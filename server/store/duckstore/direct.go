//go:build !noduck

package duckstore

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store/duckstore/cells"
	"github.com/clewline/clewline/server/store/duckstore/skip"
)

// Single rows of sealed segments are read from their files directly, as far as
// package cells can: DuckDB takes about a millisecond of CPU time for a row.

// cells gives what reads the values of a pinned, sealed segment, on a
// connection that asks DuckDB once where they lie; nil where they are to be
// read by DuckDB.
func (e *engine) cells(c *conn, n int) *cells.File {
	e.mu.Lock()
	a := e.attached[n]
	e.mu.Unlock()
	if a == nil || a.hot {
		return nil
	}
	a.cellsOnce.Do(func() {
		// What fails here, and what is damaged, DuckDB will tell better.
		if pieces, rows, err := piecesOf(c, alias(n)); err == nil {
			a.cells, _ = cells.Open(e.s.path(n), pieces, rows)
		}
	})
	return a.cells
}

// segmentTypes are DuckDB's names of what a column's values are; lists, whose
// values lie in two places, are not read directly.
var segmentTypes = [...]struct {
	name  string
	width int
}{
	kindText: {"VARCHAR", 0}, kindTime: {"TIMESTAMP_NS", 8}, kindUint: {"UBIGINT", 8},
	kindTiny: {"UTINYINT", 1}, kindFloat: {"DOUBLE", 8}, kindList: {"", 0},
}

// piecesOf lists where the values of a segment lie, and the number of its rows.
func piecesOf(c *conn, catalog string) (pieces []cells.Piece, rows int64, err error) {
	byName := make(map[string]int, len(columns))
	for i := range columns {
		byName[columns[i].name] = i
	}
	result, err := c.query(context.Background(), "SELECT column_name, segment_type, compression, count::BIGINT, block_id::BIGINT, block_offset::BIGINT"+
		" FROM pragma_storage_info("+quote(catalog+".events")+") ORDER BY row_group_id, segment_id")
	if err != nil {
		return nil, 0, err
	}
	err = result.each(func(ch *chunk) error {
		for i := range ch.rows {
			col, ok := byName[ch.cols[0].string(i)]
			if !ok || ch.cols[1].string(i) != segmentTypes[columns[col].kind].name {
				continue // what is null
			}
			p := cells.Piece{Column: col, Rows: ch.cols[3].int64(i), Block: ch.cols[4].int64(i), Offset: ch.cols[5].int64(i),
				Form: ch.cols[2].string(i), Width: segmentTypes[columns[col].kind].width}
			if pieces = append(pieces, p); columns[col].field == event.FieldTime {
				rows += p.Rows
			}
		}
		return nil
	})
	return pieces, rows, err
}

// directly says which of some columns of a kind of events can be read from the
// file: of numbers those that all such events have, for it does not say which
// are null.
func directly(f *cells.File, kind *skip.Kind, cols []int) (direct, rest []int) {
	for _, i := range cols {
		there := columns[i].kind == kindText || columns[i].field == event.FieldTime || kind != nil && kind.Columns[columns[i].name] == kind.Rows
		if f != nil && there && f.Has(i) {
			direct = append(direct, i)
		} else {
			rest = append(rest, i)
		}
	}
	return direct, rest
}

// kindNamed gives a kind of a segment's events, nil where it is not known.
func kindNamed(kinds []skip.Kind, name string) *skip.Kind {
	if at := slices.IndexFunc(kinds, func(k skip.Kind) bool { return k.Name == name }); at >= 0 {
		return &kinds[at]
	}
	return nil
}

// readCell reads one column of a row into an event.
func readCell(r *cells.Reader, e *event.Event, i int, row int64) error {
	c := &columns[i]
	p := c.at(e)
	if c.kind == kindText {
		s, err := r.Text(i, row)
		*(*string)(p) = s
		return err
	}
	n, err := r.Bits(i, row)
	switch c.kind {
	case kindTime, kindUint:
		*(*uint64)(p) = n
	case kindTiny:
		*(*uint8)(p) = uint8(n)
	case kindFloat:
		e.TimeCost, e.HasTimeCost = math.Float64frombits(n), true
	}
	return err
}

// errKind is what a row gives whose kind the skip index does not know.
var errKind = errors.New("an event is of a kind that its segment does not have")

// A hit is a row that matches, of which some columns are known.
type hit struct {
	event event.Event
	row   int64
}

// siftCells is a sift of rows by their values in the file. It says no where
// they cannot be read there, or not with what erasures hide.
func (w *walk) siftCells(c pair, p *part, ranges []skip.Range, cols []int, from, to int64, wanted func(*event.Event) bool) (hits []hit, done bool, err error) {
	if p.hot || p.hide != never {
		return nil, false, nil
	}
	n := p.entry.N
	if _, err := w.e.pin(n); err != nil {
		return nil, false, w.s.suspected([]part{*p}, err)
	}
	defer w.e.unpin(n)
	f := w.e.cells(c.cold, n)
	if f == nil || !f.Has(kindColumn) {
		return nil, false, nil
	}
	// What is read of the events of each kind.
	kinds := p.entry.index.index().Kinds()
	byKind := make(map[string][]int, len(kinds))
	for k := range kinds {
		has := slices.DeleteFunc(slices.Clone(cols), func(i int) bool { return i == kindColumn || kinds[k].Columns[columns[i].name] == 0 })
		direct, rest := directly(f, &kinds[k], has)
		if len(rest) > 0 {
			return nil, false, nil
		}
		byKind[kinds[k].Name] = direct
	}
	project := columnOf[event.FieldProject]
	if !p.oneProject && !f.Has(project) {
		return nil, false, nil
	}
	w.use(n)
	err = f.Read(func(r *cells.Reader) error {
		for _, span := range ranges {
			if err := w.ctx.Err(); err != nil {
				return err
			}
			for row := span.From; row < min(span.To, p.entry.Rows); row++ {
				kind, err := r.Text(kindColumn, row)
				if err != nil {
					return err
				}
				e := event.Event{Kind: event.Kind(kind), Project: w.scope.Project}
				direct, known := byKind[kind]
				if !known {
					return errKind
				}
				if !p.oneProject {
					if err := readCell(r, &e, project, row); err != nil {
						return err
					}
					if e.Project != w.scope.Project {
						continue
					}
				}
				for _, i := range direct {
					if err := readCell(r, &e, i, row); err != nil {
						return err
					}
					if i == timeColumn && (e.Time < from || e.Time >= to) {
						break
					}
				}
				if e.Time >= from && e.Time < to && wanted(&e) {
					hits = append(hits, hit{e, row})
				}
			}
		}
		return nil
	})
	if w.ctx.Err() != nil {
		return nil, false, w.ctx.Err()
	}
	return hits, err == nil, nil
}

// fetchCells reads columns of events of one kind as far as their file can be
// read without DuckDB, and gives the columns that are left.
func (r *reading) fetchCells(c pair, p *part, places []place, wanted []int, events []event.Event, cols []int) (rest []int, err error) {
	if p.hot {
		return cols, nil
	}
	n := p.entry.N
	if _, err := r.e.pin(n); err != nil {
		return nil, r.s.suspected([]part{*p}, err)
	}
	defer r.e.unpin(n)
	f := r.e.cells(c.cold, n)
	if f == nil {
		return cols, nil
	}
	direct, rest := directly(f, kindNamed(p.entry.index.index().Kinds(), places[wanted[0]].kind), cols)
	r.use(n)
	err = f.Read(func(cells *cells.Reader) error {
		for _, k := range wanted {
			if err := r.ctx.Err(); err != nil {
				return err
			}
			for _, i := range direct {
				if err := readCell(cells, &events[k], i, places[k].row); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if r.ctx.Err() != nil {
		return nil, r.ctx.Err()
	}
	if err != nil {
		return cols, nil
	}
	return rest, nil
}
