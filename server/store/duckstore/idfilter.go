//go:build !noduck

package duckstore

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unsafe"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store/duckstore/skip"
)

// An idFilter is the skip index of a sealed segment, which lies beside it in
// a file of its own. It says nothing that the segment does not, so a missing
// or damaged one is made again, and the segment read without meanwhile. nil
// knows nothing.
type idFilter struct {
	*skip.Reader
	text []byte // the file, before it is written
}

// index is the Reader of a filter, nil when there is none.
func (f *idFilter) index() *skip.Reader {
	if f == nil {
		return nil
	}
	return f.Reader
}

func (s *Store) filterPath(n int) string { return filepath.Join(s.dir, fmt.Sprintf("%06d.skip", n)) }

// filterColumns are the columns that a filter is made of: all that hold text,
// but for data, whose strings are in words.
var filterColumns = func() (cols []int) {
	for i := range columns {
		if columns[i].name == "time" || columns[i].kind == kindText && columns[i].name != "data" {
			cols = append(cols, i)
		}
	}
	return cols
}()

// filterRows is how many rows are read at a time to make a filter: about 15 MB.
const filterRows = 15 * chunkRows

// makeFilter reads a segment, one that nobody writes to.
func makeFilter(ctx context.Context, c *conn, catalog string) (*idFilter, error) {
	rows, kinds, err := kindsOf(ctx, c, catalog)
	if err != nil {
		return nil, err
	}
	var cols []int
	for _, i := range filterColumns {
		if slices.ContainsFunc(kinds, func(k skip.Kind) bool { return k.Columns[columns[i].name] > 0 }) {
			cols = append(cols, i)
		}
	}
	b := skip.NewBuilder(int(rows))
	if len(kinds) <= skip.MaxKinds {
		b.Kinds(kinds)
	}
	last := int64(-1)
	for from := int64(0); from < rows; from += filterRows {
		r, err := c.query(ctx, fmt.Sprintf("SELECT rowid%s FROM %s.events WHERE rowid >= %d AND rowid < %d", columnList(cols), catalog, from, from+filterRows))
		if err != nil {
			return nil, err
		}
		err = r.each(func(ch *chunk) error {
			for i := range ch.rows {
				row := ch.cols[0].int64(i)
				if row <= last {
					return fmt.Errorf("row %d comes after row %d", row, last)
				}
				last = row
				var e event.Event
				borrowColumns(&e, cols, ch.cols[1:], i)
				b.Add(int(row), &e)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	text, err := b.Finish()
	if err != nil {
		return nil, err
	}
	f := &idFilter{text: text}
	f.Reader, err = skip.New(text)
	return f, err
}

// kindsOf counts the values of each column by the kind of event; rows is one
// more than the greatest row number.
func kindsOf(ctx context.Context, c *conn, catalog string) (rows int64, kinds []skip.Kind, err error) {
	var sql strings.Builder
	sql.WriteString("SELECT kind, count(*), max(rowid)")
	for i := range columns {
		sql.WriteString(`, count("` + columns[i].name + `")`)
	}
	sql.WriteString(" FROM " + catalog + ".events GROUP BY kind ORDER BY kind")
	r, err := c.query(ctx, sql.String())
	if err != nil {
		return 0, nil, err
	}
	err = r.each(func(ch *chunk) error {
		for row := range ch.rows {
			k := skip.Kind{Name: ch.cols[0].string(row), Rows: ch.cols[1].int64(row), Columns: map[string]int64{}}
			rows = max(rows, ch.cols[2].int64(row)+1)
			for i := range columns {
				if n := ch.cols[3+i].int64(row); n > 0 {
					k.Columns[columns[i].name] = n
				}
			}
			kinds = append(kinds, k)
		}
		return nil
	})
	return rows, kinds, err
}

// borrowColumns is readColumns for texts and times, without copying the
// texts: the event is good as long as the vectors are.
func borrowColumns(e *event.Event, cols []int, vectors []vector, row int) {
	for k, i := range cols {
		c, v := &columns[i], &vectors[k]
		if v.null(row) {
			continue
		}
		if c.kind == kindTime {
			*(*int64)(c.at(e)) = v.int64(row)
			continue
		}
		b := v.bytes(row)
		*(*string)(c.at(e)) = unsafe.String(unsafe.SliceData(b), len(b))
	}
}

// writeFilter makes a filter's file, which f is read from afterwards; that
// its name is durable is the list's affair, which is written after it.
func (s *Store) writeFilter(n int, f *idFilter) (size int64, err error) {
	path := s.filterPath(n)
	if err := s.opt.before("write the filter"); err != nil {
		return 0, err
	}
	file, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return 0, err
	}
	_, err = file.Write(f.text)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return 0, errors.Join(err, os.Remove(path+".tmp"))
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return 0, err
	}
	mapped, err := s.readFilter(n)
	if err != nil {
		return 0, err
	}
	size = int64(len(f.text))
	*f = *mapped
	return size, nil
}

// readFilter maps a filter's file; an error says why it is of no use.
func (s *Store) readFilter(n int) (*idFilter, error) {
	r, err := skip.Open(s.filterPath(n))
	if err != nil {
		return nil, err
	}
	return &idFilter{Reader: r}, nil
}

// oldFilter is the filter of ids alone that version 0.1 has made.
func (s *Store) oldFilter(n int) string { return filepath.Join(s.dir, fmt.Sprintf("%06d.ids", n)) }

// loadFilters maps the filters of sealed segments at start. One that is of no
// use is left out; the sealer makes it again when nothing else waits.
func (s *Store) loadFilters() {
	for _, seg := range s.segments {
		if seg.entry.State == stateSealed {
			if f, err := s.readFilter(seg.entry.N); err == nil {
				seg.entry.ids = f
			}
			os.Remove(s.oldFilter(seg.entry.N))
		}
	}
}

// refilter makes one missing filter of a sealed segment again; done says that
// none is missing. Until it is made, the segment is asked without.
func (s *Store) refilter(ctx context.Context) (done bool) {
	s.mu.RLock()
	segments := s.segments
	s.mu.RUnlock()
	for _, seg := range segments {
		e := seg.snapshot()
		if e.State != stateSealed || e.ids != nil && !e.ids.Damaged() || seg.unfiltered {
			continue
		}
		f, err := s.filterAgain(ctx, e.N)
		seg.mu.Lock()
		seg.entry.ids, seg.unfiltered = f, err != nil
		seg.mu.Unlock()
		return false
	}
	return true
}

func (s *Store) filterAgain(ctx context.Context, n int) (*idFilter, error) {
	s.engineMu.RLock()
	defer s.engineMu.RUnlock()
	if s.engine == nil {
		return nil, errClosing
	}
	if _, err := s.engine.pin(n); err != nil {
		return nil, err
	}
	defer s.engine.unpin(n)
	c, err := s.engine.cold.connect()
	if err != nil {
		return nil, err
	}
	defer c.close()
	f, err := makeFilter(ctx, c, alias(n))
	if err == nil {
		_, err = s.writeFilter(n, f)
	}
	return f, err
}
