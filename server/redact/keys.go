package redact

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// A keyTable knows names of keys, by their last byte.
type keyTable struct {
	ends [256]bool // last bytes, in both letter cases
	by   [256][]keyName
}

// keyName is a name without "-", "_" and spaces, in lower case.
type keyName struct {
	text string
	// loose: the name is so long, or of such letters, that it counts without
	// a boundary before it: userpassword, 登录密码.
	loose bool
}

func newKeyTable(names []string) *keyTable {
	t := &keyTable{}
	for _, n := range names {
		text := foldKey(n)
		t.put(keyName{text, len(text) >= 8 || text[0] >= utf8.RuneSelf})
	}
	return t
}

func (t *keyTable) put(n keyName) {
	last := n.text[len(n.text)-1]
	for _, c := range []byte{last, upper(last)} {
		t.ends[c] = true
		if list := t.by[c]; !slices.Contains(list, n) {
			t.by[c] = append(list, n)
		}
	}
}

func (t *keyTable) add(o *keyTable) {
	for _, list := range o.by {
		for _, n := range list {
			t.put(n)
		}
	}
}

func upper(c byte) byte {
	if c >= 'a' && c <= 'z' {
		return c - 0x20
	}
	return c
}

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c | 0x20
	}
	return c
}

// foldKey takes out what spellings of a key differ in.
func foldKey(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '-' || r == '_' || r == ' ' || r == '.':
			return -1
		case r >= 'A' && r <= 'Z':
			return r | 0x20
		}
		return r
	}, name)
}

// endsBefore says whether one of the names ends just before a separator;
// quotes, backslashes and a space may lie between.
func (t *keyTable) endsBefore(s string, sep int) bool {
	end := keyEnd(s, sep)
	return end > 0 && t.ends[s[end-1]] && t.startOf(s, end) >= 0
}

func keyEnd(s string, sep int) int {
	end := sep
	for end > 0 && sep-end < 4 {
		switch s[end-1] {
		case ' ', '\t', '"', '\'', '\\', '`', ']':
			end--
			continue
		}
		break
	}
	return end
}

// startOf gives where the name begins that ends at end, -1 when none does.
func (t *keyTable) startOf(s string, end int) int {
	list := t.by[s[end-1]]
	for i := range list {
		n := &list[i]
		if start := n.match(s, end); start >= 0 {
			return start
		}
	}
	return -1
}

// matches says whether a key of data is one of the names, or ends in one.
func (t *keyTable) matches(key string) bool {
	return key != "" && t.ends[key[len(key)-1]] && t.startOf(key, len(key)) >= 0
}

func (n *keyName) match(s string, end int) int {
	i := end - 1
	for k := len(n.text) - 1; k >= 0; k-- {
		if k < len(n.text)-1 && i > 0 && (s[i] == '_' || s[i] == '-' || s[i] == ' ') {
			i-- // api_key is apikey
		}
		if i < 0 || lower(s[i]) != n.text[k] {
			return -1
		}
		i--
	}
	start := i + 1
	if n.loose || start == 0 || !isWord(s[start-1]) || s[start-1] == '_' {
		return start
	}
	if c := s[start]; c >= 'A' && c <= 'Z' && (s[start-1] < 'A' || s[start-1] > 'Z') {
		return start // accessToken
	}
	return -1
}

// keyHit is a key in running text with its separator.
type keyHit struct {
	name       string // as matched
	sep        byte   // '=', ':' or '>'
	quoted     bool   // the key stands in quotes: it is JSON
	inURL      bool   // the key follows "?" or "&"
	header     bool   // the value runs to the end of the line
	quote      byte   // stands just before the key, 0 for none
	start, end int    // of the value
}

