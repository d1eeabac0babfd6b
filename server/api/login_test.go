package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server/catalog"
)

// cookieOf gives the session cookie that an answer sets.
func (w *world) cookieOf(r reply) *http.Cookie {
	w.t.Helper()
	for _, c := range r.Cookies() {
		if c.Name == cookieName {
			return c
		}
	}
	w.t.Fatalf("no session cookie in %v", r.Header)
	return nil
}

func TestLoggingInOutAndBeingSomebody(t *testing.T) {
	w := inhabited(t, nil)
	r := w.do("POST", "/v1/login", "", object{"name": "Ada", "password": password})
	if got := fmt.Sprint(w.json(r, 200)); got != "map[user:map[name:ada role:admin]]" {
		t.Errorf("got %s", got)
	}
	c := w.cookieOf(r)
	if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Secure || c.Path != "/" || c.MaxAge != 60*24*3600 {
		t.Errorf("the cookie is %v", c)
	}
	me := w.json(w.do("GET", "/v1/me", c.Value, nil), 200)
	if got := fmt.Sprint(me); got != "map[empty:true projects:[map[name:bank] map[name:shop]] user:map[name:ada role:admin] version:0.1.0 zone:UTC]" {
		t.Errorf("me is %s", got)
	}
	w.fill("shop", 1, nil)
	me = w.json(w.do("GET", "/v1/me", w.member, nil), 200)
	if got := fmt.Sprint(me); got != "map[empty:false projects:[map[name:shop]] user:map[name:grace role:reader] version:0.1.0 zone:UTC]" {
		t.Errorf("a member's me is %s", got)
	}
	r = w.do("POST", "/v1/logout", c.Value, nil)
	if r.StatusCode != 204 || w.cookieOf(r).MaxAge >= 0 || w.cookieOf(r).Value != "" {
		t.Errorf("logging out: %d, %v", r.StatusCode, r.Cookies())
	}
	o := w.json(w.do("GET", "/v1/me", c.Value, nil), 401)
	if _, hint := o["setup"]; hint {
		t.Errorf("a server with an admin asks for set-up: %v", o)
	}
	if r := w.do("POST", "/v1/logout", "", nil); r.StatusCode != 204 {
		t.Errorf("logging out twice: %d", r.StatusCode)
	}
}

func TestTheCookieIsSecureUnderTLS(t *testing.T) {
	w := inhabited(t, func(c *Config) { c.TLS = true })
	r := w.do("POST", "/v1/login", "", object{"name": "ada", "password": password})
	var c *http.Cookie
	for _, c = range r.Cookies() {
	}
	if c == nil || !c.Secure || c.Name != "__Host-clewline_session" || c.Path != "/" || c.Domain != "" || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode {
		t.Fatalf("the cookie is %v", c)
	}
	// A cookie that a page without TLS could have set opens nothing.
	for name, want := range map[string]int{"__Host-clewline_session": 200, cookieName: 401} {
		req := w.request("GET", "/v1/me", "", nil)
		req.AddCookie(&http.Cookie{Name: name, Value: c.Value})
		res, err := http.DefaultClient.Do(req)
		w.must(err)
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("with the cookie %s: %d, want %d", name, res.StatusCode, want)
		}
	}
}

func TestASessionEndsByItself(t *testing.T) {
	w := inhabited(t, nil)
	w.clock.advance(catalog.SessionIdle)
	w.fails(w.do("GET", "/v1/me", w.admin, nil), 401, "unauthorized")
}

