package cells

import "encoding/binary"

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
	p := &r.texts[column]
	if row < p.first || row >= p.end {
		if err := r.openText(p, column, row); err != nil {
			return "", err
		}
	}
	n := row - p.first + 1
	if p.numbers != nil {
		n = int64(bits(p.numbers, row-p.first, p.width))
	}
	if n == 0 {
		return "", nil
	}
	text := p.texts[p.ends[n-1]:p.ends[n]]
	if p.packed {
		return p.symbols.unpack(text), nil
	}
	return string(text), nil
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
		end += uint32(bits(lengths, i, lengthBits))
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

func (s *symbols) unpack(packed []byte) string {
	length := 0
	for i := 0; i < len(packed); i++ {
		if packed[i] == escape {
			i++
			length++
		} else {
			length += int(s.length[packed[i]])
		}
	}
	text := make([]byte, 0, length+8)
	for i := 0; i < len(packed); i++ {
		if c := packed[i]; c == escape {
			i++
			text = append(text, packed[i])
		} else {
			text = append(text, s.value[c][:]...)[:len(text)+int(s.length[c])]
		}
	}
	return string(text)
}
