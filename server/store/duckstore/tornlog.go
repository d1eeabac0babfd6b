//go:build !noduck

package duckstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
)

// A power cut while a commit is being written can leave any part of it in the
// log, with holes. DuckDB drops a last transaction whose end is missing, but
// refuses a log that has a hole, and with it everything that was acknowledged
// before. So the log is looked at first, and what is behind its last whole
// transaction is cut off: it was not synced, hence not acknowledged.
//
// A log may also be damaged further back, in what was acknowledged: the list
// knows how long it was, or transactions follow. Then it is read as far as it
// is whole as well, and what is lost is told.

// mendLog looks at the log of an unsealed segment before DuckDB does. What it
// cuts off is kept in quarantine.
func (s *Store) mendLog(seg *segment) error {
	e := seg.snapshot()
	path := s.log(e.N)
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	whole, torn := tornAt(b)
	defer func() {
		seg.mu.Lock()
		seg.entry.LogBytes = int64(whole)
		seg.mu.Unlock()
	}()
	switch lost := int64(whole) < e.LogBytes || whole < len(b) && !torn; {
	case len(b) == 0, whole == 0 && lost:
		return nil // DuckDB is to say what it thinks of it
	case lost:
		if err := s.loseTail(&e, b, whole); err != nil {
			return err
		}
	case !torn:
		return nil
	default:
		if err := s.keepTorn(path, b, whole); err != nil {
			return err
		}
	}
	if whole == len(b) {
		return nil
	}
	if err := s.opt.before("cut the log"); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(int64(whole)), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("cut an unfinished transaction off %s: %w", path, err)
	}
	return nil
}

// keepTorn keeps what is cut off, because damage to a last transaction that
// the list does not know of looks the same.
func (s *Store) keepTorn(path string, b []byte, whole int) error {
	folder := filepath.Join(s.dir, QuarantineFolder)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	kept := filepath.Join(folder, fmt.Sprintf("torn-%s-%d", filepath.Base(path), whole))
	if err := errors.Join(writeSynced(kept, b[whole:]), syncFolder(folder)); err != nil {
		return err
	}
	slog.Warn("a log ended in the middle of a transaction, as after a power cut; what was not committed is set aside",
		"log", path, "bytes", len(b)-whole, "kept", kept)
	return nil
}

// loseTail lists what a log has lost as a quarantined segment, and keeps what
// there is of it.
func (s *Store) loseTail(e *entry, b []byte, whole int) error {
	n := s.number()
	reason := fmt.Sprintf("the log of segment %s is damaged from byte %d on, and the events behind are missing; what there is of it is in %s as %06d.log",
		e.Name(), whole, QuarantineFolder, n)
	folder := filepath.Join(s.dir, QuarantineFolder)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	tail := filepath.Join(folder, fmt.Sprintf("%06d.log", n))
	if err := errors.Join(writeSynced(tail, b[whole:]), syncFolder(folder), syncFolder(s.dir)); err != nil {
		return err
	}
	lost := &segment{entry: entry{ListedSegment: ListedSegment{N: n, State: stateQuarantined, Day: e.Day, Err: reason}}}
	return s.change(func(l *List) {
		at := slices.IndexFunc(l.Segments, func(x ListedSegment) bool { return x.N == e.N })
		l.Segments = slices.Insert(l.Segments, at, lost.entry.ListedSegment)
		l.Segments[at+1].LogBytes = int64(whole)
	}, func() {
		at := slices.IndexFunc(s.segments, func(x *segment) bool { return x.entry.N == e.N })
		s.segments[at].mu.Lock()
		s.segments[at].entry.LogBytes = int64(whole)
		s.segments[at].mu.Unlock()
		s.segments = slices.Insert(slices.Clone(s.segments), at, lost)
	})
}

// A log is a header, then entries: the size of its content and a checksum, 8
// bytes each, and the content. A transaction ends with the entry commitMark.
var (
	logHeader  = []byte{0x64, 0, 0x62, 0x65, 0, 2} // a log of version 2
	headerEnd  = []byte{0xff, 0xff}
	commitMark = func() []byte {
		content := []byte{0x64, 0, 0x64, 0xff, 0xff}
		b := binary.LittleEndian.AppendUint64(nil, uint64(len(content)))
		b = binary.LittleEndian.AppendUint64(b, logChecksum(content))
		return append(b, content...)
	}()
)

// tornAt gives the end of a log's last whole transaction, and whether there is
// something behind it that may be cut off.
func tornAt(b []byte) (whole int, torn bool) {
	switch end := bytes.Index(b, headerEnd); {
	case len(b) == 0:
		return 0, false
	case bytes.HasPrefix(b, logHeader) && end > 0:
		whole = end + len(headerEnd)
	case bytes.Count(b, commitMark) > 1:
		return 0, false // damaged, or of a version that we do not know
	default:
		return 0, len(bytes.Trim(b[:min(len(b), len(logHeader))], "\x00")) == 0 || bytes.HasPrefix(logHeader, b)
	}
	at := whole
	for len(b)-at >= 16 {
		size := binary.LittleEndian.Uint64(b[at:])
		if size == 0 || size > uint64(math.MaxInt32) || int(size) > len(b)-at-16 {
			break
		}
		end := at + 16 + int(size)
		content := b[at+16 : end]
		if binary.LittleEndian.Uint64(b[at+8:]) != logChecksum(content) {
			break
		}
		if bytes.Equal(b[at:end], commitMark) {
			whole = end
		}
		if at = end; at == len(b) && size >= 3 && content[2] == logCheckpoint {
			// The segment was being sealed. DuckDB must see this, or it would
			// replay what is in the file already.
			return at, false
		}
	}
	if whole == len(b) {
		return whole, false
	}
	// At most one transaction is not synced, so one end of one may be there,
	// and nothing behind it.
	return whole, !marked(b[whole : len(b)-min(len(commitMark), len(b)-whole)])
}

// logCheckpoint is the type of the entry that says that a checkpoint is made.
const logCheckpoint = 99

// marked says whether a transaction ends in b, the end itself perhaps damaged
// by a flipped bit or two.
func marked(b []byte) bool {
	for ; len(b) >= len(commitMark); b = b[1:] {
		wrong := 0
		for i := 0; i < len(commitMark) && wrong <= 2; i++ {
			if b[i] != commitMark[i] {
				wrong++
			}
		}
		if wrong <= 2 {
			return true
		}
	}
	return false
}

// logChecksum is DuckDB's checksum of an entry: each eight bytes times a
// constant, and what is left over by MurmurHash64A, all combined by xor.
func logChecksum(b []byte) uint64 {
	sum := uint64(5381)
	for ; len(b) >= 8; b = b[8:] {
		sum ^= binary.LittleEndian.Uint64(b) * 0xbf58476d1ce4e5b9
	}
	if len(b) == 0 {
		return sum
	}
	const m, seed, shift = 0xc6a4a7935bd1e995, 0xe17a1465, 47
	h := seed ^ uint64(len(b))*m
	for i := len(b) - 1; i >= 0; i-- {
		h ^= uint64(b[i]) << (8 * i)
	}
	h *= m
	h ^= h >> shift
	h *= m
	h ^= h >> shift
	return sum ^ h
}
