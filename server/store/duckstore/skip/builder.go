package skip

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/FastFilter/xorfilter"
	"github.com/cespare/xxhash/v2"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// A Builder makes the index of one segment.
//
// It notes each term of each row as one number, the term's hash above and the
// row below, and sorts them at the end: looking a term up in a table of a
// million, which misses every cache, costs ten times as much as that.
type Builder struct {
	total int // rows that the segment has
	row   uint64
	parts [1 << partBits]part

	times               [][2]int64
	values              [event.NumFields]values
	kinds               []Kind
	texts, whos, listed []event.Field         // those that some row has
	cased               [event.NumFields]bool // text fields with a word that is not as Fold gives it
	fold                []byte
}

// maxRows is the most rows of a segment: what is left beside a hash.
const maxRows = 1 << (64 - hashBits)

// partBits are the highest bits of the hashes of one part. A part is sorted in
// the processor's cache.
const partBits = 8

// A part are the terms of some hashes, in the order of rows.
type part struct {
	full [][]uint64
	last []uint64
}

// blockTerms is how many terms a part's memory grows by: 8 KB.
const blockTerms = 1 << 10

func (p *part) add(term uint64) {
	if len(p.last) == cap(p.last) {
		if p.last != nil {
			p.full = append(p.full, p.last)
		}
		p.last = make([]uint64, 0, blockTerms)
	}
	p.last = append(p.last, term)
}

// sorted gives the terms in order, in one of the two buffers, and lets go of
// its own. The other buffer is as long.
func (p *part) sorted(buf, other []uint64) (terms, spare []uint64) {
	buf = buf[:0]
	for _, block := range p.full {
		buf = append(buf, block...)
	}
	buf = append(buf, p.last...)
	*p = part{}
	other = slices.Grow(other[:0], len(buf))[:len(buf)]
	// By the 32 bits of the hash that are not the part's, eleven at a time.
	// What is equal stays in the order of rows.
	const digit = 11
	var count [1 << digit]uint32
	for shift := 64 - hashBits; shift < 64-partBits; shift += digit {
		clear(count[:])
		for _, t := range buf {
			count[t>>shift%(1<<digit)]++
		}
		at := uint32(0)
		for i, n := range count {
			count[i] = at
			at += n
		}
		for _, t := range buf {
			d := t >> shift % (1 << digit)
			other[count[d]] = t
			count[d]++
		}
		buf, other = other, buf
	}
	return buf, other
}

// values are those of one field.
type values struct {
	at    map[string]int
	list  []string
	count []int64 // rows
	last  int
	slots [64]int32 // one more than where a value was found that is alike
	bytes int
	many  bool // more than are listed
	rows  int64
}

// NewBuilder begins the index of a segment of so many rows.
func NewBuilder(rows int) *Builder {
	b := &Builder{total: rows, times: make([][2]int64, (rows+PageRows-1)/PageRows), texts: texts[:], whos: whos, listed: listed}
	for i := range b.times {
		b.times[i] = [2]int64{math.MaxInt64, math.MinInt64}
	}
	return b
}

// Add adds a row, of a greater number than the ones before and less than the
// number of rows. It keeps nothing of e, and needs of it the time, the id and
// the keyword and text fields.
func (b *Builder) Add(row int, e *event.Event) {
	b.row = uint64(row)
	page := &b.times[row/PageRows]
	page[0], page[1] = min(page[0], e.Time), max(page[1], e.Time)
	for _, f := range b.texts {
		if s := e.String(f); s != "" {
			b.text(f, s)
		}
	}
	if e.IDBase != "" {
		b.value(e.IDBase)
	}
	for _, f := range b.whos {
		if s := e.String(f); s != "" {
			b.value(s)
		}
	}
	for _, f := range b.listed {
		if s := e.String(f); s != "" {
			b.values[f].add(s)
		}
	}
}

