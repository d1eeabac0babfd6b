package api

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
)

// nearOf asks for nothing that there is and gives what the last line says.
func nearOf(w *world, q, more string) (near []string, last object) {
	_, last = w.found(w.do("GET", "/v1/search?q="+url.QueryEscape(q)+more, w.read, nil))
	list, _ := last["near"].([]any)
	for _, n := range list {
		n := n.(object)
		text := fmt.Sprint(n["why"], " ", n["q"], " ", n["count"])
		if n["from"] != nil {
			text += fmt.Sprint(" ", n["from"], " to ", n["to"])
		}
		near = append(near, text)
	}
	return near, last
}

func TestWhoFindsNothingIsToldWhatComesClose(t *testing.T) {
	overStores(t, nil, func(t *testing.T, w *world) {
		w.fill("shop", 30, func(i int, e *event.Event) {
			e.Msg, e.Service, e.Data = "requesttimeout of the seat", "web", `{"request":{"status":504}}`
			e.Level = event.Error
			if i >= 20 { // long before
				e.Time = noon.Add(-48*time.Hour - time.Duration(i)*time.Second).UnixNano()
				e.Msg = "the old gateway"
			}
		})
		w.fill("bank", 30, func(i int, e *event.Event) { e.Msg = "vault" })
		for _, c := range []struct{ q, want string }{
			{"timeout", "part *timeout* 20"},
			{"servise:web", "field service:web 20"},
			{"requst.status:504", "field request.status:504 20"},
			{`"seat requesttimeout"`, "words seat and requesttimeout 20"},
			{"service:web and seat and level:warn", "level service:web and seat and level >= warn 20|without service:web and seat 20"},
			{"service:web and vault", "without service:web 20"},
			{"gateway", "earlier gateway 1 2026-11-18T11:44:41Z to 2026-11-18T11:59:41Z"},
			{"vault", ""},
			{"not service:*", ""},
		} {
			near, last := nearOf(w, c.q, "")
			got := strings.Join(near, "|")
			if strings.HasPrefix(c.want, "earlier") {
				got = strings.Replace(got, " 10 ", " 1 ", 1)
			}
			if got != c.want || last["count"] != 0.0 {
				t.Errorf("%s: %s, want %s (%v)", c.q, got, c.want, last)
			}
		}
		if near, _ := nearOf(w, "timeout", "&near=0"); near != nil {
			t.Errorf("near=0 still gives %v", near)
		}
		if near, _ := nearOf(w, "seat", ""); near != nil {
			t.Errorf("a query that finds something is near %v", near)
		}
		// What is there under its own name is no mistake.
		_, last := nearOf(w, "request.status:200", "")
		if last["unknownFields"] != nil {
			t.Errorf("unknown are %v", last["unknownFields"])
		}
		_, last = nearOf(w, "requst.status:200", "")
		if got := fmt.Sprint(last["unknownFields"]); got != "[map[name:requst.status suggestion:request.status]]" {
			t.Errorf("unknown are %v", got)
		}
	})
}

func TestWhatIsNearIsOfTheAskersProjectAndAccount(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("bank", 10, func(i int, e *event.Event) { e.Msg, e.Data = "vaultdoor", `{"secretKey":1}` })
	for _, q := range []string{"vault", "secretKy:1", "door or vaultdoor", "vaultdoor and x"} {
		if near, last := nearOf(w, q, ""); near != nil || last["unknownFields"] != nil {
			t.Errorf("%s: %v %v", q, near, last)
		}
	}
}

func TestASlowStoreGivesNoAdvice(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 10, func(i int, e *event.Event) { e.Msg = "requesttimeout" })
	asked := 0
	w.store.before = func(ctx context.Context) error {
		if asked++; asked == 1 {
			return nil
		}
		<-ctx.Done()
		return ctx.Err()
	}
	began := time.Now()
	near, last := nearOf(w, "timeout and x.y:1", "")
	if near != nil || last["partial"] != false || time.Since(began) > 5*time.Second {
		t.Errorf("%v %v after %v", near, last, time.Since(began))
	}
}

func TestWhoHoldsASharedLinkIsToldNothingBesideItsView(t *testing.T) {
	w := inhabited(t, nil)
	w.fill("shop", 10, func(i int, e *event.Event) { e.Msg, e.Data = "requesttimeout", `{"secretKey":1}` })
	made := w.share("shop", w.admin, object{"q": "timeout secretKy:2", "from": "-15m", "to": "now"})
	_, token, _ := strings.Cut(made["path"].(string), "#")
	_, last := w.found(w.do("GET", "/v1/search", token, nil))
	if last["count"] != 0.0 || last["near"] != nil || last["unknownFields"] != nil {
		t.Errorf("the last line is %v", last)
	}
}
