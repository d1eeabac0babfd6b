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
)

// server is the binary under measurement, in a process of its own.
type server struct {
	cmd              *exec.Cmd
	url, data        string
	sendKey, readKey string
	rows             int
}

func startServer(bin, data string) (*server, error) {
	s := &server{data: data}
	for _, k := range []struct {
		typ string
		key *string
	}{{"server", &s.sendKey}, {"read", &s.readKey}} {
		out, err := exec.Command(bin, "key", "create", "--data", data, "--project", "bench", "--type", k.typ).Output()
		if err != nil {
			return nil, fmt.Errorf("make a key: %w", err)
		}
		*k.key = strings.TrimSpace(string(out))
	}
	s.cmd = exec.Command(bin, "serve", "--data", data, "--listen", "127.0.0.1:0")
	s.cmd.Stderr = os.Stderr
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		return nil, errors.Join(errors.New("the server did not start"), s.cmd.Wait())
	}
	_, rest, _ := strings.Cut(lines.Text(), "serves ")
	s.url, _, _ = strings.Cut(rest, ",")
	go func() {
		for lines.Scan() {
		}
	}()
	return s, nil
}

func (s *server) stop() {
	if s.cmd.Process.Signal(syscall.SIGTERM) == nil {
		_ = s.cmd.Wait()
	}
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

func (s *server) peakRSS() string {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return err.Error()
	}
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

func (s *server) idle(d time.Duration) error {
	time.Sleep(2 * time.Second) // whatever was under way ends
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

func (s *server) report() error {
	var bytes int64
	err := filepath.WalkDir(s.data, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			bytes += info.Size()
		}
		return err
	})
	fmt.Printf("data folder: %.1f MB, %.1f B a row; peak RSS %s\n", float64(bytes)/1e6, float64(bytes)/float64(max(1, s.rows)), s.peakRSS())
	return err
}
