// Package docs holds the documents that programs read: the description of the
// HTTP API.
package docs

import _ "embed"

// OpenAPI describes the HTTP API, as OpenAPI 3.1 in YAML.
//
//go:embed openapi.yaml
var OpenAPI []byte
