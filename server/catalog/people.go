package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/alexedwards/argon2id"
)

// ErrLastAdmin says that nobody would be left who may change the catalog.
var ErrLastAdmin = errors.New("this is the last admin who can log in: make another one first")

// A Person is a user with what an admin sees of them.
type Person struct {
	User
	Projects []string // by name; empty for an admin, who sees all
	Seen     time.Time
	Sessions int  // that have not ended
	Waiting  bool // no password was ever chosen
	// LinkUntil is when their newest one-time link ends; zero when there is none.
	LinkUntil time.Time
}

// CheckRole returns nil for a role and an account that go together, or an
// *InvalidError. An account belongs to support, and to no other role.
func CheckRole(role Role, account string) error {
	switch role {
	case Admin, Editor, Reader:
		if account != "" {
			return &InvalidError{"account", "is for the role support only"}
		}
	case Support:
		if account == "" {
			return &InvalidError{"account", "is missing: support sees the events of one account only, and somebody must say which"}
		}
	default:
		return &InvalidError{"role", fmt.Sprintf("%q is no role; want admin, editor, reader or support", role)}
	}
	return nil
}

// People lists all users by name.
func (c *Catalog) People(ctx context.Context) ([]Person, error) {
	return c.people(ctx, c.db, "")
}

// PersonByName finds one user by name, or returns ErrNotFound.
func (c *Catalog) PersonByName(ctx context.Context, name string) (Person, error) {
	people, err := c.people(ctx, c.db, `WHERE u.name = ?`, strings.TrimSpace(name))
	if err == nil && len(people) == 0 {
		err = fmt.Errorf("user %q: %w", name, ErrNotFound)
	}
	if err != nil {
		return Person{}, err
	}
	return people[0], nil
}

func (c *Catalog) people(ctx context.Context, from querier, where string, args ...any) ([]Person, error) {
	now := c.now().UnixMilli()
	args = append([]any{now, now}, args...)
	rows, err := from.QueryContext(ctx, `SELECT u.id, u.name, u.role, u.account, u.created, u.seen, u.password = '',
		(SELECT count(*) FROM sessions s WHERE s.user = u.id AND s.expires > ?),
		(SELECT max(l.expires) FROM links l WHERE l.user = u.id AND l.expires > ?),
		(SELECT coalesce(group_concat(m.project, ' '), '') FROM members m WHERE m.user = u.id)
		FROM users u `+where+` ORDER BY u.name`, args...)
	return readAll(rows, err, "list people", func(p *Person) error {
		var created, seen, until sql.NullInt64
		var projects string
		err := rows.Scan(&p.ID, &p.Name, (*string)(&p.Role), &p.Account, &created, &seen, &p.Waiting, &p.Sessions, &until, &projects)
		p.Created, p.Seen, p.LinkUntil = instant(created), instant(seen), instant(until)
		p.Projects = strings.Fields(projects)
		slices.Sort(p.Projects)
		return err
	})
}

