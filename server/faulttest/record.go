// Package faulttest is for tests of what survives: it records what a program
// asks of the file system, rebuilds its folder as a power cut at any moment
// could have left it, and makes chosen system calls fail.
//
// It drives strace, which is at home on Linux alone. What a program writes
// through a shared mapping is not in a trace; Replay names such files, and
// the caller decides whether they matter; and it takes the program to be one
// process, whatever its threads. (SQLite's -shm is one that does
// not: it is made anew from the log.)
package faulttest

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// calls are those that change files, or say which file a descriptor is.
const calls = "openat,open,openat2,close,write,pwrite64,writev,pwritev,pwritev2,lseek,ftruncate,truncate,fallocate," +
	"fsync,fdatasync,sync,syncfs,sync_file_range,rename,renameat,renameat2,unlink,unlinkat,rmdir,mkdir,mkdirat,link,linkat,symlink,symlinkat," +
	"copy_file_range,sendfile,splice,mmap,dup,dup2,dup3"

// ErrNoStrace says that strace is not installed or may not trace.
var ErrNoStrace = errors.New("strace cannot be used here; install it (scripts/need-strace), and allow ptrace")

// Ready says whether programs can be recorded here.
func Ready() error {
	out, err := exec.Command("strace", "-f", "--seccomp-bpf", "-e", "trace=fsync", "-o", os.DevNull, "true").CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %v %s", ErrNoStrace, err, out)
	}
	return nil
}

// A Recording is what a program did to one folder.
type Recording struct {
	root  string
	trace string
	base  *disk // the folder before
	calls int   // recorded, 0 while not counted
}

// Record makes of a command one that is recorded, before it is started. What
// the folder holds now is taken as safe. Trace is the file to record into.
// The process that is started is strace; Child gives the program's own id.
func Record(cmd *exec.Cmd, folder, trace string) (*Recording, error) {
	root, err := filepath.EvalSymlinks(folder)
	if err != nil {
		return nil, err
	}
	r := &Recording{root: root, trace: trace}
	if r.base, err = readFolder(root); err != nil {
		return nil, err
	}
	return r, underStrace(cmd, "-ttt", "-xx", "-y", "-s", "16000000", "-e", "trace="+calls, "-e", "signal=none", "-o", trace)
}

// Inject makes a command one whose system calls fail as strace's -e inject
// says, such as "fsync:error=EIO:when=3": the third of each thread. Only calls
// on the given files and folders count, which need not exist yet. What was
// done is written to the file trace.
func Inject(cmd *exec.Cmd, trace string, paths []string, rules ...string) error {
	args := []string{"-y", "-ttt", "-s", "0", "-e", "signal=none", "-o", trace}
	names := "trace="
	for i, r := range rules {
		call, _, _ := strings.Cut(r, ":")
		if i > 0 {
			names += ","
		}
		names += call
		args = append(args, "-e", "inject="+r)
	}
	args = append(args, "-e", names)
	for _, p := range paths {
		args = append(args, "-P", p)
	}
	return underStrace(cmd, args...)
}

func underStrace(cmd *exec.Cmd, args ...string) error {
	path, err := exec.LookPath("strace")
	if err != nil {
		return ErrNoStrace
	}
	args = append([]string{"strace", "-f", "--seccomp-bpf"}, args...)
	cmd.Args = append(append(args, "--", cmd.Path), cmd.Args[1:]...)
	cmd.Path = path
	return nil
}

// Child gives the process that a started strace runs.
func Child(strace *os.Process) (*os.Process, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", strace.Pid, strace.Pid))
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(string(text), " ")
	pid, err := strconv.Atoi(first)
	if err != nil {
		return nil, fmt.Errorf("strace %d runs no program", strace.Pid)
	}
	return os.FindProcess(pid)
}

func readFolder(root string) (*disk, error) {
	d := newDisk(root)
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || path == root {
			return err
		}
		rel, _ := d.inside(path)
		parent, name, _, err := d.find(rel)
		if err != nil {
			return err
		}
		n := newDir()
		if !e.IsDir() {
			b, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			n = &node{now: b, safe: slices.Clone(b)}
		}
		parent.names[name], parent.safeNames[name] = n, n
		return nil
	})
	return d, err
}

