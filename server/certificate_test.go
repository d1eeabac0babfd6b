//go:build !noduck

package server_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/clewline/clewline/server"
)

// certify writes a certificate for 127.0.0.1 and its key.
func certify(t *testing.T, certFile, keyFile, name string, until time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: until, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, cert, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	write(t, certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	write(t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs}))
}

// write replaces a file as a renewal does: by a new one of that name.
func write(t *testing.T, path string, text []byte) {
	t.Helper()
	if err := os.WriteFile(path+".new", text, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
}

// A movedClock is the machine's, some time on.
type movedClock struct {
	mu sync.Mutex
	by time.Duration
}

func (c *movedClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Add(c.by)
}

func (c *movedClock) move(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.by += by
}

func TestTheCertificateIsFollowedAndABadOneKeepsTheOneBefore(t *testing.T) {
	cfg, clock := entryConfig(t), &movedClock{}
	dir := t.TempDir()
	cfg.TLSCert, cfg.TLSKey, cfg.Clock = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"), clock.now
	certify(t, cfg.TLSCert, cfg.TLSKey, "first", time.Now().Add(24*time.Hour))
	base := serve(t, cfg)
	if !strings.HasPrefix(base, "https://") {
		t.Fatalf("the server is at %s", base)
	}
	// Each request is a connection, and so a handshake, of its own.
	ask := func(path string, most uint16) (*http.Response, error) {
		transport := &http.Transport{ForceAttemptHTTP2: true, DisableKeepAlives: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true, MaxVersion: most}}
		req, err := http.NewRequestWithContext(t.Context(), "GET", base+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := (&http.Client{Transport: transport}).Do(req)
		if err == nil {
			res.Body.Close()
		}
		return res, err
	}
	shown := func() string {
		t.Helper()
		res, err := ask("/healthz", 0)
		if err != nil {
			t.Fatal(err)
		}
		return res.TLS.PeerCertificates[0].Subject.CommonName
	}
	ready := func() int {
		t.Helper()
		res, err := ask("/readyz", 0)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode
	}
	res, err := ask("/", 0)
	if err != nil {
		t.Fatal(err)
	}
	if res.ProtoMajor != 2 || res.Header.Get("Strict-Transport-Security") == "" || shown() != "first" || ready() != 200 {
		t.Errorf("%s with %v, certificate %s", res.Proto, res.Header, shown())
	}
	if _, err := ask("/", tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 is spoken")
	}
	if res, err := ask("/", tls.VersionTLS12); err != nil || res.TLS.Version != tls.VersionTLS12 {
		t.Errorf("TLS 1.2: %v", err)
	}

	certify(t, cfg.TLSCert, cfg.TLSKey, "second", time.Now().Add(24*time.Hour))
	clock.move(2 * time.Second)
	if got := shown(); got != "second" {
		t.Errorf("after a renewal: %s", got)
	}
	for what, spoil := range map[string]func(){
		"no PEM":           func() { write(t, cfg.TLSCert, []byte("garbage")) },
		"no file":          func() { os.Remove(cfg.TLSKey) },
		"an expired one":   func() { certify(t, cfg.TLSCert, cfg.TLSKey, "old", time.Now().Add(-time.Minute)) },
		"of another's key": func() { certify(t, cfg.TLSCert, filepath.Join(dir, "other"), "strange", time.Now().Add(time.Hour)) },
	} {
		spoil()
		clock.move(2 * time.Second)
		if got := shown(); got != "second" || ready() != 503 {
			t.Errorf("%s: %s is shown, ready %d", what, got, ready())
		}
		certify(t, cfg.TLSCert, cfg.TLSKey, "second", time.Now().Add(24*time.Hour))
		clock.move(2 * time.Second)
		if shown() != "second" || ready() != 200 {
			t.Errorf("after %s was mended: ready %d", what, ready())
		}
	}
}

func TestAServerDoesNotStartWithHalfACertificate(t *testing.T) {
	cfg := entryConfig(t)
	cfg.Listen, cfg.TLSCert = "127.0.0.1:0", "cert.pem"
	if _, err := server.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "belong together") {
		t.Errorf("got %v", err)
	}
	cfg.TLSKey = "key.pem"
	if _, err := server.Open(t.Context(), cfg); err == nil || !strings.Contains(err.Error(), "cert.pem") {
		t.Errorf("got %v", err)
	}
}
