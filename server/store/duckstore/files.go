//go:build !noduck

package duckstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// lockFolder makes sure that one process has the folder. The lock goes with
// the process, however it ends.
func lockFolder(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "LOCK"), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, fmt.Errorf("lock the store's folder: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("the folder %s is in use by another server; stop that one, or give this one a folder of its own", dir)
		}
		return nil, fmt.Errorf("lock the folder %s: %w", dir, err)
	}
	return f, nil
}

const listName = "segments.json"

// listFormat is the version of segments.json. A newer one is refused, not
// guessed at.
const listFormat = 1

type segmentList struct {
	Format   int     `json:"format"`
	Next     int     `json:"next"`
	Segments []entry `json:"segments"`
}

// readList gives the segments that exist. A missing list is an empty store,
// unless there are segments: then somebody has lost the list, and starting
// would remove them all.
func (s *Store) readList() ([]entry, int, error) {
	path := filepath.Join(s.dir, listName)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		files, err := os.ReadDir(s.dir)
		if err != nil {
			return nil, 0, err
		}
		for _, f := range files {
			if segmentFile.MatchString(f.Name()) {
				return nil, 0, fmt.Errorf("%s is missing, but there is %s; put the list back from a backup, or move the segments away to begin anew", path, f.Name())
			}
		}
		// Before the first segment is made, so that its file is never there
		// without a list.
		return nil, 1, s.writeList(nil, 1)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read the list of segments: %w", err)
	}
	var list segmentList
	if err := json.Unmarshal(text, &list); err != nil {
		return nil, 0, fmt.Errorf("%s is damaged (%w); put it back from a backup: nothing was changed", path, err)
	}
	if list.Format != listFormat {
		return nil, 0, fmt.Errorf("%s has format %d, this program reads %d; start the program that wrote it, or a newer one", path, list.Format, listFormat)
	}
	last := 0
	for _, e := range list.Segments {
		if e.N <= last || e.N >= list.Next || e.State != stateActive && e.State != stateWaiting && e.State != stateSealed {
			return nil, 0, fmt.Errorf("%s is damaged (segment %d, state %q, next %d); put it back from a backup: nothing was changed", path, e.N, e.State, list.Next)
		}
		last = e.N
	}
	return list.Segments, list.Next, nil
}

// writeList replaces the list: from one moment to the next the segments are
// those of entries, on disk. After an error the old list stands, unless the
// error is an unsureListError.
func (s *Store) writeList(entries []entry, next int) error {
	text, err := json.MarshalIndent(segmentList{listFormat, next, entries}, "", "\t")
	if err != nil {
		return err
	}
	path := filepath.Join(s.dir, listName)
	if err := s.opt.before("write the list"); err != nil {
		return err
	}
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return errors.Join(err, os.Remove(path+".tmp"))
	}
	if err := s.opt.before("rename the list"); err != nil {
		return err
	}
	if err := os.Rename(path+".tmp", path); err != nil {
		return err
	}
	if err := errors.Join(s.opt.before("sync the folder"), syncFolder(s.dir)); err != nil {
		return &unsureListError{err}
	}
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

var segmentFile = regexp.MustCompile(`^(\d{6,})\.(?:duckdb(?:\.wal.*|\.tmp)?|ids(?:\.tmp)?)$`)

func (s *Store) path(n int) string { return filepath.Join(s.dir, fmt.Sprintf("%06d.duckdb", n)) }
func (s *Store) log(n int) string  { return s.path(n) + ".wal" }

// removeUnlisted removes the files of segments that the list does not have:
// what a crash in the middle of a roll has left.
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
		if m == nil && f.Name() != listName+".tmp" {
			continue
		}
		if m != nil {
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
