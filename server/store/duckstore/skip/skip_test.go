package skip

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/query/querytest"
)

// build makes the file of some rows.
func build(t interface{ Fatal(...any) }, rows []event.Event) []byte {
	b := NewBuilder(len(rows))
	for i := range rows {
		b.Add(i, &rows[i])
	}
	file, err := b.Finish()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func open(t interface{ Fatal(...any) }, file []byte) *Reader {
	r, err := New(file)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rows gives some events again and again, so that their terms are of every
// frequency.
func rows(t *rapid.T, events []event.Event) []event.Event {
	n := rapid.IntRange(len(events), 2500).Draw(t, "rows")
	often := rapid.IntRange(1, len(events)).Draw(t, "often")
	all := slices.Clone(events)
	for i := len(all); i < n; i++ {
		all = append(all, events[i*i%7%often])
	}
	return all
}

func TestNoRowThatMatchesIsEverRuledOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		events := querytest.Events().Draw(t, "events")
		all := rows(t, events)
		r := open(t, build(t, all))
		var recent Recent
		for some := range slices.Chunk(all, rapid.IntRange(1, len(all)).Draw(t, "batch")) {
			recent.Add(some, nil)
		}
		for range 10 {
			q := querytest.Query(events...).Draw(t, "query")
			may, mayRecent, m := r.Candidates(q), recent.Candidates(q), q.Matcher()
			for i := range all {
				if m.Match(&all[i]) && !(may.Has(i) && mayRecent.Has(i)) {
					t.Fatalf("%s matches row %d of %d, which is ruled out (sealed %v, recent %v): %s", q, i, len(all), !may.Has(i), !mayRecent.Has(i), event.AppendJSON(nil, &all[i]))
				}
			}
		}
		if r.Damaged() {
			t.Fatal("a whole file is damaged")
		}
	})
}

