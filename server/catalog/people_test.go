package catalog

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pressly/goose/v3"
)

func TestSomebodyInvitedChoosesAPasswordOnce(t *testing.T) {
	cat, c := withProject(t)
	p, token, err := cat.Invite(t.Context(), " Grace ", Editor, "", []string{"shop"})
	must(t, err)
	if p.Name != "Grace" || !p.Waiting || p.LinkUntil.Sub(c.now().Truncate(time.Millisecond)) != LinkFor || strings.Join(p.Projects, " ") != "shop" {
		t.Errorf("got %+v", p)
	}
	for _, guess := range []string{"", " ", "grace"} {
		if _, err := cat.Authenticate(t.Context(), "grace", guess); !errors.Is(err, ErrWrongPassword) {
			t.Errorf("somebody without a password logged in with %q: %v", guess, err)
		}
	}
	l, err := cat.CheckLink(t.Context(), token)
	if err != nil || !l.Invite || l.User.Name != "Grace" {
		t.Errorf("got %+v, %v", l, err)
	}
	for _, bad := range []string{"short", "grace"} {
		_, err := cat.UseLink(t.Context(), token, bad)
		invalid(t, err, "password")
	}
	if u, err := cat.UseLink(t.Context(), token, password); err != nil || u.ID != p.ID {
		t.Fatalf("got %+v, %v", u, err)
	}
	if _, err := cat.Authenticate(t.Context(), "grace", password); err != nil {
		t.Error(err)
	}
	if _, err := cat.UseLink(t.Context(), token, password); !errors.Is(err, ErrNoLink) {
		t.Errorf("a used link: %v", err)
	}
	if _, err := cat.CheckLink(t.Context(), "invented"); !errors.Is(err, ErrNoLink) {
		t.Errorf("an invented link: %v", err)
	}
}

func TestALinkEndsByTimeAndByANewerOne(t *testing.T) {
	cat, c := withProject(t)
	p, first, err := cat.Invite(t.Context(), "grace", Reader, "", nil)
	must(t, err)
	_, second, err := cat.CreateLink(t.Context(), p.ID)
	must(t, err)
	if _, err := cat.CheckLink(t.Context(), first); !errors.Is(err, ErrNoLink) {
		t.Errorf("the older link: %v", err)
	}
	c.advance(LinkFor)
	if _, err := cat.UseLink(t.Context(), second, password); !errors.Is(err, ErrNoLink) {
		t.Errorf("an expired link: %v", err)
	}
	if _, _, err := cat.CreateLink(t.Context(), "u_nobody"); !errors.Is(err, ErrNotFound) {
		t.Errorf("a link for nobody: %v", err)
	}
}

func TestANewPasswordEndsTheOtherSessions(t *testing.T) {
	cat, _ := withProject(t)
	ada, err := cat.CreateUser(t.Context(), "ada", password, Admin)
	must(t, err)
	here, _, err := cat.StartSession(t.Context(), ada)
	must(t, err)
	there, _, err := cat.StartSession(t.Context(), ada)
	must(t, err)
	if err := cat.ChangePassword(t.Context(), ada, "wrong", "another password", here); !errors.Is(err, ErrWrongPassword) {
		t.Errorf("with a wrong old one: %v", err)
	}
	invalid(t, cat.ChangePassword(t.Context(), ada, password, "short", here), "password")
	must(t, cat.ChangePassword(t.Context(), ada, password, "another password", here))
	if _, err := cat.Session(t.Context(), here); err != nil {
		t.Errorf("the own session: %v", err)
	}
	if _, err := cat.Session(t.Context(), there); !errors.Is(err, ErrNoSession) {
		t.Errorf("the other session: %v", err)
	}
	if _, err := cat.Authenticate(t.Context(), "ada", "another password"); err != nil {
		t.Error(err)
	}
	_, token, err := cat.CreateLink(t.Context(), ada.ID)
	must(t, err)
	_, err = cat.UseLink(t.Context(), token, password)
	must(t, err)
	if _, err := cat.Session(t.Context(), here); !errors.Is(err, ErrNoSession) {
		t.Errorf("a session after a reset: %v", err)
	}
}

