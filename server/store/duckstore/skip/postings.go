package skip

import (
	"encoding/binary"
	"math/bits"
)

// A list of rows is kept as the blocks of 2^shift rows that they stand in:
// the number of blocks, the shift and the Rice parameter, and the distances
// from one block to the next in Rice's code.

// grain chooses how exactly n of total rows are kept. The rows of two rare
// words that stand in one event are few, and each false one costs the decoding
// of a page of 2,048 rows, so rare terms are worth their row numbers (11 bits
// a row at one row of a thousand); of frequent ones it is enough to know the
// block.
func grain(n, total int) uint {
	switch {
	case n*768 <= total || n <= fewRows:
		return 0
	case n*coarsest <= total:
		return 6
	}
	return coarseShift
}

// A term of more than one row in coarsest is kept by blocks of 2^coarseShift.
const (
	coarsest    = 320
	coarseShift = 7
	// fewRows are listed one by one in a segment of any size.
	fewRows = 8
)

// everywhere says that a list of so many blocks of so many is not worth
// keeping.
func everywhere(blocks, of int) bool { return blocks*5 > of*2 }

// appendList writes blocks, which ascend.
func appendList(dst []byte, blocks []uint32, shift uint, of int) []byte {
	// Rice's parameter: log2 of ln 2 times the mean distance.
	mean := uint(of) * 69 / 100 / uint(len(blocks))
	k := uint(0)
	if mean > 1 {
		k = uint(bits.Len(mean)) - 1
	}
	dst = binary.AppendUvarint(dst, uint64(len(blocks)))
	dst = append(dst, byte(shift<<5|k))
	var word uint64
	var used uint
	put := func(v uint64, n uint) {
		word |= v << used
		for used += n; used >= 8; used -= 8 {
			dst = append(dst, byte(word))
			word >>= 8
		}
	}
	last := -1
	for _, b := range blocks {
		gap := uint64(int(b) - last - 1)
		last = int(b)
		q := gap >> k
		for ; q >= 32; q -= 32 {
			put(1<<32-1, 32)
		}
		put(1<<q-1, uint(q)+1)
		put(gap&(1<<k-1), k)
	}
	if used > 0 {
		dst = append(dst, byte(word))
	}
	return dst
}

// readList reads a list into a set of total rows. What is damaged in a way
// that its CRC does not tell gives some set, and reads nothing beyond list.
func readList(list []byte, total int64) Rows {
	n, size := binary.Uvarint(list)
	if size <= 0 || size >= len(list) || n == 0 || n > uint64(total) {
		return Everywhere
	}
	shift, k := uint(list[size]>>5), uint(list[size]&31)
	list = list[size+1:]
	rows := make([]uint64, (total+63)/64)
	var word uint64
	var have uint
	fill := func() {
		for have <= 56 && len(list) > 0 {
			word |= uint64(list[0]) << have
			list = list[1:]
			have += 8
		}
	}
	last := int64(-1)
	for range n {
		gap := int64(0)
		for {
			fill()
			ones := min(uint(bits.TrailingZeros64(^word)), have)
			gap += int64(ones)
			word >>= ones
			have -= ones
			if have > 0 {
				break
			}
			if len(list) == 0 {
				return Everywhere
			}
		}
		word >>= 1
		have--
		fill()
		if k > have {
			return Everywhere
		}
		gap = gap<<k | int64(word&(1<<k-1))
		word >>= k
		have -= k
		last += gap + 1
		if last < 0 || last<<shift >= total {
			return Everywhere
		}
		set(rows, last<<shift, min((last+1)<<shift, total))
	}
	return Rows{bits: rows}
}
