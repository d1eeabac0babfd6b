package api

import (
	"fmt"
	"net/http"
	"sync"

	"github.com/clewline/clewline/docs"
	"github.com/goccy/go-yaml"
)

var openAPI = sync.OnceValues(func() ([]byte, error) {
	text, err := yaml.YAMLToJSON(docs.OpenAPI)
	if err != nil {
		return nil, fmt.Errorf("the description of the API cannot be read: %w", err)
	}
	return text, nil
})

// showDescription answers GET /v1/openapi.json.
func (a *API) showDescription(w http.ResponseWriter, _ *http.Request, _ *caller) error {
	text, err := openAPI()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(text) // a caller that has gone reads no error either
	return nil
}

// Codes lists the codes of errors and their statuses, for tests and
// documentation.
func Codes() map[string]int {
	out := make(map[string]int, len(statusOf))
	for code, status := range statusOf {
		out[code] = status
	}
	return out
}
