// Package backup copies a data folder while its server runs, puts copies back,
// and checks a folder. It reads files alone and needs no database engine for
// the events.
//
// A folder of backups holds
//
//	20261121T143000.123Z.json   one backup: which files make it, with sums
//	files/SHA256                the files, each once, named by their content
//	LOCK                        held while a backup is taken
//
// What did not change since the backup before is not copied again. A backup is
// there when its .json is, which is written last: one that is broken off leaves
// those before it whole.
package backup

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Format is the version of a backup that this program writes.
const Format = 1

// The names in a data folder.
const (
	eventsFolder = "events"
	catalogFile  = "catalog.db"
)

// A Backup is one state of a data folder.
type Backup struct {
	// Name is that of its file without the ending: the time it was taken.
	Name string `json:"-"`
	// Taken is when it began: what was acknowledged before is in it.
	Taken   time.Time `json:"taken"`
	Program string    `json:"program"` // the version that took it
	// Generation is that of the list of segments.
	Generation uint64 `json:"generation"`
	Events     int64  `json:"events"` // in sealed segments
	Files      []File `json:"files"`
	// Damaged names segments that could not be read when it was taken.
	Damaged []string `json:"damaged,omitempty"`
}

// A File is one file of a backup.
type File struct {
	Path   string `json:"path"` // below the data folder, with slashes
	SHA256 string `json:"sha256"`
	Bytes  int64  `json:"bytes"`
}

// Bytes is the size of all files of a backup.
func (b *Backup) Bytes() (n int64) {
	for _, f := range b.Files {
		n += f.Bytes
	}
	return n
}

// A BrokenError says that a backup, or a file of it, cannot be used.
type BrokenError struct {
	Path string
	Err  error
}

func (e *BrokenError) Error() string { return e.Path + " is damaged: " + e.Err.Error() }
func (e *BrokenError) Unwrap() error { return e.Err }

var backupName = regexp.MustCompile(`^(\d{8}T\d{6}\.\d{3}Z)\.json$`)

const nameLayout = "20060102T150405.000Z"

// List gives the backups in a folder, newest first, and those that cannot be
// read as an error for each. A folder without any is an error.
func List(folder string) (backups []Backup, broken []error, err error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, nil, err
	}
	for _, e := range slices.Backward(entries) {
		m := backupName.FindStringSubmatch(e.Name())
		if m == nil {
			continue
		}
		b, err := read(filepath.Join(folder, e.Name()))
		if err != nil {
			broken = append(broken, err)
			continue
		}
		b.Name = m[1]
		backups = append(backups, b)
	}
	if len(backups) == 0 && len(broken) == 0 {
		return nil, nil, fmt.Errorf("%s holds no backup", folder)
	}
	return backups, broken, nil
}

type manifest struct {
	Format int             `json:"format"`
	SHA256 string          `json:"sha256"` // of Backup's text
	Backup json.RawMessage `json:"backup"`
}

func read(path string) (b Backup, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return b, err
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		return b, &BrokenError{path, err}
	}
	if m.Format > Format {
		return b, fmt.Errorf("%s has format %d, this program reads up to %d; use the program that wrote it, or a newer one", path, m.Format, Format)
	}
	if m.SHA256 != sum(m.Backup) {
		return b, &BrokenError{path, errors.New("its checksum is wrong")}
	}
	if err := json.Unmarshal(m.Backup, &b); err != nil {
		return b, &BrokenError{path, err}
	}
	for _, f := range b.Files {
		if err := f.check(); err != nil {
			return b, &BrokenError{path, err}
		}
	}
	return b, nil
}

var hexSum = regexp.MustCompile(`^[0-9a-f]{64}$`)

// check keeps a backup from naming a file outside of the folder.
func (f *File) check() error {
	if !fs.ValidPath(f.Path) || !filepath.IsLocal(filepath.FromSlash(f.Path)) {
		return fmt.Errorf("%q is no path below the data folder", f.Path)
	}
	if !hexSum.MatchString(f.SHA256) || f.Bytes < 0 {
		return fmt.Errorf("the sum or size of %s is none", f.Path)
	}
	return nil
}

// write makes the backup's own file, durable.
func write(folder string, b *Backup) error {
	body, err := json.Marshal(b)
	if err != nil {
		return err
	}
	text, err := json.Marshal(manifest{Format, sum(body), body})
	if err != nil {
		return err
	}
	path := filepath.Join(folder, b.Name+".json")
	if err := writeSynced(path, append(text, '\n')); err != nil {
		// It may have its name already, but nobody knows for how long.
		if again := os.Remove(path); again != nil && !errors.Is(again, fs.ErrNotExist) {
			err = errors.Join(err, again)
		}
		return err
	}
	return nil
}

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

// prune removes all but the newest backups, and then what no backup needs.
// With a backup that cannot be read nothing is removed: what it needs is not
// known.
func prune(folder string, keep int) error {
	backups, broken, err := List(folder)
	if err != nil || len(broken) > 0 {
		return errors.Join(append(broken, err)...)
	}
	for _, b := range backups[min(keep, len(backups)):] {
		if err := os.Remove(filepath.Join(folder, b.Name+".json")); err != nil {
			return err
		}
	}
	if err := syncFolder(folder); err != nil {
		return err
	}
	needed := map[string]bool{}
	for _, b := range backups[:min(keep, len(backups))] {
		for _, f := range b.Files {
			needed[f.SHA256] = true
		}
	}
	files, err := os.ReadDir(filepath.Join(folder, "files"))
	if err != nil {
		return err
	}
	for _, f := range files {
		if !needed[f.Name()] && (hexSum.MatchString(f.Name()) || strings.HasSuffix(f.Name(), ".tmp")) {
			if err := os.Remove(filepath.Join(folder, "files", f.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}
