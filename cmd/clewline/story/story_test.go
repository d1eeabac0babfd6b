package story

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/format"
	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// tell gives the steps from o.From to an end, itself not among them.
func tell(o Options, end time.Time) []Step {
	s := New(o)
	var steps []Step
	for {
		step := s.Next()
		if !step.At.Before(end) {
			return steps
		}
		steps = append(steps, step)
	}
}

func someOptions(t *rapid.T) Options {
	return Options{
		Seed: rapid.Uint64().Draw(t, "seed"), Now: noon,
		From: noon.Add(-time.Duration(rapid.IntRange(1, 120).Draw(t, "minutes")) * time.Minute),
	}
}

// read decodes a step as the server's doors do.
func read(t testing.TB, step Step) event.Event {
	t.Helper()
	if step.Door == Browser {
		var c struct {
			Do, Label, Msg string
			Seat           string
			At             float64
			Form           string
			Fields         map[string]any
			Data           map[string]any
		}
		if err := json.Unmarshal(step.Line, &c); err != nil {
			t.Fatalf("%v: %s", err, step.Line)
		}
		c.Fields["label"], c.Fields["form"], c.Fields["msg"], c.Fields["time"] = c.Label, c.Form, c.Msg, c.At
		c.Fields["data"], c.Fields["staff"] = c.Data, c.Seat
		line, err := json.Marshal(c.Fields)
		if err != nil {
			t.Fatal(err)
		}
		step.Line = line
	}
	decode, ok := format.ByName(map[Door]string{Browser: "events", Invocation: "invocation", Prism: "prism", JSON: "json"}[step.Door])
	if !ok {
		t.Fatalf("no format for door %d", step.Door)
	}
	events, errs := decode(step.Line, format.Options{App: step.App, Received: step.At.UnixNano()}, nil)
	for _, err := range errs {
		t.Fatalf("%v: %s", &err, step.Line)
	}
	if len(events) != 1 {
		t.Fatalf("%d events: %s", len(events), step.Line)
	}
	e := events[0]
	if step.Door == Browser && e.Level == event.NoLevel {
		e.Level = map[event.Form]event.Level{event.FormAlarm: event.Warn, event.FormError: event.Error}[e.Form]
		e.Level = max(e.Level, event.Info) // as the SDK has it
	}
	return e
}

func TestTheSameSeedTellsTheSameStory(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := someOptions(t)
		end := o.From.Add(time.Minute)
		a, b := tell(o, end), tell(o, end)
		if !slices.EqualFunc(a, b, func(x, y Step) bool {
			return x.At.Equal(y.At) && x.Door == y.Door && x.App == y.App && string(x.Line) == string(y.Line)
		}) {
			t.Fatal("the same options told two stories")
		}
		other := o
		other.Seed++
		if c := tell(other, end); len(a) == len(c) && string(a[len(a)/2].Line) == string(c[len(c)/2].Line) {
			t.Fatal("another seed told the same story")
		}
	})
}

func TestEveryStepIsUnderstoodInOrderAndNeverAheadOfItsTime(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o := someOptions(rt)
		last := o.From
		for _, step := range tell(o, o.From.Add(90*time.Second)) {
			if step.At.Before(last) {
				rt.Fatalf("%v comes after %v", step.At, last)
			}
			last = step.At
			e := read(t, step)
			if e.Time > step.At.UnixNano() || e.StartTime > e.Time {
				rt.Fatalf("time %v, start %v in a line of %v: %s", time.Unix(0, e.Time).UTC(), time.Unix(0, e.StartTime).UTC(), step.At, step.Line)
			}
			if e.Time < o.From.Add(-time.Second).UnixNano() {
				rt.Fatalf("time %v lies before the story", time.Unix(0, e.Time).UTC())
			}
			if step.At.Nanosecond()%1000 != 0 {
				rt.Fatalf("%v is finer than the SDK can tell", step.At)
			}
		}
	})
}

// afternoon is two hours of story and a quarter of an hour beyond the present,
// with what each line means.
func afternoon(t testing.TB) ([]Step, []event.Event) {
	t.Helper()
	told.once.Do(func() {
		told.steps = tell(Options{Seed: 1, From: noon.Add(-2 * time.Hour), Now: noon}, noon.Add(15*time.Minute))
		for i := range told.steps {
			told.events = append(told.events, read(t, told.steps[i]))
		}
	})
	if len(told.steps) == 0 || len(told.events) != len(told.steps) {
		t.Fatal("a line of the story was not understood; an earlier test says which")
	}
	return told.steps, told.events
}

