package export

import (
	"bytes"
	stdcsv "encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 123456789, time.UTC).UnixNano()

// some is an event that has a value of every kind, and hostile ones.
func some() *event.Event {
	return &event.Event{
		Project: "shop", IDBase: "e", IDNum: 7, Time: noon, Level: event.Error, Msg: "=HYPERLINK(\"http://evil\")\nsecond, line",
		Stream: "", Account: "@acct", TimeCost: 0.5, HasTimeCost: true, FilePath: []string{"a/b", "c,\"d\""},
		Data: `{"cart":{"total":-12.50,"items":["x",1]},"a.b":"dotted","note":"-1+1","ok":false,"gone":null}`,
	}
}

func columnsOf(t *testing.T, names ...string) []Column {
	t.Helper()
	c, err := ParseColumns(names)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func written(t *testing.T, o Options, end End, events ...*event.Event) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if err := w.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(end); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestNDJSONHasWholeEventsAndSaysAtTheEndWhetherTheyAreAll(t *testing.T) {
	e := some()
	got := written(t, Options{Format: NDJSON}, End{Partial: true, Reason: "why", Count: 1, Next: "n"}, e)
	want := string(event.AppendJSON(nil, e)) + "\n" +
		`{"clewline":{"partial":true,"reason":"why","query":"","from":"","to":"","count":1,"next":"n"}}` + "\n"
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	if got := written(t, Options{Format: NDJSON, Bare: true}, End{}, e); bytes.Contains(got, []byte("clewline")) {
		t.Errorf("a part says something at its end: %s", got)
	}
}

func TestNDJSONOfColumnsKeepsTypesAndLeavesOutWhatIsAbsent(t *testing.T) {
	o := Options{Format: NDJSON, Bare: true, Columns: columnsOf(t, "time", "file_path", "data.cart.total", "cart.items", "data.a.b", "ok", "gone", "timeCost", "session")}
	got := string(written(t, o, End{}, some()))
	want := `{"time":"2026-11-20T12:00:00.123456789Z","file_path":["a/b","c,\"d\""],"data.cart.total":-12.50,"cart.items":["x",1],"data.a.b":"dotted","ok":false,"timeCost":0.5}` + "\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestCSVIsWhatRFC4180SaysAndNoFormula(t *testing.T) {
	o := Options{Format: CSV, Columns: columnsOf(t, "time", "msg", "account", "data.cart.total", "note", "filePath", "session"), BOM: true}
	got := string(written(t, o, End{}, some()))
	want := "\uFEFFtime,msg,account,data.cart.total,note,filePath,session\r\n" +
		"2026-11-20T12:00:00.123456789Z,\"'=HYPERLINK(\"\"http://evil\"\")\nsecond, line\",'@acct,-12.50,'-1+1,\"[\"\"a/b\"\",\"\"c,\\\"\"d\\\"\"\"\"]\",\r\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	o.Headless = true
	if got := string(written(t, o, End{}, some())); !strings.HasPrefix(got, "2026-") {
		t.Errorf("a continued CSV begins with %.20q", got)
	}
}

func TestEveryTextComesBackOutOfACSV(t *testing.T) {
	columns := columnsOf(t, "msg", "account", "data.note")
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.OneOf(rapid.String(), rapid.StringMatching(`['=+@\-\t\r\n", ]{0,6}[a-z]*`))
		var want []string
		e := &event.Event{Msg: cell.Draw(t, "msg"), Account: cell.Draw(t, "account")}
		note := cell.Draw(t, "note")
		e.Data = `{"note":` + string(event.AppendString(nil, note)) + `}`
		want = append(want, e.Msg, e.Account, note)
		var b bytes.Buffer
		w, err := NewWriter(&b, Options{Format: CSV, Columns: columns, Headless: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Event(e); err != nil {
			t.Fatal(err)
		}
		rows, err := rowsOfCSV(b.String())
		if err != nil {
			t.Fatalf("%q: %v", b.String(), err)
		}
		if len(rows) != 1 {
			t.Fatalf("%q: %d rows", b.String(), len(rows))
		}
		for i, got := range rows[0] {
			if strings.ContainsAny(got[:min(1, len(got))], "=+-@\t\r\n") {
				t.Errorf("the cell %q is a formula", got)
			}
			if back := UnsafeCell(got); back != want[i] {
				t.Errorf("got %q, want %q", back, want[i])
			}
		}
	})
}

// rowsOfCSV reads rows without touching the line breaks within cells, which
// encoding/csv would.
func rowsOfCSV(s string) ([][]string, error) {
	s = strings.NewReplacer("\r\n", "\x01N", "\r", "\x01R", "\x01", "\x01\x01").Replace(strings.TrimSuffix(s, "\r\n")) + "\n"
	r := stdcsv.NewReader(strings.NewReader(s))
	rows, err := r.ReadAll()
	back := strings.NewReplacer("\x01\x01", "\x01", "\x01N", "\r\n", "\x01R", "\r")
	for _, row := range rows {
		for i := range row {
			row[i] = back.Replace(row[i])
		}
	}
	return rows, err
}

func TestAParquetFileHasTypedColumnsInOrderAndSaysWhetherItIsWhole(t *testing.T) {
	end := End{Partial: true, Reason: "a segment is damaged", Query: "level:error", Count: 2, Next: "cur"}
	sdk := &event.Event{Time: noon + 1, Stream: "st", Seq: 1<<64 - 1, Level: event.Info}
	file := written(t, Options{Format: Parquet, Columns: AllColumns()}, end, some(), sdk)
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range f.Schema().Fields() {
		names = append(names, c.Name())
	}
	var want []string
	for _, c := range AllColumns() {
		want = append(want, c.Name)
	}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{
		"time": "TIMESTAMP(isAdjustedToUTC=true,unit=NANOS)", "seq": "INT(64,false)", "timeCost": "DOUBLE", "data": "JSON", "msg": "STRING", "level": "STRING",
	} {
		if leaf, ok := f.Schema().Lookup(name); !ok || leaf.Node.Type().String() != want {
			t.Errorf("%s is a %v, want %s", name, leaf.Node.Type(), want)
		}
	}
	got, err := ReadEnd(file)
	if err != nil || got != end {
		t.Errorf("got %+v, %v", got, err)
	}
	type row struct {
		Time     int64    `parquet:"time"`
		Msg      *string  `parquet:"msg"`
		Seq      *uint64  `parquet:"seq"`
		TimeCost *float64 `parquet:"timeCost"`
		FilePath []string `parquet:"filePath,list"`
		Data     *string  `parquet:"data"`
	}
	r := parquet.NewGenericReader[row](bytes.NewReader(file))
	rows := make([]row, 3)
	n, err := r.Read(rows)
	if n != 2 || err != io.EOF && err != nil {
		t.Fatal(n, err)
	}
	first, second := rows[0], rows[1]
	if first.Time != noon || *first.Msg != some().Msg || first.Seq != nil || *first.TimeCost != 0.5 || *first.Data != some().Data || len(first.FilePath) != 2 {
		t.Errorf("got %+v", first)
	}
	if second.Msg != nil || *second.Seq != 1<<64-1 || len(second.FilePath) != 0 {
		t.Errorf("got %+v", second)
	}
}

func TestPartsOfParquetAreJoinedInOrder(t *testing.T) {
	var all []int64
	var b bytes.Buffer
	j := NewJoiner(&b)
	for part := range 3 {
		var events []*event.Event
		for i := range 5 {
			at := int64(part*5 + i + 1)
			all = append(all, at)
			events = append(events, &event.Event{Time: at, Msg: "m"})
		}
		if err := j.Add(written(t, Options{Format: Parquet, Columns: columnsOf(t, "msg", "time")}, End{}, events...)); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(End{Count: 15}); err != nil {
		t.Fatal(err)
	}
	type row struct {
		Time int64 `parquet:"time"`
	}
	rows, err := parquet.Read[row](bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var got []int64
	for _, r := range rows {
		got = append(got, r.Time)
	}
	if diff := cmp.Diff(all, got); diff != "" {
		t.Error(diff)
	}
	if end, err := ReadEnd(b.Bytes()); err != nil || end.Count != 15 {
		t.Errorf("got %+v, %v", end, err)
	}
	if err := j.Add([]byte("no file")); err == nil {
		t.Error("what is no Parquet file was joined")
	}
}

func TestALargeRowGroupIsWrittenBeforeItFillsTheMemory(t *testing.T) {
	var b bytes.Buffer
	w, err := NewWriter(&b, Options{Format: Parquet, Columns: columnsOf(t, "msg")})
	if err != nil {
		t.Fatal(err)
	}
	e := &event.Event{Msg: strings.Repeat("x", groupBytes/2)}
	for range 3 {
		if err := w.Event(e); err != nil {
			t.Fatal(err)
		}
	}
	if b.Len() < 1000 {
		t.Errorf("after %d bytes of messages %d bytes are written", 3*len(e.Msg), b.Len())
	}
}

func TestATableKeepsTheTypesOfItsColumns(t *testing.T) {
	_, pipe, err := query.ParsePiped("| count, avg(timeCost) by msg, time(1h)")
	if err != nil {
		t.Fatal(err)
	}
	span := query.Span{From: noon - int64(time.Hour), To: noon + 1, Zone: time.UTC}
	tally := pipe.Tally(span)
	tally.Add(some())
	table := tally.Table()
	for format, want := range map[Format]string{
		NDJSON: `{"msg":"=HYPERLINK(\"http://evil\")\nsecond, line","time":"2026-11-20T12:00:00Z","count":1,"avg(timeCost)":0.5}`,
		CSV:    "\"'=HYPERLINK(\"\"http://evil\"\")\nsecond, line\",2026-11-20T12:00:00Z,1,0.5\r\n",
	} {
		var b bytes.Buffer
		w, err := NewWriter(&b, Options{Format: format, Columns: TableColumns(pipe.Columns())})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range table.Rows {
			if err := w.Row(row); err != nil {
				t.Fatal(err)
			}
		}
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s: got %s, want %s", format, b.String(), want)
		}
	}
}

func TestColumnsThatMakeNoSenseAreRefused(t *testing.T) {
	for _, names := range [][]string{{""}, {"msg", "msg"}, {"words"}, {strings.Repeat("x", 300)}, strings.Split(strings.Repeat("x,", 300), ",")} {
		if _, err := ParseColumns(names); err == nil {
			t.Errorf("%.40q was taken", names)
		}
	}
	if _, err := NewWriter(io.Discard, Options{Format: CSV}); err == nil {
		t.Error("a CSV without columns was begun")
	}
	if _, err := ParseFormat("xlsx"); err == nil {
		t.Error("xlsx was taken")
	}
}

func FuzzDataNeverBreaksALine(f *testing.F) {
	f.Add(`{"a":{"b":[1,"x\n"]}}`, "a.b")
	f.Add("{\"a\":\n{ }}", "a")
	f.Add(`{"a.b":1,"a":{"b":2}}`, "a.b")
	f.Add(`nonsense`, "x")
	f.Fuzz(func(t *testing.T, data, path string) {
		columns, err := ParseColumns([]string{path})
		if err != nil {
			return
		}
		var b bytes.Buffer
		w, err := NewWriter(&b, Options{Format: NDJSON, Columns: columns, Bare: true})
		if err != nil {
			t.Fatal(err)
		}
		if json.Valid([]byte(data)) {
			if err := w.Event(&event.Event{Data: data}); err != nil {
				t.Fatal(err)
			}
			if line := b.Bytes(); !json.Valid(line) || bytes.Count(line, []byte("\n")) != 1 {
				t.Errorf("data %q, path %q: %q", data, path, line)
			}
		}
	})
}
