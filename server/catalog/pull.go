package catalog

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"time"
)

// PullState is how far a pull has come.
type PullState string

// A pull is asked for, handed to a page of the device, and then done: the page
// reads its logs and sends them. The others are ends of another kind.
const (
	PullAsked     PullState = "asked"
	PullDelivered PullState = "delivered"
	PullRunning   PullState = "running"
	PullDone      PullState = "done"
	PullRefused   PullState = "refused" // by the person at the device, or by its page
	PullFailed    PullState = "failed"
	PullCancelled PullState = "cancelled"
	PullExpired   PullState = "expired"
)

// A Pull asks one device for the logs that it keeps, of a range of time and
// from a level on.
type Pull struct {
	ID      string
	Project string
	Device  string
	Level   string    // the least severe that is wanted
	From    time.Time // of the events, [From, To)
	To      time.Time
	State   PullState
	Reason  string // why it was refused, or has failed
	By      string // who asked, as in the audit trail
	Asked   time.Time
	Expires time.Time // its ticket is good until then

	Delivered, Started time.Time // zero when that has not happened
	Heard              time.Time // the last sign of it from the device
	Ended              time.Time

	Tab      string // the page that does it
	Selected int64  // events that the page found and sends
	Events   int64  // events that arrived
	Bytes    int64
}

// Open says whether something may still become of the pull.
func (p Pull) Open() bool { return p.Ended.IsZero() }

// Bounds of pulls.
const (
	MaxOpenPulls   = 500 // of one project
	MaxDevicePulls = 10  // open, of one device
	maxPulls       = 100_000
)

const pullColumns = `id, project, device, level, first, until, state, reason, actor, asked, expires, delivered, started, heard, ended, tab, selected, events, bytes`

func scanPull(scan func(...any) error, p *Pull) error {
	var first, until, asked, expires, delivered, started, heard, ended sql.NullInt64
	err := scan(&p.ID, &p.Project, &p.Device, &p.Level, &first, &until, &p.State, &p.Reason, &p.By, &asked, &expires,
		&delivered, &started, &heard, &ended, &p.Tab, &p.Selected, &p.Events, &p.Bytes)
	p.From, p.To, p.Asked, p.Expires = instant(first), instant(until), instant(asked), instant(expires)
	p.Delivered, p.Started, p.Heard, p.Ended = instant(delivered), instant(started), instant(heard), instant(ended)
	return err
}