var told struct {
	once   sync.Once
	steps  []Step
	events []event.Event
}

func TestTheStoryIsOfTheSizeAndMixtureOfARealAfternoon(t *testing.T) {
	steps, events := afternoon(t)
	perSecond := float64(len(steps)) / (135 * 60)
	if perSecond < 9 || perSecond > 20 {
		t.Errorf("%.1f steps a second, want 10 to 20", perSecond)
	}
	doors, levels, categories, apps := map[Door]int{}, map[event.Level]int{}, map[event.Category]int{}, map[string]int{}
	said, chinese, seats, accounts := 0, 0, map[string]bool{}, map[string]bool{}
	for i, e := range events {
		doors[steps[i].Door]++
		apps[e.App]++
		if strings.Contains(string(steps[i].Line), `"do":"seat"`) {
			seats[e.Staff], accounts[e.Account] = true, true
			continue
		}
		levels[e.Level]++
		if e.Category != "" {
			categories[e.Category]++
		}
		if e.Msg != "" {
			said++
			if strings.ContainsFunc(e.Msg, func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
				chinese++
			}
		}
	}
	t.Logf("%d steps, %.1f a second, doors %v, levels %v, categories %v, apps %v, %d of %d Chinese", len(steps), perSecond, doors, levels, categories, apps, chinese, said)
	if share := float64(chinese) / float64(said); share < 0.25 || share > 0.35 {
		t.Errorf("%.0f %% of the messages are Chinese, want about 30", 100*share)
	}
	if len(seats) != 40 || len(accounts) != 12 {
		t.Errorf("%d seats of %d accounts, want 40 of 12", len(seats), len(accounts))
	}
	if len(doors) != 4 || len(categories) != 6 {
		t.Errorf("doors %v, categories %v: want 4 and 6", doors, categories)
	}
	all := float64(len(steps))
	for level, want := range map[event.Level][2]float64{
		event.Debug: {3, 20}, event.Info: {50, 85}, event.Notice: {5, 25}, event.Warn: {0.5, 6}, event.Error: {0.5, 5},
	} {
		if share := 100 * float64(levels[level]) / all; share < want[0] || share > want[1] {
			t.Errorf("%.1f %% are of level %v, want %v to %v", share, level, want[0], want[1])
		}
	}
}

func TestEverySpanFindsItsParentAndEveryModuleItsTrace(t *testing.T) {
	steps, events := afternoon(t)
	spans, invocations := map[string]bool{}, map[string]bool{}
	for _, e := range events {
		if e.TraceID != "" && e.SpanID != "" {
			spans[e.TraceID+e.SpanID] = true
		}
		if e.Kind == event.Call {
			invocations[e.TraceID] = true
		}
	}
	cut := noon.Add(14 * time.Minute).UnixNano() // what came later may have its end beyond the end
	joined := 0
	for i, e := range events {
		if e.Time > cut {
			break
		}
		if e.ChildOf != "" {
			joined++
			if !spans[e.TraceID+e.ChildOf] {
				t.Fatalf("nobody is %s, the parent of: %s", e.ChildOf, steps[i].Line)
			}
		}
		switch e.Kind {
		case event.UI, event.Client, event.Server:
			if !invocations[e.TraceID] {
				t.Fatalf("no invocation has the logid of: %s", steps[i].Line)
			}
		case event.Log:
		case event.Call:
			if e.TraceID == "" || e.SpanID == "" {
				t.Fatalf("no trace: %s", steps[i].Line)
			}
		}
	}
	if joined < 10_000 {
		t.Errorf("only %d events have a parent", joined)
	}
}

