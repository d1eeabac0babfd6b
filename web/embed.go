// Package web serves Clewline's pages out of the binary.
//
// The pages are built by Vite into dist/app, which is not in the repository. A
// binary that was built before Node ever ran serves dist/placeholder.html
// instead, which says how to build them. The package has no state and its
// handlers may be used by any number of goroutines.
package web

import (
	"bytes"
	"crypto/rand"
	"embed"
	"encoding/base64"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// noncePlaceholder stands in the built index.html (see vite.config.ts) where
// each answer gets a nonce of its own.
const noncePlaceholder = "__CSP_NONCE__"

// Handler serves the embedded pages, or the placeholder when they were not
// built. Paths that no page or file can have (with an extension, or under
// /v1/) are answered with 404, so that a mistyped API call gets no HTML.
func Handler() http.Handler {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		panic("web: the embedded folder has no dist: " + err.Error()) // cannot happen: go:embed demands it
	}
	return handler(sub)
}

// handler serves a folder laid out as web/dist is: placeholder.html and
// placeholder.css always, app/ when the pages were built.
func handler(dist fs.FS) http.Handler {
	if index, err := fs.ReadFile(dist, "app/index.html"); err == nil {
		app, err := fs.Sub(dist, "app")
		if err != nil {
			panic("web: " + err.Error()) // cannot happen: a file of that folder was just read
		}
		return &pages{files: app, index: index}
	}
	index, err := fs.ReadFile(dist, "placeholder.html")
	if err != nil {
		panic("web: dist/placeholder.html is missing: " + err.Error()) // cannot happen: it is committed
	}
	return &pages{files: dist, index: index}
}

// pages serves one single-page application.
type pages struct {
	files fs.FS
	index []byte
}

func (p *pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "Pages can only be read: use GET.", http.StatusMethodNotAllowed)
		return
	}
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")

	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	switch {
	case name == "" || name == "index.html" || name == "placeholder.html":
		p.serveIndex(w, r)
	case p.isFile(name):
		if strings.HasPrefix(name, "assets/") {
			h.Set("Cache-Control", "public, max-age=31536000, immutable") // names carry a hash of their content
		} else {
			h.Set("Cache-Control", "no-cache")
		}
		if strings.HasPrefix(name, "sdk/") {
			// Pages of other origins load the SDK from here.
			h.Set("Cross-Origin-Resource-Policy", "cross-origin")
			h.Set("Access-Control-Allow-Origin", "*")
		}
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
		http.ServeFileFS(w, r, p.files, name)
	case path.Ext(name) != "" || name == "v1" || strings.HasPrefix(name, "v1/") || strings.HasPrefix(name, "assets/"):
		h.Set("Cache-Control", "no-store") // a file of another release may be there in a moment
		http.Error(w, "There is nothing at this address.", http.StatusNotFound)
	default:
		p.serveIndex(w, r) // a page of the application: its router knows it
	}
}

// isFile says whether name is a file that may be served. Vite's manifest is
// for the build, not for readers.
func (p *pages) isFile(name string) bool {
	if !fs.ValidPath(name) || strings.HasPrefix(name, ".") {
		return false
	}
	info, err := fs.Stat(p.files, name)
	return err == nil && info.Mode().IsRegular()
}

// serveIndex writes index.html with a fresh nonce. The nonce is for the style
// elements that the query box (CodeMirror) makes at run time and for Vite's
// own tags; no inline script is allowed at all.
func (p *pages) serveIndex(w http.ResponseWriter, r *http.Request) {
	var raw [16]byte
	rand.Read(raw[:]) // never fails; see package crypto/rand
	nonce := base64.StdEncoding.EncodeToString(raw[:])

	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache, no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-"+nonce+"'; "+
		"img-src 'self'; font-src 'self'; connect-src 'self'; manifest-src 'self'; "+
		"base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	if r.Method == http.MethodHead {
		return
	}
	// The error is the reader's going away; there is nobody to tell.
	_, _ = w.Write(bytes.ReplaceAll(p.index, []byte(noncePlaceholder), []byte(nonce)))
}
