package server

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often, at most, the files of a certificate are looked at.
const lookEvery = time.Second

// A certificate serves TLS from two files and follows them: when one of them
// has changed, the next handshake looks at both. While what they hold does not
// go together or cannot be read, the certificate before stays in use, the log
// says so once, and /readyz goes on saying so.
type certificate struct {
	certFile, keyFile string
	now               func() time.Time
	log               *slog.Logger

	mu      sync.Mutex
	current *tls.Certificate
	stamp   [2]fileStamp // of what was tried last
	looked  time.Time
	trouble error // why what is on the disk now is not in use
}

// A fileStamp tells whether a file is another one, or has been written to. A
// renewal that is renamed into place has another identity, one that is written
// in place another time or size.
type fileStamp struct {
	info os.FileInfo
	size int64
	at   time.Time
}

func (s fileStamp) same(o fileStamp) bool {
	return (s.info == nil) == (o.info == nil) && (s.info == nil || os.SameFile(s.info, o.info)) && s.size == o.size && s.at.Equal(o.at)
}

func stampOf(path string) fileStamp {
	info, err := os.Stat(path)
	if err != nil {
		return fileStamp{}
	}
	return fileStamp{info, info.Size(), info.ModTime()}
}

// openCertificate reads the two files. A server does not start without a good
// certificate.
func openCertificate(certFile, keyFile string, now func() time.Time, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, now: now, log: log}
	c.stamp = c.stamps()
	var err error
	if c.current, err = c.read(); err != nil {
		return nil, err
	}
	c.looked = now()
	return c, nil
}

func (c *certificate) stamps() [2]fileStamp {
	return [2]fileStamp{stampOf(c.certFile), stampOf(c.keyFile)}
}

func (c *certificate) read() (*tls.Certificate, error) {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return nil, fmt.Errorf("tls: %s with %s: %w", c.certFile, c.keyFile, err)
	}
	if pair.Leaf == nil {
		if pair.Leaf, err = x509.ParseCertificate(pair.Certificate[0]); err != nil {
			return nil, fmt.Errorf("tls: %s: %w", c.certFile, err)
		}
	}
	if now := c.now(); now.After(pair.Leaf.NotAfter) {
		return nil, fmt.Errorf("tls: the certificate in %s has expired at %s", c.certFile, pair.Leaf.NotAfter.UTC().Format(time.RFC3339))
	}
	return &pair, nil
}

// get gives the certificate for a handshake.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look()
	return c.current, nil
}

// look reads the files again if they have changed. The caller holds mu.
func (c *certificate) look() {
	now := c.now()
	if now.Sub(c.looked).Abs() < lookEvery {
		return
	}
	c.looked = now
	stamp := c.stamps()
	if stamp[0].same(c.stamp[0]) && stamp[1].same(c.stamp[1]) {
		return
	}
	c.stamp = stamp
	fresh, err := c.read()
	if err != nil {
		c.trouble = err
		c.log.Error("the new TLS certificate is not used; the one before stays", "error", err)
		return
	}
	c.current, c.trouble = fresh, nil
	c.log.Info("a new TLS certificate is in use", "until", fresh.Leaf.NotAfter.UTC().Format(time.RFC3339))
}

// state says in words what is wrong, "" for nothing.
func (c *certificate) state() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.look()
	if c.trouble != nil {
		return fmt.Sprintf("the certificate on the disk is not in use, the one before is (until %s): %v", c.current.Leaf.NotAfter.UTC().Format(time.RFC3339), c.trouble)
	}
	if c.now().After(c.current.Leaf.NotAfter) {
		return "the certificate has expired at " + c.current.Leaf.NotAfter.UTC().Format(time.RFC3339)
	}
	return ""
}

// config is what the server speaks: HTTP/2 and 1.1 over TLS 1.2 and newer.
// Go's own choice of cipher suites is the one to have.
func (c *certificate) config() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get, NextProtos: []string{"h2", "http/1.1"}}
}
