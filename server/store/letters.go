package store

import (
	"context"

	"github.com/clewline/clewline/event"
)

// Letters is implemented by stores that can list dead letters in pages; those
// that are not list the newest only, see Store.DeadLetters.
type Letters interface {
	// DeadLettersUpTo lists the newest dead letters of a project that were
	// received at upTo (ns since the epoch) or before, newest first, at most
	// limit of them. Letters of one moment are always in the same order until
	// their segment is rewritten.
	DeadLettersUpTo(ctx context.Context, project string, upTo int64, limit int) ([]event.DeadLetter, error)
}
