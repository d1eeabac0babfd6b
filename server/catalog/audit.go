package catalog

import (
	"context"
	"database/sql"
	"fmt"
	"time"
)

// An AuditEntry says who changed what. Secrets never stand in it.
type AuditEntry struct {
	At      time.Time
	Actor   string // "user:ada", or "local" for somebody on the server's machine
	Action  string // such as "key.create"
	Subject string // the id or name of what was changed
	Project string // "" where no single project is concerned
	Detail  string
}

type actorKey struct{}

// As gives a context in which changes are entered in the audit trail under
// that actor.
func As(ctx context.Context, actor string) context.Context {
	return context.WithValue(ctx, actorKey{}, actor)
}

func actorOf(ctx context.Context) string {
	if actor, ok := ctx.Value(actorKey{}).(string); ok {
		return actor
	}
	return "local"
}

// audit enters a change in the transaction that makes it, so that there is
// never one without the other.
func (c *Catalog) audit(ctx context.Context, tx *sql.Tx, action, subject, project, detail string) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO audit (at, actor, action, subject, project, detail) VALUES (?, ?, ?, ?, ?, ?)`,
		c.now().UnixMilli(), actorOf(ctx), action, subject, project, detail)
	if err != nil {
		return fmt.Errorf("catalog: enter %s in the audit trail: %w", action, err)
	}
	return nil
}

// Audit lists the newest entries of the audit trail, newest first.
func (c *Catalog) Audit(ctx context.Context, limit int) ([]AuditEntry, error) {
	rows, err := c.db.QueryContext(ctx, `SELECT at, actor, action, subject, project, detail FROM audit ORDER BY id DESC LIMIT ?`, limit)
	if err != nil {
		return nil, fmt.Errorf("catalog: read the audit trail: %w", err)
	}
	defer rows.Close()
	var out []AuditEntry
	for rows.Next() {
		var e AuditEntry
		var at sql.NullInt64
		if err := rows.Scan(&at, &e.Actor, &e.Action, &e.Subject, &e.Project, &e.Detail); err != nil {
			return nil, fmt.Errorf("catalog: read the audit trail: %w", err)
		}
		e.At = instant(at)
		out = append(out, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("catalog: read the audit trail: %w", err)
	}
	return out, nil
}
