package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Project is a wall: events, keys and searches of one never meet another's.
type Project struct {
	Name    string
	Created time.Time
}

// MaxProjects bounds the projects of one catalog.
const MaxProjects = 1000

// maxProjectName is what fits into a DNS label and into an index name.
const maxProjectName = 63

// CheckProjectName returns nil or an *InvalidError. A name has 1 to 63 signs
// of a-z, 0-9 and "-" and does not begin with "-".
func CheckProjectName(name string) error {
	const want = "a project's name has 1 to 63 of the signs a-z, 0-9 and -, and does not begin with -"
	if name == "" {
		return &InvalidError{"name", "is empty; " + want}
	}
	if len(name) > maxProjectName {
		return &InvalidError{"name", fmt.Sprintf("has %d bytes; %s", len(name), want)}
	}
	for i, r := range name {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' && i > 0 {
			continue
		}
		return &InvalidError{"name", fmt.Sprintf("has %q at position %d; %s", r, i+1, want)}
	}
	return nil
}

// CreateProject adds a project. It returns ErrExists when there is one of
// that name.
func (c *Catalog) CreateProject(ctx context.Context, name string) (Project, error) {
	p := Project{Name: name, Created: c.now().UTC().Truncate(time.Millisecond)}
	err := c.write(ctx, func(tx *sql.Tx) error {
		added, err := c.addProject(ctx, tx, p)
		if err == nil && !added {
			err = fmt.Errorf("project %s: %w", name, ErrExists)
		}
		return err
	})
	if err != nil {
		return Project{}, err
	}
	return p, nil
}

// EnsureProject adds a project where there is none of that name.
func (c *Catalog) EnsureProject(ctx context.Context, name string) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		_, err := c.addProject(ctx, tx, Project{Name: name, Created: c.now()})
		return err
	})
}

func (c *Catalog) addProject(ctx context.Context, tx *sql.Tx, p Project) (added bool, err error) {
	if err := CheckProjectName(p.Name); err != nil {
		return false, err
	}
	var count, same, deleted, erased int
	err = tx.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE name = ?1), count(*) FILTER (WHERE name = ?1 AND deleted IS NOT NULL),
		count(*) FILTER (WHERE name = ?1 AND erased IS NOT NULL) FROM projects`, p.Name).Scan(&count, &same, &deleted, &erased)
	if err != nil {
		return false, fmt.Errorf("catalog: count projects: %w", err)
	}
	switch {
	case erased > 0:
		// Its events are gone for good; the name begins anew.
		if _, err := tx.ExecContext(ctx, `UPDATE projects SET created = ?, deleted = NULL, erased = NULL WHERE name = ?`, p.Created.UnixMilli(), p.Name); err != nil {
			return false, fmt.Errorf("catalog: add project %s: %w", p.Name, err)
		}
		return true, c.audit(ctx, tx, "project.create", p.Name, p.Name, "again")
	case deleted > 0:
		return false, &InvalidError{"name", "belongs to a project that is being deleted; it is free when its events are erased"}
	case same > 0:
		return false, nil
	}
	if count >= MaxProjects {
		return false, &InvalidError{"name", fmt.Sprintf("there are %d projects already, which is the most one server holds", count)}
	}
	if _, err := tx.ExecContext(ctx, `INSERT INTO projects (name, created) VALUES (?, ?)`, p.Name, p.Created.UnixMilli()); err != nil {
		return false, fmt.Errorf("catalog: add project %s: %w", p.Name, err)
	}
	return true, c.audit(ctx, tx, "project.create", p.Name, p.Name, "")
}

// Projects lists all projects by name.
func (c *Catalog) Projects(ctx context.Context) ([]Project, error) {
	return c.projects(ctx, `SELECT name, created FROM projects WHERE deleted IS NULL ORDER BY name`)
}

func (c *Catalog) projects(ctx context.Context, query string, args ...any) ([]Project, error) {
	rows, err := c.db.QueryContext(ctx, query, args...)
	return readAll(rows, err, "list projects", func(p *Project) error {
		var created sql.NullInt64
		err := rows.Scan(&p.Name, &created)
		p.Created = instant(created)
		return err
	})
}

// DeleteProject closes a project for good: its keys are revoked and nobody
// sees it any more, all at once. The caller then erases its events and says so
// by ProjectErased. To delete a project that is being deleted changes nothing.
// The time is that of the first call, so that an erasure can be named by it.
func (c *Catalog) DeleteProject(ctx context.Context, name string) (at time.Time, err error) {
	err = c.write(ctx, func(tx *sql.Tx) error {
		var deleted, erased sql.NullInt64
		err := tx.QueryRowContext(ctx, `SELECT deleted, erased FROM projects WHERE name = ?`, name).Scan(&deleted, &erased)
		if errors.Is(err, sql.ErrNoRows) || err == nil && erased.Valid {
			return fmt.Errorf("project %q: %w", name, ErrNotFound)
		}
		if err != nil {
			return fmt.Errorf("catalog: look up project: %w", err)
		}
		if deleted.Valid {
			at = instant(deleted)
			return nil
		}
		at = c.now().UTC().Truncate(time.Millisecond)
		for _, statement := range []string{
			`UPDATE projects SET deleted = ?1 WHERE name = ?2`,
			`UPDATE keys SET revoked = ?1 WHERE project = ?2 AND revoked IS NULL`,
			`DELETE FROM members WHERE ?1 > 0 AND project = ?2`,
			`DELETE FROM views WHERE ?1 > 0 AND project = ?2`,
			`DELETE FROM shares WHERE ?1 > 0 AND project = ?2`,
			`DELETE FROM viewer_tokens WHERE ?1 > 0 AND project = ?2`,
			`DELETE FROM retention_projects WHERE ?1 > 0 AND project = ?2`, // not for a later one of that name
			`DELETE FROM sources WHERE ?1 > 0 AND project = ?2`,
			`DELETE FROM pulls WHERE ?1 > 0 AND project = ?2`,
			`DELETE FROM ingest_steps WHERE ?1 > 0 AND project = ?2`,
		} {
			if _, err := tx.ExecContext(ctx, statement, at.UnixMilli(), name); err != nil {
				return fmt.Errorf("catalog: delete project: %w", err)
			}
		}
		return c.audit(ctx, tx, "project.delete", name, name, "its keys are revoked, its events are being erased")
	})
	c.keysChanged(ctx)
	return at, err
}

// ProjectErased says that the erasure of a deleted project's events is ordered
// and durable: its name may be used again.
func (c *Catalog) ProjectErased(ctx context.Context, name string) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE projects SET erased = ? WHERE name = ? AND deleted IS NOT NULL AND erased IS NULL`, c.now().UnixMilli(), name)
		if err != nil {
			return fmt.Errorf("catalog: note that a project is erased: %w", err)
		}
		return nil
	})
}

// Unerased lists the projects that were deleted while their events could not
// be erased yet: the server stopped between the two.
func (c *Catalog) Unerased(ctx context.Context) ([]Project, error) {
	return c.projects(ctx, `SELECT name, deleted FROM projects WHERE deleted IS NOT NULL AND erased IS NULL ORDER BY name`)
}
