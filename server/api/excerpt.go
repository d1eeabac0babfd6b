package api

import (
	"strings"
	"unicode/utf8"
)

// An excerpt is a part of a dead letter, cut around the sign at fault.
type excerpt struct {
	Before string `json:"before"`
	Sign   string `json:"sign"` // at fault; "" where it is not known
	After  string `json:"after"`
	// CutBefore and CutAfter say that the letter has more text there.
	CutBefore bool `json:"cutBefore"`
	CutAfter  bool `json:"cutAfter"`
}

const (
	mostBefore = 48 // signs of the context
	mostAfter  = 64
	mostSign   = 32
)

// excerptOf cuts a text around a column, in bytes from 1, or where that is 0,
// around the value of a field; where neither is found it gives the beginning.
func excerptOf(text string, column int, field string) excerpt {
	start, end := -1, -1
	switch {
	case column > 0 && column <= len(text):
		start = column - 1
		for start > 0 && !utf8.RuneStart(text[start]) {
			start--
		}
		end = start + signLength(text[start:])
	case column > len(text) && len(text) > 0: // something is lacking at the end
		_, n := utf8.DecodeLastRuneInString(text)
		start, end = len(text)-n, len(text)
	default:
		start, end = fieldValue(text, field)
	}
	if start < 0 {
		head, more := firstSigns(text, mostBefore+mostAfter)
		return excerpt{After: head, CutAfter: more}
	}
	before, cutBefore := lastSigns(text[:start], mostBefore)
	after, cutAfter := firstSigns(text[end:], mostAfter)
	return excerpt{before, text[start:end], after, cutBefore, cutAfter}
}

// signLength is how much of a text is underlined: up to what parts it from the
// next thing, at least one sign.
func signLength(text string) int {
	n := 0
	for i, r := range text {
		if i > 0 && (strings.ContainsRune(" \t,;&[]{}()\"'", r) || n >= mostSign) {
			return i
		}
		n++
	}
	return len(text)
}

// fieldValue finds the value of a field in JSON or in pairs; -1 where it is not.
func fieldValue(text, field string) (start, end int) {
	if field == "" {
		return -1, -1
	}
	if at := strings.Index(text, `"`+field+`"`); at >= 0 {
		rest := at + len(field) + 2
		value := rest + len(text[rest:]) - len(strings.TrimLeft(text[rest:], " \t:"))
		if value > rest && value < len(text) {
			if text[value] == '"' {
				if close := strings.IndexByte(text[value+1:], '"'); close >= 0 && close <= 4*mostSign {
					return value, value + close + 2
				}
			}
			return value, value + signLength(text[value:])
		}
		return at, rest
	}
	for from := 0; ; {
		at := strings.Index(text[from:], field+"=")
		if at < 0 {
			return -1, -1
		}
		at += from
		if at == 0 || strings.ContainsRune(" \t[&?,", rune(text[at-1])) {
			value := at + len(field) + 1
			if value == len(text) || strings.ContainsRune(" \t]&,", rune(text[value])) {
				return at, value // an empty value: its name is underlined
			}
			return value, value + signLength(text[value:])
		}
		from = at + 1
	}
}

func firstSigns(text string, most int) (head string, more bool) {
	n := 0
	for i := range text {
		if n == most {
			return text[:i], true
		}
		n++
	}
	return text, false
}

func lastSigns(text string, most int) (tail string, more bool) {
	at := len(text)
	for range most {
		_, n := utf8.DecodeLastRuneInString(text[:at])
		if n == 0 {
			return text, false
		}
		at -= n
	}
	return text[at:], at > 0
}
