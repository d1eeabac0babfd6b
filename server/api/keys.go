package api

import (
	"fmt"
	"net/http"
	"time"

	"github.com/clewline/clewline/server/catalog"
)

type keyAnswer struct {
	ID      string          `json:"id"`
	Type    catalog.KeyType `json:"type"`
	Name    string          `json:"name"`
	Project string          `json:"project"`
	Prefix  string          `json:"prefix"`
	Origins []string        `json:"origins"`
	Created *string         `json:"created"`
	LastUse *string         `json:"lastUsed"`
	Revoked *string         `json:"revoked"`
	// Ends is when the key stops working by itself.
	Ends *string `json:"ends"`
	// Replaces is the key that this one is the successor of.
	Replaces string `json:"replaces,omitempty"`
	// 0 is no quota.
	EventsPerSecond int64  `json:"eventsPerSecond"`
	BytesPerDay     int64  `json:"bytesPerDay"`
	Use             KeyUse `json:"use"`
	// 0 is the server's own bound.
	QuerySeconds  int64       `json:"querySecondsPerMinute"`
	QueriesAtOnce int64       `json:"queriesAtOnce"`
	QueryRows     int64       `json:"queryRowsPerMinute"`
	Reading       *keyReading `json:"reading,omitempty"` // of read keys
}

// KeyUse is how a key was used since the server started.
type KeyUse struct {
	// Since is when counting began, in RFC 3339; "" for a key that was not used.
	Since    string `json:"since,omitempty"`
	LastAt   string `json:"lastAt,omitempty"`
	Requests int64  `json:"requests"` // within the last 24 hours
	Clients  int    `json:"clients"`  // that sent them
	// More says that there were more clients than are counted.
	More      bool  `json:"moreClients,omitempty"`
	EventsNow int64 `json:"eventsPerSecond"` // over the last minute
	BytesDay  int64 `json:"bytesToday"`      // of this UTC day
	Refused   int64 `json:"refused"`         // for a quota or for pressure, within the last 24 hours
	// Origin is the last page that was refused, and how often pages were.
	Origin  string `json:"refusedOrigin,omitempty"`
	Origins int64  `json:"refusedOrigins,omitempty"`
}

func (a *API) keyAnswerOf(k catalog.Key) keyAnswer {
	if k.Origins == nil {
		k.Origins = []string{}
	}
	return keyAnswer{
		k.ID, k.Type, k.Name, k.Project, k.Prefix, k.Origins, stamp(k.Created), stamp(k.LastUse), stamp(k.Revoked),
		stamp(k.Ends), k.Replaces, k.Quota.EventsPerSecond, k.Quota.BytesPerDay, a.keyUse(k.ID),
		k.Reading.SecondsPerMinute, k.Reading.AtOnce, k.Reading.RowsPerMinute, a.metering.readingOf(&k),
	}
}

// keyOf finds a key by its id for somebody who may manage it. What is of a
// project that they may not see is not there.
func (a *API) keyOf(r *http.Request, c *caller, id string) (catalog.Key, error) {
	k, err := a.catalog.Key(r.Context(), id)
	if err != nil {
		return catalog.Key{}, err
	}
	if c.user.Role == catalog.Admin {
		return k, nil
	}
	projects, err := a.catalog.ProjectsOf(r.Context(), c.user)
	if err != nil {
		return catalog.Key{}, err
	}
	for _, p := range projects {
		if p.Name == k.Project {
			return k, nil
		}
	}
	return catalog.Key{}, fmt.Errorf("key %q: %w", id, catalog.ErrNotFound)
}

// listKeys answers GET /v1/keys.
func (a *API) listKeys(w http.ResponseWriter, r *http.Request, c *caller) error {
	project, err := a.projectOf(r.Context(), c.user, r.URL.Query().Get("project"))
	if err != nil {
		return err
	}
	keys, err := a.catalog.Keys(r.Context(), project)
	if err != nil {
		return err
	}
	out := make([]keyAnswer, len(keys))
	for i, k := range keys {
		out[i] = a.keyAnswerOf(k)
	}
	writeJSON(w, http.StatusOK, map[string]any{"keys": out})
	return nil
}

// madeKey tells of a key that was just made: the only answer that has it whole.
func (a *API) madeKey(w http.ResponseWriter, k catalog.Key, secret string) {
	writeJSON(w, http.StatusCreated, struct {
		keyAnswer
		Key string `json:"key"`
	}{a.keyAnswerOf(k), secret})
}

