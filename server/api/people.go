package api

import (
	"net/http"
	"strings"

	"github.com/clewline/clewline/server/catalog"
)

type personAnswer struct {
	ID       string       `json:"id"`
	Name     string       `json:"name"`
	Role     catalog.Role `json:"role"`
	Account  string       `json:"account"`
	Projects []string     `json:"projects"`
	Created  *string      `json:"created"`
	Seen     *string      `json:"lastSeen"`
	Sessions int          `json:"sessions"`
	// Waiting: they have not chosen a password yet.
	Waiting   bool    `json:"waiting"`
	LinkUntil *string `json:"linkUntil"`
	You       bool    `json:"you"`
}

func personAnswerOf(p catalog.Person, c *caller) personAnswer {
	if p.Projects == nil {
		p.Projects = []string{}
	}
	return personAnswer{
		p.ID, p.Name, p.Role, p.Account, p.Projects, stamp(p.Created), stamp(p.Seen), p.Sessions, p.Waiting, stamp(p.LinkUntil), p.ID == c.user.ID,
	}
}

// A linkAnswer carries a one-time link: the only time that it is shown. Path
// is below the server's address, which the page knows better.
type linkAnswer struct {
	personAnswer
	Link struct {
		Path    string  `json:"path"`
		Expires *string `json:"expires"`
	} `json:"link"`
}

func linkAnswerOf(p catalog.Person, c *caller, token string) linkAnswer {
	out := linkAnswer{personAnswer: personAnswerOf(p, c)}
	out.Link.Path, out.Link.Expires = "/link?token="+token, stamp(p.LinkUntil)
	return out
}

// LinkURL is a one-time link for a server that people reach at baseURL.
func LinkURL(baseURL, token string) string {
	return strings.TrimSuffix(baseURL, "/") + "/link?token=" + token
}

// listPeople answers GET /v1/people.
func (a *API) listPeople(w http.ResponseWriter, r *http.Request, c *caller) error {
	people, err := a.catalog.People(r.Context())
	if err != nil {
		return err
	}
	out := make([]personAnswer, len(people))
	for i, p := range people {
		out[i] = personAnswerOf(p, c)
	}
	writeJSON(w, http.StatusOK, map[string]any{"people": out})
	return nil
}

// addPerson answers POST /v1/people. Nobody sets a password for another: the
// answer has the link by which they choose their own.
func (a *API) addPerson(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form struct {
		Name     string       `json:"name"`
		Role     catalog.Role `json:"role"`
		Account  string       `json:"account"`
		Projects []string     `json:"projects"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	p, token, err := a.catalog.Invite(as(r, c).Context(), form.Name, form.Role, form.Account, form.Projects)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, linkAnswerOf(p, c, token))
	return nil
}

// changePerson answers PATCH /v1/people/{id}: role, account and projects
// together, since only together they say what somebody may.
func (a *API) changePerson(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form struct {
		Role     catalog.Role `json:"role"`
		Account  string       `json:"account"`
		Projects *[]string    `json:"projects"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	if form.Projects == nil {
		return badRequest("projects", "projects: is missing; a change says role, account and projects together.")
	}
	p, err := a.catalog.ChangePerson(as(r, c).Context(), r.PathValue("id"), form.Role, form.Account, *form.Projects)
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, personAnswerOf(p, c))
	return nil
}

// removePerson answers DELETE /v1/people/{id}.
func (a *API) removePerson(w http.ResponseWriter, r *http.Request, c *caller) error {
	if err := a.catalog.RemovePerson(as(r, c).Context(), r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// makeLink answers POST /v1/people/{id}/link.
func (a *API) makeLink(w http.ResponseWriter, r *http.Request, c *caller) error {
	p, token, err := a.catalog.CreateLink(as(r, c).Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusCreated, linkAnswerOf(p, c, token))
	return nil
}

// endTheirSessions answers DELETE /v1/people/{id}/sessions.
func (a *API) endTheirSessions(w http.ResponseWriter, r *http.Request, c *caller) error {
	ended, err := a.catalog.EndSessions(as(r, c).Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, map[string]int64{"ended": ended})
	return nil
}

// listSessions answers GET /v1/sessions: the caller's own.
func (a *API) listSessions(w http.ResponseWriter, r *http.Request, c *caller) error {
	sessions, err := a.catalog.Sessions(r.Context(), c.user.ID)
	if err != nil {
		return err
	}
	type session struct {
		ID      string  `json:"id"`
		Address string  `json:"address"`
		Agent   string  `json:"agent"`
		Created *string `json:"created"`
		Used    *string `json:"used"`
		Expires *string `json:"expires"`
		This    bool    `json:"this"`
	}
	out := make([]session, len(sessions))
	for i, s := range sessions {
		out[i] = session{s.ID, s.Address, s.Agent, stamp(s.Created), stamp(s.Used), stamp(s.Expires), s.ID == c.session}
	}
	writeJSON(w, http.StatusOK, map[string]any{"sessions": out})
	return nil
}

// endSession answers DELETE /v1/sessions/{id}, one of the caller's own.
func (a *API) endSession(w http.ResponseWriter, r *http.Request, c *caller) error {
	if err := a.catalog.EndSessionByID(as(r, c).Context(), c.user.ID, r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// changePassword answers POST /v1/password. Tries are counted like log-ins:
// who has found an open page must not guess on.
func (a *API) changePassword(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form struct {
		Old string `json:"old"`
		New string `json:"new"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	return a.guess(r, c.user.Name, func() error {
		if err := a.catalog.ChangePassword(as(r, c).Context(), c.user, form.Old, form.New, c.token); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}

// showLink answers GET /v1/link?token=.
func (a *API) showLink(w http.ResponseWriter, r *http.Request, _ *caller) error {
	l, err := a.catalog.CheckLink(r.Context(), r.URL.Query().Get("token"))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, struct {
		Name    string  `json:"name"`
		Invite  bool    `json:"invite"`
		Expires *string `json:"expires"`
	}{l.User.Name, l.Invite, stamp(l.Expires)})
	return nil
}

// useLink answers POST /v1/link: a password is chosen, and who chose it is
// logged in.
func (a *API) useLink(w http.ResponseWriter, r *http.Request, _ *caller) error {
	var form struct {
		Token    string `json:"token"`
		Password string `json:"password"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	user, err := a.catalog.UseLink(r.Context(), form.Token, form.Password)
	if err != nil {
		return err
	}
	return a.start(w, r, user)
}
