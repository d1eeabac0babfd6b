package skip

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/FastFilter/xorfilter"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// A Builder makes the index of one segment.
type Builder struct {
	total int // rows that the segment has
	row   uint32

	// The terms, by their hashes.
	table  []entry // an open one
	terms  int     // in it
	lists  []list
	chunks []chunk
	coarse uint32 // rows from which on a list is of blocks anyhow

	times  [][2]int64
	values [event.NumFields]values
	kinds  []Kind
	cased  [event.NumFields]bool // text fields with a word that is not as Fold gives it
	fold   []byte
}

// An entry is a term; its hash is not 0. A term of one row has no list.
type entry struct {
	hash uint64
	last uint32 // row
	list uint32 // one more than the place in lists
}

// A list is the rows of a term: distances as varints, in a chain of chunks.
// From some number of rows on it has the first one of each block only.
type list struct {
	head, tail   uint32
	rows, pushed uint32
	last         uint32 // that was pushed
	used         uint8  // bytes of the tail
}

type chunk struct {
	next uint32
	data [chunkBytes]byte
}

const chunkBytes = 12

// values are those of one field.
type values struct {
	at    map[string]int
	list  []string
	count []int64 // rows
	last  int
	bytes int
	many  bool // more than are listed
	rows  int64
}

// NewBuilder begins the index of a segment of so many rows.
func NewBuilder(rows int) *Builder {
	size := 1 << 10
	for size < rows && size < 1<<20 {
		size *= 2
	}
	b := &Builder{total: rows, table: make([]entry, size), coarse: uint32(max(rows/coarsest, fewRows)), times: make([][2]int64, (rows+PageRows-1)/PageRows)}
	for i := range b.times {
		b.times[i] = [2]int64{math.MaxInt64, math.MinInt64}
	}
	return b
}

// Add adds a row, of a greater number than the ones before and less than the
// number of rows. It keeps nothing of e, and needs of it the time, the id and
// the keyword and text fields.
func (b *Builder) Add(row int, e *event.Event) {
	b.row = uint32(row)
	page := &b.times[row/PageRows]
	page[0], page[1] = min(page[0], e.Time), max(page[1], e.Time)
	for _, f := range texts {
		if s := e.String(f); s != "" {
			b.text(f, s)
		}
	}
	if e.IDBase != "" {
		b.value(e.IDBase)
	}
	for _, f := range whos {
		if s := e.String(f); s != "" {
			b.value(s)
		}
	}
	for _, f := range listed {
		if s := e.String(f); s != "" {
			b.values[f].add(s)
		}
	}
}

// Kinds says which columns the events of each kind have.
func (b *Builder) Kinds(kinds []Kind) { b.kinds = kinds }

func (v *values) add(s string) {
	v.rows++
	if v.many {
		return
	}
	if v.last < len(v.list) && v.list[v.last] == s {
		v.count[v.last]++
		return
	}
	i, known := v.at[s]
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
	v.last = i
	v.count[i]++
}

