package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/format"
)

// A width says how many bytes a line end has, and which: in all encodings but
// UTF-16 a line feed is one byte, and no part of another sign.
type width uint8

const (
	narrow     width = iota
	wideLittle       // UTF-16LE: 0a 00
	wideBig          // UTF-16BE: 00 0a
)

func widthOf(encoding string) width {
	switch strings.ToLower(encoding) {
	case "utf-16", "utf-16le", "utf16", "utf16le":
		return wideLittle
	case "utf-16be", "utf16be":
		return wideBig
	}
	return narrow
}

// first gives the length of the first line of a text, with its end; 0 where it
// has none. The text begins with a whole sign.
func (w width) first(text []byte) int {
	for from := 0; ; {
		i := bytes.IndexByte(text[from:], '\n')
		if i < 0 {
			return 0
		}
		i += from
		switch w {
		case narrow:
			return i + 1
		case wideLittle:
			if i%2 == 0 && i+1 < len(text) && text[i+1] == 0 {
				return i + 2
			}
		case wideBig:
			if i%2 == 1 && text[i-1] == 0 {
				return i + 1
			}
		}
		from = i + 1
	}
}

// starts gives where the lines of a text begin, and where the last one that has
// an end ends.
func (w width) starts(text []byte) (at []int, end int) {
	for end < len(text) {
		at = append(at, end)
		n := w.first(text[end:])
		if n == 0 {
			return at, end
		}
		end += n
	}
	return at, end
}

// count counts the line ends of a text.
func (w width) count(text []byte) int {
	if w == narrow {
		return bytes.Count(text, []byte{'\n'})
	}
	n := 0
	for {
		length := w.first(text)
		if length == 0 {
			return n
		}
		text = text[length:]
		n++
	}
}

// joinIn makes a rule for lines of UTF-8 one for lines of another encoding.
func joinIn(encoding string, join format.Multiline) format.Multiline {
	if join == nil || encoding == "" || encoding == utf8Name {
		return join
	}
	return func(line []byte) bool {
		text, _, err := format.Transcode(line, encoding, 1<<30)
		if err != nil {
			return join(line)
		}
		return join(bytes.TrimRight(text, "\r\n"))
	}
}

// utf8Name is the encoding of a file that was looked at and has no other.
const utf8Name = "utf-8"

// asUTF8 gives text in an encoding as UTF-8, or as it is where that fails.
func asUTF8(text []byte, encoding string) []byte {
	if encoding == "" || encoding == utf8Name {
		return text
	}
	out, _, err := format.Transcode(text, encoding, 1<<30)
	if err != nil {
		return text
	}
	return out
}

// chunker cuts a stream into chunks of whole lines, and of whole events where
// lines are joined.
type chunker struct {
	r     *bufio.Reader
	join  format.Multiline
	width width
	rest  []byte // lines that were read and belong to the next chunk
}

// next gives at least one line, and as many as fit in chunkBytes. A longer
// line is a chunk of its own, up to the server's bound for a line.
func (c *chunker) next() ([]byte, error) {
	limit := event.Limits{}.WithDefaults().LineBytes
	var chunk []byte
	for {
		line, err := c.line(4 * limit)
		if len(line) > 0 {
			if len(chunk) > 0 && len(chunk)+len(line) > chunkBytes {
				c.rest = line
				if c.join != nil && c.join(bytes.TrimRight(line, "\r\n")) {
					if begin := lastEvent(chunk, c.width, c.join); begin > 0 {
						chunk, c.rest = chunk[:begin], append(slices.Clone(chunk[begin:]), line...)
					}
				}
				return chunk, nil
			}
			chunk = append(chunk, line...)
		}
		if err != nil {
			if len(chunk) > 0 && errors.Is(err, io.EOF) {
				return chunk, nil
			}
			return nil, err
		}
	}
}

// lastEvent is where the last event of a chunk begins, by the lines that are
// not joined to those before them.
func lastEvent(chunk []byte, w width, join format.Multiline) int {
	at, _ := w.starts(chunk)
	end := len(chunk)
	for _, begin := range slices.Backward(at) {
		if !join(bytes.TrimRight(chunk[begin:end], "\r\n")) {
			return begin
		}
		end = begin
	}
	return 0
}

// line reads one line with its end. Of a line beyond most bytes the rest is
// skipped: the server rejects it for its length, and says so.
func (c *chunker) line(most int) ([]byte, error) {
	if len(c.rest) > 0 {
		end := c.width.first(c.rest)
		if end == 0 {
			end = len(c.rest)
		}
		line := c.rest[:end]
		c.rest = c.rest[end:]
		return line, nil
	}
	var line []byte
	for length := 0; ; {
		part, err := c.r.ReadSlice('\n')
		length += len(part)
		if len(line) < most {
			line = append(line, part...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil || c.width == narrow {
			return line, err
		}
		last, before := byte('\n'), byte(0xff)
		if len(part) > 1 {
			before = part[len(part)-2]
		} else if len(line) > 1 && len(line) < most {
			before = line[len(line)-2]
		}
		switch {
		case c.width == wideBig && length%2 == 0 && before == 0 && last == '\n':
			return line, nil
		case c.width == wideLittle && length%2 == 1:
			next, err := c.r.Peek(1)
			if err != nil || next[0] != 0 {
				continue // the high byte of this sign comes with what follows
			}
			_, _ = c.r.Discard(1) // it is there: it was peeked at
			if len(line) < most {
				line = append(line, 0)
			}
			return line, nil
		}
	}
}
