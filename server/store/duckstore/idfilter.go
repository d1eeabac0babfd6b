//go:build !noduck

package duckstore

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"

	"github.com/bits-and-blooms/bloom/v3"

	"github.com/clewline/clewline/query"
)

// An idFilter tells of a sealed segment which values surely stand in none of
// its id and who columns, letter case aside. A trace id is in one segment or
// two of a hundred; the others need not be asked, and a bare word, which might
// be an id, need not be compared with a dozen columns. nil knows nothing.
//
// It lies beside its segment in a file of its own: magic, a bloom filter as
// its library writes it, and a CRC-32C of both. It says nothing that the
// segment does not, so a missing or damaged one is made again.
type idFilter struct{ values *bloom.BloomFilter }

const (
	filterMagic = "clewline ids 1\n"
	// falseShare is how many segments of a hundred are asked in vain: 9.6
	// bits a value.
	falseShare = 0.01
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// may says whether the value may be there.
func (f *idFilter) may(value string) bool {
	return f == nil || f.values.TestString(query.Fold(value))
}

func (s *Store) filterPath(n int) string { return filepath.Join(s.dir, fmt.Sprintf("%06d.ids", n)) }

// makeFilter reads the id and who columns of a segment.
func makeFilter(ctx context.Context, c *conn, catalog string) (*idFilter, error) {
	var names []string
	counts := "SELECT 0"
	for i, col := range columns {
		if idColumns[i] {
			names = append(names, `"`+col.name+`"`)
			counts += `, approx_count_distinct("` + col.name + `")`
		}
	}
	events := " FROM " + catalog + ".events"
	r, err := c.query(ctx, counts+events)
	if err != nil {
		return nil, err
	}
	distinct := uint64(0)
	err = r.each(func(ch *chunk) error {
		for i := range names {
			distinct += uint64(ch.cols[1+i].int64(0))
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	f := &idFilter{bloom.NewWithEstimates(uint(distinct+distinct/16+64), falseShare)}
	for _, name := range names {
		if r, err = c.query(ctx, "SELECT DISTINCT "+name+events+" WHERE "+name+" IS NOT NULL"); err != nil {
			return nil, err
		}
		err = r.each(func(ch *chunk) error {
			for i := range ch.rows {
				f.values.AddString(query.Fold(ch.cols[0].string(i)))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return f, nil
}

// writeFilter makes a filter's file; that its name is durable is the list's
// affair, which is written after it.
func (s *Store) writeFilter(n int, f *idFilter) (size int64, err error) {
	var b bytes.Buffer
	b.WriteString(filterMagic)
	if _, err := f.values.WriteTo(&b); err != nil {
		return 0, err
	}
	text := binary.LittleEndian.AppendUint32(b.Bytes(), crc32.Checksum(b.Bytes(), castagnoli))
	path := s.filterPath(n)
	if err := s.opt.before("write the filter"); err != nil {
		return 0, err
	}
	file, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return 0, err
	}
	_, err = file.Write(text)
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		return 0, errors.Join(err, os.Remove(path+".tmp"))
	}
	return int64(len(text)), os.Rename(path+".tmp", path)
}

// readFilter reads a filter's file; an error says why it is of no use.
func (s *Store) readFilter(n int) (*idFilter, error) {
	text, err := os.ReadFile(s.filterPath(n))
	if err != nil {
		return nil, err
	}
	if len(text) < len(filterMagic)+4 || string(text[:len(filterMagic)]) != filterMagic {
		return nil, errors.New("not a filter of this version")
	}
	body, sum := text[:len(text)-4], binary.LittleEndian.Uint32(text[len(text)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return nil, errors.New("its checksum is wrong")
	}
	f := &idFilter{new(bloom.BloomFilter)}
	if _, err := f.values.ReadFrom(bytes.NewReader(body[len(filterMagic):])); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return f, nil
}

// loadFilters reads the filters of sealed segments at start. One that is of no
// use is left out; the sealer makes it again when nothing else waits.
func (s *Store) loadFilters() {
	for _, seg := range s.segments {
		if seg.entry.State == stateSealed {
			if f, err := s.readFilter(seg.entry.N); err == nil {
				seg.entry.ids = f
			}
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
		if e.State != stateSealed || e.ids != nil || seg.unfiltered {
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
