package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/clewline/clewline/format"
)

type lintCmd struct {
	Fix    bool     `help:"Print the lines as the norm has them, as far as that can be known, and nothing else."`
	Strict bool     `help:"Fail for warnings too."`
	TZ     string   `help:"The zone of the lines' times; by default this machine's." placeholder:"ZONE"`
	Output string   `help:"text, json (one finding a line), github (annotations of a GitHub workflow) or sarif (for code scanners)." short:"o" enum:"text,json,github,sarif" default:"text"`
	Files  []string `arg:"" optional:"" help:"Files to check; standard input when absent." name:"file"`
}

// Run checks files against the Prism norm. It fails when a line breaks it.
func (c *lintCmd) Run(p *program) error {
	zone, err := zoneNamed(c.TZ)
	if err != nil {
		return err
	}
	o := format.Options{Zone: zone}
	errs, warnings, lines := 0, 0, 0
	out := bufio.NewWriter(p.stdout)
	say := c.writer(out)
	err = eachFile(p, c.Files, func(name string, text []byte) error {
		if c.Fix {
			for line := range strings.Lines(string(text)) {
				if _, err := out.Write(append(format.FixPrism(nil, []byte(line), o), '\n')); err != nil {
					return err
				}
			}
			return nil
		}
		lines += strings.Count(string(text), "\n")
		for _, f := range format.LintPrism(text, o) {
			if f.Warning {
				warnings++
			} else {
				errs++
			}
			if err := say.finding(name, f); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && !c.Fix {
		err = say.end()
	}
	if err := errors.Join(err, out.Flush()); err != nil {
		return err
	}
	if errs > 0 || c.Strict && warnings > 0 {
		return fmt.Errorf("%d errors and %d warnings in %d lines", errs, warnings, lines)
	}
	return nil
}

// A findingWriter writes findings in one of the forms of --output.
type findingWriter interface {
	finding(file string, f format.Finding) error
	end() error
}

func (c *lintCmd) writer(w io.Writer) findingWriter {
	switch c.Output {
	case "json":
		return jsonFindings{w}
	case "github":
		return githubFindings{w}
	case "sarif":
		return &sarifFindings{w: w}
	}
	return textFindings{w}
}

func gradeOf(f format.Finding) string {
	if f.Warning {
		return "warning"
	}
	return "error"
}

// textFindings are for people: FILE:LINE:COLUMN: grade: rule (field): advice.
type textFindings struct{ w io.Writer }

func (t textFindings) finding(file string, f format.Finding) error {
	column, field := "", ""
	if f.Column > 0 {
		column = fmt.Sprintf("%d:", f.Column)
	}
	if f.Field != "" {
		field = " (" + visible(f.Field) + ")"
	}
	_, err := fmt.Fprintf(t.w, "%s:%d:%s %s: %s%s: %s\n", visible(file), f.Line, column, gradeOf(f), f.Rule, field, visible(f.Advice))
	return err
}

func (textFindings) end() error { return nil }

type jsonFindings struct{ w io.Writer }

func (j jsonFindings) finding(file string, f format.Finding) error {
	line, err := json.Marshal(struct {
		File string `json:"file"`
		format.Finding
	}{file, f})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(j.w, "%s\n", line)
	return err
}

func (jsonFindings) end() error { return nil }

// githubFindings are commands to a GitHub workflow, which shows them beside the
// lines of a change.
type githubFindings struct{ w io.Writer }

var (
	githubText     = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	githubProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

func (g githubFindings) finding(file string, f format.Finding) error {
	column := ""
	if f.Column > 0 {
		column = fmt.Sprintf(",col=%d", f.Column)
	}
	_, err := fmt.Fprintf(g.w, "::%s file=%s,line=%d%s,title=Prism norm%%3A %s::%s\n", gradeOf(f), githubProperty.Replace(file), f.Line, column, f.Rule, githubText.Replace(f.Advice))
	return err
}

func (githubFindings) end() error { return nil }

// sarifFindings are one SARIF 2.1.0 log, written at the end.
type sarifFindings struct {
	w       io.Writer
	results []sarifResult
}

type (
	sarifText struct {
		Text string `json:"text"`
	}
	sarifRule struct {
		ID   string    `json:"id"`
		Text sarifText `json:"shortDescription"`
	}
	sarifRegion struct {
		Line   int `json:"startLine"`
		Column int `json:"startColumn,omitempty"`
	}
	sarifPlace struct {
		Place struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region sarifRegion `json:"region"`
		} `json:"physicalLocation"`
	}
	sarifResult struct {
		Rule    string       `json:"ruleId"`
		Level   string       `json:"level"`
		Message sarifText    `json:"message"`
		Places  []sarifPlace `json:"locations"`
	}
)

func (s *sarifFindings) finding(file string, f format.Finding) error {
	var at sarifPlace
	at.Place.Artifact.URI = filepath.ToSlash(file)
	at.Place.Region = sarifRegion{f.Line, f.Column}
	s.results = append(s.results, sarifResult{f.Rule, gradeOf(f), sarifText{f.Advice}, []sarifPlace{at}})
	return nil
}

func (s *sarifFindings) end() error {
	var rules []sarifRule
	for _, rule := range format.LintRules() {
		rules = append(rules, sarifRule{rule.Name, sarifText{rule.Holds}})
	}
	type object = map[string]any
	results := s.results
	if results == nil {
		results = []sarifResult{} // none is not absent
	}
	e := json.NewEncoder(s.w)
	e.SetIndent("", " ")
	return e.Encode(object{"version": "2.1.0", "runs": []object{{
		"tool":    object{"driver": object{"name": "clewline lint", "version": version, "rules": rules}},
		"results": results, "columnKind": "unicodeCodePoints",
	}}})
}
