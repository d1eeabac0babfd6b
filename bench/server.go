package main

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// server is the binary under measurement, in a process of its own.
type server struct {
	bin, data        string
	cmd              *exec.Cmd
	url              string
	sendKey, readKey string            // of the first project
	sendKeys         map[string]string // by project
	readKeys         map[string]string
	rows             int
	peak             int         // kB, of processes before this one
	setup            chan string // gets the link for the first admin, once
}

// startServer starts a server that has these projects, "bench" by default.
func startServer(bin, data string, projects ...string) (*server, error) {
	if len(projects) == 0 {
		projects = []string{"bench"}
	}
	s := &server{bin: bin, data: data, sendKeys: map[string]string{}, readKeys: map[string]string{}}
	for _, p := range projects {
		var err error
		if s.sendKeys[p], err = s.key(p, "server"); err != nil {
			return nil, err
		}
		if s.readKeys[p], err = s.key(p, "read"); err != nil {
			return nil, err
		}
	}
	s.sendKey, s.readKey = s.sendKeys[projects[0]], s.readKeys[projects[0]]
	return s, s.start()
}

// key makes a key; it works while the server runs.
func (s *server) key(project, typ string, more ...string) (string, error) {
	out, err := exec.Command(s.bin, append([]string{"key", "create", "--data", s.data, "--project", project, "--type", typ}, more...)...).Output()
	if err != nil {
		return "", fmt.Errorf("make a key: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

func (s *server) start() error {
	s.cmd = exec.Command(s.bin, "serve", "--data", s.data, "--listen", "127.0.0.1:0")
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		return errors.Join(errors.New("the server did not start"), s.cmd.Wait())
	}
	_, rest, _ := strings.Cut(lines.Text(), "serves ")
	s.url, _, _ = strings.Cut(rest, ",")
	setup := make(chan string, 1)
	s.setup = setup
	go func() {
		for lines.Scan() {
			if link := strings.TrimSpace(lines.Text()); strings.Contains(link, "/setup?token=") {
				setup <- link
			}
		}
	}()
	return nil
}

func (s *server) stop() {
	if s.cmd.Process.Signal(syscall.SIGTERM) == nil {
		_ = s.cmd.Wait()
	}
}

// restartCold starts the server anew with none of its files in the kernel's
// cache.
func (s *server) restartCold() error {
	s.peak = max(s.peak, s.peakRSS())
	s.stop()
	unix.Sync()
	err := filepath.WalkDir(s.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	})
	if err != nil {
		return err
	}
	return s.start()
}

// cpu is the processor time that the server has used so far.
func (s *server) cpu() (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	f := strings.Fields(rest)
	user, err1 := strconv.Atoi(f[11])
	system, err2 := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond, errors.Join(err1, err2) // a tick is 10 ms on Linux
}

// settle waits until the server has nothing left to do, three seconds of less
// than 3 % of a core, and tells the processor time that it took until then.
func (s *server) settle() (time.Duration, error) {
	began, err := s.cpu()
	if err != nil {
		return 0, err
	}
	last, quiet := began, 0
	for deadline := time.Now().Add(10 * time.Minute); quiet < 3; {
		if time.Now().After(deadline) {
			return 0, errors.New("the server is still busy after 10 minutes")
		}
		time.Sleep(time.Second)
		now, err := s.cpu()
		if err != nil {
			return 0, err
		}
		if quiet++; now-last > 30*time.Millisecond {
			quiet = 0
		}
		last = now
	}
	return last - began, nil
}

// peakRSS is the most resident memory of this process, in kB.
func (s *server) peakRSS() int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(v), " kB"))
			return n
		}
	}
	return 0
}

func (s *server) idle(d time.Duration) error {
	if _, err := s.settle(); err != nil {
		return err
	}
	before, err := s.cpu()
	if err != nil {
		return err
	}
	time.Sleep(d)
	after, err := s.cpu()
	if err != nil {
		return err
	}
	fmt.Printf("idle: %.2f %% of a core over %v\n", 100*float64(after-before)/float64(d), d)
	return nil
}

// report tells what the events take on the disk and in memory.
func (s *server) report() error {
	var bytes int64
	kinds := map[string]int64{}
	err := filepath.WalkDir(s.data, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it was merged away
		}
		if err == nil {
			bytes += info.Size()
			kinds[filepath.Ext(path)] += info.Size()
		}
		return err
	})
	fmt.Printf("data folder: %.1f MB, %.1f B a row (", float64(bytes)/1e6, float64(bytes)/float64(max(1, s.rows)))
	for kind, n := range kinds {
		if n*200 > bytes {
			fmt.Printf(" %s %.1f", kind, float64(n)/float64(max(1, s.rows)))
		}
	}
	fmt.Printf(" ); peak RSS %d MB\n", max(s.peak, s.peakRSS())/1000)
	return err
}
