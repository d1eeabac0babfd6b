package catalog

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Copy writes a copy of the catalog at one path to another, as it stands at
// one moment, while others use and change it. What is at the other path is
// replaced. It changes nothing, of whatever version the catalog is.
func Copy(ctx context.Context, from, to string) (err error) {
	if _, err := os.Stat(from); err != nil {
		return err // SQLite would make an empty one
	}
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(to))
		}
	}()
	from, done, err := openable(from)
	if err != nil {
		return err
	}
	defer done()
	db, err := sql.Open("sqlite", dsn(from))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, to); err != nil {
		return fmt.Errorf("copy %s: %w", from, err)
	}
	f, err := os.OpenFile(to, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Chmod(0o600), f.Sync(), f.Close())
}

// Check reads all of the catalog at a path, which may be in use, and says what
// is wrong with it, nil for nothing. It changes nothing; what cannot be written
// to, which SQLite would not open with a log, is checked as a copy.
func Check(ctx context.Context, path string) (err error) {
	if _, err := os.Stat(path); err != nil {
		return err
	}
	path, done, err := openable(path)
	if err != nil {
		return err
	}
	defer done()
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, `PRAGMA integrity_check(5)`)
	found, err := readAll(rows, err, "check", func(s *string) error { return rows.Scan(s) })
	if err != nil {
		return err
	}
	if len(found) == 1 && found[0] == "ok" {
		return nil
	}
	return fmt.Errorf("%s is damaged: %v", path, found)
}

// openable gives a path at which SQLite can open a catalog: where it could not
// keep a log beside it, that of a copy, which done removes.
func openable(path string) (_ string, done func(), err error) {
	if unix.Access(path, unix.W_OK) == nil && unix.Access(filepath.Dir(path), unix.W_OK) == nil {
		return path, func() {}, nil
	}
	temp, err := os.MkdirTemp("", "clewline-catalog-")
	if err != nil {
		return "", nil, err
	}
	done = func() { _ = os.RemoveAll(temp) } // a copy
	copied := filepath.Join(temp, filepath.Base(path))
	for _, end := range []string{"", "-wal"} {
		b, err := os.ReadFile(path + end)
		if err == nil {
			err = os.WriteFile(copied+end, b, 0o600)
		}
		if err != nil && !(end != "" && errors.Is(err, fs.ErrNotExist)) {
			done()
			return "", nil, err
		}
	}
	return copied, done, nil
}