func TestTheLastAdminStays(t *testing.T) {
	cat, _ := withProject(t)
	ada, err := cat.CreateUser(t.Context(), "ada", password, Admin)
	must(t, err)
	grace, _, err := cat.Invite(t.Context(), "grace", Admin, "", nil) // has no password yet
	must(t, err)
	for what, err := range map[string]error{"removed": cat.RemovePerson(t.Context(), ada.ID), "demoted": demote(t, cat, ada.ID)} {
		if !errors.Is(err, ErrLastAdmin) {
			t.Errorf("the last admin was %s: %v", what, err)
		}
	}
	_, token, err := cat.CreateLink(t.Context(), grace.ID)
	must(t, err)
	_, err = cat.UseLink(t.Context(), token, password)
	must(t, err)
	must(t, demote(t, cat, ada.ID))
	must(t, cat.RemovePerson(t.Context(), ada.ID))
	if err := cat.RemovePerson(t.Context(), grace.ID); !errors.Is(err, ErrLastAdmin) {
		t.Errorf("then nobody is left: %v", err)
	}
	people, err := cat.People(t.Context())
	if err != nil || len(people) != 1 || people[0].Name != "grace" {
		t.Errorf("got %+v, %v", people, err)
	}
}

func demote(t *testing.T, cat *Catalog, id string) error {
	_, err := cat.ChangePerson(t.Context(), id, Reader, "", []string{"shop"})
	return err
}

func TestARoleHoldsFromTheNextRequestOn(t *testing.T) {
	cat, _ := withProject(t)
	must(t, cat.EnsureProject(t.Context(), "bank"))
	u, err := cat.CreateUser(t.Context(), "grace", password, Reader, "shop")
	must(t, err)
	token, _, err := cat.StartSession(t.Context(), u)
	must(t, err)
	_, err = cat.ChangePerson(t.Context(), u.ID, Support, "acct-7", []string{"bank", "bank"})
	must(t, err)
	s, err := cat.Session(t.Context(), token)
	must(t, err)
	projects, err := cat.ProjectsOf(t.Context(), s.User)
	if err != nil || s.User.Role != Support || s.User.Account != "acct-7" || len(projects) != 1 || projects[0].Name != "bank" {
		t.Errorf("got %+v, %+v, %v", s.User, projects, err)
	}
	for _, c := range []struct {
		role           Role
		account, field string
	}{{Support, "", "account"}, {Reader, "acct-7", "account"}, {"king", "", "role"}, {"member", "", "role"}} {
		_, err := cat.ChangePerson(t.Context(), u.ID, c.role, c.account, nil)
		invalid(t, err, c.field)
	}
	if _, err := cat.ChangePerson(t.Context(), u.ID, Reader, "", []string{"none"}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a project that is not there: %v", err)
	}
	if people, err := cat.People(t.Context()); err != nil || people[0].Role != Support {
		t.Errorf("a refused change has changed something: %+v, %v", people, err)
	}
}

func TestSessionsAreListedAndEndedByTheirId(t *testing.T) {
	cat, c := withProject(t)
	ada, err := cat.CreateUser(t.Context(), "ada", password, Admin)
	must(t, err)
	eve, err := cat.CreateUser(t.Context(), "eve", password, Reader)
	must(t, err)
	old, _, err := cat.StartSessionFrom(t.Context(), ada, "192.0.2.1", strings.Repeat("x", 1000))
	must(t, err)
	c.advance(time.Hour)
	_, s, err := cat.StartSessionFrom(t.Context(), ada, "192.0.2.2", "Firefox")
	must(t, err)
	list, err := cat.Sessions(t.Context(), ada.ID)
	must(t, err)
	if len(list) != 2 || list[0].ID != s.ID || list[0].Address != "192.0.2.2" || len(list[1].Agent) != maxAgent {
		t.Fatalf("got %+v", list)
	}
	if err := cat.EndSessionByID(t.Context(), eve.ID, list[1].ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("eve ended ada's session: %v", err)
	}
	must(t, cat.EndSessionByID(t.Context(), ada.ID, list[1].ID))
	if _, err := cat.Session(t.Context(), old); !errors.Is(err, ErrNoSession) {
		t.Errorf("got %v", err)
	}
	if n, err := cat.EndSessions(t.Context(), ada.ID); n != 1 || err != nil {
		t.Errorf("ended %d, %v", n, err)
	}
}

