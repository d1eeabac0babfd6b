package push

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clewline/clewline/server/catalog"
)

// desk is a hub with projects shop and bank, and a clock that stands.
type desk struct {
	*Hub
	t    *testing.T
	path string
	mu   sync.Mutex
	at   time.Time
}

func (d *desk) clock() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.at
}

func (d *desk) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.at = d.at.Add(by)
}

func openDesk(t *testing.T, o Options) *desk {
	t.Helper()
	d := &desk{t: t, path: filepath.Join(t.TempDir(), "catalog.db"), at: time.Date(2026, 11, 20, 14, 0, 0, 0, time.UTC)}
	c, err := catalog.Open(t.Context(), d.path, catalog.Options{Clock: d.clock})
	d.must(err)
	t.Cleanup(func() { d.must(c.Close()) })
	d.must(c.EnsureProject(t.Context(), "shop"))
	d.must(c.EnsureProject(t.Context(), "bank"))
	o.Catalog, o.Clock = c, d.clock
	d.Hub, err = New(t.Context(), o)
	d.must(err)
	return d
}

func (d *desk) must(err error) {
	d.t.Helper()
	if err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) beat(project string, c Client) []Command {
	d.t.Helper()
	commands, err := d.Beat(d.t.Context(), project, c)
	d.must(err)
	return commands
}

func (d *desk) ask(device string) (catalog.Pull, string) {
	d.t.Helper()
	now := d.clock()
	p, ticket, err := d.Ask(catalog.As(d.t.Context(), "user:ada"), catalog.Pull{Project: "shop", Device: device, Level: "debug", From: now.Add(-time.Hour), To: now, Expires: now.Add(time.Hour)})
	d.must(err)
	return p, ticket
}

func (d *desk) tell(device, tab string, told Progress) Verdict {
	d.t.Helper()
	v, err := d.Progress(d.t.Context(), "shop", device, tab, told)
	d.must(err)
	return v
}

func (d *desk) state(id string) catalog.PullState {
	d.t.Helper()
	p, err := d.o.Catalog.Pull(d.t.Context(), "shop", id)
	d.must(err)
	return p.State
}

func page1(tab string) Client { return Client{Tab: tab, Device: "dev-1", App: "phone"} }

func TestAPageIsOnlineUntilItIsSilentOrLeft(t *testing.T) {
	d := openDesk(t, Options{})
	d.beat("shop", Client{Tab: "a", Device: "dev-1", Page: "/desk?token=secret", Socket: "open", LastError: &LastError{Code: "E"}})
	d.beat("shop", Client{Tab: "b", Device: "dev-2"})
	d.pass(time.Minute)
	d.beat("shop", Client{Tab: "a", Device: "dev-1", Page: "/desk"})
	d.pass(time.Minute)
	got := d.List("shop").Clients
	if len(got) != 2 || got[0].Tab != "a" || !got[0].Online || got[1].Online || got[0].Page != "/desk" || got[0].LastError == nil {
		t.Errorf("got %+v", got)
	}
	if !d.Reachable("shop", "dev-1") || d.Reachable("shop", "dev-2") || d.Reachable("bank", "dev-1") {
		t.Error("who can be reached is wrong")
	}
	d.beat("shop", Client{Tab: "a", Device: "dev-1", Left: true})
	if got := d.List("shop").Clients; got[0].Online || got[1].Online {
		t.Errorf("a page that was left is online: %+v", got)
	}
	d.pass(forgotten)
	if got := d.List("shop").Clients; len(got) != 0 || d.pages != 0 {
		t.Errorf("after a day there is %+v", got)
	}
	if len(d.List("bank").Clients) != 0 {
		t.Error("bank sees shop's")
	}
}

func TestASecretInAnAddressIsNotShown(t *testing.T) {
	d := openDesk(t, Options{Redact: func(_ string, c *Client) { c.Account = strings.ReplaceAll(c.Account, "138", "***") }})
	d.beat("shop", Client{Tab: "a", Device: "d", Page: "/x?ticket=tk-1", Account: "13800"})
	if c := d.List("shop").Clients[0]; c.Page != "/x" || c.Account != "***00" {
		t.Errorf("got %+v", c)
	}
}

