package ingest

import "time"

// A KeyDay is what a key has sent on a UTC day, in bytes after decompression.
type KeyDay struct {
	KeyID string
	Day   int64 // days since the epoch
	Bytes int64
}

// KeyDays gives what keys have sent on their newest day, as far as that has
// changed since the last call.
func (in *Ingest) KeyDays() (days []KeyDay) {
	in.uses.keys.Range(func(id, v any) bool {
		e := v.(*use)
		e.mu.Lock()
		defer e.mu.Unlock()
		if e.bytes > 0 && (e.day != e.told || e.bytes != e.toldBytes) {
			e.told, e.toldBytes = e.day, e.bytes
			days = append(days, KeyDay{id.(string), e.day, e.bytes})
		}
		return true
	})
	return days
}

// RecallKeyDays takes over what keys have sent before the program started, so
// that their quotas go on. It comes before the first request.
func (in *Ingest) RecallKeyDays(days []KeyDay) {
	today := in.cfg.Clock().Unix() / int64(day/time.Second)
	for _, d := range days {
		if d.Day != today {
			continue
		}
		e := in.uses.of(d.KeyID)
		e.mu.Lock()
		e.day, e.bytes, e.told, e.toldBytes = d.Day, d.Bytes, d.Day, d.Bytes
		e.mu.Unlock()
	}
}
