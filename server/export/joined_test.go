package export

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/clewline/clewline/event"
	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
)

// The page joins the parts of a Parquet export in the browser (parquetJoin.ts).
// Its test joins the parts that lie here into joined.parquet; this one reads
// that. With -update the parts are written anew, and then UPDATE=1 vitest run
// parquetJoin writes the joined file.
var update = flag.Bool("update", false, "write the parts that the page's test joins")

const joinFolder = "../../web/src/model/testdata/"

func partsToJoin() [][]*event.Event {
	var parts [][]*event.Event
	for p, n := range []int{30, 0, 41} {
		var part []*event.Event
		for i := range n {
			e := some()
			e.IDNum = uint64(100*p + i)
			e.Msg = fmt.Sprintf("part %d, event %d", p, i)
			if i%3 == 0 {
				e.FilePath, e.HasTimeCost, e.Data = nil, false, ""
			}
			part = append(part, e)
		}
		parts = append(parts, part)
	}
	return parts
}

func TestTheFileThatThePageJoinsOfPartsHasThemAll(t *testing.T) {
	columns := columnsOf(t, "id", "time", "level", "msg", "timeCost", "filePath", "data.cart.total", "data")
	count := int64(0)
	var want []string
	for p, part := range partsToJoin() {
		count += int64(len(part))
		for _, e := range part {
			want = append(want, e.Msg)
		}
		if *update {
			file := written(t, Options{Format: Parquet, Columns: columns}, End{Query: "level:error", Count: count}, part...)
			if err := os.WriteFile(fmt.Sprintf("%spart-%d.parquet", joinFolder, p+1), file, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	file, err := os.ReadFile(joinFolder + "joined.parquet")
	if err != nil {
		t.Fatal(err)
	}
	end, err := ReadEnd(file)
	if err != nil || end.Count != count || !end.Partial || end.Reason != `a "bad" segment` || end.Query != "level:error" {
		t.Errorf("the end says %+v, %v", end, err)
	}
	type row struct {
		ID       string   `parquet:"id,optional"`
		Msg      string   `parquet:"msg,optional"`
		TimeCost *float64 `parquet:"timeCost,optional"`
		FilePath []string `parquet:"filePath,optional,list"`
		Data     string   `parquet:"data,optional"`
	}
	rows, err := parquet.Read[row](bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for i, r := range rows {
		got = append(got, r.Msg)
		if bare := r.TimeCost == nil; bare != (len(r.FilePath) == 0) || bare != (r.Data == "") {
			t.Errorf("the row %d is %+v", i, r)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
