// Package catalog remembers what is not an event: projects, keys, users,
// their sessions, set-up links and who changed what. It is one SQLite file,
// catalog.db in the data folder, and several processes may have it open at
// once: `clewline key create` works while the server runs, and the server
// notices.
//
// What a method has returned without error is on disk. Secrets are handed out
// once, when they are made; the file holds only their hashes.
package catalog

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite", in pure Go
)

// Errors that callers branch on.
var (
	ErrUnknownKey = errors.New("this key is not known here")
	ErrRevokedKey = errors.New("this key was revoked")
	ErrEndedKey   = errors.New("this key has ended")
	ErrNotFound   = errors.New("no such thing in the catalog")
	ErrExists     = errors.New("this name is taken")
	ErrNoSession  = errors.New("you are not logged in, or the session has ended")
	// ErrWrongPassword says that name and password do not match. It does not
	// say which of them is wrong.
	ErrWrongPassword = errors.New("name and password do not match")
)

// An InvalidError says which field of a request cannot be accepted, and what
// would be right.
type InvalidError struct {
	Field  string
	Reason string // a sentence
}

func (e *InvalidError) Error() string { return e.Field + ": " + e.Reason }

// Options tune a Catalog. The zero value works.
type Options struct {
	// Clock tells the time. Default time.Now.
	Clock func() time.Time
	// Log hears of troubles that nobody waits for. Default slog.Default().
	Log *slog.Logger
}

// A Catalog is an open catalog. Its methods may be called concurrently.
type Catalog struct {
	db    *sql.DB
	now   func() time.Time
	log   *slog.Logger
	keys  keyRing
	uses  chan keyUse
	done  sync.WaitGroup
	stop  context.CancelFunc
	hands chan struct{} // one for each password hash that may run at a time
}

//go:embed migrations/*.sql
var migrations embed.FS

// Open opens the catalog in the file at path, creates it where there is none,
// and brings its tables to this version's form. It refuses a catalog that a
// newer version has written.
func Open(ctx context.Context, path string, o Options) (_ *Catalog, err error) {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	// SQLite would make the file readable for everybody. Its companions, the
	// WAL and its index, take over this file's mode.
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open catalog: %w", err)
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return nil, fmt.Errorf("open catalog %s: %w", path, err)
	}
	db.SetMaxOpenConns(8)
	db.SetMaxIdleConns(4)
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	if err := migrate(ctx, db); err != nil {
		return nil, fmt.Errorf("open catalog %s: %w", path, err)
	}

	c := &Catalog{
		db:    db,
		now:   o.Clock,
		log:   o.Log,
		uses:  make(chan keyUse, 64),
		hands: make(chan struct{}, maxHashing),
	}
	// A connection of its own, never given back: data_version tells what
	// other connections changed since this one looked, so it must be the same
	// one each time and must not write.
	if c.keys.watch, err = db.Conn(ctx); err != nil {
		return nil, fmt.Errorf("open catalog %s: %w", path, err)
	}
	if err := c.reloadKeys(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open catalog %s: %w", path, err), c.keys.watch.Close())
	}
	writing, stop := context.WithCancel(context.Background())
	c.stop = stop
	c.done.Go(func() { c.writeUses(writing) })
	return c, nil
}

// Close releases the catalog. No other method may be running.
func (c *Catalog) Close() error {
	c.stop()
	c.done.Wait()
	return errors.Join(c.keys.watch.Close(), c.db.Close())
}

// dsn names the file for the driver. The path goes through URL escaping:
// "?", "#" and "%" in a folder's name are part of the name.
func dsn(path string) string {
	u := url.URL{Scheme: "file", Path: filepath.ToSlash(path)}
	q := url.Values{}
	q.Add("_pragma", "busy_timeout(5000)")
	q.Add("_pragma", "journal_mode(WAL)")
	q.Add("_pragma", "synchronous(FULL)")
	q.Add("_pragma", "foreign_keys(ON)")
	// What is forgotten, such as whom an erasure was about, is overwritten.
	q.Add("_pragma", "secure_delete(ON)")
	// Write locks are taken at the start of a transaction. One that began as
	// a reader and then writes could fail at once, busy_timeout or not.
	q.Set("_txlock", "immediate")
	u.RawQuery = q.Encode()
	return u.String()
}

func migrate(ctx context.Context, db *sql.DB) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithDisableGlobalRegistry(true), goose.WithAllowOutofOrder(true), goose.WithLogger(goose.NopLogger()))
	if err != nil {
		return err
	}
	// Another process may be at the same migration. Each runs in one
	// transaction with its entry in the version table, so the one that comes
	// second fails as a whole, and finds the work done when it looks again.
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	for range len(sources) + 2 {
		var have int64
		if have, err = p.GetDBVersion(ctx); err != nil {
			continue
		}
		if have > newest {
			return fmt.Errorf("it has format %d, written by a newer Clewline; this version knows formats up to %d: use the newer version, or another data folder", have, newest)
		}
		// One with a lower number may have come later, from another branch.
		if pending, err := p.HasPending(ctx); err == nil && !pending {
			return nil
		}
		if _, err = p.Up(ctx); err == nil {
			return nil
		}
	}
	return err
}

// write runs f in one transaction that holds the write lock from its start.
func (c *Catalog) write(ctx context.Context, f func(*sql.Tx) error) (err error) {
	tx, err := c.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	defer func() {
		if err != nil {
			_ = tx.Rollback() // the first error is the one that tells something
		}
	}()
	if err := f(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("catalog: %w", err)
	}
	return nil
}

// readAll reads the rows of a query to their end. what is what was done, for
// the error.
func readAll[T any](rows *sql.Rows, err error, what string, scan func(*T) error) ([]T, error) {
	if err != nil {
		return nil, fmt.Errorf("catalog: %s: %w", what, err)
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var v T
		if err := scan(&v); err != nil {
			return nil, fmt.Errorf("catalog: %s: %w", what, err)
		}
		out = append(out, v)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("catalog: %s: %w", what, err)
	}
	return out, nil
}

// Secret gives 32 random bytes that this installation keeps under a name; the
// first call makes them. They never leave the server.
func (c *Catalog) Secret(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	err := c.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO secrets (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING`, name, randomBytes(32))
		if err != nil {
			return fmt.Errorf("catalog: make secret %s: %w", name, err)
		}
		if err := tx.QueryRowContext(ctx, `SELECT value FROM secrets WHERE name = ?`, name).Scan(&value); err != nil {
			return fmt.Errorf("catalog: read secret %s: %w", name, err)
		}
		return nil
	})
	return value, err
}

// instant reads a time of the catalog. NULL is the zero time.
func instant(ms sql.NullInt64) time.Time {
	if !ms.Valid {
		return time.Time{}
	}
	return time.UnixMilli(ms.Int64).UTC()
}
