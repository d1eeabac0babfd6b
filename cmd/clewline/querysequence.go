package main

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// A sequenceEnd is what an answer says of a sequence.
type sequenceEnd struct {
	First, Undecided, LeftOut int64
	DecidedTo                 string
}

// tellSequence says what of a sequence is not decided.
func (p *program) tellSequence(s *sequenceEnd) {
	if s != nil && s.Undecided > 0 {
		fmt.Fprintf(p.stderr, "%d of %d first events are not decided yet: what is sought may still come; ask again later (decided are steps that ended by %s)\n", s.Undecided, s.First, visible(s.DecidedTo))
	}
}

// writeThen prints the events that followed, below the row of the first one:
// how long after it, and what they say.
func writeThen(out io.Writer, line []byte) error {
	var first struct {
		Time string
		Then []json.RawMessage
	}
	if err := json.Unmarshal(line, &first); err != nil || len(first.Then) == 0 {
		return nil // row has looked at the line before
	}
	begin, beginErr := time.Parse(time.RFC3339Nano, first.Time)
	for _, event := range first.Then {
		cells, err := row(event)
		if err != nil {
			return err
		}
		after := cells[0]
		if at, err := time.Parse(time.RFC3339Nano, cells[0]); err == nil && beginErr == nil {
			after = "+" + at.Sub(begin).String()
		}
		if _, err := fmt.Fprintf(out, "  then %-23s %-6s %-16s %s\n", after, cells[1], cells[2], cells[3]); err != nil {
			return err
		}
	}
	return nil
}
