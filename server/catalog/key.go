package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
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
	// Ends is when the key stops working by itself; zero: never.
	Ends time.Time
	// Replaces is the id of the key that this one is the successor of, "" for
	// none. Both work until the old one is revoked or ends.
	Replaces string
	Quota    Quota
	Reading  Reading
}

// A Quota bounds what one key may send; 0 is no bound.
type Quota struct {
	EventsPerSecond int64
	BytesPerDay     int64 // of a UTC day, after decompression
}

// Reading bounds what one read key may ask; 0 leaves it to the server's own
// bound.
type Reading struct {
	SecondsPerMinute int64 // of the store's work
	AtOnce           int64 // questions under way
	RowsPerMinute    int64 // that the store looks at
}

// The most that the bounds of a Reading may be.
const (
	MaxReading     = 100_000 // seconds a minute, questions at once
	MaxReadingRows = 1_000_000_000_000
)

// Working says whether a key is good at a time.
func (k *Key) Working(now time.Time) bool {
	return k.Revoked.IsZero() && (k.Ends.IsZero() || now.Before(k.Ends))
}

// A KeySpec is what is asked of a new key, or of a key that is changed.
type KeySpec struct {
	Name    string
	Origins []string // browser keys only
	Ends    time.Time
	Quota   Quota
	Reading Reading // read keys only
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
	return c.MakeKey(ctx, project, typ, KeySpec{Name: name, Origins: origins})
}

// MakeKey is CreateKey with an end and quotas.
func (c *Catalog) MakeKey(ctx context.Context, project string, typ KeyType, spec KeySpec) (Key, string, error) {
	if typ.prefix() == "" {
		return Key{}, "", &InvalidError{"type", fmt.Sprintf("%q is no type of key; want browser, server or read", typ)}
	}
	spec, err := c.checkSpec(typ, spec)
	if err != nil {
		return Key{}, "", err
	}
	var k Key
	var secret string
	err = c.write(ctx, func(tx *sql.Tx) error {
		if err := requireProject(ctx, tx, project); err != nil {
			return err
		}
		k, secret, err = c.addKey(ctx, tx, Key{Project: project, Type: typ, Name: spec.Name, Origins: spec.Origins, Ends: spec.Ends, Quota: spec.Quota, Reading: spec.Reading})
		return err
	})
	if err != nil {
		return Key{}, "", err
	}
	c.keysChanged(ctx)
	return k, secret, nil
}

// checkSpec brings what is asked of a key into the form that is kept.
func (c *Catalog) checkSpec(typ KeyType, spec KeySpec) (_ KeySpec, err error) {
	if spec.Name, err = checkLabel("name", spec.Name, maxKeyName); err != nil {
		return spec, err
	}
	if typ != BrowserKey && len(spec.Origins) > 0 {
		return spec, &InvalidError{"origins", "are for browser keys only, and this is a " + string(typ) + " key"}
	}
	if spec.Origins, err = checkOrigins(spec.Origins); err != nil {
		return spec, err
	}
	if !spec.Ends.IsZero() && !spec.Ends.After(c.now()) {
		return spec, &InvalidError{"ends", "lies in the past; revoke the key instead"}
	}
	spec.Ends = spec.Ends.UTC().Truncate(time.Millisecond)
	if typ == ReadKey && spec.Quota != (Quota{}) {
		return spec, &InvalidError{"eventsPerSecond", "is for keys that send, and this is a read key"}
	}
	if typ != ReadKey && spec.Reading != (Reading{}) {
		return spec, &InvalidError{"querySecondsPerMinute", "is for read keys, and this is a " + string(typ) + " key"}
	}
	for field, n := range map[string]int64{"querySecondsPerMinute": spec.Reading.SecondsPerMinute, "queriesAtOnce": spec.Reading.AtOnce} {
		if n < 0 || n > MaxReading {
			return spec, &InvalidError{field, fmt.Sprintf("is %d; want 1 to %d, or 0 for the server's own bound", n, MaxReading)}
		}
	}
	if n := spec.Reading.RowsPerMinute; n < 0 || n > MaxReadingRows {
		return spec, &InvalidError{"queryRowsPerMinute", fmt.Sprintf("is %d; want 1 to %d, or 0 for the server's own bound", n, int64(MaxReadingRows))}
	}
	if spec.Quota.EventsPerSecond < 0 || spec.Quota.BytesPerDay < 0 {
		return spec, &InvalidError{"eventsPerSecond", "is below 0; 0 means no quota"}
	}
	return spec, nil
}

