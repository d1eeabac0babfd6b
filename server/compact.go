package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"

	"github.com/clewline/clewline/server/backup"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/store/duckstore"
)

// A Compacted tells what Compact did to a data folder.
type Compacted struct {
	// Before and After count the bytes of the whole data folder, the events
	// that can be found, and the sealed files that they lie in.
	Before, After struct {
		Bytes, Events int64
		Segments      int
	}
}

// Compact applies at once what is to be removed in a data folder that no
// server runs on, by age and by erasure, and brings its files into their
// smallest form. The store's lock refuses a folder that a server has. When ctx
// ends, what was done stays, and nothing is lost.
func Compact(ctx context.Context, data string, log *slog.Logger, progress backup.Progress) (done Compacted, err error) {
	eventsFolder := filepath.Join(data, "events")
	if _, err := duckstore.ReadList(eventsFolder); errors.Is(err, fs.ErrNotExist) {
		return done, fmt.Errorf("%s is no data folder: it has no list of segments: %w", data, err)
	}
	if done.Before.Bytes, err = folderBytes(data); err != nil {
		return done, err
	}
	err = withCatalog(ctx, data, func(c *catalog.Catalog) (err error) {
		events, err := duckstore.Open(eventsFolder, duckstore.Options{})
		if used := (*duckstore.InUseError)(nil); errors.As(err, &used) {
			return errors.New("a server is running on it, and does the same in its own time; stop it to have it done at once")
		}
		if err != nil {
			return fmt.Errorf("open the store: %w", err)
		}
		defer func() { err = errors.Join(err, events.Close()) }()
		before := events.Stats()
		done.Before.Events, done.Before.Segments = before.Events, before.Segments+before.Unsealed
		if before.Quarantined > 0 {
			log.Warn("damaged segments are left as they are", "segments", before.Quarantined, "error", before.LastError)
		}
		keeping, err := newRunner(events, c, Config{Data: data, MinFreeMB: 128, Log: log}, nil)
		if err != nil {
			return err
		}
		if keeping != nil {
			if err := keeping.Once(ctx); err != nil {
				return err
			}
		}
		if err := events.Compact(ctx, func(c store.Compaction) {
			if progress != nil {
				progress(c.Done, c.Total, c.Doing)
			}
		}); err != nil {
			return err
		}
		after := events.Stats()
		done.After.Events, done.After.Segments = after.Events, after.Segments
		if keeping != nil {
			return keeping.Once(ctx) // the receipts of what is erased
		}
		return nil
	})
	if err != nil {
		return done, err
	}
	done.After.Bytes, err = folderBytes(data)
	return done, err
}

// folderBytes sums the files of a folder.
func folderBytes(folder string) (n int64, err error) {
	err = filepath.WalkDir(folder, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			n += info.Size()
		}
		return err
	})
	return n, err
}

// CheckStore compares a data folder with its checksums, and counts its events.
// A server may be running on it; nothing is written.
func CheckStore(ctx context.Context, data string, progress backup.Progress) (backup.Report, error) {
	counter, err := duckstore.OpenCounter()
	if err != nil {
		return backup.Report{}, err
	}
	defer counter.Close()
	return backup.Check(ctx, data, backup.CheckOptions{Progress: progress, Count: counter.Count})
}
