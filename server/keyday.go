package server

import (
	"context"
	"time"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/ingest"
)

// keyDaysEvery is the time between two looks at what keys have sent. After a
// crash their quotas of bytes have forgotten that much.
const keyDaysEvery = 15 * time.Second

// recallKeyDays has the quotas of keys go on where they were.
func (s *Server) recallKeyDays(ctx context.Context) error {
	kept, err := s.catalog.KeyDays(ctx)
	days := make([]ingest.KeyDay, len(kept))
	for i, d := range kept {
		days[i] = ingest.KeyDay(d)
	}
	s.ingest.RecallKeyDays(days)
	return err
}

// saveKeyDays keeps what keys have sent, where that is news.
func (s *Server) saveKeyDays(ctx context.Context) error {
	news := s.ingest.KeyDays()
	if len(news) == 0 {
		return nil
	}
	days := make([]catalog.KeyDay, len(news))
	for i, d := range news {
		days[i] = catalog.KeyDay(d)
	}
	return s.catalog.SaveKeyDays(ctx, days)
}

// keepKeyDays does so, and keeps what came by the doors, until ctx ends.
func (s *Server) keepKeyDays(ctx context.Context) {
	ticker := time.NewTicker(keyDaysEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := s.saveKeyDays(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("what keys have sent today could not be kept; it is tried again", "in", keyDaysEvery, "error", err)
		}
		if err := s.saveCame(ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("what came by the doors could not be kept; it is tried again", "in", keyDaysEvery, "error", err)
		}
	}
}
