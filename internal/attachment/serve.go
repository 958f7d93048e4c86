package attachment

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/problem"
)

// Content is the bytes of a file, read from the database a chunk at a time, so that a slow reader holds neither a
// connection nor more than 256 KB.
type Content struct {
	ctx   context.Context // of the request that reads
	q     database.Querier
	id    int64
	size  int64
	at    int64
	n     int64 // the number of the chunk that is loaded, -1 for none
	chunk []byte
}

// Open returns a file and its bytes. There being no such file is problem.NotFound; one in which a virus was found is
// problem.Forbidden. The bytes can be read while ctx lasts.
func (s *Store) Open(ctx context.Context, id int64) (Attachment, *Content, error) {
	a, err := Find(ctx, s.db.Read(), id)
	if err != nil {
		return Attachment{}, nil, err
	}
	if !a.Servable() {
		return Attachment{}, nil, fmt.Errorf("open file %d: %w", id, problem.Forbidden)
	}
	return a, &Content{ctx: ctx, q: s.db.Read(), id: id, size: a.Size, n: -1}, nil
}

// Read reads on from where the last Read or Seek ended.
func (c *Content) Read(p []byte) (int, error) {
	if c.at >= c.size {
		return 0, io.EOF
	}
	if n := c.at / ChunkBytes; n != c.n {
		chunk, err := database.Value[[]byte](c.ctx, c.q, `SELECT bytes FROM attachment_chunks WHERE attachment_id = $1 AND n = $2`, c.id, n)
		if err == nil && int64(len(chunk)) != min(ChunkBytes, c.size-n*ChunkBytes) {
			err = errors.New("it has another length")
		}
		if err != nil {
			return 0, fmt.Errorf("read chunk %d of file %d: %w", n, c.id, err)
		}
		c.chunk, c.n = chunk, n
	}
	read := copy(p, c.chunk[c.at%ChunkBytes:])
	c.at += int64(read)
	return read, nil
}

// Seek sets where the next Read begins.
func (c *Content) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += c.at
	case io.SeekEnd:
		offset += c.size
	}
	if offset < 0 {
		return 0, fmt.Errorf("seek in file %d: %d is before its start", c.id, offset)
	}
	c.at = offset
	return offset, nil
}

// Serve sends a file to be saved, never to be shown: whatever it holds, it runs nowhere near the portal. A download that
// broke off can be taken up again (Range). It stays out of caches, since who may have it can change.
func Serve(w http.ResponseWriter, r *http.Request, a Attachment, content *Content) {
	h := w.Header()
	h.Set("Content-Type", a.MediaType)
	h.Set("Content-Disposition", disposition(a.Name))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("Cache-Control", "private, no-store")
	h.Set("ETag", `"`+hex.EncodeToString(a.SHA256)+`"`)
	http.ServeContent(w, r, "", time.Time{}, content)
}

// disposition asks the browser to save under the name: in full (RFC 8187), and in ASCII for programs that know no better.
func disposition(name string) string {
	var full strings.Builder
	for _, b := range []byte(name) {
		if b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || strings.IndexByte("!#$&+-.^_`|~", b) >= 0 {
			full.WriteByte(b)
		} else {
			fmt.Fprintf(&full, "%%%02X", b)
		}
	}
	base, ext := split(name)
	if base = plain(base); strings.Trim(base, "_ .") == "" { // nothing of it is left
		base = "file"
	}
	return `attachment; filename="` + base + plain(ext) + `"; filename*=UTF-8''` + full.String()
}

// plain replaces what a quoted name in a header cannot have, or is not understood the same everywhere.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f || strings.ContainsRune(`"\%;*`, r) {
			return '_'
		}
		return r
	}, s)
}