func mustParse(t *testing.T, text string) *query.Query {
	q, err := query.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestWhatIsRuledOut(t *testing.T) {
	const n = 20_000
	all := make([]event.Event, n)
	for i := range all {
		e := &all[i]
		e.Time = int64(i) * 1e9
		e.Kind, e.Project = "call", "acme"
		e.Msg = fmt.Sprintf("common word%d unique%x", i%600, i*7919)
		e.TraceID = fmt.Sprintf("%032x", i/5)
		switch i {
		case 4_000, 4_001, 17_000:
			e.Msg = "座席掉线 Rare Zebra"
		case 9_000, 9_001:
			e.Msg = "座席在线 ｒａｒｅ"
			e.Data = `{"state":"Half-Open","n":[{"x":1.5}]}`
		}
		e.DeriveWords()
	}
	r := open(t, build(t, all))
	for _, c := range []struct {
		query string
		want  []int // rows; nil is all
	}{
		{"rare", []int{4000, 4001, 9000, 9001, 17000}},
		{"ＲＡＲＥ zebra", []int{4000, 4001, 17000}},
		{`"rare zebra"`, []int{4000, 4001, 17000}},
		{"掉线", []int{4000, 4001, 17000}},
		{"座席掉线", []int{4000, 4001, 17000}},
		{"席在", []int{9000, 9001}},
		{"线座", []int{}},
		{"rare not zebra", []int{4000, 4001, 9000, 9001, 17000}},
		{"掉线 or state:half-open", []int{4000, 4001, 9000, 9001, 17000}},
		{"state:half-open", []int{9000, 9001}},
		{"msg:nowhere", []int{}},
		{"nowhere rare", []int{}},
		{"nowhere or rare", []int{4000, 4001, 9000, 9001, 17000}},
		{"traceId:" + fmt.Sprintf("%032X", 300), []int{1500, 1501, 1502, 1503, 1504}},
		{fmt.Sprintf("%032x", 300), []int{1500, 1501, 1502, 1503, 1504}},
		{"callId:c1", []int{}},
		{"errorCode:*", []int{}},
		{"kind:*", nil},
		{"common", nil},
		{fmt.Sprintf("unique%x", 500*7919), nil}, // one row: it is there, and not known where
		{"席", nil},
		{"zeb*", nil},
		{"not rare", nil},
		{"n.x:1.5", nil},
		{"state:true", nil},
		{"timeCost>5", nil},
	} {
		may := r.Candidates(mustParse(t, c.query))
		if may.All() != (c.want == nil) {
			t.Errorf("%s: all is %v", c.query, may.All())
			continue
		}
		got := []int{}
		for _, x := range may.Ranges(0) {
			for i := x.From; i < x.To; i++ {
				got = append(got, int(i))
			}
		}
		if c.want != nil && !slices.Equal(got, c.want) {
			t.Errorf("%s: rows %v, want %v", c.query, got, c.want)
		}
	}
	if may := r.Candidates(mustParse(t, "word7")); may.All() || may.Count() < 33 || may.Count() > n/2 {
		t.Errorf("a word of every six hundredth row may be in %d rows", may.Count())
	}
	if v := r.Values(event.FieldKind); v == nil || !slices.Equal(v.List, []string{"call"}) || v.Rows != n {
		t.Errorf("kinds: %+v", v)
	}
	if v := r.Values(event.FieldTraceID); v != nil {
		t.Errorf("there are %d trace ids listed", len(v.List))
	}
	if got := r.Between(3000e9, 5000e9); !slices.Equal(got, []Range{{2048, 6144}}) {
		t.Errorf("the times lie in %v", got)
	}
	if got := r.Candidates(mustParse(t, "rare")).Within(r.Between(3000e9, 5000e9), n).Ranges(2); !slices.Equal(got, []Range{{4000, 4002}}) {
		t.Errorf("rare within the times: %v", got)
	}
	if err := r.Verify(); err != nil {
		t.Error(err)
	}
}

func TestListsOfRowsAreReadAsTheyWereWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := rapid.IntRange(1, 300_000).Draw(t, "total")
		shift := uint(rapid.IntRange(0, 7).Draw(t, "shift"))
		of := (total + 1<<shift - 1) >> shift
		list := rapid.SliceOfNDistinct(rapid.Uint32Range(0, uint32(of-1)), 1, -1, rapid.ID[uint32]).Draw(t, "blocks")
		slices.Sort(list)
		got := readList(appendList(nil, list, shift, of), int64(total))
		if got.All() {
			t.Fatal("the list is not read")
		}
		var back []uint32
		for i := range of {
			if got.Has(i << shift) {
				back = append(back, uint32(i))
			}
		}
		if diff := cmp.Diff(list, back); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestRangesCoverTheSetAndJoinWhatIsNear(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		total := int64(rapid.IntRange(1, 500).Draw(t, "total"))
		s := Rows{bits: make([]uint64, (total+63)/64)}
		for range rapid.IntRange(0, 6).Draw(t, "runs") {
			from := rapid.Int64Range(0, total-1).Draw(t, "from")
			set(s.bits, from, rapid.Int64Range(from, total).Draw(t, "to"))
		}
		gap := rapid.Int64Range(0, 80).Draw(t, "gap")
		got := s.Ranges(gap)
		in, covered := 0, Rows{bits: make([]uint64, (total+63)/64)}
		for i, r := range got {
			if r.From >= r.To || !s.Has(int(r.From)) || !s.Has(int(r.To-1)) || i > 0 && r.From-got[i-1].To < max(gap, 1) {
				t.Fatalf("ranges %v, gap %d", got, gap)
			}
			set(covered.bits, r.From, r.To)
		}
		for i := range int(total) {
			if s.Has(i) {
				in++
				if !covered.Has(i) {
					t.Fatalf("row %d is in no range of %v", i, got)
				}
			}
		}
		if in != s.Count() || gap < 2 && covered.Count() != in {
			t.Fatalf("%d rows, counted %d, covered %d", in, s.Count(), covered.Count())
		}
	})
}

func TestASetStaysAsItIsWhenAPartOfItIsTaken(t *testing.T) {
	s := RowsOf([]uint64{1<<3 | 1<<60, 1 << 5})
	for _, r := range []Range{{0, 10}, {60, 70}, {10, 20}} {
		s.Within([]Range{r}, 128)
	}
	if got := s.Ranges(0); !slices.Equal(got, []Range{{3, 4}, {60, 61}, {69, 70}}) {
		t.Fatalf("the set is %v", got)
	}
}

func TestAPartOfASetIsTakenThoughTheSegmentHasGrownOrWasSmaller(t *testing.T) {
	s := RowsOf([]uint64{1<<3 | 1<<60, 1 << 5})
	for _, c := range []struct {
		total int64
		want  []Range
	}{{64, []Range{{60, 61}}}, {128, []Range{{60, 61}, {69, 70}}}, {1000, []Range{{60, 61}, {69, 70}}}} {
		if got := s.Within([]Range{{50, 900}}, c.total).Ranges(0); !slices.Equal(got, c.want) {
			t.Errorf("of %d rows these are left: %v, want %v", c.total, got, c.want)
		}
	}
}

// story is a small file with everything in it.
func story(t interface{ Fatal(...any) }) []byte {
	all := make([]event.Event, 3000)
	for i := range all {
		e := &all[i]
		e.Time, e.Kind, e.Msg = int64(i), "track", fmt.Sprintf("word%d 座席%x", i%40, i)
		e.Session, e.Device = fmt.Sprint("s", i%20), fmt.Sprint("d", i%20)
	}
	return build(t, all)
}

