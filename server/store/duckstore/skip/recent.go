package skip

import (
	"bytes"
	"math"
	"slices"
	"sync"

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
			r.pages = append(r.pages, page{text: make([]byte, 0, size), ends: make([]uint32, 0, PageRows), first: math.MaxInt64, last: math.MinInt64})
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
		p.put(e.String(f))
	}
	p.put(e.ID())
	if e.Stream != "" {
		p.put(e.IDBase)
	}
	p.ends = append(p.ends, uint32(len(p.text)))
	p.first, p.last = min(p.first, e.Time), max(p.last, e.Time)
}

func (p *page) put(s string) {
	if s != "" {
		p.text = append(query.AppendFold(p.text, s), end)
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

func (p pages) word(folded string) Rows {
	return p.find(folded, func(text []byte, from, to int) bool {
		return (from == 0 || !wordByte(text[from-1])) && !wordByte(text[to])
	})
}

// wordByte says that an ASCII character is surely a part of the word beside it.
func wordByte(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || c == '_'
}

func (p pages) pair(first, second string) Rows {
	return p.piece(first).and(p.piece(second)) // between them may be a space
}

func (p pages) piece(folded string) Rows {
	return p.find(folded, func([]byte, int, int) bool { return true })
}

func (p pages) value(folded string) Rows {
	return p.find(folded, func(text []byte, from, to int) bool {
		return (from == 0 || text[from-1] == end) && text[to] == end
	})
}

func (p pages) none(event.Field) bool { return false }

// find gives the rows in which a text stands somewhere where it is right.
func (p pages) find(folded string, right func(text []byte, from, to int) bool) Rows {
	if folded == "" {
		return Everywhere
	}
	needle := []byte(folded)
	b := make([]uint64, (p.rows()+63)/64)
	for k := range p {
		text, ends := p[k].text, p[k].ends
		row := 0
		for at := 0; ; {
			i := bytes.Index(text[at:], needle)
			if i < 0 {
				break
			}
			from := at + i
			if at = from + 1; !right(text, from, from+len(needle)) {
				continue
			}
			n, _ := slices.BinarySearch(ends[row:], uint32(from+1))
			row += n
			at = int(ends[row])
			b[(k*PageRows+row)/64] |= 1 << (row % 64)
		}
	}
	return Rows{bits: b}.tidy()
}
