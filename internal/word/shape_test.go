package word_test

import (
	"slices"
	"strings"
	"testing"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/word"
)

// What Word, and people, make of a file; each case edits the blank form and says what is read.
func TestShapesOfFiles(t *testing.T) {
	t.Parallel()
	v := vocabulary(t)
	blank := write(t, in(t, i18n.English), pledges, v, nil)
	run := func(s string) string {
		return `<w:r w:rsidRPr="00A1"><w:rPr><w:b/><w:color w:val="FF0000"/></w:rPr><w:t xml:space="preserve">` + s + `</w:t></w:r>`
	}
	control := func(key, content string) string {
		return `<w:sdt><w:sdtPr><w:alias w:val="x"/><w:tag w:val="` + key + `"/><w:id w:val="7"/><w:placeholder><w:docPart w:val="DefaultPlaceholder_-1854013440"/></w:placeholder><w15:color w:val="00568C"/></w:sdtPr><w:sdtContent>` + content + `</w:sdtContent></w:sdt>`
	}
	list := func(level, text string) string {
		return `<w:p><w:pPr><w:numPr><w:ilvl w:val="` + level + `"/><w:numId w:val="99"/></w:numPr></w:pPr>` + run(text) + `</w:p>`
	}
	for _, c := range []struct {
		name    string
		content []byte
		want    form.Answers
		loose   []string
	}{
		{"runs that spelling marks split", typed(t, blank, "title", `<w:p w:rsidR="00B2">`+control("title", run("A regis")+`<w:proofErr w:type="spellStart"/>`+run("ter of ")+`<w:proofErr w:type="spellEnd"/><w:smartTag><w:smartTagPr/>`+run("recruiters")+`</w:smartTag>`)+`</w:p>`),
			form.Answers{"title": {"A register of recruiters"}}, nil},
		{"tracked changes", typed(t, blank, "title", `<w:p>`+control("title", run("A ")+`<w:ins w:id="1" w:author="x">`+run("new ")+`</w:ins><w:del w:id="2"><w:r><w:delText>old </w:delText></w:r></w:del>`+run("register"))+`</w:p>`),
			form.Answers{"title": {"A new register"}}, nil},
		{"paragraphs that a tracked change joins", typed(t, blank, "description", `<w:p><w:pPr><w:rPr><w:del w:id="1"/></w:rPr></w:pPr>`+run("One ")+`</w:p>`+p("two")+`<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr>`+run("three")+`</w:p>`),
			form.Answers{"description": {"One two\n\nthree"}}, nil},
		{"a control around paragraphs", typed(t, blank, "description", control("description", p("One")+p("")+p("two"))),
			form.Answers{"description": {"One\n\ntwo"}}, nil},
		{"a control around a cell", body(t, blank, func(s string) string {
			from, to := paragraphOf(t, s, "title")
			from, to = strings.LastIndex(s[:from], "<w:tc>"), to+strings.Index(s[to:], "</w:tc>")+len("</w:tc>")
			return s[:from] + control("title", `<w:tc>`+p("A register")+`</w:tc>`) + s[to:]
		}), form.Answers{"title": {"A register"}}, nil},
		{"the control deleted", typed(t, blank, "title", p("A register")), form.Answers{"title": {"A register"}}, nil},
		{"the box deleted", body(t, blank, func(s string) string {
			from, to := paragraphOf(t, s, "title")
			from, to = strings.LastIndex(s[:from], "<w:tbl>"), to+strings.Index(s[to:], "</w:tbl>")+len("</w:tbl>")
			return s[:from] + p("A register") + s[to:]
		}), form.Answers{"title": {"A register"}}, nil},
		{"Word's own prompt", typed(t, blank, "title", `<w:p><w:sdt><w:sdtPr><w:tag w:val="title"/><w:showingPlcHdr/></w:sdtPr><w:sdtContent><w:r><w:rPr><w:rStyle w:val="PlaceholderText"/></w:rPr><w:t>Klicken Sie hier.</w:t></w:r></w:sdtContent></w:sdt></w:p>`+p("x")),
			form.Answers{"title": {"x"}}, nil},
		{"a prompt left standing", typed(t, blank, "title", p("Write your answer hereA register")), form.Answers{"title": {"A register"}}, nil},
		{"an address made a link", typed(t, blank, "contact_email", `<w:p>`+control("contact_email", `<w:hyperlink r:id="rId9"><w:r><w:t>mailto:amina@migration.example</w:t></w:r></w:hyperlink>`)+`</w:p>`),
			form.Answers{"contact_email": {"amina@migration.example"}}, nil},
		{"a field with its code", typed(t, blank, "contact_email", `<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>HYPERLINK "x"</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>`+run("amina@migration.example")+`<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p>`),
			form.Answers{"contact_email": {"amina@migration.example"}}, nil},
		{"blanks that do not break, hyphens that cannot be seen", typed(t, blank, "title", p("A\u00a0regi\u00adster\u200b of  recruiters")), form.Answers{"title": {"A register of recruiters"}}, nil},
		{"a line break in a short answer", typed(t, blank, "title", `<w:p><w:r><w:t>A</w:t><w:br/><w:t>register</w:t></w:r></w:p>`), form.Answers{"title": {"A register"}}, nil},
		{"lists in a long answer", edited(t, typed(t, blank, "description", p("We will:")+list("0", "register")+list("1", "all")+list("0", "inspect")+p("•\tpasted")), "word/numbering.xml", func(s string) string {
			return strings.Replace(s, "</w:numbering>", `<w:num w:numId="99"><w:abstractNumId w:val="1"/></w:num></w:numbering>`, 1)
		}), form.Answers{"description": {"We will:\n\n1. register\n   1. all\n2. inspect\n\n- pasted"}}, nil},
		{"a table in a long answer", typed(t, blank, "description", `<w:tbl><w:tr><w:tc>`+p("2026")+`</w:tc><w:tc>`+p("120")+`</w:tc></w:tr></w:tbl>`+p("Figures.")), form.Answers{"description": {"2026\n\n120\n\nFigures."}}, nil},
		{"an x in front of a box", body(t, blank, func(s string) string {
			from, _ := paragraphOf(t, s, "type=matching")
			at := from + strings.Index(s[from:], "</w:pPr>") + len("</w:pPr>")
			return s[:at] + run("x") + s[at:]
		}), form.Answers{"type": {"matching"}}, nil},
		{"an x in place of a box", typed(t, blank, "type=matching", p("x Matching — It matches a pledge that is already published.")), form.Answers{"type": {"matching"}}, nil},
		{"the options typed anew", body(t, blank, func(s string) string {
			from, _ := paragraphOf(t, s, "natures=policy_oriented")
			_, to := paragraphOf(t, s, "natures=other")
			return s[:from] + p("human resources") + s[to:]
		}), form.Answers{"natures": {"human_resources"}}, nil},
		{"an option that there is not", body(t, blank, func(s string) string {
			from, _ := paragraphOf(t, s, "natures=policy_oriented")
			return s[:from] + p("☒ Prayer") + s[from:]
		}), form.Answers{"natures": {"Prayer"}}, nil},
		{"a remark among the options", body(t, blank, func(s string) string {
			from, _ := paragraphOf(t, s, "natures=policy_oriented")
			return s[:from] + p("We are not sure yet") + s[from:]
		}), form.Answers{}, []string{"We are not sure yet"}},
		{"a tick of an old font", typed(t, blank, "scope=global", `<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>`+run(" Worldwide")+`</w:p>`), form.Answers{"scope": {"global"}}, nil},
		{"countries in one line, in two languages", typed(t, blank, "countries", p("Kenya; أوغندا; TZ")), form.Answers{"countries": {"KE", "UG", "TZ"}}, nil},
		{"a country that there is not", typed(t, blank, "countries", p("Atlantis")), form.Answers{"countries": {"Atlantis"}}, nil},
		{"text below a box", body(t, blank, func(s string) string {
			from, to := paragraphOf(t, s, "title")
			at := to + strings.Index(s[to:], "</w:tbl>") + len("</w:tbl>")
			return s[:from] + p("A register") + s[to:at] + p("and an afterthought") + s[at:]
		}), form.Answers{"title": {"A register"}}, []string{"and an afterthought"}},
		{"text in a text box, said twice", body(t, blank, func(s string) string {
			return strings.Replace(s, "<w:sectPr>", `<w:p><w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><w:txbxContent>`+p("a note")+`</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>`+p("a note")+`</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p><w:sectPr>`, 1)
		}), form.Answers{}, []string{"a note"}},
		{"a comment", edited(t, blank, "word/comments.xml", func(string) string {
			return `<w:comments ` + wordNS + `><w:comment w:id="0">` + p("Ask the ministry") + `</w:comment></w:comments>`
		}), form.Answers{}, []string{"Ask the ministry"}},
		{"a row that was copied", body(t, typed(t, blank, "indicators.0.what", `<w:p>`+control("indicators.0.what", run("First"))+`</w:p>`), func(s string) string {
			from, to := paragraphOf(t, s, "indicators.0.what")
			from, to = strings.LastIndex(s[:from], "<w:tbl>"), to+strings.Index(s[to:], "</w:tbl>")+len("</w:tbl>")
			copied := strings.ReplaceAll(strings.Replace(s[from:to], "First", "Copied", 1), `w:name="q_`, `w:name="copy_`)
			return s[:to] + p("") + `<w:sdt><w:sdtPr><w15:repeatingSection/></w:sdtPr><w:sdtContent><w:sdt><w:sdtPr><w15:repeatingSectionItem/></w:sdtPr><w:sdtContent>` + copied + `</w:sdtContent></w:sdt></w:sdtContent></w:sdt>` + s[to:]
		}), form.Answers{"indicators.0.what": {"First"}, "indicators.1.what": {"Copied"}}, nil},
		{"tags dropped", body(t, typed(t, blank, "title", `<w:p>`+control("title", run("A register"))+`</w:p>`), func(s string) string {
			var b strings.Builder
			for i, piece := range strings.Split(s, `<w:tag w:val="`) {
				if i > 0 {
					_, piece, _ = strings.Cut(piece, "/>")
				}
				b.WriteString(piece)
			}
			return b.String()
		}), form.Answers{"title": {"A register"}}, nil},
		{"bookmarks dropped", body(t, typed(t, blank, "title", `<w:p>`+control("title", run("A register"))+`</w:p>`), func(s string) string {
			return strings.ReplaceAll(s, `w:name="q_`, `w:name="dropped_`)
		}), form.Answers{"title": {"A register"}}, nil},
		{"properties dropped", edited(t, typed(t, blank, "title", p("A register")), "docProps/custom.xml", func(string) string { return "<Properties/>" }), form.Answers{"title": {"A register"}}, nil},
		{"the names of elements as in strict files", body(t, typed(t, blank, "title", p("A register")), func(s string) string {
			return strings.ReplaceAll(s, "http://schemas.openxmlformats.org/wordprocessingml/2006/main", "http://purl.oclc.org/ooxml/wordprocessingml/main")
		}), form.Answers{"title": {"A register"}}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, err := word.Read(t.Context(), c.content, pledges, v)
			if err != nil {
				t.Fatal(err)
			}
			if !r.Answers.Equal(c.want) {
				t.Errorf("read %q, want %q", r.Answers, c.want)
			}
			var loose []string
			for _, l := range r.Loose {
				loose = append(loose, l.Text)
			}
			if !slices.Equal(loose, c.loose) {
				t.Errorf("loose %q, want %q", loose, c.loose)
			}
			if strings.HasPrefix(c.name, "tracked") != r.Tracked && !strings.Contains(c.name, "tracked") {
				t.Errorf("tracked: %v", r.Tracked)
			}
			if r.Other || len(r.Gone) > 0 {
				t.Errorf("other %v, gone %q", r.Other, r.Gone)
			}
		})
	}
}

