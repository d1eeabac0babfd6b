package backup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/store/duckstore"
)

// TakeOptions tune Take.
type TakeOptions struct {
	// Keep is how many backups stay in the folder. Default 7.
	Keep int
	// Verify reads files again that are there from an earlier backup.
	Verify bool
	// Program is the version that is told in the backup.
	Program string
	// Progress may be nil.
	Progress Progress
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Taken tells what Take did.
type Taken struct {
	Backup
	Copied      int   // files
	CopiedBytes int64 // of them
}

// tries bounds how often a backup begins anew because segments were sealed or
// merged under its hands; what was copied stays copied.
const tries = 50

// Take makes a backup of a data folder, whose server may be running: all that
// was acknowledged before the call is in it. Segments that cannot be read are
// named in the result's Damaged; an earlier backup's copy of them is used
// where there is one. When ctx ends, or the disk is full, the backups before
// stay as they were.
func Take(ctx context.Context, data, folder string, o TakeOptions) (_ Taken, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Keep == 0 {
		o.Keep = 7
	}
	t := taking{events: filepath.Join(data, eventsFolder), folder: folder, opt: o, have: map[string]bool{}}
	t.copier = copier{ctx: ctx, progress: o.Progress}
	t.b.Taken, t.b.Program = o.Now().UTC(), o.Program
	t.b.Name = t.b.Taken.Format(nameLayout)
	if err := checkTarget(data, folder); err != nil {
		return Taken{}, err
	}
	if err := os.MkdirAll(filepath.Join(folder, "files"), 0o700); err != nil {
		return Taken{}, fmt.Errorf("make the folder of backups: %w", err)
	}
	lockFile, err := lock(filepath.Join(folder, "LOCK"), "another backup into "+folder+" is at work")
	if err != nil {
		return Taken{}, err
	}
	defer lockFile.Close()
	// What a backup that was broken off was writing is of no use.
	if err := removeTemporary(folder); err != nil {
		return Taken{}, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, removeTemporary(folder))
		}
	}()
	if err := t.allEvents(); err != nil {
		return Taken{}, err
	}
	if err := t.catalog(filepath.Join(data, catalogFile)); err != nil {
		return Taken{}, err
	}
	if err := syncFolder(filepath.Join(folder, "files")); err != nil {
		return Taken{}, err
	}
	if err := write(folder, &t.b); err != nil {
		return Taken{}, fmt.Errorf("write the backup's own file: %w", err)
	}
	taken := Taken{t.b, t.copied, t.copiedBytes}
	if err := prune(folder, o.Keep); err != nil {
		return taken, fmt.Errorf("the backup is whole, but old ones could not be removed: %w", err)
	}
	return taken, nil
}

func removeTemporary(folder string) error {
	left, err := filepath.Glob(filepath.Join(folder, "files", "*.tmp"))
	for _, l := range left {
		err = errors.Join(err, os.Remove(l))
	}
	return err
}

// checkTarget refuses folders that are for something else.
func checkTarget(data, folder string) error {
	if _, err := os.Stat(filepath.Join(data, eventsFolder, duckstore.ListFile)); err != nil {
		if _, again := os.Stat(filepath.Join(data, eventsFolder, duckstore.ListCopy)); again != nil {
			return fmt.Errorf("%s is no data folder: %w", data, err)
		}
	}
	from, err := filepath.Abs(data)
	if err != nil {
		return err
	}
	to, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	if to == from || strings.HasPrefix(to, from+string(filepath.Separator)) {
		return fmt.Errorf("%s lies in the data folder %s; a backup belongs on another disk", folder, data)
	}
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range entries {
		if n := e.Name(); n != "LOCK" && n != "files" && !backupName.MatchString(strings.TrimSuffix(n, ".tmp")) {
			return fmt.Errorf("%s holds %s, which is no part of a backup; give an empty folder, or one of backups", folder, n)
		}
	}
	return nil
}

type taking struct {
	copier
	events, folder string
	opt            TakeOptions
	b              Backup
	have           map[string]bool // sums that were looked at
	copied         int
	copiedBytes    int64
}

// errMoved says that the list has to be read again.
var errMoved = errors.New("segments were sealed or merged meanwhile")

