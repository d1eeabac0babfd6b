package main

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/clewline/clewline/server"
	"github.com/rogpeppe/go-internal/testscript"
)

// runAsClewline makes the test binary be clewline itself, for tests that need
// it as a process of its own.
const runAsClewline = "CLEWLINE_TEST_RUN"

// storeTuning holds options of the store, as JSON, for such a process.
const storeTuning = "CLEWLINE_TEST_STORE"

func TestMain(m *testing.M) {
	if os.Getenv(runAsClewline) != "" {
		if tuning := os.Getenv(storeTuning); tuning != "" {
			tuneServer = func(c *server.Config) error { return json.Unmarshal([]byte(tuning), &c.Store) }
		}
		main()
		return
	}
	testscript.Main(m, map[string]func(){"clewline": main})
}