// Kinds says, before any row is added, which columns the events of each kind
// have.
func (b *Builder) Kinds(kinds []Kind) {
	b.kinds = kinds
	there := func(fields []event.Field) (out []event.Field) {
		for _, f := range fields {
			if slices.ContainsFunc(kinds, func(k Kind) bool { return k.Columns[f.Name()] > 0 }) {
				out = append(out, f)
			}
		}
		return out
	}
	b.texts, b.whos, b.listed = there(texts[:]), there(whos), there(listed)
}

func (v *values) add(s string) {
	v.rows++
	if v.many {
		return
	}
	if v.last < len(v.list) && v.list[v.last] == s {
		v.count[v.last]++
		return
	}
	slot := &v.slots[alike(s)%uint64(len(v.slots))]
	i := int(*slot) - 1
	known := i >= 0 && v.list[i] == s
	if !known {
		i, known = v.at[s]
	}
	if !known {
		if len(v.list) >= MaxValues || v.bytes+len(s) > maxValueBytes {
			*v = values{many: true, rows: v.rows}
			return
		}
		if v.at == nil {
			v.at = map[string]int{}
		}
		s = strings.Clone(s)
		i = len(v.list)
		v.at[s] = i
		v.list, v.count = append(v.list, s), append(v.count, 0)
		v.bytes += len(s)
	}
	*slot = int32(i + 1)
	v.last = i
	v.count[i]++
}

// alike is a hash that costs little: of a text's length and its end.
func alike(s string) uint64 {
	h := uint64(len(s))
	if len(s) >= 8 {
		h ^= binary.LittleEndian.Uint64([]byte(s[len(s)-8:]))
	} else {
		for i := range len(s) {
			h = h<<8 ^ uint64(s[i])
		}
	}
	h *= 0x9E3779B97F4A7C15
	return h >> 58
}

// folded gives s as terms are compared, valid until the next call.
func (b *Builder) folded(s string) []byte {
	b.fold = query.AppendFold(b.fold[:0], s)
	return b.fold
}

func (b *Builder) value(s string) { b.term(hashTerm(valueTerm, b.folded(s))) }

func (b *Builder) text(f event.Field, s string) {
	before := query.Token{}
	for t := range query.Tokens(s) {
		switch {
		case !t.Single:
			word := s[t.Start:t.End]
			folded := b.folded(word)
			b.cased[f] = b.cased[f] || string(folded) != word
			b.term(hashTerm(wordTerm, folded))
		case before.Single:
			b.fold = append(append(b.fold[:0], s[before.Start:before.End]...), s[t.Start:t.End]...)
			b.term(hashTerm(pairTerm, b.fold))
		}
		before = t
	}
}

// term notes that a term stands in the row.
func (b *Builder) term(hash uint64) { b.parts[hash>>(64-partBits)].add(hash | b.row) }

// The tags of a term in its bucket; what follows them.
const (
	tagEverywhere = iota // nothing
	tagShared            // where in the shared section, its length
	tagList              // from here on: the length of the list, and the list
)

// bucketTerms is about how many terms a bucket has.
const bucketTerms = 8

// A term is what is kept of one: its hash, and where its list is; a list of
// no length is of nearly everywhere.
type term struct {
	hash       uint64
	from, upTo uint32
}

// lists encodes the lists of the terms of several rows, in the order of their
// hashes; single are the others, with their row.
func (b *Builder) lists() (terms []term, arena []byte, single []uint64) {
	var sorted, spare []uint64
	var blocks []uint32
	for i := range b.parts {
		sorted, spare = b.parts[i].sorted(sorted, spare)
		for k := 0; k < len(sorted); {
			hash := sorted[k] >> (64 - hashBits)
			first, rows := k, 1
			for k++; k < len(sorted) && sorted[k]>>(64-hashBits) == hash; k++ {
				if sorted[k] != sorted[k-1] { // a row has a term several times
					rows++
				}
			}
			if rows == 1 {
				single = append(single, sorted[first])
				continue
			}
			shift := grain(rows, b.total)
			blocks = blocks[:0]
			for _, t := range sorted[first:k] {
				block := uint32(t % maxRows >> shift)
				if n := len(blocks); n == 0 || blocks[n-1] != block {
					blocks = append(blocks, block)
				}
			}
			t := term{hash: hash << (64 - hashBits), from: uint32(len(arena))}
			if of := (b.total + 1<<shift - 1) >> shift; shift == 0 || !everywhere(len(blocks), of) {
				arena = appendList(arena, blocks, shift, of)
			}
			t.upTo = uint32(len(arena))
			terms = append(terms, t)
		}
	}
	return terms, arena, single
}

