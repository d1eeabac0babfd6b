package catalog

import (
	"context"
	"database/sql"
	"fmt"
)

// An IngestStep is how many events came by a door in ten minutes.
type IngestStep struct {
	Step    int64 // of ten minutes, counted since the epoch
	Project string
	Door    string
	Events  int64
}

// IngestSteps gives what came from a step on, of one project or, for "", of
// all, summed by step and door.
func (c *Catalog) IngestSteps(ctx context.Context, project string, from int64) ([]IngestStep, error) {
	rows, err := c.db.QueryContext(ctx, `SELECT step, door, sum(events) FROM ingest_steps WHERE step >= ?1 AND (?2 = '' OR project = ?2) GROUP BY step, door ORDER BY step, door`, from, project)
	return readAll(rows, err, "read what came by the doors", func(s *IngestStep) error {
		s.Project = project
		return rows.Scan(&s.Step, &s.Door, &s.Events)
	})
}

// AddIngestSteps adds to what came, and forgets what came before a step. It is
// no administrative act, and in no audit trail; projects that are there no more
// are passed over.
func (c *Catalog) AddIngestSteps(ctx context.Context, steps []IngestStep, oldest int64) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		for _, s := range steps {
			if _, err := tx.ExecContext(ctx, `INSERT INTO ingest_steps (step, project, door, events)
				SELECT ?1, ?2, ?3, ?4 WHERE ?2 = '' OR EXISTS (SELECT 1 FROM projects WHERE name = ?2 AND deleted IS NULL)
				ON CONFLICT (step, project, door) DO UPDATE SET events = events + excluded.events`, s.Step, s.Project, s.Door, s.Events); err != nil {
				return fmt.Errorf("catalog: keep what came by the door %s: %w", s.Door, err)
			}
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM ingest_steps WHERE step < ?`, oldest); err != nil {
			return fmt.Errorf("catalog: forget what came long ago: %w", err)
		}
		return nil
	})
}
