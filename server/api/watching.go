package api

import "sync"

// mostWatching bounds the live lists of one project.
const mostWatching = 64

// watching counts the live lists by project.
type watching struct {
	mu sync.Mutex
	n  map[string]int
}

func (w *watching) enter(project string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n[project] >= mostWatching {
		return false
	}
	if w.n == nil {
		w.n = map[string]int{}
	}
	w.n[project]++
	return true
}

func (w *watching) leave(project string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.n[project]--; w.n[project] == 0 {
		delete(w.n, project)
	}
}
