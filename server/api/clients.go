package api

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"time"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/push"
	"github.com/clewline/clewline/server/sse"
	"github.com/clewline/clewline/server/tail"
)

// mostClients bounds the pages of one answer. There are at most push's
// MaxProject of them; a page shows no more.
const mostClients = 5000

func noPush() error {
	return &requestError{code: "unavailable", message: "This server does not know live pages."}
}

type clientsAnswer struct {
	Clients []push.Client `json:"clients"`
	Online  int           `json:"online"`
	Seen    int           `json:"seen"` // within a day, the online ones among them
	Now     *string       `json:"now"`
}

func (a *API) clientsOf(project string) (clientsAnswer, uint64) {
	list := a.push.List(project)
	out := clientsAnswer{Clients: list.Clients, Seen: len(list.Clients), Now: stamp(a.now())}
	if out.Clients == nil {
		out.Clients = []push.Client{}
	}
	for _, c := range out.Clients {
		if c.Online {
			out.Online++
		}
	}
	out.Clients = out.Clients[:min(len(out.Clients), mostClients)]
	return out, list.Version
}

// listClients answers GET /v1/clients: the pages that are online, or were.
func (a *API) listClients(w http.ResponseWriter, _ *http.Request, c *caller) error {
	if a.push == nil {
		return noPush()
	}
	out, _ := a.clientsOf(c.project)
	writeJSON(w, http.StatusOK, out)
	return nil
}

// clientsStep is how often a live list looks for changes. What changes more
// often than that is told once.
const clientsStep = time.Second

// agedStep is how often a list is told in which nothing has changed: pages that
// have gone silent change nothing, and go offline.
const agedStep = 10 * time.Second

// followClients answers GET /v1/clients/live: the same, whenever something of
// it has changed, as server-sent events. A slow reader costs nothing: it is
// told how things stand when it reads, not what has happened in between.
func (a *API) followClients(w http.ResponseWriter, r *http.Request, c *caller) error {
	if a.push == nil {
		return noPush()
	}
	done, err := a.beginFollowing()
	if err != nil {
		return err
	}
	defer done()
	if !a.watching.enter(c.project) {
		return &tail.TooManyError{Project: c.project, Max: mostWatching}
	}
	defer a.watching.leave(c.project)
	out := sse.Open(w)
	defer out.Close()
	out.Send("open", struct{}{})

	told := map[string][]byte{} // by tab: what was told last
	tell := func() (version uint64, err error) {
		all, version := a.clientsOf(c.project)
		change := struct {
			Clients []json.RawMessage `json:"clients"` // new or changed
			Gone    []string          `json:"gone"`
			Online  int               `json:"online"`
			Seen    int               `json:"seen"`
			Now     *string           `json:"now"`
		}{[]json.RawMessage{}, []string{}, all.Online, all.Seen, all.Now}
		here := make(map[string]bool, len(all.Clients))
		for _, one := range all.Clients {
			here[one.Tab] = true
			text, err := json.Marshal(one)
			if err != nil {
				return 0, err
			}
			if string(told[one.Tab]) != string(text) {
				told[one.Tab] = text
				change.Clients = append(change.Clients, text)
			}
		}
		for tab := range told {
			if !here[tab] {
				delete(told, tab)
				change.Gone = append(change.Gone, tab)
			}
		}
		slices.Sort(change.Gone)
		out.Send("clients", change)
		return version, nil
	}
	version, err := tell()
	if err != nil {
		return err
	}
	step, age, heartbeat := time.NewTicker(clientsStep), time.NewTicker(agedStep), time.NewTicker(a.limits.Heartbeat)
	defer step.Stop()
	defer age.Stop()
	defer heartbeat.Stop()
	for out.Err() == nil {
		select {
		case <-step.C:
			if a.push.Version(c.project) == version {
				continue
			}
			if version, err = tell(); err != nil {
				return err
			}
		case <-age.C:
			if version, err = tell(); err != nil {
				return err
			}
		case <-heartbeat.C:
			if err := a.still(r.Context(), c); err != nil {
				out.Bye(problem(err).Message)
				return nil
			}
			out.Comment()
		case <-a.stopping:
			out.Bye("The server is stopping.")
			return nil
		case <-r.Context().Done():
			return nil
		}
	}
	return nil
}

// orderClient answers POST /v1/clients/{tab}/command: what one page sends from
// now on, until it is left.
func (a *API) orderClient(w http.ResponseWriter, r *http.Request, c *caller) error {
	if a.push == nil {
		return noPush()
	}
	var form struct {
		Project string `json:"project"`
		Level   string `json:"level"`
		Mode    string `json:"mode"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	project, err := a.projectOf(r.Context(), c.user, form.Project)
	if err != nil {
		return err
	}
	switch {
	case (form.Level == "") == (form.Mode == ""):
		return badRequest("level", "level, mode: one of them says what the page is to do.")
	case form.Level != "" && !slices.Contains(pullLevels, form.Level):
		return badRequest("level", "level: %s is none; want debug, info, notice, warn, error or fatal.", shorten(form.Level))
	case form.Mode != "" && !slices.Contains([]string{"live", "onError", "pull", "off"}, form.Mode):
		return badRequest("mode", "mode: %s is none; want live, onError, pull or off.", shorten(form.Mode))
	}
	tab := r.PathValue("tab")
	err = a.push.Order(project, tab, push.Command{Level: form.Level, Mode: form.Mode})
	var full *push.TooManyError
	switch {
	case errors.Is(err, push.ErrOffline):
		return &requestError{code: "not_found", message: "This page is not online."}
	case errors.As(err, &full):
		return &requestError{code: "slow_down", message: sentence(full), retry: retryAfter}
	case err != nil:
		return err
	}
	action, value := "client.level", form.Level
	if form.Mode != "" {
		action, value = "client.mode", form.Mode
	}
	ctx := catalog.As(r.Context(), "user:"+c.user.Name)
	if err := a.catalog.Record(ctx, action, tab, project, value); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
