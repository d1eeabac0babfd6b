package api

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/format"
	"github.com/clewline/clewline/server/catalog"
)

// SourceUse is how a source was used since the server started; the zero value
// is of one that was not.
type SourceUse struct {
	Last               time.Time
	Accepted, Rejected int64 // events, and lines
}

// sourceAnswer is a source with what it did.
type sourceAnswer struct {
	Name     string          `json:"name"`
	Version  int64           `json:"version"`
	Settings json.RawMessage `json:"settings"`
	Changed  *string         `json:"changed"`
	By       string          `json:"by"`
	Last     *string         `json:"last"` // used; null = not since the server started
	Accepted int64           `json:"accepted"`
	Rejected int64           `json:"rejected"`
}

// sourceVocabulary is what settings may say.
type sourceVocabulary struct {
	Formats   []string `json:"formats"`
	Multiline []string `json:"multiline"` // the formats that lines can be joined in
	Fields    []string `json:"fields"`    // that names can be mapped to
	Levels    []string `json:"levels"`
	Encodings []string `json:"encodings"` // the usual ones; others are taken too
	Zone      string   `json:"zone"`      // the server's, of times without one
}

// usualEncodings are offered; docs/formats.md says which others there are.
var usualEncodings = []string{"utf-8", "gb18030", "gbk", "big5", "shift_jis", "euc-jp", "euc-kr", "utf-16le", "utf-16be", "windows-1252"}

func (a *API) sourceWords() sourceVocabulary {
	v := sourceVocabulary{Formats: append(format.Names(), "regex"), Multiline: format.Textual(), Encodings: usualEncodings, Zone: zoneName(a.zone, a.now())}
	for f := event.NoField + 1; f < event.NumFields; f++ {
		if !f.Derived() && f != event.FieldRaw {
			v.Fields = append(v.Fields, f.Name())
		}
	}
	for l := event.Level(0); int(l) < event.NumLevels; l++ {
		if l != event.NoLevel {
			v.Levels = append(v.Levels, l.String())
		}
	}
	return v
}

func (a *API) sourceAnswer(s catalog.Source) sourceAnswer {
	use := a.sourceUse(s.Project, s.Name)
	return sourceAnswer{s.Name, s.Version, json.RawMessage(s.Settings), stamp(s.Changed), s.By, stamp(use.Last), use.Accepted, use.Rejected}
}

// listSources answers GET /v1/sources.
func (a *API) listSources(w http.ResponseWriter, r *http.Request, c *caller) error {
	project, err := a.projectOf(r.Context(), c.user, r.URL.Query().Get("project"))
	if err != nil {
		return err
	}
	sources, err := a.catalog.Sources(r.Context(), project)
	if err != nil {
		return err
	}
	out := make([]sourceAnswer, len(sources))
	for i, s := range sources {
		out[i] = a.sourceAnswer(s)
	}
	writeJSON(w, http.StatusOK, struct {
		Project string           `json:"project"`
		Sources []sourceAnswer   `json:"sources"`
		Can     sourceVocabulary `json:"can"`
	}{project, out, a.sourceWords()})
	return nil
}

