package skip

import (
	"bytes"
	"math"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/clewline/clewline/event"
	"github.com/clewline/clewline/query"
)

// Recent says the same as a Reader of a segment that is still being written
// to. It keeps the folded texts of the rows, one after the other, and looks
// through them: for what is written once and asked for a few times, that is
// far cheaper than lists of terms, and a part of a word is found as well.
//
// One goroutine may add while others ask; these know the rows that were there
// when they began. A nil Recent rules nothing out.
type Recent struct {
	mu    sync.RWMutex // guards what follows
	pages []page
}

// A page is PageRows rows, the last one perhaps fewer. What lies in text and
// ends is never written again.
type page struct {
	text        []byte
	ends        []uint32 // of each row's text
	first, last int64    // times
	values      *bloom   // of the ids and who fields
}

// A bloom is a Bloom filter of two bits a value. A page has up to ten thousand
// values, so that one in ten is looked for in vain.
type bloom [1 << 16 / 64]atomic.Uint64

// bits are where a hash has its two.
func (b *bloom) bits(hash uint64) (x, y uint64) {
	return hash >> (64 - hashBits) % (1 << 16), hash >> 48
}

func (b *bloom) add(hash uint64) {
	x, y := b.bits(hash)
	b[x/64].Or(1 << (x % 64))
	b[y/64].Or(1 << (y % 64))
}

func (b *bloom) has(hash uint64) bool {
	x, y := b.bits(hash)
	return b[x/64].Load()&(1<<(x%64)) != 0 && b[y/64].Load()&(1<<(y%64)) != 0
}

// end stands behind each text: no word has it, so none reaches into the next
// text.
const end = 0

// Add adds the rows that follow those before, of events but for those to
// skip. It keeps nothing of them.
func (r *Recent) Add(events []event.Event, skip []bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range events {
		if skip != nil && skip[i] {
			continue
		}
		k := len(r.pages) - 1
		if k < 0 || len(r.pages[k].ends) == PageRows {
			size := 0
			if k >= 0 {
				size = len(r.pages[k].text) + len(r.pages[k].text)/8 // the next is like it
			}
			r.pages = append(r.pages, page{text: make([]byte, 0, size), ends: make([]uint32, 0, PageRows), first: math.MaxInt64, last: math.MinInt64, values: new(bloom)})
			k++
		}
		r.pages[k].add(&events[i])
	}
}

func (p *page) add(e *event.Event) {
	for _, f := range texts {
		p.put(e.String(f))
	}
	for _, f := range whos {
		p.putValue(e.String(f))
	}
	p.putValue(e.ID())
	if e.Stream != "" {
		p.putValue(e.IDBase)
	}
	p.ends = append(p.ends, uint32(len(p.text)))
	p.first, p.last = min(p.first, e.Time), max(p.last, e.Time)
}

func (p *page) put(s string) {
	if s != "" {
		p.text = append(query.AppendFold(p.text, s), end)
	}
}

func (p *page) putValue(s string) {
	if s != "" {
		from := len(p.text)
		p.put(s)
		p.values.add(hashTerm(valueTerm, p.text[from:len(p.text)-1]))
	}
}

// snapshot gives the pages as they are now.
func (r *Recent) snapshot() []page {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return slices.Clone(r.pages)
}

// Candidates is Reader.Candidates.
func (r *Recent) Candidates(q *query.Query) Rows {
	if r == nil {
		return Everywhere
	}
	return candidates(pages(r.snapshot()), q)
}

// Between is Reader.Between.
func (r *Recent) Between(from, to int64) []Range {
	p := pages(r.snapshot())
	return between(p.times(), p.rows(), from, to)
}

// Rows is the number of rows.
func (r *Recent) Rows() int64 { return pages(r.snapshot()).rows() }

// pages are the pages of a Recent at some moment.
type pages []page

func (p pages) rows() int64 {
	if len(p) == 0 {
		return 0
	}
	return int64(len(p)-1)*PageRows + int64(len(p[len(p)-1].ends))
}

func (p pages) times() (times [][2]int64) {
	for i := range p {
		times = append(times, [2]int64{p[i].first, p[i].last})
	}
	return times
}

func (p pages) word(folded string, within Rows) Rows {
	return p.find(folded, within, nil, func(text []byte, from, to int) bool {
		return (from == 0 || !wordByte(text[from-1])) && !wordByte(text[to])
	})
}

// wordByte says that an ASCII character is surely a part of the word beside it.
func wordByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '_'
}

func (p pages) pair(first, second string, within Rows) Rows {
	rows := p.piece(first, within)
	return p.piece(second, rows) // between them may be a space
}

func (p pages) piece(folded string, within Rows) Rows {
	return p.find(folded, within, nil, func([]byte, int, int) bool { return true })
}

func (p pages) value(folded string, within Rows) Rows {
	hash := hashTerm(valueTerm, folded)
	may := func(page *page) bool { return page.values.has(hash) }
	return p.find(folded, within, may, func(text []byte, from, to int) bool {
		return (from == 0 || text[from-1] == end) && text[to] == end
	})
}

func (p pages) none(event.Field) bool { return false }

// find gives the rows within in which a text stands somewhere where it is
// right, of the pages that may have it; nil are all.
func (p pages) find(folded string, within Rows, may func(*page) bool, right func(text []byte, from, to int) bool) Rows {
	switch {
	case within.None():
		return Rows{}
	case folded == "":
		return Everywhere
	}
	needle := []byte(folded)
	b := make([]uint64, (p.rows()+63)/64)
	for k := range p {
		if may != nil && !may(&p[k]) {
			continue
		}
		p[k].find(needle, b[k*PageRows/64:], within.page(k), right)
	}
	return Rows{bits: b}.tidy()
}

// find sets the bits of the rows in which needle stands; within nil are all.
func (p *page) find(needle []byte, found, within []uint64, right func(text []byte, from, to int) bool) {
	if within == nil {
		// From one place to the next, wherever that is.
		row := 0
		for at := 0; ; {
			i := bytes.Index(p.text[at:], needle)
			if i < 0 {
				return
			}
			from := at + i
			if at = from + 1; !right(p.text, from, from+len(needle)) {
				continue
			}
			n, _ := slices.BinarySearch(p.ends[row:], uint32(from+1))
			row += n
			at = int(p.ends[row])
			found[row/64] |= 1 << (row % 64)
		}
	}
	for i, w := range within {
		for ; w != 0; w &= w - 1 {
			row := i*64 + bits.TrailingZeros64(w)
			if row >= len(p.ends) {
				return
			}
			at, to := 0, int(p.ends[row])
			if row > 0 {
				at = int(p.ends[row-1])
			}
			for at < to {
				i := bytes.Index(p.text[at:to], needle)
				if i < 0 {
					break
				}
				if at += i; right(p.text, at, at+len(needle)) {
					found[row/64] |= 1 << (row % 64)
					break
				}
				at++
			}
		}
	}
}
