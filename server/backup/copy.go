package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Progress is told while files are copied: how many bytes are done, of how
// many as far as is known, and which file is at work.
type Progress func(done, total int64, path string)

// A copier copies files and sums them.
type copier struct {
	ctx         context.Context
	progress    Progress
	done, total int64
}

// copy writes what src yields to a new file, syncs it, and reads it back from
// the disk. It leaves nothing after an error.
func (c *copier) copy(src io.Reader, to, name string) (f File, err error) {
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return f, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(to))
		}
	}()
	h := sha256.New()
	n, err := io.CopyBuffer(io.MultiWriter(out, h), &stopping{c, src, name}, make([]byte, 1<<20))
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return f, fmt.Errorf("copy %s: %w", name, err)
	}
	f = File{Path: name, SHA256: hex.EncodeToString(h.Sum(nil)), Bytes: n}
	again, bytes, err := c.sum(to)
	if err == nil && (again != f.SHA256 || bytes != n) {
		err = fmt.Errorf("copy %s: %s does not read back as it was written", name, to)
	}
	return f, err
}

// sum reads a file from the disk, not from memory where that can be had.
func (c *copier) sum(path string) (string, int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) // advice; some file systems take none
	return sumOf(&stopping{&copier{ctx: c.ctx}, f, path})
}

func sumOf(r io.Reader) (string, int64, error) {
	h := sha256.New()
	n, err := io.CopyBuffer(h, r, make([]byte, 1<<20))
	return hex.EncodeToString(h.Sum(nil)), n, err
}

// stopping is a reader that ends when its context does.
type stopping struct {
	c    *copier
	r    io.Reader
	name string
}

func (s *stopping) Read(b []byte) (int, error) {
	if err := s.c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.r.Read(b)
	s.c.done += int64(n)
	if s.c.progress != nil {
		s.c.progress(s.c.done, max(s.c.total, s.c.done), s.name)
	}
	return n, err
}

func writeSynced(path string, b []byte) (err error) {
	f, err := os.OpenFile(path+".tmp", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(path+".tmp"))
	}
	return syncFolder(filepath.Dir(path))
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// lock takes a lock that goes with the process. busy says what to tell where
// another has it.
func lock(path, busy string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		err = errors.Join(err, f.Close())
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.New(busy)
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return f, nil
}
