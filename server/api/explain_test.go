package api

import (
	"fmt"
	"testing"
)

func TestASearchIsExplainedWithoutAWordOfOtherProjects(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 30, nil)
		w.fill("bank", 500, nil)
		o := w.json(w.do("GET", "/v1/explain?q=event+and+shop&limit=10", w.read, nil), 200)
		if o["text"] != "event and shop" || o["found"] != 10.0 || o["next"] != true || fmt.Sprint(o["verdicts"]) != "map[read:1]" {
			t.Errorf("got %v", o)
		}
		s := o["segments"].([]any)[0].(object)
		if s["events"] != 30.0 || s["verdict"] != "read" {
			t.Errorf("the segment is %v", s)
		}
		steps := map[string]bool{}
		for _, step := range o["steps"].([]any) {
			steps[step.(object)["step"].(string)] = true
		}
		if !steps["queue"] || !steps["plan"] || !steps["look"] {
			t.Errorf("the steps are %v", o["steps"])
		}
		w.fails(w.do("GET", "/v1/explain", w.support, nil), 403, "forbidden")
		w.fails(w.do("GET", "/v1/explain?q=%7C+count", w.read, nil), 400, "invalid_query")
		w.fails(w.do("GET", "/v1/explain?limit=1001", w.read, nil), 400, "bad_request")
	})
}
