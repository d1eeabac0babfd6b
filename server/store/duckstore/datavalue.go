//go:build !noduck

package duckstore

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/clewline/clewline/query"
)

func distinct(list []string) []string {
	var out []string
	for _, s := range list {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// dataValues gives the scalars that a path finds in data, each once: in nested
// objects, in keys with dots, and through one list of objects on the way.
func dataValues(data, path string) []string {
	tail := path[strings.LastIndexByte(path, '.')+1:] + `"`
	if !strings.Contains(data, tail) && strings.IndexByte(data, '\\') < 0 {
		return nil
	}
	d := json.NewDecoder(strings.NewReader(data))
	d.UseNumber() // numbers keep their text
	var root any
	if d.Decode(&root) != nil {
		return nil
	}
	var out []string
	for _, keys := range query.Splits(path) {
		out = collect(out, root, keys, false)
	}
	return distinct(out)
}

func collect(out []string, v any, keys []string, listed bool) []string {
	if len(keys) == 0 {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				out = append(out, scalar(x))
			}
		default:
			out = append(out, scalar(v))
		}
		return out
	}
	switch v := v.(type) {
	case map[string]any:
		if x, ok := v[keys[0]]; ok {
			if list, isList := x.([]any); isList && len(keys) > 1 {
				if listed {
					return out
				}
				for _, element := range list {
					if _, isObject := element.(map[string]any); isObject {
						out = collect(out, element, keys[1:], true)
					}
				}
				return out
			}
			return collect(out, x, keys[1:], listed)
		}
	}
	return out
}

// scalar gives the text of a value that is no list and no object, else "".
func scalar(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		if canonical, ok := query.CanonicalNumber(v.String()); ok {
			return canonical // 150 and 150.0 are one value
		}
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}
