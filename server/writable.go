package server

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// A ReadOnlyError says that a data folder, or something in it, cannot be
// written to by this process.
type ReadOnlyError struct {
	Data, Path string
	Err        error
}

func (e *ReadOnlyError) Error() string {
	return fmt.Sprintf("the data folder %s cannot be written to: %s: %v; a server writes its events, their list and its catalog there. "+
		"Mount the disk writable, or give the folder to the user who runs this; clewline store check looks at it as it is", e.Data, e.Path, e.Err)
}
func (e *ReadOnlyError) Unwrap() error { return e.Err }

// checkWritable looks at a data folder before anything in it is touched.
func checkWritable(data string) error {
	if err := os.MkdirAll(data, 0o700); err != nil {
		return readOnly(data, fmt.Errorf("make the data folder: %w", err))
	}
	for _, name := range []string{".", "events", "events/LOCK", "catalog.db", "catalog.db-wal"} {
		path := filepath.Join(data, name)
		err := unix.Access(path, unix.W_OK)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return &ReadOnlyError{data, path, err}
		}
	}
	return nil
}

// readOnly makes of an error that comes of missing rights one that says what
// to do, and leaves others as they are.
func readOnly(data string, err error) error {
	if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS) {
		return err
	}
	path := data
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		path, err = at.Path, at.Err
	}
	return &ReadOnlyError{data, path, err}
}
