package duckstore

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/clewline/clewline/server/store"
)

// The files of a store's folder that are not a segment's.
const (
	// ListFile is the list of segments, which alone decides what exists.
	ListFile = "segments.json"
	// ListCopy is the same list once more. It is read when ListFile is damaged.
	ListCopy = "segments.copy.json"
	// QuarantineFolder holds the files of damaged segments.
	QuarantineFolder = "quarantine"
)

// ListFormat is the version of the list that this program writes. Version 1,
// which had no checksums, is read as well; a newer one is refused.
const ListFormat = 2

// A List says which segments a store has, and what of them is not to be seen.
// Each change of it makes a new generation, written to ListFile and then to
// ListCopy, each under a temporary name that is synced and then renamed. Both
// files hold
//
//	{"format": 2, "sha256": "...", "list": {...}}
//
// where sha256 is that of the list as compact JSON.
type List struct {
	// Format is the version that was read; it stands outside of the list.
	Format int `json:"-"`
	// Generation grows by one with each change.
	Generation uint64 `json:"generation"`
	// Next is the number of the next segment; a number is used once.
	Next int `json:"next"`
	// Segments in order of arrival; their numbers are in no order.
	Segments []ListedSegment `json:"segments"`
	// Floors hide what arrived before a day (see store.Keeper.Expire), by
	// project; "" means every project.
	Floors map[string]store.Day `json:"floors,omitempty"`
	// Erasures, oldest first. Those that are done stay, so that they can be
	// applied to a backup that is older than they are.
	Erasures []ListedErasure `json:"erasures,omitempty"`
}

// The states of a listed segment. Only sealed ones have sums and sizes.
const (
	stateActive      = store.SegmentActive
	stateWaiting     = "waiting" // to be sealed; its log, NAME.wal, is part of it
	stateSealed      = store.SegmentSealed
	stateQuarantined = store.SegmentQuarantined
)

// A ListedSegment is what the list says of a segment. Only N, State and Day
// are to be relied on for one that is not sealed: the rest is counted again at
// start.
type ListedSegment struct {
	N     int    `json:"n"`
	State string `json:"state"` // active, waiting, sealed or quarantined
	// Merged tells how often its events were brought together with those of
	// other segments; at most twice.
	Merged int `json:"merged,omitempty"`
	// Sources are the segments that it was made of, where it was rewritten.
	Sources []int `json:"sources,omitempty"`
	Day     int64 `json:"day"` // UTC days since the epoch, by arrival

	// SHA256 and FileBytes are those of the DuckDB file, Bytes is the size
	// with all that lies beside it (a skip index).
	SHA256    string `json:"sha256,omitempty"`
	FileBytes int64  `json:"fileBytes,omitempty"`
	Bytes     int64  `json:"bytes"`

	// LogBytes is how much of the log of one that is not sealed was surely
	// written when the list was.
	LogBytes int64 `json:"logBytes,omitempty"`

	Rows int64 `json:"rows"`
	// Projects counts rows by project, Dead dead letters.
	Projects map[string]int64 `json:"projects,omitempty"`
	Dead     map[string]int64 `json:"dead,omitempty"`
	// SeenUntil is set where only stream ranges and keys are left, and is the
	// day before which they must be remembered.
	SeenUntil int64 `json:"seenUntil,omitempty"`

	// MinTime and MaxTime bound the times of its events, in ns.
	MinTime int64 `json:"minTime"`
	MaxTime int64 `json:"maxTime"`
	// Hours counts rows by hour since the epoch. It, not the bounds, decides
	// whether a time range touches the segment: one event with a wrong clock
	// must not stretch it.
	Hours map[int64]int64 `json:"hours,omitempty"`
	// Extents are the same of each project: what one of them logs now must not
	// make all segments ones of this hour for another, which sends in the log
	// files of last year. A project without an extent may have rows anywhere
	// in those of the segment.
	Extents map[string]*Extent `json:"extents,omitempty"`
	// Absent lists columns without any value, Plain the id columns all of
	// whose values have no letters but small ASCII ones, so that equality
	// without regard to letter case is plain equality there.
	Absent []string `json:"absent,omitempty"`
	Plain  []string `json:"plain,omitempty"`

	// Err says why a quarantined segment cannot be read.
	Err string `json:"err,omitempty"`
}

