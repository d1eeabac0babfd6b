package catalog

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestSourcesAreKeptByProjectAndName(t *testing.T) {
	c, clock := fresh(t)
	ctx := As(t.Context(), "user:ada")
	for _, p := range []string{"shop", "bank"} {
		if err := c.EnsureProject(ctx, p); err != nil {
			t.Fatal(err)
		}
	}
	made, err := c.SetSource(ctx, "shop", "desk.log", 0, `{"format":"json"}`, "format json")
	if err != nil || made.Version != 1 || made.By != "user:ada" {
		t.Fatalf("%+v, %v", made, err)
	}
	clock.advance(1e9)
	changed, err := c.SetSource(ctx, "shop", "desk.log", 1, `{"format":"text"}`, "format text")
	if err != nil || changed.Version != 2 || !changed.Created.Equal(made.Created) || !changed.Changed.After(made.Changed) {
		t.Fatalf("%+v, %v", changed, err)
	}
	if got, err := c.Source(ctx, "shop", "desk.log"); err != nil || got != changed {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := c.Source(ctx, "bank", "desk.log"); !errors.Is(err, ErrNotFound) {
		t.Errorf("bank sees it: %v", err)
	}
	if list, err := c.Sources(ctx, "bank"); err != nil || len(list) != 0 {
		t.Errorf("bank has %v, %v", list, err)
	}
	for _, stale := range []int64{0, 1, 3} {
		var conflict *ChangedError
		if _, err := c.SetSource(ctx, "shop", "desk.log", stale, `{}`, ""); !errors.As(err, &conflict) || conflict.Version != 2 {
			t.Errorf("version %d: %v", stale, err)
		}
	}
	if err := c.RemoveSource(ctx, "bank", "desk.log"); !errors.Is(err, ErrNotFound) {
		t.Errorf("bank removes it: %v", err)
	}
	if err := c.RemoveSource(ctx, "shop", "desk.log"); err != nil {
		t.Fatal(err)
	}
	var conflict *ChangedError
	if _, err := c.SetSource(ctx, "shop", "desk.log", 2, `{}`, ""); !errors.As(err, &conflict) {
		t.Errorf("a change of what was removed: %v", err)
	}
	entries, err := c.FilterAudit(ctx, AuditFilter{Action: "source", Limit: 9})
	if err != nil || len(entries) != 3 || entries[0].Action != "source.remove" || entries[1].Detail != "format text" || entries[2].Subject != "desk.log" {
		t.Errorf("%+v, %v", entries, err)
	}
}

func TestSourcesAreBoundedAndForgottenWithTheirProject(t *testing.T) {
	c, _ := fresh(t)
	ctx := t.Context()
	if err := c.EnsureProject(ctx, "shop"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "-a", "A", "a b", "a/b", "try", strings.Repeat("a", 64), "座席"} {
		_, err := c.SetSource(ctx, "shop", name, 0, `{}`, "")
		invalid(t, err, "name")
	}
	for i := range MaxSources {
		if _, err := c.SetSource(ctx, "shop", fmt.Sprint("s", i), 0, `{}`, ""); err != nil {
			t.Fatal(err)
		}
	}
	_, err := c.SetSource(ctx, "shop", "more", 0, `{}`, "")
	invalid(t, err, "name")
	if _, err := c.DeleteProject(ctx, "shop"); err != nil {
		t.Fatal(err)
	}
	if list, err := c.Sources(ctx, "shop"); err != nil || len(list) != 0 {
		t.Errorf("%d sources outlive their project, %v", len(list), err)
	}
}
