package word_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/word"
)

const typesOfWord = `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>`

const wordNS = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"`

// compound is a file of an old Word, or an encrypted one, with a stream of the name.
func compound(stream string) []byte {
	b := append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 1016)...)
	for i := range len(stream) {
		b = append(b, stream[i], 0)
	}
	return append(b, make([]byte, 512)...)
}

func TestFilesThatAreRefused(t *testing.T) {
	t.Parallel()
	v := vocabulary(t)
	blank := write(t, in(t, i18n.English), pledges, v, nil)
	document := func(inside string) []byte {
		return zipped(t, pair{"[Content_Types].xml", typesOfWord}, pair{"word/document.xml", inside})
	}
	encrypted := bytes.Clone(blank)
	for at := 0; ; {
		i := bytes.Index(encrypted[at:], []byte("PK\x01\x02"))
		if i < 0 {
			break
		}
		encrypted[at+i+8] |= 1
		at += i + 4
	}
	many := []pair{{"[Content_Types].xml", typesOfWord}}
	for range 2500 {
		many = append(many, pair{"word/media/x.bin", ""})
	}
	otherKind := *pledges
	otherKind.Kind = "practice"
	for _, c := range []struct {
		name    string
		content []byte
		want    error
	}{
		{"nothing", nil, word.ErrNotWord},
		{"a text", []byte("Dear Sir or Madam"), word.ErrNotWord},
		{"a PDF", []byte("%PDF-1.7\n"), word.ErrNotWord},
		{"a document of an old Word", compound("WordDocument"), word.ErrOldWord},
		{"a table of an old Excel", compound("Workbook"), word.ErrNotWord},
		{"a file with a password", compound("EncryptedPackage"), word.ErrProtected},
		{"an archive with a password", encrypted, word.ErrProtected},
		{"a file that breaks off", blank[:len(blank)/2], word.ErrDamaged},
		{"any archive", zipped(t, pair{"letter.txt", "x"}), word.ErrNotWord},
		{"an OpenDocument", zipped(t, pair{"mimetype", "application/vnd.oasis.opendocument.text"}, pair{"content.xml", "<x/>"}), word.ErrOpenDoc},
		{"a table of Excel", zipped(t, pair{"[Content_Types].xml", strings.ReplaceAll(typesOfWord, "wordprocessingml.document.main", "spreadsheetml.sheet.main")}, pair{"xl/workbook.xml", "<x/>"}), word.ErrNotWord},
		{"a document with macros", edited(t, blank, "[Content_Types].xml", func(s string) string {
			return strings.Replace(s, "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml", "application/vnd.ms-word.document.macroEnabled.main+xml", 1)
		}), word.ErrMacros},
		{"a document that hides a macro", edited(t, blank, "word/vbaProject.bin", func(string) string { return "x" }), word.ErrMacros},
		{"a bomb", document("<w:document " + wordNS + "><w:body>" + strings.Repeat(" ", 17<<20) + "</w:body></w:document>"), word.ErrTooLarge},
		{"a bomb in another part", edited(t, blank, "word/styles.xml", func(string) string { return strings.Repeat(" ", 17<<20) }), word.ErrTooLarge},
		{"elements in elements without end", document("<w:document " + wordNS + "><w:body>" + strings.Repeat("<w:sdt><w:sdtContent>", 5000)), word.ErrTooLarge},
		{"elements in a run without end", document("<w:document " + wordNS + "><w:body><w:p>" + strings.Repeat("<w:ins>", 5000)), word.ErrTooLarge},
		{"paragraphs without end", document("<w:document " + wordNS + "><w:body>" + strings.Repeat("<w:p/>", 60_000) + "</w:body></w:document>"), word.ErrTooLarge},
		{"parts without end", zipped(t, many...), word.ErrTooLarge},
		{"a part twice", zipped(t, pair{"[Content_Types].xml", typesOfWord}, pair{"word/document.xml", "<x/>"}, pair{"WORD/document.xml", "<x/>"}), word.ErrDamaged},
		{"entities that grow", document(`<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><w:document ` + wordNS + `><w:body><w:p><w:r><w:t>&b;</w:t></w:r></w:p></w:body></w:document>`), word.ErrDamaged},
		{"an entity from elsewhere", document(`<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><w:document ` + wordNS + `><w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body></w:document>`), word.ErrDamaged},
		{"an entity that there is not", document(`<w:document ` + wordNS + `><w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body></w:document>`), word.ErrDamaged},
		{"not well formed", document("<w:document " + wordNS + "><w:body><w:p></w:body>"), word.ErrDamaged},
		{"no text in it", zipped(t, pair{"[Content_Types].xml", typesOfWord}), word.ErrDamaged},
		{"another document", document("<w:document " + wordNS + "><w:body>" + p("Dear Sir or Madam") + "</w:body></w:document>"), word.ErrOtherFile},
		{"the form of something else", write(t, in(t, i18n.English), &otherKind, v, form.Answers{"title": {"x"}}), word.ErrOtherKind},
		{"a blank form", blank, word.ErrEmpty},
		{"a file larger than 10 MB", append(bytes.Clone(blank), make([]byte, 10<<20)...), word.ErrTooLarge},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := word.Read(t.Context(), c.content, pledges, v)
			if !errors.Is(err, c.want) {
				t.Fatalf("got %v, want %v", err, c.want)
			}
			key, ok := word.Reason(err)
			if !ok || !i18n.Has(i18n.English, key) || !i18n.Has(i18n.Arabic, key) {
				t.Errorf("no text says why: %q", key)
			}
		})
	}
}

