//go:build !noduck

package server_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/clewline/clewline/docs"
	"github.com/clewline/clewline/server"
	"github.com/clewline/clewline/server/api"
	"github.com/clewline/clewline/server/ingest"
	"github.com/clewline/clewline/server/push"
	"github.com/getkin/kin-openapi/openapi3"
	"github.com/google/go-cmp/cmp"
)

func described(t *testing.T, text []byte) *openapi3.T {
	t.Helper()
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(text)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

func TestTheDescriptionOfTheAPIIsValid(t *testing.T) {
	doc := described(t, docs.OpenAPI)
	if err := doc.Validate(t.Context()); err != nil {
		t.Error(err)
	}
	if !strings.HasPrefix(doc.OpenAPI, "3.1") {
		t.Errorf("it is of version %s", doc.OpenAPI)
	}
}

// TestTheDescriptionHasEveryRouteAndNoOther says, when it fails, what is to be
// entered in docs/openapi.yaml, or taken out.
func TestTheDescriptionHasEveryRouteAndNoOther(t *testing.T) {
	routes := append(ingest.Doors(), push.Doors()...)
	for _, r := range api.Routes() {
		routes = append(routes, r.Method+" "+r.Path)
	}
	var told []string
	for path, item := range described(t, docs.OpenAPI).Paths.Map() {
		for method := range item.Operations() {
			told = append(told, method+" "+path)
		}
	}
	slices.Sort(routes)
	slices.Sort(told)
	if diff := cmp.Diff(routes, told); diff != "" {
		t.Errorf("the routes (-) and docs/openapi.yaml (+) differ:\n%s", diff)
	}
}

func TestTheDescriptionSaysWhoMayUseEachRoute(t *testing.T) {
	paths := described(t, docs.OpenAPI).Paths
	want := map[api.Who]string{api.Anyone: "", api.Reader: "key session", api.LoggedIn: "session", api.EditorOnly: "session editor", api.AdminOnly: "session admin"}
	for _, r := range api.Routes() {
		item := paths.Find(r.Path)
		if item == nil || item.GetOperation(r.Method) == nil {
			continue // told by the test above
		}
		op := item.GetOperation(r.Method)
		var got []string
		if op.Security == nil {
			t.Errorf("%s %s: does not say who may use it", r.Method, r.Path)
			continue
		}
		for _, s := range *op.Security {
			for name := range s {
				got = append(got, name)
			}
		}
		if role, ok := op.Extensions["x-role"].(string); ok {
			got = append(got, role)
		}
		if r.Path == "/v1/share" {
			continue // asks for the link's token by itself
		}
		if text := strings.Join(got, " "); text != want[r.Who] {
			t.Errorf("%s %s: %q may use it, says the description, and %q do", r.Method, r.Path, text, want[r.Who])
		}
	}
}

func TestEveryOperationTellsItsPathAndItsErrors(t *testing.T) {
	doc := described(t, docs.OpenAPI)
	ids := map[string]bool{}
	for path, item := range doc.Paths.Map() {
		for method, op := range item.Operations() {
			name := method + " " + path
			if op.Summary == "" || op.OperationID == "" || ids[op.OperationID] {
				t.Errorf("%s: its summary is %q, its operationId %q, which must be its own", name, op.Summary, op.OperationID)
			}
			ids[op.OperationID] = true
			for part := range strings.SplitSeq(path, "/") {
				if in := strings.Trim(part, "{}"); in != part && op.Parameters.GetByInAndName("path", in) == nil {
					t.Errorf("%s: says nothing of %s", name, part)
				}
			}
			good := false
			for status := range op.Responses.Map() {
				good = good || status[0] == '2'
			}
			if !good || op.Responses.Value("500") == nil {
				t.Errorf("%s: lacks an answer that is good, or 500", name)
			}
		}
	}
	var codes []any
	for code := range api.Codes() {
		codes = append(codes, code)
	}
	told := doc.Components.Schemas["Error"].Value.Properties["error"].Value.Properties["code"].Value.Enum
	sort := cmp.Transformer("sort", func(in []any) []string {
		var out []string
		for _, v := range in {
			out = append(out, v.(string))
		}
		slices.Sort(out)
		return out
	})
	if diff := cmp.Diff(codes, told, sort); diff != "" {
		t.Errorf("the codes of errors (-) and the description (+) differ:\n%s", diff)
	}
}

func TestTheServerGivesItsDescription(t *testing.T) {
	base := serve(t, server.Config{Data: t.TempDir()})
	r, err := http.Get(base + "/v1/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil || r.StatusCode != http.StatusOK || r.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%d %s %v", r.StatusCode, r.Header.Get("Content-Type"), err)
	}
	got, want := described(t, text), described(t, docs.OpenAPI)
	if got.Paths.Len() != want.Paths.Len() || got.Info.Title != "Clewline" {
		t.Errorf("it has %d paths, want %d", got.Paths.Len(), want.Paths.Len())
	}
}