// changeSource answers PUT /v1/sources/{name}: version 0 makes a source. What
// is sent with it from then on is read by its new settings.
func (a *API) changeSource(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form struct {
		Project  string         `json:"project"`
		Version  *int64         `json:"version"`
		Settings *format.Source `json:"settings"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	project, err := a.projectOf(r.Context(), c.user, form.Project)
	if err != nil {
		return err
	}
	if form.Version == nil {
		return badRequest("version", "version: is missing; give the version that your change is made to, 0 for a new source, so that nobody else's is overwritten.")
	}
	if form.Settings == nil {
		return badRequest("settings", "settings: is missing; want such as {\"format\":\"json\"}.")
	}
	if _, err := form.Settings.Reader(); err != nil {
		return err
	}
	text, err := json.Marshal(form.Settings)
	if err != nil {
		return err
	}
	kept, err := a.catalog.SetSource(as(r, c).Context(), project, r.PathValue("name"), *form.Version, string(text), sourceInWords(*form.Settings))
	if err != nil {
		return err
	}
	writeJSON(w, http.StatusOK, a.sourceAnswer(kept))
	return nil
}

// sourceInWords says for the audit trail how a source reads. A pattern can hold
// what is nobody's business, so it is not in it.
func sourceInWords(s format.Source) string {
	parts := []string{"format " + s.Format}
	for _, one := range []struct{ name, value string }{{"tz", s.Zone}, {"encoding", s.Encoding}, {"app", s.App}, {"env", s.Env}} {
		if one.value != "" {
			parts = append(parts, one.name+" "+one.value)
		}
	}
	if s.Multiline != "" {
		parts = append(parts, "joins lines")
	}
	for _, one := range []struct {
		name string
		list map[string]string
	}{{"fields", s.Fields}, {"levels", s.Levels}} {
		var pairs []string
		for _, key := range slices.Sorted(maps.Keys(one.list)) {
			pairs = append(pairs, key+"="+one.list[key])
		}
		if len(pairs) > 0 {
			parts = append(parts, one.name+" "+strings.Join(pairs, " "))
		}
	}
	text := strings.Join(parts, ", ")
	const most = 1000
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// removeSource answers DELETE /v1/sources/{name}: what is sent with it from
// then on is refused.
func (a *API) removeSource(w http.ResponseWriter, r *http.Request, c *caller) error {
	project, err := a.projectOf(r.Context(), c.user, r.URL.Query().Get("project"))
	if err != nil {
		return err
	}
	if err := a.catalog.RemoveSource(as(r, c).Context(), project, r.PathValue("name")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// mostTried bounds the lines of a trial that are told one by one.
const mostTried = 50

type triedAnswer struct {
	Line  int             `json:"line"`
	Lines int             `json:"lines"`
	Text  string          `json:"text"`
	Event json.RawMessage `json:"event,omitempty"`
	Parts []format.Part   `json:"parts,omitempty"`
	Error *triedError     `json:"error,omitempty"`
}

type triedError struct {
	Field  string `json:"field,omitempty"`
	Column int    `json:"column,omitempty"` // in signs of text, from 1
	Reason string `json:"reason"`
}

// trySource answers POST /v1/sources/try: what settings make of a sample.
// Nothing is stored, and no settings are changed.
func (a *API) trySource(w http.ResponseWriter, r *http.Request, c *caller) error {
	var form struct {
		Project  string        `json:"project"`
		Settings format.Source `json:"settings"`
		Sample   string        `json:"sample"`
		Bytes    []byte        `json:"bytes"`
	}
	if err := readBody(r, &form); err != nil {
		return err
	}
	if _, err := a.projectOf(r.Context(), c.user, form.Project); err != nil {
		return err
	}
	if form.Sample != "" && form.Bytes != nil {
		return badRequest("bytes", "bytes: stands for sample; send one of them.")
	}
	o := format.Options{Received: a.now().UnixNano(), Unicode: form.Bytes == nil}
	if form.Settings.Zone == "" {
		o.Zone = a.zone
	}
	sample := form.Bytes
	if sample == nil {
		sample = []byte(form.Sample)
	}
	began := time.Now()
	trial, err := form.Settings.Try(sample, o, mostTried)
	if err != nil {
		return err
	}
	lines := make([]triedAnswer, len(trial.Lines))
	for i, one := range trial.Lines {
		lines[i] = triedAnswer{Line: one.Line, Lines: max(1, one.Lines), Text: one.Text, Parts: one.Parts}
		switch {
		case one.Err != nil:
			lines[i].Error = &triedError{one.Err.Field, 0, one.Err.Reason}
			if at := one.Err.Column; at > 0 {
				lines[i].Error.Column = utf8.RuneCountInString(one.Text[:min(at-1, len(one.Text))]) + 1
			}
		case one.Event.Time == 0:
			one.Event.Time = o.Received // as of every event that brings none
			fallthrough
		default:
			one.Event.IDNum = 0
			lines[i].Event = event.AppendJSON(nil, one.Event)
		}
	}
	other := ""
	if form.Bytes != nil && trial.Encoding == "" {
		_, other = format.GuessEncoding(sample)
	}
	writeJSON(w, http.StatusOK, struct {
		Format   string        `json:"format"`
		Guessed  bool          `json:"guessed"`
		Encoding string        `json:"encoding"`
		Other    string        `json:"otherEncoding,omitempty"` // that the bytes may be in, as they are no UTF-8
		Zone     string        `json:"zone"`
		Accepted int           `json:"accepted"`
		Rejected int           `json:"rejected"`
		Lines    []triedAnswer `json:"lines"`
		More     int           `json:"more"` // events and errors that are not listed
		TookMS   float64       `json:"tookMs"`
	}{trial.Format, trial.Guessed, trial.Encoding, other, cmp.Or(form.Settings.Zone, zoneName(a.zone, a.now())), trial.Accepted, trial.Rejected, lines, trial.More, milliseconds(time.Since(began))})
	return nil
}
