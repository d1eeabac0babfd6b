//go:build !noduck

package duckstore

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/store/duckstore/cells"
)

// A shape of values makes DuckDB choose a form for a column.
type values struct {
	calls bool // only such events, which all have a timeCost

	text func(*rand.Rand, int) string
	time func(*rand.Rand, int) int64
	cost func(*rand.Rand, int) float64
}

// shapes are values of which DuckDB keeps columns in different forms.
var shapes = map[string]values{
	"all different": {
		false,
		func(r *rand.Rand, i int) string { return fmt.Sprintf("%016x%x", r.Uint64(), i) },
		func(r *rand.Rand, _ int) int64 { return r.Int64N(1 << 60) },
		func(r *rand.Rand, _ int) float64 {
			return math.Float64frombits(r.Uint64N(0x7fe<<52) | r.Uint64()&(1<<63))
		},
	},
	"few": {
		false,
		func(r *rand.Rand, _ int) string { return fmt.Sprint("v", r.IntN(9)) },
		func(r *rand.Rand, _ int) int64 { return 1 + r.Int64N(3) },
		func(r *rand.Rand, _ int) float64 { return float64(r.IntN(4)) / 4 },
	},
	"half of them null": {
		false,
		func(r *rand.Rand, i int) string {
			if i%2 == 0 {
				return ""
			}
			return fmt.Sprintf("座席 %x Straße\n%d", r.Uint64(), i)
		},
		func(_ *rand.Rand, i int) int64 { return 1e18 + int64(i)*1e6 },
		func(r *rand.Rand, _ int) float64 { return float64(r.IntN(1e6)) / 100 },
	},
	"runs": {
		false,
		func(_ *rand.Rand, i int) string { return strings.Repeat(fmt.Sprint("run", i/700, " "), 1+i/700%20) },
		func(_ *rand.Rand, i int) int64 { return 1e18 + int64(i/700)*1e9 },
		func(_ *rand.Rand, i int) float64 { return float64(i / 700) },
	},
	"decimals": {
		true,
		func(_ *rand.Rand, i int) string { return fmt.Sprint(i) },
		func(_ *rand.Rand, i int) int64 { return 1e18 - int64(i*i) },
		func(r *rand.Rand, _ int) float64 { return float64(r.IntN(100_000)) / 100 },
	},
	"all the same": {
		false,
		func(*rand.Rand, int) string { return "same" },
		func(*rand.Rand, int) int64 { return 1e18 },
		func(*rand.Rand, int) float64 { return 1.5 },
	},
	"rising, with exceptions": {
		true,
		func(r *rand.Rand, i int) string {
			if r.IntN(50) == 0 {
				return strings.Repeat("long text ", 200+r.IntN(300))
			}
			return fmt.Sprint(i * 7919 % 1000)
		},
		func(r *rand.Rand, i int) int64 { return 1e18 + int64(i)*1000 + r.Int64N(900) },
		func(r *rand.Rand, i int) float64 {
			if r.IntN(60) == 0 {
				return -math.Pi * float64(i)
			}
			return float64(r.IntN(100_000)) / 10
		},
	},
}

// shaped gives events of two kinds with all the values of a shape.
func shaped(v values, seed uint64, rows int) []event.Event {
	r := rand.New(rand.NewPCG(seed, 1))
	out := make([]event.Event, rows)
	for i := range out {
		e := &out[i]
		for c := range columns {
			if columns[c].kind == kindText && columns[c].name != "stream" && columns[c].name != "idBase" && columns[c].name != "project" {
				*(*string)(columns[c].at(e)) = v.text(r, i)
			}
		}
		e.Project, e.IDBase, e.IDNum = "p", fmt.Sprint("b", i/1000), uint64(i%1000+1)
		e.Kind = []event.Kind{event.Call, event.Track}[r.IntN(2)]
		e.Data = `{"a":1}`
		e.Time, e.Received, e.ClientTime = v.time(r, i), v.time(r, i), v.time(r, i)
		e.Level, e.Flags = event.Level(1+r.IntN(6)), event.Flags(i/500%8)
		if v.calls {
			e.Kind = event.Call
		}
		if e.Kind == event.Call {
			e.TimeCost, e.HasTimeCost = v.cost(r, i), true
		}
	}
	return out
}

