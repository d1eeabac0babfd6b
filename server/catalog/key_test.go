package catalog

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func withProject(t *testing.T) (*Catalog, *clock) {
	cat, c := fresh(t)
	must(t, cat.EnsureProject(t.Context(), "shop"))
	return cat, c
}

func create(t *testing.T, cat *Catalog, typ KeyType, origins ...string) (Key, string) {
	t.Helper()
	k, secret, err := cat.CreateKey(t.Context(), "shop", typ, "till", origins)
	must(t, err)
	return k, secret
}

func TestAKeySaysItsTypeAndIsLongAndRandom(t *testing.T) {
	cat, _ := withProject(t)
	for typ, prefix := range map[KeyType]string{BrowserKey: "pk_", ServerKey: "sk_", ReadKey: "rk_"} {
		k, secret := create(t, cat, typ)
		other, otherSecret := create(t, cat, typ)
		token, ok := strings.CutPrefix(secret, prefix)
		if !ok || len(token)*5 < 160 {
			t.Errorf("%s: the key %q has another prefix or fewer than 160 bits", typ, secret)
		}
		if secret == otherSecret || k.ID == other.ID {
			t.Errorf("%s: two keys are the same", typ)
		}
		if !strings.HasPrefix(k.Prefix, secret[:7]) || strings.Contains(k.Prefix, secret[7:]) || !strings.HasPrefix(k.ID, "k_") {
			t.Errorf("%s: got %+v", typ, k)
		}
		found, err := cat.LookupKey(t.Context(), secret)
		if err != nil || found.ID != k.ID || found.Type != typ || found.Project != "shop" || found.Name != "till" {
			t.Errorf("%s: looked up %+v, %v", typ, found, err)
		}
	}
}

func TestAKeyIsRefusedWithTheFieldAtFault(t *testing.T) {
	cat, _ := withProject(t)
	for _, c := range []struct {
		project string
		typ     KeyType
		name    string
		origins []string
		field   string
	}{
		{"shop", "root", "", nil, "type"},
		{"shop", ServerKey, strings.Repeat("n", 101), nil, "name"},
		{"shop", ServerKey, "a\nb", nil, "name"},
		{"shop", ServerKey, "", []string{"*"}, "origins"},
		{"shop", BrowserKey, "", []string{"shop.example.com"}, "origins"},
		{"shop", BrowserKey, "", make([]string, 51), "origins"},
	} {
		_, _, err := cat.CreateKey(t.Context(), c.project, c.typ, c.name, c.origins)
		invalid(t, err, c.field)
	}
	if _, _, err := cat.CreateKey(t.Context(), "elsewhere", ServerKey, "", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("a key for a project that does not exist: %v", err)
	}
}

func TestAnUnknownKeyIsUnknownWhateverItLooksLike(t *testing.T) {
	cat, _ := withProject(t)
	_, secret := create(t, cat, ServerKey)
	for _, s := range []string{"", "sk_", "nonsense", secret[:len(secret)-1], secret + "a", "pk_" + secret[3:], strings.ToUpper(secret), strings.Repeat("x", 1<<20)} {
		if _, err := cat.LookupKey(t.Context(), s); !errors.Is(err, ErrUnknownKey) {
			t.Errorf("%.50q: %v", s, err)
		}
	}
}

