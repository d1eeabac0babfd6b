package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// ViewerPrefix is how the secrets of viewer tokens begin.
const ViewerPrefix = "vt_"

// Bounds of viewer tokens.
const (
	MaxViewerTokens = 100 // of one project, those that work
	MaxViewerFor    = time.Hour
	MinViewerFor    = time.Minute
	maxViewerValue  = 256 // bytes of a device's or call's id
	// keepViewerTokens is how long a token that works no more is told from one
	// that never was.
	keepViewerTokens = 7 * 24 * time.Hour
)

// Why a viewer token does not work.
var (
	ErrNoViewer      = errors.New("this viewer link does not work: it was never made here, or it ended long ago")
	ErrViewerRevoked = errors.New("this viewer link was taken back")
	ErrViewerExpired = errors.New("the time of this viewer link is over")
)

// A ViewerToken lets whoever has its secret read the events of one device or
// one call from a time on, and nothing else.
type ViewerToken struct {
	ID      string // "vw_...", which is no secret
	Project string
	Owner   User   // who made it; without an id where a read key did
	Key     string // the id of the read key that made it, or ""
	Field   string // device or callId
	Value   string
	From    int64 // ns since the epoch
	By      string
	Created time.Time
	Expires time.Time
	Revoked time.Time // zero while the token is good
	Uses    int64     // how often it was opened
	LastUse time.Time
}

// CreateViewerToken makes a token. Its secret, of 200 random bits, is returned
// here and never again; the catalog keeps its SHA-256.
func (c *Catalog) CreateViewerToken(ctx context.Context, t ViewerToken) (ViewerToken, string, error) {
	if t.Field != "device" && t.Field != "callId" {
		return ViewerToken{}, "", &InvalidError{"field", "must be device or callId"}
	}
	if t.Value == "" || len(t.Value) > maxViewerValue {
		return ViewerToken{}, "", &InvalidError{t.Field, fmt.Sprintf("must be the id as its events have it, of 1 to %d bytes", maxViewerValue)}
	}
	now := c.now().UTC().Truncate(time.Millisecond)
	t.Expires = t.Expires.UTC().Truncate(time.Millisecond)
	if d := t.Expires.Sub(now); d < MinViewerFor || d > MaxViewerFor {
		return ViewerToken{}, "", &InvalidError{"minutes", "must lie between 1 and 60"}
	}
	secret := ViewerPrefix + randomToken()
	hash := fingerprint(secret)
	t.ID, t.Created, t.By = newID("vw"), now, actorOf(ctx)
	err := c.write(ctx, func(tx *sql.Tx) error {
		if err := requireProject(ctx, tx, t.Project); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM viewer_tokens WHERE coalesce(revoked, expires) < ?`, now.Add(-keepViewerTokens).UnixMilli()); err != nil {
			return fmt.Errorf("catalog: remove old viewer tokens: %w", err)
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM viewer_tokens WHERE project = ? AND revoked IS NULL AND expires > ?`, t.Project, now.UnixMilli()).Scan(&n); err != nil {
			return fmt.Errorf("catalog: count viewer tokens: %w", err)
		}
		if n >= MaxViewerTokens {
			return &InvalidError{"project", fmt.Sprintf("has %d viewer links that work, which is the most; take some back, or wait: none lasts longer than an hour", n)}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO viewer_tokens (id, hash, project, owner, key, field, value, from_ns, actor, created, expires) VALUES (?, ?, ?, nullif(?, ''), nullif(?, ''), ?, ?, ?, ?, ?, ?)`,
			t.ID, hash[:], t.Project, t.Owner.ID, t.Key, t.Field, t.Value, t.From, t.By, now.UnixMilli(), t.Expires.UnixMilli())
		if err != nil {
			return fmt.Errorf("catalog: make viewer token: %w", err)
		}
		return c.audit(ctx, tx, "viewer.create", t.ID, t.Project, t.Field+" "+t.Value+" until "+t.Expires.Format(time.RFC3339))
	})
	return t, secret, err
}

// LookupViewerToken finds the token of a secret, or says why it does not work:
// ErrNoViewer, ErrViewerRevoked, ErrViewerExpired. Its maker must still see its
// project, else it was taken back with their right.
func (c *Catalog) LookupViewerToken(ctx context.Context, secret string) (ViewerToken, error) {
	hash := fingerprint(secret)
	tokens, err := queryViewerTokens(ctx, c.db, `WHERE t.hash = ?`, hash[:])
	if err != nil {
		return ViewerToken{}, err
	}
	if len(tokens) == 0 {
		return ViewerToken{}, ErrNoViewer
	}
	t := tokens[0]
	switch {
	case !t.Revoked.IsZero():
		return ViewerToken{}, ErrViewerRevoked
	case !c.now().Before(t.Expires):
		return ViewerToken{}, ErrViewerExpired
	}
	if t.Key != "" {
		var revoked sql.NullInt64
		if err := c.db.QueryRowContext(ctx, `SELECT revoked FROM keys WHERE id = ?`, t.Key).Scan(&revoked); err != nil {
			return ViewerToken{}, fmt.Errorf("catalog: look up the key of a viewer token: %w", err)
		}
		if revoked.Valid {
			return ViewerToken{}, ErrViewerRevoked
		}
		return t, nil
	}
	projects, err := c.ProjectsOf(ctx, t.Owner)
	if err != nil {
		return ViewerToken{}, err
	}
	for _, p := range projects {
		if p.Name == t.Project {
			return t, nil
		}
	}
	return ViewerToken{}, ErrViewerRevoked
}

// ViewerTokenUsed notes that a token was opened.
func (c *Catalog) ViewerTokenUsed(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE viewer_tokens SET uses = uses + 1, last_use = ? WHERE id = ?`, c.now().UnixMilli(), id); err != nil {
			return fmt.Errorf("catalog: note the use of a viewer token: %w", err)
		}
		return nil
	})
}

