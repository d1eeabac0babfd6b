package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/clewline/clewline/event"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// A row group ends with the first of these bounds: it is held in memory until
// then, and readers pass over whole groups.
const (
	groupRows  = 100_000
	groupBytes = 16 << 20
)

// maxDictionary is how large a column's dictionary may become. A column with
// more different values is written without one.
const maxDictionary = 1 << 20

// metadataKey names the entry of the file's metadata that holds the End.
const metadataKey = "clewline"

// A parquetFile writes one Parquet file. All columns are optional.
type parquetFile struct {
	w       *parquet.GenericWriter[any]
	columns []Column
	row     parquet.Row
	rows    int // of the group
	bytes   int
}

func newParquet(w io.Writer, columns []Column) *parquetFile {
	return &parquetFile{w: parquetWriter(w, schemaOf(columns)), columns: columns}
}

func parquetWriter(w io.Writer, schema *parquet.Schema) *parquet.GenericWriter[any] {
	return parquet.NewGenericWriter[any](w, schema,
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedDefault}),
		parquet.DictionaryMaxBytes(maxDictionary),
		parquet.CreatedBy("clewline", "", ""),
	)
}

// inOrder is a group whose fields stand in the order asked for; parquet's own
// sorts them by name.
type inOrder struct {
	parquet.Group
	names []string
}

// Fields gives the fields in order.
func (g inOrder) Fields() []parquet.Field {
	sorted := g.Group.Fields()
	byName := make(map[string]parquet.Field, len(sorted))
	for _, f := range sorted {
		byName[f.Name()] = f
	}
	fields := make([]parquet.Field, len(g.names))
	for i, name := range g.names {
		fields[i] = byName[name]
	}
	return fields
}

func schemaOf(columns []Column) *parquet.Schema {
	g := inOrder{parquet.Group{}, nil}
	for _, c := range columns {
		var node parquet.Node
		switch c.kind {
		case number:
			node = parquet.Leaf(parquet.DoubleType)
		case whole:
			node = parquet.Uint(64)
		case moment:
			node = parquet.Timestamp(parquet.Nanosecond)
		case list:
			node = parquet.List(parquet.String())
		case object:
			node = parquet.JSON()
		default:
			node = parquet.String()
			// Ids and messages seldom come again; a dictionary would be built
			// for nothing.
			if f := c.field.Column; f == event.NoField || f.Type() != event.Text && !f.Bare() {
				node = parquet.Encoded(node, &parquet.RLEDictionary)
			}
		}
		g.Group[c.Name] = parquet.Optional(node)
		g.names = append(g.names, c.Name)
	}
	return parquet.NewSchema("event", g)
}

func (f *parquetFile) write(row []value) error {
	f.row = f.row[:0]
	for i := range row {
		if err := f.append(i, &row[i]); err != nil {
			return err
		}
	}
	if _, err := f.w.WriteRows([]parquet.Row{f.row}); err != nil {
		return err
	}
	if f.rows++; f.rows >= groupRows || f.bytes >= groupBytes {
		f.rows, f.bytes = 0, 0
		return f.w.Flush()
	}
	return nil
}

func (f *parquetFile) append(i int, v *value) error {
	if v.kind == none {
		f.row = append(f.row, parquet.NullValue().Level(0, 0, i))
		return nil
	}
	var out parquet.Value
	f.bytes += 8
	switch f.columns[i].kind {
	case list:
		for k, s := range v.list {
			f.bytes += len(s)
			f.row = append(f.row, parquet.ByteArrayValue([]byte(s)).Level(min(k, 1), 2, i))
		}
		return nil
	case moment:
		out = parquet.Int64Value(v.at)
	case whole:
		n, err := strconv.ParseUint(v.text, 10, 64)
		if err != nil {
			return fmt.Errorf("the column %s: %w", f.columns[i].Name, err)
		}
		out = parquet.Int64Value(int64(n))
	case number:
		n, err := strconv.ParseFloat(v.text, 64)
		if err != nil && !errors.Is(err, strconv.ErrRange) { // out of range it is infinite, which a double can be
			return fmt.Errorf("the column %s: %w", f.columns[i].Name, err)
		}
		out = parquet.DoubleValue(n)
	default:
		s := v.plain()
		f.bytes += len(s)
		out = parquet.ByteArrayValue([]byte(s))
	}
	f.row = append(f.row, out.Level(0, 1, i))
	return nil
}

func (f *parquetFile) close(end End) error { return closeParquet(f.w, end) }

func closeParquet(w *parquet.GenericWriter[any], end End) error {
	text, err := json.Marshal(end)
	if err != nil {
		return err
	}
	w.SetKeyValueMetadata(metadataKey, string(text))
	return w.Close()
}

// A Joiner makes one Parquet file of several with the same columns, as the
// parts of one export are. It holds one part in memory at a time.
type Joiner struct {
	out io.Writer
	w   *parquet.GenericWriter[any]
}

// NewJoiner makes a Joiner that writes to w.
func NewJoiner(w io.Writer) *Joiner { return &Joiner{out: w} }

// Add appends the rows of a file.
func (j *Joiner) Add(part []byte) error {
	f, err := parquet.OpenFile(bytes.NewReader(part), int64(len(part)))
	if err != nil {
		return fmt.Errorf("a part of the export is no Parquet file: %w", err)
	}
	if j.w == nil {
		j.w = parquetWriter(j.out, f.Schema())
	}
	for _, group := range f.RowGroups() {
		if _, err := j.w.WriteRowGroup(group); err != nil {
			return err
		}
	}
	return nil
}

// Close ends the file. There must have been a part, which may have no rows.
func (j *Joiner) Close(end End) error { return closeParquet(j.w, end) }

// ReadEnd gives what a Parquet file that a Writer made says of itself.
func ReadEnd(file []byte) (End, error) {
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return End{}, err
	}
	text, ok := f.Lookup(metadataKey)
	if !ok {
		return End{}, fmt.Errorf("the file has no metadata of the name %q", metadataKey)
	}
	var end End
	return end, json.Unmarshal([]byte(text), &end)
}
