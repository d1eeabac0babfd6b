//go:build !noduck

package duckstore

import (
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// A Counter counts the rows of sealed segments without opening a store. It
// writes nothing into their folder, and is for one goroutine at a time.
type Counter struct {
	in *instance
	c  *conn
}

// OpenCounter gives a Counter, which is to be closed.
func OpenCounter() (*Counter, error) {
	in, err := openInstance(map[string]string{
		"threads": "1", "memory_limit": "256MB", "temp_directory": "",
		"autoinstall_known_extensions": "false", "autoload_known_extensions": "false",
	})
	if err != nil {
		return nil, err
	}
	c, err := in.connect()
	if err != nil {
		in.close()
		return nil, err
	}
	return &Counter{in, c}, nil
}

// Close lets go of what OpenCounter took.
func (c *Counter) Close() {
	c.c.close()
	c.in.close()
}

// Count compares a sealed segment's rows, by project, with what the list of
// its folder says. An error says what differs, or why it cannot be counted;
// a *BusyError that another process has it open for writing.
func (c *Counter) Count(dir string, e *ListedSegment) error {
	path := filepath.Join(dir, e.Name())
	if err := c.c.exec("ATTACH " + quote(path) + " AS counted (READ_ONLY)"); err != nil {
		if strings.Contains(err.Error(), "Could not set lock on file") {
			return &BusyError{path}
		}
		return err
	}
	defer func() { _ = c.c.exec("DETACH counted") }() // it was read only
	if err := checkFormat(c.c, "counted"); err != nil {
		return err
	}
	var got entry
	if err := countProjects(c.c, "counted", &got); err != nil {
		return err
	}
	var events int64
	for _, n := range got.Projects {
		events += n
	}
	if events != e.Rows {
		return fmt.Errorf("holds %d events, the list says %d", events, e.Rows)
	}
	if e.Projects == nil && e.Dead == nil {
		return nil // by version 0.1, whose list did not tell projects apart
	}
	for _, what := range []struct {
		name      string
		got, want map[string]int64
	}{{"events", got.Projects, e.Projects}, {"dead letters", got.Dead, e.Dead}} {
		both := maps.Clone(what.got)
		maps.Copy(both, what.want)
		for _, project := range slices.Sorted(maps.Keys(both)) {
			if got, want := what.got[project], what.want[project]; got != want {
				return fmt.Errorf("holds %d %s of the project %s, the list says %d", got, what.name, project, want)
			}
		}
	}
	return nil
}