func TestWhoGuessesPasswordsIsSlowedDown(t *testing.T) {
	w := inhabited(t, nil)
	try := func(name, password string) reply {
		return w.do("POST", "/v1/login", "", object{"name": name, "password": password})
	}
	for _, want := range []string{
		"That did not match. Four more tries, then a pause of one minute.",
		"That did not match. Three more tries, then a pause of one minute.",
		"That did not match. Two more tries, then a pause of one minute.",
		"That did not match. One more try, then a pause of one minute.",
		"That did not match. Now a pause of one minute.",
	} {
		if e := w.fails(try("ada", "wrong"), 401, "unauthorized"); e["message"] != want {
			t.Errorf("got %q, want %q", e["message"], want)
		}
	}
	// The right password does not help during the pause, nor another spelling.
	for _, name := range []string{"ada", " ADA "} {
		r := try(name, password)
		e := w.fails(r, 429, "slow_down")
		if r.Header.Get("Retry-After") != "60" || !strings.Contains(e["message"].(string), "one minute") {
			t.Errorf("Retry-After %s, %v", r.Header.Get("Retry-After"), e)
		}
	}
	if r := try("grace", password); r.StatusCode != 200 {
		t.Errorf("somebody else gets %d", r.StatusCode)
	}
	// Each further failure doubles the pause, up to a quarter of an hour.
	for _, pause := range []time.Duration{1, 2, 4, 8, 15, 15} {
		w.clock.advance(pause*time.Minute - time.Second)
		w.fails(try("ada", "wrong"), 429, "slow_down")
		w.clock.advance(time.Second)
		w.fails(try("ada", "wrong"), 401, "unauthorized")
	}
	w.clock.advance(15 * time.Minute)
	if r := try("ada", password); r.StatusCode != 200 {
		t.Errorf("the right password after the pause: %d", r.StatusCode)
	}
	if e := w.fails(try("ada", "wrong"), 401, "unauthorized"); !strings.Contains(e["message"].(string), "Four more tries") {
		t.Errorf("a success does not forget the failures: %v", e)
	}
}

func TestANameThatNobodyHasIsAnsweredLikeAWrongPassword(t *testing.T) {
	w := inhabited(t, nil)
	known := w.do("POST", "/v1/login", "", object{"name": "ada", "password": "wrong"})
	unknown := w.do("POST", "/v1/login", "", object{"name": "nobody", "password": "wrong"})
	if known.body != unknown.body || known.StatusCode != 401 || unknown.StatusCode != 401 {
		t.Errorf("got %d %s and %d %s", known.StatusCode, known.body, unknown.StatusCode, unknown.body)
	}
}

func TestAHundredTriesAtOnceAreNoMoreThanFive(t *testing.T) {
	c := &clock{t: noon}
	th := newThrottle(c.now, freeTries)
	begun := 0
	for range 100 {
		if th.begin("ada") == nil {
			begun++
		}
	}
	if begun != freeTries {
		t.Errorf("%d run at once", begun)
	}
	for range begun {
		th.failed("ada")
	}
	if err := th.begin("ada"); err == nil {
		t.Error("and then one more")
	}
	c.advance(firstPause)
	if err := th.begin("ada"); err != nil {
		t.Errorf("after the pause: %v", err)
	}
	if err := th.begin("ada"); err == nil {
		t.Error("after the pause there are two at once")
	}
	th.undecided("ada")
	if err := th.begin("ada"); err != nil {
		t.Errorf("a try that came to no answer counts: %v", err)
	}
}

func TestFailuresAreForgottenAfterAnHour(t *testing.T) {
	c := &clock{t: noon}
	th := newThrottle(c.now, freeTries)
	for range freeTries - 1 {
		if err := th.begin("ada"); err != nil {
			t.Fatal(err)
		}
		th.failed("ada")
	}
	c.advance(forgetAfter)
	if err := th.begin("ada"); err != nil {
		t.Fatal(err)
	}
	if err, _ := th.failed("ada"); !strings.Contains(err.Error(), "Four more") {
		t.Errorf("got %v", err)
	}
}

func TestTheTableOfThoseWhoFailedIsBoundedAndKeepsThePauses(t *testing.T) {
	c := &clock{t: noon}
	th := newThrottle(c.now, freeTries)
	for range freeTries {
		th.begin("ada")
		th.failed("ada")
	}
	for i := range maxAttempters + 1000 {
		who := fmt.Sprint(i)
		if err := th.begin(who); err != nil {
			t.Fatal(err)
		}
		th.failed(who)
	}
	if len(th.table) > maxAttempters {
		t.Errorf("%d entries", len(th.table))
	}
	if th.begin("ada") == nil {
		t.Error("the pause was washed out by other names")
	}
}

