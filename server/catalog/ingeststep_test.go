package catalog_test

import (
	"fmt"
	"path/filepath"
	"testing"

	"github.com/clewline/clewline/server/catalog"
)

func TestWhatCameByTheDoorsIsSummedAndForgottenInTime(t *testing.T) {
	c, err := catalog.Open(t.Context(), filepath.Join(t.TempDir(), "catalog.db"), catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	for _, name := range []string{"phone", "shop"} {
		if _, err := c.CreateProject(t.Context(), name); err != nil {
			t.Fatal(err)
		}
	}
	add := func(oldest int64, steps ...catalog.IngestStep) {
		t.Helper()
		if err := c.AddIngestSteps(t.Context(), steps, oldest); err != nil {
			t.Fatal(err)
		}
	}
	check := func(project string, from int64, want string) {
		t.Helper()
		steps, err := c.IngestSteps(t.Context(), project, from)
		got := ""
		for _, s := range steps {
			got += fmt.Sprintf("%d %s %d, ", s.Step, s.Door, s.Events)
		}
		if err != nil || got != want {
			t.Errorf("of %q from %d: %q, %v, want %q", project, from, got, err, want)
		}
	}
	add(0, catalog.IngestStep{Step: 10, Project: "phone", Door: "track", Events: 3}, catalog.IngestStep{Step: 10, Project: "shop", Door: "track", Events: 4},
		catalog.IngestStep{Step: 11, Project: "phone", Door: "events", Events: 1}, catalog.IngestStep{Step: 11, Project: "gone", Door: "events", Events: 100},
		catalog.IngestStep{Step: 11, Project: "", Door: "lines", Events: 5})
	add(0, catalog.IngestStep{Step: 10, Project: "phone", Door: "track", Events: 2})
	check("phone", 0, "10 track 5, 11 events 1, ")
	check("", 0, "10 track 9, 11 events 1, 11 lines 5, ")
	check("", 11, "11 events 1, 11 lines 5, ")
	if _, err := c.DeleteProject(t.Context(), "shop"); err != nil {
		t.Fatal(err)
	}
	check("", 0, "10 track 5, 11 events 1, 11 lines 5, ")
	add(11)
	check("", 0, "11 events 1, 11 lines 5, ")
}
