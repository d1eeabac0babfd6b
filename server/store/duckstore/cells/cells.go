// Package cells reads single values of a sealed segment straight from its
// file, without DuckDB.
//
// DuckDB reads vectors of 2,048 rows, and of a text column the dictionary of
// the whole block before that: 150 us for one value of a column whose values
// never come again. What a log tracker does all day is to read a hundred rows
// from a hundred places, so that takes longer than finding them. Here one
// value costs its own decoding: microseconds.
//
// It reads the compressions that DuckDB 1.4 chooses for our columns, as they
// lie in a file that is never written to again: DICT_FSST for texts, and
// BitPacking and RLE for numbers, or none. A column with any other is not read
// here, and the caller asks DuckDB. So it is with a block whose checksum is
// wrong, and with one that contradicts itself: DuckDB then says what is
// damaged. Nulls are not told apart from what stands in their place: a text
// that is null is read as "", and of a number the caller must know that it is
// there.
package cells

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// A Piece is some rows of one column, as they lie in a block of the file.
type Piece struct {
	Column int    // the caller's number of the column, from 0 on
	Rows   int64  // pieces of a column follow each other
	Block  int64  // DuckDB's number of the block
	Offset int64  // in the block
	Form   string // the name of its compression
	Width  int    // bytes of a number; 0 for texts
}

// A File is a sealed segment's file, mapped. It may be used by several
// goroutines at a time.
type File struct {
	text    []byte
	mapped  bool
	block   int64 // bytes
	columns []column
	whole   []atomic.Bool // by block: its checksum is right
}

// A column is the pieces of one, and the row after the last of each.
type column struct {
	pieces []Piece
	ends   []int64
}

// The layout of a DuckDB file: a header and two headers of the database, of
// which the one with the greater iteration counts, and the blocks, each behind
// its checksum.
const (
	headerBytes = 4096
	firstBlock  = 3 * headerBytes
	sumBytes    = 8
	maxBlock    = 1 << 20
)

var errForm = errors.New("the file is of a form that is not read without DuckDB")

// errDamaged says that what lies in a block contradicts itself or its checksum.
var errDamaged = errors.New("a block of the file cannot be read without DuckDB")

// Open maps a file, of which pieces says what lies where: those of one column
// in the order of rows. rows is the number that each column has.
func Open(path string, pieces []Piece, rows int64) (*File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() < firstBlock || info.Size() > 1<<40 {
		return nil, errForm
	}
	text, err := unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	f, err := of(text, pieces, rows)
	if err != nil {
		return nil, errors.Join(err, unix.Munmap(text))
	}
	f.mapped = true
	runtime.AddCleanup(f, func(text []byte) { unix.Munmap(text) }, text)
	return f, nil
}

func of(text []byte, pieces []Piece, rows int64) (*File, error) {
	f := &File{text: text}
	if err := guarded(f.header); err != nil {
		return nil, err
	}
	f.place(pieces, rows)
	return f, nil
}

func (f *File) header() error {
	le := binary.LittleEndian
	if string(f.text[8:12]) != "DUCK" {
		return errForm
	}
	at := headerBytes
	if le.Uint64(f.text[2*headerBytes+8:]) > le.Uint64(f.text[headerBytes+8:]) {
		at = 2 * headerBytes
	}
	f.block = int64(le.Uint64(f.text[at+40:]))
	if f.block < headerBytes || f.block > maxBlock || f.block&(f.block-1) != 0 {
		return errForm
	}
	f.whole = make([]atomic.Bool, (int64(len(f.text))-firstBlock)/f.block)
	return nil
}

// place sorts the pieces by column, and leaves out columns that are not read
// here.
func (f *File) place(pieces []Piece, rows int64) {
	for _, p := range pieces {
		for p.Column >= len(f.columns) {
			f.columns = append(f.columns, column{})
		}
		c := &f.columns[p.Column]
		from := int64(0)
		if n := len(c.ends); n > 0 {
			from = c.ends[n-1]
		}
		c.pieces, c.ends = append(c.pieces, p), append(c.ends, from+p.Rows)
	}
	for i := range f.columns {
		c := &f.columns[i]
		known := len(c.ends) > 0 && c.ends[len(c.ends)-1] == rows
		for _, p := range c.pieces {
			known = known && f.reads(&p)
		}
		if !known {
			*c = column{}
		}
	}
}

