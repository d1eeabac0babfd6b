package main

import "github.com/clewline/clewline/format"

// lineSource is how lines are to be read.
type lineSource struct {
	Format    string `help:"The lines' format; guessed from the first lines when not given. One of: ${formats}, regex." placeholder:"F"`
	Pattern   string `help:"For format regex: a pattern (RE2) with named groups, such as '^(?P<time>\\S+) (?P<level>\\w+) (?P<msg>.*)'." placeholder:"RE"`
	Encoding  string `help:"The text's encoding, such as gbk; UTF-8 by default." placeholder:"E"`
	Multiline string `help:"Join lines: 'stack' for stack traces, else a pattern that the first line of each event matches." placeholder:"RE"`
}

// check says what is wrong with the settings, and gives what joins lines.
func (s *lineSource) check() (format.Multiline, error) {
	if s.Format == "" && s.Pattern != "" {
		s.Format = "regex"
	}
	known := format.Source{Format: s.Format, Pattern: s.Pattern, Encoding: s.Encoding, Multiline: s.Multiline}
	if s.Format == "" {
		known.Format = "text" // whatever is guessed
	}
	if _, err := known.Reader(); err != nil {
		return nil, wrongUse("--%v", err)
	}
	return format.ParseMultiline(s.Multiline)
}
