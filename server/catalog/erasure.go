package catalog

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// An Erasure is an order to delete the events of one project that a query
// chooses, most often those of one person; once it is carried out, it is the
// receipt.
//
// Its query names the person, and is forgotten with the data: the receipt has
// a short form, by which whoever gave the order knows it again, and a digest,
// by which anybody who knows the query can ask whether it was carried out.
type Erasure struct {
	ID      string
	Project string
	Field   string // of who it is about, such as "account"; "" for any other query
	Query   string // in the query language; "" once it is done
	Short   string // the beginning of the value
	Digest  string // see EraseDigest
	By      string // who gave the order, as in the audit trail
	Ordered time.Time

	// What was counted when the order was given. AtLeast says that the count
	// was cut short by its time.
	Counted        int64
	AtLeast        bool
	Oldest, Newest time.Time // the zero time where nothing was found
	Apps           []string

	Removed int64     // events removed for good
	Done    time.Time // when the last file was rewritten; zero before that
}

// maxErasures bounds the receipts that are kept; beyond it the oldest go.
const maxErasures = 100_000

// EraseDigest gives what a receipt keeps of a query: a keyed hash, so that
// nobody without this server can try all telephone numbers against it.
func (c *Catalog) EraseDigest(ctx context.Context, project, query string) (string, error) {
	secret, err := c.Secret(ctx, "erasure")
	if err != nil {
		return "", err
	}
	h := hmac.New(sha256.New, secret)
	fmt.Fprintf(h, "%s\n%s", project, query)
	return hex.EncodeToString(h.Sum(nil)[:16]), nil
}