func TestSetUpMakesTheFirstAdminAndLogsThemIn(t *testing.T) {
	w := newWorld(t, nil)
	o := w.json(w.do("GET", "/v1/me", "", nil), 401)
	if o["setup"] != true {
		t.Errorf("me on a new server: %v", o)
	}
	link, err := SetupLink(t.Context(), w.catalog, "http://logs.example.com:8080/")
	w.must(err)
	token, ok := strings.CutPrefix(link, "http://logs.example.com:8080/setup?token=")
	if !ok {
		t.Fatalf("the link is %s", link)
	}
	o = w.json(w.do("GET", "/v1/setup?token="+token, "", nil), 200)
	if o["ok"] != true || o["host"] == "" || o["dataDir"] != "data" || o["version"] != "0.1.0" || o["expires"] != "2026-11-20T12:30:00Z" {
		t.Errorf("got %v", o)
	}
	for _, c := range []struct{ name, password, project, field string }{
		{"", password, "shop", "name"}, {"ada", "short", "shop", "password"}, {"ada", password, "", "project"}, {"ada", password, "My shop", "project"},
	} {
		r := w.do("POST", "/v1/setup", "", object{"token": token, "name": c.name, "password": c.password, "project": c.project})
		if e := w.fails(r, 400, "bad_request"); e["field"] != c.field {
			t.Errorf("%+v: the field is %v", c, e["field"])
		}
	}
	form := object{"token": token, "name": "ada", "password": password, "project": "shop"}
	r := w.do("POST", "/v1/setup", "", form)
	if got := fmt.Sprint(w.json(r, 200)); got != "map[user:map[name:ada role:admin]]" {
		t.Errorf("got %s", got)
	}
	me := w.json(w.do("GET", "/v1/me", w.cookieOf(r).Value, nil), 200)
	if got := fmt.Sprint(me["projects"]); got != "[map[name:shop]]" {
		t.Errorf("the projects are %s", got)
	}
	// Once.
	for _, r := range []reply{w.do("POST", "/v1/setup", "", form), w.do("GET", "/v1/setup?token="+token, "", nil)} {
		if e := w.fails(r, 410, "gone"); !strings.Contains(e["message"].(string), "2026-11-20 12:00:00 UTC") {
			t.Errorf("a used link: %v", e)
		}
	}
	if link, err := SetupLink(t.Context(), w.catalog, "http://x"); link != "" || err != nil {
		t.Errorf("another link: %q, %v", link, err)
	}
	if _, hint := w.json(w.do("GET", "/v1/me", "", nil), 401)["setup"]; hint {
		t.Error("me still asks for set-up")
	}
}

func TestAnExpiredOrInventedSetUpLinkSaysHowToGetAnother(t *testing.T) {
	w := newWorld(t, nil)
	link, err := SetupLink(t.Context(), w.catalog, "http://x")
	w.must(err)
	w.clock.advance(catalog.SetupFor)
	token := strings.TrimPrefix(link, "http://x/setup?token=")
	for _, token := range []string{token, "invented", ""} {
		e := w.fails(w.do("GET", "/v1/setup?token="+token, "", nil), 410, "gone")
		if !strings.Contains(e["message"].(string), "new one") {
			t.Errorf("got %v", e)
		}
		w.fails(w.do("POST", "/v1/setup", "", object{"token": token, "name": "ada", "password": password, "project": "shop"}), 410, "gone")
	}
	if has, err := w.catalog.HasAdmin(t.Context()); has || err != nil {
		t.Errorf("there is an admin: %v, %v", has, err)
	}
}

func TestAPauseIsSpokenAsAPersonWould(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "a second", time.Second: "a second", 1500 * time.Millisecond: "2 seconds", 59 * time.Second: "59 seconds", time.Minute: "one minute",
		61 * time.Second: "2 minutes", 2 * time.Minute: "2 minutes", 15 * time.Minute: "15 minutes", 14*time.Minute + time.Second: "15 minutes",
	} {
		if got := spoken(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}

func TestAnApiNeedsItsParts(t *testing.T) {
	if _, err := New(Config{}); err == nil {
		t.Error("an API of nothing was made")
	}
	var e *requestError
	if err := paused(time.Minute); !errors.As(err, &e) || e.retry != time.Minute {
		t.Errorf("got %v", err)
	}
}
