//go:build !noduck

package server_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/clewline/clewline/docs"
	"github.com/getkin/kin-openapi/openapi3"
)

// The description is read once: every answer of the tests that ask a street is
// held against it.
var description = sync.OnceValue(func() *openapi3.T {
	doc, err := openapi3.NewLoader().LoadFromData(docs.OpenAPI)
	if err != nil {
		panic(err)
	}
	return doc
})

// operationOf finds what describes a request; nil for a path or method that
// there is not.
func operationOf(method, path string) (*openapi3.Operation, string) {
	path, _, _ = strings.Cut(path, "?")
	parts := strings.Split(path, "/")
	best, bestName, bestFixed := (*openapi3.Operation)(nil), "", -1
	for template, item := range description().Paths.Map() {
		want := strings.Split(template, "/")
		fixed, same := 0, len(want) == len(parts)
		for i := 0; same && i < len(want); i++ {
			switch {
			case want[i] == parts[i]:
				fixed++
			case !strings.HasPrefix(want[i], "{"):
				same = false
			}
		}
		if op := item.GetOperation(method); same && op != nil && fixed > bestFixed {
			best, bestName, bestFixed = op, method+" "+template, fixed
		}
	}
	return best, bestName
}

// checkAnswer says how an answer differs from its description: its status, its
// content type, its members and their types. A member that is not described
// counts too, unless the description leaves the object open.
func checkAnswer(op *openapi3.Operation, status int, header http.Header, body []byte) error {
	told := op.Responses.Value(fmt.Sprint(status))
	if told == nil {
		return fmt.Errorf("the status %d is not described", status)
	}
	typ, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if len(told.Value.Content) == 0 {
		if len(body) > 0 {
			return fmt.Errorf("%d has a body of %s, and none is described", status, typ)
		}
		return nil
	}
	media := told.Value.Content[typ]
	if media == nil {
		return fmt.Errorf("%d is of type %q, which is not described", status, typ)
	}
	for name := range told.Value.Headers {
		if name == "Retry-After" && header.Get(name) == "" {
			return fmt.Errorf("%d lacks the header %s", status, name)
		}
	}
	switch typ {
	case "application/json":
		return checkJSON(media.Schema, body)
	case "application/x-ndjson":
		for line := range bytes.Lines(body) {
			if err := checkJSON(media.Schema, line); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkJSON(schema *openapi3.SchemaRef, text []byte) error {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return fmt.Errorf("the body is no JSON: %w", err)
	}
	if err := schema.Value.VisitJSON(v, openapi3.EnableJSONSchema2020(), openapi3.EnableFormatValidation()); err != nil {
		return fmt.Errorf("%.300s: %w", text, err)
	}
	if left := undescribed("", v, schema.Value); len(left) > 0 {
		return fmt.Errorf("not described: %s in %.300s", strings.Join(left, ", "), text)
	}
	return nil
}

// undescribed lists the members of a value that its schema has no word for.
func undescribed(path string, v any, schemas ...*openapi3.Schema) (left []string) {
	var all []*openapi3.Schema // with what they are made of
	for queue := schemas; len(queue) > 0; queue = queue[1:] {
		all = append(all, queue[0])
		for _, ref := range queue[0].AllOf {
			queue = append(queue, ref.Value)
		}
		for _, ref := range queue[0].OneOf {
			if ref.Value.VisitJSON(v, openapi3.EnableJSONSchema2020()) == nil {
				queue = append(queue, ref.Value)
			}
		}
	}
	switch v := v.(type) {
	case []any:
		var items []*openapi3.Schema
		for _, s := range all {
			if s.Items != nil {
				items = append(items, s.Items.Value)
			}
		}
		for _, e := range v {
			if len(items) > 0 {
				left = append(left, undescribed(path+"[]", e, items...)...)
			}
		}
	case map[string]any:
		open, described := false, false
		for _, s := range all {
			described = described || len(s.Properties) > 0
			open = open || s.AdditionalProperties.Has != nil && *s.AdditionalProperties.Has || s.AdditionalProperties.Schema != nil
		}
		if open || !described {
			return nil
		}
		for name, member := range v {
			var of []*openapi3.Schema
			for _, s := range all {
				if p := s.Properties[name]; p != nil {
					of = append(of, p.Value)
				}
			}
			if len(of) == 0 {
				left = append(left, path+"."+name)
			} else {
				left = append(left, undescribed(path+"."+name, member, of...)...)
			}
		}
	}
	slices.Sort(left)
	return slices.Compact(left)
}

func TestTheCheckOfAnswersFindsWhatDiffers(t *testing.T) {
	op, name := operationOf("GET", "/v1/events/e.1?project=bank")
	if name != "GET /v1/events/{id}" {
		t.Fatalf("found %q", name)
	}
	for _, c := range []struct {
		status     int
		typ, body  string
		wantDiffer bool
	}{
		{200, "application/json", `{"id":"e.1","msg":"x","own":1}`, false}, // events are open
		{200, "application/json", `{"id":1}`, true},
		{200, "application/json", `{"level":"loud"}`, true},
		{200, "application/json", `{"time":"yesterday"}`, true},
		{200, "text/plain", `x`, true},
		{202, "application/json", `{}`, true},
		{404, "application/json", `{"error":{"code":"not_found","message":"x"}}`, false},
		{404, "application/json", `{"error":{"code":"not_found","message":"x","secret":1}}`, true},
		{404, "application/json", `{"error":{"code":"lost","message":"x"}}`, true},
		{404, "application/json", `{}`, true},
	} {
		err := checkAnswer(op, c.status, http.Header{"Content-Type": {c.typ}}, []byte(c.body))
		if (err != nil) != c.wantDiffer {
			t.Errorf("%d %s %s: %v", c.status, c.typ, c.body, err)
		}
	}
}