func (t *taking) allEvents() error {
	for range tries {
		err := t.onceEvents()
		if !errors.Is(err, errMoved) {
			return err
		}
		if err := t.ctx.Err(); err != nil {
			return err
		}
	}
	return fmt.Errorf("the store changes faster than it can be copied; try again later, or to a faster disk: %w", errMoved)
}

func (t *taking) onceEvents() error {
	list, err := duckstore.ReadList(t.events)
	if damaged := (*duckstore.DamagedListError)(nil); err != nil && !errors.As(err, &damaged) || list.Next == 0 {
		return err
	}
	if list.Format < duckstore.ListFormat {
		return fmt.Errorf("%s was written by an older version; start this version's server on it once, then take the backup", t.events)
	}
	t.b.Generation, t.b.Files, t.b.Events, t.b.Damaged = list.Generation, nil, 0, nil
	t.total = t.done
	for i := range list.Segments {
		t.total += max(list.Segments[i].Bytes, list.Segments[i].FileBytes)
	}
	for i := range list.Segments {
		e := &list.Segments[i]
		switch e.State {
		case store.SegmentActive, "waiting":
			// The log first: the file behind it holds all that it refers to.
			err = t.unsealed(e)
		default:
			err = t.sealed(e)
		}
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errMoved) {
			now, again := duckstore.ReadList(t.events)
			if again == nil && now.Generation != list.Generation || errors.Is(err, errMoved) {
				return errMoved
			}
		}
		if err != nil {
			return err
		}
		t.b.Events += e.Rows
	}
	text, err := list.Text()
	if err != nil {
		return err
	}
	return t.add(bytes.NewReader(text), path.Join(eventsFolder, duckstore.ListFile))
}

// sealed copies a segment's file and what lies beside it, where that is not
// there already. A damaged one is noted and set aside in the copied list.
func (t *taking) sealed(e *duckstore.ListedSegment) error {
	name := path.Join(eventsFolder, e.Name())
	err := t.ctx.Err()
	if err != nil {
		return err
	}
	if e.SHA256 != "" && t.has(e.SHA256) {
		if e.State == store.SegmentQuarantined {
			// The server has lost it, an earlier backup has not.
			e.State, e.Err = store.SegmentSealed, ""
		}
		t.b.Files = append(t.b.Files, File{name, e.SHA256, e.FileBytes})
		t.done += e.FileBytes
	} else if e.State == store.SegmentQuarantined {
		t.note(e, e.Err)
		return nil
	} else {
		f, err := os.Open(filepath.Join(t.events, e.Name()))
		if err != nil {
			return t.lost(e, err)
		}
		defer f.Close()
		copied, tmp, err := t.fetch(f, name)
		if err != nil {
			return err
		}
		if e.SHA256 != "" && copied.SHA256 != e.SHA256 {
			t.note(e, "its checksum is not that of the list")
			return os.Remove(tmp)
		}
		if err := t.keep(copied, tmp); err != nil {
			return err
		}
	}
	return t.beside(e)
}

// lost notes a segment whose file has gone, unless the list has moved on.
func (t *taking) lost(e *duckstore.ListedSegment, err error) error {
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	now, again := duckstore.ReadList(t.events)
	if again != nil {
		return again
	}
	if now.Generation != t.b.Generation {
		return errMoved
	}
	t.note(e, "its file is missing")
	return nil
}

func (t *taking) note(e *duckstore.ListedSegment, why string) {
	e.State, e.Err = store.SegmentQuarantined, fmt.Sprintf("segment %s was damaged when the backup was taken: %s", e.Name(), why)
	t.b.Damaged = append(t.b.Damaged, e.Name()+": "+why)
}

