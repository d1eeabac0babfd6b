//go:build !noduck

package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptDevices are the devices of one script, which run beside it.
type scriptDevices struct{ ended []chan error }

type scriptDevicesKey struct{}

// deviceCommand is a page of a device: `device start ID KEY sends N` runs one
// until it was asked for its logs and has sent N of them, or, with refuses, has
// said no; `device wait` waits until all have done so.
func deviceCommand(ts *testscript.TestScript, neg bool, args []string) {
	devices := ts.Value(scriptDevicesKey{}).(*scriptDevices)
	switch {
	case !neg && len(args) == 1 && args[0] == "wait":
		for _, ended := range devices.ended {
			ts.Check(<-ended)
		}
		devices.ended = nil
	case !neg && len(args) == 5 && args[0] == "start":
		n, err := strconv.Atoi(args[4])
		ts.Check(err)
		d := &scriptDevice{server: ts.Getenv("CLEWLINE_SERVER"), id: args[1], key: args[2]}
		// It is online before the script goes on.
		commands, err := d.beat(nil)
		ts.Check(err)
		ended := make(chan error, 1)
		devices.ended = append(devices.ended, ended)
		go func() { ended <- d.obey(commands, args[3], n) }()
	default:
		ts.Fatalf("usage: device start ID KEY sends|refuses N, device wait")
	}
}

type scriptDevice struct{ server, id, key string }

type deviceCommands []struct{ Pull struct{ ID, Ticket string } }

func (d *scriptDevice) post(path string, body string, into any) error {
	resp, err := http.Post(d.server+path, "text/plain;charset=UTF-8", strings.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		return fmt.Errorf("%s: %d %s %w", path, resp.StatusCode, text, err)
	}
	return json.Unmarshal(text, into)
}

func (d *scriptDevice) beat(pull any) (deviceCommands, error) {
	body, err := json.Marshal(map[string]any{"key": d.key, "tab": "tab-of-" + d.id, "device": d.id, "pull": pull})
	if err != nil {
		return nil, err
	}
	var reply struct {
		Commands deviceCommands
		Pull     *struct {
			Go     bool
			Reason string
		}
	}
	if err := d.post("/v1/push", string(body), &reply); err != nil {
		return nil, err
	}
	return reply.Commands, nil
}

// obey does what the first pull asks.
func (d *scriptDevice) obey(commands deviceCommands, what string, n int) (err error) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(30 * time.Second); len(commands) == 0; <-tick.C {
		if time.Now().After(deadline) {
			return fmt.Errorf("%s was not asked for its logs", d.id)
		}
		if commands, err = d.beat(nil); err != nil {
			return err
		}
	}
	ticket := commands[0].Pull.Ticket
	part, _, _ := strings.Cut(ticket, ".")
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	var claims struct {
		Device string
		From   int64
	}
	if err := json.Unmarshal(text, &claims); err != nil || claims.Device != d.id {
		return fmt.Errorf("%s was handed the ticket %s, %w", d.id, text, err)
	}
	type told map[string]any
	if what == "refuses" {
		_, err := d.beat(told{"ticket": ticket, "state": "refused", "reason": "the user said no"})
		return err
	}
	if _, err := d.beat(told{"ticket": ticket, "state": "running"}); err != nil {
		return err
	}
	stream := time.Now().UTC().Format("20060102") + "stream0of" + strings.ReplaceAll(d.id, "-", "")
	var body strings.Builder
	fmt.Fprintf(&body, `{"app":"phone","key":%q,"client":%q,"stream":%q,"from":1,"to":%d,"sdk":"x","offset":0,"ticket":%q}`, d.key, d.id, stream, n, ticket)
	for i := range n {
		fmt.Fprintf(&body, "\n"+`{"seq":%d,"time":%d,"level":"warn","msg":"kept %d","device":%q}`, i+1, claims.From+int64(i), i, d.id)
	}
	var reply struct{ Ack [][]any }
	if err := d.post("/v1/track?v=1", body.String(), &reply); err != nil {
		return err
	}
	_, err = d.beat(told{"ticket": ticket, "state": "done", "selected": n})
	return err
}
