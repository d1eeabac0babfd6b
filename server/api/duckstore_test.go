//go:build !noduck

package api

import (
	"testing"

	"github.com/clewline/clewline/server/store"
	"github.com/clewline/clewline/server/store/duckstore"
)

func init() {
	stores["duckstore"] = func(t *testing.T) store.Store {
		s, err := duckstore.Open(t.TempDir(), duckstore.Options{Memory: 256 << 20})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
}
