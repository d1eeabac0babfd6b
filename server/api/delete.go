package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
)

// deleteProject answers DELETE /v1/projects/{name}. Who deletes a project types
// its name once more.
func (a *API) deleteProject(w http.ResponseWriter, r *http.Request, c *caller) error {
	name := r.PathValue("name")
	var form struct {
		Confirm string `json:"confirm"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	if form.Confirm != name {
		return badRequest("confirm", "confirm: is not the project's name; deleting %s removes all its events for good, so its name is typed once more.", shorten(name))
	}
	if _, ok := a.store.(store.Keeper); !ok {
		return &requestError{code: "unavailable", message: "This server's store cannot erase events, so the project was left as it is."}
	}
	at, err := a.catalog.DeleteProject(as(r, c).Context(), name)
	if err != nil {
		return err
	}
	if a.push != nil {
		a.push.Forget(name)
	}
	if err := a.erase(r.Context(), name, at, "user:"+c.user.Name); err != nil {
		return err
	}
	writeJSON(w, http.StatusAccepted, map[string]string{"name": name, "erasure": erasureOf(name, at)})
	return nil
}

// erase orders what is left of a deleted project to be erased, once nothing is
// under way for it any more.
func (a *API) erase(ctx context.Context, name string, at time.Time, by string) error {
	// Whoever asked may go: what was begun is brought to its end.
	ctx = context.WithoutCancel(ctx)
	keeper, ok := a.store.(store.Keeper)
	if !ok {
		return nil
	}
	if err := a.quiesce(ctx, name); err != nil {
		return fmt.Errorf("wait for what is under way: %w", err)
	}
	if err := keeper.Erase(ctx, store.Erasure{ID: erasureOf(name, at), Project: name, By: by, At: at}); err != nil {
		return fmt.Errorf("erase project %s: %w", name, err)
	}
	return a.catalog.ProjectErased(catalog.As(ctx, by), name)
}

// erasureOf names the erasure of a deleted project, always the same for one
// deletion, so that it can be ordered again.
func erasureOf(name string, at time.Time) string {
	return fmt.Sprintf("project-%s-%d", name, at.UnixMilli())
}

// FinishDeletions erases what is left of projects that were deleted just
// before the server stopped. Call it when the server starts.
func (a *API) FinishDeletions(ctx context.Context) error {
	left, err := a.catalog.Unerased(ctx)
	if err != nil {
		return err
	}
	for _, p := range left {
		if err := a.erase(ctx, p.Name, p.Created, "local"); err != nil {
			return err
		}
	}
	return nil
}