func TestAtTheBoundThoseThatAreGoneMakeRoomAndOthersAreToldSo(t *testing.T) {
	d := openDesk(t, Options{MaxProject: 3})
	for i := range 3 {
		d.beat("shop", Client{Tab: fmt.Sprint(i), Device: "d"})
	}
	var full *TooManyError
	if _, err := d.Beat(t.Context(), "shop", Client{Tab: "3", Device: "d"}); !errors.As(err, &full) || full.Max != 3 {
		t.Errorf("got %v", err)
	}
	d.beat("bank", Client{Tab: "x", Device: "d"}) // has room of its own
	d.beat("shop", Client{Tab: "1", Device: "d", Left: true})
	d.beat("shop", Client{Tab: "3", Device: "d"})
	if got := len(d.List("shop").Clients); got != 3 {
		t.Errorf("there are %d", got)
	}
}

func TestAPullIsHandedOutByBeatsAndByUploadsUntilAPageBegins(t *testing.T) {
	d := openDesk(t, Options{})
	p, ticket := d.ask("dev-1")
	if got := d.beat("shop", Client{Tab: "z", Device: "dev-9"}); len(got) != 0 {
		t.Errorf("another device got %+v", got)
	}
	got := d.beat("shop", Client{Tab: "a", Device: "dev-1", Stream: "s1"})
	if len(got) != 1 || *got[0].Pull != (PullCommand{p.ID, ticket}) || d.state(p.ID) != catalog.PullDelivered {
		t.Fatalf("got %+v, %s", got, d.state(p.ID))
	}
	if got := d.beat("shop", Client{Tab: "a", Device: "dev-1", Stream: "s1"}); len(got) != 0 {
		t.Errorf("at once again: %+v", got)
	}
	d.pass(offerAgain)
	if got := d.Commands(t.Context(), "shop", "dev-1", "other"); len(got) != 0 {
		t.Errorf("an upload of a page that is not live got %+v", got)
	}
	if got := d.Commands(t.Context(), "shop", "dev-1", "s1"); len(got) != 1 {
		t.Errorf("the upload got %+v", got)
	}
	d.pass(offerAgain)
	if v := d.tell("dev-1", "a", Progress{Ticket: ticket, State: "running", Selected: 12}); !v.Go {
		t.Errorf("got %+v", v)
	}
	if got := d.beat("shop", page1("b")); len(got) != 0 {
		t.Errorf("a pull under way was handed to %+v", got)
	}
	if v := d.tell("dev-1", "b", Progress{Ticket: ticket, State: "running"}); v.Go || !strings.Contains(v.Reason, "another page") {
		t.Errorf("a second page may go on: %+v", v)
	}
	d.pass(abandoned)
	if got := d.beat("shop", page1("b")); len(got) != 1 {
		t.Errorf("a pull that its page has left was handed to nobody")
	}
	if v := d.tell("dev-1", "b", Progress{Ticket: ticket, State: "running", Selected: 12}); !v.Go {
		t.Errorf("got %+v", v)
	}
	d.must(d.Arrived(t.Context(), "shop", p.ID, 12, 900))
	d.tell("dev-1", "b", Progress{Ticket: ticket, State: "done", Selected: 12})
	if v := d.tell("dev-1", "b", Progress{Ticket: ticket, State: "running"}); v.Go {
		t.Error("a pull that is done goes on")
	}
	done, err := d.o.Catalog.Pull(t.Context(), "shop", p.ID)
	if err != nil || done.State != catalog.PullDone || done.Events != 12 || done.Selected != 12 {
		t.Errorf("got %+v, %v", done, err)
	}
}

