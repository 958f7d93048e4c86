package attachment

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/xuri/excelize/v2"
)

// utf16Text writes a text in UTF-16 with its mark.
func utf16Text(order binary.AppendByteOrder, text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune("\ufeff" + text)) {
		b = order.AppendUint16(b, u)
	}
	return string(b)
}

// workbook is made by a real program, with a password or without.
func workbook(t testing.TB, password string) string {
	t.Helper()
	f := excelize.NewFile()
	if err := f.SetCellStr("Sheet1", "A1", "Indicator"); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := f.WriteTo(&b, excelize.Options{Password: password}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatAFileIs(t *testing.T) {
	t.Parallel()
	text := func(parts ...part) string { return string(archiveOf(t, parts...)) }
	for _, c := range []struct {
		name    string
		content string
		format  string
		wrong   string
	}{
		{"text", "Dear colleagues,\r\n\tplease\n", "txt", ""},
		{"text with a mark", "\xef\xbb\xbfRésumé", "txt", ""},
		{"text in Arabic, Chinese, emoji", "تعهد 承诺 👩‍👧", "txt", ""},
		{"text in an older Arabic encoding", "\xca\xda\xe5\xcf", "txt", ""},
		{"text in UTF-16", utf16Text(binary.LittleEndian, "تعهد 👩 a\r\n"), "txt", ""},
		{"text in the other UTF-16", utf16Text(binary.BigEndian, "承诺"), "txt", ""},
		{"half a character in UTF-16", utf16Text(binary.LittleEndian, "a") + "\x3d\xd8", "", ""},
		{"UTF-16 with an odd byte", utf16Text(binary.LittleEndian, "a") + "a", "", ""},
		{"UTF-16 with a NUL", utf16Text(binary.LittleEndian, "a\x00b"), "", ""},
		{"text that begins like a program", "MZ is a postcode", "txt", ""},
		{"text that begins like a script but is none", "#!important", "txt", ""},
		{"a NUL byte in text", "Dear\x00colleagues", "", ""},
		{"a NUL byte at the end of a long text", strings.Repeat("a", 200_000) + "\x00", "", ""},
		{"a control character", "a\x1b[31m", "", ""},
		{"HTML is text", "<!DOCTYPE html><script>alert(1)</script>", "txt", ""},
		{"rich text", `{\rtf1\ansi Dear}`, "rtf", ""},
		{"PDF", "%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj", "pdf", ""},
		{"PDF after an empty line", "\r\n%PDF-1.4\n\x00", "pdf", ""},
		{"a program that holds a PDF", "MZ\x90\x00%PDF-1.7", "", programKey},
		{"PDF after something else", "GIF89a\x00%PDF-1.7", "", ""},
		{"a Windows program", "MZ\x90\x00\x03\x00\x00\x00", "", programKey},
		{"a Linux program", "\x7fELF\x02\x01\x01\x00", "", programKey},
		{"a macOS program", "\xcf\xfa\xed\xfe\x07\x00", "", programKey},
		{"a Java class", "\xca\xfe\xba\xbe\x00\x00", "", programKey},
		{"a script", "#!/bin/sh\nrm -rf /\n", "", programKey},
		{"a shortcut", "\x4c\x00\x00\x00\x01\x14\x02\x00", "", programKey},
		{"a picture", "\x89PNG\r\n\x1a\n\x00\x00", "", ""},
		{"random bytes", "\x13\x37\xf2\x00\x01", "", ""},

		{"doc", string(compound(t, 0, []string{"WordDocument", "1Table"})), "doc", ""},
		{"xls", string(compound(t, 0, []string{"\x05SummaryInformation", "Workbook"})), "xls", ""},
		{"xls of Excel 95", string(compound(t, 0, []string{"Book"})), "xls", ""},
		{"ppt", string(compound(t, 0, []string{"Current User", "PowerPoint Document"})), "ppt", ""},
		{"doc with a worksheet in it", string(compound(t, 0, []string{"WordDocument"}, "Workbook")), "doc", ""},
		{"doc of 1 MB", string(compound(t, 2000, []string{"1Table", "WordDocument"})), "doc", ""},
		{"doc of 20 MB", string(compound(t, 40_000, []string{"1Table", "WordDocument"})), "doc", ""},
		{"doc with macros", string(compound(t, 0, []string{"WordDocument", "Macros"})), "", macrosKey},
		{"xls with macros", string(compound(t, 0, []string{"Workbook", "_VBA_PROJECT_CUR"})), "", macrosKey},
		{"doc and xls at once", string(compound(t, 0, []string{"WordDocument", "Workbook"})), "", damagedKey},
		{"an installer", string(compound(t, 0, []string{"\x05SummaryInformation", "㼿䕷䑬"})), "", ""},
		{"a compound file of nothing", string(compound(t, 0, nil)), "", ""},
		{"only the start of a compound file", oleMagic + strings.Repeat("\x00", 600), "", damagedKey},
		{"a worksheet with a password", workbook(t, "geneva"), "", protectedKey},

		{"xlsx", workbook(t, ""), "xlsx", ""},
		{"docx", string(office(t, "word/document.xml", wordMain)), "docx", ""},
		{"pptx", string(office(t, "ppt/presentation.xml", slideMain)), "pptx", ""},
		{"docx that writes types in capitals", string(office(t, "word/document.xml", strings.ToUpper(wordMain))), "docx", ""},
		{"docx with an embedded worksheet", text(contentTypes("word/document.xml", wordMain, `<Default Extension="xlsx" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"/>`),
			part{"word/document.xml", ""}, part{"word/embeddings/a.xlsx", "PK"}), "docx", ""},
		{"docm", string(office(t, "word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml")), "", macrosKey},
		{"docx with a macro project", text(contentTypes("word/document.xml", wordMain, `<Override PartName="/word/vbaProject.bin" ContentType="application/vnd.ms-office.vbaProject"/>`),
			part{"word/document.xml", ""}, part{"word/vbaProject.bin", ""}), "", macrosKey},
		{"docx with a macro project under a wrong type", string(office(t, "word/document.xml", wordMain, part{"word/VBAProject.bin", "x"})), "", macrosKey},
		{"xlsx with a macro sheet in it", text(contentTypes("xl/workbook.xml", sheetMain, `<Default Extension="xlsm" ContentType="application/vnd.ms-excel.sheet.macroEnabled.12"/>`), part{"xl/workbook.xml", ""}), "", macrosKey},
		{"a template", string(office(t, "word/document.xml", "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml")), "", ""},
		{"docx without its main part", text(contentTypes("word/document.xml", wordMain, "")), "", damagedKey},
		{"two main parts", text(contentTypes("word/document.xml", wordMain, `<Override PartName="/xl/workbook.xml" ContentType="`+sheetMain+`"/>`),
			part{"word/document.xml", ""}, part{"xl/workbook.xml", ""}), "", damagedKey},
		{"two lists of types", text(contentTypes("word/document.xml", wordMain, ""), contentTypes("word/document.xml", "application/vnd.ms-word.document.macroEnabled.main+xml", ""), part{"word/document.xml", ""}), "", damagedKey},
		{"a list of types that is no XML", text(part{"[Content_Types].xml", "<Types"}), "", damagedKey},
		{"a list of types that unpacks without end", text(part{"[Content_Types].xml", strings.Repeat(" ", 3<<20)}), "", damagedKey},
		{"Office and OpenDocument at once", text(part{"mimetype", openText}, contentTypes("a", wordMain, ""), part{"a", ""}), "", damagedKey},
		{"any archive", text(part{"readme.txt", "hello"}), "", ""},
		{"a Java archive", text(part{"META-INF/MANIFEST.MF", "Main-Class: A"}), "", ""},
		{"an archive of too many parts", string(manyParts(t)), "", damagedKey},
		{"an archive without its end", text(part{"readme.txt", "hello"})[:60], "", damagedKey},
		{"only the start of an archive", "PK\x03\x04", "", damagedKey},
		{"an archive with a comment", string(commented(t)), "docx", ""},

		{"odt", string(openDocument(t, openText, manifest)), "odt", ""},
		{"ods", string(openDocument(t, "application/vnd.oasis.opendocument.spreadsheet", manifest)), "ods", ""},
		{"odp", string(openDocument(t, "application/vnd.oasis.opendocument.presentation", manifest, part{"Basic/script-lc.xml", ""}, part{"Basic/Standard/script-lb.xml", ""})), "odp", ""},
		{"odt with a password", string(openDocument(t, openText, locked)), "", protectedKey},
		{"odt with macros", string(openDocument(t, openText, manifest, part{"Basic/Standard/Module1.xml", ""})), "", macrosKey},
		{"odt with a script", string(openDocument(t, openText, manifest, part{"Scripts/python/a.py", ""})), "", macrosKey},
		{"an OpenDocument drawing", string(openDocument(t, "application/vnd.oasis.opendocument.graphics", manifest)), "", ""},
		{"an e-book", text(part{"mimetype", "application/epub+zip"}, part{"META-INF/container.xml", ""}), "", ""},
		{"odt without its manifest", text(part{"mimetype", openText}, part{"content.xml", ""}), "", damagedKey},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k, err := sniff(strings.NewReader(c.content), int64(len(c.content)))
			if err != nil {
				t.Fatal(err)
			}
			if k.format != c.format || k.wrong != c.wrong {
				t.Errorf("it is %+v", k)
			}
			if (k.mediaType == "") != (c.format == "") || !strings.HasPrefix(k.mediaType, mediaTypes[c.format]) {
				t.Errorf("its media type is %q", k.mediaType)
			}
		})
	}
}

