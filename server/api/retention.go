package api

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/retention"
	"github.com/clewline/clewline/server/store"
)

// keeper gives what removes events, or an error for a server whose store
// cannot.
func (a *API) keeper() (*retention.Runner, error) {
	if a.keeping == nil {
		return nil, &requestError{code: "not_found", message: "The store of this server removes nothing, so there is nothing to set."}
	}
	return a.keeping, nil
}

// keepForm is how long a project is kept; 0 is no limit.
type keepForm struct {
	Days  int   `json:"days"`
	Bytes int64 `json:"bytes"`
}

func (k keepForm) keep() catalog.Keep    { return catalog.Keep{Days: k.Days, Bytes: k.Bytes} }
func keepFormOf(k catalog.Keep) keepForm { return keepForm{k.Days, k.Bytes} }

// removal is one order of a plan as it is told: all days of a project before
// one.
type removal struct {
	Project string `json:"project"`
	Before  string `json:"before"`
	Reason  string `json:"reason"`
	Days    int    `json:"days"`
	Events  int64  `json:"events"`
	Bytes   int64  `json:"bytes"`
}

type planAnswer struct {
	Days     int       `json:"days"`
	Events   int64     `json:"events"`
	Bytes    int64     `json:"bytes"`
	Lacking  int64     `json:"lacking"`
	Removals []removal `json:"removals"`
}

func planAnswerOf(p retention.Plan) planAnswer {
	out := planAnswer{Removals: make([]removal, len(p.Orders)), Lacking: p.Lacking}
	for i, o := range p.Orders {
		out.Removals[i] = removal{o.Project, dayText(o.Before), o.Reason, o.Days, o.Events, o.Bytes}
	}
	out.Days, out.Events, out.Bytes = p.Total()
	return out
}

func dayText(d store.Day) string { return d.Time().Format(time.DateOnly) }

type retainedDay struct {
	Day    string `json:"day"`
	Events int64  `json:"events"`
	Bytes  int64  `json:"bytes"`
}

type retainedProject struct {
	Name string        `json:"name"`
	Own  *keepForm     `json:"own"`  // nil: as all others
	Gone bool          `json:"gone"` // it is no more, and its events are being removed
	Days []retainedDay `json:"days"`
}

// showRetention answers GET /v1/retention: what is kept of each day, what has
// been decided, and what the disk has.
func (a *API) showRetention(w http.ResponseWriter, r *http.Request, _ *caller) error {
	keeper, err := a.keeper()
	if err != nil {
		return err
	}
	limits, err := a.catalog.Retention(r.Context())
	if err != nil {
		return err
	}
	projects, err := a.catalog.Projects(r.Context())
	if err != nil {
		return err
	}
	kept := map[string]*retainedProject{}
	for _, p := range projects {
		kept[p.Name] = &retainedProject{Name: p.Name, Days: []retainedDay{}}
		if own, ok := limits.Projects[p.Name]; ok {
			form := keepFormOf(own)
			kept[p.Name].Own = &form
		}
	}
	usage := keeper.Usage()
	slices.SortStableFunc(usage, func(a, b store.Usage) int { return cmp.Compare(a.Day, b.Day) })
	for _, u := range usage {
		if catalog.CheckProjectName(u.Project) != nil {
			continue // the server's own, which nobody sets limits for
		}
		p := kept[u.Project]
		if p == nil {
			p = &retainedProject{Name: u.Project, Gone: true}
			kept[u.Project] = p
		}
		p.Days = append(p.Days, retainedDay{dayText(u.Day), u.Events, u.Bytes})
	}
	list := make([]retainedProject, 0, len(kept))
	for p := range maps.Values(kept) {
		list = append(list, *p)
	}
	slices.SortFunc(list, func(a, b retainedProject) int { return cmp.Compare(a.Name, b.Name) })

	type disk struct {
		Size  int64 `json:"size"`
		Free  int64 `json:"free"`
		Floor int64 `json:"floor"` // with less free, events are refused
	}
	var room *disk
	status := keeper.Status()
	now, err := keeper.Disk()
	if err != nil {
		a.log.Warn("the free room of the disk is not known", "error", err)
	} else if now.Size > 0 {
		room = &disk{now.Size, now.Free, keeper.Floor()}
	}
	failed := ""
	if status.Err != nil {
		failed = status.Err.Error()
	}
	writeJSON(w, http.StatusOK, struct {
		Today       string            `json:"today"`
		Others      keepForm          `json:"others"`
		StoreBytes  int64             `json:"storeBytes"`
		KeepFree    int64             `json:"keepFree"`
		KeepFreeNow int64             `json:"keepFreeNow"` // what keepFree 0 means on this disk
		Disk        *disk             `json:"disk"`
		Projects    []retainedProject `json:"projects"`
		Ran         *string           `json:"ran"`
		Failed      string            `json:"failed"`
		Doubt       string            `json:"doubt"`
		Lacking     int64             `json:"lacking"`
	}{
		dayText(store.DayOf(a.now())), keepFormOf(limits.Others), limits.StoreBytes, limits.KeepFree, retention.KeepFree(catalog.Retention{}, now),
		room, list, stamp(status.Ran), failed, status.Doubt, status.Lacking,
	})
	return nil
}

