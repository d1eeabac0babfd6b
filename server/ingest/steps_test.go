package ingest_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server/ingest"
)

func TestWhatCameIsHandedOutOnceInStepsOfTenMinutes(t *testing.T) {
	d := open(t)
	told := func(list []ingest.Came) string {
		var out []string
		first := int64(1 << 62)
		for _, c := range list {
			first = min(first, c.Step)
		}
		for _, c := range list {
			out = append(out, fmt.Sprintf("%d %s %s %d", c.Step-first, c.Project, c.Door, c.Events))
		}
		slices.Sort(out)
		return strings.Join(out, ", ")
	}
	d.post("/v1/events", "sk_phone", `{"msg":"one"}`+"\n"+`{"msg":"two"}`+"\n")
	d.post("/v1/events", "sk_phone", "no event\n")
	d.post("/v1/events", "sk_other", `{"msg":"three"}`+"\n")
	d.later(10 * time.Minute)
	d.post("/v1/lines?format=text", "sk_phone", "four\n")
	list := d.TakeCame()
	want := "0 other events 1, 0 phone events 2, 1 phone lines 1"
	if got := told(list); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if again := d.TakeCame(); len(again) != 0 {
		t.Errorf("once more: %v", again)
	}
	d.GiveBackCame(list)
	if got := told(d.TakeCame()); got != want {
		t.Errorf("what was given back is %q, want %q", got, want)
	}
}
