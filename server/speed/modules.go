package speed

import (
	"cmp"
	"context"
	"slices"
)

// Modules is the matrix of the Prism norm: cost and queries a second of each
// uri of each module, and how many of them fail.
type Modules struct {
	Rows []ModuleRow // the most frequent first
	// Total is how many there are with those beyond MaxModules.
	Total int
	Whole
}

// MaxModules is the most rows that a matrix has.
const MaxModules = 500

// A ModuleRow is one uri of one module. Cost and queries come from its ui
// logs; from its server logs only where it has no ui log, never from both.
// Failures come from ui logs alone: Failed is -1 where there are none. Times
// are in ms.
type ModuleRow struct {
	// Key is subsys, module and httpPath.
	Key Key
	// Log is the kind that was counted: ui or server.
	Log           string
	Count, Failed int64
	Avg, P50, P95 float64
	OfServer      int64 // lines of server logs that were left out, for the ui logs tell of the same requests
}

// MatrixFields are the fields of a ModuleRow's key.
var MatrixFields = []string{"subsys", "module", "httpPath"}

// FetchModules asks for the matrix. A line counts when it names its module and
// its uri and says what the request cost.
func (a Ask) FetchModules(ctx context.Context, tables Tables) (Modules, error) {
	const fields = " by kind, subsys, module, httpPath"
	base := question{scope: a.Scope, keys: 4, zone: a.Zone}
	figures, failed := base, base
	figures.text = "kind:(ui or server) and module:* and httpPath:* and timeCost:* | count, avg(timeCost), p50(timeCost), p95(timeCost)" + fields
	failed.text = "kind:ui and module:* and httpPath:* and timeCost:* and errorCode:* | count" + fields
	var out Modules
	rows, err := tables.askAll(ctx, []question{figures, failed}, &out.Whole)
	if err != nil {
		return Modules{}, err
	}
	out.Rows = matrix(rows[0], rows[1])
	out.Total = len(out.Rows)
	out.Rows = out.Rows[:min(len(out.Rows), MaxModules)]
	return out, nil
}

// matrix chooses the log of each row.
func matrix(figures, failed []row) []ModuleRow {
	of := map[string]int64{}
	for _, r := range failed {
		of[r.key[1:].id()] += int64(r.number[0])
	}
	at := map[string]int{}
	var out []ModuleRow
	for _, r := range figures {
		if r.key[0] == nil {
			continue
		}
		n := r.number
		m := ModuleRow{Key: r.key[1:], Log: *r.key[0], Count: int64(n[0]), Failed: -1, Avg: n[1], P50: n[2], P95: n[3]}
		id := m.Key.id()
		if m.Log == "ui" {
			m.Failed = of[id]
		}
		i, there := at[id]
		switch {
		case !there:
			at[id] = len(out)
			out = append(out, m)
		case m.Log == "ui":
			m.OfServer = out[i].Count
			out[i] = m
		default:
			out[i].OfServer = m.Count
		}
	}
	slices.SortStableFunc(out, func(a, b ModuleRow) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Key.id(), b.Key.id()))
	})
	return out
}
