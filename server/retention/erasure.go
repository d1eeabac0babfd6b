package retention

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
)

// WhoFields are the fields by which one person's data is chosen.
func WhoFields() []string { return slices.Clone(whoFields) }

var whoFields = []string{"account", "staff", "user", "device", "session", "number", "callId"}

// A Choice says what is to be erased: a value of one of WhoFields, or a query.
type Choice struct{ Field, Value, Query string }

// A ChoiceError says what is wrong with a choice, and of which part.
type ChoiceError struct{ Field, Reason string }

func (e *ChoiceError) Error() string { return e.Field + ": " + e.Reason }

// maxValue bounds a value, in bytes.
const maxValue = 1024

// Parse gives the choice as a query. A query that means everything is refused:
// what is not to be kept at all is a matter of limits. The error is a
// *ChoiceError or a *query.SyntaxError.
func (c Choice) Parse() (*query.Query, error) {
	if c.Field != "" {
		switch {
		case c.Query != "":
			return nil, &ChoiceError{"query", "is given beside a field; give one of them"}
		case !slices.Contains(whoFields, c.Field):
			return nil, &ChoiceError{"field", fmt.Sprintf("%q is not one by which a person is chosen; want %s, or a query", c.Field, strings.Join(whoFields, ", "))}
		case strings.TrimSpace(c.Value) == "":
			return nil, &ChoiceError{"value", "is empty; want whose data is to be erased"}
		case len(c.Value) > maxValue:
			return nil, &ChoiceError{"value", fmt.Sprintf("has %d bytes; at most %d are accepted", len(c.Value), maxValue)}
		}
		return query.Parse(c.Field + ":" + quote(strings.TrimSpace(c.Value)))
	}
	if c.Value != "" {
		return nil, &ChoiceError{"field", "is empty; want one of " + strings.Join(whoFields, ", ")}
	}
	q, err := query.Parse(c.Query)
	if err != nil {
		return nil, err
	}
	if q.String() == "" || q.String() == "*" {
		return nil, &ChoiceError{"query", "means every event of the project; an erasure needs a condition, such as account:acme"}
	}
	return q, nil
}

// Short is what a receipt keeps of the value, by which whoever gave the order
// knows it again; "" for a query.
func (c Choice) Short() string {
	value := []rune(strings.TrimSpace(c.Value))
	return string(value[:min(3, len(value)/3)]) + strings.Repeat("…", min(1, len(value)))
}