// clone copies the folder before.
func (d *disk) clone() *disk {
	c := newDisk(d.root)
	c.top = d.top.clone()
	return c
}

func (n *node) clone() *node {
	if !n.dir {
		return &node{now: slices.Clone(n.now), safe: slices.Clone(n.safe)}
	}
	c := newDir()
	for name, child := range n.names {
		x := child.clone()
		c.names[name], c.safeNames[name] = x, x
	}
	return c
}

// A Length tells how much was recorded.
type Length struct {
	Calls  int // that changed the folder or synced it
	Syncs  int
	Mapped []string // files that were mapped for writing
}

// Measure reads the trace and compares the folder that follows from it with
// the one that is there: a difference, in a file that is not mapped, means
// that the recorder has missed something and is an error.
func (r *Recording) Measure() (Length, error) {
	var l Length
	d := r.base.clone()
	err := r.read(d, func(c *call) error {
		l.Calls++
		if c.name == "fsync" || c.name == "fdatasync" {
			l.Syncs++
		}
		return nil
	})
	if err != nil {
		return l, err
	}
	r.calls = l.Calls
	for name := range d.mapped {
		l.Mapped = append(l.Mapped, name)
	}
	slices.Sort(l.Mapped)
	real, err := readFolder(r.root)
	if err != nil {
		return l, err
	}
	want, got := map[string][]byte{}, map[string][]byte{}
	real.top.contents("", want)
	d.top.contents("", got)
	for name, b := range want {
		if _, ok := got[name]; !ok {
			return l, fmt.Errorf("%s is there, but not in the trace", name)
		}
		if !d.mapped[name] && !bytes.Equal(got[name], b) {
			return l, fmt.Errorf("%s has %d bytes, by the trace %d, and they differ", name, len(b), len(got[name]))
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			return l, fmt.Errorf("%s is in the trace, but not there", name)
		}
	}
	return l, nil
}

// read replays the trace and calls f after every call about the folder.
func (r *Recording) read(d *disk, f func(*call) error) error {
	in, err := os.Open(r.trace)
	if err != nil {
		return err
	}
	defer in.Close()
	return readTrace(in, func(c *call) error {
		d.touched = false
		if err := d.do(c); err != nil || !d.touched {
			return err
		}
		return f(c)
	})
}

// A PowerCut is one moment at which the power goes.
type PowerCut struct {
	// After is the number of the last call that was done, of Length.Calls.
	After int
	Style Style
	// At is when that call began: what was answered before is promised.
	At time.Time
}

// Mutant says of which files or directories (paths below the folder, "." for
// itself) the syncs are taken as not done. It shows that a test would find
// them missing.
type Mutant func(path string, directory bool) bool

// Replay, after Measure, calls f with a folder for each of a number of power cuts at random
// moments, in the order of time. f may do with the folder as it likes; it is
// removed afterwards. The folders are made below dir.
func (r *Recording) Replay(dir string, cuts int, random *rand.Rand, forget Mutant, f func(PowerCut, string) error) error {
	length := r.calls
	if length == 0 {
		return errors.New("nothing was recorded, or it was not measured")
	}
	points := make([]int, cuts)
	for i := range points {
		points[i] = 1 + random.IntN(length)
	}
	slices.Sort(points)
	d := r.base.clone()
	d.forget = forget
	done := 0
	stop := errors.New("no more cuts")
	err := r.read(d, func(c *call) error {
		done++
		for len(points) > 0 && points[0] == done {
			points = points[1:]
			p := PowerCut{After: done, Style: Style(random.IntN(int(numStyles))), At: c.at}
			folder := filepath.Join(dir, fmt.Sprintf("cut-%d-%d", done, len(points)))
			if err := d.newCut(p.Style, random).write(d.top, folder); err != nil {
				return err
			}
			if err := errors.Join(f(p, folder), os.RemoveAll(folder)); err != nil {
				return fmt.Errorf("power cut after call %d of %d, %v: %w", p.After, length, p.Style, err)
			}
		}
		if len(points) == 0 {
			return stop
		}
		return nil
	})
	if errors.Is(err, stop) {
		return nil
	}
	return err
}
