//go:build noduck

// Package duckstore is the embedded store, left out of this program by the
// build tag noduck.
package duckstore

import (
	"context"
	"errors"

	"github.com/clewline/clewline/server/store"
)

// Store is the embedded store; in this program there is none.
type Store struct{ store.Store }

// Open says that this program has no embedded store, and what to do.
func Open(dir string, opt Options) (*Store, error) {
	return nil, errors.New("this program was built without the embedded store (tag noduck): give it the roles that work with Kafka and Elasticsearch, or start the full program to keep events in " + dir)
}

// Compact has nothing to compact.
func (*Store) Compact(context.Context, func(store.Compaction)) error { return errNone }

// A Counter counts rows of segments; in this program there is none.
type Counter struct{}

var errNone = errors.New("this program was built without the embedded store (tag noduck)")

// OpenCounter says that this program cannot count rows.
func OpenCounter() (*Counter, error) { return nil, errNone }

// Close does nothing.
func (*Counter) Close() {}

// Count counts nothing.
func (*Counter) Count(string, *ListedSegment) error { return errNone }