// A retentionForm is a change of what is kept: of one project's limits, where
// it names one, else of the server's. What it leaves out stays as it is.
type retentionForm struct {
	Project string `json:"project"`
	// Own are the project's limits; with Follow it has those of all others.
	Own    *keepForm `json:"own"`
	Follow bool      `json:"follow"`

	Others     *keepForm `json:"others"`
	StoreBytes *int64    `json:"storeBytes"`
	KeepFree   *int64    `json:"keepFree"`

	// Removes is how many events the person has seen that this removes.
	Removes int64 `json:"removes"`
}

// apply gives the limits as they would be.
func (f retentionForm) apply(limits catalog.Retention) (catalog.Retention, error) {
	if f.Project != "" {
		switch {
		case f.Others != nil || f.StoreBytes != nil || f.KeepFree != nil:
			return limits, badRequest("project", "project: is given beside limits of the server; change one at a time.")
		case (f.Own != nil) == f.Follow:
			return limits, badRequest("own", `own: give the project's limits, or "follow": true for those of all others.`)
		case f.Follow:
			delete(limits.Projects, f.Project)
			return limits, nil
		}
		limits.Projects[f.Project] = f.Own.keep()
		return limits, f.Own.keep().Check()
	}
	if f.Own != nil || f.Follow {
		return limits, badRequest("project", "project: is missing; limits of one project need its name.")
	}
	if f.Others == nil && f.StoreBytes == nil && f.KeepFree == nil {
		return limits, badRequest("others", "others: give what is to change: others, storeBytes or keepFree.")
	}
	if f.Others != nil {
		limits.Others = f.Others.keep()
	}
	if f.StoreBytes != nil {
		limits.StoreBytes = *f.StoreBytes
	}
	if f.KeepFree != nil {
		limits.KeepFree = *f.KeepFree
	}
	return limits, limits.Check()
}

// readRetention reads a change and makes the plan that it would lead to.
func (a *API) readRetention(r *http.Request, c *caller) (form retentionForm, limits catalog.Retention, plan retention.Plan, err error) {
	keeper, err := a.keeper()
	if err != nil {
		return form, limits, plan, err
	}
	if err = readBody(r, &form); err != nil {
		return form, limits, plan, err
	}
	if form.Project != "" {
		if form.Project, err = a.projectOf(r.Context(), c.user, form.Project); err != nil {
			return form, limits, plan, err
		}
	}
	if limits, err = a.catalog.Retention(r.Context()); err != nil {
		return form, limits, plan, err
	}
	if limits, err = form.apply(limits); err != nil {
		return form, limits, plan, err
	}
	plan, diskErr := keeper.Preview(limits)
	if diskErr != nil {
		a.log.Warn("the free room of the disk is not known", "error", diskErr)
	}
	return form, limits, plan, nil
}

// previewRetention answers POST /v1/retention/preview: what a change would
// remove.
func (a *API) previewRetention(w http.ResponseWriter, r *http.Request, c *caller) error {
	_, _, plan, err := a.readRetention(r, c)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, planAnswerOf(plan))
	return nil
}

// changeRetention answers PATCH /v1/retention. A change that removes more than
// the person has seen is refused.
func (a *API) changeRetention(w http.ResponseWriter, r *http.Request, c *caller) error {
	form, limits, plan, err := a.readRetention(r, c)
	if err != nil {
		return err
	}
	if days, events, _ := plan.Total(); events > form.Removes {
		return &requestError{code: "conflict", field: "removes", message: fmt.Sprintf(
			`This would remove %d events of %d days. Send it again with "removes": %d if that is meant.`, events, days, events)}
	}
	ctx := as(r, c).Context()
	if form.Project == "" {
		err = a.catalog.SetRetention(ctx, limits)
	} else if form.Follow {
		err = a.catalog.SetProjectRetention(ctx, form.Project, nil)
	} else {
		keep := form.Own.keep()
		err = a.catalog.SetProjectRetention(ctx, form.Project, &keep)
	}
	if err != nil {
		return err
	}
	a.keeping.Wake()
	writeJSON(w, http.StatusOK, planAnswerOf(plan))
	return nil
}
