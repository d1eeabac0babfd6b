package skip

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"runtime"
	"runtime/debug"
	"sync/atomic"

	"github.com/FastFilter/xorfilter"
	"golang.org/x/sys/unix"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// A Reader answers from one file. It may be used by several goroutines at a
// time. A nil Reader knows nothing: it rules nothing out.
type Reader struct {
	text    []byte // the whole file
	length  int    // of what is checked page by page
	rows    int64
	buckets int
	shift   uint
	section [numSections][]byte
	offset  [numSections]int
	filter  xorfilter.BinaryFuse[uint8]
	times   [][2]int64
	values  map[event.Field]*Values
	kinds   []Kind
	folded  map[event.Field]bool

	checked []atomic.Bool // by page
	damaged atomic.Bool
}

// Values are those of a field with few of them.
type Values struct {
	List  []string
	Count []int64 // rows that have it
	Rows  int64   // rows that have any
}

// A Kind is the events of one kind: what a column that none of them has holds
// need not be read.
type Kind struct {
	Name    string           // "" for events without
	Rows    int64            // events of that kind
	Columns map[string]int64 // by the store's name of a column, how many have a value
}

// MaxKinds is the most kinds that are told apart.
const MaxKinds = 16

// Open maps a file and checks its header. An error says why it is of no use.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < headerSize || info.Size() > 1<<40 {
		return nil, fmt.Errorf("%s: %w", path, errVersion)
	}
	text, err := unix.Mmap(int(f.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	r, err := New(text)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), unix.Munmap(text))
	}
	runtime.AddCleanup(r, func(text []byte) { unix.Munmap(text) }, text)
	return r, nil
}

var (
	errVersion = errors.New("not a skip index of this version")
	errSum     = errors.New("its checksum is wrong")
	errShape   = errors.New("its header contradicts itself")
)

// New reads a file's bytes, which must not change while the Reader is used.
func New(text []byte) (r *Reader, err error) {
	defer unmapped(&err)
	if len(text) < headerSize || string(text[:len(magic)]) != magic {
		return nil, errVersion
	}
	le := binary.LittleEndian
	if crc32.Checksum(text[:252], castagnoli) != le.Uint32(text[252:]) {
		return nil, errSum
	}
	length := le.Uint64(text[44:])
	if length < headerSize || length > uint64(len(text)) {
		return nil, errShape
	}
	pages := (int(length) + checkSize - 1) / checkSize
	if len(text)-int(length) != 4*pages {
		return nil, errShape
	}
	if crc32.Checksum(text[length:], castagnoli) != le.Uint32(text[52:]) {
		return nil, errSum
	}
	rows := le.Uint64(text[16:])
	r = &Reader{text: text, length: int(length), rows: int64(rows), buckets: int(le.Uint32(text[24:])), checked: make([]atomic.Bool, pages), shift: 64}
	for i := range numSections {
		at, n := le.Uint64(text[64+16*i:]), le.Uint64(text[72+16*i:])
		if at > length || n > length-at {
			return nil, errShape
		}
		r.offset[i], r.section[i] = int(at), text[at:at+n:at+n]
	}
	if rows > 1<<31 || r.buckets < 1 || r.buckets&(r.buckets-1) != 0 || len(r.section[sectionBuckets]) != 4*(r.buckets+1) {
		return nil, errShape
	}
	for m := r.buckets; m > 1; m /= 2 {
		r.shift--
	}
	if prints := r.section[sectionFilter]; len(prints) > 0 {
		segment, count := le.Uint32(text[36:]), le.Uint32(text[40:])
		if segment == 0 || segment&(segment-1) != 0 || (uint64(count)+2)*uint64(segment) != uint64(len(prints)) {
			return nil, errShape
		}
		r.filter = xorfilter.BinaryFuse[uint8]{Seed: le.Uint64(text[28:]), SegmentLength: segment, SegmentLengthMask: segment - 1,
			SegmentCount: count, SegmentCountLength: count * segment, Fingerprints: prints}
	}
	if !r.check(sectionMeta, 0, len(r.section[sectionMeta])) {
		return nil, errSum
	}
	return r, r.readMeta()
}

