package cells

import (
	"encoding/binary"
	"math"
)

// A numberPiece is a piece of numbers that was read last of its column.
type numberPiece struct {
	first, end int64 // rows
	piece      *Piece
	bytes      []byte
	runs       []int64 // of RLE: the row after each run's last
}

// Bits reads a whole number, or the bits of a floating one. Where it is null,
// what it gives means nothing.
func (r *Reader) Bits(column int, row int64) (uint64, error) {
	p := &r.numbers[column]
	if row < p.first || row >= p.end {
		piece, first, err := r.f.find(column, row)
		if err != nil {
			return 0, err
		}
		b, err := r.f.piece(piece)
		if err != nil {
			return 0, err
		}
		*p = numberPiece{first, first + piece.Rows, piece, b, nil}
	}
	switch p.piece.Form {
	case "BitPacking":
		return p.bitPacked(row - p.first)
	case "RLE":
		return p.run(row - p.first)
	case "Uncompressed":
		return p.load((row - p.first) * int64(p.piece.Width)), nil
	}
	return 0, errForm
}

// load reads a number of the piece's width.
func (p *numberPiece) load(at int64) uint64 {
	if p.piece.Width == 1 {
		return uint64(p.bytes[at])
	}
	return binary.LittleEndian.Uint64(p.bytes[at:])
}

// The modes of a group of packed numbers.
const (
	groupConstant  = 2
	groupLine      = 3 // the same distance from each to the next
	groupDistances = 4
	groupOffsets   = 5 // from the least
)

// groupRows is how many numbers are packed together.
const groupRows = 2048

// bitPacked reads of groups of numbers, of which each has a word of 4 bytes:
// its mode above where it begins. They stand before where the piece's first 8
// bytes point to, the last group's first.
func (p *numberPiece) bitPacked(row int64) (uint64, error) {
	words := int64(binary.LittleEndian.Uint64(p.bytes))
	word := binary.LittleEndian.Uint32(p.bytes[words-4*(row/groupRows+1):])
	at, wide := int64(word&0xffffff), int64(p.piece.Width)
	i := row % groupRows
	base := p.load(at)
	mask := uint64(math.MaxUint64) >> (64 - 8*wide)
	switch word >> 24 {
	case groupConstant:
		return base, nil
	case groupLine:
		return (base + uint64(i)*p.load(at+wide)) & mask, nil
	case groupOffsets:
		width := p.load(at + wide)
		if width > 64 {
			return 0, errDamaged
		}
		return (base + unpackBits(p.bytes[at+2*wide:], i, uint(width))) & mask, nil
	case groupDistances:
		width := p.load(at + wide)
		if width > 64 {
			return 0, errDamaged
		}
		v := p.load(at + 2*wide)
		for k := range i + 1 {
			v += base + unpackBits(p.bytes[at+3*wide:], k, uint(width))
		}
		return v & mask, nil
	}
	return 0, errForm
}

// run reads of runs of equal numbers: their values, from 8 bytes on, which
// point to their lengths of 2 bytes.
func (p *numberPiece) run(row int64) (uint64, error) {
	if p.runs == nil {
		lengths := p.bytes[binary.LittleEndian.Uint64(p.bytes):]
		for end := int64(0); end < p.end-p.first; lengths = lengths[2:] {
			n := int64(binary.LittleEndian.Uint16(lengths))
			if n == 0 {
				return 0, errDamaged
			}
			end += n
			p.runs = append(p.runs, end)
		}
	}
	k := 0
	for n := len(p.runs); k < n; { // the first run that ends behind the row
		if middle := (k + n) / 2; p.runs[middle] > row {
			n = middle
		} else {
			k = middle + 1
		}
	}
	return p.load(8 + int64(k)*int64(p.piece.Width)), nil
}
