package server

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/clewline/clewline/server/catalog"
	"github.com/clewline/clewline/server/redact"
)

// openRedactor takes the rules of all projects into use. A list that cannot be
// used stops the server: to run without it would write what its project wants
// hidden.
func openRedactor(ctx context.Context, c *catalog.Catalog, clock func() time.Time) (*redact.Redactor, error) {
	secret, err := c.Secret(ctx, "redaction")
	if err != nil {
		return nil, err
	}
	r := redact.New(secret, clock)
	all, err := c.Redactions(ctx)
	if err != nil {
		return nil, err
	}
	for _, one := range all {
		var rules []redact.Rule
		if err := json.Unmarshal([]byte(one.Rules), &rules); err != nil {
			return nil, fmt.Errorf("redaction rules of project %s: %w", one.Project, err)
		}
		if err := r.Replace(one.Project, redact.Rules{Version: one.Version, Rules: rules}); err != nil {
			return nil, fmt.Errorf("redaction rules of project %s: %w", one.Project, err)
		}
	}
	return r, nil
}