func TestEveryValueIsReadFromTheFileAsDuckDBReadsIt(t *testing.T) {
	forms := map[string]int{}
	for name, v := range shapes {
		t.Run(name, func(t *testing.T) {
			const rows = 9_000
			s := mustOpen(t, t.TempDir(), Options{RollRows: rows})
			defer s.Close()
			events := shaped(v, uint64(len(name)), rows)
			for some := range slices.Chunk(events, 1000) {
				mustPut(t, s, &event.Batch{Project: "p", Events: slices.Clone(some)})
			}
			mustPut(t, s, oneEvent(1)) // which begins another segment
			sealed(t, s)
			for _, seg := range s.segments {
				if e := seg.snapshot(); e.State == stateSealed {
					compareCells(t, s, &e, forms)
				}
			}
		})
	}
	for _, form := range []string{"DICT_FSST", "BitPacking", "RLE", "Uncompressed"} {
		if forms[form] == 0 {
			t.Errorf("no column has the form %s: %v", form, forms)
		}
	}
}

func mustPut(t *testing.T, s *Store, b *event.Batch) {
	t.Helper()
	for err := s.Write(t.Context(), b); err != nil; err = s.Write(t.Context(), b) {
		if err != store.ErrBusy {
			t.Fatal(err)
		}
		<-time.After(time.Millisecond)
	}
}

// compareCells reads all of a segment both ways, and counts the forms of the
// columns that were read directly.
func compareCells(t *testing.T, s *Store, e *entry, forms map[string]int) {
	t.Helper()
	if _, err := s.engine.pin(e.N); err != nil {
		t.Fatal(err)
	}
	defer s.engine.unpin(e.N)
	c := s.engine.admin.cold
	f := s.engine.cells(c, e.N)
	if f == nil {
		t.Fatal("the file is not read")
	}
	pieces, _, err := piecesOf(c, alias(e.N))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pieces {
		if f.Has(p.Column) {
			forms[p.Form]++
		}
	}
	kinds := e.index.index().Kinds()
	result, err := c.query(t.Context(), "SELECT rowid"+columnList(allColumns)+" FROM "+alias(e.N)+".events")
	if err != nil {
		t.Fatal(err)
	}
	read := 0
	err = f.Read(func(r *cells.Reader) error {
		return result.each(func(ch *chunk) error {
			for i := range ch.rows {
				var want, got event.Event
				readColumns(&want, allColumns, ch.cols[1:], i)
				direct, rest := directly(f, kindNamed(kinds, string(want.Kind)), allColumns)
				for _, col := range direct {
					if err := readCell(r, &got, col, ch.cols[0].int64(i)); err != nil {
						return fmt.Errorf("row %d, %s: %w", ch.cols[0].int64(i), columns[col].name, err)
					}
				}
				readColumns(&got, rest, vectorsOf(ch.cols[1:], rest), i)
				read += len(direct)
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("row %d: %s", ch.cols[0].int64(i), diff)
				}
			}
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if int64(read) < 20*e.Rows {
		t.Errorf("of %d rows only %d values were read directly", e.Rows, read)
	}
}

func vectorsOf(all []vector, cols []int) (out []vector) {
	for _, i := range cols {
		out = append(out, all[i])
	}
	return out
}

func TestWhereTheFileCannotBeReadDirectlyDuckDBIsAsked(t *testing.T) {
	s := mustOpen(t, t.TempDir(), Options{RollRows: 2000})
	defer s.Close()
	mustPut(t, s, &event.Batch{Project: "p", Events: shaped(shapes["half of them null"], 3, 2000)})
	mustPut(t, s, oneEvent(1))
	sealed(t, s)
	find := func() []string {
		msgs, _ := ask(t, s, "id:b0.777 or id:b1.12")
		return msgs
	}
	want := find()
	if len(want) != 2 {
		t.Fatalf("%d events", len(want))
	}
	s.engine.mu.Lock()
	for _, a := range s.engine.attached {
		if !a.hot {
			a.cells = nil
		}
	}
	s.engine.mu.Unlock()
	if got := find(); !slices.Equal(got, want) {
		t.Fatalf("%q, and directly %q", got, want)
	}
}

func TestADamagedBlockIsToldAndNotReadDirectly(t *testing.T) {
	dir := t.TempDir()
	s := mustOpen(t, dir, Options{RollRows: 4000})
	mustPut(t, s, &event.Batch{Project: "p", Events: shaped(shapes["all different"], 3, 4000)})
	mustPut(t, s, oneEvent(1))
	sealed(t, s)
	var path string
	for _, seg := range s.segments {
		if e := seg.snapshot(); e.State == stateSealed {
			path = s.path(e.N)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for at := 3*4096 + 65536/2; at < len(text); at += 65536 {
		text[at] ^= 1
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	s = mustOpen(t, dir, Options{RollRows: 4000})
	defer s.Close()
	page, err := s.Search(t.Context(), store.Search{Scope: store.Scope{Project: "p", From: 0, To: 1 << 62}, Limit: 10})
	if err != nil || page.Partial == "" {
		t.Fatalf("%d events, %v, and nothing is told of the damage", len(page.Events), err)
	}
}
