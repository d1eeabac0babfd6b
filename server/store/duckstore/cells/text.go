package cells

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
)

// A textPiece is a piece of texts that was read last of its column. It has a
// header, the dictionary's texts one after the other, FSST's table of symbols,
// the lengths of the texts, and of each row the number of its text; the
// lengths and numbers are packed. Text 0 is null.
type textPiece struct {
	first, end int64 // rows
	texts      []byte
	ends       []uint32 // of each text
	numbers    []byte   // nil: of row i it is i+1
	width      uint
	packed     bool // by symbols
	symbols    symbols
}

// The modes of a piece.
const (
	modeTexts       = iota // as they are
	modeSymbols            // packed by symbols
	modeSymbolsOnly        // packed by symbols, one for each row
)

const textHeader = 16

// Text reads a text, "" where it is null.
func (r *Reader) Text(column int, row int64) (string, error) {
	p := r.textOf(column)
	if row < p.first || row >= p.end {
		if err := r.openText(p, column, row); err != nil {
			return "", err
		}
	}
	n := row - p.first + 1
	if p.numbers != nil {
		n = int64(p.number(row))
	}
	if n == 0 {
		return "", nil
	}
	return string(p.text(n, nil)), nil
}

// textOf gives what was read last of a column.
func (r *Reader) textOf(column int) *textPiece {
	for column >= len(r.texts) {
		r.texts = append(r.texts, nil)
	}
	if r.texts[column] == nil {
		r.texts[column] = new(textPiece)
	}
	return r.texts[column]
}

func (r *Reader) openText(p *textPiece, column int, row int64) error {
	piece, first, err := r.f.find(column, row)
	if err != nil {
		return err
	}
	b, err := r.f.piece(piece)
	if err != nil {
		return err
	}
	p.end = first // nothing, until all is read
	le := binary.LittleEndian
	size, count, table := int64(le.Uint32(b)), int64(le.Uint32(b[4:])), int64(le.Uint32(b[12:]))
	mode, lengthBits, numberBits := b[8], uint(b[9]), uint(b[10])
	if mode > modeSymbolsOnly || lengthBits > 32 || numberBits > 32 || count < 1 || count > int64(len(b)) {
		return errDamaged
	}
	align := func(n int64) int64 { return (n + 7) &^ 7 }
	packed := func(values int64, width uint) int64 { return (values + 31) / 32 * 32 * int64(width) / 8 }
	tableAt := align(textHeader + size)
	lengthsAt := align(tableAt + table)
	numbersAt := align(lengthsAt + packed(count, lengthBits))
	p.texts = b[textHeader : textHeader+size]
	p.numbers, p.width = nil, numberBits
	if mode == modeSymbolsOnly {
		if count != piece.Rows+1 {
			return errDamaged
		}
	} else {
		p.numbers = b[numbersAt : numbersAt+packed(piece.Rows, numberBits)]
	}
	lengths := b[lengthsAt:numbersAt]
	p.ends = p.ends[:0]
	end := uint32(0)
	for i := range count {
		end += uint32(unpackBits(lengths, i, lengthBits))
		p.ends = append(p.ends, end)
	}
	if p.packed = mode != modeTexts; p.packed {
		if err := p.symbols.read(b[tableAt : tableAt+table]); err != nil {
			return err
		}
	}
	p.first, p.end = first, first+piece.Rows
	return nil
}

// symbols is FSST's table: a byte of a packed text is the number of a symbol
// of up to 8 bytes, or 255 and a byte as it is.
type symbols struct {
	value  [256][8]byte
	length [256]uint8
}

const (
	tableHeader = 17
	escape      = 255
)

// read reads a table as FSST writes it: 8 bytes of its version, whether
// symbol 0 is the end of a text, how many symbols there are of the lengths 1
// to 8, and those, of the lengths 2 to 8 and then 1.
func (s *symbols) read(b []byte) error {
	if b[8]&1 != 0 {
		return errDamaged
	}
	n := 0
	at := b[tableHeader:]
	for k := 1; k <= 8; k++ {
		length := k&7 + 1
		for range b[9+k&7] {
			if n == escape {
				return errDamaged
			}
			s.value[n], s.length[n] = [8]byte{}, uint8(length)
			copy(s.value[n][:], at[:length])
			at = at[length:]
			n++
		}
	}
	for ; n < escape; n++ {
		s.length[n] = 0
	}
	return nil
}

