// Package skip is the skip index of a sealed segment: it says in which rows a
// query surely finds nothing, without opening the segment. What it lets
// through is decided by the store; it never hides a row that matches.
//
// It knows three things of a segment:
//
//   - Terms: every word of the text fields, every pair of neighbouring signs
//     of scripts without spaces (Chinese has no words to look up), and every
//     value of the id and who fields, letter case and width aside. A term of
//     several rows has a list of them, a term of one row only is in a filter
//     that knows that it is there and not where: most terms of a log are ids
//     that never come again, and their places would take more room than all
//     the rest.
//   - Values: of a keyword field with few different values, which ones.
//   - Times: the least and the greatest of each page of rows.
//
// The rows of a rare term are listed one by one, those of a frequent one by
// blocks, and of a term that is nearly everywhere nothing is kept: newest
// first finds enough of it anywhere.
//
// A file is mapped into memory, not read. Its header is checked when it is
// opened, and each page of it when it is first looked at; one that is damaged
// knows nothing, and says so in Damaged.
package skip

import (
	"hash/crc32"

	"github.com/cespare/xxhash/v2"

	"github.com/clewline/clewline/event"
)

// PageRows is the rows of a page, for which the times are known: DuckDB's
// vector, the least that it reads.
const PageRows = 2048

// MaxValues is the most different values of a field that are listed.
const MaxValues = 1000

// maxValueBytes bounds the values of one field that are listed.
const maxValueBytes = 64 << 10

// The layout of a file: a header of headerSize bytes, the sections, and a
// CRC-32C of each page of checkSize bytes of all that.
//
//	0   magic
//	16  rows (8 bytes), buckets (4), the filter's seed (8), segment length (4)
//	    and segment count (4), length of all that is checked (8), CRC of the
//	    table of CRCs (4)
//	64  offset and length (8 bytes each) of each section
//	252 CRC of the header
const (
	magic      = "clewline skip 4\n"
	headerSize = 256
	checkSize  = 16 << 10
)

// The sections.
const (
	sectionMeta    = iota // times and values
	sectionBuckets        // where each bucket of terms begins, 4 bytes each, and the end
	sectionTerms
	sectionShared // lists of rows that several terms have
	sectionFilter // the fingerprints of the terms of one row
	numSections
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// The kinds of terms are told apart by what is mixed into their hashes.
const (
	wordTerm  uint64 = 0
	pairTerm  uint64 = 0x9E3779B97F4A7C15
	valueTerm uint64 = 0xC2B2AE3D27D4EB4F
)

// hashBits are the bits of a hash, the highest of 64; the others are 0. Of a
// million terms one has the hash of another, and gets its rows too.
const hashBits = 40

func hashTerm[T string | []byte](kind uint64, folded T) uint64 {
	h := xxhash.Sum64([]byte(folded)) ^ kind
	h ^= h >> 32
	h *= 0xD6E8FEB86659FD93
	return (h ^ h>>32) >> (64 - hashBits) << (64 - hashBits)
}

// texts are the fields whose words are terms.
var texts = event.BareText

// whos are the fields whose values are terms; the id is apart.
var whos = event.BareKeyword[1:]

// listed are the fields whose values are listed when they are few.
var listed = func() (fields []event.Field) {
	for f := event.NoField + 1; f < event.NumFields; f++ {
		if f.Type() == event.Keyword && f != event.FieldID || f.Type() == event.Text {
			fields = append(fields, f)
		}
	}
	return fields
}()
