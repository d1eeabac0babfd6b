package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Keep says how long the events of a project are kept. The zero value keeps
// them for ever.
type Keep struct {
	// Days is how many whole days an event stays after the day on which it
	// arrived (UTC); 0 means no limit by age.
	Days int
	// Bytes bounds what the project takes on the disk; beyond it the oldest
	// days go. 0 means no limit.
	Bytes int64
}

// Retention is what the operator has decided about all that is kept.
type Retention struct {
	// Others holds for projects that have no limits of their own.
	Others Keep
	// Projects are the limits of those that have.
	Projects map[string]Keep
	// StoreBytes bounds all projects together; 0 means no limit.
	StoreBytes int64
	// KeepFree is the room that is kept free on the disk: below it the oldest
	// days of all projects go. 0 leaves the figure to the server.
	KeepFree int64
}

// Of gives the limits that hold for a project.
func (r Retention) Of(project string) Keep {
	if k, own := r.Projects[project]; own {
		return k
	}
	return r.Others
}

// Bounds of what can be set. A limit in bytes below the least is more likely a
// mistake in the unit than meant.
const (
	MaxKeepDays  = 36_500
	MinKeepBytes = 1_000_000
	MaxKeepBytes = 1 << 53 // what a number in JSON says exactly
)

func checkDays(days int) error {
	if days < 0 || days > MaxKeepDays {
		return &InvalidError{"days", fmt.Sprintf("is %d; want 1 to %d days, or 0 for no limit by age", days, MaxKeepDays)}
	}
	return nil
}

func checkBytes(field string, n int64, zero string) error {
	if n == 0 || n >= MinKeepBytes && n <= MaxKeepBytes {
		return nil
	}
	return &InvalidError{field, fmt.Sprintf("is %d bytes; want at least %d, or 0 for %s", n, MinKeepBytes, zero)}
}

// Check returns nil or an *InvalidError.
func (k Keep) Check() error {
	if err := checkDays(k.Days); err != nil {
		return err
	}
	return checkBytes("bytes", k.Bytes, "no limit")
}

// Check returns nil or an *InvalidError. The projects' own limits are left to
// SetProjectRetention.
func (r Retention) Check() error {
	if err := r.Others.Check(); err != nil {
		return err
	}
	if err := checkBytes("storeBytes", r.StoreBytes, "no limit"); err != nil {
		return err
	}
	return checkBytes("keepFree", r.KeepFree, "the server's own choice")
}

// Retention gives what has been decided; a new catalog keeps everything for 90
// days.
func (c *Catalog) Retention(ctx context.Context) (Retention, error) {
	r := Retention{Projects: map[string]Keep{}}
	err := c.db.QueryRowContext(ctx, `SELECT days, bytes, store_bytes, keep_free FROM retention_server`).
		Scan(&r.Others.Days, &r.Others.Bytes, &r.StoreBytes, &r.KeepFree)
	if err != nil {
		return Retention{}, fmt.Errorf("catalog: read the retention: %w", err)
	}
	rows, err := c.db.QueryContext(ctx, `SELECT project, days, bytes FROM retention_projects`)
	_, err = readAll(rows, err, "read the retention of projects", func(*struct{}) error {
		var project string
		var k Keep
		err := rows.Scan(&project, &k.Days, &k.Bytes)
		r.Projects[project] = k
		return err
	})
	return r, err
}

// SetRetention sets what holds for the server and for projects without limits
// of their own. It leaves r.Projects alone.
func (c *Catalog) SetRetention(ctx context.Context, r Retention) error {
	if err := r.Check(); err != nil {
		return err
	}
	return c.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE retention_server SET days = ?, bytes = ?, store_bytes = ?, keep_free = ?`,
			r.Others.Days, r.Others.Bytes, r.StoreBytes, r.KeepFree)
		if err != nil {
			return fmt.Errorf("catalog: set the retention: %w", err)
		}
		return c.audit(ctx, tx, "retention.set", "", "",
			fmt.Sprintf("%s; store bytes %d, keep free %d", r.Others, r.StoreBytes, r.KeepFree))
	})
}

// String tells the limits in words of the audit trail.
func (k Keep) String() string { return fmt.Sprintf("days %d, bytes %d", k.Days, k.Bytes) }

// SetProjectRetention gives a project limits of its own, or with nil those of
// all others. It returns ErrNotFound where there is no such project.
func (c *Catalog) SetProjectRetention(ctx context.Context, project string, k *Keep) error {
	if k != nil {
		if err := k.Check(); err != nil {
			return err
		}
	}
	return c.write(ctx, func(tx *sql.Tx) error {
		var one int
		err := tx.QueryRowContext(ctx, `SELECT 1 FROM projects WHERE name = ?`, project).Scan(&one)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("project %q: %w", project, ErrNotFound)
		}
		detail := "as all others"
		if err == nil && k == nil {
			_, err = tx.ExecContext(ctx, `DELETE FROM retention_projects WHERE project = ?`, project)
		} else if err == nil {
			detail = k.String()
			_, err = tx.ExecContext(ctx, `INSERT INTO retention_projects (project, days, bytes) VALUES (?, ?, ?)
				ON CONFLICT (project) DO UPDATE SET days = excluded.days, bytes = excluded.bytes`, project, k.Days, k.Bytes)
		}
		if err != nil {
			return fmt.Errorf("catalog: set the retention of %s: %w", project, err)
		}
		return c.audit(ctx, tx, "retention.set", project, project, detail)
	})
}

// AuditExpiry enters in the audit trail that old days of a project are
// removed. detail says how many of what, and why.
func (c *Catalog) AuditExpiry(ctx context.Context, project string, before time.Time, detail string) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		return c.audit(ctx, tx, "retention.expire", before.UTC().Format(time.DateOnly), project, detail)
	})
}
