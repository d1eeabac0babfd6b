package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// LinkFor is how long a one-time link works.
const LinkFor = 3 * 24 * time.Hour

// ErrNoLink says that a one-time link does not work: used, expired, replaced by
// a newer one, or never made here. Which of them, nobody is told who does not
// hold a good one.
var ErrNoLink = errors.New("this link does not work: it was used, its time is over, or a newer one was made; ask an admin for another")

// A Link lets one person choose a password, once.
type Link struct {
	User    User
	Invite  bool // the first password; else another one
	Expires time.Time
}

// CreateLink makes a one-time link by which a user chooses another password.
// Older links of theirs stop working; the old password goes on working until
// the link is used. The token is returned here and never again.
func (c *Catalog) CreateLink(ctx context.Context, id string) (p Person, token string, err error) {
	err = c.write(ctx, func(tx *sql.Tx) error {
		if p, err = c.person(ctx, tx, id); err != nil {
			return err
		}
		purpose := "reset"
		if p.Waiting {
			purpose = "invite"
		}
		if token, p.LinkUntil, err = c.addLink(ctx, tx, id, purpose); err != nil {
			return err
		}
		return c.audit(ctx, tx, "user.link", id, "", purpose+" link for "+p.Name)
	})
	return p, token, err
}

func (c *Catalog) addLink(ctx context.Context, tx *sql.Tx, user, purpose string) (token string, expires time.Time, err error) {
	now := c.now().UTC().Truncate(time.Millisecond)
	token, expires = randomToken(), now.Add(LinkFor)
	hash := fingerprint(token)
	if _, err := tx.ExecContext(ctx, `DELETE FROM links WHERE user = ? OR expires <= ?`, user, now.UnixMilli()); err != nil {
		return "", time.Time{}, fmt.Errorf("catalog: remove old links: %w", err)
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO links (hash, user, purpose, created, expires) VALUES (?, ?, ?, ?, ?)`,
		hash[:], user, purpose, now.UnixMilli(), expires.UnixMilli())
	if err != nil {
		return "", time.Time{}, fmt.Errorf("catalog: make link: %w", err)
	}
	return token, expires, nil
}

// CheckLink tells whom a one-time link is for, or returns ErrNoLink.
func (c *Catalog) CheckLink(ctx context.Context, token string) (Link, error) {
	return c.link(ctx, c.db, token)
}

type rowQuerier interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func (c *Catalog) link(ctx context.Context, from rowQuerier, token string) (Link, error) {
	hash := fingerprint(token)
	var l Link
	var purpose string
	var created, expires sql.NullInt64
	err := from.QueryRowContext(ctx, `SELECT u.id, u.name, u.role, u.account, u.created, l.purpose, l.expires
		FROM links l JOIN users u ON u.id = l.user WHERE l.hash = ?`, hash[:]).
		Scan(&l.User.ID, &l.User.Name, (*string)(&l.User.Role), &l.User.Account, &created, &purpose, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return Link{}, ErrNoLink
	}
	if err != nil {
		return Link{}, fmt.Errorf("catalog: look up link: %w", err)
	}
	l.User.Created, l.Invite, l.Expires = instant(created), purpose == "invite", instant(expires)
	if !c.now().Before(l.Expires) {
		return Link{}, ErrNoLink
	}
	return l, nil
}

// UseLink gives the link's user the password that they chose. All their
// sessions end, and the link works no more.
func (c *Catalog) UseLink(ctx context.Context, token, password string) (User, error) {
	l, err := c.CheckLink(ctx, token)
	if err != nil {
		return User{}, err
	}
	hash, err := c.hashPassword(ctx, l.User.Name, password)
	if err != nil {
		return User{}, err
	}
	ctx = As(ctx, "user:"+l.User.Name)
	err = c.write(ctx, func(tx *sql.Tx) error {
		// Again, and now under the lock: somebody else may have used it while
		// the password was hashed.
		if _, err := c.link(ctx, tx, token); err != nil {
			return err
		}
		return c.setPassword(ctx, tx, l.User, hash, nil, "by a one-time link")
	})
	return l.User, err
}