func TestARevokedKeyIsToldFromAnUnknownOneAtOnce(t *testing.T) {
	cat, c := withProject(t)
	k, secret := create(t, cat, ServerKey)
	if _, err := cat.LookupKey(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	c.advance(time.Second)
	must(t, cat.RevokeKey(t.Context(), k.ID))
	got, err := cat.LookupKey(t.Context(), secret)
	if !errors.Is(err, ErrRevokedKey) || got.ID != k.ID || !got.Revoked.Equal(c.now()) {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := cat.RevokeKey(t.Context(), "k_none"); !errors.Is(err, ErrNotFound) {
		t.Errorf("revoking no key: %v", err)
	}
}

// Two catalogs on one file stand for two processes: SQLite keeps their
// connections apart the same way.
func TestAKeyMadeByAnotherProcessIsKnownAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := newClock()
	server, cli := open(t, path, c), open(t, path, c)
	must(t, cli.EnsureProject(t.Context(), "shop"))
	if _, err := server.LookupKey(t.Context(), "sk_somebody tries"); !errors.Is(err, ErrUnknownKey) {
		t.Fatal(err)
	}
	c.advance(missPause + time.Millisecond)
	_, secret, err := cli.CreateKey(t.Context(), "shop", ServerKey, "", nil)
	must(t, err)
	if _, err := server.LookupKey(t.Context(), secret); err != nil {
		t.Error(err)
	}
}

func TestAKeyRevokedByAnotherProcessIsRefusedWithinASecond(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := newClock()
	server, cli := open(t, path, c), open(t, path, c)
	must(t, cli.EnsureProject(t.Context(), "shop"))
	k, secret, err := cli.CreateKey(t.Context(), "shop", BrowserKey, "", []string{"*"})
	must(t, err)
	c.advance(missPause + time.Millisecond)
	if _, err := server.LookupKey(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	_, err = cli.ChangeKey(t.Context(), k.ID, func(s *KeySpec) { s.Origins = []string{"null"} })
	must(t, err)
	c.advance(trustFor + time.Millisecond)
	if got, err := server.LookupKey(t.Context(), secret); err != nil || got.AllowsOrigin("https://a.example.com") {
		t.Errorf("new origins were not noticed: %+v, %v", got, err)
	}
	must(t, cli.RevokeKey(t.Context(), k.ID))
	c.advance(trustFor + time.Millisecond)
	if _, err := server.LookupKey(t.Context(), secret); !errors.Is(err, ErrRevokedKey) {
		t.Errorf("got %v, want ErrRevokedKey", err)
	}
}

func TestUnknownKeysMakeNoWorkForTheFile(t *testing.T) {
	cat, _ := withProject(t)
	_, secret := create(t, cat, ServerKey)
	if _, err := cat.LookupKey(t.Context(), "sk_warm"); !errors.Is(err, ErrUnknownKey) {
		t.Fatal(err)
	}
	// With the watching connection gone, every look at the file is an error.
	must(t, cat.keys.watch.Close())
	for i := range 100_000 {
		if _, err := cat.LookupKey(t.Context(), fmt.Sprint("sk_", i)); !errors.Is(err, ErrUnknownKey) {
			t.Fatalf("key %d made the file be read: %v", i, err)
		}
	}
	if _, err := cat.LookupKey(t.Context(), secret); err != nil {
		t.Error(err)
	}
	var err error
	cat.keys.watch, err = cat.db.Conn(t.Context())
	must(t, err)
}

func TestKnownKeysStayGoodWhileTheFileCannotBeRead(t *testing.T) {
	cat, c := withProject(t)
	_, secret := create(t, cat, ServerKey)
	must(t, cat.keys.watch.Close())
	c.advance(time.Hour)
	if _, err := cat.LookupKey(t.Context(), secret); err != nil {
		t.Errorf("a known key: %v", err)
	}
	if _, err := cat.LookupKey(t.Context(), "sk_new"); err == nil || errors.Is(err, ErrUnknownKey) {
		t.Errorf("an unknown key: %v; want the file's error, for the key may be good", err)
	}
	var err error
	cat.keys.watch, err = cat.db.Conn(t.Context())
	must(t, err)
}

func TestTheLastUseOfAKeyIsKeptCoarsely(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	c := newClock()
	first, err := Open(t.Context(), path, Options{Clock: c.now})
	must(t, err)
	must(t, first.EnsureProject(t.Context(), "shop"))
	k, secret := create(t, first, ServerKey)
	if !k.LastUse.IsZero() {
		t.Errorf("a new key was used at %v", k.LastUse)
	}
	began := c.now()
	for range 100 {
		_, err := first.LookupKey(t.Context(), secret)
		must(t, err)
		c.advance(time.Second)
	}
	if n := len(first.uses); n > 1 {
		t.Errorf("%d uses wait to be written, want one in ten minutes", n)
	}
	// The writer is asynchronous; this asks until it has written.
	for deadline := time.Now().Add(10 * time.Second); ; {
		got, err := first.Key(t.Context(), k.ID)
		must(t, err)
		if got.LastUse.Equal(began) {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the last use is %v, want %v", got.LastUse, began)
		}
	}
	must(t, first.Close())
}

func TestKeysMayBeLookedUpWhileOthersAreMadeAndRevoked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "catalog.db")
	server, err := Open(t.Context(), path, Options{})
	must(t, err)
	cli, err := Open(t.Context(), path, Options{})
	must(t, err)
	must(t, cli.EnsureProject(t.Context(), "shop"))
	_, good := create(t, cli, ServerKey)
	for deadline := time.Now().Add(10 * time.Second); ; {
		if _, err := server.LookupKey(t.Context(), good); err == nil {
			break
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 4 {
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if _, err := server.LookupKey(t.Context(), good); err != nil {
					t.Error(err)
					return
				}
				if _, err := server.LookupKey(t.Context(), "sk_bad"); !errors.Is(err, ErrUnknownKey) {
					t.Error(err)
					return
				}
			}
		})
	}
	for range 20 {
		k, _ := create(t, cli, ServerKey)
		must(t, server.RevokeKey(t.Context(), k.ID))
	}
	close(stop)
	wg.Wait()
	must(t, errors.Join(server.Close(), cli.Close()))
}

