package word

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// Bounds of what is unpacked and read. The form of a pledge unpacks to less than 1 MB; a file beyond these was not written
// by people.
const (
	maxEntries = 2000
	maxPart    = 16 << 20 // of one part, unpacked
	maxRatio   = 300      // of a part to its packed size, once it is above 1 MB
	maxDepth   = 200      // of elements in elements
	maxPieces  = 40_000   // paragraphs
	maxText    = 2 << 20  // bytes of text
)

// The reasons for which a file is not taken; Read and Understand return them wrapped. Each has a text under its Key.
var (
	ErrNotWord   = refusal{"not_word"}  // not a .docx at all
	ErrOldWord   = refusal{"old_word"}  // .doc
	ErrOpenDoc   = refusal{"open_doc"}  // .odt
	ErrProtected = refusal{"protected"} // with a password
	ErrMacros    = refusal{"macros"}    // .docm and others that hold programs
	ErrDamaged   = refusal{"damaged"}   // cannot be unpacked or is not well formed
	ErrTooLarge  = refusal{"too_large"} // larger than MaxBytes, packed or unpacked beyond measure
	ErrOtherFile = refusal{"other"}     // a Word file, but not the form
	ErrOtherKind = refusal{"kind"}      // the form of something else
	ErrEmpty     = refusal{"empty"}     // nothing filled in
)

type refusal struct{ why string }

func (r refusal) Error() string { return "word file refused: " + r.why }

// Key is the key of the text that says why.
func (r refusal) Key() string { return "word.refused." + r.why }

// Reason returns the key of the text that says why a file was refused, and whether the error is such a refusal.
func Reason(err error) (key string, ok bool) {
	var r refusal
	if !errors.As(err, &r) {
		return "", false
	}
	return r.Key(), true
}

// pack is an unpacked file: the parts that are read, by name.
type pack struct {
	archive *zip.Reader
	main    string
}

// openPack looks at what the file is before anything of it is read.
func openPack(content []byte) (*pack, error) {
	switch {
	case len(content) > MaxBytes:
		return nil, ErrTooLarge
	case bytes.HasPrefix(content, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")):
		if bytes.Contains(content, utf16("EncryptedPackage")) {
			return nil, ErrProtected
		}
		if bytes.Contains(content, utf16("WordDocument")) {
			return nil, ErrOldWord
		}
		return nil, ErrNotWord
	case !bytes.HasPrefix(content, []byte("PK\x03\x04")):
		return nil, ErrNotWord
	}
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if len(archive.File) > maxEntries {
		return nil, ErrTooLarge
	}
	p := &pack{archive: archive}
	for _, f := range archive.File {
		name := strings.ToLower(f.Name)
		switch {
		case f.Flags&1 != 0:
			return nil, ErrProtected
		case strings.HasSuffix(name, "vbaproject.bin"):
			return nil, ErrMacros
		}
	}
	if mimetype, err := p.part("mimetype"); err == nil && bytes.HasPrefix(mimetype, []byte("application/vnd.oasis.opendocument")) {
		return nil, ErrOpenDoc
	}
	types, err := p.part("[Content_Types].xml")
	if errors.Is(err, errNoPart) {
		return nil, ErrNotWord
	} else if err != nil {
		return nil, err
	}
	return p, p.findMain(types)
}

// utf16 is ASCII as a compound file has the names of its streams.
func utf16(s string) []byte {
	b := make([]byte, 0, 2*len(s))
	for i := range len(s) {
		b = append(b, s[i], 0)
	}
	return b
}

// findMain finds the text of the document by the list of content types.
func (p *pack) findMain(types []byte) error {
	var list struct {
		Overrides []struct {
			PartName    string `xml:",attr"`
			ContentType string `xml:",attr"`
		} `xml:"Override"`
		Defaults []struct {
			ContentType string `xml:",attr"`
		} `xml:"Default"`
	}
	if bytes.Contains(types, []byte("<!")) {
		return ErrDamaged
	}
	if err := xml.Unmarshal(types, &list); err != nil {
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	for _, o := range list.Defaults {
		if strings.Contains(strings.ToLower(o.ContentType), "macroenabled") {
			return ErrMacros
		}
	}
	for _, o := range list.Overrides {
		kind := strings.ToLower(o.ContentType)
		switch {
		case strings.Contains(kind, "macroenabled"), strings.Contains(kind, "vbaproject"):
			return ErrMacros
		case kind == mainType, kind == "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml":
			p.main = strings.TrimPrefix(o.PartName, "/")
		}
	}
	if p.main == "" {
		return ErrNotWord
	}
	return nil
}

var errNoPart = errors.New("no such part")

// part unpacks one part within bounds. Names are the same in capitals.
func (p *pack) part(name string) ([]byte, error) {
	var file *zip.File
	for _, f := range p.archive.File {
		if strings.EqualFold(strings.TrimPrefix(f.Name, "/"), name) {
			if file != nil {
				return nil, ErrDamaged // who is to say which of them counts?
			}
			file = f
		}
	}
	if file == nil {
		return nil, errNoPart
	}
	r, err := file.Open()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	defer r.Close()
	limit := int64(maxPart)
	if byRatio := int64(file.CompressedSize64) * maxRatio; byRatio < limit {
		limit = max(byRatio, 1<<20)
	}
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	switch {
	case int64(len(content)) > limit:
		return nil, ErrTooLarge
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return content, nil
}

// beside is the name of a part in the folder of the document.
func (p *pack) beside(name string) string { return path.Join(path.Dir(p.main), name) }
