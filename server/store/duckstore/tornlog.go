//go:build !noduck

package duckstore

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"
)

// A power cut while a commit is being written can leave any part of it in the
// log, with holes. DuckDB drops a last transaction whose end is missing, but
// refuses a log that has a hole, and with it everything that was acknowledged
// before. So the log is looked at first, and what is behind its last whole
// transaction is cut off: it was not synced, hence not acknowledged.
//
// A log that is damaged further back, in what was acknowledged, is left alone:
// DuckDB then says what is wrong with it.

// mendLog cuts an unfinished transaction off the end of a log. What it cuts
// is kept beside, in the folder aside, because damage to the very last
// transaction looks the same.
func mendLog(path, aside string) error {
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	whole, torn := tornAt(b)
	if !torn {
		return nil
	}
	if err := os.MkdirAll(aside, 0o755); err != nil {
		return err
	}
	kept := filepath.Join(aside, fmt.Sprintf("torn-%s-%d", filepath.Base(path), whole))
	if err := errors.Join(writeFileSynced(kept, b[whole:]), syncFolder(aside)); err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Truncate(int64(whole)), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("cut an unfinished transaction off %s: %w", path, err)
	}
	slog.Warn("a log ended in the middle of a transaction, as after a power cut; what was not committed is set aside",
		"log", path, "bytes", len(b)-whole, "kept", kept)
	return nil
}

func writeFileSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

// A log is a header, then entries: the size of its content and a checksum, 8
// bytes each, and the content. A transaction ends with the entry commitMark.
var (
	logHeader  = []byte{0x64, 0, 0x62, 0x65, 0, 2} // a log of version 2
	headerEnd  = []byte{0xff, 0xff}
	commitMark = func() []byte {
		content := []byte{0x64, 0, 0x64, 0xff, 0xff}
		b := binary.LittleEndian.AppendUint64(nil, uint64(len(content)))
		b = binary.LittleEndian.AppendUint64(b, logChecksum(content))
		return append(b, content...)
	}()
)

// tornAt gives the end of a log's last whole transaction, and whether there is
// something behind it that may be cut off.
func tornAt(b []byte) (whole int, torn bool) {
	switch end := bytes.Index(b, headerEnd); {
	case len(b) == 0:
		return 0, false
	case bytes.HasPrefix(b, logHeader) && end > 0:
		whole = end + len(headerEnd)
	case bytes.Count(b, commitMark) > 1:
		return 0, false // damaged, or of a version that we do not know
	default:
		return 0, len(bytes.Trim(b[:min(len(b), len(logHeader))], "\x00")) == 0 || bytes.HasPrefix(logHeader, b)
	}
	at := whole
	for len(b)-at >= 16 {
		size := binary.LittleEndian.Uint64(b[at:])
		if size == 0 || size > uint64(math.MaxInt32) || int(size) > len(b)-at-16 {
			break
		}
		end := at + 16 + int(size)
		content := b[at+16 : end]
		if binary.LittleEndian.Uint64(b[at+8:]) != logChecksum(content) {
			break
		}
		if bytes.Equal(b[at:end], commitMark) {
			whole = end
		}
		at = end
	}
	if whole == len(b) {
		return whole, false
	}
	// At most one transaction is not synced, so one end of one may be there,
	// and nothing behind it.
	return whole, !marked(b[whole : len(b)-min(len(commitMark), len(b)-whole)])
}

// marked says whether a transaction ends in b, the end itself perhaps damaged
// by a flipped bit or two.
func marked(b []byte) bool {
	for ; len(b) >= len(commitMark); b = b[1:] {
		wrong := 0
		for i := 0; i < len(commitMark) && wrong <= 2; i++ {
			if b[i] != commitMark[i] {
				wrong++
			}
		}
		if wrong <= 2 {
			return true
		}
	}
	return false
}

// logChecksum is DuckDB's checksum of an entry: each eight bytes times a
// constant, and what is left over by MurmurHash64A, all combined by xor.
func logChecksum(b []byte) uint64 {
	sum := uint64(5381)
	for ; len(b) >= 8; b = b[8:] {
		sum ^= binary.LittleEndian.Uint64(b) * 0xbf58476d1ce4e5b9
	}
	if len(b) == 0 {
		return sum
	}
	const m, seed, shift = 0xc6a4a7935bd1e995, 0xe17a1465, 47
	h := seed ^ uint64(len(b))*m
	for i := len(b) - 1; i >= 0; i-- {
		h ^= uint64(b[i]) << (8 * i)
	}
	h *= m
	h ^= h >> shift
	h *= m
	h ^= h >> shift
	return sum ^ h
}
