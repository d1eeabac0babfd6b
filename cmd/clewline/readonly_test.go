//go:build !noduck

package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/clewline/clewline/server"
)

// nobody is a user without any rights.
const nobody = 65534

// publicFolder gives a folder that other users may look into.
func publicFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "clewline-readonly-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() {
				err = os.Chmod(path, 0o700) // so that it can be removed
			}
			return err
		})
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// takeRights makes everything in a folder readable for all, writable for none.
func takeRights(t *testing.T, folder string) {
	t.Helper()
	if err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.Chmod(path, 0o555)
		}
		return os.Chmod(path, 0o444)
	}); err != nil {
		t.Fatal(err)
	}
}

// TestAReadOnlyFolderIsRefusedByAServerAndCanBeChecked runs as a user who may
// not write to the folder: rights do not bind root.
func TestAReadOnlyFolderIsRefusedByAServerAndCanBeChecked(t *testing.T) {
	dir := publicFolder(t)
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary := filepath.Join(dir, "clewline")
	if err := os.Link(exe, binary); err != nil {
		text, err := os.ReadFile(exe)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(binary, text, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	data, backups := filepath.Join(dir, "data"), filepath.Join(dir, "backups")
	if err := os.Rename(aStore(t), data); err != nil {
		if err := os.CopyFS(data, os.DirFS(aStore(t))); err != nil {
			t.Fatal(err)
		}
	}
	// An orderly end leaves the catalog without the files beside it, which
	// SQLite would make.
	if err := server.CreateAdmin(t.Context(), data, adminName, adminPassword); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(data, "catalog.db-wal")); err == nil {
		t.Fatal("the catalog's log is still there")
	}
	takeRights(t, data)
	if err := os.Mkdir(backups, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.Chown(backups, nobody, nobody); err != nil {
			t.Fatal(err)
		}
	}
	clewline := func(args ...string) (code int, said string) {
		cmd := exec.Command(binary, args...)
		cmd.Env, cmd.Dir = append(os.Environ(), runAsClewline+"=1", "TMPDIR=/tmp", "HOME=/nonexistent"), dir
		if os.Getuid() == 0 {
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		}
		text, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil {
			t.Fatal(err)
		}
		return cmd.ProcessState.ExitCode(), string(text)
	}
	contents := func() (all []string) {
		if err := filepath.WalkDir(data, func(path string, _ fs.DirEntry, err error) error {
			all = append(all, path)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return all
	}
	before := contents()
	for _, args := range [][]string{
		{"serve", "--data", data, "--listen", "127.0.0.1:0"},
		{"compact", "--data", data},
		{"retention", "run", "--data", data},
		{"key", "create", "--data", data, "--project", "p", "--type", "read"},
		{"serve", "--data", filepath.Join(data, "below"), "--listen", "127.0.0.1:0"},
	} {
		code, said := clewline(args...)
		if code != exitFailed || !strings.Contains(said, "cannot be written to: "+data) || !strings.Contains(said, "permission denied") {
			t.Errorf("%v ends with %d and says %q", args, code, said)
		}
	}
	if code, said := clewline("store", "check", "--data", data); code != exitDone || !strings.Contains(said, "catalog.db") || strings.Contains(said, "DAMAGED") {
		t.Errorf("store check ends with %d and says %s", code, said)
	}
	if code, said := clewline("backup", "--data", data, "--to", backups, "--quiet"); code != exitDone {
		t.Errorf("backup ends with %d and says %s", code, said)
	}
	if after := contents(); strings.Join(after, "\n") != strings.Join(before, "\n") {
		t.Errorf("the folder had %q and has %q", before, after)
	}
	restored := filepath.Join(t.TempDir(), "restored")
	if code := run(t.Context(), []string{"restore", "--from", backups, "--data", restored, "--quiet"}, nil, os.Stderr, os.Stderr); code != exitDone {
		t.Errorf("the backup of a read-only folder cannot be restored: %d", code)
	}
}