// quote writes a value as a phrase, in which * and all other signs are
// themselves.
func quote(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

// choiceFrom reads a query back: that of a who field gives the field and the
// value, any other itself.
func choiceFrom(q *query.Query) Choice {
	if e, ok := q.Root.(*query.Equal); ok && len(e.Term.Stars) == 0 && slices.Contains(whoFields, e.Field.Name) {
		return Choice{Field: e.Field.Name, Value: e.Term.Text}
	}
	return Choice{Query: q.String()}
}

// adopt enters the erasures that the store knows and the catalog does not, so
// that there is a receipt of each also after an older backup was restored.
func (r *Runner) adopt(ctx context.Context) error {
	var errs []error
	for _, s := range r.cfg.Keeper.Erasures() {
		if !strings.HasPrefix(s.ID, catalog.ErasurePrefix) || s.Query == nil {
			continue // of a whole project
		}
		c := choiceFrom(s.Query)
		errs = append(errs, r.cfg.Catalog.AdoptErasure(ctx, catalog.Erasure{
			ID: s.ID, Project: s.Project, Field: c.Field, Query: s.Query.String(), Short: c.Short(), By: s.By, Ordered: s.At, Removed: s.Removed, Done: s.Done,
		}))
	}
	return errors.Join(errs...)
}

// ErrWaiting says that an order of erasure stands, but the store did not take
// it yet. The Runner goes on trying.
var ErrWaiting = errors.New("the order stands, but the store did not take it yet; it is tried again every few minutes")

// Erase gives the order to erase what q means. When it returns nil the order
// is durable and nobody finds those events any more. e carries what was chosen
// and counted; the order is given back with its id. With ErrWaiting the order
// stands and is not effective yet.
func (r *Runner) Erase(ctx context.Context, e catalog.Erasure, q *query.Query) (catalog.Erasure, error) {
	e.Query = q.String()
	e, err := r.cfg.Catalog.AddErasure(ctx, e)
	if err != nil {
		return catalog.Erasure{}, err
	}
	defer r.Wake()
	if err := r.give(ctx, e); err != nil {
		r.cfg.Log.Error("the store did not take an erasure, which is tried again", "erasure", e.ID, "project", e.Project, "error", err)
		return e, fmt.Errorf("erasure %s: %w", e.ID, ErrWaiting)
	}
	return e, nil
}

// give hands an order to the store.
func (r *Runner) give(ctx context.Context, e catalog.Erasure) error {
	q, err := query.Parse(e.Query)
	if err != nil {
		return fmt.Errorf("read the query of erasure %s: %w", e.ID, err)
	}
	return r.cfg.Keeper.Erase(ctx, store.Erasure{ID: e.ID, Project: e.Project, Query: q, By: e.By, At: e.Ordered})
}

// advance looks after the orders that are not done: one that the store does
// not know, as after a crash, is given again, and one that it has carried out
// becomes a receipt. It gives how many are open then.
func (r *Runner) advance(ctx context.Context) (open int, err error) {
	r.running.Lock()
	defer r.running.Unlock()
	ctx = catalog.As(ctx, "retention")
	if !r.adopted {
		if err := r.adopt(ctx); err != nil {
			return 0, err
		}
		r.adopted = true
	}
	orders, err := r.cfg.Catalog.OpenErasures(ctx)
	if err != nil || len(orders) == 0 {
		return 0, err
	}
	known := r.states()
	var errs []error
	for _, e := range orders {
		state, taken := known[e.ID]
		switch {
		case !taken:
			open++
			if err := r.give(ctx, e); err != nil {
				errs = append(errs, fmt.Errorf("erasure %s of %s: %w", e.ID, e.Project, err))
			}
		case state.Done.IsZero():
			open++
		default:
			if err := r.cfg.Catalog.FinishErasure(ctx, e.ID, state.Removed, state.Done); err != nil {
				open++
				errs = append(errs, err)
				continue
			}
			r.count.erased.Add(float64(state.Removed))
			r.cfg.Log.Info("an erasure is done", "erasure", e.ID, "project", e.Project, "events", state.Removed)
		}
	}
	return open, errors.Join(errs...)
}

func (r *Runner) states() map[string]store.ErasureState {
	known := map[string]store.ErasureState{}
	for _, s := range r.cfg.Keeper.Erasures() {
		known[s.ID] = s
	}
	return known
}

// The states of an erasure.
const (
	Ordered = "ordered" // the store did not take it yet
	Erasing = "erasing" // nobody finds the events; files are being rewritten
	Erased  = "done"    // gone for good
)

// Progress tells how far an erasure is.
type Progress struct {
	State string
	// Files that may hold what is erased, and those already rewritten; both 0
	// when the store has nothing to say about it.
	Files, Rewritten int
	Removed          int64 // events, so far
}

// Progresses tells how far erasures are, in their order.
func (r *Runner) Progresses(orders []catalog.Erasure) []Progress {
	out := make([]Progress, len(orders))
	known := r.states()
	for i, e := range orders {
		s, taken := known[e.ID]
		out[i] = Progress{State: Ordered, Files: s.Segments, Rewritten: s.Rewritten, Removed: s.Removed}
		switch {
		case !e.Done.IsZero():
			out[i].State, out[i].Removed = Erased, e.Removed
		case taken:
			out[i].State = Erasing
		}
	}
	return out
}
