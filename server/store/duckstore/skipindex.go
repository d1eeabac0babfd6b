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

// An skipIndex is the skip index of a sealed segment, which lies beside it in
// a file of its own. It says nothing that the segment does not, so a missing
// or damaged one is made again, and the segment read without meanwhile. nil
// knows nothing.
type skipIndex struct {
	*skip.Reader
	text []byte // the file, before it is written
}

// index is its Reader, nil when there is none.
func (f *skipIndex) index() *skip.Reader {
	if f == nil {
		return nil
	}
	return f.Reader
}

func (s *Store) indexPath(n int) string { return filepath.Join(s.dir, fmt.Sprintf("%06d.skip", n)) }

// indexedColumns are the columns that a skip index is made of: all that hold text,
// but for data, whose strings are in words.
var indexedColumns = func() (cols []int) {
	for i := range columns {
		if columns[i].name == "time" || columns[i].kind == kindText && columns[i].name != "data" {
			cols = append(cols, i)
		}
	}
	return cols
}()

// indexedRows is how many rows are read at a time to make one: about 15 MB.
const indexedRows = 15 * chunkRows

// makeIndex makes the index of a segment that nobody writes to: from memory,
// where its rows still are there, else it reads them.
func makeIndex(ctx context.Context, c *conn, catalog string, recent *recent) (*skipIndex, error) {
	if recent != nil {
		rows := recent.rows()
		b := newIndexBuilder(rows.kinds())
		for row := range rows.count() {
			e := rows.event(row)
			b.Add(int(row), &e)
		}
		return finishIndex(b)
	}
	rows, kinds, err := kindsOf(ctx, c, catalog)
	if err != nil {
		return nil, err
	}
	var cols []int
	for _, i := range indexedColumns {
		if slices.ContainsFunc(kinds, func(k skip.Kind) bool { return k.Columns[columns[i].name] > 0 }) {
			cols = append(cols, i)
		}
	}
	b := newIndexBuilder(rows, kinds)
	last := int64(-1)
	for from := int64(0); from < rows; from += indexedRows {
		r, err := c.query(ctx, fmt.Sprintf("SELECT rowid%s FROM %s.events WHERE rowid >= %d AND rowid < %d", columnList(cols), catalog, from, from+indexedRows))
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
	return finishIndex(b)
}

func newIndexBuilder(rows int64, kinds []skip.Kind) *skip.Builder {
	b := skip.NewBuilder(int(rows))
	if len(kinds) <= skip.MaxKinds {
		b.Kinds(kinds)
	}
	return b
}

func finishIndex(b *skip.Builder) (*skipIndex, error) {
	text, err := b.Finish()
	if err != nil {
		return nil, err
	}
	f := &skipIndex{text: text}
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
	sql.WriteString(" FROM " + catalog + ".events GROUP BY kind ORDER BY kind NULLS FIRST")
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

// writeIndex makes the file, which f is read from afterwards; that
// its name is durable is the list's affair, which is written after it.
func (s *Store) writeIndex(n int, f *skipIndex) (size int64, err error) {
	path := s.indexPath(n)
	if err := s.opt.before("write the skip index"); err != nil {
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
	mapped, err := s.readIndex(n)
	if err != nil {
		return 0, err
	}
	size = int64(len(f.text))
	*f = *mapped
	return size, nil
}

// readIndex maps the file; an error says why it is of no use.
func (s *Store) readIndex(n int) (*skipIndex, error) {
	r, err := skip.Open(s.indexPath(n))
	if err != nil {
		return nil, err
	}
	return &skipIndex{Reader: r}, nil
}

// oldIndex is the file of the ids alone that version 0.1 has made.
func (s *Store) oldIndex(n int) string { return filepath.Join(s.dir, fmt.Sprintf("%06d.ids", n)) }

// loadIndexes maps the skip indexes of sealed segments at start. One that is of no
// use is left out; the sealer makes it again when nothing else waits.
func (s *Store) loadIndexes() {
	for _, seg := range s.segments {
		if seg.entry.State == stateSealed {
			if f, err := s.readIndex(seg.entry.N); err == nil {
				seg.entry.index = f
			}
			os.Remove(s.oldIndex(seg.entry.N))
		}
	}
}

// reindex makes one missing skip index of a sealed segment again; done says that
// none is missing. Until it is made, the segment is asked without.
func (s *Store) reindex(ctx context.Context) (done bool) {
	s.mu.RLock()
	segments := s.segments
	s.mu.RUnlock()
	for _, seg := range segments {
		e := seg.snapshot()
		if e.State != stateSealed || e.index != nil && !e.index.Damaged() || seg.unindexed {
			continue
		}
		f, err := s.indexAgain(ctx, e.N)
		seg.mu.Lock()
		seg.entry.index, seg.unindexed = f, err != nil
		seg.mu.Unlock()
		return false
	}
	return true
}

func (s *Store) indexAgain(ctx context.Context, n int) (*skipIndex, error) {
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
	f, err := makeIndex(ctx, c, alias(n), nil)
	if err == nil {
		_, err = s.writeIndex(n, f)
	}
	return f, err
}
