//go:build !noduck

package server_test

import (
	"bytes"
	"context"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/clewline/clewline/server"
)

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
	with(t, write, "POST", s.URL()+"/v1/events", `{"msg":"kept: pay with `+card+` password=`+password+`","errorMsg":"`+card+`","data":{"password":"`+password+`","list":["`+card+`",`+card+`]},"number":"13800138000"}
{"msg":"a dead letter `+card+`","password":"`+password+`","time":"never"}
{"msg":"broken `+card+`","password":"`+password)
	with(t, write, "POST", s.URL()+"/v1/lines?format=text", "kept: a line with "+card+" and Cookie: sid="+password+"\n")
	found := with(t, read, "GET", s.URL()+"/v1/search?q=kept", "")
	if strings.Count(found, "\n") != 3 || !strings.Contains(found, "[card]") || !strings.Contains(found, `"redacted"`) || !strings.Contains(found, "13800138000") {
		t.Errorf("a search answers %s", found)
	}
	for _, secret := range []string{card, password} {
		if strings.Contains(found, secret) {
			t.Errorf("a search shows %s", secret)
		}
		if got := with(t, read, "GET", s.URL()+"/v1/search?q="+secret, ""); strings.Count(got, "\n") != 1 {
			t.Errorf("%s is found: %s", secret, got)
		}
	}
	metrics := with(t, read, "GET", s.URL()+"/metrics", "")
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
