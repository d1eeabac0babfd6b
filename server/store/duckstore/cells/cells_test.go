package cells

import (
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
)

const testBlock = 4096

// file writes a DuckDB file of one block.
func file(t testing.TB, block []byte, pieces ...Piece) *File {
	t.Helper()
	text := make([]byte, firstBlock+testBlock)
	copy(text[8:], "DUCK")
	for i, iteration := range []uint64{7, 6} {
		at := headerBytes * (i + 1)
		binary.LittleEndian.PutUint64(text[at+8:], iteration)
		binary.LittleEndian.PutUint64(text[at+40:], testBlock)
	}
	copy(text[firstBlock+sumBytes:], block)
	binary.LittleEndian.PutUint64(text[firstBlock:], sum(text[firstBlock+sumBytes:]))
	f, err := of(text, pieces, pieces[0].Rows)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// pack is the opposite of unpackBits.
func pack(width uint, values ...uint64) []byte {
	out := make([]byte, (len(values)+31)/32*32*int(width)/8)
	for i, v := range values {
		for k := range width {
			at := uint(i)*width + k
			out[at/8] |= byte(v>>k&1) << (at % 8)
		}
	}
	return out
}

func TestBitsAreReadAsTheyWerePacked(t *testing.T) {
	for width := uint(1); width <= 64; width++ {
		var values []uint64
		for i := range uint64(70) {
			values = append(values, i*0x9E3779B97F4A7C15>>(64-width))
		}
		packed := pack(width, values...)
		for i, want := range values {
			if got := unpackBits(packed, int64(i), width); got != want {
				t.Fatalf("width %d, value %d: %x, want %x", width, i, got, want)
			}
		}
	}
}

// texts is a piece of four rows: Hello, null, abab, Hello; packed by the
// symbols ab and l.
func texts() []byte {
	var b []byte
	b = binary.LittleEndian.AppendUint32(b, 11) // the dictionary
	b = binary.LittleEndian.AppendUint32(b, 3)
	b = append(b, modeSymbols, 4, 2, 0)
	b = binary.LittleEndian.AppendUint32(b, tableHeader+3)
	b = append(b, escape, 'H', escape, 'e', 1, 1, escape, 'o', 0, 0, 0) // the last means nothing
	b = append(b, make([]byte, 5)...)
	table := make([]byte, tableHeader)
	table[9] = 1 // one symbol of one byte
	table[10] = 1
	b = append(b, append(table, "abl"...)...)
	b = append(b, make([]byte, 4)...)
	b = append(b, pack(4, 0, 8, 2)...)
	return append(b, pack(2, 1, 0, 2, 1)...)
}

func readTexts(f *File, rows int64) (got []string, err error) {
	err = f.Read(func(r *Reader) error {
		for row := range rows {
			s, err := r.Text(0, row)
			if err != nil {
				return err
			}
			got = append(got, s)
		}
		return nil
	})
	return got, err
}

func TestTextsAreReadByTheirSymbols(t *testing.T) {
	f := file(t, texts(), Piece{0, 4, 0, 0, "DICT_FSST", 0})
	got, err := readTexts(f, 4)
	if want := []string{"Hello", "", "abab", "Hello"}; err != nil || !slices.Equal(got, want) {
		t.Fatalf("%q, %v; want %q", got, err, want)
	}
	if err := f.Read(func(r *Reader) error { _, err := r.Text(0, 4); return err }); !errors.Is(err, errDamaged) {
		t.Fatalf("a row that is not there: %v", err)
	}
}

func TestTheRowsOfATextAreFound(t *testing.T) {
	f := file(t, texts(), Piece{0, 4, 0, 0, "DICT_FSST", 0})
	asked := 0
	hello := func(text []byte) bool { asked++; return string(text) == "Hello" }
	for _, c := range []struct {
		from, to int64
		within   []uint64
		want     uint64
		asked    int
	}{
		{0, 4, nil, 0b1001, 2},
		{1, 4, nil, 0b1000, 2},
		{0, 4, []uint64{0b1110}, 0b1000, 2},
		{0, 3, []uint64{0b1110}, 0, 1},
		{0, 4, []uint64{0}, 0, 0},
	} {
		found := make([]uint64, 1)
		asked = 0
		err := f.Read(func(r *Reader) error { return r.Where(0, c.from, c.to, c.within, hello, found) })
		if err != nil || found[0] != c.want || asked != c.asked {
			t.Errorf("rows %d to %d within %b: %b, asked %d times, %v; want %b, %d times", c.from, c.to, c.within, found[0], asked, err, c.want, c.asked)
		}
	}
}

func TestABlockWhoseChecksumIsWrongIsNotRead(t *testing.T) {
	for _, bit := range []int{0, 200, 8 * 100, 8 * 4000} {
		good := file(t, texts(), Piece{0, 4, 0, 0, "DICT_FSST", 0})
		text := slices.Clone(good.text)
		text[firstBlock+bit/8] ^= 1 << (bit % 8)
		bad := &File{text: text, block: testBlock, columns: good.columns, whole: make([]atomic.Bool, 1)}
		if _, err := readTexts(bad, 4); !errors.Is(err, errDamaged) {
			t.Errorf("bit %d: %v", bit, err)
		}
	}
}

func TestAFileThatIsCutAfterItWasMappedIsAnErrorAndNoCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	whole := file(t, texts(), Piece{0, 4, 0, 0, "DICT_FSST", 0}).text
	if err := os.WriteFile(path, whole, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(path, []Piece{{0, 4, 0, 0, "DICT_FSST", 0}}, 4)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(path, firstBlock); err != nil {
		t.Fatal(err)
	}
	if _, err := readTexts(f, 4); !errors.Is(err, errDamaged) {
		t.Fatal(err)
	}
}

func TestWhatIsNotReadHereIsSaid(t *testing.T) {
	for name, pieces := range map[string][]Piece{
		"another compression":       {{0, 4, 0, 0, "ZSTD", 0}},
		"a block beyond the end":    {{0, 4, 1, 0, "DICT_FSST", 0}},
		"no block":                  {{0, 4, -1, 0, "DICT_FSST", 0}},
		"rows that are missing":     {{0, 3, 0, 0, "DICT_FSST", 0}},
		"a number of another width": {{0, 4, 0, 0, "BitPacking", 4}},
	} {
		f := file(t, texts(), Piece{0, 4, 0, 0, "DICT_FSST", 0})
		f.columns = nil
		if f.place(pieces, 4); f.Has(0) {
			t.Errorf("%s is read", name)
		}
	}
	path := filepath.Join(t.TempDir(), "x")
	for _, text := range [][]byte{nil, make([]byte, firstBlock), []byte("DUCK")} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(path, nil, 0); err == nil {
			t.Errorf("a file of %d bytes is taken", len(text))
		}
	}
}

