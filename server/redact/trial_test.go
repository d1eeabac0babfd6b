package redact

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/event"
)

func TestATrialTellsWhatARuleWouldDoAndWhatIsDoubtful(t *testing.T) {
	trial := func(rule Rule, events ...event.Event) *Trial {
		rule.ID, rule.Name = "draft", "draft"
		tr, err := New([]byte("k"), nil).Try("p", rule)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range events {
			before := fmt.Sprint(e)
			if tr.Event(e); fmt.Sprint(e) != before {
				t.Errorf("it changed %v", e)
			}
		}
		tr.Finish()
		return tr
	}
	told := func(tr *Trial) string {
		var b strings.Builder
		fmt.Fprintf(&b, "%d/%d events, %d values, %d doubtful %v", tr.Changed, tr.Events, tr.Values, tr.Doubtful, tr.Fields)
		for _, x := range tr.Examples {
			fmt.Fprintf(&b, "\n%s %s:", x.Source, x.Field)
			for _, p := range x.Parts {
				fmt.Fprintf(&b, " %s(%s)", p.Kind, p.Text)
			}
			if x.Doubt != "" {
				fmt.Fprintf(&b, " ?%s %s", x.Doubt, x.Detail)
			}
		}
		return hashed(b.String())
	}
	label := Leaves{Kind: Label, Label: "card"}
	for _, c := range []struct {
		got  *Trial
		want string
	}{
		{trial(Rule{Detector: Card, Leaves: label},
			event.Event{App: "web", Msg: "pay 4111111111111111 now"}, event.Event{App: "web", Msg: "order 4111111111111112"}, event.Event{Msg: "nothing"}),
			"1/3 events, 1 values, 1 doubtful map[msg:1]\n" +
				"web msg: same(pay ) old(4111111111111111) new([card]) same( now)\n" +
				"web msg: same(order ) same(4111111111111112) ?luhn "},
		{trial(Rule{Detector: Mobile, Leaves: Leaves{Kind: Hash, Label: "phone"}}, event.Event{Service: "api", Number: "13800138000", Data: `{"to":"13800138000"}`}),
			"1/1 events, 1 values, 1 doubtful map[data.to:1]\napi data.to: old(13800138000) new([phone:#]) ?identity number"},
		{trial(Rule{Pattern: "tk-([0-9a-f]{4})", Leaves: Leaves{Kind: Remove}},
			event.Event{Msg: "tk-2026", Account: "a"}, event.Event{Msg: "tk-2026", Account: "b"}, event.Event{Msg: "tk-2026", Account: "c"}, event.Event{Msg: "[card] tk-55e1", Account: "c"}),
			"4/4 events, 4 values, 3 doubtful map[msg:4]" + strings.Repeat("\n msg: same(tk-) old(2026) new([removed]) ?shared ", 3) + "\n msg: same([card] tk-) old(55e1) new([removed])"},
		{trial(Rule{Where: []string{"account"}, Detector: Whole, Leaves: Leaves{Kind: Remove}}, event.Event{Account: "acme"}),
			"1/1 events, 1 values, 1 doubtful map[account:1]\n account: old(acme) ?identity account"},
		{trial(Rule{Detector: Tokens, Leaves: label}, event.Event{Msg: "ticket: expired"}),
			"0/1 events, 0 values, 1 doubtful map[]\n msg: same(ticket: ) same(expired) ?word "},
	} {
		if got := told(c.got); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

func TestChangesHoldForTheNextBatchAndCountsGoOn(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 30, 0, 0, time.UTC)
	r := New([]byte("k"), func() time.Time { return now })
	send := func() string {
		b := &event.Batch{Project: "p", Events: []event.Event{{Msg: "4111111111111111"}}}
		r.Batch(b)
		return b.Events[0].Msg
	}
	if got := send(); got != "[card]" {
		t.Errorf("by default it becomes %s", got)
	}
	rule := Rule{ID: "cards", Name: "c", On: true, Detector: Card, Leaves: Leaves{Kind: Last, Last: 4}}
	for version, want := range map[int64]string{2: "••••1111"} {
		if err := r.Replace("p", Rules{Version: version, Rules: []Rule{rule}}); err != nil {
			t.Fatal(err)
		}
		if got := send(); got != want {
			t.Errorf("now it becomes %s", got)
		}
	}
	if err := r.Replace("p", Rules{Version: 1, Rules: nil}); err != nil || r.Rules("p").Version != 2 {
		t.Errorf("older rules came back: %v, %v", r.Rules("p"), err)
	}
	now = now.Add(2 * time.Hour)
	send()
	c := r.Counts("p")
	hours := c.ByRule["cards"]
	if hours[Hours-3] != 2 || hours[Hours-1] != 1 || c.From != time.Date(2026, 11, 19, 15, 0, 0, 0, time.UTC) {
		t.Errorf("counted %v from %v", hours, c.From)
	}
	now = now.Add(23 * time.Hour)
	if hours := r.Counts("p").ByRule["cards"]; hours[0] != 1 || hours[Hours-1] != 0 {
		t.Errorf("a day later %v", hours)
	}
	now = now.Add(100 * time.Hour)
	if hours := r.Counts("p").ByRule["cards"]; hours != [Hours]int64{} {
		t.Errorf("days later %v", hours)
	}
}