// beside copies the small files beside a sealed segment, which a store would
// make again.
func (t *taking) beside(e *duckstore.ListedSegment) error {
	stem := strings.TrimSuffix(e.Name(), "duckdb")
	found, err := filepath.Glob(filepath.Join(t.events, stem+"*"))
	if err != nil {
		return err
	}
	slices.Sort(found)
	for _, p := range found {
		name := filepath.Base(p)
		if name == e.Name() || strings.Contains(name, ".wal") || strings.Contains(name, ".tmp") {
			continue
		}
		f, err := os.Open(p)
		if errors.Is(err, fs.ErrNotExist) {
			continue // being replaced
		}
		if err != nil {
			return err
		}
		if err := errors.Join(t.add(f, path.Join(eventsFolder, name)), f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// headerBytes are DuckDB's three headers. A checkpoint ends by writing one of
// them, and until then changes nothing that they refer to.
const headerBytes = 3 * 4096

// unsealed copies a segment that is written to: first its log, then its file.
// Both only grow until a checkpoint, which the file's headers show.
func (t *taking) unsealed(e *duckstore.ListedSegment) error {
	file, err := os.Open(filepath.Join(t.events, e.Name()))
	if err != nil {
		return t.lost(e, err)
	}
	defer file.Close()
	before, err := header(file)
	if err != nil {
		return err
	}
	var files []File
	var temporary []string
	drop := func(err error) error {
		for _, tmp := range temporary {
			err = errors.Join(err, os.Remove(tmp))
		}
		return err
	}
	logPath := filepath.Join(t.events, e.Name()+".wal")
	log, err := os.Open(logPath)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err == nil {
		defer log.Close()
		// What is appended from here on is not asked for.
		info, err := log.Stat()
		if err != nil {
			return err
		}
		f, tmp, err := t.fetch(io.LimitReader(log, info.Size()), path.Join(eventsFolder, e.Name()+".wal"))
		if err != nil {
			return err
		}
		files, temporary = append(files, f), append(temporary, tmp)
	}
	f, tmp, err := t.fetch(file, path.Join(eventsFolder, e.Name()))
	if err != nil {
		return drop(err)
	}
	files, temporary = append(files, f), append(temporary, tmp)
	after, err := header(file)
	if err != nil {
		return drop(err)
	}
	if !bytes.Equal(before, after) || !sameFile(log, logPath) {
		return drop(errMoved)
	}
	for i := range files {
		if err := t.keep(files[i], temporary[i]); err != nil {
			return err
		}
	}
	return nil
}

func header(f *os.File) ([]byte, error) {
	b := make([]byte, headerBytes)
	n, err := f.ReadAt(b, 0)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return b[:n], err
}

// sameFile says whether a path still stands for an open file; nil is a file
// that was not there.
func sameFile(f *os.File, path string) bool {
	now, err := os.Stat(path)
	if f == nil || err != nil {
		return f == nil && errors.Is(err, fs.ErrNotExist)
	}
	then, err := f.Stat()
	return err == nil && os.SameFile(then, now)
}

// catalog adds a copy of the catalog as of one moment.
func (t *taking) catalog(from string) error {
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return nil // a store without people yet
	}
	tmp := filepath.Join(t.folder, "files", "catalog.tmp")
	if err := catalog.Copy(t.ctx, from, tmp); err != nil {
		return fmt.Errorf("copy the catalog: %w", err)
	}
	f, err := os.Open(tmp)
	if err != nil {
		return err
	}
	return errors.Join(t.add(f, catalogFile), f.Close(), os.Remove(tmp))
}

// has says whether a file is in the folder already.
func (t *taking) has(sum string) bool {
	if known, ok := t.have[sum]; ok {
		return known
	}
	path := filepath.Join(t.folder, "files", sum)
	_, err := os.Stat(path)
	ok := err == nil
	if ok && t.opt.Verify {
		again, _, err := t.sum(path)
		ok = err == nil && again == sum
	}
	t.have[sum] = ok
	return ok
}

// fetch copies to a temporary file.
func (t *taking) fetch(src io.Reader, name string) (File, string, error) {
	tmp := filepath.Join(t.folder, "files", strings.ReplaceAll(name, "/", "-")+".tmp")
	f, err := t.copy(src, tmp, name)
	return f, tmp, err
}

// keep gives a temporary file its name.
func (t *taking) keep(f File, tmp string) error {
	t.b.Files = append(t.b.Files, f)
	if t.has(f.SHA256) {
		return os.Remove(tmp)
	}
	t.have[f.SHA256] = true
	t.copied++
	t.copiedBytes += f.Bytes
	return os.Rename(tmp, filepath.Join(t.folder, "files", f.SHA256))
}

// add fetches and keeps.
func (t *taking) add(src io.Reader, name string) error {
	f, tmp, err := t.fetch(src, name)
	if err != nil {
		return err
	}
	return t.keep(f, tmp)
}