func TestOneSeatNeverRefreshesItsTicketAndTheOthersDoWithinFiveSeconds(t *testing.T) {
	_, events := afternoon(t)
	expired := noon.Add(-expiredAgo).UnixNano()
	refused, stuckRefused, waiting := 0, 0, map[string]int64{}
	for _, e := range events {
		if since, ok := waiting[e.Staff]; ok && e.Time-since > int64(5*time.Second) {
			t.Fatalf("%s was refused at %v and has not asked for a new ticket by %v", e.Staff, time.Unix(0, since).UTC(), time.Unix(0, e.Time).UTC())
		}
		if e.HTTPPath == RefreshPath && e.Staff != "" {
			delete(waiting, e.Staff)
			if e.Staff == Staff && e.Time > expired {
				t.Fatalf("%s refreshed its ticket", Staff)
			}
		}
		if e.ErrorCode != ticketExpired {
			continue
		}
		if e.Staff == Staff {
			stuckRefused++
			if e.Time < expired {
				t.Fatalf("%s was refused before its ticket expired", Staff)
			}
			continue
		}
		refused++
		if _, ok := waiting[e.Staff]; !ok {
			waiting[e.Staff] = e.Time
		}
	}
	if refused < 50 {
		t.Errorf("other seats were refused %d times, want some", refused)
	}
	if stuckRefused < 300 {
		t.Errorf("%s was refused %d times", Staff, stuckRefused)
	}
	t.Logf("others refused %d times, %s %d times", refused, Staff, stuckRefused)
}

func TestEachRequestOfTheStuckSeatIsRefusedAndItsCallsDrop(t *testing.T) {
	_, events := afternoon(t)
	expired := noon.Add(-expiredAgo + time.Minute).UnixNano()
	dropped, held := 0, 0
	for _, e := range events {
		if e.Staff != Staff || e.Time < expired {
			continue
		}
		if e.App == callAPI.name && e.Kind == event.Call && e.HTTPPath != "/call/dispatch" && e.ErrorCode != ticketExpired {
			t.Fatalf("it was let in: %+v", e)
		}
		if strings.Contains(e.Msg, "→ dropped reason=hold_rejected") {
			dropped++
		}
		if e.App == callAPI.name && e.HTTPPath == "/call/hold" && e.Kind == event.Call {
			held++
		}
	}
	if dropped < 5 || held < 10 {
		t.Errorf("%d calls dropped, %d holds refused", dropped, held)
	}
}

func TestTheCallThatNewcomersAreShownIsThereOnce(t *testing.T) {
	for seed := range uint64(6) {
		var holds, drops, inTrace int
		for _, step := range tell(Options{Seed: seed, From: noon.Add(-30 * time.Minute), Now: noon}, noon) {
			e := read(t, step)
			if e.TraceID == TraceID {
				inTrace++
				if e.Staff != "" && e.Staff != Staff {
					t.Fatalf("seat %s is in the trace", e.Staff)
				}
			}
			if e.CallID != CallID {
				continue
			}
			if e.Kind == event.Call && e.HTTPPath == "/call/hold" {
				holds++
			}
			if strings.Contains(e.Msg, "→ dropped") {
				drops++
			}
		}
		if holds != 2 || drops != 1 || inTrace < 8 {
			t.Errorf("seed %d: %d holds, %d drops, %d events in the trace", seed, holds, drops, inTrace)
		}
	}
}

func TestTheSlowDatabaseIsSlowSinceItsTimeAndNoOther(t *testing.T) {
	_, events := afternoon(t)
	since := noon.Add(-slowAgo).UnixNano()
	slow, timeouts, functions := 0, 0, map[string]bool{}
	for _, e := range events {
		if e.Service != "database" {
			if e.ErrorCode == networkError && e.Function != "" {
				functions[e.Function] = true
			}
			continue
		}
		isSlow := e.TimeCost >= 1500
		if isSlow != (e.App == SlowDB && e.StartTime >= since) {
			t.Fatalf("%s took %v ms at %v", e.App, e.TimeCost, time.Unix(0, e.StartTime).UTC())
		}
		if isSlow {
			slow++
		}
		if e.ErrorCode == networkError {
			timeouts++
		}
	}
	if slow < 100 || timeouts < 10 || len(functions) < 2 {
		t.Errorf("%d slow, %d timeouts, in %v", slow, timeouts, functions)
	}
}

func TestTheReleaseChangesOnceOnEverySeat(t *testing.T) {
	steps, events := afternoon(t)
	of := map[string]string{}
	for i, e := range events {
		if steps[i].Door != Browser || e.Release == "" {
			continue
		}
		if before := of[e.Staff]; before == newRelease && e.Release != newRelease {
			t.Fatalf("%s went back to %s", e.Staff, e.Release)
		}
		of[e.Staff] = e.Release
	}
	for staff, release := range of {
		if release != newRelease {
			t.Errorf("%s still has %s", staff, release)
		}
	}
}