func TestAKeyAndItsSuccessorBothWorkUntilTheOldOneEnds(t *testing.T) {
	cat, c := withProject(t)
	old, oldSecret, err := cat.MakeKey(t.Context(), "shop", BrowserKey, KeySpec{Name: "till", Origins: []string{"null"}, Quota: Quota{100, 1e9}})
	must(t, err)
	ends := c.now().Add(24 * time.Hour)
	next, nextSecret, err := cat.RotateKey(t.Context(), old.ID, ends)
	must(t, err)
	if next.Replaces != old.ID || next.Name != "till" || next.Quota != old.Quota || next.Origins[0] != "null" || nextSecret == oldSecret {
		t.Errorf("got %+v", next)
	}
	if _, _, err := cat.RotateKey(t.Context(), old.ID, time.Time{}); !errors.Is(err, ErrExists) {
		t.Errorf("a second successor: %v", err)
	}
	for _, secret := range []string{oldSecret, nextSecret} {
		if _, err := cat.LookupKey(t.Context(), secret); err != nil {
			t.Errorf("while both should work: %v", err)
		}
	}
	c.advance(24 * time.Hour)
	if k, err := cat.LookupKey(t.Context(), oldSecret); !errors.Is(err, ErrEndedKey) || k.ID != old.ID {
		t.Errorf("the old one after its end: %+v, %v", k, err)
	}
	if _, err := cat.LookupKey(t.Context(), nextSecret); err != nil {
		t.Errorf("the successor: %v", err)
	}
	if _, _, err := cat.RotateKey(t.Context(), old.ID, time.Time{}); !errors.Is(err, ErrRevokedKey) {
		t.Errorf("a successor of an ended key: %v", err)
	}
	_, _, err = cat.RotateKey(t.Context(), next.ID, c.now())
	invalid(t, err, "ends")
}

func TestAKeysNameEndAndQuotaCanBeChanged(t *testing.T) {
	cat, c := withProject(t)
	k, secret, err := cat.CreateKey(t.Context(), "shop", ServerKey, "a", nil)
	must(t, err)
	ends := c.now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	k, err = cat.ChangeKey(t.Context(), k.ID, func(s *KeySpec) { s.Name, s.Ends, s.Quota = "b", ends, Quota{7, 8} })
	must(t, err)
	got, err := cat.LookupKey(t.Context(), secret)
	if err != nil || got.Name != "b" || !got.Ends.Equal(ends) || got.Quota != (Quota{7, 8}) || !k.Ends.Equal(ends) {
		t.Errorf("got %+v, %v", got, err)
	}
	k, err = cat.ChangeKey(t.Context(), k.ID, func(s *KeySpec) { s.Ends = time.Time{} })
	if err != nil || !k.Ends.IsZero() {
		t.Errorf("an end that was taken back: %+v, %v", k, err)
	}
	for field, change := range map[string]func(*KeySpec){
		"ends":            func(s *KeySpec) { s.Ends = c.now() },
		"eventsPerSecond": func(s *KeySpec) { s.Quota.BytesPerDay = -1 },
		"origins":         func(s *KeySpec) { s.Origins = []string{"*"} },
		"name":            func(s *KeySpec) { s.Name = "\x01" },
	} {
		_, err := cat.ChangeKey(t.Context(), k.ID, change)
		invalid(t, err, field)
	}
	read, _, err := cat.CreateKey(t.Context(), "shop", ReadKey, "", nil)
	must(t, err)
	_, err = cat.ChangeKey(t.Context(), read.ID, func(s *KeySpec) { s.Quota.EventsPerSecond = 1 })
	invalid(t, err, "eventsPerSecond")
}

