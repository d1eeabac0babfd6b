package server

import (
	"context"
	"time"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/ingest"
)

// cameFor is how long is kept what came by the doors: a week, and a day so that
// the oldest step of a week is whole.
const cameFor = 8 * 24 * time.Hour

// saveCame keeps what came by the doors, for the charts of a day and a week.
func (s *Server) saveCame(ctx context.Context) error {
	came := s.ingest.TakeCame()
	if len(came) == 0 {
		return nil
	}
	steps := make([]catalog.IngestStep, len(came))
	newest := came[0].Step
	for i, c := range came {
		steps[i], newest = catalog.IngestStep(c), max(newest, c.Step)
	}
	err := s.catalog.AddIngestSteps(ctx, steps, newest-int64(cameFor/ingest.LongStep))
	if err != nil {
		s.ingest.GiveBackCame(came)
	}
	return err
}
