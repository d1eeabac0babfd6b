package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/argon2id"
)

// Role says what a user may do.
type Role string

// The roles, from most to least.
const (
	// Admin sees all projects and may change the catalog.
	Admin Role = "admin"
	// Editor reads the projects that were given to them and manages what
	// belongs to these: their keys.
	Editor Role = "editor"
	// Reader reads the projects that were given to them, and changes nothing.
	Reader Role = "reader"
	// Support reads the events of one account in the projects that were given
	// to them, and nothing else.
	Support Role = "support"
)

// A User is a person who logs in.
type User struct {
	ID      string // "u_..."
	Name    string
	Role    Role
	Account string // the only one that a Support user sees; "" for others
	Created time.Time
}

const (
	// MinPassword and MaxPassword bound a password, in characters. There are
	// no other rules: length is what makes a password hard to guess.
	MinPassword = 12
	MaxPassword = 1000

	maxUserName = 64
	maxUsers    = 10_000

	// maxHashing bounds the password hashes that run at a time, each with
	// 64 MiB. A flood of log-ins waits; it does not take the machine's memory.
	maxHashing = 2
)

// hashing is argon2id with 64 MiB and one lane, stronger than OWASP's least
// (47 MiB, 1 pass, 1 lane). The parameters stand in each hash, so that they
// can be raised later.
var hashing = &argon2id.Params{Memory: 64 << 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// CreateUser adds a user with a password. Projects are those that they may
// see; an admin sees all and is given none. A support user is made by Invite,
// which asks for the account.
func (c *Catalog) CreateUser(ctx context.Context, name, password string, role Role, projects ...string) (User, error) {
	if err := CheckRole(role, ""); err != nil {
		return User{}, err
	}
	name, hash, err := c.prepareUser(ctx, name, password)
	if err != nil {
		return User{}, err
	}
	var u User
	err = c.write(ctx, func(tx *sql.Tx) error {
		if u, err = c.addUser(ctx, tx, name, hash, role, ""); err != nil {
			return err
		}
		return setProjects(ctx, tx, u, projects)
	})
	return u, err
}

// prepareUser checks what a person has typed and hashes the password, which
// takes long and so stands outside the transaction.
func (c *Catalog) prepareUser(ctx context.Context, name, password string) (cleanName, hash string, err error) {
	if cleanName, err = checkLabel("name", name, maxUserName); err != nil {
		return "", "", err
	}
	if cleanName == "" {
		return "", "", &InvalidError{"name", "is empty"}
	}
	hash, err = c.hashPassword(ctx, cleanName, password)
	return cleanName, hash, err
}

func (c *Catalog) addUser(ctx context.Context, tx *sql.Tx, name, hash string, role Role, account string) (User, error) {
	if err := CheckRole(role, account); err != nil {
		return User{}, err
	}
	var count, same int
	err := tx.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE name = ?) FROM users`, name).Scan(&count, &same)
	if err != nil {
		return User{}, fmt.Errorf("catalog: count users: %w", err)
	}
	if same > 0 {
		return User{}, fmt.Errorf("user %s: %w", name, ErrExists)
	}
	if count >= maxUsers {
		return User{}, &InvalidError{"name", fmt.Sprintf("there are %d users already, which is the most one server holds", count)}
	}
	u := User{ID: newID("u"), Name: name, Role: role, Account: account, Created: c.now().UTC().Truncate(time.Millisecond)}
	_, err = tx.ExecContext(ctx, `INSERT INTO users (id, name, password, role, account, created) VALUES (?, ?, ?, ?, ?, ?)`,
		u.ID, u.Name, hash, string(role), account, u.Created.UnixMilli())
	if err != nil {
		return User{}, fmt.Errorf("catalog: add user: %w", err)
	}
	return u, c.audit(ctx, tx, "user.create", u.ID, "", string(role)+" "+name)
}

// Authenticate finds the user with that name and password, or returns
// ErrWrongPassword. It takes as long for a name that nobody has.
func (c *Catalog) Authenticate(ctx context.Context, name, password string) (User, error) {
	if len([]rune(password)) > MaxPassword {
		return User{}, ErrWrongPassword
	}
	var u User
	var hash string
	var created sql.NullInt64
	err := c.db.QueryRowContext(ctx, `SELECT id, name, password, role, account, created FROM users WHERE name = ?`, strings.TrimSpace(name)).
		Scan(&u.ID, &u.Name, &hash, (*string)(&u.Role), &u.Account, &created)
	// Who never chose a password is answered like nobody.
	known := err == nil && hash != ""
	if errors.Is(err, sql.ErrNoRows) || err == nil && !known {
		hash, err = nobodysHash()
	}
	if err != nil {
		return User{}, fmt.Errorf("catalog: look up user: %w", err)
	}
	u.Created = instant(created)
	match := false
	err = c.whileHashing(ctx, func() error {
		match, err = argon2id.ComparePasswordAndHash(password, hash)
		return err
	})
	if err != nil {
		return User{}, fmt.Errorf("catalog: check password: %w", err)
	}
	if !match || !known {
		return User{}, ErrWrongPassword
	}
	return u, nil
}

// nobodysHash is what the passwords of unknown names are compared with.
var nobodysHash = sync.OnceValues(func() (string, error) {
	return argon2id.CreateHash(randomToken(), hashing)
})

func (c *Catalog) whileHashing(ctx context.Context, f func() error) error {
	select {
	case c.hands <- struct{}{}:
		defer func() { <-c.hands }()
		return f()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// HasAdmin says whether an admin exists, that is whether set-up was done.
func (c *Catalog) HasAdmin(ctx context.Context) (bool, error) {
	var n int
	err := c.db.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM users WHERE role = 'admin' LIMIT 1)`).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("catalog: look for an admin: %w", err)
	}
	return n > 0, nil
}

// ProjectsOf lists the projects that a user may see, by name.
func (c *Catalog) ProjectsOf(ctx context.Context, u User) ([]Project, error) {
	if u.Role == Admin {
		return c.Projects(ctx)
	}
	return c.projects(ctx, `SELECT p.name, p.created FROM projects p JOIN members m ON m.project = p.name WHERE m.user = ? AND p.deleted IS NULL ORDER BY p.name`, u.ID)
}