// person reads one user in a transaction.
func (c *Catalog) person(ctx context.Context, tx *sql.Tx, id string) (Person, error) {
	people, err := c.people(ctx, tx, `WHERE u.id = ?`, id)
	if err == nil && len(people) == 0 {
		err = fmt.Errorf("user %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return Person{}, err
	}
	return people[0], nil
}

// Invite adds a user without a password, and makes the one-time link by which
// they choose one. The token is returned here and never again.
func (c *Catalog) Invite(ctx context.Context, name string, role Role, account string, projects []string) (p Person, token string, err error) {
	if name, err = checkLabel("name", name, maxUserName); err == nil && name == "" {
		err = &InvalidError{"name", "is empty"}
	}
	if err != nil {
		return Person{}, "", err
	}
	err = c.write(ctx, func(tx *sql.Tx) error {
		u, err := c.addUser(ctx, tx, name, "", role, account)
		if err != nil {
			return err
		}
		if err := setProjects(ctx, tx, u, projects); err != nil {
			return err
		}
		if token, _, err = c.addLink(ctx, tx, u.ID, "invite"); err != nil {
			return err
		}
		p, err = c.person(ctx, tx, u.ID)
		return err
	})
	return p, token, err
}

// ChangePerson gives a user another role, account and other projects. What
// they may do changes with their next request. The last admin keeps the role.
func (c *Catalog) ChangePerson(ctx context.Context, id string, role Role, account string, projects []string) (Person, error) {
	if err := CheckRole(role, account); err != nil {
		return Person{}, err
	}
	var p Person
	err := c.write(ctx, func(tx *sql.Tx) error {
		before, err := c.person(ctx, tx, id)
		if err != nil {
			return err
		}
		if before.Role == Admin && role != Admin {
			if err := anotherAdmin(ctx, tx, id); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `UPDATE users SET role = ?, account = ? WHERE id = ?`, string(role), account, id); err != nil {
			return fmt.Errorf("catalog: change user: %w", err)
		}
		u := before.User
		u.Role, u.Account = role, account
		if err := setProjects(ctx, tx, u, projects); err != nil {
			return err
		}
		if p, err = c.person(ctx, tx, id); err != nil {
			return err
		}
		return c.audit(ctx, tx, "user.change", id, "", fmt.Sprintf("%s: %s, was %s", p.Name, p.May(), before.May()))
	})
	return p, err
}

// May says in one line what a person may.
func (p Person) May() string {
	s := string(p.Role)
	if p.Account != "" {
		s += " of account " + p.Account
	}
	if len(p.Projects) > 0 {
		s += " in " + strings.Join(p.Projects, " ")
	}
	return s
}

// setProjects says anew which projects a user may see. An admin is given none.
func setProjects(ctx context.Context, tx *sql.Tx, u User, projects []string) error {
	if _, err := tx.ExecContext(ctx, `DELETE FROM members WHERE user = ?`, u.ID); err != nil {
		return fmt.Errorf("catalog: change projects: %w", err)
	}
	if u.Role == Admin {
		return nil
	}
	for _, p := range slices.Compact(slices.Sorted(slices.Values(projects))) {
		if err := requireProject(ctx, tx, p); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO members (user, project) VALUES (?, ?)`, u.ID, p); err != nil {
			return fmt.Errorf("catalog: add member: %w", err)
		}
	}
	return nil
}

// RemovePerson removes a user, their sessions and links. Their name stays in
// the audit trail. The last admin stays.
func (c *Catalog) RemovePerson(ctx context.Context, id string) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		p, err := c.person(ctx, tx, id)
		if err != nil {
			return err
		}
		if p.Role == Admin {
			if err := anotherAdmin(ctx, tx, id); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM users WHERE id = ?`, id); err != nil {
			return fmt.Errorf("catalog: remove user: %w", err)
		}
		return c.audit(ctx, tx, "user.remove", id, "", p.Name)
	})
}

// anotherAdmin returns ErrLastAdmin unless there is an admin beside id who has
// a password.
func anotherAdmin(ctx context.Context, tx *sql.Tx, id string) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM users WHERE role = 'admin' AND password <> '' AND id <> ?`, id).Scan(&n)
	if err != nil {
		return fmt.Errorf("catalog: count admins: %w", err)
	}
	if n == 0 {
		return ErrLastAdmin
	}
	return nil
}

// ChangePassword gives a user who knows the old password a new one, and ends
// all their sessions but the one of token. It returns ErrWrongPassword when
// the old one does not match.
func (c *Catalog) ChangePassword(ctx context.Context, u User, old, fresh, token string) error {
	if _, err := c.Authenticate(ctx, u.Name, old); err != nil {
		return err
	}
	hash, err := c.hashPassword(ctx, u.Name, fresh)
	if err != nil {
		return err
	}
	keep := fingerprint(token)
	return c.write(ctx, func(tx *sql.Tx) error {
		return c.setPassword(ctx, tx, u, hash, keep[:], "by themselves")
	})
}

// setPassword stores a hash, ends the user's sessions but the one to keep, and
// makes their links useless.
func (c *Catalog) setPassword(ctx context.Context, tx *sql.Tx, u User, hash string, keep []byte, how string) error {
	if _, err := tx.ExecContext(ctx, `UPDATE users SET password = ? WHERE id = ?`, hash, u.ID); err != nil {
		return fmt.Errorf("catalog: set password: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM sessions WHERE user = ? AND hash IS NOT ?`, u.ID, keep); err != nil {
		return fmt.Errorf("catalog: end sessions: %w", err)
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM links WHERE user = ?`, u.ID); err != nil {
		return fmt.Errorf("catalog: end links: %w", err)
	}
	return c.audit(ctx, tx, "user.password", u.ID, "", u.Name+" "+how)
}

// hashPassword checks and hashes what a person has chosen.
func (c *Catalog) hashPassword(ctx context.Context, name, password string) (hash string, err error) {
	if n := len([]rune(password)); n < MinPassword || n > MaxPassword {
		return "", &InvalidError{"password", fmt.Sprintf("has %d characters; %d to %d are accepted", n, MinPassword, MaxPassword)}
	}
	if strings.EqualFold(strings.TrimSpace(password), name) {
		return "", &InvalidError{"password", "is the name"}
	}
	err = c.whileHashing(ctx, func() error {
		hash, err = argon2id.CreateHash(password, hashing)
		return err
	})
	return hash, err
}