func TestADeletedProjectIsNobodysAndItsNameIsFreeOnceItIsErased(t *testing.T) {
	cat, _ := withProject(t)
	ctx := t.Context()
	_, secret, err := cat.CreateKey(ctx, "shop", ServerKey, "", nil)
	must(t, err)
	grace, err := cat.CreateUser(ctx, "grace", password, Reader, "shop")
	must(t, err)
	first, err := cat.DeleteProject(ctx, "shop")
	must(t, err)
	if again, err := cat.DeleteProject(ctx, "shop"); err != nil || !again.Equal(first) {
		t.Errorf("deleting it again: %v, %v", again, err)
	}
	if _, err := cat.LookupKey(ctx, secret); !errors.Is(err, ErrRevokedKey) {
		t.Errorf("its key: %v", err)
	}
	if projects, err := cat.ProjectsOf(ctx, grace); len(projects) != 0 || err != nil {
		t.Errorf("its reader sees %v, %v", projects, err)
	}
	if projects, err := cat.Projects(ctx); len(projects) != 0 || err != nil {
		t.Errorf("an admin sees %v, %v", projects, err)
	}
	if _, _, err := cat.CreateKey(ctx, "shop", ServerKey, "", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("a key of it: %v", err)
	}
	_, err = cat.CreateProject(ctx, "shop")
	invalid(t, err, "name")
	if left, err := cat.Unerased(ctx); err != nil || len(left) != 1 || left[0].Name != "shop" || !left[0].Created.Equal(first) {
		t.Errorf("got %+v, %v", left, err)
	}
	must(t, cat.ProjectErased(ctx, "shop"))
	if left, err := cat.Unerased(ctx); err != nil || len(left) != 0 {
		t.Errorf("got %+v, %v", left, err)
	}
	if _, err := cat.DeleteProject(ctx, "shop"); !errors.Is(err, ErrNotFound) {
		t.Errorf("deleting what is gone: %v", err)
	}
	_, err = cat.CreateProject(ctx, "shop")
	must(t, err)
	if _, err := cat.LookupKey(ctx, secret); !errors.Is(err, ErrRevokedKey) {
		t.Errorf("the old key in the new project: %v", err)
	}
	if projects, err := cat.ProjectsOf(ctx, grace); len(projects) != 0 || err != nil {
		t.Errorf("the old reader sees the new project: %v, %v", projects, err)
	}
	if _, err := cat.DeleteProject(ctx, "none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestTheAuditTrailIsFilteredAndPaged(t *testing.T) {
	cat, c := withProject(t)
	began := c.now()
	for i, e := range []struct{ actor, action, project string }{
		{"user:ada", "key.create", "shop"}, {"user:ada", "key.revoke", "bank"}, {"user:eve", "keyring.x", "shop"}, {"user:eve", "key.create", "shop"},
	} {
		c.advance(time.Minute)
		must(t, cat.Record(As(t.Context(), e.actor), e.action, "s", e.project, strings.Repeat("d", i)))
	}
	for _, q := range []struct {
		filter AuditFilter
		want   int
	}{
		{AuditFilter{Actor: "user:ada"}, 2}, {AuditFilter{Action: "key"}, 3}, {AuditFilter{Action: "key.create"}, 2}, {AuditFilter{Project: "shop", Action: "key.create"}, 2},
		{AuditFilter{From: began.Add(2 * time.Minute)}, 3}, {AuditFilter{From: began.Add(2 * time.Minute), To: began.Add(3 * time.Minute)}, 1}, {AuditFilter{Actor: "user"}, 0},
		{AuditFilter{Actor: "' OR 1=1 --"}, 0}, {AuditFilter{Action: "%"}, 0},
	} {
		q.filter.Limit = 100
		got, err := cat.FilterAudit(t.Context(), q.filter)
		if err != nil || len(got) != q.want {
			t.Errorf("%+v gave %d entries, %v; want %d", q.filter, len(got), err, q.want)
		}
	}
	var ids []int64
	for before := int64(0); ; {
		page, err := cat.FilterAudit(t.Context(), AuditFilter{Before: before, Limit: 2})
		must(t, err)
		if len(page) == 0 {
			break
		}
		for _, e := range page {
			ids = append(ids, e.ID)
		}
		before = ids[len(ids)-1]
	}
	if len(ids) != 5 {
		t.Errorf("the pages hold %v", ids)
	}
}

func TestACatalogOfTheFirstVersionKeepsItsPeopleSessionsAndKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	db, err := sql.Open("sqlite", dsn(path))
	must(t, err)
	files, err := goose.NewProvider(goose.DialectSQLite3, db, os.DirFS("migrations"), goose.WithDisableGlobalRegistry(true))
	must(t, err)
	_, err = files.UpTo(t.Context(), 1)
	must(t, err)
	token := fingerprint("token")
	for _, statement := range []string{
		`INSERT INTO projects VALUES ('shop', 1)`,
		`INSERT INTO users VALUES ('u_1', 'ada', 'hash', 'admin', 1)`,
		`INSERT INTO users VALUES ('u_2', 'grace', 'hash', 'member', 1)`,
		`INSERT INTO members VALUES ('u_2', 'shop')`,
		`INSERT INTO keys (id, hash, project, type, name, prefix, origins, created) VALUES ('k_1', x'` + strings.Repeat("00", 32) + `', 'shop', 'read', '', 'rk_', '[]', 1)`,
	} {
		_, err := db.Exec(statement)
		must(t, err)
	}
	_, err = db.Exec(`INSERT INTO sessions VALUES (?, 'u_2', 1, ?)`, token[:], time.Now().Add(time.Hour).UnixMilli())
	must(t, err)
	must(t, db.Close())
	cat, err := Open(t.Context(), path, Options{})
	must(t, err)
	defer cat.Close()
	people, err := cat.People(t.Context())
	if err != nil || len(people) != 2 || people[0].Role != Admin || people[1].Role != Reader || people[1].Sessions != 1 || people[1].Projects[0] != "shop" {
		t.Errorf("got %+v, %v", people, err)
	}
	if keys, err := cat.Keys(t.Context(), "shop"); err != nil || len(keys) != 1 || !keys[0].Working(time.Now()) {
		t.Errorf("got %+v, %v", keys, err)
	}
}