// ViewerTokens lists a project's tokens, newest first, those that ended lately
// included.
func (c *Catalog) ViewerTokens(ctx context.Context, project string) ([]ViewerToken, error) {
	return queryViewerTokens(ctx, c.db, `WHERE t.project = ? ORDER BY t.created DESC, t.id`, project)
}

// ViewerTokenByID gives one token of a project, or ErrNotFound.
func (c *Catalog) ViewerTokenByID(ctx context.Context, project, id string) (ViewerToken, error) {
	return viewerTokenByID(ctx, c.db, project, id)
}

func viewerTokenByID(ctx context.Context, from querier, project, id string) (ViewerToken, error) {
	tokens, err := queryViewerTokens(ctx, from, `WHERE t.project = ? AND t.id = ?`, project, id)
	if err == nil && len(tokens) == 0 {
		err = fmt.Errorf("viewer token %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return ViewerToken{}, err
	}
	return tokens[0], nil
}

// RevokeViewerToken takes a token back. To take it back again changes nothing.
func (c *Catalog) RevokeViewerToken(ctx context.Context, project, id string) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		t, err := viewerTokenByID(ctx, tx, project, id)
		if err != nil || !t.Revoked.IsZero() {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE viewer_tokens SET revoked = ? WHERE id = ?`, c.now().UnixMilli(), id); err != nil {
			return fmt.Errorf("catalog: take a viewer token back: %w", err)
		}
		return c.audit(ctx, tx, "viewer.revoke", id, project, t.Field+" "+t.Value)
	})
}

func queryViewerTokens(ctx context.Context, from querier, where string, args ...any) ([]ViewerToken, error) {
	rows, err := from.QueryContext(ctx, `SELECT t.id, t.project, coalesce(u.id, ''), coalesce(u.name, ''), coalesce(u.role, ''), coalesce(u.account, ''), coalesce(t.key, ''),
		t.field, t.value, t.from_ns, t.actor, t.created, t.expires, t.revoked, t.uses, t.last_use
		FROM viewer_tokens t LEFT JOIN users u ON u.id = t.owner `+where, args...)
	return readAll(rows, err, "read viewer tokens", func(t *ViewerToken) error {
		var created, expires, revoked, used sql.NullInt64
		err := rows.Scan(&t.ID, &t.Project, &t.Owner.ID, &t.Owner.Name, (*string)(&t.Owner.Role), &t.Owner.Account, &t.Key,
			&t.Field, &t.Value, &t.From, &t.By, &created, &expires, &revoked, &t.Uses, &used)
		t.Created, t.Expires, t.Revoked, t.LastUse = instant(created), instant(expires), instant(revoked), instant(used)
		return err
	})
}
