package catalog

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRetentionHasDefaultsAndProjectsOfTheirOwn(t *testing.T) {
	c, _ := fresh(t)
	ctx := As(t.Context(), "user:ada")
	r, err := c.Retention(ctx)
	if err != nil || r.Others != (Keep{Days: 90}) || r.StoreBytes != 0 || r.KeepFree != 0 || len(r.Projects) != 0 {
		t.Fatalf("a new catalog keeps %+v, %v; want 90 days for all", r, err)
	}
	if err := c.EnsureProject(ctx, "shop"); err != nil {
		t.Fatal(err)
	}
	own := Keep{Days: 7, Bytes: 5e9}
	want := Retention{Others: Keep{Days: 30}, Projects: map[string]Keep{"shop": own}, StoreBytes: 2e10, KeepFree: 3e9}
	if err := errors.Join(c.SetRetention(ctx, want), c.SetProjectRetention(ctx, "shop", &own)); err != nil {
		t.Fatal(err)
	}
	got, err := c.Retention(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got.Of("shop") != own || got.Of("bank") != want.Others {
		t.Errorf("shop is kept %v, bank %v", got.Of("shop"), got.Of("bank"))
	}
	if err := c.SetProjectRetention(ctx, "shop", nil); err != nil {
		t.Fatal(err)
	}
	if got, err = c.Retention(ctx); err != nil || got.Of("shop") != want.Others {
		t.Errorf("shop without limits of its own is kept %v, %v", got.Of("shop"), err)
	}
	entries, err := c.Audit(ctx, 3)
	if err != nil || len(entries) != 3 || entries[0].Detail != "as all others" || entries[1].Detail != "days 7, bytes 5000000000" || entries[2].Actor != "user:ada" {
		t.Errorf("the audit trail has %+v, %v", entries, err)
	}
}

func TestRetentionThatMakesNoSenseIsRefused(t *testing.T) {
	c, _ := fresh(t)
	for field, r := range map[string]Retention{
		"days":       {Others: Keep{Days: -1}},
		"bytes":      {Others: Keep{Bytes: 5}},
		"storeBytes": {StoreBytes: -1},
		"keepFree":   {KeepFree: MaxKeepBytes + 1},
	} {
		invalid(t, c.SetRetention(t.Context(), r), field)
	}
	invalid(t, c.SetProjectRetention(t.Context(), "shop", &Keep{Days: MaxKeepDays + 1}), "days")
	if err := c.SetProjectRetention(t.Context(), "none", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("a project that is not there: %v", err)
	}
}

func TestAnErasureBecomesAReceiptThatForgetsWhomItWasAbout(t *testing.T) {
	dir, clock := t.TempDir(), newClock()
	c := open(t, filepath.Join(dir, "catalog.db"), clock)
	ctx := As(t.Context(), "user:ada")
	const query = `number:"13800138000"`
	oldest, newest := clock.now().Add(-time.Hour).Truncate(time.Millisecond), clock.now().Truncate(time.Millisecond)
	order, err := c.AddErasure(ctx, Erasure{
		Project: "shop", Field: "number", Query: query, Short: "138…", Counted: 12, Oldest: oldest, Newest: newest, Apps: []string{"web", "api"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, err := c.Erasure(ctx, order.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(order, got); diff != "" {
		t.Error(diff)
	}
	if got.By != "user:ada" || got.Query != query || !got.Done.IsZero() {
		t.Errorf("the order is %+v", got)
	}
	if _, err := c.AddErasure(ctx, Erasure{Project: "shop", Field: "number", Query: query}); !errors.Is(err, ErrExists) {
		t.Errorf("the same order, given again while it is carried out: %v", err)
	}
	open, err := c.OpenErasures(ctx)
	if err != nil || len(open) != 1 {
		t.Fatalf("open are %+v, %v", open, err)
	}

	done := clock.now().Add(time.Minute).Truncate(time.Millisecond)
	for range 2 { // the second time nothing changes
		if err := c.FinishErasure(ctx, order.ID, 11, done); err != nil {
			t.Fatal(err)
		}
		done = done.Add(time.Minute)
	}
	if got, err = c.Erasure(ctx, order.ID); err != nil || got.Query != "" || got.Removed != 11 || !got.Done.Equal(done.Add(-2*time.Minute)) || got.Short != "138…" {
		t.Errorf("the receipt is %+v, %v", got, err)
	}
	if open, err = c.OpenErasures(ctx); err != nil || len(open) != 0 {
		t.Errorf("open are %+v, %v", open, err)
	}
	if digest, err := c.EraseDigest(ctx, "shop", query); err != nil || digest != got.Digest {
		t.Errorf("the query's digest is %s, %v; the receipt has %s", digest, err, got.Digest)
	}
	if digest, _ := c.EraseDigest(ctx, "bank", query); digest == got.Digest {
		t.Error("two projects give one digest")
	}

	entries, err := c.Audit(ctx, 2)
	if err != nil || len(entries) != 2 || entries[0].Action != "erasure.done" || entries[1].Action != "erasure.order" {
		t.Fatalf("the audit trail has %+v, %v", entries, err)
	}
	for _, e := range entries {
		if !strings.Contains(e.Detail, "138…, digest "+got.Digest) || e.Subject != order.ID {
			t.Errorf("the audit trail says %+v", e)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		content, err := os.ReadFile(f)
		if err != nil || bytes.Contains(content, []byte("13800138000")) {
			t.Errorf("%s still has the number (%v)", f, err)
		}
	}
	if err := c.FinishErasure(ctx, "er_none", 0, done); !errors.Is(err, ErrNotFound) {
		t.Errorf("an erasure that is not there: %v", err)
	}
	if list, err := c.Erasures(ctx, "bank", 10); err != nil || len(list) != 0 {
		t.Errorf("bank has %+v, %v", list, err)
	}
}

func TestTheAuditTrailTellsWhatRetentionRemoved(t *testing.T) {
	c, _ := fresh(t)
	before := time.Date(2026, 8, 22, 0, 0, 0, 0, time.UTC)
	if err := c.AuditExpiry(As(t.Context(), "retention"), "shop", before, "by age: 3 days, 12 events"); err != nil {
		t.Fatal(err)
	}
	e, err := c.Audit(t.Context(), 1)
	if err != nil || e[0].Actor != "retention" || e[0].Action != "retention.expire" || e[0].Subject != "2026-08-22" || e[0].Project != "shop" {
		t.Errorf("the audit trail says %+v, %v", e, err)
	}
}
