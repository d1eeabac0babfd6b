package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// KeyType says what a key may do.
type KeyType string

// The types.
const (
	// BrowserKey may send events from web pages of its origins, nothing else.
	// It stands in pages that everybody can read.
	BrowserKey KeyType = "browser"
	// ServerKey may send events from anywhere. It is a secret.
	ServerKey KeyType = "server"
	// ReadKey may read its project's events. It is a secret.
	ReadKey KeyType = "read"
)

// prefix is how the type's keys begin, so that a person who finds one in a
// file knows how bad that is.
func (t KeyType) prefix() string {
	switch t {
	case BrowserKey:
		return "pk_"
	case ServerKey:
		return "sk_"
	case ReadKey:
		return "rk_"
	}
	return ""
}

// A Key is what the catalog knows of a key; the key itself it does not know.
type Key struct {
	ID      string // "k_...", which is no secret
	Project string
	Type    KeyType
	Name    string // given by a person, may be empty
	Prefix  string // the key's first signs and an ellipsis, to tell keys apart
	Origins []string
	Created time.Time
	// LastUse is the time of a use, zero when there was none. It lags behind
	// by up to ten minutes.
	LastUse time.Time
	Revoked time.Time // zero while the key is good
}

const (
	// MaxKeys bounds the keys of a catalog, revoked ones included.
	MaxKeys = 10_000
	// keepRevoked is how long a revoked key is told from an unknown one.
	keepRevoked = 90 * 24 * time.Hour
	maxKeyName  = 100
)

// CreateKey makes a key for a project, which must exist (see EnsureProject).
// The secret is what a sender shows; it is returned here and never again.
// Origins are for browser keys only; see CheckOrigin for their form. A browser
// key without origins lets no web page in.
func (c *Catalog) CreateKey(ctx context.Context, project string, typ KeyType, name string, origins []string) (Key, string, error) {
	if typ.prefix() == "" {
		return Key{}, "", &InvalidError{"type", fmt.Sprintf("%q is no type of key; want browser, server or read", typ)}
	}
	name, err := checkLabel("name", name, maxKeyName)
	if err != nil {
		return Key{}, "", err
	}
	if typ != BrowserKey && len(origins) > 0 {
		return Key{}, "", &InvalidError{"origins", "are for browser keys only"}
	}
	if origins, err = checkOrigins(origins); err != nil {
		return Key{}, "", err
	}
	token := randomToken()
	secret := typ.prefix() + token
	k := Key{
		ID: newID("k"), Project: project, Type: typ, Name: name, Origins: origins,
		Prefix:  typ.prefix() + token[:4] + "…",
		Created: c.now().UTC().Truncate(time.Millisecond),
	}
	hash := fingerprint(secret)
	err = c.write(ctx, func(tx *sql.Tx) error {
		if err := requireProject(ctx, tx, project); err != nil {
			return err
		}
		if err := makeRoom(ctx, tx, c.now()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO keys (id, hash, project, type, name, prefix, origins, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			k.ID, hash[:], project, string(typ), name, k.Prefix, encodeOrigins(origins), k.Created.UnixMilli())
		if err != nil {
			return fmt.Errorf("catalog: add key: %w", err)
		}
		return c.audit(ctx, tx, "key.create", k.ID, project, strings.TrimSpace(string(typ)+" "+name))
	})
	if err != nil {
		return Key{}, "", err
	}
	c.keysChanged(ctx)
	return k, secret, nil
}

func requireProject(ctx context.Context, tx *sql.Tx, name string) error {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM projects WHERE name = ?`, name).Scan(&n); err != nil {
		return fmt.Errorf("catalog: look up project: %w", err)
	}
	if n == 0 {
		return fmt.Errorf("project %q: %w", name, ErrNotFound)
	}
	return nil
}

// makeRoom keeps the table within MaxKeys: long revoked keys go first.
func makeRoom(ctx context.Context, tx *sql.Tx, now time.Time) error {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM keys`).Scan(&n); err != nil {
		return fmt.Errorf("catalog: count keys: %w", err)
	}
	if n < MaxKeys {
		return nil
	}
	gone, err := tx.ExecContext(ctx, `DELETE FROM keys WHERE revoked < ?`, now.Add(-keepRevoked).UnixMilli())
	if err != nil {
		return fmt.Errorf("catalog: remove revoked keys: %w", err)
	}
	if removed, err := gone.RowsAffected(); err != nil || removed == 0 {
		return &InvalidError{"key", fmt.Sprintf("there are %d keys already, which is the most one server holds; revoke those that nobody uses (revoked keys make room after 90 days)", n)}
	}
	return nil
}

