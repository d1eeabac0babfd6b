package api

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/clewline/clewline/server/store"
)

const (
	// momentLasts is how old an answer to somebody who types may be. Ranges
	// of time that end within the same moment are one.
	momentLasts = 30 * time.Second
	// maxMoments bounds the answers that are kept.
	maxMoments = 200
)

// moments keep answers for a moment: while somebody types, each key asks for
// the same again.
type moments[T any] struct {
	now func() time.Time

	mu   sync.Mutex
	kept map[string]recent[T]
}

type recent[T any] struct {
	at     time.Time
	answer T
}

func newMoments[T any](now func() time.Time) *moments[T] {
	return &moments[T]{now: now, kept: map[string]recent[T]{}}
}

func (m *moments[T]) get(key string) (T, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k, ok := m.kept[key]
	if age := m.now().Sub(k.at); ok && age >= 0 && age < momentLasts {
		return k.answer, true
	}
	var none T
	return none, false
}

// keep keeps an answer, in the place of the oldest when there are too many.
func (m *moments[T]) keep(key string, answer T) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.kept[key]; !known && len(m.kept) >= maxMoments {
		var oldest string
		var at time.Time
		for key, k := range m.kept {
			if oldest == "" || k.at.Before(at) {
				oldest, at = key, k.at
			}
		}
		delete(m.kept, oldest)
	}
	m.kept[key] = recent[T]{m.now(), answer}
}

// momentKey tells one answer from another: by who may see what, by the range to
// the moment, and by what else is asked. An erasure makes all of them others.
func (a *API) momentKey(c *caller, scope store.Scope, asked ...string) string {
	erasures := ""
	if keeper, ok := a.store.(store.Keeper); ok {
		if list := keeper.Erasures(); len(list) > 0 {
			erasures = fmt.Sprint(len(list), " ", list[0].ID)
		}
	}
	return fmt.Sprintf("%q %q %d %d %s %q", scope.Project, c.sight(), scope.From/int64(momentLasts), scope.To/int64(momentLasts), erasures, strings.Join(asked, "\x00"))
}
