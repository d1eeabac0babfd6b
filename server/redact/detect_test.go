package redact

import (
	"strings"
	"testing"

	"github.com/clewline/clewline/event"
)

// all are the default rules, every one of them on.
func all() []Rule {
	rules := Defaults()
	for i := range rules {
		rules[i].On = true
	}
	return rules
}

func compiled(t testing.TB, rules ...Rule) *Set {
	t.Helper()
	s, err := Compile(rules, []byte("a key of the tests"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// redacted runs rules over one message, with hashes written as #.
func redacted(t testing.TB, msg string, rules ...Rule) string {
	t.Helper()
	e := event.Event{Msg: msg}
	compiled(t, rules...).Event(&e, make(Hits, MaxRules))
	return hashed(e.Msg)
}

func hashed(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if b.WriteByte(s[i]); s[i] == ':' && i+1+hashLen < len(s) && s[i+1+hashLen] == ']' && strings.Trim(s[i+1:i+1+hashLen], "0123456789abcdef") == "" {
			b.WriteByte('#')
			i += hashLen
		}
	}
	return b.String()
}

func TestEachDetectorFindsWhatItMeansAndLeavesItsNearMisses(t *testing.T) {
	const jwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U"
	for _, c := range []struct{ detector, msg, want string }{
		{Card, "card 4111111111111111 declined", "card [card] declined"},
		{Card, "4111 1111 1111 1111", "[card]"},
		{Card, "4111-1111-1111-1111.", "[card]."},
		{Card, "卡号4111111111111111扣款失败", "卡号[card]扣款失败"},
		{Card, "amex 3782 822463 10005 or 378282246310005", "amex [card] or [card]"},
		{Card, "diners 3056 930902 5904", "diners [card]"},
		{Card, "unionpay 6222021234567890128", "unionpay [card]"},
		{Card, "2026-11-20 4111111111111111", "2026-11-20 [card]"},
		{Card, "4242424242424242,5555555555554444", "[card],[card]"},
		{Card, "full width ４１１１１１１１１１１１１１１１", "full width [card]"},
		{Card, "not by Luhn 4111111111111112", "not by Luhn 4111111111111112"},
		{Card, "epoch ms 1763726400005, ns 1763726400000000006", "epoch ms 1763726400005, ns 1763726400000000006"},
		{Card, "a 19-digit id 1732100000000000019", "a 19-digit id 1732100000000000019"},
		{Card, "20 digits 41111111111111111111", "20 digits 41111111111111111111"},
		{Card, "trace 4bf92f3577b34da6a3ce929d0e0e4736", "trace 4bf92f3577b34da6a3ce929d0e0e4736"},
		{Card, "hex ab4111111111111111cd and 4111111111111111f", "hex ab4111111111111111cd and 4111111111111111f"},
		{Card, "uuid 41111111-1111-1111-1111-111111111111", "uuid 41111111-1111-1111-1111-111111111111"},
		{Card, "order NO20261120411111111111", "order NO20261120411111111111"},
		{Card, "a ratio of 0.4111111111111111", "a ratio of 0.4111111111111111"},
		{Card, "2026-11-20 14:33:02.109", "2026-11-20 14:33:02.109"},

		{JWT, "got " + jwt + ".", "got [jwt:#]."},
		{JWT, "url?x=" + jwt + "&y=1", "url?x=[jwt:#]&y=1"},
		{JWT, "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "[jwt:#]"},
		{JWT, "eyJhbGciOiJIUzI1NiJ9 alone", "eyJhbGciOiJIUzI1NiJ9 alone"},
		{JWT, "keyJar.name.com", "keyJar.name.com"},

		{ResidentID, "id 11010519491231002X", "id [resident-id]"},
		{ResidentID, "身份证11010519491231002x，", "身份证[resident-id]，"},
		{ResidentID, "wrong digit 110105194912310021", "wrong digit 110105194912310021"},
		{ResidentID, "no birthday 110105194913310028", "no birthday 110105194913310028"},
		{ResidentID, "inside 9911010519491231002X", "inside 9911010519491231002X"},

		{Mobile, "call 13800138000 now", "call [phone:#] now"},
		{Mobile, "+86 138-0013-8000, 8613800138000", "+86 [phone:#], 86[phone:#]"},
		{Mobile, "请拨打13800138000。", "请拨打[phone:#]。"},
		{Mobile, "id 113800138000 and 12800138000", "id 113800138000 and 12800138000"},
		{Mobile, "at 1763726400", "at 1763726400"},

		{Email, "mail ada.l@mail.example.com, please", "mail [email:#], please"},
		{Email, "@mention and a@b and ssh git@host", "@mention and a@b and ssh git@host"},

		{Credential, "sent Bearer abc123def456", "sent Bearer [credential]"},
		{Credential, "Basic dXNlcjpwYXNzd29yZA==", "Basic [credential]"},
		{Credential, "amqp://guest:s3cr3t@mq.local/v", "amqp://guest:[credential]@mq.local/v"},
		{Credential, "the bearer of this, basic authentication", "the bearer of this, basic authentication"},
		{Credential, "https://example.com/@user:7", "https://example.com/@user:7"},

		{Cookies, "Cookie: sid=abc; theme=dark\nHost: a", "Cookie: [cookie]\nHost: a"},
		{Cookies, `{"set-cookie":"sid=abc; Path=/","n":1}`, `{"set-cookie":"[cookie]","n":1}`},
		{Cookies, "curl -H 'Cookie: sid=abc; b=c' http://x", "curl -H 'Cookie: [cookie]' http://x"},
		{Cookies, "cookie: accepted by the user", "cookie: accepted by the user"},

		{Passwords, "password=Hunter2 user=a", "password=[secret] user=a"},
		{Passwords, "PASSWORD: Hunter2", "PASSWORD: [secret]"},
		{Passwords, `{"userPassword": "a \"b\" c", "n": 1}`, `{"userPassword": "[secret]", "n": 1}`},
		{Passwords, `body="{\"passwd\":\"x y\",\"n\":1}"`, `body="{\"passwd\":\"[secret]\",\"n\":1}"`},
		{Passwords, "pwd=a,b!c, user=x", "pwd=[secret], user=x"},
		{Passwords, "GET /login?user=a&pwd=p%40ss&x=1", "GET /login?user=a&pwd=[secret]&x=1"},
		{Passwords, "form=user%3Da%26password%3Dx1%26n%3D1", "form=user%3Da%26password%3D[secret]%26n%3D1"},
		{Passwords, "authorization: Bearer abc.def", "authorization: [secret]"},
		{Passwords, "Authorization: Digest username=\"a\", nonce=\"b\"\nnext", "Authorization: [secret]\nnext"},
		{Passwords, "x-api-key: 99887766 end", "x-api-key: [secret] end"},
		{Passwords, "client_secret='s p a'", "client_secret='[secret]'"},
		{Passwords, "登录密码：hunter2，失败", "登录密码：[secret]，失败"},
		{Passwords, "<password>abc</password>", "<password>[secret]</password>"},
		{Passwords, "password=null passwordLength=12 password_hint=cat", "password=null passwordLength=12 password_hint=cat"},
		{Passwords, "forgot the password of seat 7", "forgot the password of seat 7"},
		{Passwords, "secretary: Ann", "secretary: Ann"},

		{Tokens, "ticket=tk-55e1 expired", "ticket=[token:#] expired"},
		{Tokens, "check ticket: tk-55e1 TICKET_EXPIRED", "check ticket: [token:#] TICKET_EXPIRED"},
		{Tokens, "GET /a?access_token=abc&b=1", "GET /a?access_token=[token:#]&b=1"},
		{Tokens, "BDUSS=VXcm9lfjE2; STOKEN=1a2b3c4d", "BDUSS=[token:#]; STOKEN=[token:#]"},
		{Tokens, `{"refreshToken":"abc"}`, `{"refreshToken":"[token:#]"}`},
		{Tokens, "ticket: expired, token = none, TICKET_EXPIRED: 3", "ticket: expired, token = none, TICKET_EXPIRED: 3"},
		{Tokens, "tokens: 1200 tokenCount=1200000", "tokens: 1200 tokenCount=1200000"},
	} {
		for _, r := range all() {
			if r.Detector != c.detector {
				continue
			}
			if got := redacted(t, c.msg, r); got != c.want {
				t.Errorf("%s\n got  %s\n want %s", c.msg, got, c.want)
			}
		}
	}
}
