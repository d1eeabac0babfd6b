package faulttest

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// record runs a shell script in a folder, under the recorder.
func record(t *testing.T, script string) *Recording {
	t.Helper()
	if err := Ready(); err != nil {
		t.Fatal(err)
	}
	dir, trace := t.TempDir(), filepath.Join(t.TempDir(), "trace")
	if err := os.WriteFile(filepath.Join(dir, "before"), []byte("was here"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sh", "-ec", script)
	cmd.Dir = dir
	r, err := Record(cmd, dir, trace)
	if err != nil {
		t.Fatal(err)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	if _, err := r.Measure(); err != nil {
		t.Fatal(err)
	}
	return r
}

// left gives the files after power cuts of one style at the end of a script.
func left(t *testing.T, r *Recording, style Style) []string {
	t.Helper()
	var out []string
	err := r.Replay(t.TempDir(), 60*r.calls, rand.New(rand.NewPCG(1, 2)), nil, func(p PowerCut, folder string) error {
		if p.After < r.calls || p.Style != style || out != nil {
			return nil
		}
		out = []string{}
		entries, err := os.ReadDir(folder)
		for _, e := range entries {
			b, err := os.ReadFile(filepath.Join(folder, e.Name()))
			if err != nil {
				return err
			}
			out = append(out, e.Name()+"="+string(b))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestOnlyWhatWasSyncedIsSure(t *testing.T) {
	for _, c := range []struct{ name, script, nothing, all string }{
		{"a file and its name", "echo new | tee a; sync a; sync .", "a=new\n before=was here", "a=new\n before=was here"},
		{"a file without its name", "echo new | tee a; sync a", "before=was here", "a=new\n before=was here"},
		{"a name without the file", "echo new | tee a; sync .", "a= before=was here", "a=new\n before=was here"},
		{"a rename", "mv before after", "before=was here", "after=was here"},
		{"a rename that was synced", "mv before after; sync .", "after=was here", "after=was here"},
		{"a removal", "rm before", "before=was here", ""},
		{"what is appended", "echo one | tee a; sync a; sync .; echo two | tee -a a", "a=one\n before=was here", "a=one\ntwo\n before=was here"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := record(t, c.script)
			if got := strings.Join(left(t, r, Nothing), " "); got != c.nothing {
				t.Errorf("with nothing unsynced: %q, want %q", got, c.nothing)
			}
			if got := strings.Join(left(t, r, All), " "); got != c.all {
				t.Errorf("with everything: %q, want %q", got, c.all)
			}
		})
	}
}

func TestACallThatIsNotUnderstoodIsAnError(t *testing.T) {
	for _, line := range []string{
		"1 1.000000 fsync(3",
		"1 1 fsync(3) = 0",
		`1 1.000000 write(3<\x2f\x61>, "\x61"..., 2) = 2`,
		"1 1.000000 <... fsync resumed>) = 0",
	} {
		err := readTrace(strings.NewReader(line+"\n"), newDisk("/a").do)
		if err == nil {
			t.Errorf("%s is taken", line)
		}
	}
}