// FuzzPiece reads blocks whose checksums are right and whose contents are
// anything.
func FuzzPiece(f *testing.F) {
	f.Add(texts(), uint8(0), uint16(4))
	line := binary.LittleEndian.AppendUint64(nil, 12)
	line = binary.LittleEndian.AppendUint32(line, groupLine<<24|12)
	line = binary.LittleEndian.AppendUint64(line, 5)
	line = binary.LittleEndian.AppendUint64(line, 3)
	f.Add(line, uint8(1), uint16(100))
	runs := binary.LittleEndian.AppendUint64(nil, 16)
	runs = binary.LittleEndian.AppendUint64(runs, 9)
	f.Add(binary.LittleEndian.AppendUint16(runs, 100), uint8(3), uint16(100))
	f.Add([]byte("as they are"), uint8(5), uint16(2))
	forms := []Piece{{0, 0, 0, 0, "DICT_FSST", 0}, {0, 0, 0, 0, "BitPacking", 8}, {0, 0, 0, 0, "BitPacking", 1},
		{0, 0, 0, 0, "RLE", 8}, {0, 0, 0, 0, "RLE", 1}, {0, 0, 0, 0, "Uncompressed", 8}}
	f.Fuzz(func(t *testing.T, block []byte, form uint8, rows uint16) {
		if len(block) > testBlock-sumBytes || rows == 0 {
			return
		}
		p := forms[int(form)%len(forms)]
		p.Rows = int64(rows)
		x := file(t, block, p)
		_ = x.Read(func(r *Reader) error {
			for row := range p.Rows {
				var err error
				if p.Width == 0 {
					_, err = r.Text(0, row)
				} else {
					_, err = r.Bits(0, row)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func TestNumbersAreReadInEveryForm(t *testing.T) {
	le := binary.LittleEndian
	group := func(mode uint32, words ...uint64) []byte {
		b := le.AppendUint64(nil, 12)
		b = le.AppendUint32(b, mode<<24|12)
		for _, w := range words {
			b = le.AppendUint64(b, w)
		}
		return b
	}
	runs := le.AppendUint64(nil, 24)
	runs = le.AppendUint64(le.AppendUint64(runs, 9), 4)
	for name, c := range map[string]struct {
		form  string
		block []byte
		want  []uint64
	}{
		"constant":    {"BitPacking", group(groupConstant, 7), []uint64{7, 7, 7}},
		"line":        {"BitPacking", group(groupLine, 7, 3), []uint64{7, 10, 13}},
		"offsets":     {"BitPacking", append(group(groupOffsets, 100, 5), pack(5, 0, 31, 1)...), []uint64{100, 131, 101}},
		"distances":   {"BitPacking", append(group(groupDistances, math.MaxUint64, 2, 50), pack(2, 1, 3, 0)...), []uint64{50, 52, 51}},
		"runs":        {"RLE", le.AppendUint16(le.AppendUint16(runs, 2), 1), []uint64{9, 9, 4}},
		"as they are": {"Uncompressed", le.AppendUint64(le.AppendUint64(le.AppendUint64(nil, 5), 6), 1<<63), []uint64{5, 6, 1 << 63}},
	} {
		f := file(t, c.block, Piece{0, 3, 0, 0, c.form, 8})
		var got []uint64
		err := f.Read(func(r *Reader) error {
			for row := range int64(3) {
				n, err := r.Bits(0, row)
				if err != nil {
					return err
				}
				got = append(got, n)
			}
			return nil
		})
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, c.want)
		}
	}
}
