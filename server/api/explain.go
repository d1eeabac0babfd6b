package api

import (
	"context"
	"net/http"
	"time"

	"github.com/clewline/clewline/server/store"
)

type explainStep struct {
	Step   string  `json:"step"`
	Detail string  `json:"detail"`
	Rows   int64   `json:"rows"`
	MS     float64 `json:"ms"`
}

type explainSegment struct {
	Segment    int    `json:"segment"`
	State      string `json:"state"`
	Events     int64  `json:"events"`
	Bytes      int64  `json:"bytes"`
	Verdict    string `json:"verdict"`
	Reason     string `json:"reason,omitempty"`
	Candidates *int64 `json:"candidates,omitempty"` // absent where the index rules out none
}

// explain answers GET /v1/explain: it does the first page of a search and
// tells how.
func (a *API) explain(w http.ResponseWriter, r *http.Request, c *caller) error {
	began := time.Now()
	params := r.URL.Query()
	scope, err := a.scope(params, c)
	if err != nil {
		return err
	}
	limit, err := number(params, "limit", defaultLimit, 1, store.MaxPage)
	if err != nil {
		return err
	}
	b := budget{a.limits.Time}
	var (
		how     store.Explanation
		page    store.Page
		waiting time.Duration
	)
	asked := time.Now()
	err = a.ask(r.Context(), &b, scope.Project, func(ctx context.Context) (err error) {
		waiting = time.Since(asked)
		page, err = a.reads.Search(ctx, store.Search{Scope: scope, Limit: limit, Explain: &how})
		return err
	})
	if err != nil {
		return timely(err)
	}
	steps := []explainStep{{"queue", "for a turn among other questions", 0, milliseconds(waiting)}}
	for _, s := range how.Steps {
		steps = append(steps, explainStep{s.Name, s.Detail, s.Rows, milliseconds(s.Took)})
	}
	segments, read, verdicts := []explainSegment{}, int64(0), map[string]int{}
	for _, s := range how.Segments {
		out := explainSegment{s.Segment, s.State, s.Events, s.Bytes, s.Verdict, s.Reason, nil}
		if s.Candidates >= 0 {
			out.Candidates = &s.Candidates
		}
		if s.Verdict == store.SegmentRead {
			read += s.Bytes
		}
		verdicts[s.Verdict]++
		segments = append(segments, out)
	}
	text := ""
	if scope.Query != nil {
		text = scope.Query.String()
	}
	writeJSON(w, http.StatusOK, struct {
		Text     string           `json:"text"` // the query as it was understood
		From     string           `json:"from"`
		To       string           `json:"to"`
		Found    int              `json:"found"`
		Next     bool             `json:"next"` // there are more
		Steps    []explainStep    `json:"steps"`
		Verdicts map[string]int   `json:"verdicts"`
		Segments []explainSegment `json:"segments"`
		Unlisted int              `json:"unlisted"`
		Bytes    int64            `json:"bytes"` // on the disk, of the listed segments that were read
		Partial  bool             `json:"partial"`
		Reason   string           `json:"reason"`
		Scanned  scanned          `json:"scanned"`
		MS       float64          `json:"ms"`
	}{
		text, rfc3339(scope.From), rfc3339(scope.To), len(page.Events), page.Next != nil, steps, verdicts, segments, how.More, read,
		page.Partial != "", page.Partial, scannedOf(page.Cost), milliseconds(time.Since(began)),
	})
	return nil
}