func TestATicketOpensForItsDeviceAndProjectUntilItEnds(t *testing.T) {
	d := openDesk(t, Options{})
	p, ticket := d.ask("dev-1")
	admit := func(project, device, ticket string) string {
		id, err := d.Admit(t.Context(), project, device, ticket)
		var wrong *TicketError
		if errors.As(err, &wrong) {
			return wrong.Error()
		}
		d.must(err)
		return id
	}
	part, sum, _ := strings.Cut(ticket, ".")
	forged := code.EncodeToString([]byte(fmt.Sprintf(`{"pull":%q,"project":"shop","device":"dev-2","until":99999999999999}`, p.ID)))
	for _, c := range []struct{ name, project, device, ticket, want string }{
		{"its own", "shop", "dev-1", ticket, p.ID},
		{"another device", "shop", "dev-2", ticket, "names another device"},
		{"another project", "bank", "dev-1", ticket, "none of this server's"},
		{"a changed text", "shop", "dev-2", forged + "." + sum, "none of this server's"},
		{"a changed sign", "shop", "dev-1", part + "." + part, "none of this server's"},
		{"nothing", "shop", "dev-1", "", "none of this server's"},
		{"too long", "shop", "dev-1", ticket + strings.Repeat("x", maxTicket), "none of this server's"},
	} {
		if got := admit(c.project, c.device, c.ticket); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	d.pass(time.Hour)
	if got := admit("shop", "dev-1", ticket); !strings.Contains(got, "expired") {
		t.Errorf("after its time: %s", got)
	}
	if d.state(p.ID) != catalog.PullExpired {
		t.Error("the pull has not expired")
	}
	p, ticket = d.ask("dev-1")
	if _, err := d.Cancel(t.Context(), "shop", p.ID); err != nil {
		t.Fatal(err)
	}
	if got := admit("shop", "dev-1", ticket); !strings.Contains(got, "cancelled") {
		t.Errorf("after it was cancelled: %s", got)
	}
	if got := d.beat("shop", page1("a")); len(got) != 0 {
		t.Errorf("a cancelled pull was handed out: %+v", got)
	}
}

func TestARefusalIsKeptWithItsReason(t *testing.T) {
	d := openDesk(t, Options{})
	p, ticket := d.ask("dev-1")
	d.tell("dev-1", "a", Progress{Ticket: ticket, State: "refused", Reason: "the person said no" + strings.Repeat("!", 999)})
	got, err := d.o.Catalog.Pull(t.Context(), "shop", p.ID)
	if err != nil || got.State != catalog.PullRefused || !strings.HasPrefix(got.Reason, "the person said no!") || len(got.Reason) > maxText {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestAnOrderReachesOnePageWhichMustBeThere(t *testing.T) {
	d := openDesk(t, Options{})
	if err := d.Order("shop", "a", Command{Level: "debug"}); !errors.Is(err, ErrOffline) {
		t.Errorf("got %v", err)
	}
	d.beat("shop", page1("a"))
	d.beat("shop", page1("b"))
	if err := d.Order("bank", "a", Command{Level: "debug"}); !errors.Is(err, ErrOffline) {
		t.Errorf("from another project: %v", err)
	}
	d.must(d.Order("shop", "a", Command{Level: "debug"}))
	if got := d.beat("shop", page1("b")); len(got) != 0 {
		t.Errorf("the other page got %+v", got)
	}
	if got := d.beat("shop", page1("a")); len(got) != 1 || got[0].Level != "debug" {
		t.Errorf("got %+v", got)
	}
	for range mostWaiting {
		d.must(d.Order("shop", "a", Command{Mode: "off"}))
	}
	var full *TooManyError
	if err := d.Order("shop", "a", Command{Mode: "off"}); !errors.As(err, &full) {
		t.Errorf("got %v", err)
	}
}

func TestAProjectThatIsDeletedLeavesNothingToALaterOneOfItsName(t *testing.T) {
	d := openDesk(t, Options{})
	d.ask("dev-1")
	d.beat("shop", Client{Tab: "a", Device: "dev-2", Stream: "s1"})
	d.Forget("shop")
	d.Forget("never-seen")
	if got := d.List("shop").Clients; len(got) != 0 || d.pages != 0 {
		t.Errorf("there is %+v", got)
	}
	if got := d.beat("shop", page1("b")); len(got) != 0 {
		t.Errorf("a pull of the old project was handed out: %+v", got)
	}
}

func TestOpenPullsOutliveTheServer(t *testing.T) {
	d := openDesk(t, Options{})
	p, ticket := d.ask("dev-1")
	again, err := New(context.Background(), Options{Catalog: d.o.Catalog, Clock: d.clock})
	d.must(err)
	got, err := again.Beat(t.Context(), "shop", page1("a"))
	if err != nil || len(got) != 1 || *got[0].Pull != (PullCommand{p.ID, ticket}) {
		t.Errorf("got %+v, %v", got, err)
	}
}
