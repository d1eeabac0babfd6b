package redact

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// A detector finds one sort of value.
type detector struct {
	trigger uint32
	find    func(s string, spans []span) []span
	near    func(s string) []nearMiss
	keys    *keyTable
	prose   func(keyHit, string) bool
}

// nearMiss is a part of a text that looks like what a detector finds, but is
// left alone, and why.
type nearMiss struct {
	span
	why string
}

// Why a part of a text is doubtful.
const (
	DoubtLuhn     = "luhn"     // as long as a card number, but its check digit is wrong
	DoubtCheck    = "check"    // as long as an ID number, but its check digit is wrong
	DoubtWord     = "word"     // behind the key stands what reads like a word
	DoubtIdentity = "identity" // it is also the event's number, account, ...: people search by it
	DoubtShared   = "shared"   // the same value with several accounts
)

// passwordKeys and tokenKeys are kept apart because of what they leave: two
// equal tokens are worth knowing, two equal passwords are nobody's business.
var (
	passwordKeys = newKeyTable([]string{
		"password", "passwd", "pwd", "passphrase", "passcode", "user_pwd", "userpwd", "secret", "client_secret", "authorization", "api_key", "apikeys",
		"private_key", "secret_key", "access_key", "credential", "credentials", "密码", "口令", "密钥",
	})
	tokenKeys = newKeyTable([]string{
		"token", "access_token", "refresh_token", "auth_token", "session_token", "csrf_token", "id_token", "usertoken", "ticket", "bduss", "stoken", "ptoken",
		"jsessionid", "phpsessid", "sessdata", "session_cookie", "令牌",
	})
	cookieKeys = newKeyTable([]string{"cookie", "cookies", "set_cookie"})
)

var detectors = map[string]detector{
	Card:       {trigger: hasCard, find: findCards, near: nearCards},
	JWT:        {trigger: hasJWT, find: findJWTs},
	ResidentID: {trigger: hasID, find: findIDs, near: nearIDs},
	Mobile:     {trigger: hasMobile, find: findMobiles},
	Email:      {trigger: hasEmail, find: findEmails},
	Credential: {trigger: hasScheme, find: findCredentials},
	Cookies:    {trigger: hasKey, keys: cookieKeys, prose: plainCookie},
	Passwords:  {trigger: hasKey, keys: passwordKeys},
	Tokens:     {trigger: hasKey, keys: tokenKeys, prose: plainToken, near: nearTokens},
	Whole:      {},
}

// plainCookie leaves "cookie: accepted" alone.
func plainCookie(k keyHit, v string) bool {
	return !k.quoted && strings.IndexByte(v, '=') < 0 && !looksSecret(v)
}

// plainToken leaves "ticket: expired" and "token = none" alone. In a query
// string and in JSON a value is always taken.
func plainToken(k keyHit, v string) bool { return !k.quoted && !k.inURL && !looksSecret(v) }

// looksSecret tells a token from a word: it holds a digit and six signs, or is
// long and of both letter cases.
func looksSecret(v string) bool {
	var digits, lowers, uppers bool
	for i := 0; i < len(v); i++ {
		switch c := v[i]; {
		case isDigit(c):
			digits = true
		case c >= 'a' && c <= 'z':
			lowers = true
		case c >= 'A' && c <= 'Z':
			uppers = true
		}
	}
	return digits && len(v) >= 6 || lowers && uppers && len(v) >= 16 || len(v) >= 32
}

func nearTokens(s string) (misses []nearMiss) {
	for _, at := range tokenKeys.findKeys(s, func(k keyHit, v string) bool { return !plainToken(k, v) }, nil) {
		misses = append(misses, nearMiss{at, DoubtWord})
	}
	return misses
}

// group is a run of digits.
type group struct{ start, end int }

// eachRun calls f with the groups of each run of digits: those between which
// stands one space or one dash, always the same.
func eachRun(s string, f func(groups []group)) {
	var groups []group
	for i := 0; i < len(s); {
		if !isDigit(s[i]) {
			i++
			continue
		}
		groups = groups[:0]
		sep := byte(0)
		for {
			end := i
			for end < len(s) && isDigit(s[end]) {
				end++
			}
			groups = append(groups, group{i, end})
			if end+1 >= len(s) || s[end] != ' ' && s[end] != '-' || !isDigit(s[end+1]) {
				i = end
				break
			}
			if sep != 0 && s[end] != sep {
				break // i stays: the last group begins the next run
			}
			sep = s[end]
			i = end + 1
		}
		f(groups)
	}
}

// free says whether a number stands by itself: not in a word or an id, not
// behind a decimal point.
func free(s string, start, end int) bool {
	if start > 0 && (isWord(s[start-1]) || s[start-1] == '.' && start > 1 && isDigit(s[start-2])) {
		return false
	}
	if end < len(s) && (isWord(s[end]) || s[end] == '.' && end+1 < len(s) && isDigit(s[end+1])) {
		return false
	}
	return true
}

