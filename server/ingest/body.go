package ingest

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/clewline/clewline/event"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

// memoryBound counts the bytes of the bodies that are in the doors' hands.
type memoryBound struct {
	used atomic.Int64
	max  int64
}

// take reserves n bytes; false when they are not to be had now.
func (m *memoryBound) take(n int64) bool {
	if m.used.Add(n) > m.max {
		m.used.Add(-n)
		return false
	}
	return true
}

func (m *memoryBound) give(n int64) { m.used.Add(-n) }

// A body is a request's body, decompressed. Its bytes are never written to
// again: events share them.
type body struct {
	bytes []byte
	read  time.Time // its last byte had come
	held  int64
	bound *memoryBound
}

// release gives the reserved memory back, once the batch is durable.
func (b *body) release() { b.bound.give(b.held) }

var errBusyMemory = func() *refusal {
	r := refuse(http.StatusTooManyRequests, "slow_down", "the server holds as many request bodies as it may; try again in a second")
	r.retryAfter = time.Second
	return r
}()

// readBody reads a request's body and decompresses it. Limits hold before and
// after decompression; a body that would exceed one is not read to its end.
func (in *Ingest) readBody(w http.ResponseWriter, r *http.Request, encoding string, inflatedMax int) (*body, error) {
	limits := in.cfg.Limits
	b := &body{bound: &in.memory}
	ok := false
	defer func() {
		if !ok {
			b.release()
		}
	}()
	if r.ContentLength > int64(limits.WireBytes) {
		return nil, &event.LimitError{Limit: "wireBytes", Max: limits.WireBytes, Got: int(r.ContentLength)}
	}
	hold := func(n int64) error {
		if !b.bound.take(n) {
			return errBusyMemory
		}
		b.held += n
		return nil
	}
	wireReader := &countingReader{r: http.MaxBytesReader(w, r.Body, int64(limits.WireBytes))}
	var src io.Reader = wireReader
	size := r.ContentLength
	encoding = strings.ToLower(strings.TrimSpace(encoding))
	if encoding != "" && encoding != "identity" {
		dec, err := decompressor(encoding, wireReader)
		if err != nil {
			return nil, readError(err, encoding)
		}
		defer dec.Close()
		src, size = dec, -1
	}

	if size >= 0 { // the length is known: one allocation of just that size
		if size > int64(inflatedMax) {
			return nil, &event.LimitError{Limit: "inflatedBytes", Max: inflatedMax, Got: int(size)}
		}
		if err := hold(size); err != nil {
			return nil, err
		}
		b.bytes = make([]byte, size)
		if _, err := io.ReadFull(src, b.bytes); err != nil {
			return nil, readError(err, encoding)
		}
		ok, b.read = true, in.cfg.Clock()
		return b, nil
	}

	const ratioFrom = 1 << 20
	buf := make([]byte, 0, 64<<10)
	if err := hold(int64(cap(buf))); err != nil {
		return nil, err
	}
	for {
		if len(buf) == cap(buf) {
			if err := hold(int64(cap(buf))); err != nil {
				return nil, err
			}
			buf = append(make([]byte, 0, 2*cap(buf)), buf...)
		}
		n, err := src.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if len(buf) > inflatedMax {
			return nil, &event.LimitError{Limit: "inflatedBytes", Max: inflatedMax}
		}
		if len(buf) > ratioFrom && int64(len(buf)) > wireReader.n*int64(limits.InflationRatio) {
			return nil, &event.LimitError{Limit: "inflationRatio", Max: limits.InflationRatio}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, readError(err, encoding)
		}
	}
	b.bytes = buf
	ok, b.read = true, in.cfg.Clock()
	return b, nil
}

// readError says what is wrong with a body that could not be read.
func readError(err error, encoding string) error {
	var tooLarge *http.MaxBytesError
	var ref *refusal
	switch {
	case errors.As(err, &tooLarge), errors.As(err, &ref):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return refuse(http.StatusBadRequest, "bad_request", "the body ends too early; nothing of it was taken")
	case encoding != "" && encoding != "identity":
		return refuse(http.StatusBadRequest, "bad_request", "the body is no valid %s: %v", encoding, err)
	default:
		return refuse(http.StatusBadRequest, "bad_request", "the body could not be read: %v", err)
	}
}

type countingReader struct {
	r io.Reader
	n int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// Readers are costly to make and cheap to reset.
var (
	gzipReaders  sync.Pool // *gzip.Reader
	zstdDecoders sync.Pool // *zstd.Decoder
)

// decompressor opens an encoded body. zstd frames may ask for a window of at
// most 8 MiB, as RFC 8878 section 3.1.1.1.2 recommends.
func decompressor(encoding string, src io.Reader) (io.ReadCloser, error) {
	switch encoding {
	case "gzip", "x-gzip":
		z, _ := gzipReaders.Get().(*gzip.Reader)
		if z == nil {
			z = new(gzip.Reader)
		}
		if err := z.Reset(src); err != nil {
			gzipReaders.Put(z)
			return nil, err
		}
		return pooled{z, func() { gzipReaders.Put(z) }}, nil
	case "zstd":
		z, _ := zstdDecoders.Get().(*zstd.Decoder)
		if z == nil {
			var err error
			if z, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20), zstd.WithDecoderLowmem(true)); err != nil {
				return nil, err
			}
		}
		if err := z.Reset(src); err != nil {
			zstdDecoders.Put(z)
			return nil, err
		}
		return pooled{z, func() {
			_ = z.Reset(nil) // let go of the request
			zstdDecoders.Put(z)
		}}, nil
	case "deflate":
		// RFC 9110 means zlib by it; some senders send raw deflate. A zlib
		// header's first two bytes are divisible by 31.
		head := make([]byte, 2)
		n, err := io.ReadFull(src, head)
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, err
		}
		again := io.MultiReader(bytes.NewReader(head[:n]), src)
		if n == 2 && head[0]&0x0f == 8 && (int(head[0])<<8|int(head[1]))%31 == 0 {
			return zlib.NewReader(again)
		}
		return flate.NewReader(again), nil
	}
	return nil, refuse(http.StatusUnsupportedMediaType, "bad_request", "Content-Encoding %q is not known; gzip, zstd, deflate and identity are", encoding)
}

// pooled is a reader that goes back to its pool when it is closed.
type pooled struct {
	io.Reader
	giveBack func()
}

func (p pooled) Close() error {
	p.giveBack()
	return nil
}
