package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/store/duckstore"
)

// RestoreOptions tune Restore.
type RestoreOptions struct {
	// Name chooses a backup; "" is the newest.
	Name string
	// Orders is a list of segments (segments.json, or a store's folder) of the
	// store that was lost. What was erased or had expired there is not brought
	// back. "" for none; those of later backups in the folder count anyway.
	Orders string
	// Open is called with the restored events' folder before it gets its
	// place, and says whether a store can use it. nil for no such look.
	Open func(eventsFolder string) error
	// Progress may be nil.
	Progress Progress
}

// Restored tells what Restore did.
type Restored struct {
	Backup
	// Erasures and Expiries count the orders that are newer than the backup
	// and were applied to it.
	Erasures, Expiries int
	// Warnings are for a person.
	Warnings []string
}

// Unfinished is the folder, in a data folder, in which a restore is at work.
// A server refuses to start while it is there.
const Unfinished = "restore.unfinished"

// Restore puts a backup into a data folder, which must be empty or missing.
// Every byte is compared with its sum. After an error, or when ctx ends, the
// folder is as it was.
func Restore(ctx context.Context, folder, data string, o RestoreOptions) (r Restored, err error) {
	b, later, warnings, err := choose(folder, o.Name)
	if err != nil {
		return r, err
	}
	r.Backup, r.Warnings = b, warnings
	if len(b.Damaged) > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("%d segments were damaged already when this backup was taken: %s", len(b.Damaged), strings.Join(b.Damaged, "; ")))
	}
	var orders duckstore.List
	if o.Orders != "" {
		if orders, err = readOrders(o.Orders); err != nil {
			return r, err
		}
	}
	made, err := claim(data)
	if err != nil {
		return r, err
	}
	work := filepath.Join(data, Unfinished)
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(work))
			if made {
				err = errors.Join(err, os.Remove(data))
			}
		}
	}()
	c := copier{ctx: ctx, progress: o.Progress, total: b.Bytes()}
	var list duckstore.List
	for _, f := range b.Files {
		to := filepath.Join(work, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return r, err
		}
		if err := c.restore(folder, f, to); err != nil {
			return r, err
		}
		if f.Path == path.Join(eventsFolder, duckstore.ListFile) {
			if list, err = duckstore.ReadListFile(to); err != nil {
				return r, err
			}
		}
	}
	if list.Next == 0 {
		return r, &BrokenError{filepath.Join(folder, b.Name+".json"), errors.New("it has no list of segments")}
	}
	// Later backups know of later orders.
	sources := []duckstore.List{orders}
	for _, l := range later {
		if sources, err = appendList(sources, folder, l); err != nil {
			r.Warnings = append(r.Warnings, err.Error())
		}
	}
	for i := range sources {
		e, x := apply(&list, &sources[i])
		r.Erasures, r.Expiries = r.Erasures+e, r.Expiries+x
	}
	events := filepath.Join(work, eventsFolder)
	if err := settle(&list, events); err != nil {
		return r, err
	}
	if o.Open != nil {
		if err := o.Open(events); err != nil {
			return r, fmt.Errorf("the restored store cannot be opened: %w", err)
		}
	}
	if err := ctx.Err(); err != nil {
		return r, err
	}
	// The folder of the work goes last: with it there, no server starts.
	names, err := os.ReadDir(work)
	if err != nil {
		return r, err
	}
	for _, n := range names {
		if err := errors.Join(syncFolder(filepath.Join(work)), os.Rename(filepath.Join(work, n.Name()), filepath.Join(data, n.Name()))); err != nil {
			return r, err
		}
	}
	return r, errors.Join(syncFolder(data), os.Remove(work), syncFolder(data), syncFolder(filepath.Dir(data)))
}

// choose gives a backup and those that are later.
func choose(folder, name string) (b Backup, later []Backup, warnings []string, err error) {
	backups, broken, err := List(folder)
	if err != nil {
		return b, nil, nil, fmt.Errorf("restore: %w", err)
	}
	for _, e := range broken {
		if name != "" {
			warnings = append(warnings, e.Error())
		}
	}
	if name == "" {
		if len(broken) > 0 {
			// It may be the newest: an older one is not taken in silence.
			return b, nil, nil, fmt.Errorf("%w; choose another with --backup: %s", errors.Join(broken...), nameAll(backups))
		}
		return backups[0], nil, nil, nil
	}
	for i := range backups {
		if backups[i].Name == name {
			return backups[i], backups[:i], warnings, nil
		}
	}
	return b, nil, nil, fmt.Errorf("%s has no backup %q; there are: %s", folder, name, nameAll(backups))
}

func nameAll(backups []Backup) string {
	var names []string
	for _, b := range backups {
		names = append(names, b.Name)
	}
	if len(names) == 0 {
		return "none that can be read"
	}
	return strings.Join(names, ", ")
}

