package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func writeConfig(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clewline.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheSampleConfigurationHasEverySettingAndItsDefault(t *testing.T) {
	const sample = "../../deploy/clewline.yaml"
	got, err := loadConfig(sample)
	if err != nil {
		t.Fatal(err)
	}
	got.Roles, got.Proxies = nil, nil // [] and absent are the same
	if diff := cmp.Diff(defaultConfig(), got); diff != "" {
		t.Error(diff)
	}
	text, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	var check func(typ reflect.Type)
	check = func(typ reflect.Type) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			if !strings.Contains(string(text), f.Tag.Get("yaml")+":") {
				t.Errorf("%s is not in the sample", f.Tag.Get("yaml"))
			}
			if f.Type.Kind() == reflect.Struct {
				check(f.Type)
			}
		}
	}
	check(reflect.TypeFor[config]())
}

func TestAWrongConfigurationSaysWhereAndWhat(t *testing.T) {
	for text, want := range map[string]string{
		"listen: :80\nlimts: {}":             "limts",
		"limits:\n  lineByte: 5":             "lineByte",
		"memoryMB: much":                     "memoryMB",
		"listen: nowhere":                    "HOST:PORT",
		"timeZone: Nowhere/City":             "Asia/Shanghai",
		"logLevel: loud":                     "debug, info, warn, error",
		"canary: {every: 10ms}":              "canary.every",
		"metrics: yes please":                "guarded",
		"tls: {cert: a.pem}":                 "belong together",
		"minFreeMB: -1":                      "minFreeMB: -1 is below 0",
		"limits: {lineBytes: -1, depth: -2}": "limits.depth: -2",
	} {
		c, err := loadConfig(writeConfig(t, text))
		if err == nil {
			_, err = c.server()
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: the error does not say %q: %v", text, want, err)
		}
	}
}

func TestTheEnvironmentGoesBeforeTheFile(t *testing.T) {
	t.Setenv("CLEWLINE_LISTEN", "127.0.0.1:9")
	t.Setenv("CLEWLINE_LIMITS_LINE_BYTES", "4096")
	t.Setenv("CLEWLINE_MEMORY_MB", "512")
	t.Setenv("CLEWLINE_HTTPS", "true")
	t.Setenv("CLEWLINE_CANARY_EVERY", "1m")
	t.Setenv("CLEWLINE_ROLES", "ingest,process")
	c, err := loadConfig(writeConfig(t, "listen: 127.0.0.1:8\nlimits: {lineBytes: 1, depth: 7}"))
	if err != nil {
		t.Fatal(err)
	}
	want := defaultConfig()
	want.Listen, want.MemoryMB, want.HTTPS, want.Roles = "127.0.0.1:9", 512, true, []string{"ingest", "process"}
	want.Canary.Every = time.Minute
	want.Limits.LineBytes, want.Limits.Depth = 4096, 7
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	t.Setenv("CLEWLINE_LIMITS_DEPTH", "deep")
	if _, err := loadConfig(""); err == nil || !strings.Contains(err.Error(), "CLEWLINE_LIMITS_DEPTH") {
		t.Errorf("got %v", err)
	}
}
