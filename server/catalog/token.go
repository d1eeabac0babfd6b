package catalog

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
)

// plain is base32 in lower case: a double click selects the whole of it, and
// nothing in it needs quoting in a shell, a URL or YAML.
var plain = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// tokenBytes is the size of every secret: 200 random bits, 40 characters.
const tokenBytes = 25

func randomToken() string { return plain.EncodeToString(randomBytes(tokenBytes)) }

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b) // never fails: the program ends before it would
	return b
}

// newID gives a name like k_4dq2n7xw6m5a: 60 random bits, no secret.
func newID(kind string) string {
	return kind + "_" + plain.EncodeToString(randomBytes(10))[:12]
}

// fingerprint is what the catalog keeps of a secret. The secrets are random
// and long, so a plain hash is enough: there is nothing to guess.
func fingerprint(secret string) [sha256.Size]byte { return sha256.Sum256([]byte(secret)) }
