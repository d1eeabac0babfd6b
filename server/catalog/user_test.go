package catalog

import (
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

const password = "difference engine"

func TestAUserIsFoundByNameAndPassword(t *testing.T) {
	cat, _ := withProject(t)
	ada, err := cat.CreateUser(t.Context(), " Ada ", password, Admin)
	must(t, err)
	for _, c := range []struct {
		name, password string
		ok             bool
	}{
		{"Ada", password, true}, {"ada", password, true}, {" ada ", password, true},
		{"ada", "Difference engine", false}, {"ada", password + " ", false}, {"ada", "", false},
		{"grace", password, false}, {"", password, false}, {"ada", strings.Repeat("x", 1<<20), false},
	} {
		u, err := cat.Authenticate(t.Context(), c.name, c.password)
		if c.ok && (err != nil || u != ada) {
			t.Errorf("%q: got %+v, %v; want %+v", c.name, u, err, ada)
		}
		if !c.ok && !errors.Is(err, ErrWrongPassword) {
			t.Errorf("%q with a wrong password: %v", c.name, err)
		}
	}
}

func TestAUserIsRefusedWithTheFieldAtFault(t *testing.T) {
	cat, _ := withProject(t)
	for _, c := range []struct{ name, password, role, field string }{
		{"", password, "admin", "name"},
		{"  ", password, "admin", "name"},
		{"a\x00", password, "admin", "name"},
		{strings.Repeat("n", 65), password, "admin", "name"},
		{"ada", "short", "admin", "password"},
		{"ada", strings.Repeat("p", 1001), "admin", "password"},
		{"ada lovelace", "Ada Lovelace", "admin", "password"},
		{"ada", password, "king", "role"},
	} {
		_, err := cat.CreateUser(t.Context(), c.name, c.password, Role(c.role))
		invalid(t, err, c.field)
	}
	_, err := cat.CreateUser(t.Context(), "ada", password, Admin)
	must(t, err)
	if _, err := cat.CreateUser(t.Context(), "ADA", password, Reader); !errors.Is(err, ErrExists) {
		t.Errorf("a second ada: %v", err)
	}
	if _, err := cat.CreateUser(t.Context(), "grace", password, Reader, "elsewhere"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a member of no project: %v", err)
	}
	if _, err := cat.Authenticate(t.Context(), "grace", password); !errors.Is(err, ErrWrongPassword) {
		t.Errorf("half of a user was kept: %v", err)
	}
}

func TestAMemberSeesTheirProjectsAndAnAdminAll(t *testing.T) {
	cat, _ := withProject(t)
	must(t, cat.EnsureProject(t.Context(), "bank"))
	must(t, cat.EnsureProject(t.Context(), "zoo"))
	ada, err := cat.CreateUser(t.Context(), "ada", password, Admin)
	must(t, err)
	grace, err := cat.CreateUser(t.Context(), "grace", password, Reader, "zoo", "shop", "zoo")
	must(t, err)
	for user, want := range map[User]string{ada: "bank shop zoo", grace: "shop zoo"} {
		projects, err := cat.ProjectsOf(t.Context(), user)
		must(t, err)
		var names []string
		for _, p := range projects {
			names = append(names, p.Name)
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%s sees %s, want %s", user.Name, got, want)
		}
	}
}

func TestASessionLastsFourteenDaysFromItsLastUseAndSixtyInAll(t *testing.T) {
	cat, c := withProject(t)
	ada, err := cat.CreateUser(t.Context(), "ada", password, Admin)
	must(t, err)
	used, s, err := cat.StartSession(t.Context(), ada)
	must(t, err)
	idle, _, err := cat.StartSession(t.Context(), ada)
	must(t, err)
	if got := s.Expires.Sub(s.Created); got != SessionIdle {
		t.Errorf("a new session lasts %v", got)
	}
	began := c.now()
	for c.advance(13 * 24 * time.Hour); c.now().Sub(began) < SessionMost; c.advance(13 * 24 * time.Hour) {
		got, err := cat.Session(t.Context(), used)
		if err != nil || got.User != ada {
			t.Fatalf("after %v: %+v, %v", c.now().Sub(began), got, err)
		}
	}
	c.advance(began.Add(SessionMost - time.Millisecond).Sub(c.now()))
	if _, err := cat.Session(t.Context(), used); err != nil {
		t.Errorf("just before 60 days: %v", err)
	}
	c.advance(time.Millisecond)
	for name, token := range map[string]string{"used": used, "idle": idle, "none": "nonsense", "empty": ""} {
		if _, err := cat.Session(t.Context(), token); !errors.Is(err, ErrNoSession) {
			t.Errorf("the %s session after 60 days: %v", name, err)
		}
	}
}

func TestAnIdleSessionEndsAfterFourteenDays(t *testing.T) {
	cat, c := withProject(t)
	ada, err := cat.CreateUser(t.Context(), "ada", password, Admin)
	must(t, err)
	token, _, err := cat.StartSession(t.Context(), ada)
	must(t, err)
	c.advance(SessionIdle)
	if _, err := cat.Session(t.Context(), token); !errors.Is(err, ErrNoSession) {
		t.Errorf("got %v", err)
	}
}

func TestLoggingOutEndsOneSession(t *testing.T) {
	cat, _ := withProject(t)
	ada, err := cat.CreateUser(t.Context(), "ada", password, Admin)
	must(t, err)
	one, _, err := cat.StartSession(t.Context(), ada)
	must(t, err)
	two, _, err := cat.StartSession(t.Context(), ada)
	must(t, err)
	must(t, cat.EndSession(t.Context(), one))
	must(t, cat.EndSession(t.Context(), one))
	if _, err := cat.Session(t.Context(), one); !errors.Is(err, ErrNoSession) {
		t.Errorf("the ended session: %v", err)
	}
	if _, err := cat.Session(t.Context(), two); err != nil {
		t.Errorf("the other session: %v", err)
	}
}

func TestAUsersOldestSessionEndsForTheFiftyFirst(t *testing.T) {
	cat, c := withProject(t)
	ada, err := cat.CreateUser(t.Context(), "ada", password, Admin)
	must(t, err)
	var tokens []string
	for range maxSessions + 1 {
		token, _, err := cat.StartSession(t.Context(), ada)
		must(t, err)
		tokens = append(tokens, token)
		c.advance(time.Second)
	}
	if _, err := cat.Session(t.Context(), tokens[0]); !errors.Is(err, ErrNoSession) {
		t.Errorf("the oldest session: %v", err)
	}
	for _, token := range tokens[1:] {
		if _, err := cat.Session(t.Context(), token); err != nil {
			t.Fatal(err)
		}
	}
}

func TestASetupLinkMakesTheFirstAdminOnce(t *testing.T) {
	cat, c := fresh(t)
	token, expires, err := cat.CreateSetupLink(t.Context())
	must(t, err)
	other, _, err := cat.CreateSetupLink(t.Context())
	must(t, err)
	if got, err := cat.CheckSetupLink(t.Context(), token); err != nil || !got.Equal(expires) || expires.Sub(c.now()) != SetupFor {
		t.Errorf("the link works until %v, %v; want %v", got, err, expires)
	}
	if has, err := cat.HasAdmin(t.Context()); has || err != nil {
		t.Errorf("an admin before set-up: %v, %v", has, err)
	}
	for _, bad := range []struct{ name, password, project, field string }{
		{"", password, "shop", "name"}, {"ada", "short", "shop", "password"}, {"ada", password, "My Shop", "project"},
	} {
		_, err := cat.CompleteSetup(t.Context(), token, bad.name, bad.password, bad.project)
		invalid(t, err, bad.field)
	}
	ada, err := cat.CompleteSetup(t.Context(), token, "ada", password, "shop")
	must(t, err)
	if projects, err := cat.ProjectsOf(t.Context(), ada); err != nil || len(projects) != 1 || ada.Role != Admin {
		t.Errorf("got %+v with %v, %v", ada, projects, err)
	}
	if has, err := cat.HasAdmin(t.Context()); !has || err != nil {
		t.Errorf("an admin after set-up: %v, %v", has, err)
	}
	used := c.now()
	c.advance(time.Hour)
	for name, token := range map[string]string{"same": token, "other": other} {
		_, err := cat.CompleteSetup(t.Context(), token, "eve", password, "shop")
		e, ok := errors.AsType[*SetupLinkError](err)
		if !ok || !e.Used.Equal(used) {
			t.Errorf("the %s link a second time: %v", name, err)
		}
	}
	if _, _, err := cat.CreateSetupLink(t.Context()); !errors.Is(err, ErrExists) {
		t.Errorf("a link with an admin there: %v", err)
	}
}

func TestASetupLinkExpiresAndANewOneWorks(t *testing.T) {
	cat, c := fresh(t)
	token, expires, err := cat.CreateSetupLink(t.Context())
	must(t, err)
	c.advance(SetupFor)
	_, err = cat.CompleteSetup(t.Context(), token, "ada", password, "shop")
	e, ok := errors.AsType[*SetupLinkError](err)
	if !ok || !e.Expired.Equal(expires) || !strings.Contains(err.Error(), "prints a new one") {
		t.Errorf("got %v", err)
	}
	token, _, err = cat.CreateSetupLink(t.Context())
	must(t, err)
	if _, err := cat.CompleteSetup(t.Context(), token, "ada", password, "shop"); err != nil {
		t.Error(err)
	}
	_, err = cat.CheckSetupLink(t.Context(), "nonsense")
	if e, ok := errors.AsType[*SetupLinkError](err); !ok || !e.Used.IsZero() || !e.Expired.IsZero() {
		t.Errorf("a link that never was: %v", err)
	}
}

func TestOfManyWhoUseASetupLinkAtOnceOneBecomesAdmin(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := newClock()
	a, b := open(t, path, c), open(t, path, c)
	token, _, err := a.CreateSetupLink(t.Context())
	must(t, err)
	var wg sync.WaitGroup
	errs := make([]error, 6)
	for i := range errs {
		wg.Go(func() {
			cat := []*Catalog{a, b}[i%2]
			_, errs[i] = cat.CompleteSetup(t.Context(), token, string(rune('a'+i))+"da", password, "shop")
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if _, ok := errors.AsType[*SetupLinkError](err); !ok {
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d became admin, want one", won)
	}
}