// Keys lists a project's keys, newest first, revoked ones included.
func (c *Catalog) Keys(ctx context.Context, project string) ([]Key, error) {
	return queryKeys(ctx, c.db, `WHERE project = ? ORDER BY created DESC, id`, project)
}

// Key gives one key by its id, or ErrNotFound.
func (c *Catalog) Key(ctx context.Context, id string) (Key, error) {
	found, err := queryKeys(ctx, c.db, `WHERE id = ?`, id)
	if err != nil {
		return Key{}, err
	}
	if len(found) == 0 {
		return Key{}, fmt.Errorf("key %q: %w", id, ErrNotFound)
	}
	return found[0], nil
}

// SetOrigins replaces the origins of a browser key.
func (c *Catalog) SetOrigins(ctx context.Context, id string, origins []string) (Key, error) {
	origins, err := checkOrigins(origins)
	if err != nil {
		return Key{}, err
	}
	k, err := c.changeKey(ctx, id, func(tx *sql.Tx, k *Key) error {
		if k.Type != BrowserKey {
			return &InvalidError{"origins", "are for browser keys only, and this is a " + string(k.Type) + " key"}
		}
		k.Origins = origins
		if _, err := tx.ExecContext(ctx, `UPDATE keys SET origins = ? WHERE id = ?`, encodeOrigins(origins), id); err != nil {
			return fmt.Errorf("catalog: set origins: %w", err)
		}
		return c.audit(ctx, tx, "key.origins", id, k.Project, strings.Join(origins, " "))
	})
	return k, err
}

// RevokeKey makes a key useless for good. Other processes notice within a
// second. To revoke a revoked key changes nothing.
func (c *Catalog) RevokeKey(ctx context.Context, id string) error {
	_, err := c.changeKey(ctx, id, func(tx *sql.Tx, k *Key) error {
		if !k.Revoked.IsZero() {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE keys SET revoked = ? WHERE id = ?`, c.now().UnixMilli(), id); err != nil {
			return fmt.Errorf("catalog: revoke key: %w", err)
		}
		return c.audit(ctx, tx, "key.revoke", id, k.Project, "")
	})
	return err
}

func (c *Catalog) changeKey(ctx context.Context, id string, change func(*sql.Tx, *Key) error) (Key, error) {
	var k Key
	err := c.write(ctx, func(tx *sql.Tx) error {
		found, err := queryKeys(ctx, tx, `WHERE id = ?`, id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("key %q: %w", id, ErrNotFound)
		}
		k = found[0]
		return change(tx, &k)
	})
	c.keysChanged(ctx)
	return k, err
}

type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func queryKeys(ctx context.Context, from querier, where string, args ...any) ([]Key, error) {
	rows, err := from.QueryContext(ctx, `SELECT id, project, type, name, prefix, origins, created, last_use, revoked FROM keys `+where, args...)
	return readAll(rows, err, "read keys", func(k *Key) error { return scanKey(rows, k) })
}

// scanKey reads the columns that queryKeys selects, and those in more, which
// come before them.
func scanKey(rows *sql.Rows, k *Key, more ...any) error {
	var origins string
	var created, used, revoked sql.NullInt64
	into := append(more, &k.ID, &k.Project, (*string)(&k.Type), &k.Name, &k.Prefix, &origins, &created, &used, &revoked)
	if err := rows.Scan(into...); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(origins), &k.Origins); err != nil {
		return fmt.Errorf("key %s has unreadable origins: %w", k.ID, err)
	}
	k.Created, k.LastUse, k.Revoked = instant(created), instant(used), instant(revoked)
	return nil
}

func encodeOrigins(origins []string) string {
	if origins == nil {
		return "[]"
	}
	b, _ := json.Marshal(origins) // strings always encode
	return string(b)
}

// checkLabel accepts what a person calls a thing: printable, trimmed, short.
func checkLabel(field, s string, most int) (string, error) {
	s = strings.TrimSpace(s)
	if n := len([]rune(s)); n > most {
		return "", &InvalidError{field, fmt.Sprintf("has %d signs; at most %d are accepted", n, most)}
	}
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == 0xfffd {
			return "", &InvalidError{field, "has a sign that cannot be printed"}
		}
	}
	return s, nil
}