// unmapped turns the fault that reading a file gives that was cut after it
// was mapped, or lies on a bad disk, into an error.
func unmapped(err *error) {
	if x := recover(); x != nil {
		fault, ok := x.(interface {
			error
			Addr() uintptr
		})
		if !ok {
			panic(x)
		}
		*err = fmt.Errorf("read the skip index: %w", error(fault))
	}
}

// guarded runs do; where the file is damaged, or cannot be read, the answer is
// unsure and the Reader damaged.
func (r *Reader) guarded(do func()) {
	if r.damaged.Load() {
		return
	}
	var err error
	func() {
		defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
		defer unmapped(&err)
		do()
	}()
	if err != nil {
		r.damaged.Store(true)
	}
	runtime.KeepAlive(r)
}

// Damaged says that a page was found whose checksum is wrong. What the Reader
// says is then still right, and rules out less and less.
func (r *Reader) Damaged() bool { return r != nil && r.damaged.Load() }

// Verify checks the whole file.
func (r *Reader) Verify() error {
	ok := false
	r.guarded(func() {
		ok = true
		for at := 0; at < r.length; at += checkSize {
			ok = r.checkPage(at/checkSize) && ok
		}
	})
	if !ok || r.damaged.Load() {
		return errSum
	}
	return nil
}

// check says whether the pages are whole that hold bytes from to to-1 of a
// section.
func (r *Reader) check(section, from, to int) bool {
	if from >= to {
		return true
	}
	for page := (r.offset[section] + from) / checkSize; page*checkSize < r.offset[section]+to; page++ {
		if !r.checked[page].Load() && !r.checkPage(page) {
			return false
		}
	}
	return true
}

func (r *Reader) checkPage(page int) bool {
	text := r.text[max(page*checkSize, headerSize):min((page+1)*checkSize, r.length)]
	if crc32.Checksum(text, castagnoli) != binary.LittleEndian.Uint32(r.text[r.length+4*page:]) {
		r.damaged.Store(true)
		return false
	}
	r.checked[page].Store(true)
	return true
}

// scanner reads the meta section.
type scanner struct {
	text []byte
	bad  bool
}

func (s *scanner) number() uint64 {
	v, n := binary.Uvarint(s.text)
	if n <= 0 {
		s.bad, s.text = true, nil
		return 0
	}
	s.text = s.text[n:]
	return v
}

func (s *scanner) string() string {
	n := s.number()
	if n > uint64(len(s.text)) {
		s.bad, s.text = true, nil
		return ""
	}
	v := string(s.text[:n])
	s.text = s.text[n:]
	return v
}

func (r *Reader) readMeta() error {
	s := scanner{text: r.section[sectionMeta]}
	pages := s.number()
	if pages != uint64(r.rows+PageRows-1)/PageRows || pages*16 > uint64(len(s.text)) {
		return errShape
	}
	for range pages {
		r.times = append(r.times, [2]int64{int64(binary.LittleEndian.Uint64(s.text)), int64(binary.LittleEndian.Uint64(s.text[8:]))})
		s.text = s.text[16:]
	}
	r.folded = map[event.Field]bool{}
	for name := s.string(); name != ""; name = s.string() {
		r.folded[event.FieldByName(name)] = true
	}
	kinds := s.number()
	if kinds > MaxKinds {
		return errShape
	}
	for range kinds {
		k := Kind{Name: s.string(), Rows: int64(s.number()), Columns: map[string]int64{}}
		n := s.number()
		if n > uint64(len(s.text)) {
			return errShape
		}
		for range n {
			name := s.string()
			k.Columns[name] = int64(s.number())
		}
		r.kinds = append(r.kinds, k)
	}
	r.values = map[event.Field]*Values{}
	for len(s.text) > 0 {
		f := event.FieldByName(s.string())
		v := &Values{Rows: int64(s.number())}
		n := s.number()
		if n > MaxValues {
			return errShape
		}
		for range n {
			v.List = append(v.List, s.string())
			v.Count = append(v.Count, int64(s.number()))
		}
		if f != event.NoField { // one of a later version
			r.values[f] = v
		}
	}
	if s.bad {
		return errShape
	}
	return nil
}

// Size is the length of the file.
func (r *Reader) Size() int64 {
	if r == nil {
		return 0
	}
	return int64(len(r.text))
}

// Rows is the number of rows of the segment.
func (r *Reader) Rows() int64 { return r.rows }

