package catalog

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// trustFor is how long known keys are used without a look at the file.
	trustFor = 500 * time.Millisecond
	// missPause bounds the looks that unknown keys cause.
	missPause = 10 * time.Millisecond
	// useStep is how coarse LastUse is.
	useStep = 10 * time.Minute
)

// A keyRing holds all keys of the catalog in memory. There are at most
// MaxKeys of them, so that a lookup is one map access whether the key is
// known or not, and somebody who tries keys out makes no work for the file.
type keyRing struct {
	loaded atomic.Pointer[loadedKeys]
	looked atomic.Int64 // unix ns of the last look at the file; 0: look at once

	mu      sync.Mutex // guards what follows; held during a look
	watch   *sql.Conn
	version int64 // PRAGMA data_version of watch
	changes int64 // key_changes.n of what is loaded
}

type loadedKeys struct {
	byHash map[[sha256.Size]byte]*ringKey
}

type ringKey struct {
	Key
	used atomic.Int64 // unix ms of the last use that was handed to writeUses
}

type keyUse struct {
	id string
	at time.Time
}

// keysChanged is called after this process has changed keys: what it has done
// itself holds at once.
func (c *Catalog) keysChanged(ctx context.Context) {
	c.keys.mu.Lock()
	defer c.keys.mu.Unlock()
	if err := c.look(ctx, c.now()); err != nil {
		c.keys.looked.Store(0) // the next lookup tries again
		c.log.Warn("the catalog cannot be read; known keys stay as they were", "error", err)
	}
}

// LookupKey finds the key that a sender showed. It returns ErrUnknownKey or,
// with what is known of it, ErrRevokedKey or ErrEndedKey.
//
// The answer comes from memory. What other processes change is noticed within
// 10 ms for a key that was unknown so far, else within half a second. When the file
// cannot be read, known keys stay good and unknown ones get that error.
func (c *Catalog) LookupKey(ctx context.Context, secret string) (Key, error) {
	hash := fingerprint(secret)
	began := c.now()
	if began.Sub(time.Unix(0, c.keys.looked.Load())).Abs() > trustFor && c.keys.mu.TryLock() {
		// Whoever gets the lock looks; the others go on with what is loaded,
		// which is at most one look older.
		err := c.look(ctx, began)
		c.keys.mu.Unlock()
		if err != nil {
			c.log.Warn("the catalog cannot be read; known keys stay good", "error", err)
		}
	}
	k := c.keys.loaded.Load().byHash[hash]
	if k == nil {
		var err error
		if k, err = c.lookAgain(ctx, hash, began); err != nil {
			return Key{}, err
		}
	}
	if k == nil {
		return Key{}, ErrUnknownKey
	}
	if !k.Revoked.IsZero() {
		return k.Key, ErrRevokedKey
	}
	if !k.Working(began) {
		return k.Key, ErrEndedKey
	}
	c.noteUse(k, began)
	return k.Key, nil
}

// lookAgain is for a key that is not loaded: it may have been made a moment
// ago by another process.
func (c *Catalog) lookAgain(ctx context.Context, hash [sha256.Size]byte, began time.Time) (*ringKey, error) {
	c.keys.mu.Lock()
	defer c.keys.mu.Unlock()
	if began.Sub(time.Unix(0, c.keys.looked.Load())).Abs() > missPause {
		if err := c.look(ctx, began); err != nil {
			return nil, err
		}
	}
	return c.keys.loaded.Load().byHash[hash], nil
}

// look loads the keys again if another connection has changed them. The usual
// answer, "nothing changed", costs a look at the WAL's index in shared memory.
// The caller holds keys.mu.
func (c *Catalog) look(ctx context.Context, now time.Time) error {
	ctx = context.WithoutCancel(ctx) // the next lookup needs the answer too
	var version int64
	if err := c.keys.watch.QueryRowContext(ctx, `PRAGMA data_version`).Scan(&version); err != nil {
		return fmt.Errorf("catalog: look for changed keys: %w", err)
	}
	if version != c.keys.version {
		var changes int64
		if err := c.keys.watch.QueryRowContext(ctx, `SELECT n FROM key_changes`).Scan(&changes); err != nil {
			return fmt.Errorf("catalog: look for changed keys: %w", err)
		}
		if changes != c.keys.changes {
			if err := c.loadKeys(ctx, changes); err != nil {
				return err
			}
		}
		// Only now: had loading failed, the next look must try again.
		c.keys.version = version
	}
	c.keys.looked.Store(now.UnixNano())
	return nil
}

func (c *Catalog) reloadKeys(ctx context.Context) error {
	c.keys.mu.Lock()
	defer c.keys.mu.Unlock()
	c.keys.version = -1
	c.keys.loaded.Store(&loadedKeys{})
	return c.look(ctx, c.now())
}

// loadKeys reads all keys. A change that comes between reading the counter and
// reading the keys raises data_version, and the next look loads once more.
func (c *Catalog) loadKeys(ctx context.Context, changes int64) error {
	rows, err := c.keys.watch.QueryContext(ctx, `SELECT hash, `+keyColumns+` FROM keys`)
	if err != nil {
		return fmt.Errorf("catalog: load keys: %w", err)
	}
	defer rows.Close()
	before := c.keys.loaded.Load().byHash
	byHash := make(map[[sha256.Size]byte]*ringKey, len(before)+1)
	for rows.Next() {
		var hash []byte
		k := &ringKey{}
		if err := scanKey(rows, &k.Key, &hash); err != nil {
			return fmt.Errorf("catalog: load keys: %w", err)
		}
		if len(hash) != sha256.Size {
			return fmt.Errorf("catalog: key %s has a damaged hash", k.ID)
		}
		used := int64(0)
		if !k.LastUse.IsZero() {
			used = k.LastUse.UnixMilli()
		}
		if old := before[[sha256.Size]byte(hash)]; old != nil {
			used = max(used, old.used.Load()) // handed over, perhaps not yet written
		}
		k.used.Store(used)
		byHash[[sha256.Size]byte(hash)] = k
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("catalog: load keys: %w", err)
	}
	c.keys.loaded.Store(&loadedKeys{byHash})
	c.keys.changes = changes
	return nil
}

// noteUse hands a use to writeUses, at most once in useStep for each key.
// Lookups never wait for the file to be written.
func (c *Catalog) noteUse(k *ringKey, now time.Time) {
	last, at := k.used.Load(), now.UnixMilli()
	if at-last < useStep.Milliseconds() || !k.used.CompareAndSwap(last, at) {
		return
	}
	select {
	case c.uses <- keyUse{k.ID, now}:
	default:
		k.used.Store(last) // the writer is busy; the next lookup tries again
	}
}

// writeUses writes last uses until ctx ends.
func (c *Catalog) writeUses(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case u := <-c.uses:
			_, err := c.db.ExecContext(ctx, `UPDATE keys SET last_use = ? WHERE id = ?`, u.at.UnixMilli(), u.id)
			if err != nil && ctx.Err() == nil {
				c.log.Warn("the last use of a key could not be written", "key", u.id, "error", err)
			}
		}
	}
}
