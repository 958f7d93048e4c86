package word_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"portal/internal/i18n"
	"portal/internal/word"
)

// sampleDocument has one part of each kind, and words of both directions.
func sampleDocument() word.Document {
	return word.Document{
		Title: "Pledges in 2026", About: []string{"What was pledged."}, Site: "Portal",
		Parts: []word.Part{
			word.Heading{Level: 1, Text: "Three <new> & old"}, word.Paragraph{Text: "By actor", Note: true},
			word.Chart{Title: "By status", Names: []string{"Planned", "Fulfilled"}, Series: []word.Series{{Name: "Before", Values: []int{2, 0}}, {Name: "After", Values: []int{1, 2}}}},
			word.Table{Caption: "By status", Total: true, Columns: []word.TableColumn{{Head: "Status"}, {Head: "Pledges", Number: true}}, Rows: [][]string{{"Planned", "1"}, {"All", "3"}}},
			word.Chart{Title: "By nature", Names: []string{"Policy"}, Series: []word.Series{{Name: "Pledges", Values: []int{3}}}},
			word.Heading{Level: 2, Text: "مدارس مفتوحة", Lang: "ar"}, word.Words{Text: "All **doors** are open *all* day, [by law](https://x.example/a):\n\n- one\n- two", Lang: "en"},
			word.Link{Text: "Read it", Address: "https://portal.example/en/pledges/GCM-P-0001?a=1&b=2"}, word.Paragraph{Text: "The end\x00\x01."},
		},
	}
}

// A document is well-formed, every relation leads to a part that is there and has a type, and equal documents are equal files.
func TestADocumentHoldsTogether(t *testing.T) {
	t.Parallel()
	for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic, i18n.Chinese} {
		content, err := word.WriteDocument(in(t, lang), sampleDocument())
		if err != nil {
			t.Fatal(err)
		}
		again, err := word.WriteDocument(in(t, lang), sampleDocument())
		if err != nil || !bytes.Equal(content, again) {
			t.Errorf("%s: the same document is another file (%v)", lang, err)
		}
		names, all := parts(t, content)
		for name, part := range all {
			d := xml.NewDecoder(strings.NewReader(part))
			for {
				if _, err := d.Token(); errors.Is(err, io.EOF) {
					break
				} else if err != nil {
					t.Fatalf("%s: %s: %v", lang, name, err)
				}
			}
		}
		if len(names) != 12 {
			t.Errorf("%s: the parts are %v", lang, names)
		}
		for _, part := range []string{"word/charts/chart1.xml", "word/charts/chart2.xml"} {
			if all[part] == "" || !strings.Contains(all["[Content_Types].xml"], `PartName="/`+part+`"`) || !strings.Contains(all["word/_rels/document.xml.rels"], `Target="`+strings.TrimPrefix(part, "word/")+`"`) {
				t.Errorf("%s: %s is not where it belongs", lang, part)
			}
		}
		text := all["word/document.xml"]
		for _, id := range []string{"rIdChart1", "rIdChart2", "rIdLink1"} {
			if strings.Count(text, `r:id="`+id+`"`) != 1 || strings.Count(all["word/_rels/document.xml.rels"], `Id="`+id+`"`) != 1 {
				t.Errorf("%s: the relation %s does not hold", lang, id)
			}
		}
		for _, want := range []string{"Three &lt;new&gt; &amp; old", `<w:r><w:rPr><w:b/><w:bCs/><w:lang w:val="en-GB"/></w:rPr><w:t xml:space="preserve">doors</w:t></w:r>`, `<w:i/><w:iCs/><w:lang w:val="en-GB"/></w:rPr><w:t xml:space="preserve">all</w:t>`, "by law (https://x.example/a)", `<w:pStyle w:val="Heading1"/>`, `<w:rtl/><w:lang w:bidi="ar-SA"/></w:rPr><w:t xml:space="preserve">مدارس مفتوحة`, `w:val="en-GB"`, `<w:tblHeader/>`, "The end."} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: the text has no %s", lang, want)
			}
		}
		if got := strings.Contains(all["word/charts/chart1.xml"], `<c:min val="0"/>`) && strings.Count(all["word/charts/chart1.xml"], "<c:ser>") == 2; !got {
			t.Errorf("%s: the chart is %s", lang, all["word/charts/chart1.xml"])
		}
		if _, err := word.Read(t.Context(), content, pledges, vocabulary(t)); err == nil {
			t.Errorf("%s: a report is read as a form", lang)
		}
	}
}
