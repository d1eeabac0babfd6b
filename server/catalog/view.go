package catalog

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// A View is a search page that somebody has given a name.
type View struct {
	ID      string // "v_..."
	Project string
	Owner   User // without a name when the owner was removed
	ViewSpec
	Created, Changed time.Time
}

// A ViewSpec is what a person decides about a view.
type ViewSpec struct {
	Name string
	// Shared views are seen by everybody who may see the project.
	Shared bool
	// Params are the page's address, without the project.
	Params map[string]string
	// Columns are the names that the page shows beside its own columns.
	Columns []string
	// Density is "", "roomy" or "compact"; "" leaves it to the person.
	Density string
}

// Bounds of views.
const (
	MaxViews     = 500 // of one project
	maxViewName  = 100
	maxParams    = 20
	maxParamText = 32 << 10 // all of them together
	maxViewCols  = 50
)

func (s ViewSpec) check() (ViewSpec, error) {
	var err error
	if s.Name, err = checkLabel("name", s.Name, maxViewName); err != nil {
		return s, err
	}
	if s.Name == "" {
		return s, &InvalidError{"name", "is empty"}
	}
	if err := checkParams(s.Params); err != nil {
		return s, err
	}
	if len(s.Columns) > maxViewCols {
		return s, &InvalidError{"columns", fmt.Sprintf("are %d; at most %d are accepted", len(s.Columns), maxViewCols)}
	}
	for _, c := range s.Columns {
		if c == "" || len(c) > 256 {
			return s, &InvalidError{"columns", "has a name that is empty or longer than 256 bytes"}
		}
	}
	switch s.Density {
	case "", "roomy", "compact":
		return s, nil
	}
	return s, &InvalidError{"density", fmt.Sprintf("%q is not known; want roomy or compact", s.Density)}
}

// checkParams accepts an address as pages write it. The project is not part of
// it: a view belongs to one.
func checkParams(params map[string]string) error {
	size := 0
	for name, value := range params {
		size += len(name) + len(value)
		for _, r := range name {
			if r < 'a' || r > 'z' {
				return &InvalidError{"params", fmt.Sprintf("has the name %.40q; want letters a to z", name)}
			}
		}
		if name == "" || name == "project" {
			return &InvalidError{"params", fmt.Sprintf("must not have the name %q", name)}
		}
	}
	if len(params) > maxParams || size > maxParamText {
		return &InvalidError{"params", fmt.Sprintf("has %d values of %d bytes; at most %d of %d bytes are accepted", len(params), size, maxParams, maxParamText)}
	}
	return nil
}

// Views lists those views of a project that a user sees, by name: their own and
// the shared ones. A user without an id sees the shared ones.
func (c *Catalog) Views(ctx context.Context, project string, u User) ([]View, error) {
	return queryViews(ctx, c.db, `WHERE v.project = ? AND (v.shared = 1 OR v.owner = ?) ORDER BY v.name COLLATE NOCASE, v.id`, project, u.ID)
}

// View gives one view, if that user sees it, or ErrNotFound.
func (c *Catalog) View(ctx context.Context, id string, u User) (View, error) {
	return c.view(ctx, c.db, id, u)
}

