package api

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// A gate bounds the questions that the store works on at a time, and leaves
// room for the other projects whatever one of them asks.
type gate struct {
	all   *semaphore.Weighted
	share int64 // of one project
	most  int   // that wait or run, of one project

	mu       sync.Mutex
	projects map[string]*projectGate
}

type projectGate struct {
	*semaphore.Weighted
	users int // waiting or running; at 0 the entry goes
}

// patience is how long a question waits for its turn.
const patience = 2 * time.Second

func newGate(n int) *gate {
	return newGateOf(n, max(1, n*3/4), n*4)
}

// newGateOf lets n in at a time, share of one project, of which most may wait
// or be in.
func newGateOf(n, share, most int) *gate {
	return &gate{
		all:      semaphore.NewWeighted(int64(n)),
		share:    int64(share),
		most:     most,
		projects: map[string]*projectGate{},
	}
}

// do runs f when it is its turn. f's ctx is ctx.
func (g *gate) do(ctx context.Context, project string, f func() error) error {
	p := g.enter(project)
	if p == nil {
		return tooMany()
	}
	defer g.leave(project, p)
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := p.Acquire(waiting, 1); err != nil {
		return refused(ctx)
	}
	defer p.Release(1)
	if err := g.all.Acquire(waiting, 1); err != nil {
		return refused(ctx)
	}
	defer g.all.Release(1)
	return f()
}

func (g *gate) enter(project string) *projectGate {
	g.mu.Lock()
	defer g.mu.Unlock()
	p := g.projects[project]
	if p == nil {
		p = &projectGate{Weighted: semaphore.NewWeighted(g.share)}
		g.projects[project] = p
	}
	if p.users >= g.most {
		return nil
	}
	p.users++
	return p
}

func (g *gate) leave(project string, p *projectGate) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if p.users--; p.users == 0 {
		delete(g.projects, project)
	}
}

func refused(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return tooMany()
}

func tooMany() error {
	return &requestError{code: "slow_down", message: "The server is answering as many questions as it can; try again in a moment.", retry: retryAfter}
}

// errBudget says that the store's time for a question is used up.
var errBudget = errors.New("the time for this answer is used up")

// A budget is the store's time for one question, over several calls. Time in
// which the answer is on its way to a slow reader does not count.
type budget struct{ left time.Duration }

// ask makes one call of the store: in turn, within the time that is left.
func (a *API) ask(ctx context.Context, b *budget, project string, call func(context.Context) error) error {
	if b.left <= 0 {
		return errBudget
	}
	if m := meterOf(ctx); m != nil {
		if err := m.begin(ctx); err != nil {
			return err
		}
		before := b.left
		defer func() { m.end(before - b.left) }()
	}
	return a.gate.do(ctx, project, func() error {
		began := time.Now()
		limited, cancel := context.WithTimeout(ctx, b.left)
		defer cancel()
		err := call(limited)
		b.left -= time.Since(began)
		if err != nil && limited.Err() != nil && ctx.Err() == nil {
			return errBudget
		}
		return err
	})
}
