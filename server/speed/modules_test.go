package speed

import (
	"testing"

	"github.com/clewline/clewline/event"
)

func prism(kind, module, uri string, ms float64, code string) event.Event {
	e := call(noon, kind, "", ms, code)
	e.Subsys, e.Module, e.HTTPPath = "phone", module, uri
	return e
}

func TestTheMatrixCountsUiLogsAndServerLogsOnlyWhereThereAreNone(t *testing.T) {
	noCost := prism("ui", "call", "/call/hold", 0, "")
	noCost.HasTimeCost = false
	ask, tables := hour([]event.Event{
		prism("ui", "call", "/call/hold", 100, ""), prism("ui", "call", "/call/hold", 200, "40101"), prism("ui", "call", "/call/hold", 300, ""),
		prism("server", "call", "/call/hold", 1, ""), prism("server", "call", "/call/hold", 2, "500"), // the same requests, told twice
		noCost, // a line about the request, not its end
		prism("server", "edge", "/", 12, "500"), prism("server", "edge", "/", 14, ""),
		prism("client", "call", "/rpc", 5, "1"), prism("call", "call", "/call/hold", 5, ""), // other logs do not count
		prism("ui", "call", "", 5, ""),
	})
	got, err := ask.FetchModules(t.Context(), tables)
	if err != nil || len(got.Rows) != 2 || got.Total != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	hold, edge := got.Rows[0], got.Rows[1]
	if text(hold.Key) != "phone/call//call/hold/" || hold.Log != "ui" || hold.Count != 3 || hold.Failed != 1 || hold.Avg != 200 || hold.P95 != 300 || hold.OfServer != 2 {
		t.Errorf("hold is %+v", hold)
	}
	if text(edge.Key) != "phone/edge///" || edge.Log != "server" || edge.Count != 2 || edge.Failed != -1 || edge.Avg != 13 || edge.OfServer != 0 {
		t.Errorf("edge is %+v, whose failures no ui log tells", edge)
	}
}
