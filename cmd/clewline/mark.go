package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// A sendMark says how far a file was sent, so that a send that was broken off
// goes on, and one of a file that has grown sends what is new. It is kept in
// the user's state folder, one file each, for as long as the server remembers
// what was sent. What was being sent is noted before it is sent: it is sent
// again as the same bytes under the same key, and counts once.
type sendMark struct {
	Version  int    `json:"version"`
	File     string `json:"file"`
	Identity string `json:"identity"` // what the keys of its chunks begin with
	Offset   int64  `json:"offset"`   // all before it is stored
	Line     int    `json:"line"`     // lines before it
	// Sending is the end of the chunk that was being sent, 0 when none was.
	Sending  int64  `json:"sending,omitempty"`
	Format   string `json:"format,omitempty"`
	Encoding string `json:"encoding,omitempty"`
	// HeadBytes is how much of the file's beginning its identity is made of.
	HeadBytes int `json:"headBytes"`

	path string // where it is kept; "" when nowhere
}

// markKept is how long marks are kept: as long as the server knows the keys of
// chunks, at the least.
const markKept = 31 * 24 * time.Hour

// openMark finds the mark of a file by its inode and what it begins with; where
// there is none, it makes one that begins at 0.
func (c *sendCmd) openMark(name string, f *os.File, info os.FileInfo) (*sendMark, error) {
	fresh, err := newMark(name, f, info)
	if err != nil {
		return nil, err
	}
	dir, err := stateFolder()
	if err != nil {
		return fresh, nil // it is sent whole; the server stores what it knows once
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00%s\x00%s\x00%s\x00%s", c.Server, c.Key, fileID(info), c.Source, c.Format, c.App, c.TZ)
	fresh.path = filepath.Join(dir, "send-"+hex.EncodeToString(h.Sum(nil)[:12])+".json")
	text, err := os.ReadFile(fresh.path)
	var old sendMark
	if c.Again || err != nil || json.Unmarshal(text, &old) != nil || old.Version != 1 || old.Offset > info.Size() && !isPacked(name) {
		return fresh, nil
	}
	head := make([]byte, old.HeadBytes)
	if _, err := f.ReadAt(head, 0); err != nil || old.HeadBytes > identityBytes || identityOf(info, head) != old.Identity {
		return fresh, nil // another file has this inode now
	}
	old.path = fresh.path
	return &old, nil
}

// identityBytes is how much of a file's beginning tells it from another.
const identityBytes = 1024

func newMark(name string, f *os.File, info os.FileInfo) (*sendMark, error) {
	head := make([]byte, min(identityBytes, info.Size()))
	if _, err := f.ReadAt(head, 0); err != nil && len(head) > 0 {
		return nil, err
	}
	return &sendMark{Version: 1, File: name, Identity: identityOf(info, head), HeadBytes: len(head)}, nil
}

// identityOf names a file for as long as it is the same file.
func identityOf(info os.FileInfo, head []byte) string {
	sum := sha256.Sum256(append([]byte(fileID(info)+"\x00"), head...))
	return "file-" + hex.EncodeToString(sum[:16])
}

// save keeps the mark. It is no promise: without it the file is sent again.
func (m *sendMark) save() error {
	if m.path == "" {
		return nil
	}
	text, err := json.Marshal(m)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(m.path), 0o700); err != nil {
		m.path = ""
		return err
	}
	if err := os.WriteFile(m.path+".tmp", text, 0o600); err != nil {
		m.path = ""
		return err
	}
	return os.Rename(m.path+".tmp", m.path)
}

// forgetMarks removes the marks that are older than markKept.
func forgetMarks(now time.Time) error {
	dir, err := stateFolder()
	if err != nil {
		return nil // there are none
	}
	paths, err := filepath.Glob(filepath.Join(dir, "send-*.json"))
	if err != nil {
		return err
	}
	var errs []error
	for _, path := range paths {
		info, err := os.Stat(path)
		if err == nil && now.Sub(info.ModTime()) > markKept {
			err = os.Remove(path)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// stateFolder is where this user's programs keep what they remember.
func stateFolder() (string, error) {
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", err
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "clewline"), nil
}
