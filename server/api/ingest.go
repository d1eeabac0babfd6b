package api

import (
	"context"
	"net/http"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
)

// An Observer knows what has come in, and reads dead letters again. Its methods
// may be called concurrently.
type Observer interface {
	// Incoming tells what has come by the doors, of one project or, for "",
	// of all.
	Incoming(project string) Incoming
	// Health tells of the server itself.
	Health() Health
	// AcknowledgeClock has Health's Clock told no more, and says whether it was
	// still what had been seen.
	AcknowledgeClock(seen string) bool
	// Formats lists the formats that a dead letter can be read as.
	Formats() []string
	// Diagnose gives the column of the text of a project's dead letter, in bytes
	// from 1, at which it cannot be read (0 is unknown), and whether it could be
	// read now.
	Diagnose(ctx context.Context, project string, letter event.DeadLetter) (column int, readable bool)
	// Replay stores a dead letter's event, once for each id. An error of the
	// letter's own is an *UnreadableError.
	Replay(ctx context.Context, project string, letter event.DeadLetter, id string, as ReplayAs) (eventID string, err error)
}

// nothingComes is the Observer of a server that takes no events in.
type nothingComes struct{}

func (nothingComes) Incoming(string) Incoming {
	return Incoming{Doors: []Door{}, P50: []float64{}, P99: []float64{}}
}
func (nothingComes) Health() Health               { return Health{Troubles: []string{}} }
func (nothingComes) AcknowledgeClock(string) bool { return false }
func (nothingComes) Formats() []string            { return []string{} }
func (nothingComes) Diagnose(context.Context, string, event.DeadLetter) (int, bool) {
	return 0, false
}
func (nothingComes) Replay(context.Context, string, event.DeadLetter, string, ReplayAs) (string, error) {
	return "", &UnreadableError{Reason: "this server takes no events in"}
}

// Incoming is what has come by the doors since the server started, and the
// steps of its last hour, the last of which is under way. Durations are ms.
type Incoming struct {
	Since   string    `json:"since"`
	From    string    `json:"from"` // the first step begins
	Step    float64   `json:"step"` // in seconds
	Steps   int       `json:"steps"`
	Minute  float64   `json:"minute"` // seconds that the tallies "minute" are about
	Doors   []Door    `json:"doors"`
	Durable Durable   `json:"durable"`
	P50     []float64 `json:"p50"` // until durable, by step; 0 = nothing came
	P99     []float64 `json:"p99"`
}

// A Door is one way in.
type Door struct {
	Door     string    `json:"door"`
	Last     *string   `json:"last"` // the last request; null = none since the server started
	Total    Tally     `json:"total"`
	Hour     Tally     `json:"hour"`
	Minute   Tally     `json:"minute"`
	Events   []int64   `json:"events"` // acknowledged, by step
	Keys     []DoorKey `json:"keys"`
	MoreKeys int       `json:"moreKeys"` // that are not listed
}

// A DoorKey is a sender: a key at a door.
type DoorKey struct {
	ID      string  `json:"id"`
	Name    string  `json:"name"`
	Project string  `json:"project"`
	From    string  `json:"from"` // the last address
	Last    *string `json:"last"`
	Total   Tally   `json:"total"`
	Minute  Tally   `json:"minute"`
}

// A Tally counts what came; docs/api.md says what each means.
type Tally struct {
	Requests   int64 `json:"requests"`
	Events     int64 `json:"events"`
	Bytes      int64 `json:"bytes"`
	Late       int64 `json:"late"`
	Corrected  int64 `json:"corrected"`
	Redacted   int64 `json:"redacted"`
	Duplicates int64 `json:"duplicates"`
	Rejected   int64 `json:"rejected"`
	Slowed     int64 `json:"slowed"`
	Refused    int64 `json:"refused"`
	Failed     int64 `json:"failed"`
}

// Durable tells how long requests of the last hour waited until their events
// were durable, in ms.
type Durable struct {
	Requests int64   `json:"requests"`
	P50      float64 `json:"p50"`
	P95      float64 `json:"p95"`
	P99      float64 `json:"p99"`
}

// Health is the server's own state.
type Health struct {
	Troubles []string `json:"troubles"`
	// Clock is what is wrong with the server's clock until an admin has
	// acknowledged it, or ""; it is one of the troubles.
	Clock  string  `json:"clock"`
	Queue  Queue   `json:"queue"`
	Disk   *Disk   `json:"disk"`   // null where it is not known
	Canary *Canary `json:"canary"` // null where there is none
}

// Queue is what waits to be stored, and how much may.
type Queue struct {
	Batches    int   `json:"batches"`
	Bytes      int   `json:"bytes"`
	MaxBatches int   `json:"maxBatches"`
	MaxBytes   int   `json:"maxBytes"`
	Full       int64 `json:"full"` // batches that were refused since the start
}

// Disk is the one that holds the events. Below Floor free, events are refused.
type Disk struct {
	Size  int64 `json:"size"`
	Free  int64 `json:"free"`
	Floor int64 `json:"floor"`
}

// Canary is what the canary has seen since the server started.
type Canary struct {
	Every     float64 `json:"every"` // seconds
	Rounds    int64   `json:"rounds"`
	Returned  int64   `json:"returned"`
	Failed    int64   `json:"failed"`
	Skipped   int64   `json:"skipped"`
	Last      *string `json:"last"`
	RoundTrip float64 `json:"roundTrip"` // ms
	Failure   string  `json:"failure"`
	Paused    string  `json:"paused"`
}

