package ingest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/clewline/clewline/format"
)

// ErrUnknownSource is what Config.Sources answers for a name that a project
// has no source of.
var ErrUnknownSource = errors.New("unknown source")

// sourceFormat begins the format of dead letters that were read by a source.
const sourceFormat = "source:"

// sources finds named sources, and keeps what reads by them until their
// settings change. It serves many goroutines.
type sources struct {
	find func(ctx context.Context, project, name string) (format.Source, int64, error)
	now  func() time.Time

	mu    sync.Mutex
	ready map[sourceName]*readySource
}

type sourceName struct{ project, name string }

// A readySource is a source that was used. Which there can be, its projects'
// catalogs bound.
type readySource struct {
	version int64
	source  format.Source
	read    format.Reader
	use     SourceUse
}

// SourceUse is how one source was used since the server started. The zero value
// is of one that was not.
type SourceUse struct {
	Last               time.Time
	Accepted, Rejected int64 // events, and lines
}

// reader gives a source's settings as they are now, and what reads by them.
func (s *sources) reader(ctx context.Context, project, name string) (format.Source, format.Reader, error) {
	if s.find == nil {
		return format.Source{}, nil, unknownSource(name)
	}
	source, version, err := s.find(ctx, project, name)
	at := sourceName{project, name}
	if errors.Is(err, ErrUnknownSource) {
		s.mu.Lock()
		delete(s.ready, at) // it was removed
		s.mu.Unlock()
		return format.Source{}, nil, unknownSource(name)
	}
	if err != nil {
		return format.Source{}, nil, err
	}
	s.mu.Lock()
	known := s.ready[at]
	s.mu.Unlock()
	if known != nil && known.version == version {
		return source, known.read, nil
	}
	read, err := source.Reader()
	if err != nil {
		return format.Source{}, nil, refuseSource(err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ready == nil {
		s.ready = map[sourceName]*readySource{}
	}
	next := &readySource{version: version, source: source, read: read}
	if old := s.ready[at]; old != nil {
		next.use = old.use
	}
	s.ready[at] = next
	return source, read, nil
}

// count notes what a source's reader made of a request.
func (s *sources) count(project, name string, accepted, rejected int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known := s.ready[sourceName{project, name}]; known != nil {
		known.use.Last = s.now()
		known.use.Accepted += int64(accepted)
		known.use.Rejected += int64(rejected)
	}
}

// SourceUse tells how a source was used since the server started.
func (in *Ingest) SourceUse(project, name string) SourceUse {
	in.sources.mu.Lock()
	defer in.sources.mu.Unlock()
	if known := in.sources.ready[sourceName{project, name}]; known != nil {
		return known.use
	}
	return SourceUse{}
}

func unknownSource(name string) error {
	if len(name) > 80 {
		name = strings.ToValidUTF8(name[:80], "") + "…"
	}
	ref := refuse(http.StatusNotFound, "not_found", "this project has no source %q; an editor makes one under Settings, Sources", name)
	ref.field = "source"
	return ref
}

// showSource serves GET /v1/lines/source?name=NAME: the settings of a source of
// the key's project, for senders that cut their text at events.
func (in *Ingest) showSource(w http.ResponseWriter, r *http.Request) error {
	key, err := in.authorize(r, "lines", bearer(r))
	if err != nil {
		return err
	}
	name := r.URL.Query().Get("name")
	source, _, err := in.sources.reader(r.Context(), key.Project, name)
	if err != nil {
		return err
	}
	reply(w, http.StatusOK, struct {
		Name     string        `json:"name"`
		Settings format.Source `json:"settings"`
	}{name, source})
	return nil
}
