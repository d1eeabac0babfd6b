//go:build !noduck

package duckstore

import (
	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// matcherOf gives the function that decides for rows of which SQL is not sure.
func matcherOf(q *query.Query) func(*event.Event) bool { return nil }

func valuesOf(e *event.Event, f query.Field) []string { return nil }
