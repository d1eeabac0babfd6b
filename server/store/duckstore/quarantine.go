//go:build !noduck

package duckstore

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/duckdb/duckdb-go/mapping"
)

// A segment that cannot be read is set aside: its files go to the folder
// quarantine, with a text that says why, and its entry stays in the list, so
// that every answer that it would be part of says that it is not whole. Put
// the right file back into the store's folder, and the next start takes it up
// again; remove all of its files from quarantine, and the next start accepts
// the loss.

// quarantine sets a segment aside.
func (s *Store) quarantine(seg *segment, why error) error {
	e := seg.snapshot()
	reason := fmt.Sprintf("segment %s cannot be read and was set aside: %v", e.Name(), why)
	if err := s.opt.before("list the quarantined segment"); err != nil {
		return err
	}
	err := s.change(func(l *List) {
		for i := range l.Segments {
			if l.Segments[i].N == e.N {
				l.Segments[i].State, l.Segments[i].Err = stateQuarantined, reason
			}
		}
	}, func() {
		seg.mu.Lock()
		seg.entry.State, seg.entry.Err = stateQuarantined, reason
		seg.mu.Unlock()
	})
	if err != nil {
		return fmt.Errorf("set segment %s aside: %w", e.Name(), err)
	}
	if s.engine != nil {
		s.engine.release(e.N)
	}
	if err := s.opt.before("move the quarantined segment"); err != nil {
		return err
	}
	return s.moveQuarantined(e.N, reason)
}

// moveQuarantined moves what there is of a segment's files.
func (s *Store) moveQuarantined(n int, reason string) error {
	files, err := s.filesOf(s.dir, n)
	if err != nil {
		return err
	}
	for _, name := range files {
		if err := s.setAside(name); err != nil {
			return err
		}
	}
	folder := filepath.Join(s.dir, QuarantineFolder)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	return errors.Join(writeSynced(filepath.Join(folder, fmt.Sprintf("%06d.txt", n)), []byte(reason+"\n")), syncFolder(folder))
}

// setAside moves a file of the store's folder to quarantine.
func (s *Store) setAside(name string) error {
	folder := filepath.Join(s.dir, QuarantineFolder)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	to := filepath.Join(folder, name)
	for i := 2; ; i++ {
		if _, err := os.Lstat(to); errors.Is(err, fs.ErrNotExist) {
			break
		}
		to = filepath.Join(folder, fmt.Sprintf("%s.%d", name, i))
	}
	if err := os.Rename(filepath.Join(s.dir, name), to); err != nil {
		return fmt.Errorf("set %s aside: %w", name, err)
	}
	return errors.Join(syncFolder(folder), syncFolder(s.dir))
}

// filesOf names the files of a segment in a folder; where there is no folder,
// there are none.
func (s *Store) filesOf(folder string, n int) (names []string, err error) {
	files, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, f := range files {
		if strings.HasPrefix(f.Name(), fmt.Sprintf("%06d.", n)) {
			names = append(names, f.Name())
		}
	}
	return names, nil
}

// reconsider looks, at start, at the segments that were set aside.
func (s *Store) reconsider() error {
	kept := s.segments[:0:0]
	for _, seg := range s.segments {
		e := &seg.entry
		if e.State != stateQuarantined {
			kept = append(kept, seg)
			continue
		}
		if _, err := os.Stat(s.path(e.N)); err == nil {
			// Somebody has put it back; or we were stopped before it was moved.
			again := e.ListedSegment
			again.State, again.Err = stateSealed, ""
			if e.SHA256 == "" {
				again.State = stateWaiting
			}
			if err := VerifySegment(s.dir, &again); err == nil {
				e.ListedSegment = again
			} else if err := s.moveQuarantined(e.N, e.Err); err != nil {
				return err
			}
			kept = append(kept, seg)
			continue
		}
		left, err := s.filesOf(filepath.Join(s.dir, QuarantineFolder), e.N)
		if err != nil {
			return err
		}
		if len(left) > 0 {
			kept = append(kept, seg)
		}
	}
	s.segments = kept
	s.forsake()
	return nil
}

// forsake takes segments that are in the list no more, because their loss was
// accepted, out of what erasures wait for.
func (s *Store) forsake() {
	there := map[int]bool{}
	for _, seg := range s.segments {
		there[seg.entry.N] = true
	}
	for i, x := range s.erasures {
		pending := slices.DeleteFunc(slices.Clone(x.Pending), func(n int) bool { return !there[n] })
		if len(pending) < len(x.Pending) {
			s.erasures[i] = x.with(pending, 0, s.opt.Now().UnixNano())
		}
	}
}

// unreadable says whether an error is that of a file, rather than of the disk,
// the memory or the rights that reading it takes.
func unreadable(err error) bool {
	if isFull(err) || isKind(err, mapping.ErrorTypeOutOfMemory) || errors.Is(err, errClosing) ||
		errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.EMFILE) {
		return false
	}
	for _, text := range []string{"Permission denied", "Read-only file system", "Too many open files", "Cannot allocate memory"} {
		if strings.Contains(err.Error(), text) {
			return false
		}
	}
	return true
}

// A brokenSegmentError says which segments an answer lacks.
type brokenSegmentError struct {
	names []string
	err   error
}

func (e *brokenSegmentError) Error() string {
	return "segment " + strings.Join(e.names, " or ") + " cannot be read: " + e.err.Error()
}
func (e *brokenSegmentError) Unwrap() error { return e.err }

// suspected makes of an error that reading sealed segments gave one that names
// them, when their files may be to blame, and has them looked at.
func (s *Store) suspected(parts []part, err error) error {
	duck, ok := errors.AsType[*duckError](err)
	if !ok && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if ok {
		text := duck.text
		switch {
		case duck.kind == mapping.ErrorTypeErrorIO, duck.kind == mapping.ErrorTypeSerialization, invalidated(err):
		case strings.Contains(text, "IO Error"), strings.Contains(text, "orrupt"), strings.Contains(text, "Serialization Error"):
		default:
			return err
		}
	}
	broken := &brokenSegmentError{err: err}
	s.mu.Lock()
	for i := range parts {
		broken.names = append(broken.names, parts[i].entry.Name())
		s.suspects[parts[i].entry.N] = true
	}
	s.lost = s.lost || invalidated(err)
	s.mu.Unlock()
	s.wakeTidier()
	return broken
}

// inspect looks at the segments that could not be read, and sets those aside
// whose files are not as the list says. Where DuckDB has given its instance
// up, another is made.
func (s *Store) inspect() error {
	s.mu.Lock()
	suspects, lost := s.suspects, s.lost
	s.suspects, s.lost = map[int]bool{}, false
	segments := s.segments
	s.mu.Unlock()
	var errs []error
	for _, seg := range segments {
		e := seg.snapshot()
		if !suspects[e.N] || e.State != stateSealed {
			continue
		}
		if why := VerifySegment(s.dir, &e.ListedSegment); why != nil {
			errs = append(errs, s.quarantine(seg, why))
		}
	}
	if lost {
		errs = append(errs, s.order(func() error {
			s.reopened = time.Time{}
			return s.startAnew()
		}))
	}
	return errors.Join(errs...)
}
