package api

import (
	"strings"
	"testing"
	"time"

	"github.com/clewline/clewline/server/catalog"
)

func TestAnEditorMakesChangesAndRemovesSourcesOfTheirProjects(t *testing.T) {
	used := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	w := inhabited(t, func(c *Config) {
		c.SourceUse = func(project, name string) SourceUse {
			if project != "shop" || name != "desk" {
				return SourceUse{}
			}
			return SourceUse{used, 7, 1}
		}
	})
	settings := object{"format": "regex", "pattern": `^(?P<level>\S+) (?P<msg>.*)`, "tz": "Asia/Shanghai", "fields": object{"kunde": "user"}, "levels": object{"schwer": "error"}, "app": "desk"}
	o := w.json(w.do("PUT", "/v1/sources/desk", w.admin, object{"project": "shop", "version": 0, "settings": settings}), 200)
	if o["version"] != 1.0 || o["by"] != "user:ada" {
		t.Errorf("made %v", o)
	}
	settings["env"] = "prod"
	if e := w.fails(w.do("PUT", "/v1/sources/desk", w.admin, object{"project": "shop", "version": 0, "settings": settings}), 409, "conflict"); e["field"] != "version" {
		t.Errorf("got %v", e)
	}
	w.json(w.do("PUT", "/v1/sources/desk", w.admin, object{"project": "shop", "version": 1, "settings": settings}), 200)
	o = w.json(w.do("GET", "/v1/sources?project=shop", w.admin, nil), 200)
	list := o["sources"].([]any)
	desk := list[0].(object)
	if len(list) != 1 || desk["version"] != 2.0 || desk["settings"].(object)["env"] != "prod" || desk["accepted"] != 7.0 || desk["last"] != "2026-11-20T12:00:00Z" {
		t.Errorf("got %v", o)
	}
	can := o["can"].(object)
	if !strings.Contains(strings.Join(texts(can["formats"]), " "), "prism") || len(texts(can["levels"])) != 6 || strings.Contains(strings.Join(texts(can["fields"]), " "), "received") {
		t.Errorf("may say %v", can)
	}
	if o := w.json(w.do("GET", "/v1/sources?project=bank", w.admin, nil), 200); len(o["sources"].([]any)) != 0 {
		t.Errorf("bank has %v", o)
	}
	entries, err := w.catalog.Audit(t.Context(), 1)
	if err != nil || entries[0].Action != "source.change" || entries[0].Detail != "format regex, tz Asia/Shanghai, app desk, env prod, fields kunde=user, levels schwer=error" {
		t.Errorf("%+v, %v", entries, err)
	}
	if r := w.do("DELETE", "/v1/sources/desk?project=shop", w.admin, nil); r.StatusCode != 204 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	w.fails(w.do("DELETE", "/v1/sources/desk?project=shop", w.admin, nil), 404, "not_found")
	for _, credential := range []string{w.member, w.read} {
		w.fails(w.do("GET", "/v1/sources?project=shop", credential, nil), 403, "forbidden")
		w.fails(w.do("POST", "/v1/sources/try", credential, object{"project": "shop", "sample": "x"}), 403, "forbidden")
	}
}

func texts(list any) (out []string) {
	for _, v := range list.([]any) {
		out = append(out, v.(string))
	}
	return out
}

func TestWrongSettingsOfASourceNameTheirField(t *testing.T) {
	w := inhabited(t, nil)
	for field, settings := range map[string]object{
		"settings.format":    {},
		"settings.pattern":   {"format": "regex", "pattern": "("},
		"settings.tz":        {"format": "json", "tz": "Nowhere"},
		"settings.encoding":  {"format": "json", "encoding": "morse"},
		"settings.multiline": {"format": "json", "multiline": "stack"},
		"settings.fields":    {"format": "json", "fields": object{"a": "received"}},
		"settings.levels":    {"format": "json", "levels": object{"a": "loud"}},
		"what":               {"format": "json", "what": 1},
	} {
		if e := w.fails(w.do("PUT", "/v1/sources/desk", w.admin, object{"project": "shop", "version": 0, "settings": settings}), 400, "bad_request"); e["field"] != field {
			t.Errorf("%s: %v", field, e)
		}
	}
	for _, body := range []object{{"project": "shop", "version": 0}, {"project": "shop", "settings": object{"format": "json"}}} {
		w.fails(w.do("PUT", "/v1/sources/desk", w.admin, body), 400, "bad_request")
	}
	w.fails(w.do("PUT", "/v1/sources/Desk", w.admin, object{"project": "shop", "version": 0, "settings": object{"format": "json"}}), 400, "bad_request")
	w.fails(w.do("PUT", "/v1/sources/try", w.admin, object{"project": "shop", "version": 0, "settings": object{"format": "json"}}), 405, "method_not_allowed")
	w.fails(w.do("POST", "/v1/sources/try", w.admin, object{"project": "none", "sample": "x"}), 403, "forbidden")
	w.fails(w.do("POST", "/v1/sources/try", w.admin, object{"project": "shop", "sample": "x", "bytes": "eA=="}), 400, "bad_request")
	w.fails(w.do("POST", "/v1/sources/try", w.admin, object{"project": "shop", "sample": strings.Repeat("x", 70_000)}), 413, "too_large")
}

func TestASampleIsTriedAndNothingIsStored(t *testing.T) {
	w := inhabited(t, nil)
	o := w.json(w.do("POST", "/v1/sources/try", w.admin, object{"project": "shop", "settings": object{"fields": object{"kunde": "user"}},
		"sample": "{\"kunde\":\"u-7\",\"level\":\"warn\"}\n{\"座席\":\n"}), 200)
	lines := o["lines"].([]any)
	if o["format"] != "json" || o["guessed"] != true || o["accepted"] != 1.0 || o["rejected"] != 1.0 || len(lines) != 2 {
		t.Fatalf("got %v", o)
	}
	good, bad := lines[0].(object), lines[1].(object)
	if e := good["event"].(object); e["user"] != "u-7" || e["level"] != "warn" || e["time"] == nil {
		t.Errorf("got %v", good)
	}
	if e := bad["error"].(object); bad["line"] != 2.0 || e["column"] != 7.0 || e["reason"] == "" {
		t.Errorf("got %v", bad)
	}
	// Bytes are read in their own encoding.
	o = w.json(w.do("POST", "/v1/sources/try", w.admin, object{"project": "shop", "settings": object{"format": "text"}, "bytes": []byte("\xb3\xac\xca\xb1\n")}), 200)
	if o["otherEncoding"] != "gb18030" {
		t.Errorf("got %v", o)
	}
	o = w.json(w.do("POST", "/v1/sources/try", w.admin, object{"project": "shop", "settings": object{"format": "text", "encoding": "gbk"}, "bytes": []byte("\xb3\xac\xca\xb1\n")}), 200)
	if text := o["lines"].([]any)[0].(object)["text"]; text != "超时" {
		t.Errorf("got %v", o)
	}
	if found, _ := w.found(w.do("GET", "/v1/search?from=-31d", w.read, nil)); len(found) != 0 {
		t.Errorf("stored %v", found)
	}
	entries, err := w.catalog.FilterAudit(t.Context(), catalog.AuditFilter{Action: "source", Limit: 9})
	if err != nil || len(entries) != 0 {
		t.Errorf("%v, %v", entries, err)
	}
}
