package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// A Replay says that a dead letter was played again and is stored.
type Replay struct {
	Letter  string // its id
	At      time.Time
	By      string // as in the audit trail
	Format  string // it was read as
	EventID string // "" when an earlier try, whose mark was lost, stored it
}

// Replayed tells which of some dead letters of a project were played again.
func (c *Catalog) Replayed(ctx context.Context, project string, letters []string) (map[string]Replay, error) {
	list, err := json.Marshal(letters)
	if err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	rows, err := c.db.QueryContext(ctx, `SELECT letter, at, actor, format, event_id FROM replayed_letters
		WHERE project = ? AND letter IN (SELECT value FROM json_each(?))`, project, string(list))
	found, err := readAll(rows, err, "read which dead letters were played again", func(r *Replay) error {
		var at sql.NullInt64
		err := rows.Scan(&r.Letter, &at, &r.By, &r.Format, &r.EventID)
		r.At = instant(at)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := make(map[string]Replay, len(found))
	for _, r := range found {
		out[r.Letter] = r
	}
	return out, nil
}

// NoteReplay enters in the audit trail that somebody played dead letters of a
// project again, tried of them in all, and marks those that are stored. What
// is marked already stays as it is.
func (c *Catalog) NoteReplay(ctx context.Context, project string, stored []Replay, tried int) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		for _, r := range stored {
			if _, err := tx.ExecContext(ctx, `INSERT INTO replayed_letters (project, letter, at, actor, format, event_id) VALUES (?, ?, ?, ?, ?, ?)
				ON CONFLICT DO NOTHING`, project, r.Letter, c.now().UnixMilli(), actorOf(ctx), r.Format, r.EventID); err != nil {
				return fmt.Errorf("catalog: mark a dead letter as played again: %w", err)
			}
		}
		return c.audit(ctx, tx, "dead-letters.replay", project, project, fmt.Sprintf("%d of %d stored", len(stored), tried))
	})
}
