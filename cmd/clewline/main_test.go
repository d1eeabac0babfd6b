package main

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// runAsClewline makes the test binary be clewline itself, for tests that need
// it as a process of its own.
const runAsClewline = "CLEWLINE_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(runAsClewline) != "" {
		main()
		return
	}
	testscript.Main(m, map[string]func(){"clewline": main})
}