// Finish gives the file. The Builder is of no use afterwards.
func (b *Builder) Finish() ([]byte, error) {
	if b.total > maxRows {
		return nil, fmt.Errorf("%d rows; a skip index has at most %d", b.total, maxRows)
	}
	terms, arena, single := b.lists()
	buckets := 1
	for buckets*bucketTerms < len(terms) {
		buckets *= 2
	}
	shift := uint(64)
	for m := buckets; m > 1; m /= 2 {
		shift--
	}
	terms, arena, single = promote(terms, arena, single, shift, b.total)
	// Lists that several terms have (a session, its device and its user) are
	// kept once.
	times := map[uint64]int{}
	for _, t := range terms {
		if t.upTo-t.from > sharedFrom {
			times[xxhash.Sum64(arena[t.from:t.upTo])]++
		}
	}
	var sections [numSections][]byte
	offsets := make([]byte, 0, 4*(buckets+1))
	var body, shared []byte
	at := map[string]int{}
	next := 0
	for _, t := range terms {
		text := arena[t.from:t.upTo]
		for bucket := bucketOf(t.hash, shift); next <= bucket; next++ {
			offsets = binary.LittleEndian.AppendUint32(offsets, uint32(len(body)))
		}
		body = binary.LittleEndian.AppendUint16(body, tagOf(t.hash))
		switch {
		case len(text) == 0:
			body = append(body, tagEverywhere)
		case len(text) > sharedFrom && times[xxhash.Sum64(text)] > 1:
			where, known := at[string(text)]
			if !known {
				where = len(shared)
				at[string(text)] = where
				shared = append(shared, text...)
			}
			body = append(body, tagShared)
			body = binary.AppendUvarint(body, uint64(where))
			body = binary.AppendUvarint(body, uint64(len(text)))
		default:
			body = binary.AppendUvarint(body, uint64(tagList+len(text)))
			body = append(body, text...)
		}
	}
	for ; next <= buckets; next++ {
		offsets = binary.LittleEndian.AppendUint32(offsets, uint32(len(body)))
	}
	sections[sectionBuckets], sections[sectionTerms], sections[sectionShared] = offsets, body, shared
	sections[sectionMeta] = b.meta()

	file := make([]byte, headerSize)
	copy(file, magic)
	binary.LittleEndian.PutUint64(file[16:], uint64(b.total))
	binary.LittleEndian.PutUint32(file[24:], uint32(buckets))
	if len(single) > 0 {
		for i := range single {
			single[i] = single[i] / maxRows * maxRows // without the row
		}
		filter, err := xorfilter.NewBinaryFuse[uint8](single)
		if err != nil {
			return nil, err
		}
		sections[sectionFilter] = filter.Fingerprints
		binary.LittleEndian.PutUint64(file[28:], filter.Seed)
		binary.LittleEndian.PutUint32(file[36:], filter.SegmentLength)
		binary.LittleEndian.PutUint32(file[40:], filter.SegmentCount)
	}
	for i, s := range sections {
		binary.LittleEndian.PutUint64(file[64+16*i:], uint64(len(file)))
		binary.LittleEndian.PutUint64(file[72+16*i:], uint64(len(s)))
		file = append(file, s...)
	}
	return seal(file), nil
}

