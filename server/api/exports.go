package api

import (
	"fmt"
	"sync"
	"time"
)

// Exports that may run at a time. One of them reads a page at a time and keeps
// at most one part in memory.
const (
	maxExports        = 8
	maxProjectExports = 4
)

// An exportGate bounds the exports that run at a time.
type exportGate struct {
	mu       sync.Mutex
	all      int
	projects map[string]int
}

func newExportGate() *exportGate { return &exportGate{projects: map[string]int{}} }

// enter gives what ends an export, or an error when there are too many.
func (g *exportGate) enter(project string) (leave func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.all >= maxExports || g.projects[project] >= maxProjectExports {
		return nil, &requestError{code: "slow_down", retry: 10 * time.Second,
			message: fmt.Sprintf("%d exports run at a time, %d of one project; try again when one has ended.", maxExports, maxProjectExports)}
	}
	g.all++
	g.projects[project]++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.all--
		if g.projects[project]--; g.projects[project] == 0 {
			delete(g.projects, project)
		}
	}, nil
}
