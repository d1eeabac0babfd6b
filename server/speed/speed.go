// Package speed tells how fast calls are, how often they fail, and whether
// that is as usual. A call is an event that says how long it took (timeCost);
// it failed when it has an errorCode. Every figure is the answer to a query
// that anybody can ask: a figure's key, turned into clauses, finds exactly the
// events that were counted. docs/performance.md tells what the figures mean.
//
// Calls of different kinds of log (a service's own, the page's that waited for
// it, a module's) are never added up: the kind is a part of every key, since
// several logs may tell of one request.
package speed

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
	"github.com/clewline/clewline/server/store"
)

// A By is what calls are grouped by, beside their kind.
type By string

// The groupings. Event is grouped by its service too, and Module by its
// subsystem: their names mean something only together.
const (
	Service  By = "service"
	Event    By = "event"
	Function By = "function"
	HTTPPath By = "httpPath"
	Module   By = "module"
)

// Groupings lists them as they are offered.
var Groupings = []By{Service, Event, Function, HTTPPath, Module}

// Fields are the fields of a key, in its order.
func (by By) Fields() []string {
	switch by {
	case Event:
		return []string{"kind", "service", "event"}
	case Module:
		return []string{"kind", "subsys", "module"}
	}
	return []string{"kind", string(by)}
}

// Tables makes one table; store.Store's Table is one.
type Tables func(context.Context, store.Table) (store.TableRows, error)

// An Ask is about the calls of one project in one range that also match a
// query.
type Ask struct {
	store.Scope
	By By
	// Zone is where steps of time begin and what the same time of another day
	// is; nil is UTC.
	Zone *time.Location
}

// A Key tells one group: the values of By.Fields, nil for the events without
// the field.
type Key []*string

// id tells keys apart.
func (k Key) id() string {
	id := make([]byte, 0, 64)
	for _, v := range k {
		if v == nil {
			id = append(id, '-')
			continue
		}
		id = strconv.AppendQuote(id, *v)
	}
	return string(id)
}

// Whole is what an answer of several tables cost, and how good it is.
type Whole struct {
	store.Cost
	// Approximate says that a percentile is within 2 %, not exact.
	Approximate bool
}

func (w *Whole) add(t store.TableRows) {
	w.Cost.Add(t.Cost)
	w.Approximate = w.Approximate || t.Table.Approximate
}

// A row of a table, taken apart.
type row struct {
	key    Key
	at     int64 // of its step of time, in ns
	number []float64
}

// A question is one table about the calls: clauses that are added to the
// asker's query, and pipes.
type question struct {
	scope store.Scope
	text  string // clauses and pipes
	only  query.Node
	keys  int // how many columns are keys
	step  time.Duration
	zone  *time.Location
}

// ask makes one table and takes it apart.
func (tables Tables) ask(ctx context.Context, q question) ([]row, store.TableRows, error) {
	parsed, pipe, err := query.ParsePiped(q.text)
	if err != nil {
		return nil, store.TableRows{}, fmt.Errorf("speed asks %q: %w", q.text, err) // a mistake of ours
	}
	all := []query.Node{parsed.Root}
	if q.scope.Query != nil {
		all = append(all, q.scope.Query.Root)
	}
	if q.only != nil {
		all = append(all, q.only)
	}
	scope := q.scope
	scope.Query = parsed
	if len(all) > 1 {
		scope.Query = &query.Query{Root: &query.And{Of: all}, Text: q.text}
	}
	got, err := tables(ctx, store.Table{Scope: scope, Pipe: pipe, Zone: q.zone})
	if err != nil {
		return nil, got, err
	}
	rows := make([]row, 0, len(got.Table.Rows))
	for _, cells := range got.Table.Rows {
		r := row{key: make(Key, 0, q.keys)}
		for _, cell := range cells[:q.keys] {
			if cell.Type == "" {
				r.key = append(r.key, nil)
				continue
			}
			r.key = append(r.key, &cell.Text)
		}
		rest := cells[q.keys:]
		if q.step > 0 {
			if r.at, err = event.ParseTime(rest[0].Text); err != nil {
				return nil, got, fmt.Errorf("speed reads a step of time: %w", err)
			}
			rest = rest[1:]
		}
		for _, cell := range rest {
			r.number = append(r.number, number(cell))
		}
		rows = append(rows, r)
	}
	return rows, got, nil
}

// number is NaN for no number.
func number(c query.Cell) float64 {
	if c.Type == "" {
		return math.NaN()
	}
	v, err := strconv.ParseFloat(c.Text, 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// askAll makes several tables, a few at a time: they share one store, and
// leave room for others.
func (tables Tables) askAll(ctx context.Context, questions []question, whole *Whole) ([][]row, error) {
	rows := make([][]row, len(questions))
	got := make([]store.TableRows, len(questions))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(atOnce)
	for i, q := range questions {
		g.Go(func() (err error) {
			rows[i], got[i], err = tables.ask(ctx, q)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for _, t := range got {
		whole.add(t)
	}
	return rows, nil
}

const atOnce = 3

// one finds any of the given names in a field, and on request the events
// without it.
func one(name string, column event.Field, names []string, without bool) query.Node {
	field := query.Field{Name: name, Column: column}
	nodes := make([]query.Node, 0, len(names)+1)
	for _, n := range names {
		nodes = append(nodes, &query.Equal{Field: field, Term: query.Term{Text: n, Quoted: true}})
	}
	if without {
		nodes = append(nodes, &query.Not{Of: &query.Present{Field: field}})
	}
	if len(nodes) == 1 {
		return nodes[0]
	}
	return &query.Or{Of: nodes}
}