// AddErasure enters an order, and gives it with what was added to it: an id, a
// digest, who gave it and when. An order of the same query that is not done
// yet is ErrExists.
func (c *Catalog) AddErasure(ctx context.Context, e Erasure) (Erasure, error) {
	var err error
	if e.Digest, err = c.EraseDigest(ctx, e.Project, e.Query); err != nil {
		return Erasure{}, err
	}
	e.ID, e.By, e.Ordered = newID("er"), actorOf(ctx), c.now().UTC().Truncate(time.Millisecond)
	e.Removed, e.Done = 0, time.Time{}
	if e.Apps == nil {
		e.Apps = []string{}
	}
	apps, err := json.Marshal(e.Apps)
	if err != nil {
		return Erasure{}, fmt.Errorf("catalog: add an erasure: %w", err)
	}
	err = c.write(ctx, func(tx *sql.Tx) error {
		var same int
		err := tx.QueryRowContext(ctx, `SELECT count(*) FROM erasures WHERE project = ? AND digest = ? AND done IS NULL`, e.Project, e.Digest).Scan(&same)
		if err != nil {
			return fmt.Errorf("catalog: look for an erasure: %w", err)
		}
		if same > 0 {
			return fmt.Errorf("an erasure of the same is under way: %w", ErrExists)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO erasures (id, project, field, query, short, digest, actor, ordered, counted, at_least, oldest, newest, apps)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			e.ID, e.Project, e.Field, e.Query, e.Short, e.Digest, e.By, e.Ordered.UnixMilli(), e.Counted, e.AtLeast, millis(e.Oldest), millis(e.Newest), string(apps))
		if err != nil {
			return fmt.Errorf("catalog: add an erasure: %w", err)
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM erasures WHERE done IS NOT NULL AND id NOT IN (SELECT id FROM erasures ORDER BY ordered DESC LIMIT ?)`, maxErasures)
		if err != nil {
			return fmt.Errorf("catalog: bound the receipts: %w", err)
		}
		return c.audit(ctx, tx, "erasure.order", e.ID, e.Project, fmt.Sprintf("%s, %d events counted", e.about(), e.Counted))
	})
	return e, err
}

// AdoptErasure enters an order that the store knows and the catalog does not,
// because the catalog came from a backup that is older than the order. One
// that is known stays as it is.
func (c *Catalog) AdoptErasure(ctx context.Context, e Erasure) error {
	var err error
	if e.Digest, err = c.EraseDigest(ctx, e.Project, e.Query); err != nil {
		return err
	}
	return c.write(ctx, func(tx *sql.Tx) error {
		query := sql.NullString{String: e.Query, Valid: e.Done.IsZero()}
		removed := sql.NullInt64{Int64: e.Removed, Valid: !e.Done.IsZero()}
		got, err := tx.ExecContext(ctx, `INSERT INTO erasures (id, project, field, query, short, digest, actor, ordered, counted, at_least, apps, removed, done)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, '[]', ?, ?) ON CONFLICT DO NOTHING`,
			e.ID, e.Project, e.Field, query, e.Short, e.Digest, e.By, e.Ordered.UnixMilli(), e.Removed, removed, millis(e.Done))
		if err != nil {
			return fmt.Errorf("catalog: adopt erasure %s: %w", e.ID, err)
		}
		if n, err := got.RowsAffected(); err != nil || n == 0 {
			return err
		}
		return c.audit(ctx, tx, "erasure.adopt", e.ID, e.Project, e.about()+", ordered after the backup that this catalog came from")
	})
}

// ErasurePrefix begins the ids of the catalog's erasures. The store has others.
const ErasurePrefix = "er_"

// about tells in the audit trail what an erasure means, without the value.
func (e Erasure) about() string {
	if e.Field == "" {
		return "a query, digest " + e.Digest
	}
	return fmt.Sprintf("%s %s, digest %s", e.Field, e.Short, e.Digest)
}

// FinishErasure makes the receipt of an order: what it removed and when that
// was done, and forgets its query. A second call changes nothing.
func (c *Catalog) FinishErasure(ctx context.Context, id string, removed int64, done time.Time) error {
	err := c.write(ctx, func(tx *sql.Tx) error {
		found, err := queryErasures(ctx, tx, `WHERE id = ?`, id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return fmt.Errorf("erasure %q: %w", id, ErrNotFound)
		}
		if !found[0].Done.IsZero() {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE erasures SET query = NULL, removed = ?, done = ? WHERE id = ?`, removed, done.UnixMilli(), id); err != nil {
			return fmt.Errorf("catalog: finish erasure %s: %w", id, err)
		}
		return c.audit(ctx, tx, "erasure.done", id, found[0].Project, fmt.Sprintf("%s, %d events removed", found[0].about(), removed))
	})
	if err != nil {
		return err
	}
	// The query is overwritten in the file (secure_delete), but the log before
	// the file has it still. Where somebody reads just now the log is emptied
	// later, as it fills.
	if _, err := c.db.ExecContext(ctx, `PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		c.log.Warn("the catalog's log could not be emptied after an erasure", "erasure", id, "error", err)
	}
	return nil
}

// Erasures lists the newest orders and receipts of a project, newest first.
func (c *Catalog) Erasures(ctx context.Context, project string, limit int) ([]Erasure, error) {
	return queryErasures(ctx, c.db, `WHERE project = ? ORDER BY ordered DESC, id LIMIT ?`, project, limit)
}

// OpenErasures lists the orders that are not carried out yet, oldest first.
func (c *Catalog) OpenErasures(ctx context.Context) ([]Erasure, error) {
	return queryErasures(ctx, c.db, `WHERE done IS NULL ORDER BY ordered, id`)
}

// Erasure gives one order or receipt by its id, or ErrNotFound.
func (c *Catalog) Erasure(ctx context.Context, id string) (Erasure, error) {
	found, err := queryErasures(ctx, c.db, `WHERE id = ?`, id)
	if err != nil {
		return Erasure{}, err
	}
	if len(found) == 0 {
		return Erasure{}, fmt.Errorf("erasure %q: %w", id, ErrNotFound)
	}
	return found[0], nil
}

func queryErasures(ctx context.Context, from interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, where string, args ...any) ([]Erasure, error) {
	rows, err := from.QueryContext(ctx, `SELECT id, project, field, query, short, digest, actor, ordered, counted, at_least, oldest, newest, apps, removed, done
		FROM erasures `+where, args...)
	return readAll(rows, err, "list erasures", func(e *Erasure) error {
		var query sql.NullString
		var ordered, oldest, newest, removed, done sql.NullInt64
		var apps string
		err := rows.Scan(&e.ID, &e.Project, &e.Field, &query, &e.Short, &e.Digest, &e.By, &ordered, &e.Counted, &e.AtLeast, &oldest, &newest, &apps, &removed, &done)
		e.Query, e.Removed = query.String, removed.Int64
		e.Ordered, e.Oldest, e.Newest, e.Done = instant(ordered), instant(oldest), instant(newest), instant(done)
		return errors.Join(err, json.Unmarshal([]byte(apps), &e.Apps))
	})
}

func millis(t time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: !t.IsZero()}
}
