//go:build !noduck

package duckstore

import "github.com/clewline/clewline/server/store"

// An erasure's query names somebody. It stays in the list when the erasure is
// done, because a backup may be older than the order, and restoring it applies
// the order. Once retention has expired every day that the order is about, its
// floor in the same list hides all of that in any backup, and the query goes.
// No hash of it stays: of a phone number it would be the number.

// forgetQueries forgets the queries that are not needed any more.
func (s *Store) forgetQueries() (did bool, err error) {
	s.mu.RLock()
	erasures, floors := s.erasures, s.floors
	s.mu.RUnlock()
	due := func(x *ListedErasure) bool {
		return x.Done != 0 && !x.All && !x.Forgotten() && store.Day(x.newestDay()) < max(floors[""], floors[x.Project])
	}
	for _, x := range erasures {
		did = did || due(&x.ListedErasure)
	}
	if !did {
		return false, nil
	}
	if err := s.opt.before("forget whom erasures were about"); err != nil {
		return false, err
	}
	var rest []*erasure
	err = s.change(func(l *List) {
		l.Erasures = l.Erasures[:0:0]
		for _, x := range s.erasures {
			if due(&x.ListedErasure) {
				c := *x
				c.forget()
				if again, err := newErasure(c.ListedErasure); err == nil {
					x = again
				}
			}
			rest = append(rest, x)
			l.Erasures = append(l.Erasures, x.ListedErasure)
		}
	}, func() { s.erasures = rest })
	return err == nil, err
}

// newestDay is the newest day of arrival that an erasure is about.
func (x *ListedErasure) newestDay() int64 {
	return max(x.Through, dayOf(x.At), dayOf(x.Done))
}