// eachCardShape calls f with what is as long as a card number and written as
// one: 13 to 19 digits together, in fours, or 4-6-5, 4-6-4, 6-13.
func eachCardShape(s string, f func(at span, digits string)) {
	eachRun(s, func(groups []group) {
		for i := 0; i < len(groups); i++ {
			g := groups[i]
			if n := g.end - g.start; n >= 13 {
				if n <= 19 && free(s, g.start, g.end) {
					f(span(g), s[g.start:g.end])
				}
				continue
			}
			if n := cardGroups(groups[i:]); n > 0 {
				at := span{g.start, groups[i+n-1].end}
				if free(s, at.start, at.end) {
					f(at, onlyDigits(s[at.start:at.end]))
				}
			}
		}
	})
}

// cardGroups tells how many of the first groups make a card number.
func cardGroups(g []group) int {
	size := func(i int) int {
		if i < len(g) {
			return g[i].end - g[i].start
		}
		return 0
	}
	switch {
	case size(0) == 4 && size(1) == 4 && size(2) == 4:
		switch {
		case size(3) == 4 && size(4) >= 1 && size(4) <= 3:
			return 5
		case size(3) >= 1 && size(3) <= 4:
			return 4
		}
	case size(0) == 4 && size(1) == 6 && (size(2) == 5 || size(2) == 4):
		return 3
	case size(0) == 6 && size(1) == 13:
		return 2
	}
	return 0
}

func onlyDigits(s string) string {
	b := make([]byte, 0, 24)
	for i := 0; i < len(s); i++ {
		if isDigit(s[i]) {
			b = append(b, s[i])
		}
	}
	return string(b)
}

func findCards(s string, spans []span) []span {
	eachCardShape(s, func(at span, digits string) {
		if issued(digits) && luhn(digits) && (len(spans) == 0 || spans[len(spans)-1].end <= at.start) {
			spans = append(spans, at)
		}
	})
	return spans
}

func nearCards(s string) (misses []nearMiss) {
	eachCardShape(s, func(at span, digits string) {
		if issued(digits) && len(digits) >= 15 && !luhn(digits) {
			misses = append(misses, nearMiss{at, DoubtLuhn})
		}
	})
	return misses
}

// issued says whether some issuer gives out card numbers that begin so and
// are so long. Without it one of ten times in milliseconds, which have 13
// digits and begin with a 1, would be a card number.
func issued(d string) bool {
	n := len(d)
	two := d[:2]
	switch d[0] {
	case '4':
		return n == 13 || n == 16 || n == 18 || n == 19
	case '5':
		return n >= 16 || two == "50" || two >= "56"
	case '6':
		return n >= 15
	case '3':
		switch two {
		case "34", "37":
			return n == 15
		case "30", "36", "38", "39":
			return n == 14 || n >= 16
		case "35":
			return n >= 16
		}
	case '2':
		return n == 16 && d[:4] >= "2200" && d[:4] <= "2720"
	case '9':
		return n >= 16
	}
	return false
}

