// Package clewline's tests at the root hold the design's rules about the whole
// tree: who may import whom, and that every package says what it promises.
package clewline_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/clewline/clewline/"

// allowed is the table of DESIGN section 9: what a folder may import of this
// module, besides its own sub-folders. "std" forbids other modules as well.
var allowed = map[string][]string{
	"event":        {"std"},
	"format":       {"event"},
	"query":        {"event"},
	"server/queue": {"event"},
	"server/store": {"event", "query"},
	"server/ingest": {
		"event", "format",
		"server/queue", // the contract, not an implementation
	},
	"server/process":  {"event"},
	"server/redact":   {"event"},
	"server/tail":     {"event", "query"},
	"server/export":   {"event", "query"},
	"server/backup":   {"server/catalog", "server/store", "server/store/duckstore"}, // the list of segments, no engine
	"server/speed":    {"event", "query", "server/store"},                           // the contract
	"server/delivery": {"event", "server/store"},                                    // the contract
	"server/canary":   {"event", "query", "server/queue", "server/store"},           // the contracts
	"server/catalog":  {},
	"server/sse":      {},
	"server/push":     {"server/catalog", "server/sse"},
	"server/retention": {
		"query",
		"server/store", // the contract
		"server/catalog",
	},
	"server/api": {"event", "format", "query", "server/store", "server/catalog", "server/redact", "server/tail", "server/retention", "server/export", "docs", "server/speed", "server/push", "server/sse", "server/delivery"},
	"web":        {"std"},
	"docs":       {"std"},
	// The wiring, and the only one to name implementations.
	"server":       {"*"},
	"cmd/clewline": {"event", "format", "query", "server", "server/backup", "server/export"},
	"bench":        {"*"},
}

// implementations may be imported by the wiring and by tests only.
var implementations = []string{"server/queue/directqueue", "server/store/duckstore"}

func TestImportsFollowTheDesign(t *testing.T) {
	eachPackage(t, func(dir string, files map[string]importsOf) {
		rule, owner := ruleFor(dir)
		if owner == "" {
			t.Errorf("%s: no rule says what it may import; add it to the table, after DESIGN section 9", dir)
			return
		}
		for name, f := range files {
			if strings.HasSuffix(name, "_test.go") || isTestPackage(dir) {
				continue
			}
			for _, imp := range f.imports {
				local, ok := strings.CutPrefix(imp, module)
				if !ok {
					if slices.Contains(rule, "std") && strings.Contains(strings.Split(imp, "/")[0], ".") {
						t.Errorf("%s/%s imports %s; %s uses the standard library only", dir, name, imp, owner)
					}
					continue
				}
				if slices.Contains(implementations, local) && owner != "server" && owner != "server/backup" {
					t.Errorf("%s/%s imports the implementation %s; only server wires implementations", dir, name, local)
				}
				if slices.Contains(rule, "*") || local == owner || strings.HasPrefix(local, owner+"/") || slices.Contains(rule, local) {
					continue
				}
				t.Errorf("%s/%s imports %s; %s may import %v", dir, name, local, owner, rule)
			}
		}
	})
}

func isTestPackage(dir string) bool { return strings.HasSuffix(path.Base(dir), "test") }

// ruleFor finds the rule of the nearest folder above that has one.
func ruleFor(dir string) (rule []string, owner string) {
	for d := dir; d != "."; d = path.Dir(d) {
		if r, ok := allowed[d]; ok {
			return r, d
		}
	}
	return nil, ""
}

func TestEveryPackageSaysWhatItPromises(t *testing.T) {
	eachPackage(t, func(dir string, files map[string]importsOf) {
		for name, f := range files {
			if !strings.HasSuffix(name, "_test.go") && f.doc {
				return
			}
		}
		t.Errorf("%s has no package comment", dir)
	})
}

type importsOf struct {
	imports []string
	doc     bool
}

// eachPackage calls f for each folder of this module that holds Go files
// besides tests.
func eachPackage(t *testing.T, f func(dir string, files map[string]importsOf)) {
	t.Helper()
	packages := map[string]map[string]importsOf{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if base := d.Name(); name != "." && (base == "node_modules" || base == "testdata" || strings.HasPrefix(base, ".")) {
				return fs.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil && name != "." {
				return fs.SkipDir // a module of its own
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || filepath.Dir(name) == "." {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		info := importsOf{doc: parsed.Doc != nil}
		for _, imp := range parsed.Imports {
			info.imports = append(info.imports, strings.Trim(imp.Path.Value, `"`))
		}
		dir := filepath.ToSlash(filepath.Dir(name))
		if packages[dir] == nil {
			packages[dir] = map[string]importsOf{}
		}
		packages[dir][d.Name()] = info
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, files := range packages {
		f(dir, files)
	}
}
