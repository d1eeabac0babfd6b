package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	// SessionIdle is how long a session lasts after its last use.
	SessionIdle = 14 * 24 * time.Hour
	// SessionMost is how long a session lasts at all.
	SessionMost = 60 * 24 * time.Hour

	// sessionStep is how coarsely uses are written: a page makes many
	// requests, and each write is a sync of the disk.
	sessionStep = time.Hour
	// maxSessions bounds a user's sessions; the oldest ends for a new one.
	maxSessions = 50
)

// A Session is a user's log-in from one browser.
type Session struct {
	User    User
	Created time.Time
	Expires time.Time // unless it is used before
}

// StartSession logs a user in. The token is the browser's proof; it is
// returned here and never again.
func (c *Catalog) StartSession(ctx context.Context, u User) (token string, s Session, err error) {
	now := c.now().UTC().Truncate(time.Millisecond)
	token = randomToken()
	hash := fingerprint(token)
	s = Session{User: u, Created: now, Expires: now.Add(SessionIdle)}
	err = c.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires <= ?`, now.UnixMilli()); err != nil {
			return fmt.Errorf("catalog: remove ended sessions: %w", err)
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE hash IN (
			SELECT hash FROM sessions WHERE user = ? ORDER BY created DESC LIMIT -1 OFFSET ?)`, u.ID, maxSessions-1)
		if err != nil {
			return fmt.Errorf("catalog: end the oldest sessions: %w", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO sessions (hash, user, created, expires) VALUES (?, ?, ?, ?)`,
			hash[:], u.ID, now.UnixMilli(), s.Expires.UnixMilli())
		if err != nil {
			return fmt.Errorf("catalog: start session: %w", err)
		}
		return nil
	})
	if err != nil {
		return "", Session{}, err
	}
	return token, s, nil
}

// Session finds the session of a token and prolongs it, or returns
// ErrNoSession.
func (c *Catalog) Session(ctx context.Context, token string) (Session, error) {
	hash := fingerprint(token)
	var s Session
	var userCreated, created, expires sql.NullInt64
	err := c.db.QueryRowContext(ctx, `SELECT u.id, u.name, u.role, u.created, s.created, s.expires
		FROM sessions s JOIN users u ON u.id = s.user WHERE s.hash = ?`, hash[:]).
		Scan(&s.User.ID, &s.User.Name, (*string)(&s.User.Role), &userCreated, &created, &expires)
	if errors.Is(err, sql.ErrNoRows) {
		return Session{}, ErrNoSession
	}
	if err != nil {
		return Session{}, fmt.Errorf("catalog: look up session: %w", err)
	}
	s.User.Created, s.Created, s.Expires = instant(userCreated), instant(created), instant(expires)
	now := c.now()
	if !now.Before(s.Expires) {
		return Session{}, ErrNoSession
	}
	prolonged := now.Add(SessionIdle).UTC().Truncate(time.Millisecond)
	if end := s.Created.Add(SessionMost); prolonged.After(end) {
		prolonged = end
	}
	if prolonged.Sub(s.Expires) < sessionStep {
		return s, nil
	}
	_, err = c.db.ExecContext(ctx, `UPDATE sessions SET expires = ? WHERE hash = ?`, prolonged.UnixMilli(), hash[:])
	if err != nil {
		return Session{}, fmt.Errorf("catalog: prolong session: %w", err)
	}
	s.Expires = prolonged
	return s, nil
}

// EndSession logs out. To end a session that has ended changes nothing.
func (c *Catalog) EndSession(ctx context.Context, token string) error {
	hash := fingerprint(token)
	if _, err := c.db.ExecContext(ctx, `DELETE FROM sessions WHERE hash = ?`, hash[:]); err != nil {
		return fmt.Errorf("catalog: end session: %w", err)
	}
	return nil
}
