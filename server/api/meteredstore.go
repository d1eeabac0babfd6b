package api

import (
	"context"

	"github.com/clewline/clewline/server/store"
)

// A meteredStore is a store that notes, on the meter of whoever asks, how many rows
// each question made it look at.
type meteredStore struct{ store.Store }

// note enters a question's rows.
func note(ctx context.Context, cost store.Cost) {
	if m := meterOf(ctx); m != nil && cost.Rows > 0 {
		m.read(cost.Rows)
	}
}

func (c meteredStore) Search(ctx context.Context, q store.Search) (store.Page, error) {
	got, err := c.Store.Search(ctx, q)
	note(ctx, got.Cost)
	return got, err
}

func (c meteredStore) Histogram(ctx context.Context, q store.Histogram) (store.Buckets, error) {
	got, err := c.Store.Histogram(ctx, q)
	note(ctx, got.Cost)
	return got, err
}

func (c meteredStore) Values(ctx context.Context, q store.Values) (store.FieldValues, error) {
	got, err := c.Store.Values(ctx, q)
	note(ctx, got.Cost)
	return got, err
}

func (c meteredStore) Facets(ctx context.Context, q store.Facets) (store.FacetAnswer, error) {
	got, err := c.Store.Facets(ctx, q)
	note(ctx, got.Cost)
	return got, err
}

func (c meteredStore) Keys(ctx context.Context, q store.Keys) (store.KeyAnswer, error) {
	got, err := c.Store.Keys(ctx, q)
	note(ctx, got.Cost)
	return got, err
}

func (c meteredStore) Table(ctx context.Context, q store.Table) (store.TableRows, error) {
	got, err := c.Store.Table(ctx, q)
	note(ctx, got.Cost)
	return got, err
}