// unpack writes a packed text behind dst.
func (s *symbols) unpack(dst, packed []byte) []byte {
	length := 0
	for i := 0; i < len(packed); i++ {
		if packed[i] == escape {
			i++
			length++
		} else {
			length += int(s.length[packed[i]])
		}
	}
	dst = slices.Grow(dst, length+8)
	for i := 0; i < len(packed); i++ {
		if c := packed[i]; c == escape {
			i++
			dst = append(dst, packed[i])
		} else {
			dst = append(dst, s.value[c][:]...)[:len(dst)+int(s.length[c])]
		}
	}
	return dst
}

// MostTexts is the most different texts of a piece that Where asks about: of
// more, a row is not cheaper than for DuckDB.
const MostTexts = 2048

// ErrMany says that a column has too many different texts.
var ErrMany = errors.New("there are too many different texts")

// Where sets in found, a bit for each row of the segment, those of the rows
// from to to-1 whose text in a column is one that holds; within, where it is
// not nil, are the rows that are in question. A text is good until holds
// returns, which is asked once for each different text of a piece, and never
// for null. Where no rows are named and a piece has more than MostTexts of
// them, the error is ErrMany.
func (r *Reader) Where(column int, from, to int64, within []uint64, holds func(text []byte) bool, found []uint64) error {
	p := r.textOf(column)
	var yes []bool
	var buf []byte
	ask := func(n int64) bool {
		text := p.text(n, buf[:0])
		if p.packed {
			buf = text
		}
		return holds(text)
	}
	for row := from; row < to; {
		if within != nil {
			if row = next(within, row, to); row == to {
				break
			}
		}
		if row < p.first || row >= p.end {
			if err := r.openText(p, column, row); err != nil {
				return err
			}
		}
		end := min(to, p.end)
		if within == nil && (p.numbers == nil || len(p.ends) > MostTexts) {
			return ErrMany
		}
		if within != nil {
			for ; row < end; row++ {
				if row = next(within, row, end); row == end {
					break
				}
				n := row - p.first + 1
				if p.numbers != nil {
					n = int64(p.number(row))
				}
				if n > 0 && ask(n) {
					found[row/64] |= 1 << (row % 64)
				}
			}
			continue
		}
		any := false
		yes = append(yes[:0], false)
		for n := int64(1); n < int64(len(p.ends)); n++ {
			y := ask(n)
			any = any || y
			yes = append(yes, y)
		}
		if any {
			p.which(row, end, yes, found)
		}
		row = end
	}
	return nil
}

// next is the first row of a set from a row on, to where there is none before.
func next(set []uint64, row, to int64) int64 {
	for row < to {
		if w := set[row/64] >> (row % 64); w != 0 {
			return min(row+int64(bits.TrailingZeros64(w)), to)
		}
		row = (row/64 + 1) * 64
	}
	return to
}

// which sets the rows from row to end-1 whose text's number is one of yes.
func (p *textPiece) which(row, end int64, yes []bool, found []uint64) {
	at, width, mask := uint64(row-p.first)*uint64(p.width), uint64(p.width), uint64(1)<<p.width-1
	b := p.numbers
	// As long as there are 8 bytes to be read at once.
	for ; row < end && at>>3+8 <= uint64(len(b)); row++ {
		if yes[binary.LittleEndian.Uint64(b[at>>3:])>>(at&7)&mask] {
			found[row/64] |= 1 << (row % 64)
		}
		at += width
	}
	for ; row < end; row++ {
		if yes[p.number(row)] {
			found[row/64] |= 1 << (row % 64)
		}
	}
}

// number is the number of a row's text, in a piece that has numbers.
func (p *textPiece) number(row int64) uint64 {
	at := (row - p.first) * int64(p.width)
	if b := p.numbers[at>>3:]; len(b) >= 8 {
		return binary.LittleEndian.Uint64(b) >> (at & 7) & (1<<p.width - 1) // of at most 32 bits
	}
	return unpackBits(p.numbers, row-p.first, p.width)
}

// text is a text by its number, which is not 0; where it is packed, it is
// written into buf.
func (p *textPiece) text(n int64, buf []byte) []byte {
	text := p.texts[p.ends[n-1]:p.ends[n]]
	if p.packed {
		return p.symbols.unpack(buf, text)
	}
	return text
}
