package attachment

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"io"
	"strings"
)

const (
	// zipMaxEntries and zipMaxDirectory bound the directory of an archive. Large presentations have some thousand parts.
	zipMaxEntries   = 10_000
	zipMaxDirectory = 2 << 20
	// zipMaxPart is how much of a part is unpacked; the lists that we read are far smaller.
	zipMaxPart = 2 << 20
)

// zipEntry is a part of an archive.
type zipEntry struct {
	name     string
	flags    uint16
	method   uint16
	packed   uint32
	unpacked uint32
	offset   uint32
}

// archive is a zip file whose directory was read. Only what our documents need is understood; that also keeps what is
// built to confuse readers out.
type archive struct {
	r       io.ReaderAt
	size    int64
	entries []zipEntry
}

// sniffZip tells what a zip file is: an Office document by its list of content types, an OpenDocument by its mimetype.
func sniffZip(r io.ReaderAt, size int64) (kind, error) {
	a, err := readZip(r, size)
	if err != nil {
		return kind{}, err
	}
	for _, e := range a.entries {
		if e.flags&1 != 0 {
			return kind{wrong: protectedKey}, nil
		}
	}
	types, isOffice, err := a.part("[Content_Types].xml")
	if err != nil {
		return kind{}, err
	}
	mimetype, isOpen, err := a.part("mimetype")
	switch {
	case err != nil:
		return kind{}, err
	case isOffice && isOpen:
		return kind{}, errDamaged // two documents in one
	case isOffice:
		return a.office(types)
	case isOpen:
		return a.openDocument(string(mimetype))
	}
	return kind{}, nil
}

// readZip reads the directory at the end of the archive.
func readZip(r io.ReaderAt, size int64) (*archive, error) {
	tail, err := readAt(r, size, max(0, size-(22+65535)), int(min(size, 22+65535)))
	if err != nil {
		return nil, err
	}
	le := binary.LittleEndian
	end := len(tail) - 22
	for ; end >= 0; end-- { // behind it is a comment of the length that it says
		if bytes.HasPrefix(tail[end:], []byte("PK\x05\x06")) && int(le.Uint16(tail[end+20:])) == len(tail)-end-22 {
			break
		}
	}
	if end < 0 {
		return nil, errDamaged
	}
	count, length, offset := int(le.Uint16(tail[end+10:])), le.Uint32(tail[end+12:]), le.Uint32(tail[end+16:])
	if count == 0 || count > zipMaxEntries || length > zipMaxDirectory || le.Uint16(tail[end+8:]) != uint16(count) {
		return nil, errDamaged
	}
	directory, err := readAt(r, size, int64(offset), int(length))
	if err != nil {
		return nil, err
	}
	a := &archive{r: r, size: size}
	for range count {
		if len(directory) < 46 || !bytes.HasPrefix(directory, []byte("PK\x01\x02")) {
			return nil, errDamaged
		}
		name, extra, comment := int(le.Uint16(directory[28:])), int(le.Uint16(directory[30:])), int(le.Uint16(directory[32:]))
		if len(directory) < 46+name+extra+comment {
			return nil, errDamaged
		}
		a.entries = append(a.entries, zipEntry{
			name: string(directory[46 : 46+name]), flags: le.Uint16(directory[8:]), method: le.Uint16(directory[10:]),
			packed: le.Uint32(directory[20:]), unpacked: le.Uint32(directory[24:]), offset: le.Uint32(directory[42:]),
		})
		directory = directory[46+name+extra+comment:]
	}
	return a, nil
}

// has says whether there is a part of the name; upper and lower case are the same, as in Office documents.
func (a *archive) has(name string) bool {
	for _, e := range a.entries {
		if strings.EqualFold(e.name, name) {
			return true
		}
	}
	return false
}

