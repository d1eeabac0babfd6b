//go:build !noduck

package main

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptServer is the server of one script.
type scriptServer struct{ cmd *exec.Cmd }

type scriptServerKey struct{}

// TestScripts runs what a user could type: testdata/*.txt. `server start DIR`
// runs a server on a free port and sets CLEWLINE_SERVER; `server stop` ends it
// as an operator would, `server kill` as a power cut would; `key VARIABLE ...`
// makes a key and keeps it in the environment;
// `damage FILE` flips a bit in its middle; `found N QUERY` waits until a query
// finds just N events; `device` is a page of its own, see deviceCommand; `keep VARIABLE stdout` keeps what was printed; `utf16 FROM TO` writes a file in UTF-16LE with a mark.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			s := &scriptServer{}
			env.Values[scriptServerKey{}] = s
			env.Values[scriptDevicesKey{}] = &scriptDevices{}
			env.Defer(func() {
				if s.cmd != nil && s.cmd.ProcessState == nil {
					_ = s.cmd.Process.Kill()
					_ = s.cmd.Wait()
				}
			})
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"server":     serverCommand,
			"key":        keyCommand,
			"found":      foundCommand,
			"device":     deviceCommand,
			"keep":       keepCommand,
			"utf16":      utf16Command,
			"damage":     damageCommand,
			"damage-all": damageCommand,
		},
	})
}

func clewline(ts *testscript.TestScript, args ...string) *exec.Cmd {
	exe, err := os.Executable()
	ts.Check(err)
	cmd := exec.Command(exe, args...)
	cmd.Env = append(os.Environ(), runAsClewline+"=1")
	return cmd
}

func serverCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: server start DIR [FLAG...] | stop | kill")
	}
	s := ts.Value(scriptServerKey{}).(*scriptServer)
	switch args[0] {
	case "start":
		cmd := clewline(ts, append([]string{"serve", "--data", ts.MkAbs(args[1]), "--listen", "127.0.0.1:0"}, args[2:]...)...)
		out, err := cmd.StdoutPipe()
		ts.Check(err)
		ts.Check(cmd.Start())
		s.cmd = cmd
		lines := bufio.NewReader(out)
		line, err := lines.ReadString('\n')
		ts.Check(err)
		_, rest, _ := strings.Cut(line, "serves ")
		address, _, _ := strings.Cut(rest, ",")
		ts.Setenv("CLEWLINE_SERVER", address)
		go func() { _, _ = lines.WriteTo(io.Discard) }() // ends with the process
	case "stop":
		ts.Check(s.cmd.Process.Signal(syscall.SIGTERM))
		if err := s.cmd.Wait(); err != nil {
			ts.Fatalf("the server ended with %v", err)
		}
	case "kill":
		ts.Check(s.cmd.Process.Kill())
		_ = s.cmd.Wait() // killed, as asked
	}
}

func keyCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: key VARIABLE --data DIR --project P --type T")
	}
	for i, a := range args {
		if a == "--data" {
			args[i+1] = ts.MkAbs(args[i+1])
		}
	}
	out, err := clewline(ts, append([]string{"key", "create"}, args[1:]...)...).Output()
	ts.Check(err)
	ts.Setenv(args[0], strings.TrimSpace(string(out)))
}

// keepCommand keeps a file's text, or what was printed last, in the environment.
func keepCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: keep VARIABLE FILE|stdout")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}

// damageCommand flips a bit in the middle of a file, or of each in a folder.
func damageCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: damage FILE, damage-all FOLDER")
	}
	path := ts.MkAbs(args[0])
	files := []string{path}
	if entries, err := os.ReadDir(path); err == nil {
		files = nil
		for _, e := range entries {
			files = append(files, filepath.Join(path, e.Name()))
		}
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		ts.Check(err)
		b[len(b)/2] ^= 1
		ts.Check(os.WriteFile(f, b, 0o600))
	}
}

// foundCommand waits until a query of all times finds just as many events, by
// the read key in READ.
func foundCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: found N QUERY")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	last := ""
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); <-tick.C {
		out, err := clewline(ts, "query", "--server", ts.Getenv("CLEWLINE_SERVER"), "--key", ts.Getenv("READ"), "--from", "-3650d", "--limit", "1000", args[1]).Output()
		ts.Check(err)
		if last = string(out); strings.Count(last, "\n") == want {
			return
		}
	}
	ts.Fatalf("%s finds %d events, want %d:\n%s", args[1], strings.Count(last, "\n"), want, last)
}

func utf16Command(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: utf16 FROM TO")
	}
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(ts.ReadFile(args[0]))) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), out, 0o600))
}
