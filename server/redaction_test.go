//go:build !noduck

package server_test

import (
	"bytes"
	"context"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clewline/clewline/server"
)

// request sends a request with a key and gives the answer's text.
func request(t *testing.T, method, address, key, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("%s %s: %s %s", method, address, resp.Status, text)
	}
	return string(text)
}

func TestWhatIsRedactedIsInNoAnswerAndInNoFile(t *testing.T) {
	data := t.TempDir()
	write, err := server.CreateKey(t.Context(), data, "phone", "server", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	read, err := server.CreateKey(t.Context(), data, "phone", "read", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := server.Open(t.Context(), server.Config{Data: data, Listen: "127.0.0.1:0", Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()

	const card, password = "4111111111111111", "correct-horse-7"
	request(t, "POST", s.URL()+"/v1/events", write, `{"msg":"kept: pay with `+card+` password=`+password+`","errorMsg":"`+card+`","data":{"password":"`+password+`","list":["`+card+`",`+card+`]},"number":"13800138000"}
{"msg":"a dead letter `+card+`","password":"`+password+`","time":"never"}
{"msg":"broken `+card+`","password":"`+password)
	request(t, "POST", s.URL()+"/v1/lines?format=text", write, "kept: a line with "+card+" and Cookie: sid="+password+"\n")
	found := request(t, "GET", s.URL()+"/v1/search?q=kept", read, "")
	if strings.Count(found, "\n") != 3 || !strings.Contains(found, "[card]") || !strings.Contains(found, `"redacted"`) || !strings.Contains(found, "13800138000") {
		t.Errorf("a search answers %s", found)
	}
	for _, secret := range []string{card, password} {
		if strings.Contains(found, secret) {
			t.Errorf("a search shows %s", secret)
		}
		if got := request(t, "GET", s.URL()+"/v1/search?q="+secret, read, ""); strings.Count(got, "\n") != 1 {
			t.Errorf("%s is found: %s", secret, got)
		}
	}
	metrics := request(t, "GET", s.URL()+"/metrics", read, "")
	if !strings.Contains(metrics, `clewline_redacted_total{project="phone",rule="cards"} 7`) {
		t.Errorf("the counts are wrong: %s", metrics)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(data, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		content, err := os.ReadFile(name)
		for _, secret := range []string{card, password} {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s holds %s", name, secret)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