// part unpacks one part, up to a limit. Two parts of one name are damage: who is to say which of them counts?
func (a *archive) part(name string) (content []byte, found bool, err error) {
	var e zipEntry
	for _, one := range a.entries {
		if !strings.EqualFold(one.name, name) {
			continue
		}
		if found {
			return nil, false, errDamaged
		}
		e, found = one, true
	}
	if !found {
		return nil, false, nil
	}
	local, err := readAt(a.r, a.size, int64(e.offset), 30)
	if err != nil {
		return nil, false, err
	}
	le := binary.LittleEndian
	start := int64(e.offset) + 30 + int64(le.Uint16(local[26:])) + int64(le.Uint16(local[28:]))
	if !bytes.HasPrefix(local, []byte("PK\x03\x04")) || start+int64(e.packed) > a.size || e.unpacked > zipMaxPart {
		return nil, false, errDamaged
	}
	var packed io.Reader = io.NewSectionReader(a.r, start, int64(e.packed))
	switch e.method {
	case 0:
	case 8:
		packed = flate.NewReader(packed)
	default:
		return nil, false, errDamaged
	}
	content, err = io.ReadAll(io.LimitReader(packed, zipMaxPart+1))
	var corrupt flate.CorruptInputError
	switch {
	case errors.As(err, &corrupt), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, false, errDamaged
	case err != nil:
		return nil, false, err
	case len(content) != int(e.unpacked):
		return nil, false, errDamaged
	}
	return content, true, nil
}

// officeTypes are the content types of the main part.
var officeTypes = map[string]string{
	"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml":   "docx",
	"application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml": "pptx",
	"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml":         "xlsx",
}

// office tells an Office document by its content types. A type that says macro is refused wherever it stands.
func (a *archive) office(types []byte) (kind, error) {
	var list struct {
		Defaults []struct {
			ContentType string `xml:",attr"`
		} `xml:"Default"`
		Overrides []struct {
			PartName    string `xml:",attr"`
			ContentType string `xml:",attr"`
		} `xml:"Override"`
	}
	if err := xml.Unmarshal(types, &list); err != nil {
		return kind{}, errDamaged
	}
	var k kind
	for _, d := range list.Defaults {
		if macroType(d.ContentType) {
			return kind{wrong: macrosKey}, nil
		}
	}
	for _, o := range list.Overrides {
		if macroType(o.ContentType) {
			return kind{wrong: macrosKey}, nil
		}
		format := officeTypes[strings.ToLower(strings.TrimSpace(o.ContentType))]
		switch {
		case format == "":
		case k.format != "" || !a.has(strings.TrimPrefix(o.PartName, "/")):
			return kind{}, errDamaged
		default:
			k = is(format)
		}
	}
	for _, e := range a.entries {
		if strings.HasSuffix(strings.ToLower(e.name), "vbaproject.bin") {
			return kind{wrong: macrosKey}, nil
		}
	}
	return k, nil
}

func macroType(contentType string) bool {
	t := strings.ToLower(contentType)
	return strings.Contains(t, "macroenabled") || strings.Contains(t, "vbaproject")
}

// openTypes are what the mimetype of an OpenDocument says.
var openTypes = map[string]string{
	"application/vnd.oasis.opendocument.text":         "odt",
	"application/vnd.oasis.opendocument.presentation": "odp",
	"application/vnd.oasis.opendocument.spreadsheet":  "ods",
}

// openDocument tells an OpenDocument by its mimetype; its manifest says whether it is encrypted.
func (a *archive) openDocument(mimetype string) (kind, error) {
	format := openTypes[strings.TrimSpace(mimetype)]
	if format == "" {
		return kind{}, nil
	}
	manifest, ok, err := a.part("META-INF/manifest.xml")
	switch {
	case err != nil:
		return kind{}, err
	case !ok || !a.has("content.xml") && !bytes.Contains(manifest, []byte("encryption-data")):
		return kind{}, errDamaged
	case bytes.Contains(manifest, []byte("encryption-data")):
		return kind{wrong: protectedKey}, nil
	}
	for _, e := range a.entries {
		if openMacro(e.name) {
			return kind{wrong: macrosKey}, nil
		}
	}
	return is(format), nil
}

// openMacro says whether a part is a macro. The lists of libraries, which many documents have, are not.
func openMacro(name string) bool {
	if strings.HasSuffix(name, "/") {
		return false
	}
	if rest, ok := strings.CutPrefix(name, "Basic/"); ok {
		file := rest[strings.LastIndexByte(rest, '/')+1:]
		return file != "script-lc.xml" && file != "script-lb.xml" && file != "dialog-lc.xml" && file != "dialog-lb.xml"
	}
	return strings.HasPrefix(name, "Scripts/")
}