// An Extent tells which times a project's rows in a segment have.
type Extent struct {
	MinTime int64           `json:"minTime"`
	MaxTime int64           `json:"maxTime"`
	Hours   map[int64]int64 `json:"hours"`
}

// Name is the name of the segment's file, in the store's folder or, when it is
// quarantined, in QuarantineFolder there. Files beside it (its log, its skip index)
// begin with the same number.
func (e *ListedSegment) Name() string { return fmt.Sprintf("%06d.duckdb", e.N) }

// A ListedErasure is an erasure that was ordered.
type ListedErasure struct {
	ID      string `json:"id"`
	Project string `json:"project"`
	// Query is the query's text; with All, everything of the project is meant.
	// When no backup can bring back what it means it is forgotten: see
	// Forgotten.
	Query string `json:"query,omitempty"`
	All   bool   `json:"all,omitempty"`
	By    string `json:"by"`
	At    int64  `json:"at"` // ns since the epoch
	// Pending are the segments, by number, from which nothing was removed yet;
	// until then what is meant is hidden there. Total counts all that there
	// were.
	Pending []int `json:"pending,omitempty"`
	Total   int   `json:"total"`
	// Removed counts the events that were removed so far.
	Removed int64 `json:"removed"`
	Done    int64 `json:"done,omitempty"` // ns since the epoch; 0 while Pending holds any
	// Through is the newest day of arrival that there was when it was ordered.
	Through int64 `json:"through,omitempty"`
}

// forgotten begins the query of an erasure whose own was forgotten. It finds
// nothing, also in programs that do not know of forgetting.
const forgotten = `id:"forgotten, of the erasure `

// Forgotten says that the list does not tell any more whom the erasure was
// about: all that it means has expired as well.
func (x *ListedErasure) Forgotten() bool { return strings.HasPrefix(x.Query, forgotten) }

func (x *ListedErasure) forget() {
	x.Query = forgotten + strings.NewReplacer(`"`, "", `\`, "").Replace(x.ID) + `"`
}

// A DamagedListError says that a list cannot be used.
type DamagedListError struct {
	Path string
	Err  error
}

func (e *DamagedListError) Error() string { return e.Path + " is damaged (" + e.Err.Error() + ")" }
func (e *DamagedListError) Unwrap() error { return e.Err }

// A ListFormatError refuses a list of another version.
type ListFormatError struct {
	Path   string
	Format int
}

func (e *ListFormatError) Error() string {
	return fmt.Sprintf("%s has format %d, this program reads 1 to %d; start the program that wrote it, or a newer one", e.Path, e.Format, ListFormat)
}

// ReadList reads the list of the store in a folder, which may be in use. When
// ListFile is damaged and ListCopy is not, it gives the copy together with a
// *DamagedListError that names ListFile. Any other error gives no list: an
// fs.ErrNotExist where there is none, a *ListFormatError for a newer version.
func ReadList(dir string) (List, error) {
	list, err := ReadListFile(filepath.Join(dir, ListFile))
	damaged, ok := errors.AsType[*DamagedListError](err)
	if !ok && !errors.Is(err, fs.ErrNotExist) {
		return list, err
	}
	second, again := ReadListFile(filepath.Join(dir, ListCopy))
	switch {
	case again == nil && ok:
		return second, damaged
	case again == nil:
		return second, &DamagedListError{filepath.Join(dir, ListFile), err}
	case ok && !errors.Is(again, fs.ErrNotExist):
		return list, errors.Join(err, again)
	}
	return list, err
}

// ReadListFile reads one file of either name.
func ReadListFile(path string) (List, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return List{}, err
	}
	list, err := ParseList(text)
	if format, ok := errors.AsType[*ListFormatError](err); ok {
		format.Path = path
		return List{}, format
	}
	if err != nil {
		return List{}, &DamagedListError{path, err}
	}
	return list, nil
}