// reads says whether a piece can be read here.
func (f *File) reads(p *Piece) bool {
	if p.Rows <= 0 || p.Block < 0 || p.Block >= int64(len(f.whole)) || p.Offset < 0 || p.Offset >= f.block-sumBytes {
		return false
	}
	switch p.Form {
	case "DICT_FSST":
		return p.Width == 0
	case "BitPacking", "RLE", "Uncompressed":
		return p.Width == 1 || p.Width == 8
	}
	return false
}

// Has says whether a column can be read.
func (f *File) Has(column int) bool {
	return column < len(f.columns) && len(f.columns[column].pieces) > 0
}

// piece gives the bytes of a block from a piece's beginning on.
func (f *File) piece(p *Piece) ([]byte, error) {
	from := firstBlock + p.Block*f.block
	block := f.text[from : from+f.block]
	if !f.whole[p.Block].Load() {
		if sum(block[sumBytes:]) != binary.LittleEndian.Uint64(block) {
			return nil, errDamaged
		}
		f.whole[p.Block].Store(true)
	}
	return block[sumBytes+p.Offset:], nil
}

// sum is DuckDB's checksum of a block, whose length is a multiple of 8.
func sum(b []byte) uint64 {
	s := uint64(5381)
	for ; len(b) >= 8; b = b[8:] {
		s ^= binary.LittleEndian.Uint64(b) * 0xbf58476d1ce4e5b9
	}
	return s
}

// guarded runs do. Reading beyond a block, which its contents must not ask
// for, and reading a file that was cut after it was mapped, are errors.
func guarded(do func() error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if x := recover(); x != nil {
			cause, ok := x.(runtime.Error)
			if !ok {
				panic(x)
			}
			err = errors.Join(errDamaged, cause)
		}
	}()
	return do()
}

// A Reader reads values of rows, best in ascending order. It is for one
// goroutine.
type Reader struct {
	f       *File
	texts   []*textPiece // by column, nil where none was read
	numbers []numberPiece
}

// Read calls do with a Reader, which is good until do returns. An error of the
// Reader's that do returns, or a fault while it read, means that DuckDB is to
// be asked.
func (f *File) Read(do func(*Reader) error) error {
	r := &Reader{f: f, numbers: make([]numberPiece, len(f.columns))}
	err := guarded(func() error { return do(r) })
	if f.mapped {
		// What was read stays in the kernel's cache, and is no memory of ours.
		_ = unix.Madvise(f.text, unix.MADV_DONTNEED)
	}
	runtime.KeepAlive(f)
	return err
}

// find gives the piece that has a row of a column, and its first row.
func (f *File) find(column int, row int64) (p *Piece, first int64, err error) {
	if !f.Has(column) {
		return nil, 0, errForm
	}
	c := &f.columns[column]
	i, _ := slices.BinarySearch(c.ends, row+1)
	if row < 0 || i == len(c.ends) {
		return nil, 0, errDamaged
	}
	if i > 0 {
		first = c.ends[i-1]
	}
	return &c.pieces[i], first, nil
}

// unpackBits reads width bits, up to 64, of a little-endian stream of values that
// are so long.
func unpackBits(b []byte, i int64, width uint) uint64 {
	if width == 0 {
		return 0
	}
	at := i * int64(width)
	b = b[at>>3:]
	shift := uint(at & 7)
	if len(b) < 9 {
		var padded [16]byte
		copy(padded[:], b[:(shift+width+7)/8])
		b = padded[:]
	}
	v := binary.LittleEndian.Uint64(b) >> shift
	if shift+width > 64 {
		v |= uint64(b[8]) << (64 - shift)
	}
	return v & (1<<width - 1)
}
