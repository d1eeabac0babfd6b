package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/store/duckstore"
)

// A Report tells how a data folder is.
type Report struct {
	Data       string   `json:"data"`
	Generation uint64   `json:"generation"` // of the list of segments
	Segments   int      `json:"segments"`
	Events     int64    `json:"events"`  // by the list, in sealed segments
	Counted    int64    `json:"counted"` // of them, found in the segments one by one
	Bytes      int64    `json:"bytes"`   // read and compared
	Checked    []Result `json:"checked"`
	OK         bool     `json:"ok"`
}

// A Result is what was found of one thing.
type Result struct {
	Name  string `json:"name"`
	State string `json:"state"` // of a segment, else ""
	Rows  int64  `json:"rows"`
	Bytes int64  `json:"bytes"`
	// Trouble says what is wrong, and Advice what to do; "" where all is well.
	Trouble string `json:"trouble,omitempty"`
	Advice  string `json:"advice,omitempty"`
	// Note is worth knowing, but nothing is lost by it.
	Note string `json:"note,omitempty"`
}

const fromBackup = "stop the server, restore into an empty folder, or put this one file back from a backup and start again"

// CheckOptions tune Check.
type CheckOptions struct {
	// Progress may be nil.
	Progress Progress
	// Count compares the rows of a segment, whose bytes are as they should be,
	// with the list; an error says what differs. A *duckstore.BusyError means
	// that it cannot be counted just now. nil for no such look.
	Count func(eventsFolder string, e *duckstore.ListedSegment) error
}

// Check compares every sealed segment with its sum and, where it is told how,
// its rows with the list, and looks at the list, its copy, the segments that
// are not sealed, and the catalog. It writes nothing. The server may be
// running. An error means that the folder could not be looked at.
func Check(ctx context.Context, data string, o CheckOptions) (Report, error) {
	events := filepath.Join(data, eventsFolder)
	for range tries {
		r, err := check(ctx, data, events, o)
		if !errors.Is(err, errMoved) {
			return r, err
		}
	}
	return Report{}, errMoved
}

func check(ctx context.Context, data, events string, o CheckOptions) (Report, error) {
	r := Report{Data: data, OK: true}
	add := func(x Result) {
		r.Checked = append(r.Checked, x)
		r.Bytes += x.Bytes
		r.OK = r.OK && x.Trouble == ""
	}
	list, err := duckstore.ReadList(events)
	if list.Next == 0 {
		if errors.Is(err, fs.ErrNotExist) {
			return r, fmt.Errorf("%s is no data folder: it has no list of segments: %w", data, err)
		}
		add(Result{Name: duckstore.ListFile, Trouble: text(err), Advice: "restore from a backup; nothing was changed"})
		return r, nil
	}
	for _, name := range []string{duckstore.ListFile, duckstore.ListCopy} {
		x := Result{Name: name}
		if _, err := duckstore.ReadListFile(filepath.Join(events, name)); err != nil && list.Format == duckstore.ListFormat {
			x.Trouble, x.Advice = text(err), "restart the server: it writes both anew from the one that is well"
		}
		add(x)
	}
	r.Generation, r.Segments = list.Generation, len(list.Segments)
	c := copier{ctx: ctx, progress: o.Progress}
	for i := range list.Segments {
		c.total += list.Segments[i].FileBytes
	}
	for i := range list.Segments {
		e := &list.Segments[i]
		x := Result{Name: e.Name(), State: e.State, Rows: e.Rows}
		var err error
		switch e.State {
		case store.SegmentSealed:
			r.Events += e.Rows
			x.Bytes, err = c.verify(events, e)
			if e.SHA256 == "" && err == nil {
				x.Note = "has no checksum yet; the server makes it when it starts"
			}
			if err == nil && o.Count != nil {
				err = o.Count(events, e)
				if busy := (*duckstore.BusyError)(nil); errors.As(err, &busy) {
					x.Note, err = busy.Error()+": its rows were not counted", nil
				} else if err == nil {
					r.Counted += e.Rows
				}
			}
		case store.SegmentQuarantined:
			x.Trouble, x.Advice = e.Err, "put the right file back into "+events+" and restart; or remove its files from "+duckstore.QuarantineFolder+" to accept the loss"
		default:
			x.Note = "is written to, and has no checksum before it is sealed"
			_, err = os.Stat(filepath.Join(events, e.Name()))
		}
		if err := ctx.Err(); err != nil {
			return r, err
		}
		if err != nil {
			now, again := duckstore.ReadList(events)
			if again == nil && now.Generation != list.Generation {
				return r, errMoved
			}
			x.Trouble, x.Advice = text(err), fromBackup
		}
		add(x)
	}
	strays(events, &list, add)
	x := Result{Name: catalogFile}
	if info, err := os.Stat(filepath.Join(data, catalogFile)); err == nil {
		x.Bytes = info.Size()
		if err := catalog.Check(ctx, filepath.Join(data, catalogFile)); err != nil {
			x.Trouble, x.Advice = text(err), "stop the server and put the catalog back from a backup"
		}
		add(x)
	} else if !errors.Is(err, fs.ErrNotExist) {
		return r, err
	}
	return r, nil
}

// verify compares a sealed segment with the list.
func (c *copier) verify(events string, e *duckstore.ListedSegment) (int64, error) {
	path := filepath.Join(events, e.Name())
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, errors.New("its file is missing")
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	got, n, err := sumOf(&stopping{c, f, e.Name()})
	switch {
	case err != nil:
		return n, err
	case e.SHA256 == "":
		return n, nil
	case n != e.FileBytes:
		return n, fmt.Errorf("has %d bytes, the list says %d", n, e.FileBytes)
	case got != e.SHA256:
		return n, errors.New("its checksum is not that of the list")
	}
	return n, nil
}

// strays tells of files that no segment has. The next start removes them.
func strays(events string, list *duckstore.List, add func(Result)) {
	entries, err := os.ReadDir(events)
	if err != nil {
		return
	}
	listed := map[string]bool{}
	for i := range list.Segments {
		listed[strings.TrimSuffix(list.Segments[i].Name(), "duckdb")] = true
	}
	for _, e := range entries {
		stem, _, ok := strings.Cut(e.Name(), ".")
		if !ok || len(stem) != 6 || strings.Trim(stem, "0123456789") != "" || listed[stem+"."] {
			continue
		}
		add(Result{Name: e.Name(), Note: "belongs to no segment; the server is at work on it, or removes it at its next start"})
	}
}

// text is an error on one line.
func text(err error) string { return strings.ReplaceAll(err.Error(), "\n", "; ") }
