package api

import (
	"fmt"
	"testing"
	"time"

	"github.com/clewline/clewline/server/catalog"
)

func TestRatesOfADayAndAWeekAreThoseThatWereKept(t *testing.T) {
	w := inhabited(t, nil)
	at := func(before time.Duration) int64 { return w.clock.now().Add(-before).UnixNano() / int64(longStep) }
	w.must(w.catalog.AddIngestSteps(t.Context(), []catalog.IngestStep{
		{Step: at(0), Project: "shop", Door: "track", Events: 3},
		{Step: at(0), Project: "bank", Door: "track", Events: 1000},
		{Step: at(10 * time.Minute), Project: "shop", Door: "track", Events: 4},
		{Step: at(25 * time.Hour), Project: "shop", Door: "events", Events: 5},
		{Step: at(8 * 24 * time.Hour), Project: "shop", Door: "events", Events: 6},
		{Step: at(-time.Hour), Project: "shop", Door: "lines", Events: 7}, // a clock was ahead
	}, 0))
	for _, c := range []struct {
		path, credential, want string
	}{
		{"?project=shop", w.member, "600 144 | lines 143:7 | track 142:4 143:3"},
		{"?project=shop&span=7d", w.member, "3600 168 | events 142:5 | lines 167:7 | track 166:4 167:3"},
		{"", w.admin, "600 144 | lines 143:7 | track 142:4 143:1003"},
	} {
		o := w.json(w.do("GET", "/v1/ingest/rates"+c.path, c.credential, nil), 200)
		got := fmt.Sprint(o["step"], " ", o["steps"])
		byDoor := map[string]string{}
		for _, d := range o["doors"].([]any) {
			text := ""
			for i, n := range d.(object)["events"].([]any) {
				if n != 0.0 {
					text += fmt.Sprint(" ", i, ":", n)
				}
			}
			byDoor[d.(object)["door"].(string)] = text
		}
		for _, name := range []string{"events", "lines", "track"} {
			if text, ok := byDoor[name]; ok {
				got += " | " + name + text
			}
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.path, got, c.want)
		}
	}
	w.fails(w.do("GET", "/v1/ingest/rates?span=1y", w.member, nil), 400, "bad_request")
	w.fails(w.do("GET", "/v1/ingest/rates?project=bank", w.member, nil), 403, "forbidden")
}
