package web

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"portal/web/static"
)

// page is an answer that is kept: status 200, in full, in every encoding. It never changes.
type page struct {
	key     pageKey
	route   *Route
	version uint64    // of the content that it was made from
	until   time.Time // the end of the day on which it was made
	header  []field
	etag    string
	plain   form
	packed  []form // the preferred one first
	noted   []func(network string)
	size    int64 // about what it takes in memory
}

// field is a line of a header; going through a list is faster than through a map.
type field struct {
	name   string
	values []string
}

// form is a page in one encoding, with the values of its headers.
type form struct {
	bytes    []byte
	encoding []string // nil for the bytes as they are
	length   []string
}

func newForm(encoding string, b []byte) form {
	f := form{bytes: b, length: []string{strconv.Itoa(len(b))}}
	if encoding != "" {
		f.encoding = []string{encoding}
	}
	return f
}

// overhead is about what a kept page takes beside its bytes.
const overhead = 2 << 10

// newPage keeps a copy of an answer, with the header as it is now less what is the request's alone.
func newPage(x *exchange, header http.Header, content []byte) *page {
	f := x.flight
	p := &page{key: f.key, route: x.route, version: f.version, until: x.router.cache.ends(x.until), etag: header.Get("ETag"), noted: x.noted}
	for name, values := range header {
		if !slices.Contains([]string{"X-Request-Id", "Content-Length", "Content-Encoding"}, name) {
			p.header = append(p.header, field{name, []string{strings.Join(values, ", ")}})
		}
	}
	p.plain = newForm("", bytes.Clone(content))
	p.size = overhead + int64(len(f.key.path)+len(f.key.query)+len(content))
	if len(content) < smallest {
		return p
	}
	for _, packed := range []form{newForm("zstd", zstdEncoder().EncodeAll(content, nil)), newForm("gzip", gzipped(content))} {
		if len(packed.bytes) < len(content) {
			packed.bytes = bytes.Clone(packed.bytes) // without the room that was left for more
			p.packed = append(p.packed, packed)
			p.size += int64(len(packed.bytes))
		}
	}
	return p
}

// zstdEncoder has little memory of its own and is safe for any number of pages at a time.
var zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true), zstd.WithWindowSize(256<<10))
	if err != nil {
		panic(fmt.Sprintf("web: set up compression: %v", err)) // the options are ours
	}
	return e
})

func gzipped(content []byte) []byte {
	var out bytes.Buffer
	z, err := gzip.NewWriterLevel(&out, compression)
	if err == nil {
		_, err = z.Write(content)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(fmt.Sprintf("web: compress in memory: %v", err)) // cannot be
	}
	return out.Bytes()
}

// answer writes the page as the request wants it: encoded, only its header, or only that it has not changed. It returns the
// status and how many bytes of the page went over the wire. Cache-Status is RFC 9211's; a negative ttl is that of a page that has run out.
func (p *page) answer(w http.ResponseWriter, r *http.Request, result string) (status, size int) {
	h := w.Header()
	for _, f := range p.header {
		h[f.name] = f.values
	}
	if status := cacheStatus[result]; status != nil {
		h["Cache-Status"] = status
	}
	if asked := r.Header["If-None-Match"]; len(asked) > 0 && matches(asked[0], p.etag) {
		h.Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return http.StatusNotModified, 0
	}
	f := p.plain
	if r.Method != http.MethodHead {
		f = p.form(r.Header.Get("Accept-Encoding"))
	}
	if f.encoding != nil {
		h["Content-Encoding"] = f.encoding
	}
	h["Content-Length"] = f.length
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		size, _ = w.Write(f.bytes) // a client that is gone by now is nobody's error
	}
	return http.StatusOK, size
}

// form returns the page in the best encoding that the Accept-Encoding header allows.
func (p *page) form(accept string) form {
	for _, packed := range p.packed {
		if static.Accepts(accept, packed.encoding[0]) {
			return packed
		}
	}
	return p.plain
}

// cacheStatus are the Cache-Status headers of answers from memory.
var cacheStatus = map[string][]string{cacheHit: {"portal; hit"}, cacheStale: {"portal; hit; ttl=-1; detail=no-database"}}