func TestAFullCatalogMakesRoomByForgettingLongRevokedKeys(t *testing.T) {
	cat, c := withProject(t)
	k, _ := create(t, cat, ServerKey)
	must(t, cat.RevokeKey(t.Context(), k.ID))
	_, err := cat.db.Exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
		INSERT INTO keys (id, hash, project, type, name, prefix, origins, created, last_use, revoked) SELECT 'k_' || i, randomblob(32), 'shop', 'server', '', '', '[]', 0, NULL, NULL FROM n`, MaxKeys-1)
	must(t, err)
	_, _, err = cat.CreateKey(t.Context(), "shop", ServerKey, "", nil)
	invalid(t, err, "key")
	c.advance(keepRevoked + time.Hour)
	if _, _, err := cat.CreateKey(t.Context(), "shop", ServerKey, "", nil); err != nil {
		t.Error(err)
	}
	if _, err := cat.Key(t.Context(), k.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("the revoked key is still there: %v", err)
	}
}

func TestOriginsAreMatchedExactlyAndByWildcard(t *testing.T) {
	for _, c := range []struct {
		origins, allows, refuses string // between spaces
	}{
		{"", "", "https://a.example.com null http://localhost:3000"},
		{"*", "https://a.example.com null http://localhost:3000 file:// chrome-extension://abc", ""},
		{"null", "null", "https://null nullx"},
		{"https://shop.example.com", "https://shop.example.com HTTPS://Shop.Example.COM",
			"http://shop.example.com https://shop.example.com:8443 https://shop.example.com.evil.com https://evil.com?https://shop.example.com https://ashop.example.com https://a.shop.example.com"},
		{"http://localhost:3000", "http://localhost:3000", "http://localhost http://localhost:3001 https://localhost:3000"},
		{"https://*.example.com", "https://a.example.com https://a.b.example.com",
			"https://example.com http://a.example.com https://a.example.com:8443 https://aexample.com https://evil.com/.example.com https://evil.com:.example.com https://u@.example.com https://.example.com"},
		{"https://*.example.com:8443", "https://a.example.com:8443", "https://a.example.com https://a.example.com:84433"},
		{"*.example.com", "https://a.example.com http://a.example.com http://a.b.example.com:8080", "https://example.com ftp://a.example.com https://a.example.com.evil.com null"},
		{"http://[::1]:3000", "http://[::1]:3000", "http://[::1]"},
		{"https://a.example.com https://b.example.com", "https://a.example.com https://b.example.com", "https://c.example.com"},
	} {
		origins, err := checkOrigins(strings.Fields(c.origins))
		must(t, err)
		k := Key{Type: BrowserKey, Origins: origins}
		for _, o := range strings.Fields(c.allows) {
			if !k.AllowsOrigin(o) {
				t.Errorf("%q refuses %s", c.origins, o)
			}
		}
		for _, o := range strings.Fields(c.refuses) {
			if k.AllowsOrigin(o) {
				t.Errorf("%q allows %s", c.origins, o)
			}
		}
		if !k.AllowsOrigin("") {
			t.Errorf("%q refuses a request that no page sent", c.origins)
		}
	}
	if k := (Key{Type: ServerKey}); !k.AllowsOrigin("https://a.example.com") {
		t.Error("a server key is bound to origins")
	}
}

func TestAnOriginIsKeptAsABrowserSendsIt(t *testing.T) {
	for in, want := range map[string]string{
		"https://Shop.Example.com/": "https://shop.example.com", " https://a.example.com:443 ": "https://a.example.com",
		"http://a.example.com:80": "http://a.example.com", "http://a.example.com:443": "http://a.example.com:443",
		"*": "*", "NULL": "null", "https://*.example.com:443": "https://*.example.com", "http://127.0.0.1:8080": "http://127.0.0.1:8080",
		"https://xn--fiq228c.example": "https://xn--fiq228c.example", "http://*.localhost": "http://*.localhost",
	} {
		if got, err := CheckOrigin(in); err != nil || got != want {
			t.Errorf("%q: got %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "shop.example.com", "https://", "https://a.example.com/path", "https://a.example.com?x", "https://a.example.com#x", "https://u@a.example.com",
		"ftp://a.example.com", "https://a b.example.com", "https://*", "https://*.com", "*.com", "https://a.*.com", "https://*a.example.com", "*.example.com:80",
		"https://a.example.com:", "https://a.example.com:0", "https://a.example.com:99999", "https://a.example.com:0443", "https://中文.example", "https://*.127.0.0.1",
		"https://a..example.com", "https://a.example.com\n", "https://" + strings.Repeat("a", 300) + ".example.com", "javascript:alert(1)",
	} {
		if got, err := CheckOrigin(in); err == nil && in != "https://a.example.com\n" {
			t.Errorf("%q was accepted as %q", in, got)
		} else if err != nil {
			invalid(t, err, "origins")
		}
	}
}

func FuzzAnAcceptedOriginIsKeptOnce(f *testing.F) {
	for _, seed := range []string{"https://a.example.com", "*.example.com", "http://[::1]:3000", "https://*.a.b:81", "null"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		kept, err := CheckOrigin(s)
		if err != nil {
			return
		}
		if again, err := CheckOrigin(kept); err != nil || again != kept {
			t.Errorf("%q is kept as %q, and that as %q, %v", s, kept, again, err)
		}
		k := Key{Type: BrowserKey, Origins: []string{kept}}
		if !strings.Contains(kept, "*") && !k.AllowsOrigin(kept) {
			t.Errorf("%q does not allow itself", kept)
		}
	})
}

func BenchmarkLookupKey(b *testing.B) {
	cat, err := Open(b.Context(), filepath.Join(b.TempDir(), "catalog.db"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer cat.Close()
	if err := cat.EnsureProject(b.Context(), "shop"); err != nil {
		b.Fatal(err)
	}
	_, secret, err := cat.CreateKey(b.Context(), "shop", ServerKey, "", nil)
	if err != nil {
		b.Fatal(err)
	}
	for name, key := range map[string]string{"known": secret, "unknown": "sk_nobody"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				cat.LookupKey(b.Context(), key)
			}
		})
	}
}