// findKeys finds the values of keys in running text: k=v, k: v, "k":"v",
// k%3Dv, <k>v</k>. stays may leave a value alone, so that "ticket: expired"
// can still be read.
func (t *keyTable) findKeys(s string, stays func(keyHit, string) bool, spans []span) []span {
	after := 0
	for i := 0; i < len(s); i++ {
		c, width := s[i], 1
		switch {
		case c == ':' || c == '=' || c == '>':
		case c == '%' && i+2 < len(s) && s[i+1] == '3' && isEncodedSeparator(s[i+2]):
			width = 3
			if c = '='; s[i+2]|0x20 == 'a' {
				c = ':'
			}
		default:
			continue
		}
		end := keyEnd(s, i)
		if end == 0 || !t.ends[s[end-1]] {
			continue
		}
		start := t.startOf(s, end)
		if start < after {
			continue // none, or within the value before
		}
		if s[end] == ']' && start > 0 && s[start-1] == '[' && (start == 1 || !isWord(s[start-2])) {
			continue // a mark; user[password] is a key
		}
		k := keyHit{name: foldKey(s[start:end]), sep: c, quoted: end < i && isQuote(s[end]) || end+1 < i && s[end] == '\\'}
		k.inURL = urlKey(s, start)
		if start > 0 && isQuote(s[start-1]) {
			k.quote = s[start-1]
		}
		if !k.readValue(s, i+width, width == 3) || isNothing(s[k.start:k.end]) || stays != nil && stays(k, s[k.start:k.end]) {
			continue
		}
		spans = append(spans, span{k.start, k.end})
		after, i = k.end, k.end-1
	}
	return spans
}

func isQuote(c byte) bool { return c == '"' || c == '\'' || c == '`' }

func urlKey(s string, start int) bool {
	for start > 0 && (isWord(s[start-1]) || s[start-1] == '-' || s[start-1] == '.') {
		start--
	}
	return start > 0 && (s[start-1] == '?' || s[start-1] == '&') ||
		start > 2 && s[start-3] == '%' && strings.ContainsAny(s[start-2:start], "36") && (strings.EqualFold(s[start-2:start], "3f") || s[start-2:start] == "26")
}

// isNothing says whether a value tells nothing: there is no secret in null.
func isNothing(v string) bool {
	switch v {
	case "null", "nil", "None", "undefined", "true", "false", "True", "False", "-", "(null)", "<nil>", "{", "[", "{}", "[]":
		return true
	}
	return false
}

// mostElement bounds a value between tags, in bytes.
const mostElement = 4 << 10

// readValue finds where a key's value begins and ends. It takes rather more
// than less: a secret may hold any sign.
func (k *keyHit) readValue(s string, i int, encoded bool) bool {
	for k.sep == '=' && i < len(s) && (s[i] == '=' || s[i] == '>') {
		i++ // ==, =>
	}
	for i < len(s) && (s[i] == ' ' || s[i] == '\t') {
		if k.sep == '>' {
			return false
		}
		i++
	}
	if i >= len(s) {
		return false
	}
	if k.sep == '>' {
		n := strings.IndexByte(s[i:min(len(s), i+mostElement)], '<')
		k.start, k.end = i, i+n
		return n > 0
	}
	slashes := i
	for slashes < len(s) && s[slashes] == '\\' {
		slashes++
	}
	if slashes < len(s) && isQuote(s[slashes]) {
		return k.readQuoted(s, slashes, slashes-i)
	}
	k.header = headerNames[k.name]
	if k.header {
		k.start, k.end = i, lineEnd(s, i, k.quote)
		if strings.HasSuffix(k.name, "authorization") {
			k.end = authorizationEnd(s, i, k.end, encoded)
		}
	} else {
		k.start, k.end = i, valueEnd(s, i, encoded)
	}
	return k.end > k.start
}

var headerNames = map[string]bool{"cookie": true, "setcookie": true, "authorization": true, "proxyauthorization": true}

