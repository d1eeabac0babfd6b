package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// SetupFor is how long a set-up link works.
const SetupFor = 30 * time.Minute

// maxSetupLinks bounds the links that are kept, used and expired ones
// included: they are what lets a late visitor be told what happened.
const maxSetupLinks = 100

// A SetupLinkError says why a set-up link does not work.
type SetupLinkError struct {
	// Used is when set-up was done, with this link or another; Expired when
	// the link's time ended. Both zero: there never was such a link.
	Used, Expired time.Time
}

func (e *SetupLinkError) Error() string {
	const layout = "2006-01-02 15:04:05 MST"
	switch {
	case !e.Used.IsZero():
		return "This server was set up at " + e.Used.Format(layout) + ", and a set-up link works once. Log in instead."
	case !e.Expired.IsZero():
		return "This link worked for 30 minutes, until " + e.Expired.Format(layout) + ". Restart the server: it prints a new one in its terminal."
	default:
		return "This is no set-up link of this server. Use the newest one from the server's terminal, or restart the server: it prints a new one."
	}
}

// CreateSetupLink makes the token of a new set-up link. It returns ErrExists
// when there is an admin: the first one is made by such a link, others are not.
func (c *Catalog) CreateSetupLink(ctx context.Context) (token string, expires time.Time, err error) {
	now := c.now().UTC().Truncate(time.Millisecond)
	token, expires = randomToken(), now.Add(SetupFor)
	hash := fingerprint(token)
	err = c.write(ctx, func(tx *sql.Tx) error {
		done, err := setUpAt(ctx, tx)
		if err != nil {
			return err
		}
		if !done.IsZero() {
			return fmt.Errorf("an admin: %w", ErrExists)
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM setup_links WHERE hash IN (
			SELECT hash FROM setup_links ORDER BY created DESC LIMIT -1 OFFSET ?)`, maxSetupLinks-1)
		if err != nil {
			return fmt.Errorf("catalog: remove old set-up links: %w", err)
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO setup_links (hash, created, expires) VALUES (?, ?, ?)`,
			hash[:], now.UnixMilli(), expires.UnixMilli())
		if err != nil {
			return fmt.Errorf("catalog: make set-up link: %w", err)
		}
		return nil
	})
	if err != nil {
		return "", time.Time{}, err
	}
	return token, expires, nil
}

// CheckSetupLink returns until when the link works, or a *SetupLinkError.
func (c *Catalog) CheckSetupLink(ctx context.Context, token string) (expires time.Time, err error) {
	err = c.write(ctx, func(tx *sql.Tx) error {
		expires, err = c.checkSetupLink(ctx, tx, token)
		return err
	})
	return expires, err
}

func (c *Catalog) checkSetupLink(ctx context.Context, tx *sql.Tx, token string) (time.Time, error) {
	hash := fingerprint(token)
	var expires, used sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT expires, used FROM setup_links WHERE hash = ?`, hash[:]).Scan(&expires, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, &SetupLinkError{}
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("catalog: look up set-up link: %w", err)
	}
	if used.Valid {
		return time.Time{}, &SetupLinkError{Used: instant(used)}
	}
	done, err := setUpAt(ctx, tx)
	if err != nil {
		return time.Time{}, err
	}
	if !done.IsZero() {
		return time.Time{}, &SetupLinkError{Used: done}
	}
	if end := instant(expires); !c.now().Before(end) {
		return time.Time{}, &SetupLinkError{Expired: end}
	}
	return instant(expires), nil
}

// CompleteSetup uses a set-up link: it makes the first admin and the first
// project, all or nothing. The link does not work again, nor does any other.
func (c *Catalog) CompleteSetup(ctx context.Context, token, name, password, project string) (User, error) {
	// What is wrong with the link is said before what is wrong with the form.
	if _, err := c.CheckSetupLink(ctx, token); err != nil {
		return User{}, err
	}
	if err := CheckProjectName(project); err != nil {
		if invalid, ok := errors.AsType[*InvalidError](err); ok {
			return User{}, &InvalidError{"project", invalid.Reason}
		}
		return User{}, err
	}
	name, hash, err := c.prepareUser(ctx, name, password)
	if err != nil {
		return User{}, err
	}
	ctx = As(ctx, "user:"+name)
	var u User
	err = c.write(ctx, func(tx *sql.Tx) error {
		// Again, and now under the lock: somebody else may have used it
		// while the password was hashed.
		if _, err := c.checkSetupLink(ctx, tx, token); err != nil {
			return err
		}
		if u, err = c.addUser(ctx, tx, name, hash, Admin, ""); err != nil {
			return err
		}
		if _, err := c.addProject(ctx, tx, Project{Name: project, Created: c.now()}); err != nil {
			return err
		}
		used := fingerprint(token)
		if _, err := tx.ExecContext(ctx, `UPDATE setup_links SET used = ? WHERE hash = ?`, c.now().UnixMilli(), used[:]); err != nil {
			return fmt.Errorf("catalog: use set-up link: %w", err)
		}
		return nil
	})
	return u, err
}

// setUpAt says when the first admin was made; zero when there is none.
func setUpAt(ctx context.Context, tx *sql.Tx) (time.Time, error) {
	var at sql.NullInt64
	if err := tx.QueryRowContext(ctx, `SELECT min(created) FROM users WHERE role = 'admin'`).Scan(&at); err != nil {
		return time.Time{}, fmt.Errorf("catalog: look for an admin: %w", err)
	}
	return instant(at), nil
}
