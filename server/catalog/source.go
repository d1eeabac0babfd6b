package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// A Source is how the lines of one sender of a project are read, by a name.
// The catalog keeps the text of the settings and does not look into it.
type Source struct {
	Project  string
	Name     string
	Version  int64  // counts the changes, from 1; it goes on when a source is made anew
	Settings string // JSON
	Created  time.Time
	Changed  time.Time
	By       string // the actor, see As
}

// MaxSources bounds the sources of one project.
const MaxSources = 200

// CheckSourceName returns nil or an *InvalidError. A name has 1 to 63 signs of
// a-z, 0-9, ".", "_" and "-", and begins with a letter or a digit.
func CheckSourceName(name string) error {
	const want = "a source's name has 1 to 63 of the signs a-z, 0-9, ., _ and -, and begins with a letter or a digit"
	if name == "" {
		return &InvalidError{"name", "is empty; " + want}
	}
	if len(name) > maxProjectName {
		return &InvalidError{"name", fmt.Sprintf("has %d bytes; %s", len(name), want)}
	}
	for i, r := range name {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || i > 0 && (r == '.' || r == '_' || r == '-') {
			continue
		}
		return &InvalidError{"name", fmt.Sprintf("has %q at position %d; %s", r, i+1, want)}
	}
	if name == "try" {
		return &InvalidError{"name", "try is a word of the API; take another"}
	}
	return nil
}

const sourceColumns = `project, name, version, settings, created, changed, by`

func scanSource(scan func(...any) error, s *Source) error {
	var created, changed sql.NullInt64
	err := scan(&s.Project, &s.Name, &s.Version, &s.Settings, &created, &changed, &s.By)
	s.Created, s.Changed = instant(created), instant(changed)
	return err
}

// Sources lists the sources of a project by name.
func (c *Catalog) Sources(ctx context.Context, project string) ([]Source, error) {
	rows, err := c.db.QueryContext(ctx, `SELECT `+sourceColumns+` FROM sources WHERE project = ? ORDER BY name`, project)
	return readAll(rows, err, "list sources", func(s *Source) error { return scanSource(rows.Scan, s) })
}

// Source gives one source; ErrNotFound where there is none of that name.
func (c *Catalog) Source(ctx context.Context, project, name string) (Source, error) {
	var s Source
	err := scanSource(c.db.QueryRowContext(ctx, `SELECT `+sourceColumns+` FROM sources WHERE project = ? AND name = ?`, project, name).Scan, &s)
	if errors.Is(err, sql.ErrNoRows) {
		return Source{}, fmt.Errorf("source %q: %w", name, ErrNotFound)
	}
	if err != nil {
		return Source{}, fmt.Errorf("catalog: read source: %w", err)
	}
	return s, nil
}

// SetSource makes a source, or replaces its settings. version is the one that
// the caller has seen, 0 for a new source; when there is another one by now,
// the error is a *ChangedError and nothing changes. detail goes to the audit
// trail and says what changed.
func (c *Catalog) SetSource(ctx context.Context, project, name string, version int64, settings, detail string) (Source, error) {
	if err := CheckSourceName(name); err != nil {
		return Source{}, err
	}
	now := c.now().UTC().Truncate(time.Millisecond)
	next := Source{Project: project, Name: name, Version: version + 1, Settings: settings, Created: now, Changed: now, By: actorOf(ctx)}
	err := c.write(ctx, func(tx *sql.Tx) error {
		var have Source
		var count int
		err := scanSource(tx.QueryRowContext(ctx, `SELECT `+sourceColumns+` FROM sources WHERE project = ? AND name = ?`, project, name).Scan, &have)
		if errors.Is(err, sql.ErrNoRows) {
			err = tx.QueryRowContext(ctx, `SELECT count(*) FROM sources WHERE project = ?`, project).Scan(&count)
		}
		switch {
		case err != nil:
			return fmt.Errorf("catalog: read source: %w", err)
		case have.Version != version && have.Version == 0:
			return &ChangedError{"the settings of source " + name + ", which was removed,", 0, "somebody", now}
		case have.Version != version:
			return &ChangedError{"the settings of source " + name, have.Version, have.By, have.Changed}
		case count >= MaxSources:
			return &InvalidError{"name", fmt.Sprintf("there are %d sources already, which is the most one project has", count)}
		}
		action := "source.create"
		if have.Version > 0 {
			action, next.Created = "source.change", have.Created
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO sources (`+sourceColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (project, name) DO UPDATE SET version = excluded.version, settings = excluded.settings, changed = excluded.changed, by = excluded.by`,
			project, name, next.Version, settings, next.Created.UnixMilli(), now.UnixMilli(), next.By); err != nil {
			return fmt.Errorf("catalog: change source %s: %w", name, err)
		}
		return c.audit(ctx, tx, action, name, project, detail)
	})
	if err != nil {
		return Source{}, err
	}
	return next, nil
}

// RemoveSource forgets a source; ErrNotFound where there is none of that name.
func (c *Catalog) RemoveSource(ctx context.Context, project, name string) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM sources WHERE project = ? AND name = ?`, project, name)
		if err != nil {
			return fmt.Errorf("catalog: remove source %s: %w", name, err)
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("source %q: %w", name, ErrNotFound))
		}
		return c.audit(ctx, tx, "source.remove", name, project, "")
	})
}
