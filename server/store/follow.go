package store

import (
	"fmt"

	"github.com/clewline/clewline/query"
)

// Followed tells what became of a sequence that was followed through a store.
type Followed struct {
	query.FollowerCount
	Cost
}

// Follow answers a sequence by reading, in pages, what any of its parts
// matches, oldest first; so every store answers it, by its Search. The scope's
// range is that of first events; its query must match at least what
// seq.Search() does and may leave out what its asker may not see. now is the
// time at which it is asked.
//
// row is called for each row, in the order in which they are decided. On an
// error of search, what was found before it was given, Followed counts it, and
// what was not read is undecided.
func Follow(search func(Search) (Page, error), scope Scope, seq *query.Sequence, now int64, row func(query.Row)) (Followed, error) {
	var out Followed
	f := seq.Follow(query.Following{From: scope.From, To: scope.To, Now: now}, row)
	ask := Search{Scope: scope, Limit: MaxPage, Ascending: true}
	firstsTo := scope.To
	ask.To = seq.Until(scope.To)
	readTo := ask.To
	var err error
	for {
		var page Page
		page, err = search(ask)
		out.Add(page.Cost)
		if err != nil {
			readTo = ask.From
			if ask.After != nil {
				readTo = ask.After.Time
			}
			break
		}
		for i := range page.Events {
			f.Add(&page.Events[i])
		}
		if page.Next == nil {
			break
		}
		if page.Next.Time >= firstsTo && f.Idle() {
			break // nothing that waits for what is left
		}
		if page.Partial != "" && len(page.Events) < ask.Limit {
			readTo = page.Next.Time // the store came to a bound of its own
			break
		}
		ask.After = page.Next
	}
	f.Close(readTo)
	out.FollowerCount = f.Count()
	if out.Left > 0 && out.Partial == "" {
		out.Partial = fmt.Sprintf("more than %d first events, or %d MB of them, wait for what follows at a time; %d were not followed", query.MaxOpen/len(seq.Steps), query.MaxOpenBytes>>20, out.Left)
	}
	return out, err
}
