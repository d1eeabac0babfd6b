package server

import (
	"fmt"
	"time"

	"github.com/clewline/clewline/server/api"
)

// strangerFor is how long a request with an unknown key may be what somebody
// who waits for a first event is looking for.
const strangerFor = 2 * time.Minute

// arrivals tells the api, in its words, what ingest has seen of a key. While
// nothing came under the key, a recent request with a wrong one is told
// instead: most likely it is the sender that is being waited for.
func (s *Server) arrivals(keyID string) api.Arrivals {
	a := s.ingest.Arrival(keyID)
	var out api.Arrivals
	if a.ReachedAt == 0 {
		if st := s.ingest.Stranger(); st.At != 0 && time.Since(time.Unix(0, st.At)) < strangerFor {
			out.Reached = &api.Reached{At: instant(st.At), From: st.From, Door: st.Door}
			reason := st.Reason
			if st.KeyPrefix != "" {
				reason = fmt.Sprintf("%s (%s)", reason, st.KeyPrefix)
			}
			out.Key = &api.Verdict{Reason: reason}
		}
		return out
	}
	out.Reached = &api.Reached{At: instant(a.ReachedAt), From: a.From, Door: a.Door}
	out.Key = &api.Verdict{OK: a.KeyOK, Reason: a.KeyReason}
	if a.Origin != "" {
		out.Origin = &api.OriginVerdict{Origin: a.Origin, Verdict: api.Verdict{OK: a.OriginOK}}
		if !a.OriginOK {
			out.Origin.Reason = "this origin is not on the key's list"
		}
	}
	if a.StoredAt != 0 {
		out.Stored = &api.Stored{At: instant(a.StoredAt), Events: a.Events, EventID: a.LastEventID}
	}
	return out
}

func instant(ns int64) string { return time.Unix(0, ns).UTC().Format(time.RFC3339Nano) }

// keyUse tells the api, in its words, how a key was used.
func (s *Server) keyUse(keyID string) api.KeyUse {
	u := s.ingest.Use(keyID)
	out := api.KeyUse{
		Requests: u.Requests, Clients: u.Clients, More: u.MoreClients, EventsNow: u.EventsNow, BytesDay: u.BytesToday,
		Refused: u.Refused, Origin: u.Origin, Origins: u.Origins,
	}
	if !u.Since.IsZero() {
		out.Since, out.LastAt = instant(u.Since.UnixNano()), instant(u.Last.UnixNano())
	}
	return out
}