// luhn checks the last digit: every second digit from the right counts double.
func luhn(d string) bool {
	sum := 0
	double := false
	for i := len(d) - 1; i >= 0; i-- {
		n := int(d[i] - '0')
		if double {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
		double = !double
	}
	return sum%10 == 0
}

// eachIDShape calls f with 18 signs that hold a province and a birthday.
func eachIDShape(s string, f func(at span)) {
	for i := 0; i+18 <= len(s); i++ {
		if !isDigit(s[i]) {
			continue
		}
		end := i
		for end < len(s) && isDigit(s[end]) {
			end++
		}
		n := end - i
		if n == 17 && end < len(s) && lower(s[end]) == 'x' {
			n, end = 18, end+1
		}
		if n == 18 && free(s, i, end) && birthday(s[i+6:i+14]) && s[i:i+2] >= "11" && s[i:i+2] <= "91" {
			f(span{i, end})
		}
		i = end - 1
	}
}

// birthday says whether YYYYMMDD may be somebody's.
func birthday(d string) bool {
	return d[:4] >= "1900" && d[:4] <= "2099" && d[4:6] >= "01" && d[4:6] <= "12" && d[6:] >= "01" && d[6:] <= "31"
}

func findIDs(s string, spans []span) []span {
	eachIDShape(s, func(at span) {
		if idChecks(s[at.start:at.end]) {
			spans = append(spans, at)
		}
	})
	return spans
}

func nearIDs(s string) (misses []nearMiss) {
	eachIDShape(s, func(at span) {
		if !idChecks(s[at.start:at.end]) {
			misses = append(misses, nearMiss{at, DoubtCheck})
		}
	})
	return misses
}

// idChecks checks the last sign after GB 11643: ISO 7064, modulus 11-2.
func idChecks(id string) bool {
	weights := [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}
	sum := 0
	for i, w := range weights {
		sum += w * int(id[i]-'0')
	}
	return upper(id[17]) == "10X98765432"[sum%11]
}

// findMobiles finds 1[3-9] and nine digits more, also as 3-4-4, also with +86
// or 0086 before it.
func findMobiles(s string, spans []span) []span {
	eachRun(s, func(groups []group) {
		for i := 0; i < len(groups); i++ {
			g := groups[i]
			start, end := g.start, g.end
			switch n := g.end - g.start; {
			case n == 13 && s[start:start+2] == "86", n == 15 && s[start:start+4] == "0086":
				start = end - 11
			case n == 11:
			case n == 3 && i+2 < len(groups) && groups[i+1].end-groups[i+1].start == 4 && groups[i+2].end-groups[i+2].start == 4:
				end = groups[i+2].end
			default:
				continue
			}
			if s[start] != '1' || s[start+1] < '3' || !free(s, g.start, end) {
				continue
			}
			if len(spans) > 0 && spans[len(spans)-1].end > start {
				continue
			}
			spans = append(spans, span{start, end})
		}
	})
	return spans
}

// bareMobile is a number without what it may be written with, so that equal
// numbers leave equal hashes.
func bareMobile(v string) string {
	half, _ := fold(v)
	d := onlyDigits(half)
	return d[max(0, len(d)-11):]
}

// findJWTs finds three or five parts of base64url, of which the first begins
// as a JSON object does.
func findJWTs(s string, spans []span) []span {
	for from := 0; ; {
		i := strings.Index(s[from:], "eyJ")
		if i < 0 {
			return spans
		}
		start := from + i
		from = start + 3
		if start > 0 && isBase64(s[start-1]) {
			continue
		}
		end, parts := start, 0
		for parts < 5 {
			from := end
			for end < len(s) && isBase64(s[end]) {
				end++
			}
			if end-from < 8 && parts < 2 {
				break
			}
			if parts++; end >= len(s) || s[end] != '.' || parts == 5 {
				break
			}
			end++
		}
		if parts >= 3 || parts == 2 && end > start && s[end-1] == '.' { // unsigned: "head.claims."
			for s[end-1] == '.' && parts > 3 {
				end--
			}
			spans = append(spans, span{start, end})
			from = end
		}
	}
}

func isBase64(c byte) bool { return isWord(c) || c == '-' }

// mostUserinfo bounds user and password in a URL.
const mostUserinfo = 256

// findCredentials finds what stands behind Bearer and Basic, and the password
// in scheme://user:password@host.
func findCredentials(s string, spans []span) []span {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case 'B', 'b':
			n := 0
			if len(s) > i+6 && strings.EqualFold(s[i:i+6], "bearer") {
				n = 6
			} else if len(s) > i+5 && strings.EqualFold(s[i:i+5], "basic") {
				n = 5
			}
			if n == 0 || i > 0 && isWord(s[i-1]) || s[i+n] != ' ' && s[i+n] != '\t' && s[i+n] != '+' && !strings.HasPrefix(s[i+n:], "%20") {
				continue
			}
			start := i + n + 1
			if s[i+n] == '%' {
				start += 2
			}
			for start < len(s) && s[start] == ' ' {
				start++
			}
			end := start
			for end < len(s) && (isBase64(s[end]) || strings.IndexByte(".~+/=", s[end]) >= 0) {
				end++
			}
			if v := s[start:end]; n == 6 && looksSecret(v) || n == 5 && isBasic(v) {
				spans = append(spans, span{start, end})
			}
			i = max(i, end-1)
		case ':':
			if !strings.HasPrefix(s[i:], "://") {
				continue
			}
			host := s[i+3 : min(len(s), i+3+mostUserinfo)]
			if end := strings.IndexAny(host, "/ \t\n\"'<>?#"); end >= 0 {
				host = host[:end]
			}
			sign := strings.LastIndexByte(host, '@')
			if colon := strings.IndexByte(host, ':'); sign >= 0 && colon >= 0 && colon+1 < sign {
				spans = append(spans, span{i + 3 + colon + 1, i + 3 + sign})
				i += 2 + sign
			}
		}
	}
	return spans
}

// isBasic tells base64("user:password") from "basic authentication".
func isBasic(v string) bool {
	if len(v) < 4 {
		return false
	}
	text, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(v, "="))
	return err == nil && strings.IndexByte(string(text), ':') >= 0 && utf8.Valid(text)
}

func findEmails(s string, spans []span) []span {
	after := 0
	for i := 0; i < len(s); i++ {
		if s[i] != '@' {
			continue
		}
		start, end, dot := i, i+1, -1
		for start > after && (isWord(s[start-1]) || strings.IndexByte(".%+-", s[start-1]) >= 0) {
			start--
		}
		for end < len(s) && (isWord(s[end]) && s[end] != '_' || s[end] == '-' || s[end] == '.' && end+1 < len(s) && isWord(s[end+1])) {
			if s[end] == '.' {
				dot = end
			}
			end++
		}
		if start == i || dot < 0 || end-dot < 3 || isDigit(s[dot+1]) || i-start > 64 {
			continue
		}
		spans = append(spans, span{start, end})
		after, i = end, end-1
	}
	return spans
}