// askAll asks everything that goes to a different part of the file.
func askAll(r *Reader) {
	for _, text := range []string{"word7", "word7 word8", "座席", "word1 or s3", "session:s3", "session:s3 device:d3", "nowhere", "id:a.3"} {
		q, err := query.Parse(text)
		if err != nil {
			panic(err)
		}
		if may := r.Candidates(q); !may.All() {
			may.Ranges(1)
			may.Within(r.Between(0, 1<<40), r.rows)
		}
	}
}

func TestAFlippedBitIsFoundAndHidesNothing(t *testing.T) {
	good := story(t)
	q := mustParse(t, "session:s3")
	for at := 0; at < len(good); at += 97 {
		text := slices.Clone(good)
		text[at] ^= 1 << (at % 8)
		r, err := New(text)
		if err != nil {
			continue
		}
		if err := r.Verify(); err == nil {
			t.Fatalf("byte %d is flipped and nobody sees it", at)
		}
		r, _ = New(text)
		may := r.Candidates(q)
		for i := 3; i < 3000; i += 20 {
			if !may.Has(i) {
				t.Fatalf("byte %d is flipped, and row %d is hidden", at, i)
			}
		}
	}
}

func TestAFileThatIsCutWhileItIsMappedIsDamagedAndNoCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "000001.skip")
	all := make([]event.Event, 30_000)
	for i := range all {
		all[i].Msg = fmt.Sprintf("a%d b%d", i%9000, i)
	}
	if err := os.WriteFile(path, build(t, all), 0o644); err != nil {
		t.Fatal(err)
	}
	r, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, headerSize); err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(); err == nil || !r.Damaged() {
		t.Fatal("a file that was cut passes")
	}
	if !r.Candidates(mustParse(t, "a7")).All() {
		t.Fatal("a damaged file rules something out")
	}
}

func TestFilesOfNoUseAreRefused(t *testing.T) {
	good := story(t)
	dir := t.TempDir()
	for name, text := range map[string][]byte{
		"empty": {}, "short": good[:100], "cut": good[:len(good)-5], "longer": append(slices.Clone(good), 1),
		"another version": append([]byte("clewline skip 9\n"), good[16:]...),
	} {
		path := filepath.Join(dir, "x")
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := Open(filepath.Join(dir, "none")); err == nil {
		t.Error("a file that is not there is taken")
	}
}

func TestAReaderOfNothingRulesNothingOut(t *testing.T) {
	var r *Reader
	if !r.Candidates(mustParse(t, "x")).All() || !r.MayValue("x") || r.Values(event.FieldKind) != nil || r.Damaged() || r.Size() != 0 {
		t.Error("a nil Reader knows something")
	}
	r = open(t, build(t, nil))
	if !r.Candidates(mustParse(t, "x")).None() {
		t.Error("an empty segment may hold x")
	}
}

// FuzzReader gives the reader bytes whose checksums are right, so that what
// lies behind them is reached.
func FuzzReader(f *testing.F) {
	good := story(f)
	f.Add(good[:len(good)-4*((len(good)+checkSize-1)/checkSize)])
	f.Add(good[:headerSize])
	empty := build(f, nil)
	f.Add(empty[:len(empty)-4])
	f.Fuzz(func(t *testing.T, text []byte) {
		if r, err := New(text); err == nil { // as it came
			askAll(r)
		}
		if len(text) < headerSize {
			return
		}
		text = slices.Clone(text)
		copy(text, magic)
		r, err := New(seal(text))
		if err == nil {
			if r.rows > 1<<20 {
				return // a big segment, which takes as long as it takes
			}
			askAll(r)
		}
	})
}

func TestTermsThatLookAlikeHideNothingOfEachOther(t *testing.T) {
	// Of so many terms some dozens have a bucket and the bits in common by which
	// a bucket's terms are told apart: terms of two rows with each other, and
	// with terms of one.
	const n = 100_000
	rows := make([]event.Event, n)
	for i := range rows {
		rows[i] = event.Event{Time: int64(i), Msg: fmt.Sprintf("twice%d once%d", i/2, i)}
	}
	r := open(t, build(t, rows))
	for i := range rows {
		for _, word := range []string{fmt.Sprint("twice", i/2), fmt.Sprint("once", i)} {
			if may := r.term(hashTerm(wordTerm, word)); !may.Has(i) {
				t.Fatalf("row %d is ruled out, which has %s", i, word)
			}
		}
	}
}
