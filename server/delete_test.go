//go:build !noduck

package server_test

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/clewline/clewline/server/catalog"
)

// Whoever writes while a project is deleted is answered 200 for what was
// written before, then 401; and nothing of either is left.
func TestAProjectDeletedWhileItIsWrittenToLeavesNothingBehind(t *testing.T) {
	s := openStreet(t)
	root, err := s.catalog.PersonByName(t.Context(), "root-of-all")
	s.must(err)
	session, _, err := s.catalog.StartSession(t.Context(), root.User)
	s.must(err)

	var taken, refused atomic.Int64
	var writers sync.WaitGroup
	begun := make(chan struct{}, 8)
	for range cap(begun) {
		writers.Go(func() {
			for n := 0; ; n++ {
				status, text := s.ask("POST", reach{path: "/v1/events", body: `{"msg":"late ` + mark + `"}`}, s.bankKey)
				if n == 1 {
					begun <- struct{}{}
				}
				switch status {
				case 200:
					taken.Add(1)
				case 401:
					if !strings.Contains(text, "was revoked") {
						t.Errorf("refused with %s", text)
					}
					refused.Add(1)
					return
				default:
					t.Errorf("%d %s", status, text)
					return
				}
			}
		})
	}
	for range cap(begun) {
		<-begun
	}
	if status, text := s.ask("DELETE", reach{path: "/v1/projects/bank", body: `{"confirm":"bank"}`}, session); status != 202 {
		t.Fatalf("deleting: %d %s", status, text)
	}
	writers.Wait()
	if taken.Load() == 0 || refused.Load() != int64(cap(begun)) {
		t.Errorf("%d were taken, %d refused", taken.Load(), refused.Load())
	}
	if status, text := s.ask("GET", reach{path: "/v1/search?project=bank"}, session); status != 403 {
		t.Errorf("the deleted project answers %d %s", status, text)
	}
	// The name is free again, and the new project is empty: not even what was
	// written a moment before the end is in it.
	if status, text := s.ask("POST", reach{path: "/v1/projects", body: `{"name":"bank"}`}, session); status != 201 {
		t.Fatalf("making it anew: %d %s", status, text)
	}
	for _, path := range []string{"/v1/search?project=bank&from=1960-01-01T00:00:00Z", "/v1/events/" + s.bank.eventID + "?project=bank", "/v1/values?project=bank&fields=msg&from=1960-01-01T00:00:00Z"} {
		if _, text := s.ask("GET", reach{path: path}, session); strings.Contains(text, mark) {
			t.Errorf("%s: %s", path, text)
		}
	}
	if status, _ := s.ask("POST", reach{path: "/v1/events", body: `{"msg":"x"}`}, s.bankKey); status != 401 {
		t.Errorf("the old key writes into the new project: %d", status)
	}
	_, fresh := s.key("bank", catalog.ServerKey)
	if status, text := s.ask("POST", reach{path: "/v1/events", body: `{"msg":"anew"}`}, fresh); status != 200 {
		t.Errorf("a new key: %d %s", status, text)
	}
	if _, text := s.ask("GET", reach{path: "/v1/search?project=bank"}, session); !strings.Contains(text, "anew") || strings.Contains(text, mark) {
		t.Errorf("the new project has %s", text)
	}
	if status, text := s.ask("POST", reach{path: "/v1/events", body: `{"msg":"y"}`}, s.shopKey); status != 200 {
		t.Errorf("the neighbour: %d %s", status, text)
	}
}
