//go:build !noduck

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// heard is what a command has printed so far.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
	news chan struct{} // closed and made anew when there is more
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.text.Write(p)
	close(h.news)
	h.news = make(chan struct{})
	return len(p), nil
}

// until waits for words and gives all that was printed by then.
func (h *heard) until(t *testing.T, words string, ended <-chan int) string {
	t.Helper()
	for {
		h.mu.Lock()
		text, news := h.text.String(), h.news
		h.mu.Unlock()
		if strings.Contains(text, words) {
			return text
		}
		select {
		case <-news:
		case code := <-ended:
			t.Fatalf("it ended with %d before it said %q: %s", code, words, text)
		case <-time.After(2 * time.Minute):
			t.Fatalf("it did not say %q: %s", words, text)
		}
	}
}

// startDemo runs the demo in this process; stop ends it and gives its exit code.
func startDemo(t *testing.T, args ...string) (out *heard, ended chan int, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, ended = &heard{news: make(chan struct{})}, make(chan int, 1)
	go func() {
		ended <- run(ctx, append([]string{"demo", "--no-open", "--hours", "0.02"}, args...), strings.NewReader(""), out, t.Output())
	}()
	t.Cleanup(cancel)
	return out, ended, func() int {
		cancel()
		return <-ended
	}
}

func TestTheDemoPrintsALinkThatIsLoggedInAndEndsCleanly(t *testing.T) {
	out, ended, stop := startDemo(t, "--listen", "127.0.0.1:0", "--once", "--days", "0")
	said := out.until(t, "Ctrl-C", ended)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	links := regexp.MustCompile(`http://\S+`).FindAllString(said, -1)
	if len(links) != 4 {
		t.Fatalf("%d links, want the first page and three more: %s", len(links), said)
	}
	for _, link := range links {
		resp, err := client.Get(link)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/search" || resp.Request.URL.Query().Get("q") == "" {
			t.Errorf("%s leads to %s, %s", link, resp.Request.URL, resp.Status)
		}
	}
	base, _, _ := strings.Cut(links[0], "/v1/")
	resp, err := client.Get(base + "/v1/search?from=-1h&to=now&limit=5")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || strings.Count(string(text), "\n") != 6 {
		t.Errorf("%v: %s", err, text)
	}
	data := regexp.MustCompile(`Its data lies in (.+) and is removed`).FindStringSubmatch(said)
	if data == nil {
		t.Fatalf("it does not say where its data lies: %s", said)
	}
	if code := stop(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
	if _, err := os.Stat(data[1]); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", data[1], err)
	}
}

func TestTheDemoHasEarlierDaysToCompareWith(t *testing.T) {
	out, ended, stop := startDemo(t, "--listen", "127.0.0.1:0", "--once")
	said := out.until(t, "to=speed", ended)
	said = said[strings.Index(said, "6 earlier days"):]
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	link := regexp.MustCompile(`http://\S+`).FindString(said)
	resp, err := client.Get(link)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Request.URL.Path != "/speed" {
		t.Errorf("%s leads to %s, %s", link, resp.Request.URL, resp.Status)
	}
	base, _, _ := strings.Cut(link, "/v1/")
	resp, err = client.Get(base + "/v1/speed/usual?by=service&from=-2m&to=now")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || !strings.Contains(string(text), `"days":6,`) {
		t.Errorf("%v: %s", err, text)
	}
	if code := stop(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
}

func TestTheDemoTakesTheNextFreePortAndKeepsAFolderThatItWasGiven(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	data := filepath.Join(t.TempDir(), "kept")
	for range 2 { // the second finds what the first has left
		out, ended, stop := startDemo(t, "--listen", taken.Addr().String(), "--data", data)
		said := out.until(t, "goes on", ended)
		if !strings.Contains(said, fmt.Sprintf("%s is taken; this demo serves on 127.0.0.1:", taken.Addr())) || !strings.Contains(said, "stays there") {
			t.Errorf("it says: %s", said)
		}
		if code := stop(); code != exitDone {
			t.Errorf("exit code %d", code)
		}
	}
	if _, err := os.Stat(filepath.Join(data, "catalog.db")); err != nil {
		t.Error(err)
	}
}

func TestTheDemoPlaysTheRestWithoutTheSDK(t *testing.T) {
	out, ended, stop := startDemo(t, "--listen", "127.0.0.1:0", "--sdk", filepath.Join(t.TempDir(), "sdk", "dist"))
	said := out.until(t, "goes on", ended)
	if !strings.Contains(said, "is left out") || !strings.Contains(said, "make sdk") {
		t.Errorf("it says: %s", said)
	}
	if code := stop(); code != exitDone {
		t.Errorf("exit code %d", code)
	}
}

func TestTheDemoTellsWrongUse(t *testing.T) {
	for _, args := range [][]string{{"--hours", "0"}, {"--hours", "100"}, {"--days", "15"}, {"--listen", "here"}} {
		_, ended, _ := startDemo(t, args...)
		if code := <-ended; code != exitWrongUse {
			t.Errorf("%v: exit code %d", args, code)
		}
	}
}
