package catalog

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// SharePrefix is how the secrets of shares begin.
const SharePrefix = "sl_"

// Bounds of shares.
const (
	MaxShares   = 1000 // of one project, those that work
	MaxShareFor = 90 * 24 * time.Hour
	MinShareFor = time.Minute
	// keepShares is how long a share that works no more is told from one that
	// never was.
	keepShares = 30 * 24 * time.Hour
)

// Why a share does not work.
var (
	ErrNoShare      = errors.New("this link does not work: it was never made here, or it ended long ago")
	ErrShareRevoked = errors.New("this link was taken back")
	ErrShareExpired = errors.New("the time of this link is over")
)

// A Share lets whoever has its link read one view over a fixed range, and
// nothing else.
type Share struct {
	ID       string // "sh_...", which is no secret
	Project  string
	Owner    User
	Name     string
	Params   map[string]string // the page's address, without the project
	From, To int64             // ns since the epoch
	Created  time.Time
	Expires  time.Time
	Revoked  time.Time // zero while the link is good
	Uses     int64     // how often it was opened
	LastUse  time.Time
}

// CreateShare makes a share. Its secret, of 200 random bits, is returned here
// and never again; the catalog keeps its SHA-256.
func (c *Catalog) CreateShare(ctx context.Context, s Share) (Share, string, error) {
	var err error
	if s.Name, err = checkLabel("name", s.Name, maxViewName); err != nil {
		return Share{}, "", err
	}
	if err := checkParams(s.Params); err != nil {
		return Share{}, "", err
	}
	now := c.now().UTC().Truncate(time.Millisecond)
	s.Expires = s.Expires.UTC().Truncate(time.Millisecond)
	if d := s.Expires.Sub(now); d < MinShareFor || d > MaxShareFor {
		return Share{}, "", &InvalidError{"expires", "must lie between a minute and 90 days from now"}
	}
	secret := SharePrefix + randomToken()
	hash := fingerprint(secret)
	s.ID, s.Created = newID("sh"), now
	err = c.write(ctx, func(tx *sql.Tx) error {
		if err := requireProject(ctx, tx, s.Project); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM shares WHERE coalesce(revoked, expires) < ?`, now.Add(-keepShares).UnixMilli()); err != nil {
			return fmt.Errorf("catalog: remove old shares: %w", err)
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM shares WHERE project = ? AND revoked IS NULL AND expires > ?`, s.Project, now.UnixMilli()).Scan(&n); err != nil {
			return fmt.Errorf("catalog: count shares: %w", err)
		}
		if n >= MaxShares {
			return &InvalidError{"project", fmt.Sprintf("has %d links that work, which is the most; take some back", n)}
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO shares (id, hash, project, owner, name, params, from_ns, to_ns, created, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			s.ID, hash[:], s.Project, s.Owner.ID, s.Name, encode(s.Params), s.From, s.To, now.UnixMilli(), s.Expires.UnixMilli())
		if err != nil {
			return fmt.Errorf("catalog: make share: %w", err)
		}
		return c.audit(ctx, tx, "share.create", s.ID, s.Project, strings.TrimSpace(s.Name+" until "+s.Expires.Format(time.RFC3339)))
	})
	return s, secret, err
}

// LookupShare finds the share of a secret, or says why it does not work:
// ErrNoShare, ErrShareRevoked, ErrShareExpired. Its owner must still see its
// project, else it was taken back with their right.
func (c *Catalog) LookupShare(ctx context.Context, secret string) (Share, error) {
	hash := fingerprint(secret)
	s, err := c.shareByHash(ctx, hash)
	if err != nil {
		return Share{}, err
	}
	switch {
	case !s.Revoked.IsZero():
		return Share{}, ErrShareRevoked
	case !c.now().Before(s.Expires):
		return Share{}, ErrShareExpired
	}
	projects, err := c.ProjectsOf(ctx, s.Owner)
	if err != nil {
		return Share{}, err
	}
	for _, p := range projects {
		if p.Name == s.Project {
			return s, nil
		}
	}
	return Share{}, ErrShareRevoked
}

func (c *Catalog) shareByHash(ctx context.Context, hash [sha256.Size]byte) (Share, error) {
	shares, err := queryShares(ctx, c.db, `WHERE s.hash = ?`, hash[:])
	if err == nil && len(shares) == 0 {
		err = ErrNoShare
	}
	if err != nil {
		return Share{}, err
	}
	return shares[0], nil
}

// ShareUsed notes that a share was opened.
func (c *Catalog) ShareUsed(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE shares SET uses = uses + 1, last_use = ? WHERE id = ?`, c.now().UnixMilli(), id)
		if err != nil {
			return fmt.Errorf("catalog: note the use of a share: %w", err)
		}
		return nil
	})
}

// Shares lists a project's shares, newest first, those that ended lately
// included.
func (c *Catalog) Shares(ctx context.Context, project string) ([]Share, error) {
	return queryShares(ctx, c.db, `WHERE s.project = ? ORDER BY s.created DESC, s.id`, project)
}

// ShareByID gives one share, or ErrNotFound.
func (c *Catalog) ShareByID(ctx context.Context, id string) (Share, error) {
	shares, err := queryShares(ctx, c.db, `WHERE s.id = ?`, id)
	if err == nil && len(shares) == 0 {
		err = fmt.Errorf("share %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return Share{}, err
	}
	return shares[0], nil
}

// RevokeShare takes a share back. To take it back again changes nothing.
func (c *Catalog) RevokeShare(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		shares, err := queryShares(ctx, tx, `WHERE s.id = ?`, id)
		if err != nil {
			return err
		}
		if len(shares) == 0 {
			return fmt.Errorf("share %q: %w", id, ErrNotFound)
		}
		if !shares[0].Revoked.IsZero() {
			return nil
		}
		if _, err := tx.ExecContext(ctx, `UPDATE shares SET revoked = ? WHERE id = ?`, c.now().UnixMilli(), id); err != nil {
			return fmt.Errorf("catalog: take a share back: %w", err)
		}
		return c.audit(ctx, tx, "share.revoke", id, shares[0].Project, shares[0].Name)
	})
}

func queryShares(ctx context.Context, from querier, where string, args ...any) ([]Share, error) {
	rows, err := from.QueryContext(ctx, `SELECT s.id, s.project, u.id, u.name, u.role, u.account, s.name, s.params, s.from_ns, s.to_ns, s.created, s.expires, s.revoked, s.uses, s.last_use
		FROM shares s JOIN users u ON u.id = s.owner `+where, args...)
	return readAll(rows, err, "read shares", func(s *Share) error {
		var params string
		var created, expires, revoked, used sql.NullInt64
		err := rows.Scan(&s.ID, &s.Project, &s.Owner.ID, &s.Owner.Name, (*string)(&s.Owner.Role), &s.Owner.Account, &s.Name, &params, &s.From, &s.To,
			&created, &expires, &revoked, &s.Uses, &used)
		if err != nil {
			return err
		}
		s.Created, s.Expires, s.Revoked, s.LastUse = instant(created), instant(expires), instant(revoked), instant(used)
		return json.Unmarshal([]byte(params), &s.Params)
	})
}
