package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/clewline/clewline/format"
	"github.com/clewline/clewline/server/api"
	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/ingest"
)

// findSource finds a source in the catalog, in ingest's words. The version
// changes with each change, and with each source made anew under a name.
func (s *Server) findSource(ctx context.Context, project, name string) (format.Source, int64, error) {
	kept, err := s.catalog.Source(ctx, project, name)
	if errors.Is(err, catalog.ErrNotFound) {
		return format.Source{}, 0, ingest.ErrUnknownSource
	}
	if err != nil {
		return format.Source{}, 0, err
	}
	var source format.Source
	if err := json.Unmarshal([]byte(kept.Settings), &source); err != nil {
		return format.Source{}, 0, fmt.Errorf("source %s of project %s: %w", name, project, err)
	}
	return source, kept.Changed.UnixNano() + kept.Version, nil
}

func (s *Server) sourceUse(project, name string) api.SourceUse {
	return api.SourceUse(s.ingest.SourceUse(project, name))
}
