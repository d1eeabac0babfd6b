package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/term"
)

// remote is the server that a command talks to.
type remote struct {
	Server string `help:"The server's address, such as http://127.0.0.1:7373." env:"CLEWLINE_SERVER" required:"" placeholder:"URL"`
	Key    string `help:"The key to send or read with." env:"CLEWLINE_KEY" required:"" placeholder:"KEY"`
}

// do sends a request and gives its answer, whatever the status. The caller
// closes the body.
func (r *remote) do(ctx context.Context, method, path string, params url.Values, header http.Header, body io.Reader) (*http.Response, error) {
	base, err := url.Parse(r.Server)
	if err != nil || base.Host == "" || (base.Scheme != "http" && base.Scheme != "https") {
		return nil, wrongUse("--server %q is no address; want one such as http://127.0.0.1:7373", r.Server)
	}
	target := base.JoinPath(path)
	target.RawQuery = params.Encode()
	req, err := http.NewRequestWithContext(ctx, method, target.String(), body)
	if err != nil {
		return nil, err
	}
	for k, v := range header {
		req.Header[k] = v
	}
	req.Header.Set("Authorization", "Bearer "+r.Key)
	req.Header.Set("User-Agent", "clewline/"+version)
	return http.DefaultClient.Do(req)
}

// ask asks a question about a query; what is wrong with the query is pointed
// at. The caller closes the answer's body.
func (r *remote) ask(ctx context.Context, path string, params url.Values, query string) (*http.Response, error) {
	resp, err := r.do(ctx, http.MethodGet, path, params, nil, nil)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, explain(answerError(resp), query)
	}
	return resp, nil
}

// serverError is an answer that was not 2xx.
type serverError struct {
	status     int
	code       string
	message    string
	column     int
	retryAfter time.Duration
}

func (e *serverError) Error() string {
	if e.message == "" {
		return fmt.Sprintf("the server answered %d %s", e.status, http.StatusText(e.status))
	}
	return e.message
}

// answerError reads the server's own words of a refused request.
func answerError(resp *http.Response) *serverError {
	defer resp.Body.Close()
	e := &serverError{status: resp.StatusCode}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
		e.retryAfter = time.Duration(s) * time.Second
	}
	var body struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Column  int    `json:"column"`
		} `json:"error"`
	}
	text, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	if json.Unmarshal(text, &body) == nil {
		e.code, e.message, e.column = body.Error.Code, body.Error.Message, body.Error.Column
	}
	return e
}

// explain turns an error of asking into what the person should read: a query's
// mistake is pointed at.
func explain(err error, query string) error {
	var se *serverError
	if errors.As(err, &se) && se.column > 0 {
		return fmt.Errorf("%s\n  %s\n  %s^", se.message, query, strings.Repeat(" ", se.column-1))
	}
	return err
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