func FuzzRead(f *testing.F) {
	v := vocabulary(f)
	f.Add(write(f, in(f, i18n.English), pledges, v, form.Answers{"title": {"x"}}))
	f.Add(zipped(f, pair{"[Content_Types].xml", typesOfWord}, pair{"word/document.xml", "<w:document " + wordNS + "><w:body>" + p("x") + "</w:body></w:document>"}))
	f.Add(compound("WordDocument"))
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := word.Read(t.Context(), content, pledges, v)
		if err == nil && len(r.Answers)+len(r.Loose)+len(r.Gone) == 0 {
			t.Error("nothing was read, and nobody is told")
		}
		if _, known := word.Reason(err); err != nil && !known {
			t.Errorf("no text says what is wrong: %v", err)
		}
	})
}

// FuzzDocument fuzzes what is inside the archive, which the other target hardly reaches.
func FuzzDocument(f *testing.F) {
	v := vocabulary(f)
	f.Add(`<w:p><w:bookmarkStart w:name="q_title"/><w:r><w:t>Name</w:t></w:r></w:p><w:tbl><w:tr><w:tc><w:p><w:sdt><w:sdtPr><w:tag w:val="title"/></w:sdtPr><w:sdtContent><w:r><w:t>x</w:t></w:r></w:sdtContent></w:sdt></w:p></w:tc></w:tr></w:tbl>`)
	f.Add(`<w:tbl><w:tr><w:tc><w:p><w:pPr><w:numPr><w:ilvl w:val="8"/><w:numId w:val="2"/></w:numPr><w:rPr><w:del/></w:rPr></w:pPr><w:sdt><w:sdtPr><w:alias w:val="a [description]"/></w:sdtPr></w:sdt><w:r><w:t>x</w:t><w:br/></w:r></w:p></w:tc></w:tr></w:tbl>`)
	f.Add(`<w:sdt><w:sdtPr><w:tag w:val="indicators.7.due"/><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:tc><w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r></w:p></w:tc></w:sdtContent></w:sdt>`)
	f.Fuzz(func(t *testing.T, inside string) {
		content := zipped(t, pair{"[Content_Types].xml", typesOfWord}, pair{"word/document.xml", `<w:document ` + wordNS + `><w:body>` + inside + `</w:body></w:document>`})
		r, err := word.Read(t.Context(), content, pledges, v)
		if _, known := word.Reason(err); err != nil && !known {
			t.Errorf("no text says what is wrong: %v", err)
		}
		if err == nil && len(r.Answers) > 0 { // what was read can be written again
			write(t, in(t, i18n.Arabic), pledges, v, r.Answers)
		}
	})
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{"27 March 2027", "٢٧ آذار/مارس ٢٠٢٧", "2027-03-27", "–/3/2027", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		day, month, year := word.ReadDate(typed)
		if strings.TrimSpace(typed) != "" && day+month+year == "" && strings.Trim(typed, "/–- \t\n") != "" {
			t.Errorf("%q is lost", typed)
		}
	})
}
