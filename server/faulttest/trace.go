package faulttest

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// A call is one system call of the recorded program, as strace tells it.
type call struct {
	// began and ended are lines of the trace: what another thread did before
	// began was done before this call, what came after ended was done after.
	began, ended int
	at           time.Time // when it began
	name         string
	args         []string
	ret          int64 // below 0: it failed
	fault        bool  // strace made it fail, as it was told to
}

// readTrace calls f for every call of a trace in the order in which they
// ended. It wants the trace's options to be those of Record: all strings in
// hexadecimal, descriptors with their paths, threads told apart, none cut.
func readTrace(r io.Reader, f func(*call) error) error {
	in := bufio.NewReaderSize(r, 1<<20)
	open := map[string]*unfinished{}
	for line := 1; ; line++ {
		text, err := in.ReadBytes('\n')
		if err == io.EOF && len(text) == 0 {
			return nil
		}
		if err != nil && err != io.EOF {
			return err
		}
		c, err := parseLine(bytes.TrimRight(text, "\n"), line, open)
		if err != nil {
			return fmt.Errorf("line %d of the trace: %w", line, err)
		}
		if c == nil {
			continue
		}
		if err := f(c); err != nil {
			return fmt.Errorf("line %d of the trace, %s: %w", line, c.name, err)
		}
	}
}

// unfinished is a call during which another thread was heard of.
type unfinished struct {
	line int
	at   time.Time
	text string
}

const cutMark = " <unfinished ...>"

// parseLine gives the call that ended in a line, nil for none.
func parseLine(b []byte, line int, open map[string]*unfinished) (*call, error) {
	text := string(b)
	pid, text, ok := strings.Cut(text, " ")
	if !ok {
		return nil, fmt.Errorf("%q is no line of strace -f", text)
	}
	stamp, text, ok := strings.Cut(strings.TrimLeft(text, " "), " ")
	if !ok {
		return nil, fmt.Errorf("there is no call behind the time")
	}
	at, err := parseStamp(stamp)
	if err != nil {
		return nil, err
	}
	began := line
	switch {
	case strings.HasPrefix(text, "+++"), strings.HasPrefix(text, "---"):
		return nil, nil
	case strings.HasSuffix(text, cutMark):
		text = strings.TrimSuffix(text, cutMark)
		open[pid] = &unfinished{line, at, text}
		if strings.HasPrefix(text, "close(") {
			// The number is free from here on: another thread may be given it
			// before this call is told to have ended.
			return parseCall(text+") = 0", line, line, at)
		}
		return nil, nil
	case strings.HasPrefix(text, "<... "):
		u := open[pid]
		_, rest, ok := strings.Cut(text, " resumed>")
		if u == nil || !ok {
			return nil, fmt.Errorf("a call goes on that did not begin")
		}
		delete(open, pid)
		if strings.HasPrefix(u.text, "close(") {
			return nil, nil
		}
		text, began, at = u.text+rest, u.line, u.at
	}
	return parseCall(text, began, line, at)
}

func parseStamp(s string) (time.Time, error) {
	sec, micro, ok := strings.Cut(s, ".")
	a, err1 := strconv.ParseInt(sec, 10, 64)
	b, err2 := strconv.ParseInt(micro, 10, 64)
	if !ok || err1 != nil || err2 != nil || len(micro) != 6 {
		return time.Time{}, fmt.Errorf("%q is no time in microseconds", s)
	}
	return time.Unix(a, b*1000), nil
}

func parseCall(text string, began, ended int, at time.Time) (*call, error) {
	name, rest, ok := strings.Cut(text, "(")
	end := strings.LastIndex(rest, ") ")
	if !ok || end < 0 {
		return nil, fmt.Errorf("%.80q is no call", text)
	}
	_, result, ok := strings.Cut(rest[end:], "= ")
	if !ok {
		return nil, fmt.Errorf("%.80q has no result", text)
	}
	c := &call{began: began, ended: ended, at: at, name: name, fault: strings.HasSuffix(result, "(INJECTED)")}
	word := result
	if i := strings.IndexAny(word, " <"); i >= 0 {
		word = word[:i]
	}
	if word == "?" { // the process ended in it
		return nil, nil
	}
	var err error
	if c.ret, err = strconv.ParseInt(word, 0, 64); err != nil {
		return nil, fmt.Errorf("the result %.40q of %s is no number", result, name)
	}
	c.args = splitArgs(rest[:end])
	return c, nil
}

// splitArgs parts arguments at the commas that are in no bracket.
func splitArgs(s string) []string {
	var out []string
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '[', '{', '(':
			depth++
		case ']', '}', ')':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, strings.TrimSpace(s[from:i]))
				from = i + 1
			}
		}
	}
	return append(out, strings.TrimSpace(s[from:]))
}

// text decodes a string argument.
func (c *call) text(i int) ([]byte, error) {
	if i >= len(c.args) {
		return nil, fmt.Errorf("there is no argument %d", i+1)
	}
	return unquote(c.args[i])
}

func unquote(s string) ([]byte, error) {
	if strings.HasSuffix(s, `"...`) {
		return nil, fmt.Errorf("the trace was cut at a string of %d bytes", len(s)/4)
	}
	inner, ok := strings.CutPrefix(s, `"`)
	inner, ok2 := strings.CutSuffix(inner, `"`)
	if !ok || !ok2 {
		return nil, fmt.Errorf("%.40q is no string", s)
	}
	return unhex(inner)
}

// unhex decodes \x61\x62.
func unhex(s string) ([]byte, error) {
	out := make([]byte, 0, len(s)/4)
	for ; s != ""; s = s[4:] {
		if len(s) < 4 || s[:2] != `\x` {
			return nil, fmt.Errorf("%.40q is not in hexadecimal", s)
		}
		b, err := hex.DecodeString(s[2:4])
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
	}
	return out, nil
}

// fd gives a descriptor and the path it stands for.
func (c *call) fd(i int) (fd int64, path string, err error) {
	if i >= len(c.args) {
		return 0, "", fmt.Errorf("there is no argument %d", i+1)
	}
	number, rest, _ := strings.Cut(c.args[i], "<")
	if number == "AT_FDCWD" {
		fd = -100
	} else if fd, err = strconv.ParseInt(number, 10, 64); err != nil {
		return 0, "", fmt.Errorf("%.40q is no descriptor", c.args[i])
	}
	hexPath, _, _ := strings.Cut(rest, ">")
	if !strings.HasPrefix(hexPath, `\x2f`) {
		return fd, hexPath, nil // a socket or a pipe
	}
	raw, err := unhex(hexPath)
	return fd, string(raw), err
}

func (c *call) number(i int) (int64, error) {
	if i >= len(c.args) {
		return 0, fmt.Errorf("there is no argument %d", i+1)
	}
	return strconv.ParseInt(c.args[i], 0, 64)
}

func (c *call) has(i int, flag string) bool {
	if i >= len(c.args) {
		return false
	}
	for _, f := range strings.Split(c.args[i], "|") {
		if f == flag {
			return true
		}
	}
	return false
}

// vector decodes the buffers of a writev.
func (c *call) vector(i int) ([]byte, error) {
	if i >= len(c.args) {
		return nil, fmt.Errorf("there is no argument %d", i+1)
	}
	var out []byte
	for _, part := range strings.Split(c.args[i], "iov_base=")[1:] {
		end := strings.LastIndex(part, ", iov_len=")
		if end < 0 {
			return nil, fmt.Errorf("%.40q is no buffer", part)
		}
		b, err := unquote(part[:end])
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
	}
	return out, nil
}