func (c *Catalog) view(ctx context.Context, from querier, id string, u User) (View, error) {
	views, err := queryViews(ctx, from, `WHERE v.id = ? AND (v.shared = 1 OR v.owner = ?)`, id, u.ID)
	if err == nil && len(views) == 0 {
		err = fmt.Errorf("view %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return View{}, err
	}
	return views[0], nil
}

// CreateView keeps a view of a project. A second one of the same owner and name
// is ErrExists.
func (c *Catalog) CreateView(ctx context.Context, project string, u User, spec ViewSpec) (View, error) {
	spec, err := spec.check()
	if err != nil {
		return View{}, err
	}
	now := c.now().UTC().Truncate(time.Millisecond)
	v := View{ID: newID("v"), Project: project, Owner: u, ViewSpec: spec, Created: now, Changed: now}
	err = c.write(ctx, func(tx *sql.Tx) error {
		if err := requireProject(ctx, tx, project); err != nil {
			return err
		}
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM views WHERE project = ?`, project).Scan(&n); err != nil {
			return fmt.Errorf("catalog: count views: %w", err)
		}
		if n >= MaxViews {
			return &InvalidError{"name", fmt.Sprintf("the project has %d views, which is the most; remove one that nobody uses", n)}
		}
		if err := freeViewName(ctx, tx, v); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO views (id, project, owner, name, shared, params, columns, density, created, changed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			v.ID, project, u.ID, v.Name, v.Shared, encode(v.Params), encode(v.Columns), v.Density, now.UnixMilli(), now.UnixMilli())
		if err != nil {
			return fmt.Errorf("catalog: keep view: %w", err)
		}
		return c.audit(ctx, tx, "view.create", v.ID, project, v.told())
	})
	return v, err
}

// ChangeView changes a view that the user sees. Their own they may change, and
// shared ones when manages says so; others are ErrNotYours.
func (c *Catalog) ChangeView(ctx context.Context, id string, u User, manages bool, change func(*ViewSpec)) (v View, err error) {
	err = c.changeView(ctx, id, u, manages, func(tx *sql.Tx, found View) error {
		v = found
		change(&v.ViewSpec)
		if v.ViewSpec, err = v.check(); err != nil {
			return err
		}
		if err := freeViewName(ctx, tx, v); err != nil {
			return err
		}
		v.Changed = c.now().UTC().Truncate(time.Millisecond)
		_, err = tx.ExecContext(ctx, `UPDATE views SET name = ?, shared = ?, params = ?, columns = ?, density = ?, changed = ? WHERE id = ?`,
			v.Name, v.Shared, encode(v.Params), encode(v.Columns), v.Density, v.Changed.UnixMilli(), id)
		if err != nil {
			return fmt.Errorf("catalog: change view: %w", err)
		}
		return c.audit(ctx, tx, "view.change", id, v.Project, v.told())
	})
	return v, err
}

// RemoveView removes a view, for whom ChangeView would change it.
func (c *Catalog) RemoveView(ctx context.Context, id string, u User, manages bool) error {
	return c.changeView(ctx, id, u, manages, func(tx *sql.Tx, v View) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM views WHERE id = ?`, id); err != nil {
			return fmt.Errorf("catalog: remove view: %w", err)
		}
		return c.audit(ctx, tx, "view.remove", id, v.Project, v.told())
	})
}

// ErrNotYours says that something belongs to somebody else.
var ErrNotYours = errors.New("it belongs to somebody else: its owner may change it, and editors of the project")

func (c *Catalog) changeView(ctx context.Context, id string, u User, manages bool, change func(*sql.Tx, View) error) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		v, err := c.view(ctx, tx, id, u)
		if err != nil {
			return err
		}
		if v.Owner.ID != u.ID && !manages {
			return fmt.Errorf("the view %s: %w", v.Name, ErrNotYours)
		}
		return change(tx, v)
	})
}

func freeViewName(ctx context.Context, tx *sql.Tx, v View) error {
	var n int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM views WHERE project = ? AND owner = ? AND name = ? AND id <> ?`, v.Project, v.Owner.ID, v.Name, v.ID).Scan(&n)
	if err != nil {
		return fmt.Errorf("catalog: look up view: %w", err)
	}
	if n > 0 {
		return fmt.Errorf("a view called %s: %w", v.Name, ErrExists)
	}
	return nil
}

// told is what the audit trail says of a view. The query stays out of it.
func (v View) told() string {
	if v.Shared {
		return v.Name + ", shared"
	}
	return v.Name
}

func queryViews(ctx context.Context, from querier, where string, args ...any) ([]View, error) {
	rows, err := from.QueryContext(ctx, `SELECT v.id, v.project, coalesce(u.id, ''), coalesce(u.name, ''), v.name, v.shared, v.params, v.columns, v.density, v.created, v.changed
		FROM views v LEFT JOIN users u ON u.id = v.owner `+where, args...)
	return readAll(rows, err, "read views", func(v *View) error {
		var params, columns string
		var created, changed sql.NullInt64
		if err := rows.Scan(&v.ID, &v.Project, &v.Owner.ID, &v.Owner.Name, &v.Name, &v.Shared, &params, &columns, &v.Density, &created, &changed); err != nil {
			return err
		}
		v.Created, v.Changed = instant(created), instant(changed)
		return errors.Join(json.Unmarshal([]byte(params), &v.Params), json.Unmarshal([]byte(columns), &v.Columns))
	})
}

// encode writes maps and lists of strings, which always encode.
func encode(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}