// Values gives the values of a field; nil when they are not listed, because
// there are many, or the field is no keyword.
func (r *Reader) Values(f event.Field) *Values {
	if r == nil {
		return nil
	}
	return r.values[f]
}

// Folded says that every word in a text field is as query.Fold gives it, so
// that letter case and width need not be thought of.
func (r *Reader) Folded(f event.Field) bool { return r != nil && r.folded[f] }

// Kinds lists the kinds of events; nil when there are too many.
func (r *Reader) Kinds() []Kind {
	if r == nil {
		return nil
	}
	return r.kinds
}

// Between gives the pages of rows that may hold a time of [from, to).
func (r *Reader) Between(from, to int64) []Range { return between(r.times, r.rows, from, to) }

// between is Between, by the least and the greatest time of each page.
func between(times [][2]int64, rows, from, to int64) []Range {
	var out []Range
	for i, t := range times {
		if t[0] >= to || t[1] < from {
			continue
		}
		at := int64(i) * PageRows
		if k := len(out); k > 0 && out[k-1].To == at {
			out[k-1].To = min(at+PageRows, rows)
		} else {
			out = append(out, Range{at, min(at+PageRows, rows)})
		}
	}
	return out
}

// MayValue says whether a value may stand in any id or who field.
func (r *Reader) MayValue(value string) bool {
	return r == nil || !r.value(query.Fold(value), Everywhere).None()
}

func (r *Reader) word(folded string, _ Rows) Rows { return r.term(hashTerm(wordTerm, folded)) }

func (r *Reader) pair(first, second string, _ Rows) Rows {
	return r.term(hashTerm(pairTerm, first+second))
}

// piece rules nothing out: which words have it is not known.
func (r *Reader) piece(string, Rows) Rows { return Everywhere }

func (r *Reader) value(folded string, _ Rows) Rows { return r.term(hashTerm(valueTerm, folded)) }

func (r *Reader) none(f event.Field) bool {
	v := r.Values(f)
	return v != nil && v.Rows == 0
}

// term gives the rows of a term: none, some, or, for one that stands in one
// row or nearly everywhere, all.
func (r *Reader) term(hash uint64) Rows {
	found := Everywhere
	r.guarded(func() { found = r.find(hash) })
	return found
}

func (r *Reader) find(hash uint64) Rows {
	b := bucketOf(hash, r.shift)
	offsets, terms := r.section[sectionBuckets], r.section[sectionTerms]
	if !r.check(sectionBuckets, 4*b, 4*b+8) {
		return Everywhere
	}
	from, to := binary.LittleEndian.Uint32(offsets[4*b:]), binary.LittleEndian.Uint32(offsets[4*b+4:])
	if from > to || uint64(to) > uint64(len(terms)) || !r.check(sectionTerms, int(from), int(to)) {
		return Everywhere
	}
	rows, listed := Rows{}, false
	for text := terms[from:to]; len(text) > 0; {
		if len(text) < 3 {
			return Everywhere
		}
		same := binary.LittleEndian.Uint16(text) == tagOf(hash)
		tag, n := binary.Uvarint(text[2:])
		if n <= 0 {
			return Everywhere
		}
		text = text[2+n:]
		var list []byte
		switch tag {
		case tagEverywhere:
			if same {
				return Everywhere
			}
		case tagShared:
			at, n := binary.Uvarint(text)
			if n <= 0 {
				return Everywhere
			}
			length, m := binary.Uvarint(text[n:])
			if m <= 0 {
				return Everywhere
			}
			text = text[n+m:]
			if same {
				shared := r.section[sectionShared]
				if at > uint64(len(shared)) || length > uint64(len(shared))-at || !r.check(sectionShared, int(at), int(at+length)) {
					return Everywhere
				}
				list = shared[at : at+length]
			}
		default:
			if tag-tagList > uint64(len(text)) {
				return Everywhere
			}
			list, text = text[:tag-tagList], text[tag-tagList:]
		}
		if same { // of two with one tag either may be meant
			rows, listed = rows.or(readList(list, r.rows)), true
		}
	}
	if listed {
		return rows
	}
	prints := r.section[sectionFilter]
	if len(prints) == 0 {
		return Rows{}
	}
	if !r.check(sectionFilter, 0, len(prints)) || r.filter.Contains(hash) {
		return Everywhere
	}
	return Rows{}
}
