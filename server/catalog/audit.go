package catalog

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// An AuditEntry says who changed what. Secrets never stand in it.
type AuditEntry struct {
	ID      int64
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

// Record enters something in the audit trail that changes nothing in the
// catalog itself: an export, a deletion in the store, a burst of failed log-ins.
func (c *Catalog) Record(ctx context.Context, action, subject, project, detail string) error {
	return c.write(ctx, func(tx *sql.Tx) error { return c.audit(ctx, tx, action, subject, project, detail) })
}

// An AuditFilter chooses entries of the audit trail. The zero value matches
// all.
type AuditFilter struct {
	Actor   string // as a whole, such as "user:ada"
	Action  string // as a whole, or its first part: "key" is all about keys
	Project string
	From    time.Time // zero: from the beginning
	To      time.Time // zero: to the end
	Before  int64     // the ID that the page before ended with; 0: the newest
	Limit   int
}

// Audit lists entries of the audit trail, newest first.
func (c *Catalog) Audit(ctx context.Context, limit int) ([]AuditEntry, error) {
	return c.FilterAudit(ctx, AuditFilter{Limit: limit})
}

// FilterAudit lists the entries that a filter chooses, newest first, at most
// its Limit.
func (c *Catalog) FilterAudit(ctx context.Context, f AuditFilter) ([]AuditEntry, error) {
	where, args := []string{"1"}, []any{}
	add := func(condition string, values ...any) {
		where, args = append(where, condition), append(args, values...)
	}
	if f.Actor != "" {
		add("actor = ?", f.Actor)
	}
	if f.Action != "" {
		add("(action = ? OR substr(action, 1, ?) = ?)", f.Action, len(f.Action)+1, f.Action+".")
	}
	if f.Project != "" {
		add("project = ?", f.Project)
	}
	if !f.From.IsZero() {
		add("at >= ?", f.From.UnixMilli())
	}
	if !f.To.IsZero() {
		add("at < ?", f.To.UnixMilli())
	}
	if f.Before > 0 {
		add("id < ?", f.Before)
	}
	rows, err := c.db.QueryContext(ctx, `SELECT id, at, actor, action, subject, project, detail FROM audit WHERE `+
		strings.Join(where, " AND ")+` ORDER BY id DESC LIMIT ?`, append(args, f.Limit)...)
	return readAll(rows, err, "read the audit trail", func(e *AuditEntry) error {
		var at sql.NullInt64
		err := rows.Scan(&e.ID, &at, &e.Actor, &e.Action, &e.Subject, &e.Project, &e.Detail)
		e.At = instant(at)
		return err
	})
}