// folded gives s as terms are compared, valid until the next call.
func (b *Builder) folded(s string) []byte {
	b.fold = append(b.fold[:0], s...)
	for i, c := range b.fold {
		if c >= utf8.RuneSelf {
			b.fold = append(b.fold[:0], query.Fold(s)...)
			break
		}
		if 'A' <= c && c <= 'Z' {
			b.fold[i] = c + 'a' - 'A'
		}
	}
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
func (b *Builder) term(hash uint64) {
	mask := uint64(len(b.table) - 1)
	for i := hash >> 1 & mask; ; i = (i + 1) & mask {
		e := &b.table[i]
		if e.hash != hash {
			if e.hash != 0 {
				continue
			}
			*e = entry{hash: hash, last: b.row}
			if b.terms++; 4*b.terms > 3*len(b.table) {
				b.grow()
			}
			return
		}
		if e.last == b.row {
			return
		}
		if e.list == 0 {
			b.chunks = append(b.chunks, chunk{})
			n := uint32(len(b.chunks) - 1)
			b.lists = append(b.lists, list{head: n, tail: n, rows: 1})
			e.list = uint32(len(b.lists))
			b.push(&b.lists[e.list-1], e.last)
		}
		e.last = b.row
		l := &b.lists[e.list-1]
		l.rows++
		if l.rows <= b.coarse || b.row>>coarseShift != l.last>>coarseShift {
			b.push(l, b.row)
		}
		return
	}
}

func (b *Builder) grow() {
	old := b.table
	b.table = make([]entry, 2*len(old))
	mask := uint64(len(b.table) - 1)
	for at := range old {
		if old[at].hash == 0 {
			continue
		}
		i := old[at].hash >> 1 & mask
		for b.table[i].hash != 0 {
			i = (i + 1) & mask
		}
		b.table[i] = old[at]
	}
}

func (b *Builder) push(l *list, row uint32) {
	v := row - l.last
	l.last = row
	l.pushed++
	for {
		if l.used == chunkBytes {
			b.chunks = append(b.chunks, chunk{})
			n := uint32(len(b.chunks) - 1)
			b.chunks[l.tail].next = n
			l.tail, l.used = n, 0
		}
		c := &b.chunks[l.tail]
		if v < 0x80 {
			c.data[l.used] = byte(v)
			l.used++
			return
		}
		c.data[l.used] = byte(v) | 0x80
		l.used++
		v >>= 7
	}
}

// blocks gives the blocks of 2^shift rows of a list.
func (b *Builder) blocks(dst []uint32, l *list, shift uint) []uint32 {
	row, v, bit := uint32(0), uint32(0), uint(0)
	at, used := l.head, 0
	for n := l.pushed; n > 0; {
		if used == chunkBytes {
			at, used = b.chunks[at].next, 0
		}
		c := b.chunks[at].data[used]
		used++
		v |= uint32(c&0x7F) << bit
		if bit += 7; c&0x80 != 0 {
			continue
		}
		row += v
		v, bit = 0, 0
		n--
		if k := len(dst); k == 0 || dst[k-1] != row>>shift {
			dst = append(dst, row>>shift)
		}
	}
	return dst
}

// The tags of a term in its bucket; what follows them.
const (
	tagEverywhere = iota // nothing
	tagShared            // where in the shared section, its length
	tagList              // from here on: the length of the list, and the list
)

// bucketTerms is about how many terms a bucket has.
const bucketTerms = 8

// Finish gives the file. The Builder is of no use afterwards.
func (b *Builder) Finish() ([]byte, error) {
	n := len(b.lists)
	buckets := 1
	for buckets*bucketTerms < n {
		buckets *= 2
	}
	// The terms of several rows in the order of their buckets, the others for
	// the filter.
	type term struct {
		hash uint64
		list uint32
	}
	terms := make([]term, 0, n)
	single := make([]uint64, 0, b.terms-n)
	for i := range b.table {
		switch e := &b.table[i]; {
		case e.hash == 0:
		case e.list > 0:
			terms = append(terms, term{e.hash, e.list - 1})
		default:
			single = append(single, e.hash)
		}
	}
	b.table = nil
	shift := uint(64)
	for m := buckets; m > 1; m /= 2 {
		shift--
	}
	slices.SortFunc(terms, func(x, y term) int { return cmp.Compare(x.hash, y.hash) })

	// Lists that several terms have (a session, its device and its user) are
	// kept once.
	encoded := make([][]byte, n)
	times := map[string]int{}
	var scratch []uint32
	var arena []byte
	for i := range b.lists {
		l := &b.lists[i]
		s := grain(int(l.rows), b.total)
		of := (b.total + 1<<s - 1) >> s
		if scratch = b.blocks(scratch[:0], l, s); everywhere(len(scratch), of) && s > 0 {
			continue
		}
		from := len(arena)
		arena = appendList(arena, scratch, s, of)
		encoded[i] = arena[from:len(arena):len(arena)]
		if len(encoded[i]) > sharedFrom {
			times[string(encoded[i])]++
		}
	}
	b.chunks, b.lists = nil, nil
	var sections [numSections][]byte
	offsets := make([]byte, 0, 4*(buckets+1))
	var body, shared []byte
	at := map[string]int{}
	next := 0
	for _, t := range terms {
		for bucket := bucketOf(t.hash, shift); next <= bucket; next++ {
			offsets = binary.LittleEndian.AppendUint32(offsets, uint32(len(body)))
		}
		body = binary.LittleEndian.AppendUint16(body, uint16(t.hash))
		text := encoded[t.list]
		switch {
		case text == nil:
			body = append(body, tagEverywhere)
		case len(text) > sharedFrom && times[string(text)] > 1:
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