// createKey answers POST /v1/keys.
func (a *API) createKey(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form struct {
		Project         string          `json:"project"`
		Type            catalog.KeyType `json:"type"`
		Name            string          `json:"name"`
		Origins         []string        `json:"origins"`
		Ends            *string         `json:"ends"`
		EventsPerSecond int64           `json:"eventsPerSecond"`
		BytesPerDay     int64           `json:"bytesPerDay"`
		QuerySeconds    int64           `json:"querySecondsPerMinute"`
		QueriesAtOnce   int64           `json:"queriesAtOnce"`
		QueryRows       int64           `json:"queryRowsPerMinute"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	project, err := a.projectOf(r.Context(), c.user, form.Project)
	if err != nil {
		return err
	}
	ends, err := endOf(form.Ends)
	if err != nil {
		return err
	}
	spec := catalog.KeySpec{Ends: ends, Name: form.Name, Origins: form.Origins, Quota: catalog.Quota{EventsPerSecond: form.EventsPerSecond, BytesPerDay: form.BytesPerDay},
		Reading: catalog.Reading{SecondsPerMinute: form.QuerySeconds, AtOnce: form.QueriesAtOnce, RowsPerMinute: form.QueryRows}}
	k, secret, err := a.catalog.MakeKey(as(r, c).Context(), project, form.Type, spec)
	if err != nil {
		return err
	}
	a.madeKey(w, k, secret)
	return nil
}

// changeKey answers PATCH /v1/keys/{id}: what is left out stays as it is.
func (a *API) changeKey(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form struct {
		Name            *string   `json:"name"`
		Origins         *[]string `json:"origins"`
		Ends            *string   `json:"ends"` // "" for never
		EventsPerSecond *int64    `json:"eventsPerSecond"`
		BytesPerDay     *int64    `json:"bytesPerDay"`
		QuerySeconds    *int64    `json:"querySecondsPerMinute"`
		QueriesAtOnce   *int64    `json:"queriesAtOnce"`
		QueryRows       *int64    `json:"queryRowsPerMinute"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	if form.Name == nil && form.Origins == nil && form.Ends == nil && form.EventsPerSecond == nil && form.BytesPerDay == nil &&
		form.QuerySeconds == nil && form.QueriesAtOnce == nil && form.QueryRows == nil {
		return badRequest("origins", "Nothing is to be changed; name, origins, ends, eventsPerSecond, bytesPerDay, querySecondsPerMinute, queryRowsPerMinute and queriesAtOnce can be.")
	}
	ends, err := endOf(form.Ends)
	if err != nil {
		return err
	}
	k, err := a.keyOf(r, c, r.PathValue("id"))
	if err != nil {
		return err
	}
	k, err = a.catalog.ChangeKey(as(r, c).Context(), k.ID, func(s *catalog.KeySpec) {
		put(&s.Name, form.Name)
		put(&s.Origins, form.Origins)
		put(&s.Quota.EventsPerSecond, form.EventsPerSecond)
		put(&s.Quota.BytesPerDay, form.BytesPerDay)
		put(&s.Reading.SecondsPerMinute, form.QuerySeconds)
		put(&s.Reading.AtOnce, form.QueriesAtOnce)
		put(&s.Reading.RowsPerMinute, form.QueryRows)
		if form.Ends != nil {
			s.Ends = ends
		}
	})
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, a.keyAnswerOf(k))
	return nil
}

func put[T any](into, from *T) {
	if from != nil {
		*into = *from
	}
}

// endOf reads the time at which a key ends; nil and "" are never.
func endOf(text *string) (time.Time, error) {
	if text == nil || *text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, *text)
	if err != nil {
		return time.Time{}, badRequest("ends", "ends: %s is no time; want RFC 3339 such as 2026-11-20T14:32:07Z.", shorten(*text))
	}
	return t, nil
}

// rotateKey answers POST /v1/keys/{id}/successor.
func (a *API) rotateKey(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form struct {
		Ends *string `json:"ends"` // of the old key
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	ends, err := endOf(form.Ends)
	if err != nil {
		return err
	}
	k, err := a.keyOf(r, c, r.PathValue("id"))
	if err != nil {
		return err
	}
	next, secret, err := a.catalog.RotateKey(as(r, c).Context(), k.ID, ends)
	if err != nil {
		return err
	}
	a.madeKey(w, next, secret)
	return nil
}

// revokeKey answers DELETE /v1/keys/{id}.
func (a *API) revokeKey(w http.ResponseWriter, r *http.Request, c *caller) error {
	k, err := a.keyOf(r, c, r.PathValue("id"))
	if err != nil {
		return err
	}
	if err := a.catalog.RevokeKey(as(r, c).Context(), k.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
