package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Redaction is a project's list of redaction rules. The catalog keeps their
// text and does not look into it.
type Redaction struct {
	Project string
	Version int64  // counts the changes, from 1
	Rules   string // JSON
	Changed time.Time
	By      string // the actor, see As
}

// A ChangedError says that somebody else has changed what a caller wanted to
// replace.
type ChangedError struct {
	What    string
	Version int64 // the version that there is now
	By      string
	At      time.Time
}

func (e *ChangedError) Error() string {
	return fmt.Sprintf("%s were changed by %s at %s, they have version %d now; read them again and make your change to those", e.What, e.By, e.At.Format(time.RFC3339), e.Version)
}

// Redactions lists the rules of all projects that have their own.
func (c *Catalog) Redactions(ctx context.Context) ([]Redaction, error) {
	rows, err := c.db.QueryContext(ctx, `SELECT project, version, rules, changed, by FROM redaction ORDER BY project`)
	return readAll(rows, err, "list redaction rules", func(r *Redaction) error {
		var changed sql.NullInt64
		err := rows.Scan(&r.Project, &r.Version, &r.Rules, &changed, &r.By)
		r.Changed = instant(changed)
		return err
	})
}

// SetRedaction replaces a project's rules. version is the one that the caller
// has seen, 0 for the defaults; when there is another one by now, the error is
// a *ChangedError and nothing changes. detail goes to the audit trail and
// names what changed, never a pattern.
func (c *Catalog) SetRedaction(ctx context.Context, project string, version int64, rules, detail string) (Redaction, error) {
	next := Redaction{Project: project, Version: version + 1, Rules: rules, Changed: c.now().UTC().Truncate(time.Millisecond), By: actorOf(ctx)}
	err := c.write(ctx, func(tx *sql.Tx) error {
		var have Redaction
		var changed sql.NullInt64
		err := tx.QueryRowContext(ctx, `SELECT version, changed, by FROM redaction WHERE project = ?`, project).Scan(&have.Version, &changed, &have.By)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("catalog: read the redaction rules of %s: %w", project, err)
		}
		if have.Version != version {
			return &ChangedError{"the redaction rules", have.Version, have.By, instant(changed)}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO redaction (project, version, rules, changed, by) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT (project) DO UPDATE SET version = excluded.version, rules = excluded.rules, changed = excluded.changed, by = excluded.by`,
			project, next.Version, rules, next.Changed.UnixMilli(), next.By); err != nil {
			return fmt.Errorf("catalog: change the redaction rules of %s: %w", project, err)
		}
		return c.audit(ctx, tx, "redaction.change", project, project, detail)
	})
	if err != nil {
		return Redaction{}, err
	}
	return next, nil
}
