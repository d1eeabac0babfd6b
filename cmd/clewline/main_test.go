package main

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/clewline/clewline/server"
	"github.com/rogpeppe/go-internal/testscript"
)

// runAsClewline makes the test binary be clewline itself, for tests that need
// it as a process of its own.
const runAsClewline = "CLEWLINE_TEST_RUN"

// storeTuning holds options of the store, as JSON, for such a process.
const storeTuning = "CLEWLINE_TEST_STORE"

// clockAhead is how far the clock of such a process is ahead.
const clockAhead = "CLEWLINE_TEST_AHEAD"

func TestMain(m *testing.M) {
	if os.Getenv(runAsClewline) != "" {
		if tuning := os.Getenv(storeTuning); tuning != "" {
			tuneServer = func(c *server.Config) error {
				if text := os.Getenv(clockAhead); text != "" {
					ahead, err := time.ParseDuration(text)
					if err != nil {
						return err
					}
					c.Clock = func() time.Time { return time.Now().Add(ahead) }
				}
				return json.Unmarshal([]byte(tuning), &c.Store)
			}
		}
		main()
		return
	}
	testscript.Main(m, map[string]func(){"clewline": main})
}