func manyParts(t testing.TB) []byte {
	var parts []part
	for range zipMaxEntries + 1 {
		parts = append(parts, part{"a", ""})
	}
	return archiveOf(t, parts...)
}

func commented(t testing.TB) []byte {
	file := office(t, "word/document.xml", wordMain)
	comment := "made by PK\x05\x06 hand"
	binary.LittleEndian.PutUint16(file[len(file)-2:], uint16(len(comment)))
	return append(file, comment...)
}

func TestTextSaysItsEncoding(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"plain":                                  "text/plain; charset=utf-8",
		"تعهد":                                   "text/plain; charset=utf-8",
		strings.Repeat("تعهد ", 50_000):          "text/plain; charset=utf-8", // characters across blocks
		"a" + strings.Repeat("👩", 50_000):        "text/plain; charset=utf-8",
		"\xca\xda\xe5\xcf":                       "text/plain",
		"half a character \xd8":                  "text/plain",
		utf16Text(binary.BigEndian, "تعهد"):      "text/plain; charset=utf-16",
		strings.Repeat("a", 65535) + "é":         "text/plain; charset=utf-8",
		strings.Repeat("a", 65535) + "\xc3":      "text/plain",
		strings.Repeat("a", 65535) + "\xc3\x28a": "text/plain",
	} {
		k, err := sniff(strings.NewReader(content), int64(len(content)))
		if err != nil || k.mediaType != want {
			t.Errorf("%.20q… is %q, not %q: %v", content, k.mediaType, want, err)
		}
	}
}

