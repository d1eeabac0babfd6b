package catalog

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that stands until it is moved.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func newClock() *clock {
	return &clock{t: time.Date(2026, 11, 20, 14, 32, 7, 688e6, time.UTC)}
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

func open(t *testing.T, path string, c *clock) *Catalog {
	t.Helper()
	cat, err := Open(t.Context(), path, Options{Clock: c.now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cat.Close(); err != nil {
			t.Error(err)
		}
	})
	return cat
}

func fresh(t *testing.T) (*Catalog, *clock) {
	c := newClock()
	return open(t, filepath.Join(t.TempDir(), "catalog.db"), c), c
}

// invalid asserts that err is an *InvalidError about that field.
func invalid(t *testing.T, err error, field string) {
	t.Helper()
	if e, ok := errors.AsType[*InvalidError](err); !ok || e.Field != field {
		t.Errorf("got %v, want an InvalidError about %s", err, field)
	}
}

func TestAnOddFolderNameIsTakenLiterally(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a ?#%41;&=b 日志")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	open(t, filepath.Join(dir, "catalog.db"), newClock())
	entries, err := os.ReadDir(filepath.Dir(dir))
	if err != nil || len(entries) != 1 {
		t.Fatalf("the folder's parent has %v, %v; want the folder alone", entries, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "catalog.db")); err != nil {
		t.Error(err)
	}
}

func TestOnlyTheOwnerMayReadTheFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	cat := open(t, path, newClock())
	if err := cat.EnsureProject(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		st, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if mode := st.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has mode %o, want 600", filepath.Base(name), mode)
		}
	}
}

func TestCommitsAreSyncedToDisk(t *testing.T) {
	cat, _ := fresh(t)
	for range 12 { // more than the pool keeps
		conn, err := cat.db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000"} {
			var got string
			if err := conn.QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
				t.Fatalf("%s is %q, %v; want %q", pragma, got, err, want)
			}
		}
		if err := conn.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestManyProcessesMayOpenANewCatalogAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := newClock()
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			cat, err := Open(t.Context(), path, Options{Clock: c.now})
			if err != nil {
				errs[i] = err
				return
			}
			err = cat.EnsureProject(t.Context(), "shop")
			errs[i] = errors.Join(err, cat.Close())
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
	projects, err := open(t, path, c).Projects(t.Context())
	if err != nil || len(projects) != 1 {
		t.Errorf("got %v, %v; want one project", projects, err)
	}
}

func TestACatalogOfANewerVersionIsRefusedAndLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := newClock()
	cat := open(t, path, c)
	if _, err := cat.db.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (999, 1)`); err != nil {
		t.Fatal(err)
	}
	_, err := Open(t.Context(), path, Options{Clock: c.now})
	if err == nil || !strings.Contains(err.Error(), "newer Clewline") {
		t.Errorf("got %v, want an error that says so", err)
	}
}

func TestAFileThatIsNoCatalogIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("no database here\n", 400)), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(t.Context(), path, Options{}); err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("got %v, want an error that names the file", err)
	}
}

func TestASecretIsMadeOnceAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	a, b := open(t, path, newClock()), open(t, path, newClock())
	first, err := a.Secret(t.Context(), "cursor")
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.Secret(t.Context(), "cursor")
	if err != nil {
		t.Fatal(err)
	}
	other, err := b.Secret(t.Context(), "other")
	if err != nil {
		t.Fatal(err)
	}
	if len(first) != 32 || string(first) != string(again) || string(first) == string(other) {
		t.Errorf("got %x, %x and %x; want two equal ones and another, of 32 bytes", first, again, other)
	}
}

func TestProjectNamesAreChecked(t *testing.T) {
	for name, ok := range map[string]bool{
		"a": true, "shop": true, "9-lives": true, strings.Repeat("a", 63): true,
		"": false, "-a": false, "Shop": false, "a_b": false, "a.b": false, "a b": false, "店": false,
		strings.Repeat("a", 64): false, "a/b": false, "a\x00": false,
	} {
		err := CheckProjectName(name)
		if ok != (err == nil) {
			t.Errorf("%q: %v", name, err)
		}
		if !ok {
			invalid(t, err, "name")
		}
	}
}

func TestAProjectIsCreatedOnce(t *testing.T) {
	cat, _ := fresh(t)
	ctx := t.Context()
	if _, err := cat.CreateProject(ctx, "shop"); err != nil {
		t.Fatal(err)
	}
	if _, err := cat.CreateProject(ctx, "shop"); !errors.Is(err, ErrExists) {
		t.Errorf("got %v, want ErrExists", err)
	}
	if err := cat.EnsureProject(ctx, "shop"); err != nil {
		t.Error(err)
	}
	projects, err := cat.Projects(ctx)
	if err != nil || len(projects) != 1 || projects[0].Name != "shop" {
		t.Errorf("got %v, %v", projects, err)
	}
}

func TestEveryChangeIsInTheAuditTrailAndNoSecretIs(t *testing.T) {
	cat, _ := fresh(t)
	ctx := As(t.Context(), "user:ada")
	must(t, cat.EnsureProject(ctx, "shop"))
	must(t, cat.EnsureProject(ctx, "shop")) // changes nothing, so no entry
	key, secret, err := cat.CreateKey(ctx, "shop", BrowserKey, "till", []string{"https://shop.example.com"})
	must(t, err)
	_, err = cat.ChangeKey(ctx, key.ID, func(s *KeySpec) { s.Origins = []string{"*"} })
	must(t, err)
	must(t, cat.RevokeKey(ctx, key.ID))
	must(t, cat.RevokeKey(ctx, key.ID))
	_, err = cat.CreateUser(t.Context(), "grace", "a long password", Reader, "shop")
	must(t, err)

	entries, err := cat.Audit(ctx, 100)
	must(t, err)
	var got []string
	for _, e := range entries {
		got = append(got, e.Actor+" "+e.Action)
		if strings.Contains(e.Detail+e.Subject, secret) || strings.Contains(e.Detail, "long password") {
			t.Errorf("an entry holds a secret: %+v", e)
		}
	}
	want := "local user.create|user:ada key.revoke|user:ada key.change|user:ada key.create|user:ada project.create"
	if strings.Join(got, "|") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, "|"), want)
	}
}

func TestTheFileHoldsNoSecret(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	cat, err := Open(t.Context(), path, Options{})
	must(t, err)
	ctx := context.Background()
	must(t, cat.EnsureProject(ctx, "shop"))
	_, key, err := cat.CreateKey(ctx, "shop", ServerKey, "", nil)
	must(t, err)
	link, _, err := cat.CreateSetupLink(ctx)
	must(t, err)
	user, err := cat.CompleteSetup(ctx, link, "ada", "difference engine", "shop")
	must(t, err)
	session, _, err := cat.StartSession(ctx, user)
	must(t, err)
	must(t, cat.Close())
	all, err := os.ReadFile(path)
	must(t, err)
	for what, secret := range map[string]string{"key": key, "set-up token": link, "session": session, "password": "difference engine"} {
		if strings.Contains(string(all), secret) || strings.Contains(string(all), strings.TrimPrefix(secret, "sk_")) {
			t.Errorf("the %s stands in the file", what)
		}
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
