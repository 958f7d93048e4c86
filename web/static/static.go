// Package static holds the portal's stylesheet, script and pictures. They are embedded, served under names that carry a
// hash of the content, and compressed once.
package static

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

//go:embed *.css *.js *.svg
var files embed.FS

// Prefix is the path below which the files are served.
const Prefix = "/static/"

// File is one of the files, with its compressed forms.
type File struct {
	// Hashed is the name under which the file is served: "portal.1a2b3c4d.css".
	Hashed string
	// Type is the content type, ETag the strong entity tag.
	Type, ETag string

	body       []byte
	compressed func() (br, gz []byte)
}

var byName, byHashed = load()

// types are the kinds of file there are; the machine's own list of types does not come into it.
var types = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

func load() (byName, byHashed map[string]*File) {
	byName, byHashed = map[string]*File{}, map[string]*File{}
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("static: %v", err)) // embedded: cannot be missing
	}
	for _, entry := range entries {
		body, err := files.ReadFile(entry.Name())
		if err != nil {
			panic(fmt.Sprintf("static: %v", err))
		}
		sum := sha256.Sum256(body)
		hash := hex.EncodeToString(sum[:6])
		extension := path.Ext(entry.Name())
		file := &File{
			Hashed: strings.TrimSuffix(entry.Name(), extension) + "." + hash + extension,
			Type:   types[extension],
			ETag:   `"` + hash + `"`,
			body:   body,
		}
		file.compressed = sync.OnceValues(func() (br, gz []byte) { return compress(body) })
		byName[entry.Name()], byHashed[file.Hashed] = file, file
	}
	return byName, byHashed
}

// Warm compresses all files now, so that no reader waits for it; it takes some tenths of a second.
func Warm() {
	for _, file := range byName {
		file.compressed()
	}
}

// Content returns the file as it is. It panics on a name that is not there.
func Content(name string) []byte {
	file := byName[name]
	if file == nil {
		panic(fmt.Sprintf("static: there is no %s", name))
	}
	return file.body
}

// URL returns the address of the file: "/static/portal.1a2b3c4d.css" for "portal.css". It panics on a name that is not
// there: a page that asks for it is wrong.
func URL(name string) string {
	file, ok := byName[name]
	if !ok {
		panic(fmt.Sprintf("static: there is no file %q", name))
	}
	return Prefix + file.Hashed
}

// Named returns the file with that name.
func Named(name string) (*File, bool) {
	file, ok := byName[name]
	return file, ok
}

// Find returns the file with that hashed name.
func Find(hashed string) (*File, bool) {
	file, ok := byHashed[hashed]
	return file, ok
}

// Encoded returns the smallest form that the Accept-Encoding header allows, and its name for Content-Encoding: "br",
// "gzip" or "" for the file as it is.
func (f *File) Encoded(accept string) (encoding string, body []byte) {
	br, gz := f.compressed()
	if len(br) < len(f.body) && Accepts(accept, "br") {
		return "br", br
	}
	if len(gz) < len(f.body) && Accepts(accept, "gzip") {
		return "gzip", gz
	}
	return "", f.body
}

// Accepts says whether an Accept-Encoding header allows the encoding, a name in small letters; one with weight 0 is
// refused.
func Accepts(header, encoding string) bool {
	for part := range strings.SplitSeq(header, ",") {
		name, weight, weighted := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(name), encoding) {
			_, value, _ := strings.Cut(weight, "=")
			return !weighted || strings.Trim(strings.TrimSpace(value), "0.") != ""
		}
	}
	return false
}

func compress(body []byte) (br, gz []byte) {
	var b bytes.Buffer
	w := brotli.NewWriterLevel(&b, brotli.BestCompression)
	_, err := w.Write(body)
	if err == nil {
		err = w.Close()
	}
	br = bytes.Clone(b.Bytes())
	b.Reset()
	z, zerr := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if zerr == nil {
		_, zerr = z.Write(body)
	}
	if zerr == nil {
		zerr = z.Close()
	}
	if err != nil || zerr != nil {
		panic(fmt.Sprintf("static: compress in memory: %v, %v", err, zerr)) // cannot be
	}
	return br, b.Bytes()
}