// sharedFrom is the length from which on sharing a list is worth its place.
const sharedFrom = 6

func bucketOf(hash uint64, shift uint) int {
	if shift == 64 {
		return 0
	}
	return int(hash >> shift)
}

// tagOf are the bits of a hash that tell the terms of a bucket apart. Two may
// have the same; then both lists are read.
func tagOf(hash uint64) uint16 { return uint16(hash >> (64 - hashBits)) }

// promote gives lists to those terms of one row that the terms of their bucket
// cannot be told from: who asks for one would be given the rows of the other.
func promote(terms []term, arena []byte, single []uint64, shift uint, total int) ([]term, []byte, []uint64) {
	var more []term
	kept := single[:0]
	first := 0 // of the bucket's terms
	for _, s := range single {
		bucket, tag := bucketOf(s, shift), tagOf(s)
		for first < len(terms) && bucketOf(terms[first].hash, shift) < bucket {
			first++
		}
		same := false
		for i := first; i < len(terms) && !same && bucketOf(terms[i].hash, shift) == bucket; i++ {
			same = tagOf(terms[i].hash) == tag
		}
		if !same {
			kept = append(kept, s)
			continue
		}
		from := len(arena)
		arena = appendList(arena, []uint32{uint32(s % maxRows)}, 0, total)
		more = append(more, term{s / maxRows * maxRows, uint32(from), uint32(len(arena))})
	}
	if more != nil {
		terms = append(terms, more...)
		slices.SortStableFunc(terms, func(x, y term) int { return cmp.Compare(x.hash, y.hash) })
	}
	return terms, arena, kept
}

// seal fills in the header's sums and adds the table of CRCs.
func seal(file []byte) []byte {
	length := len(file)
	binary.LittleEndian.PutUint64(file[44:], uint64(length))
	// The first page's CRC does not cover the header, which has its own.
	var table []byte
	for at := 0; at < length; at += checkSize {
		page := file[max(at, headerSize):min(at+checkSize, length)]
		table = binary.LittleEndian.AppendUint32(table, crc32.Checksum(page, castagnoli))
	}
	binary.LittleEndian.PutUint32(file[52:], crc32.Checksum(table, castagnoli))
	binary.LittleEndian.PutUint32(file[252:], crc32.Checksum(file[:252], castagnoli))
	return append(file, table...)
}

// meta writes the times of the pages; the names of the text fields whose
// words are all folded; of each kind its name, its rows, and the
// names and the rows of its columns; and for each listed field its name, the
// number of its values and of the rows that have one, and each value with its
// rows.
func (b *Builder) meta() []byte {
	var m []byte
	m = binary.AppendUvarint(m, uint64(len(b.times)))
	for _, t := range b.times {
		m = binary.LittleEndian.AppendUint64(m, uint64(t[0]))
		m = binary.LittleEndian.AppendUint64(m, uint64(t[1]))
	}
	text := func(s string) {
		m = binary.AppendUvarint(m, uint64(len(s)))
		m = append(m, s...)
	}
	for _, f := range texts {
		if !b.cased[f] {
			text(f.Name())
		}
	}
	text("")
	m = binary.AppendUvarint(m, uint64(len(b.kinds)))
	for _, k := range b.kinds {
		text(k.Name)
		m = binary.AppendUvarint(m, uint64(k.Rows))
		m = binary.AppendUvarint(m, uint64(len(k.Columns)))
		for _, name := range slices.Sorted(maps.Keys(k.Columns)) {
			text(name)
			m = binary.AppendUvarint(m, uint64(k.Columns[name]))
		}
	}
	for _, f := range listed {
		v := &b.values[f]
		if v.many {
			continue
		}
		text(f.Name())
		m = binary.AppendUvarint(m, uint64(v.rows))
		m = binary.AppendUvarint(m, uint64(len(v.list)))
		for i, s := range v.list {
			text(s)
			m = binary.AppendUvarint(m, uint64(v.count[i]))
		}
	}
	return m
}