// readQuoted reads a value in quotes, of which the first stands at i. They may
// themselves be escaped, by so many backslashes: text inside JSON inside text.
func (k *keyHit) readQuoted(s string, i, depth int) bool {
	quote := s[i]
	k.start = i + 1
	slashes := 0
	for j := k.start; j < len(s); j++ {
		switch {
		case s[j] == '\\':
			slashes++
			continue
		case s[j] == quote && slashes <= depth:
			k.end = j - slashes
			return k.end > k.start
		case s[j] == '\n':
			k.end = j
			return k.end > k.start
		}
		slashes = 0
	}
	k.end = len(s)
	return k.end > k.start
}

// lineEnd is where a header's value ends: with its line, also one that is
// written as \n, or with the quotes that it stands in together with its key.
func lineEnd(s string, i int, quote byte) int {
	for j := i; j < len(s); j++ {
		switch c := s[j]; {
		case c == '\n' || c == '\r':
			return j
		case c == quote && quote != 0:
			return j
		case c == '\\' && j+1 < len(s) && (s[j+1] == 'r' || s[j+1] == 'n' || s[j+1] == quote):
			return j
		}
	}
	return len(s)
}

// authorizationEnd takes a scheme and its credentials; the schemes with many
// parts run to the end of the line.
func authorizationEnd(s string, i, line int, encoded bool) int {
	scheme := valueEnd(s, i, encoded)
	switch strings.ToLower(s[i:min(scheme, line)]) {
	case "bearer", "basic", "negotiate", "ntlm", "token", "apikey", "jwt":
		next := scheme
		for next < line && (s[next] == ' ' || s[next] == '\t') {
			next++
		}
		if next == line {
			return scheme
		}
		return min(valueEnd(s, next, encoded), line)
	case "digest", "hawk", "signature", "oauth", "aws4-hmac-sha256":
		return line
	}
	return min(scheme, line)
}

// valueEnd is where an unquoted value ends: at a space, a quote, an "&", or at
// a "," or ";" with another key or nothing behind it.
func valueEnd(s string, i int, encoded bool) int {
	var open [3]int // of (, [ and {: [token:3f9a01c2] is a whole value
	for j := i; j < len(s); j++ {
		switch s[j] {
		case ' ', '\t', '\n', '\r', '&', '"', '<', '`':
			return j
		case '\'':
			return j
		case '\\':
			if j+1 < len(s) && (s[j+1] == 'n' || s[j+1] == 'r' || s[j+1] == 't' || s[j+1] == '"') {
				return j
			}
		case '%':
			if encoded && j+2 < len(s) && (s[j+1:j+3] == "26" || s[j+1:j+3] == "20" || s[j+1:j+3] == "22") {
				return j
			}
		case '#':
			if j > i && j+1 < len(s) && s[j+1] == '/' {
				return j // the route of a page: ?token=...#/calls
			}
		case ',', ';', '|':
			if endsPart(s[j+1:]) {
				return j
			}
		case '(', '[', '{':
			open[strings.IndexByte("([{", s[j])]++
		case ')', ']', '}':
			if n := &open[strings.IndexByte(")]}", s[j])]; *n > 0 {
				*n--
			} else if j+1 == len(s) || strings.IndexByte(" \t\r\n,;.)]}\"'", s[j+1]) >= 0 {
				return j
			}
		case 0xE3, 0xEF: // 。 ， ； ） end a value in Chinese text
			if j+2 < len(s) && (s[j:j+3] == "。" || s[j:j+3] == "，" || s[j:j+3] == "；" || s[j:j+3] == "）" || s[j:j+3] == "、") {
				return j
			}
		}
	}
	return len(s)
}

// endsPart says whether what follows a "," begins something new.
func endsPart(rest string) bool {
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '"':
			return i == 0
		case c == '=' || c == ':':
			return i > 0
		case c >= utf8.RuneSelf:
			return true
		case !isWord(c) && c != '-' && c != '.':
			return false
		}
	}
	return rest == ""
}
