package api

import (
	"errors"
	"time"

	"github.com/clewline/clewline/server/export"
	"github.com/clewline/clewline/server/store"
)

// The rows of a sequence come in the order in which they are decided, so they
// are exported piece by piece of the range: each is followed, put in order and
// given. A piece that has too many rows, or too many first events that wait at
// a time, is followed again as a shorter one.
const (
	pieceRows  = 20_000
	leastPiece = time.Second
)

// runSequence writes the rows of a sequence. A cursor stands between pieces, or
// between two rows of one that cannot be shorter.
func (x *exporting) runSequence(rows *export.Writer, turned func() error) error {
	looked := x.api.now()
	length := max(int64(firstPiece), 2*int64(x.sequence.Reach()))
	if x.after == nil {
		x.after = &store.Position{Time: x.scope.To}
		if x.ascending {
			x.after.Time = x.scope.From
		}
	}
	for x.left != 0 {
		piece, rest := x.piece(length)
		if piece.From >= piece.To {
			return nil
		}
		list := firstRows{most: pieceRows, ascending: x.ascending, after: x.after}
		if x.left > 0 {
			list.most = min(list.most, x.left)
		}
		now, stopped := x.api.now().UnixNano(), false
		search := x.unhurried(&looked, &stopped)
		got, err := store.Follow(search, piece, x.sequence, now, list.add)
		if err != nil {
			x.seal()
			if stopped && x.reason != "" {
				return nil
			}
			return err
		}
		found, cut := list.take()
		if wanted := cut && len(found) == x.left; (cut && !wanted || got.Left > 0) && piece.To-piece.From > int64(leastPiece) {
			length = max((piece.To-piece.From)/4, int64(leastPiece))
			continue
		}
		for _, row := range found {
			if err := rows.Sequence(row); err != nil {
				return err
			}
		}
		x.count += uint64(len(found))
		if x.left > 0 {
			x.left -= len(found)
		}
		x.told.add(got)
		x.told.DecidedTo = rfc3339(now - int64(x.sequence.Lateness))
		if got.Partial != "" {
			x.reason = got.Partial
		}
		switch {
		case cut:
			at := store.At(found[len(found)-1].First)
			x.after = &at
		case rest == nil:
			return nil
		default:
			x.after = rest
			if len(found) < pieceRows/pieceGrowth/2 && length < 1<<59 {
				length *= pieceGrowth
			}
		}
		if err := turned(); err != nil {
			return err
		}
	}
	return nil
}

// piece gives the part of the range that is to be followed next, and where the
// one after it begins; nil when it is the last.
func (x *exporting) piece(length int64) (piece store.Scope, rest *store.Position) {
	piece = x.scope
	if x.ascending {
		piece.From = max(piece.From, x.after.Time)
		if piece.To-piece.From > 2*length {
			piece.To = piece.From + length
			rest = &store.Position{Time: piece.To}
		}
		return piece, rest
	}
	if x.after.Time < piece.To {
		piece.To = x.after.Time
		if *x.after != (store.Position{Time: x.after.Time}) { // behind one event of that instant; others may follow
			piece.To++
		}
	}
	if piece.To-piece.From > 2*length {
		piece.From = piece.To - length
		rest = &store.Position{Time: piece.From}
	}
	return piece, rest
}

// errStopped ends a piece that nobody waits for any more.
var errStopped = errors.New("the export has to end")

// unhurried reads pages for a piece: each has the whole time of a question, and
// where the store came to a bound of its own, it goes on from there. stopped is
// set when the export must end.
func (x *exporting) unhurried(looked *time.Time, stopped *bool) func(store.Search) (store.Page, error) {
	idle := 0
	return func(s store.Search) (store.Page, error) {
		if stop, err := x.mustStop(looked); stop {
			*stopped = true
			return store.Page{}, errors.Join(errStopped, err)
		}
		page, err := x.patiently(s)
		if err != nil || page.Partial == "" || page.Next == nil {
			return page, err
		}
		if idle++; len(page.Events) > 0 || s.After == nil || *page.Next != *s.After {
			idle = 0
		}
		if idle < fruitless {
			page.Partial = ""
		}
		return page, nil
	}
}
