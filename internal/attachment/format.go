package attachment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// Formats are what may be uploaded, each by its extension (pledges.md, section VII).
var Formats = []string{"txt", "rtf", "pdf", "doc", "docx", "odt", "ppt", "pptx", "odp", "xls", "xlsx", "ods"}

// mediaTypes are the formats' names for machines; that of text depends on its encoding.
var mediaTypes = map[string]string{
	"txt":  "text/plain",
	"rtf":  "application/rtf",
	"pdf":  "application/pdf",
	"doc":  "application/msword",
	"docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	"odt":  "application/vnd.oasis.opendocument.text",
	"ppt":  "application/vnd.ms-powerpoint",
	"pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	"odp":  "application/vnd.oasis.opendocument.presentation",
	"xls":  "application/vnd.ms-excel",
	"xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	"ods":  "application/vnd.oasis.opendocument.spreadsheet",
	"jpg":  "image/jpeg",
	"png":  "image/png",
	"webp": "image/webp",
}

// What can be wrong with a file, whatever its name says.
const (
	programKey   = "attachment.program"
	damagedKey   = "attachment.damaged"
	protectedKey = "attachment.protected"
	macrosKey    = "attachment.macros"
)

// kind is what the bytes of a file are.
type kind struct {
	// format is one of Formats, or "" for anything else.
	format    string
	mediaType string
	// wrong is the message that says why it cannot be taken, or "".
	wrong string
}

func is(format string) kind { return kind{format: format, mediaType: mediaTypes[format]} }

// errDamaged says that a file is not built as its kind must be.
var errDamaged = errors.New("damaged")

// sniff looks at the content of a file; its name plays no part. It reads a bounded part of it (all of a text), and
// unpacks no more than one small list out of an archive. The error is of reading.
func sniff(r io.ReaderAt, size int64) (kind, error) {
	head := make([]byte, min(size, 4096))
	if _, err := r.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return kind{}, err
	}
	var k kind
	var err error
	switch trimmed := bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"); {
	case program(head):
		return kind{wrong: programKey}, nil
	case bytes.HasPrefix(trimmed, []byte("%PDF-")):
		return is("pdf"), nil
	case bytes.HasPrefix(trimmed, []byte(`{\rtf`)):
		return is("rtf"), nil
	case bytes.HasPrefix(head, []byte(oleMagic)):
		k, err = sniffOLE(r, size)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		k, err = sniffZip(r, size)
	default:
		return sniffText(r, size)
	}
	if errors.Is(err, errDamaged) {
		return kind{wrong: damagedKey}, nil
	}
	return k, err
}

// programStarts are the first bytes of what a computer runs.
var programStarts = []string{
	"\x7fELF",                                                                      // Linux
	"\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", // macOS
	"\xca\xfe\xba\xbe", // macOS for several processors, Java
	"\x00asm", "dex\n", // WebAssembly, Android
	"\x4c\x00\x00\x00\x01\x14\x02\x00", // a Windows shortcut
	"#!/", "#! /",                      // scripts
}

// program recognizes programs by their first bytes.
func program(head []byte) bool {
	for _, start := range programStarts {
		if bytes.HasPrefix(head, []byte(start)) {
			return true
		}
	}
	// Windows; a text may begin with the same two letters, but holds no zero.
	return bytes.HasPrefix(head, []byte("MZ")) && bytes.IndexByte(head, 0) >= 0
}

// sniffText reads the whole file and says whether it is text: UTF-8, UTF-16 that begins with its mark, or one of the
// older encodings of a byte a character. No text holds a NUL or other control characters but tabs and ends of lines.
func sniffText(r io.ReaderAt, size int64) (kind, error) {
	var mark [2]byte
	if _, err := r.ReadAt(mark[:], 0); err != nil && !errors.Is(err, io.EOF) {
		return kind{}, err
	}
	k := is("txt")
	switch mark {
	case [2]byte{0xff, 0xfe}:
		return sniffUTF16(r, size, binary.LittleEndian)
	case [2]byte{0xfe, 0xff}:
		return sniffUTF16(r, size, binary.BigEndian)
	}
	unicode, rest := true, []byte(nil) // rest: the start of a character that the next block ends
	err := blocks(r, size, func(block []byte) bool {
		for _, b := range block {
			if b < ' ' && b != '\t' && b != '\n' && b != '\r' && b != '\f' || b == 0x7f {
				k = kind{}
				return false
			}
		}
		if unicode {
			unicode, rest = validUTF8(append(rest, block...))
		}
		return true
	})
	if k.format != "" && unicode && len(rest) == 0 {
		k.mediaType += "; charset=utf-8"
	}
	return k, err
}

// validUTF8 says whether the block is UTF-8, and returns the start of a character at its end.
func validUTF8(block []byte) (ok bool, rest []byte) {
	end := len(block)
	for i := end - 1; i >= 0 && i > end-utf8.UTFMax; i-- {
		if utf8.RuneStart(block[i]) {
			if !utf8.FullRune(block[i:]) {
				end = i
			}
			break
		}
	}
	return utf8.Valid(block[:end]), bytes.Clone(block[end:])
}

func sniffUTF16(r io.ReaderAt, size int64, order binary.ByteOrder) (kind, error) {
	k := is("txt")
	k.mediaType += "; charset=utf-16"
	if size%2 != 0 {
		return kind{}, nil
	}
	high := false // the last unit wants a second one
	err := blocks(r, size, func(block []byte) bool {
		for i := 0; i < len(block); i += 2 {
			unit := rune(order.Uint16(block[i:]))
			low := utf16.IsSurrogate(unit) && unit >= 0xdc00
			control := unit < ' ' && unit != '\t' && unit != '\n' && unit != '\r' && unit != '\f' || unit == 0x7f
			if control || low != high {
				k = kind{}
				return false
			}
			high = utf16.IsSurrogate(unit) && !low
		}
		return true
	})
	if high {
		k = kind{}
	}
	return k, err
}

// blocks reads the file from its start in blocks of an even length, until there is no more or use says no.
func blocks(r io.ReaderAt, size int64, use func([]byte) bool) error {
	buffer := make([]byte, min(size, 64<<10))
	for at := int64(0); at < size; {
		block := buffer[:min(int64(len(buffer)), size-at)]
		if _, err := r.ReadAt(block, at); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if !use(block) {
			return nil
		}
		at += int64(len(block))
	}
	return nil
}

// readAt reads exactly n bytes; what lies beyond the end of the file is damage, not an error of reading.
func readAt(r io.ReaderAt, size, at int64, n int) ([]byte, error) {
	if at < 0 || int64(n) > size || at > size-int64(n) {
		return nil, errDamaged
	}
	b := make([]byte, n)
	if _, err := r.ReadAt(b, at); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return b, nil
}
