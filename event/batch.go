package event

import (
	"crypto/sha256"
	"encoding/base32"
)

// A Batch is what one request brought, on its way from ingest to the store.
// It is stored as a whole or not at all.
type Batch struct {
	Project string
	Events  []Event
	// Streams tell which numbers of which SDK streams this batch covers.
	Streams []StreamRange
	// Key is the request's idempotency key; nil when it had none.
	Key *Key
	// DeadLetters are lines that could not be understood.
	DeadLetters []DeadLetter
	// Door and KeyID say which way it came in and under which key, so that
	// what becomes of it can be counted. What is stored does not depend on
	// them.
	Door, KeyID string
	// Bytes is the size of the body after decompression. Queues bound their
	// memory by it.
	Bytes int
}

// A StreamRange says that the numbers From to To, both included, of a stream
// are in this batch: each is an event or lies in Omitted.
type StreamRange struct {
	Stream   string
	App      string
	SDK      string // name and version of the sender's SDK
	From, To uint64
	Omitted  []Omission
	// Offset is what was added to the sender's clock, in ns: measured by the
	// server on the stream's first batch, then kept and echoed by the sender.
	Offset int64
	// Closed is set on the last batch of a stream: the highest number ever
	// given out, and who says so.
	Closed *Closing
}

// An Omission is a run of numbers that the sender left out on purpose.
type Omission struct {
	From, To uint64
	Reason   string // level, mode, quota, rate
}

// A Closing ends a stream.
type Closing struct {
	At uint64 // the stream's last number
	By string // "self", or "adopter" when another tab found a dead one's stream
}

// A Key is an idempotency key, bound to the hash of its body. A request that
// comes again under the same key is acknowledged and not stored again; with
// another body it is refused with a *KeyConflictError.
type Key struct {
	Base string // see KeyBase: project, door and key are in it
	Hash [sha256.Size]byte
}

// KeyConflictError is the answer to an idempotency key that came a second time
// with another body.
type KeyConflictError struct{ Base string }

func (e *KeyConflictError) Error() string {
	return "this Idempotency-Key was used before with another body; use a new key for new events"
}

// A DeadLetter is a line, or a whole body, that a door accepted but could not
// understand. It is kept so that it can be read and played again.
type DeadLetter struct {
	Received int64
	Door     string // as in the URL: "track", "events", "lines"
	Format   string
	Line     int    // 1 is the first; 0 is the whole body
	Field    string // the field at fault, if one is
	Reason   string
	Text     string // as it came, cut at MaxDeadLetter bytes
}

// keyEncoding is base32 in lower case: it survives file names and URLs.
var keyEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// KeyBase gives the base of the ids of all events of one request that carried
// an idempotency key: the first 26 signs of base32(sha256(project, door, key)).
// Every node computes the same, with no memory of its own.
func KeyBase(project, door, key string) string {
	h := sha256.New()
	for _, part := range [...]string{project, door, key} {
		h.Write([]byte(part))
		h.Write([]byte{0}) // so that ("ab","c") and ("a","bc") differ
	}
	return keyEncoding.EncodeToString(h.Sum(nil))[:26]
}
