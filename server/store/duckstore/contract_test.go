//go:build !noduck

package duckstore

import (
	"testing"

	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/store/storetest"
)

func TestDuckstoreKeepsTheContractOfAStore(t *testing.T) {
	storetest.Run(t, func(t testing.TB, env *storetest.Env) store.Store {
		opt := Options{Now: env.Now, MinFree: -1, GroupDelay: 1}
		if env.Rows > 0 {
			opt.RollRows, opt.MaxOpen = env.Rows, 3
		}
		s, err := Open(env.Dir, opt)
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
