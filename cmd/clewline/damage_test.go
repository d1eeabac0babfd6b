//go:build !noduck

package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/store/duckstore"
)

// aFullStore makes a data folder with three sealed segments of 40 events and
// one that is written to, with 40 more.
func aFullStore(t *testing.T) (data, readKey string) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "data")
	keys := crashKeys(t, data)
	events := filepath.Join(data, "events")
	for n := range 4 {
		// A roll comes with the write after the one that fills a segment.
		st, err := duckstore.Open(events, duckstore.Options{MinFree: -1, RollRows: 40})
		if err != nil {
			t.Fatal(err)
		}
		if err := st.Write(t.Context(), oneBatch(n)); err != nil {
			t.Fatal(err)
		}
		for st.Stats().Unsealed > 0 {
			<-time.After(5 * time.Millisecond)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
	list, err := duckstore.ReadList(events)
	if err != nil {
		t.Fatal(err)
	}
	sealed, open := 0, 0
	for _, e := range list.Segments {
		if e.State == store.SegmentSealed {
			sealed++
		} else {
			open++
		}
	}
	if sealed != 3 || open != 1 {
		t.Fatalf("%d segments are sealed and %d are not, want 3 and 1", sealed, open)
	}
	return data, keys[1]
}

// found asks a server for all events of a folder; told is what it says beside.
func found(t *testing.T, base, key string) (events int, partial string) {
	t.Helper()
	params := url.Values{"from": {"0"}, "to": {strconv.FormatInt(time.Now().Add(time.Hour).UnixNano(), 10)}, "limit": {"1000"}}
	r, err := http.NewRequest(http.MethodGet, base+"/v1/search?"+params.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(resp.Body); err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("search: %d %s %v", resp.StatusCode, b.String(), err)
	}
	for line := range bytes.Lines(b.Bytes()) {
		if end, ok := parseClosing(line); ok {
			return events, end.Reason
		}
		events++
	}
	t.Fatal("the answer has no end")
	return 0, ""
}

// TestDamageToAnyFileIsNamedAndTheRestIsServed damages one file of a store in
// every way, and looks at the server from outside.
func TestDamageToAnyFileIsNamedAndTheRestIsServed(t *testing.T) {
	flip := func(part float64) func(string) error {
		return func(path string) error {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			b[int(part*float64(len(b)-1))] ^= 4
			return os.WriteFile(path, b, 0o600)
		}
	}
	cut := func(path string) error {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		return os.Truncate(path, info.Size()/2)
	}
	ways := map[string]func(string) error{"a bit flipped at the front": flip(0.001), "a bit flipped": flip(0.5), "cut": cut, "removed": os.Remove}
	const all, sealedLost = 160, 120
	for _, kind := range []struct {
		name, file string
		atLeast    int    // events that are served
		told       string // in /readyz and answers; "" where nothing is lost
	}{
		{"a sealed segment", "000002.duckdb", sealedLost, "000002.duckdb"},
		{"a filter", "000002.skip", all, ""},
		{"the list", duckstore.ListFile, all, ""},
		{"the copy of the list", duckstore.ListCopy, all, ""},
		{"the segment that is written to", "000004.duckdb", sealedLost, "000004.duckdb"},
		{"its log", "000004.duckdb.wal", sealedLost, "000004.duckdb"},
	} {
		for way, damage := range ways {
			t.Run(kind.name+", "+way, func(t *testing.T) {
				data, key := aFullStore(t)
				file := filepath.Join(data, "events", kind.file)
				if err := damage(file); err != nil {
					t.Fatal(err)
				}
				s, trouble := tryServer(t, data)
				if s == nil {
					t.Fatalf("the server does not start: %s", trouble)
				}
				defer func() { s.kill(t) }()
				// Damage inside is seen when it is read, at the latest. The first
				// answer may lack more than the one segment, but says so.
				n, partial := found(t, s.url, key)
				if n < all && partial == "" {
					t.Errorf("%d events of %d are served, and the answer does not say that there are more", n, all)
				}
				ready := notReady(t, s.url)
				for range 100 {
					if n >= kind.atLeast && (n == all || strings.Contains(ready, kind.told) && partial != "") {
						break
					}
					<-time.After(50 * time.Millisecond) // it is being set aside
					n, partial = found(t, s.url, key)
					ready = notReady(t, s.url)
				}
				if n < kind.atLeast {
					t.Errorf("%d events of %d are served, want %d at least; %q %q", n, all, kind.atLeast, partial, ready)
				}
				if n < all && (!strings.Contains(ready, kind.told) || partial == "") {
					t.Errorf("%d events of %d are served; the answer says %q and /readyz %q, want both to tell, and %q named", n, all, partial, ready, kind.told)
				}
				if kind.told == "" && n != all {
					t.Errorf("%d events of %d are served", n, all)
				}
			})
		}
	}
}

func TestTheCatalogBeingDamagedIsNamedAtTheStart(t *testing.T) {
	data, _ := aFullStore(t)
	path := filepath.Join(data, "catalog.db")
	if err := os.WriteFile(path, bytes.Repeat([]byte("no catalog "), 1000), 0o600); err != nil {
		t.Fatal(err)
	}
	s, trouble := tryServer(t, data)
	if s != nil {
		s.kill(t)
		t.Fatal("the server starts")
	}
	if !strings.Contains(trouble, path) {
		t.Errorf("%s does not name %s", trouble, path)
	}
}

func TestAStoreOfANewerVersionIsRefusedByName(t *testing.T) {
	data, _ := aFullStore(t)
	for _, name := range []string{duckstore.ListFile, duckstore.ListCopy} {
		path := filepath.Join(data, "events", name)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var list map[string]any
		if err := json.Unmarshal(text, &list); err != nil {
			t.Fatal(err)
		}
		list["format"] = 99
		if text, err = json.Marshal(list); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := listing(t, data)
	s, trouble := tryServer(t, data)
	if s != nil {
		s.kill(t)
		t.Fatal("the server starts")
	}
	if !strings.Contains(trouble, duckstore.ListFile) || !strings.Contains(trouble, "format 99") {
		t.Errorf("%s does not say which file has which format", trouble)
	}
	if after := listing(t, data); !slices.Equal(before, after) {
		t.Errorf("there were %v, now %v", before, after)
	}
}

func listing(t *testing.T, data string) (out []string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(data, "events"))
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), "0") {
			out = append(out, e.Name())
		}
	}
	return out
}

func TestOneFileMissingInTheListsPlaceIsToldByTheCheck(t *testing.T) {
	data, _ := aFullStore(t)
	if err := os.Remove(filepath.Join(data, "events", "000001.duckdb")); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	if code := run(t.Context(), []string{"store", "check", "--data", data}, nil, &out, &errs); code != exitFailed {
		t.Errorf("exit code %d", code)
	}
	if !strings.Contains(out.String(), "000001.duckdb") || !strings.Contains(out.String(), "its file is missing") {
		t.Error(out.String())
	}
}
