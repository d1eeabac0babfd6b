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
	return readAll(rows, err, "read the audit trail", func(e *AuditEntry) error {
		var at sql.NullInt64
		err := rows.Scan(&at, &e.Actor, &e.Action, &e.Subject, &e.Project, &e.Detail)
		e.At = instant(at)
		return err
	})
}