// AddPull enters a pull, and gives it with what was added to it: an id, who
// asked and when. Device, Level, From, To and Expires are the caller's.
func (c *Catalog) AddPull(ctx context.Context, p Pull) (Pull, error) {
	p.ID, p.By, p.State, p.Asked = newID("pl"), actorOf(ctx), PullAsked, c.now().UTC().Truncate(time.Millisecond)
	if err := c.expirePulls(ctx); err != nil {
		return Pull{}, err
	}
	err := c.write(ctx, func(tx *sql.Tx) error {
		var open, device int
		err := tx.QueryRowContext(ctx, `SELECT count(*), count(*) FILTER (WHERE device = ?) FROM pulls WHERE project = ? AND ended IS NULL`, p.Device, p.Project).Scan(&open, &device)
		switch {
		case err != nil:
			return fmt.Errorf("catalog: count pulls: %w", err)
		case open >= MaxOpenPulls:
			return &InvalidError{"device", fmt.Sprintf("%d pulls of this project are open, which is the most there may be; cancel some, or wait until they end", open)}
		case device >= MaxDevicePulls:
			return &InvalidError{"device", fmt.Sprintf("%d pulls of this device are open, which is the most there may be; cancel some, or wait until they end", device)}
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO pulls (id, project, device, level, first, until, state, actor, asked, expires) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			p.ID, p.Project, p.Device, p.Level, p.From.UnixMilli(), p.To.UnixMilli(), p.State, p.By, p.Asked.UnixMilli(), p.Expires.UnixMilli()); err != nil {
			return fmt.Errorf("catalog: add a pull: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM pulls WHERE ended IS NOT NULL AND id NOT IN (SELECT id FROM pulls ORDER BY asked DESC LIMIT ?)`, maxPulls); err != nil {
			return fmt.Errorf("catalog: bound the pulls: %w", err)
		}
		return c.audit(ctx, tx, "pull.ask", p.ID, p.Project, fmt.Sprintf("device %s, %s to %s, level %s", p.Device, p.From.UTC().Format(time.RFC3339), p.To.UTC().Format(time.RFC3339), p.Level))
	})
	if err != nil {
		return Pull{}, err
	}
	return p, nil
}

// Pull gives one pull of a project; ErrNotFound where there is none of that id.
func (c *Catalog) Pull(ctx context.Context, project, id string) (Pull, error) {
	if err := c.expirePulls(ctx); err != nil {
		return Pull{}, err
	}
	return readPull(ctx, c.db, project, id)
}

func readPull(ctx context.Context, from querier, project, id string) (p Pull, err error) {
	pulls, err := queryPulls(ctx, from, `WHERE project = ? AND id = ?`, project, id)
	if err == nil && len(pulls) == 0 {
		return p, fmt.Errorf("pull %q: %w", id, ErrNotFound)
	}
	if err != nil {
		return p, err
	}
	return pulls[0], nil
}

func queryPulls(ctx context.Context, from querier, where string, args ...any) ([]Pull, error) {
	rows, err := from.QueryContext(ctx, `SELECT `+pullColumns+` FROM pulls `+where, args...)
	return readAll(rows, err, "read pulls", func(p *Pull) error { return scanPull(rows.Scan, p) })
}

// Pulls lists the pulls of a project, newest first, at most so many; of one
// device where one is named.
func (c *Catalog) Pulls(ctx context.Context, project, device string, limit int) ([]Pull, error) {
	if err := c.expirePulls(ctx); err != nil {
		return nil, err
	}
	return queryPulls(ctx, c.db, `WHERE project = ?1 AND (?2 = '' OR device = ?2) ORDER BY asked DESC, id LIMIT ?3`, project, device, limit)
}

// OpenPulls lists the pulls of all projects that something may still become of.
func (c *Catalog) OpenPulls(ctx context.Context) ([]Pull, error) {
	if err := c.expirePulls(ctx); err != nil {
		return nil, err
	}
	return queryPulls(ctx, c.db, `WHERE ended IS NULL ORDER BY asked, id`)
}

// ChangePull changes an open pull: change sets its State, Reason, Tab, Selected
// and times. What it is then is given back. One that has ended is given as it
// is, and not changed. An end, other than that its time ran out, is entered in
// the audit trail.
func (c *Catalog) ChangePull(ctx context.Context, project, id string, change func(*Pull)) (Pull, error) {
	var p Pull
	if err := c.expirePulls(ctx); err != nil {
		return p, err
	}
	err := c.write(ctx, func(tx *sql.Tx) (err error) {
		if p, err = readPull(ctx, tx, project, id); err != nil || !p.Open() {
			return err
		}
		before := p.State
		change(&p)
		switch p.State {
		case PullDone, PullRefused, PullFailed, PullCancelled:
			p.Ended = c.now().UTC().Truncate(time.Millisecond)
		}
		_, err = tx.ExecContext(ctx, `UPDATE pulls SET state = ?, reason = ?, delivered = ?, started = ?, heard = ?, ended = ?, tab = ?, selected = ? WHERE id = ?`,
			p.State, p.Reason, millis(p.Delivered), millis(p.Started), millis(p.Heard), millis(p.Ended), p.Tab, p.Selected, id)
		if err != nil {
			return fmt.Errorf("catalog: change pull %s: %w", id, err)
		}
		if p.Open() || p.State == before {
			return nil
		}
		detail := []string{"device " + p.Device, fmt.Sprintf("%d events", p.Events)}
		if p.Reason != "" {
			detail = append(detail, p.Reason)
		}
		return c.audit(ctx, tx, "pull."+pullActions[p.State], id, p.Project, strings.Join(detail, ", "))
	})
	return p, err
}

var pullActions = map[PullState]string{PullDone: "done", PullRefused: "refuse", PullFailed: "fail", PullCancelled: "cancel"}

// CountPulled adds what has arrived for a pull.
func (c *Catalog) CountPulled(ctx context.Context, project, id string, events, bytes int64) error {
	return c.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE pulls SET events = events + ?, bytes = bytes + ?, heard = ? WHERE project = ? AND id = ?`,
			events, bytes, c.now().UnixMilli(), project, id); err != nil {
			return fmt.Errorf("catalog: count for pull %s: %w", id, err)
		}
		return nil
	})
}

// expirePulls ends the pulls whose time has run out. It writes only when there
// are any.
func (c *Catalog) expirePulls(ctx context.Context) error {
	now := c.now().UnixMilli()
	var due bool
	err := c.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM pulls WHERE ended IS NULL AND expires <= ?)`, now).Scan(&due)
	if err == nil && !due {
		return nil
	}
	if err == nil {
		err = c.write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `UPDATE pulls SET state = 'expired', ended = expires WHERE ended IS NULL AND expires <= ?`, now)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("catalog: end pulls whose time has run out: %w", err)
	}
	return nil
}