// ParseList reads a list from the text of its file, and checks its sum.
func ParseList(text []byte) (List, error) {
	var file struct {
		Format int             `json:"format"`
		Sum    string          `json:"sha256"`
		List   json.RawMessage `json:"list"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return List{}, err
	}
	list := List{}
	switch {
	case file.Format > ListFormat:
		return List{}, &ListFormatError{Format: file.Format}
	case file.Format == 1:
		if err := json.Unmarshal(text, &list); err != nil {
			return List{}, err
		}
	case file.Format == ListFormat:
		sum, err := sumOf(file.List)
		if err != nil {
			return List{}, err
		}
		if sum != file.Sum {
			return List{}, errors.New("its checksum is wrong")
		}
		if err := json.Unmarshal(file.List, &list); err != nil {
			return List{}, err
		}
	default:
		return List{}, fmt.Errorf("format %d", file.Format)
	}
	list.Format = file.Format
	used := map[int]bool{}
	for i := range list.Segments {
		e := &list.Segments[i]
		switch e.State {
		case stateActive, stateWaiting, stateSealed, stateQuarantined:
		default:
			return List{}, fmt.Errorf("segment %d, state %q", e.N, e.State)
		}
		if e.N < 1 || used[e.N] || e.N >= list.Next || e.State == stateActive && i != len(list.Segments)-1 {
			return List{}, fmt.Errorf("segment %d, state %q, stands %d of %d, next %d", e.N, e.State, i+1, len(list.Segments), list.Next)
		}
		used[e.N] = true
	}
	return list, nil
}

// Text gives the text of the file that holds the list.
func (l *List) Text() ([]byte, error) {
	body, err := json.Marshal(l)
	if err != nil {
		return nil, err
	}
	sum, err := sumOf(body)
	if err != nil {
		return nil, err
	}
	text, err := json.MarshalIndent(struct {
		Format int             `json:"format"`
		Sum    string          `json:"sha256"`
		List   json.RawMessage `json:"list"`
	}{ListFormat, sum, body}, "", "\t")
	return append(text, '\n'), err
}

// sumOf is the sum of a JSON text without regard to white space.
func sumOf(text []byte) (string, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, text); err != nil {
		return "", err
	}
	sum := sha256.Sum256(compact.Bytes())
	return hex.EncodeToString(sum[:]), nil
}

// VerifySegment compares a sealed segment's file with the list: that it is
// there, its size, and every byte by its sum. Segments that are not sealed, or
// were sealed by a program that made no sums, have nothing to compare.
func VerifySegment(dir string, e *ListedSegment) error {
	if e.State != stateSealed || e.SHA256 == "" {
		return nil
	}
	path := filepath.Join(dir, e.Name())
	if err := checkSize(path, e); err != nil {
		return err
	}
	sum, _, err := sumFile(path)
	if err != nil {
		return err
	}
	if sum != e.SHA256 {
		return fmt.Errorf("%s is damaged: its checksum is not that of the list", path)
	}
	return nil
}

func checkSize(path string, e *ListedSegment) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s is missing", path)
	case err != nil:
		return err
	case e.SHA256 != "" && info.Size() != e.FileBytes:
		return fmt.Errorf("%s is damaged: it has %d bytes, the list says %d", path, info.Size(), e.FileBytes)
	}
	return nil
}

// sumFile gives the SHA-256 of a file, in hex, and its size.
func sumFile(path string) (string, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// An InUseError says that another process has a store's folder.
type InUseError struct{ Dir string }

func (e *InUseError) Error() string {
	return "the folder " + e.Dir + " is in use by another server; stop that one, or give this one a folder of its own"
}

// A BusyError says that a segment's file is open for writing elsewhere.
type BusyError struct{ Path string }

func (e *BusyError) Error() string { return "a server is at work on " + e.Path }
