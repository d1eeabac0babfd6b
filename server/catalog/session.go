package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
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
	ID      string // "s_...", which is no secret
	User    User
	Address string // that it was begun from
	Agent   string // the browser, as it names itself
	Created time.Time
	Used    time.Time // coarse, by the hour
	Expires time.Time // unless it is used before
}

// maxAgent bounds what is kept of a browser's name.
const maxAgent = 200

// StartSession logs a user in. The token is the browser's proof; it is
// returned here and never again.
func (c *Catalog) StartSession(ctx context.Context, u User) (token string, s Session, err error) {
	return c.StartSessionFrom(ctx, u, "", "")
}

// StartSessionFrom is StartSession with the address and the browser that the
// user will be shown, to know the session again.
func (c *Catalog) StartSessionFrom(ctx context.Context, u User, address, agent string) (token string, s Session, err error) {
	now := c.now().UTC().Truncate(time.Millisecond)
	token = randomToken()
	hash := fingerprint(token)
	if r := []rune(strings.ToValidUTF8(agent, "")); len(r) > maxAgent {
		agent = string(r[:maxAgent])
	}
	s = Session{ID: newID("s"), User: u, Address: address, Agent: agent, Created: now, Used: now, Expires: now.Add(SessionIdle)}
	err = c.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE expires <= ?`, now.UnixMilli()); err != nil {
			return fmt.Errorf("catalog: remove ended sessions: %w", err)
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE hash IN (
			SELECT hash FROM sessions WHERE user = ? ORDER BY created DESC LIMIT -1 OFFSET ?)`, u.ID, maxSessions-1)
		if err != nil {
			return fmt.Errorf("catalog: end the oldest sessions: %w", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO sessions (hash, id, user, address, agent, created, used, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
			hash[:], s.ID, u.ID, address, agent, now.UnixMilli(), now.UnixMilli(), s.Expires.UnixMilli())
		if err != nil {
			return fmt.Errorf("catalog: start session: %w", err)
		}
		return seen(ctx, tx, u.ID, now)
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
	err := c.db.QueryRowContext(ctx, `SELECT s.id, s.address, s.agent, u.id, u.name, u.role, u.account, u.created, s.created, s.expires
		FROM sessions s JOIN users u ON u.id = s.user WHERE s.hash = ?`, hash[:]).
		Scan(&s.ID, &s.Address, &s.Agent, &s.User.ID, &s.User.Name, (*string)(&s.User.Role), &s.User.Account, &userCreated, &created, &expires)
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
	err = c.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE sessions SET expires = ?, used = ? WHERE hash = ?`, prolonged.UnixMilli(), now.UnixMilli(), hash[:])
		if err != nil {
			return fmt.Errorf("catalog: prolong session: %w", err)
		}
		return seen(ctx, tx, s.User.ID, now)
	})
	if err != nil {
		return Session{}, err
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

func seen(ctx context.Context, tx *sql.Tx, user string, now time.Time) error {
	if _, err := tx.ExecContext(ctx, `UPDATE users SET seen = ? WHERE id = ?`, now.UnixMilli(), user); err != nil {
		return fmt.Errorf("catalog: note that a user was seen: %w", err)
	}
	return nil
}

// Sessions lists a user's sessions that have not ended, the last used first.
func (c *Catalog) Sessions(ctx context.Context, userID string) ([]Session, error) {
	rows, err := c.db.QueryContext(ctx, `SELECT id, address, agent, created, used, expires FROM sessions
		WHERE user = ? AND expires > ? ORDER BY coalesce(used, created) DESC, created DESC, id`, userID, c.now().UnixMilli())
	return readAll(rows, err, "list sessions", func(s *Session) error {
		var created, used, expires sql.NullInt64
		err := rows.Scan(&s.ID, &s.Address, &s.Agent, &created, &used, &expires)
		s.Created, s.Used, s.Expires = instant(created), instant(used), instant(expires)
		return err
	})
}

// EndSessionByID ends one session of a user, or returns ErrNotFound: another
// user's session is none of theirs.
func (c *Catalog) EndSessionByID(ctx context.Context, userID, id string) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		gone, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user = ? AND id = ?`, userID, id)
		if err != nil {
			return fmt.Errorf("catalog: end session: %w", err)
		}
		if n, err := gone.RowsAffected(); err != nil || n == 0 {
			return fmt.Errorf("session %q: %w", id, ErrNotFound)
		}
		return c.audit(ctx, tx, "session.end", id, "", "")
	})
}

// EndSessions ends all sessions of a user and gives their number.
func (c *Catalog) EndSessions(ctx context.Context, userID string) (ended int64, err error) {
	err = c.write(ctx, func(tx *sql.Tx) error {
		p, err := c.person(ctx, tx, userID)
		if err != nil {
			return err
		}
		gone, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user = ?`, userID)
		if err == nil {
			ended, err = gone.RowsAffected()
		}
		if err != nil {
			return fmt.Errorf("catalog: end sessions: %w", err)
		}
		return c.audit(ctx, tx, "user.sessions", userID, "", fmt.Sprintf("%d of %s ended", ended, p.Name))
	})
	return ended, err
}
