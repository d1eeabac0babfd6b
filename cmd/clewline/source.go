package main

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"strings"

	"github.com/clewline/clewline/format"
	"github.com/goccy/go-yaml"
)

// lineSource is how lines are to be read.
type lineSource struct {
	Format    string `help:"The lines' format; guessed from the first lines when not given. One of: ${formats}, regex." placeholder:"F"`
	Pattern   string `help:"For format regex: a pattern (RE2) with named groups, such as '^(?P<time>\\S+) (?P<level>\\w+) (?P<msg>.*)'." placeholder:"RE"`
	Encoding  string `help:"The text's encoding, such as gbk; UTF-8 by default." placeholder:"E"`
	Multiline string `help:"Join lines: 'stack' for stack traces, else a pattern that the first line of each event matches." placeholder:"RE"`
}

// check says what is wrong with the settings.
func (s *lineSource) check() error {
	if s.Format == "" && s.Pattern != "" {
		s.Format = "regex"
	}
	known := format.Source{Format: s.Format, Pattern: s.Pattern, Encoding: s.Encoding, Multiline: s.Multiline}
	if s.Format == "" {
		known.Format = "text" // whatever is guessed
	}
	if _, err := known.Reader(); err != nil {
		return wrongUse("--%v", err)
	}
	return nil
}

// readSource reads a file of settings: JSON as GET /v1/sources gives it, or the
// same in YAML.
func readSource(path string) (format.Source, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return format.Source{}, err
	}
	if asJSON, err := yaml.YAMLToJSON(text); err == nil {
		text = asJSON
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	var s format.Source
	if err := d.Decode(&s); err != nil {
		return format.Source{}, wrongUse("--source-file %s: %s; want settings such as {\"format\":\"json\",\"tz\":\"Asia/Shanghai\",\"fields\":{\"kunde\":\"user\"}}", path, strings.TrimPrefix(err.Error(), "json: "))
	}
	if s.Format != "" || s.Pattern != "" {
		s.Format = cmp.Or(s.Format, "regex")
		if _, err := s.Reader(); err != nil {
			return format.Source{}, wrongUse("--source-file %s: %v", path, err)
		}
	}
	return s, nil
}