// claim makes sure that nobody else has or uses the folder.
func claim(data string) (made bool, err error) {
	if l := filepath.Join(data, eventsFolder, "LOCK"); exists(l) {
		f, err := lock(l, "a server is running on "+data+"; stop it, and restore into an empty folder")
		if err != nil {
			return false, err
		}
		f.Close()
	}
	entries, err := os.ReadDir(data)
	if errors.Is(err, fs.ErrNotExist) {
		made = true
		if err := os.MkdirAll(data, 0o700); err != nil {
			return false, err
		}
	} else if err != nil {
		return false, err
	}
	for _, e := range entries {
		if e.Name() == Unfinished {
			return false, fmt.Errorf("%s holds %s: a restore into it is at work, or was broken off; if none is at work, empty the folder first", data, Unfinished)
		}
		if e.Name() != "lost+found" {
			return false, fmt.Errorf("%s is not empty: it holds %s; restore into an empty folder", data, e.Name())
		}
	}
	if err := os.Mkdir(filepath.Join(data, Unfinished), 0o700); err != nil {
		return made, err
	}
	return made, syncFolder(data)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// restore copies one file back and compares its sum.
func (c *copier) restore(folder string, f File, to string) error {
	from := filepath.Join(folder, "files", f.SHA256)
	src, err := os.Open(from)
	if errors.Is(err, fs.ErrNotExist) {
		return &BrokenError{from, fmt.Errorf("it is missing, and would be %s", f.Path)}
	}
	if err != nil {
		return err
	}
	defer src.Close()
	got, err := c.copy(src, to, f.Path)
	if err != nil {
		return err
	}
	if got.SHA256 != f.SHA256 {
		return errors.Join(&BrokenError{from, fmt.Errorf("its checksum is wrong; it would be %s. Choose an earlier backup with --backup", f.Path)}, os.Remove(to))
	}
	return nil
}

// readOrders reads a list that stands alone, or in a store's or a data folder.
func readOrders(path string) (duckstore.List, error) {
	info, err := os.Stat(path)
	if err != nil {
		return duckstore.List{}, err
	}
	if !info.IsDir() {
		return duckstore.ReadListFile(path)
	}
	if events := filepath.Join(path, eventsFolder); exists(events) {
		path = events
	}
	list, err := duckstore.ReadList(path)
	if damaged := (*duckstore.DamagedListError)(nil); errors.As(err, &damaged) && list.Next > 0 {
		err = nil // the copy will do
	}
	return list, err
}

func appendList(lists []duckstore.List, folder string, b Backup) ([]duckstore.List, error) {
	for _, f := range b.Files {
		if f.Path != path.Join(eventsFolder, duckstore.ListFile) {
			continue
		}
		l, err := duckstore.ReadListFile(filepath.Join(folder, "files", f.SHA256))
		if err != nil {
			return lists, fmt.Errorf("what was erased before the backup %s is not known: %w", b.Name, err)
		}
		return append(lists, l), nil
	}
	return lists, fmt.Errorf("what was erased before the backup %s is not known: it has no list", b.Name)
}

// apply has a list obey the orders of another that it does not know.
func apply(list, orders *duckstore.List) (erasures, expiries int) {
	for project, day := range orders.Floors {
		if known, ok := list.Floors[project]; !ok || day > known {
			if list.Floors == nil {
				list.Floors = map[string]store.Day{}
			}
			list.Floors[project] = day
			expiries++
		}
	}
	for _, e := range orders.Erasures {
		if slices.ContainsFunc(list.Erasures, func(x duckstore.ListedErasure) bool { return x.ID == e.ID }) {
			continue
		}
		e.Pending, e.Total, e.Removed, e.Done = nil, 0, 0, 0
		for i := range list.Segments {
			e.Pending = append(e.Pending, list.Segments[i].N)
		}
		e.Total = len(e.Pending)
		list.Erasures = append(list.Erasures, e)
		erasures++
	}
	return erasures, expiries
}

// settle writes the list that the restored store begins with. Nothing is
// written to the segments that came from the backup: an erasure means what was
// stored before it, so what comes next goes to a segment of its own.
func settle(list *duckstore.List, events string) error {
	list.Generation++
	for i := range list.Segments {
		e := &list.Segments[i]
		switch e.State {
		case store.SegmentActive:
			e.State = "waiting"
		case store.SegmentQuarantined:
			// As long as this lies there, the store tells that events are missing.
			q := filepath.Join(events, duckstore.QuarantineFolder)
			if err := os.MkdirAll(q, 0o700); err != nil {
				return err
			}
			if err := writeSynced(filepath.Join(q, fmt.Sprintf("%06d.txt", e.N)), []byte(e.Err+"\n")); err != nil {
				return err
			}
		}
	}
	text, err := list.Text()
	if err != nil {
		return err
	}
	return errors.Join(writeSynced(filepath.Join(events, duckstore.ListFile), text), writeSynced(filepath.Join(events, duckstore.ListCopy), text))
}