// addKey gives a key its id and its secret and stores it.
func (c *Catalog) addKey(ctx context.Context, tx *sql.Tx, k Key) (Key, string, error) {
	if err := makeRoom(ctx, tx, c.now()); err != nil {
		return Key{}, "", err
	}
	token := randomToken()
	secret := k.Type.prefix() + token
	k.ID, k.Prefix, k.Created = newID("k"), k.Type.prefix()+token[:4]+"…", c.now().UTC().Truncate(time.Millisecond)
	hash := fingerprint(secret)
	_, err := tx.ExecContext(ctx, `INSERT INTO keys (id, hash, project, type, name, prefix, origins, created, replaces, ends, events_per_second, bytes_per_day, query_seconds, queries_at_once, query_rows)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		k.ID, hash[:], k.Project, string(k.Type), k.Name, k.Prefix, encodeOrigins(k.Origins), k.Created.UnixMilli(),
		k.Replaces, orNull(k.Ends), k.Quota.EventsPerSecond, k.Quota.BytesPerDay, k.Reading.SecondsPerMinute, k.Reading.AtOnce, k.Reading.RowsPerMinute)
	if err != nil {
		return Key{}, "", fmt.Errorf("catalog: add key: %w", err)
	}
	detail := strings.TrimSpace(string(k.Type) + " " + k.Name)
	action := "key.create"
	if k.Replaces != "" {
		action, detail = "key.rotate", detail+", successor of "+k.Replaces
	}
	return k, secret, c.audit(ctx, tx, action, k.ID, k.Project, detail)
}

// RotateKey makes a successor of a key: of the same type, with its name,
// origins and quotas. Both work until the old one is revoked, or until ends,
// when that is not zero. A key has one successor that works.
func (c *Catalog) RotateKey(ctx context.Context, id string, ends time.Time) (successor Key, secret string, err error) {
	now := c.now()
	if !ends.IsZero() && !ends.After(now) {
		return Key{}, "", &InvalidError{"ends", "lies in the past; revoke the old key when its successor is in use"}
	}
	_, err = c.changeKey(ctx, id, func(tx *sql.Tx, k *Key) error {
		if !k.Working(now) {
			return fmt.Errorf("key %s: it works no more, make a new one instead: %w", id, ErrRevokedKey)
		}
		others, err := queryKeys(ctx, tx, `WHERE replaces = ?`, id)
		if err != nil {
			return err
		}
		for _, o := range others {
			if o.Working(now) {
				return fmt.Errorf("a successor of this key (%s): %w", o.Prefix, ErrExists)
			}
		}
		if !ends.IsZero() {
			if _, err := tx.ExecContext(ctx, `UPDATE keys SET ends = ? WHERE id = ?`, ends.UnixMilli(), id); err != nil {
				return fmt.Errorf("catalog: set the end of a key: %w", err)
			}
		}
		successor, secret, err = c.addKey(ctx, tx, Key{Project: k.Project, Type: k.Type, Name: k.Name, Origins: k.Origins, Quota: k.Quota, Reading: k.Reading, Replaces: k.ID})
		return err
	})
	return successor, secret, err
}

// ChangeKey gives a working key another name, other origins, another end,
// other quotas.
func (c *Catalog) ChangeKey(ctx context.Context, id string, change func(*KeySpec)) (Key, error) {
	return c.changeKey(ctx, id, func(tx *sql.Tx, k *Key) error {
		spec := KeySpec{k.Name, k.Origins, k.Ends, k.Quota, k.Reading}
		change(&spec)
		same := spec.Ends.Equal(k.Ends)
		if same {
			spec.Ends = time.Time{} // a key that has ended may get another name
		}
		spec, err := c.checkSpec(k.Type, spec)
		if err != nil {
			return err
		}
		before := *k
		k.Name, k.Origins, k.Quota, k.Reading = spec.Name, spec.Origins, spec.Quota, spec.Reading
		if !same {
			k.Ends = spec.Ends
		}
		_, err = tx.ExecContext(ctx, `UPDATE keys SET name = ?, origins = ?, ends = ?, events_per_second = ?, bytes_per_day = ?, query_seconds = ?, queries_at_once = ?, query_rows = ? WHERE id = ?`,
			k.Name, encodeOrigins(k.Origins), orNull(k.Ends), k.Quota.EventsPerSecond, k.Quota.BytesPerDay, k.Reading.SecondsPerMinute, k.Reading.AtOnce, k.Reading.RowsPerMinute, id)
		if err != nil {
			return fmt.Errorf("catalog: change key: %w", err)
		}
		return c.audit(ctx, tx, "key.change", id, k.Project, changesOf(before, *k))
	})
}

// changesOf says what is different of a key.
func changesOf(a, b Key) string {
	var out []string
	if a.Name != b.Name {
		out = append(out, "name "+b.Name)
	}
	if !slices.Equal(a.Origins, b.Origins) {
		out = append(out, "origins "+strings.Join(b.Origins, " "))
	}
	if !a.Ends.Equal(b.Ends) {
		if b.Ends.IsZero() {
			out = append(out, "ends never")
		} else {
			out = append(out, "ends "+b.Ends.Format(time.RFC3339))
		}
	}
	if a.Quota != b.Quota {
		out = append(out, fmt.Sprintf("quota %d events/s, %d bytes a day", b.Quota.EventsPerSecond, b.Quota.BytesPerDay))
	}
	if a.Reading != b.Reading {
		out = append(out, fmt.Sprintf("reads %d s and %d rows a minute, %d at once", b.Reading.SecondsPerMinute, b.Reading.RowsPerMinute, b.Reading.AtOnce))
	}
	return strings.Join(out, "; ")
}

func orNull(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}

func requireProject(ctx context.Context, tx *sql.Tx, name string) error {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM projects WHERE name = ? AND deleted IS NULL`, name).Scan(&n); err != nil {
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

const keyColumns = `id, project, type, name, prefix, origins, created, last_use, revoked, replaces, ends, events_per_second, bytes_per_day, query_seconds, queries_at_once, query_rows`

func queryKeys(ctx context.Context, from querier, where string, args ...any) ([]Key, error) {
	rows, err := from.QueryContext(ctx, `SELECT `+keyColumns+` FROM keys `+where, args...)
	return readAll(rows, err, "read keys", func(k *Key) error { return scanKey(rows, k) })
}

// scanKey reads the columns that queryKeys selects, and those in more, which
// come before them.
func scanKey(rows *sql.Rows, k *Key, more ...any) error {
	var origins string
	var created, used, revoked, ends sql.NullInt64
	into := append(more, &k.ID, &k.Project, (*string)(&k.Type), &k.Name, &k.Prefix, &origins, &created, &used, &revoked,
		&k.Replaces, &ends, &k.Quota.EventsPerSecond, &k.Quota.BytesPerDay, &k.Reading.SecondsPerMinute, &k.Reading.AtOnce, &k.Reading.RowsPerMinute)
	if err := rows.Scan(into...); err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(origins), &k.Origins); err != nil {
		return fmt.Errorf("key %s has unreadable origins: %w", k.ID, err)
	}
	k.Created, k.LastUse, k.Revoked, k.Ends = instant(created), instant(used), instant(revoked), instant(ends)
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
