package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/retention"
	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/store/duckstore"
	"github.com/prometheus/client_golang/prometheus"
)

// newRunner makes what removes old events and erases those of a person, where
// the store can remove; else nil.
func newRunner(events store.Store, c *catalog.Catalog, cfg Config, registry prometheus.Registerer) (*retention.Runner, error) {
	keeper, ok := events.(store.Keeper)
	if !ok {
		return nil, nil
	}
	return retention.New(retention.Config{
		Keeper: keeper, Catalog: c,
		Disk:       func() (retention.Disk, error) { return retention.DiskOf(cfg.Data) },
		StoreBytes: func() int64 { return events.Stats().Bytes },
		Floor:      int64(cfg.MinFreeMB) * 1e6,
		Registry:   registry, Log: cfg.Log, Clock: cfg.Clock,
	})
}

// Retain removes once what is not to be kept in a data folder, as a server
// does every few minutes. It is for folders that no server runs on; the
// store's lock refuses the others.
func Retain(ctx context.Context, data string, log *slog.Logger) error {
	return withCatalog(ctx, data, func(c *catalog.Catalog) (err error) {
		events, err := duckstore.Open(filepath.Join(data, "events"), duckstore.Options{})
		if err != nil {
			return fmt.Errorf("open the store: %w", err)
		}
		defer func() { err = errors.Join(err, events.Close()) }()
		r, err := newRunner(events, c, Config{Data: data, MinFreeMB: 128, Log: log}, nil)
		if err != nil {
			return err
		}
		if r == nil {
			return errors.New("this store cannot remove events by age")
		}
		return r.Once(ctx)
	})
}
