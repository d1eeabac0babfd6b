package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"

	"github.com/clewline/clewline/server/store"
)

// A cursor continues a search where a page ended. It carries the range of the
// first page, so that "the last 15 minutes" stays the same 15 minutes while
// somebody turns pages. It is sealed, and bound to its project and query.
type cursor struct {
	from, to int64
	after    store.Position
	count    uint64 // of an export: the events that were given before
}

const (
	cursorVersion = 2
	sealBytes     = 16
	maxCursor     = 4096 // in characters; ids and stream names are at most 512 bytes
)

// A cursorSealer seals cursors, and opens those that it has sealed.
type cursorSealer struct{ secret []byte }

func (s cursorSealer) seal(c cursor, project, q string) string {
	b := []byte{cursorVersion}
	b = binary.AppendVarint(b, c.from)
	b = binary.AppendVarint(b, c.to)
	b = binary.AppendUvarint(b, c.count)
	b = binary.AppendVarint(b, c.after.Time)
	b = binary.AppendUvarint(b, c.after.Seq)
	b = binary.AppendUvarint(b, c.after.IDNum)
	b = binary.AppendUvarint(b, uint64(len(c.after.Stream)))
	b = append(b, c.after.Stream...)
	b = append(b, c.after.IDBase...)
	return base64.RawURLEncoding.EncodeToString(append(b, s.sum(b, project, q)...))
}

func (s cursorSealer) sum(payload []byte, project, q string) []byte {
	mac := hmac.New(sha256.New, s.secret)
	mac.Write(binary.AppendUvarint(nil, uint64(len(project))))
	mac.Write([]byte(project))
	mac.Write(binary.AppendUvarint(nil, uint64(len(q))))
	mac.Write([]byte(q))
	mac.Write(payload)
	return mac.Sum(nil)[:sealBytes]
}

var errCursor = &requestError{code: "bad_request", field: "cursor", message: "This cursor does not belong to this search; use the one that the search's last line gave, with the same query and project."}

func (s cursorSealer) open(text, project, q string) (cursor, error) {
	if len(text) > maxCursor {
		return cursor{}, errCursor
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(b) < 1+sealBytes {
		return cursor{}, errCursor
	}
	payload, seal := b[:len(b)-sealBytes], b[len(b)-sealBytes:]
	if !hmac.Equal(seal, s.sum(payload, project, q)) || payload[0] != cursorVersion {
		return cursor{}, errCursor
	}
	r := reader{rest: payload[1:]}
	c := cursor{from: r.varint(), to: r.varint(), count: r.uvarint()}
	c.after.Time, c.after.Seq, c.after.IDNum = r.varint(), r.uvarint(), r.uvarint()
	c.after.Stream = r.text(r.uvarint())
	c.after.IDBase = string(r.rest)
	if r.err != nil {
		return cursor{}, errCursor
	}
	return c, nil
}

// A reader takes values off a payload. The first error sticks.
type reader struct {
	rest []byte
	err  error
}

var errShort = errors.New("the payload is too short")

func (r *reader) varint() int64 {
	v, n := binary.Varint(r.rest)
	r.skip(n)
	return v
}

func (r *reader) uvarint() uint64 {
	v, n := binary.Uvarint(r.rest)
	r.skip(n)
	return v
}

func (r *reader) text(n uint64) string {
	if n > uint64(len(r.rest)) {
		r.err, r.rest = errShort, nil
		return ""
	}
	s := string(r.rest[:n])
	r.rest = r.rest[n:]
	return s
}

func (r *reader) skip(n int) {
	if n <= 0 {
		r.err, r.rest = errShort, nil
		return
	}
	r.rest = r.rest[n:]
}
