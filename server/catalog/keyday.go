package catalog

import (
	"context"
	"database/sql"
	"fmt"
)

// A KeyDay is what a key has sent on a UTC day.
type KeyDay struct {
	KeyID string
	Day   int64 // days since the epoch
	Bytes int64
}

// KeyDays gives what is kept of each key's newest day.
func (c *Catalog) KeyDays(ctx context.Context) ([]KeyDay, error) {
	rows, err := c.db.QueryContext(ctx, `SELECT key_id, day, bytes FROM key_days ORDER BY key_id`)
	return readAll(rows, err, "read what keys have sent", func(d *KeyDay) error { return rows.Scan(&d.KeyID, &d.Day, &d.Bytes) })
}

// SaveKeyDays keeps what keys have sent. It is no administrative act, and in no
// audit trail; keys that are there no more are passed over.
func (c *Catalog) SaveKeyDays(ctx context.Context, days []KeyDay) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		for _, d := range days {
			if _, err := tx.ExecContext(ctx, `INSERT INTO key_days (key_id, day, bytes) SELECT id, ?, ? FROM keys WHERE id = ?
				ON CONFLICT (key_id) DO UPDATE SET day = excluded.day, bytes = excluded.bytes`, d.Day, d.Bytes, d.KeyID); err != nil {
				return fmt.Errorf("catalog: keep what the key %s has sent: %w", d.KeyID, err)
			}
		}
		return nil
	})
}
