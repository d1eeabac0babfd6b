package clewline_test

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/clewline/clewline/query"
)

// pages are all pages for people, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	var names []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md", "sdk/*.md"} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, found...)
	}
	out := map[string]string{}
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out[filepath.ToSlash(name)] = string(text)
	}
	return out
}

var (
	fences = regexp.MustCompile("(?ms)^ *```.*?^ *```$")
	codes  = regexp.MustCompile("`[^`\n]*`")
	links  = regexp.MustCompile(`(?:\]\(|src(?:set)?=")([^()"\s]+(?:\([^()]*\))?)[)"]`)
	heads  = regexp.MustCompile(`(?m)^#{1,6} (.*)$`)
)

// anchors are the names by which a page's headings can be linked to.
func anchors(text string) []string {
	var out []string
	for _, head := range heads.FindAllStringSubmatch(fences.ReplaceAllString(text, ""), -1) {
		slug := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '-' || r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, strings.ReplaceAll(head[1], "`", ""))
		name := slug
		for n := 1; slices.Contains(out, name); n++ {
			name = slug + "-" + string(rune('0'+n))
		}
		out = append(out, name)
	}
	return out
}

func TestEveryLinkOfTheDocsLeadsSomewhere(t *testing.T) {
	all := pages(t)
	if len(all) < 20 {
		t.Fatalf("only %d pages were found", len(all))
	}
	for name, text := range all {
		plain := codes.ReplaceAllString(fences.ReplaceAllString(text, ""), "")
		for _, link := range links.FindAllStringSubmatch(plain, -1) {
			target, anchor, _ := strings.Cut(link[1], "#")
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			to := name
			if target != "" {
				to = path.Join(path.Dir(name), target)
				if _, err := os.Stat(to); err != nil {
					t.Errorf("%s links to %s, which is not there", name, link[1])
					continue
				}
			}
			if there, isPage := all[to]; anchor != "" && isPage && !slices.Contains(anchors(there), anchor) {
				t.Errorf("%s links to %s, but %s has no such heading", name, link[1], to)
			}
		}
	}
}

func TestEveryPictureOfTheDocsIsUsed(t *testing.T) {
	pictures, err := filepath.Glob("docs/images/*")
	if err != nil {
		t.Fatal(err)
	}
	all := ""
	for _, text := range pages(t) {
		all += text
	}
	for _, picture := range pictures {
		if !strings.Contains(all, "images/"+filepath.Base(picture)) {
			t.Errorf("no page shows %s", picture)
		}
	}
}

var queries = regexp.MustCompile("(?ms)^ *```query\n(.*?)^ *```$")

func TestTheQueriesOfTheHowTosAreQueries(t *testing.T) {
	n := 0
	for name, text := range pages(t) {
		for _, q := range queries.FindAllStringSubmatch(text, -1) {
			n++
			if _, err := query.ParseStatement(strings.TrimSpace(q[1])); err != nil {
				t.Errorf("%s: %s: %v", name, strings.TrimSpace(q[1]), err)
			}
		}
	}
	if n < 10 {
		t.Errorf("only %d queries were found", n)
	}
}

// The Chinese quick start has the same code, which a test of the English one
// runs.
func TestBothQuickStartsHaveTheSameCode(t *testing.T) {
	all := pages(t)
	english, chinese := fences.FindAllString(all["docs/quickstart.md"], -1), fences.FindAllString(all["docs/quickstart.zh.md"], -1)
	if !slices.Equal(english, chinese) {
		for i := range min(len(english), len(chinese)) {
			if english[i] != chinese[i] {
				t.Fatalf("block %d is\n%s\nin Chinese, and\n%s\nin English", i+1, chinese[i], english[i])
			}
		}
		t.Errorf("%d blocks in English, %d in Chinese", len(english), len(chinese))
	}
}