// A file of an older form is read as far as its questions still exist.
func TestAFileOfAnOlderForm(t *testing.T) {
	t.Parallel()
	v := vocabulary(t)
	older := *pledges
	older.Steps = slices.Clone(pledges.Steps)
	for i, s := range older.Steps {
		s.Fields = slices.Clone(s.Fields)
		switch s.ID {
		case "text": // a question that the form has no more, in place of one that it did not have yet
			s.Fields[1] = form.Field{ID: "obstacles", Type: form.LongText, Max: 500}
		case "place":
			s.Fields = s.Fields[:3]
		}
		older.Steps[i] = s
	}
	content := write(t, in(t, i18n.Arabic), &older, v, form.Answers{"title": {"سجل"}, "obstacles": {"Staff turnover."}, "description": {"x"}})
	r := read(t, content, v)
	if !r.Other || r.Has("regions") || r.Has("barriers") || !r.Has("title") {
		t.Errorf("other %v, fields %v", r.Other, r.Fields)
	}
	if !r.Answers.Equal(form.Answers{"title": {"سجل"}, "description": {"x"}}) || len(r.Loose) > 0 {
		t.Errorf("answers %q, loose %q", r.Answers, r.Loose)
	}
	if len(r.Gone) != 1 || r.Gone[0].Text != "Staff turnover." {
		t.Errorf("gone %q", r.Gone)
	}
}
