//go:build !noduck

package server_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server"
)

// scrape reads a server's metrics: the help of each, and the value of each
// series.
func scrape(t *testing.T, base string) (help, types, values map[string]string) {
	t.Helper()
	resp, err := http.Get(base + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	help, types, values = map[string]string{}, map[string]string{}, map[string]string{}
	lines := bufio.NewScanner(resp.Body)
	for lines.Scan() {
		line := lines.Text()
		if text, ok := strings.CutPrefix(line, "# HELP "); ok {
			name, about, _ := strings.Cut(text, " ")
			help[name] = about
		} else if text, ok := strings.CutPrefix(line, "# TYPE "); ok {
			name, kind, _ := strings.Cut(text, " ")
			types[name] = kind
		} else if i := strings.LastIndexByte(line, ' '); i > 0 {
			values[line[:i]] = line[i+1:]
		}
	}
	return help, types, values
}

var metricRow = regexp.MustCompile("(?m)^\\| `(clewline_[a-z_]+)` \\| (\\w+) \\| (.*) \\|$")

func TestTheDocumentsTellOfEveryMetric(t *testing.T) {
	base := serve(t, server.Config{Data: t.TempDir(), CanaryEvery: time.Hour})
	help, types, _ := scrape(t, base)
	text, err := os.ReadFile("../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]string{}
	for _, row := range metricRow.FindAllStringSubmatch(string(text), -1) {
		told[row[1]] = row[0]
	}
	for name, about := range help {
		if !strings.HasPrefix(name, "clewline_") {
			continue // Go's own and the process's
		}
		row := "| `" + name + "` | " + types[name] + " | " + about + " |"
		if told[name] != row {
			t.Errorf("docs/metrics.md should say\n%s\nand says\n%s", row, told[name])
		}
		delete(told, name)
	}
	for name := range told {
		t.Errorf("docs/metrics.md tells of %s, which is not there", name)
	}
}

// post sends a body to a door and reads the answer away.
func post(t *testing.T, base, path, key, body string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	io.Copy(io.Discard, resp.Body)
	return resp.StatusCode
}

func TestMetricsCountWhatTheStoreMadeOfABatch(t *testing.T) {
	data := t.TempDir()
	key, err := server.CreateKey(t.Context(), data, "phone", "server", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	base := serve(t, server.Config{Data: data})
	now := time.Now()
	post(t, base, "/v1/events", key, `{"msg":"now"}
{"msg":"an hour ago","time":"`+now.Add(-time.Hour).Format(time.RFC3339)+`"}
{"msg":"from tomorrow","time":"`+now.Add(24*time.Hour).Format(time.RFC3339)+`"}
not json
`)
	_, _, values := scrape(t, base)
	for name, want := range map[string]string{
		"clewline_ingest_events_total":                `3`,
		"clewline_ingest_late_events_total":           `1`,
		"clewline_ingest_time_corrected_events_total": `1`,
		"clewline_ingest_duplicate_events_total":      `0`,
		"clewline_ingest_rejected_total":              `1`,
		"clewline_ingest_dead_letters_total":          `1`,
		"clewline_ingest_durable_seconds_count":       `1`,
	} {
		if got := values[name+`{door="events"}`]; got != want {
			t.Errorf("%s is %q, want %s", name, got, want)
		}
	}
	if got := values["clewline_store_events"]; got != "3" {
		t.Errorf("the store has %s events, want 3", got)
	}
}

func TestAnSDKBatchThatComesTwiceCountsAsDuplicates(t *testing.T) {
	data := t.TempDir()
	key, err := server.CreateKey(t.Context(), data, "phone", "server", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	base := serve(t, server.Config{Data: data})
	body := `{"app":"phone","key":"` + key + `","client":"c","stream":"20261120abcdefgh","from":1,"to":2,"sentAt":` +
		time.Now().Format("1") + `,"sdk":"test"}
{"seq":1,"time":"` + time.Now().Format(time.RFC3339Nano) + `","msg":"a"}
{"seq":2,"time":"` + time.Now().Format(time.RFC3339Nano) + `","msg":"b"}
`
	for range 2 {
		if status := post(t, base, "/v1/track", key, body); status != 200 {
			t.Fatalf("status %d", status)
		}
	}
	_, _, values := scrape(t, base)
	if got := values[`clewline_ingest_duplicate_events_total{door="track"}`]; got != "2" {
		t.Errorf("%s duplicates, want 2", got)
	}
}

func TestAServerThatIsWellIsReady(t *testing.T) {
	base := serve(t, server.Config{Data: t.TempDir(), CanaryEvery: time.Hour})
	resp, err := http.Get(base + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var answer struct {
		Ready    bool
		Troubles []string
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil || resp.StatusCode != 200 || !answer.Ready || len(answer.Troubles) != 0 {
		t.Errorf("status %d, %+v, %v", resp.StatusCode, answer, err)
	}
}