// mostKeys bounds the senders that are listed for one door.
const mostKeys = 50

// segmentAnswer is a file of events as it is told.
type segmentAnswer struct {
	Name   string  `json:"name"`
	State  string  `json:"state"`
	Day    string  `json:"day"`
	Events int64   `json:"events"`
	Bytes  int64   `json:"bytes"`
	From   *string `json:"from"`
	To     *string `json:"to"`
	Error  string  `json:"error,omitempty"`
}

type keptAnswer struct {
	Events int64  `json:"events"`
	Bytes  int64  `json:"bytes"`
	Days   int    `json:"days"`
	Oldest string `json:"oldest"` // the first day
	// RoomDays is for how many days more there is room at the rate of the last
	// full week; null where that is not known.
	RoomDays *float64 `json:"roomDays"`
}

// showIngest answers GET /v1/ingest: an admin who names no project is told of
// all.
func (a *API) showIngest(w http.ResponseWriter, r *http.Request, c *caller) error {
	project, err := a.observed(r, c)
	if err != nil {
		return err
	}
	incoming, health := a.observer.Incoming(project), a.observer.Health()
	if err := a.nameKeys(r.Context(), &incoming); err != nil {
		return err
	}
	stats := a.store.Stats()
	answer := struct {
		Project  string          `json:"project"`
		Now      string          `json:"now"`
		Ready    bool            `json:"ready"`
		Incoming Incoming        `json:"incoming"`
		Health   Health          `json:"health"`
		Kept     keptAnswer      `json:"kept"`
		Segments []segmentAnswer `json:"segments"`
		Unsealed int             `json:"unsealed"`
		Damaged  int             `json:"quarantined"`
	}{project, rfc3339(a.now().UnixNano()), len(health.Troubles) == 0, incoming, health, keptAnswer{}, []segmentAnswer{}, stats.Unsealed, stats.Quarantined}
	if keeper, ok := a.store.(store.Keeper); ok {
		usage := keeper.Usage()
		answer.Kept = a.kept(usage, project, health.Disk)
		if c.user.Role == catalog.Admin {
			answer.Segments = segmentAnswers(keeper.Segments())
		}
	}
	if c.user.Role != catalog.Admin {
		// What is wrong may name folders and other projects.
		answer.Health.Troubles, answer.Health.Clock = []string{}, ""
	}
	writeJSON(w, http.StatusOK, answer)
	return nil
}

// observed gives the project that a request about incoming events means; ""
// for all.
func (a *API) observed(r *http.Request, c *caller) (project string, err error) {
	asked := r.URL.Query().Get("project")
	if asked == "" && c.user.Role == catalog.Admin {
		return "", nil
	}
	return a.projectOf(r.Context(), c.user, asked)
}

// nameKeys puts the names of keys beside their ids, and cuts long lists.
func (a *API) nameKeys(ctx context.Context, in *Incoming) error {
	names := map[string]string{}
	loaded := map[string]bool{}
	for i := range in.Doors {
		d := &in.Doors[i]
		if len(d.Keys) > mostKeys {
			d.MoreKeys = len(d.Keys) - mostKeys
			d.Keys = d.Keys[:mostKeys]
		}
		for k := range d.Keys {
			key := &d.Keys[k]
			if key.Project != "" && !loaded[key.Project] {
				loaded[key.Project] = true
				keys, err := a.catalog.Keys(ctx, key.Project)
				if err != nil {
					return err
				}
				for _, x := range keys {
					names[x.ID] = x.Name
				}
			}
			key.Name = names[key.ID]
		}
	}
	return nil
}

// kept sums what is kept of a project, "" for all that people have.
func (a *API) kept(usage []store.Usage, project string, disk *Disk) keptAnswer {
	var out keptAnswer
	today := store.DayOf(a.now())
	var oldest, first store.Day // of the project, of anything
	days := map[store.Day]bool{}
	var week int64
	for i, u := range usage {
		if i == 0 || u.Day < first {
			first = u.Day
		}
		if u.Day < today && u.Day >= today-7 {
			week += u.Bytes
		}
		if catalog.CheckProjectName(u.Project) != nil || project != "" && u.Project != project {
			continue // the server's own, or another one's
		}
		if len(days) == 0 || u.Day < oldest {
			oldest = u.Day
		}
		days[u.Day] = true
		out.Events += u.Events
		out.Bytes += u.Bytes
	}
	if out.Days = len(days); out.Days > 0 {
		out.Oldest = dayText(oldest)
	}
	if full := min(7, int64(today-first)); disk != nil && len(usage) > 0 && full > 0 && week > 0 {
		room := max(0, float64(disk.Free-disk.Floor)/(float64(week)/float64(full)))
		out.RoomDays = &room
	}
	return out
}

func segmentAnswers(segments []store.Segment) []segmentAnswer {
	out := make([]segmentAnswer, 0, len(segments))
	for _, s := range segments {
		if s.Events == 0 && s.State != store.SegmentActive && s.State != store.SegmentQuarantined {
			continue // it only remembers streams and keys
		}
		out = append(out, segmentAnswer{s.Name, s.State, dayText(s.Day), s.Events, s.Bytes, stamp(s.MinTime), stamp(s.MaxTime), s.Err})
	}
	return out
}