// TestAnArchiveThatUnpacksToTerabytes is an Office document whose picture is a bomb: looking at it takes no time.
func TestAnArchiveThatUnpacksToTerabytes(t *testing.T) {
	t.Parallel()
	file := office(t, "word/document.xml", wordMain, part{"word/media/bomb.png", strings.Repeat("\x00", 50<<20)})
	if len(file) > 1<<20 {
		t.Fatalf("the bomb has %d bytes", len(file))
	}
	start := time.Now()
	if k, err := sniff(bytes.NewReader(file), int64(len(file))); err != nil || k.format != "docx" {
		t.Errorf("it is %+v: %v", k, err)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("it took %s", took)
	}
}

func TestAnErrorOfReadingIsNoDamage(t *testing.T) {
	t.Parallel()
	for name, content := range map[string][]byte{
		"text": bytes.Repeat([]byte("a"), 100_000), "compound": compound(t, 300, []string{"WordDocument"}), "archive": office(t, "word/document.xml", wordMain),
	} {
		broken := brokenAfter{bytes.NewReader(content), 1}
		if _, err := sniff(&broken, int64(len(content))); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// brokenAfter fails after some reads.
type brokenAfter struct {
	io.ReaderAt
	left int
}

// ReadAt reads or fails.
func (b *brokenAfter) ReadAt(p []byte, at int64) (int, error) {
	if b.left--; b.left < 0 {
		return 0, os.ErrDeadlineExceeded
	}
	return b.ReaderAt.ReadAt(p, at)
}

func FuzzSniff(f *testing.F) {
	for _, seed := range []string{"", "text", "%PDF-1.7", `{\rtf1}`, "\xff\xfea\x00", "PK\x03\x04"} {
		f.Add([]byte(seed))
	}
	f.Add(compound(f, 0, []string{"WordDocument", "1Table"}, "Workbook"))
	f.Add(office(f, "word/document.xml", wordMain))
	f.Add(openDocument(f, openText, manifest))
	f.Fuzz(func(t *testing.T, content []byte) {
		if len(content) == 0 {
			return
		}
		k, err := sniff(bytes.NewReader(content), int64(len(content)))
		if err != nil {
			t.Errorf("an error of reading from memory: %v", err)
		}
		if k.format != "" && (k.wrong != "" || !slices.Contains(Formats, k.format)) {
			t.Errorf("it is %+v", k)
		}
	})
}
