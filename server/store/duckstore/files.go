//go:build !noduck

package duckstore

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const lockName = "LOCK"

// lockFolder makes sure that one process has the folder. The lock goes with
// the process, however it ends.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the store's folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, &InUseError{dir}
		}
		return nil, fmt.Errorf("lock the folder %s: %w", dir, err)
	}
	return f, nil
}

// readList gives the list of the segments that exist. A missing list is an
// empty store, unless there is something else in the folder: then somebody has
// lost the list, and starting would remove all segments, or it is no store's
// folder at all.
func (s *Store) readList() (List, error) {
	list, err := ReadList(s.dir)
	if err == nil {
		return list, nil
	}
	path := filepath.Join(s.dir, ListFile)
	if errors.Is(err, fs.ErrNotExist) && list.Next == 0 {
		files, err := os.ReadDir(s.dir)
		if err != nil {
			return List{}, err
		}
		for _, f := range files {
			switch name := f.Name(); {
			case segmentFile.MatchString(name), name == QuarantineFolder:
				return List{}, fmt.Errorf("%s is missing, but there is %s; put the list back from a backup, or move the segments away to begin anew", path, name)
			case name != lockName && name != "tmp" && name != "lost+found" && name[0] != '.' && !listTemporary(name):
				return List{}, fmt.Errorf("the folder %s is no store's: it has no %s, but %s; give the store a folder of its own", s.dir, ListFile, name)
			}
		}
		// Before the first segment is made, so that its file is never there
		// without a list.
		list := List{Next: 1}
		return list, s.writeList(&list)
	}
	if damaged, ok := errors.AsType[*DamagedListError](err); ok && list.Next > 0 {
		s.listDamage = fmt.Errorf("%w; its copy %s is used", damaged, ListCopy)
		if _, err := os.Stat(path); err != nil {
			return list, nil
		}
		return list, s.setAside(ListFile)
	}
	if _, newer := errors.AsType[*ListFormatError](err); newer {
		return List{}, err
	}
	return List{}, fmt.Errorf("%w; put it back from a backup: nothing was changed", err)
}

// writeList replaces the list: from one moment to the next the segments are
// those of it, on disk. After an error the old list stands, unless the error
// is an unsureListError.
func (s *Store) writeList(l *List) error {
	text, err := l.Text()
	if err != nil {
		return err
	}
	if err := s.opt.before("write the list"); err != nil {
		return err
	}
	path, second := filepath.Join(s.dir, ListFile), filepath.Join(s.dir, ListCopy)
	for _, path := range []string{path, second} {
		if err := writeSynced(path+".tmp", text); err != nil {
			return errors.Join(err, os.Remove(path+".tmp"))
		}
	}
	if err := s.opt.before("rename the list"); err != nil {
		return err
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return err
	}
	// What the old list names and the new one does not is removed only after
	// both have been replaced, so that each is good alone.
	err = errors.Join(s.opt.before("rename the list's copy"), os.Rename(second+".tmp", second), s.opt.before("sync the folder"), syncFolder(s.dir))
	if err != nil {
		return &unsureListError{err}
	}
	return nil
}

// writeSynced makes a file whose content is durable; its name is not yet.
func writeSynced(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

func listTemporary(name string) bool { return name == ListFile+".tmp" || name == ListCopy+".tmp" }

// listed gives the list as it is. listMu is held.
func (s *Store) listed() List {
	s.mu.RLock()
	defer s.mu.RUnlock()
	l := List{Generation: s.generation, Next: s.next, Floors: maps.Clone(s.floors)}
	for _, seg := range s.segments {
		l.Segments = append(l.Segments, seg.snapshot().ListedSegment)
	}
	for _, e := range s.erasures {
		l.Erasures = append(l.Erasures, e.ListedErasure)
	}
	return l
}

// change replaces the list by what edit makes of it, and when that is durable
// calls apply, which does the same in memory; s.mu is held then. Lists inside
// of the list are replaced, never changed in place.
func (s *Store) change(edit func(*List), apply func()) error {
	s.listMu.Lock()
	defer s.listMu.Unlock()
	l := s.listed()
	edit(&l)
	// Also after an error, because the disk may have it.
	s.generation++
	l.Generation = s.generation
	if err := s.writeList(&l); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	apply()
	return nil
}

// An unsureListError says that after a power cut either list may be there.
type unsureListError struct{ error }

func (e *unsureListError) Unwrap() error { return e.error }

// syncFolder makes the names in a folder durable. Without it a power cut may
// forget a file that was made, or a rename, and with it acknowledged events.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// segmentFile is the name of a file of a segment: the segment itself, its log,
// its skip index, and what was being made of these.
var segmentFile = regexp.MustCompile(`^(\d{6,})\.[a-z]+(?:\.(?:wal.*|tmp.*))?$`)

func (s *Store) path(n int) string { return filepath.Join(s.dir, fmt.Sprintf("%06d.duckdb", n)) }
func (s *Store) log(n int) string  { return s.path(n) + ".wal" }

// removeUnlisted removes the files of segments that the list does not have:
// what a crash in the middle of a roll or a rewrite has left.
func (s *Store) removeUnlisted() error {
	listed := map[int]bool{}
	for _, seg := range s.segments {
		listed[seg.entry.N] = true
	}
	files, err := os.ReadDir(s.dir)
	if err != nil {
		return err
	}
	for _, f := range files {
		m := segmentFile.FindStringSubmatch(f.Name())
		if m == nil && !listTemporary(f.Name()) {
			continue
		}
		if m != nil && !strings.Contains(f.Name(), ".tmp") {
			if n, err := strconv.Atoi(m[1]); err != nil || listed[n] {
				continue
			}
		}
		if err := os.Remove(filepath.Join(s.dir, f.Name())); err != nil {
			return fmt.Errorf("remove what a crash left: %w", err)
		}
	}
	return nil
}

// A fileID tells a file from another that takes its name later.
type fileID struct {
	inode uint64
	size  int64
}

func identify(path string) (fileID, error) {
	info, err := os.Stat(path)
	if err != nil {
		return fileID{}, err
	}
	id := fileID{size: info.Size()}
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		id.inode = st.Ino
	}
	return id, nil
}

// freeBytes is the room on the disk that holds dir, for us.
func freeBytes(dir string) (int64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * int64(st.Bsize), nil
}
