package word

import (
	"archive/zip"
	"fmt"
	"io"
	"strings"

	"portal/internal/i18n"
)

const (
	wordNS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	header = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	spaces = `xmlns:w="` + wordNS + `" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:w14="http://schemas.microsoft.com/office/word/2010/wordml" mc:Ignorable="w14"`
)

// pack writes the parts into the archive. Nothing in it depends on the time, so that equal forms make equal files.
func (w *writer) pack(to io.Writer) error {
	archive := zip.NewWriter(to)
	type part struct{ name, content string }
	parts := []part{
		{"[Content_Types].xml", w.contentTypes()},
		{"_rels/.rels", relations},
		{"docProps/core.xml", w.coreProperties()},
		{"docProps/custom.xml", w.customProperties()},
		{"word/_rels/document.xml.rels", w.documentRelations()},
		{"word/document.xml", header + `<w:document ` + spaces + `><w:body>` + w.body.String() + w.section() + `</w:body></w:document>`},
		{"word/styles.xml", w.styles()},
		{"word/numbering.xml", w.numbering()},
		{"word/settings.xml", w.settings()},
		{"word/footer1.xml", w.footer()},
	}
	for i, c := range w.charts {
		parts = append(parts, part{chartPart(i), c.part(w.rtl)})
	}
	for _, part := range parts {
		file, err := archive.Create(part.name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(file, part.content); err != nil {
			return err
		}
	}
	return archive.Close()
}

func (w *writer) contentTypes() string {
	charts := ""
	for i := range w.charts {
		charts += `<Override PartName="/` + chartPart(i) + `" ContentType="application/vnd.openxmlformats-officedocument.drawingml.chart+xml"/>`
	}
	return contentTypes + charts + `</Types>`
}

const contentTypes = header + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
	`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
	`<Default Extension="xml" ContentType="application/xml"/>` +
	`<Override PartName="/word/document.xml" ContentType="` + mainType + `"/>` +
	`<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>` +
	`<Override PartName="/word/numbering.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.numbering+xml"/>` +
	`<Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/>` +
	`<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.footer+xml"/>` +
	`<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>` +
	`<Override PartName="/docProps/custom.xml" ContentType="application/vnd.openxmlformats-officedocument.custom-properties+xml"/>`

const mainType = MediaType + ".main+xml"

const relations = header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">` +
	`<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>` +
	`<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/>` +
	`<Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/custom-properties" Target="docProps/custom.xml"/>` +
	`</Relationships>`

func (w *writer) documentRelations() string {
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
	all := header + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`
	for i, kind := range []string{"styles", "numbering", "settings"} {
		all += fmt.Sprintf(`<Relationship Id="rId%d" Type="%s" Target="%s.xml"/>`, i+1, office+kind, kind)
	}
	all += `<Relationship Id="rIdFooter" Type="` + office + `footer" Target="footer1.xml"/>`
	for i, address := range w.links {
		all += `<Relationship Id="` + linkID(i) + `" Type="` + office + `hyperlink" Target="` + escape(address) + `" TargetMode="External"/>`
	}
	for i := range w.charts {
		all += `<Relationship Id="` + chartID(i) + `" Type="` + office + `chart" Target="` + strings.TrimPrefix(chartPart(i), "word/") + `"/>`
	}
	return all + `</Relationships>`
}

func (w *writer) coreProperties() string {
	return header + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">` +
		`<dc:title>` + escape(w.title) + `</dc:title><dc:creator>` + escape(w.site) + `</dc:creator><dc:language>` + string(i18n.From(w.ctx)) + `</dc:language></cp:coreProperties>`
}

// The names of the properties that say what the file is.
const (
	propertyKind    = "PortalForm"
	propertyVersion = "PortalVersion"
	propertyLang    = "PortalLanguage"
)

func (w *writer) customProperties() string {
	all := header + `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">`
	for i, p := range w.properties {
		all += fmt.Sprintf(`<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="%d" name="%s"><vt:lpwstr>%s</vt:lpwstr></property>`, i+2, p[0], escape(p[1]))
	}
	return all + `</Properties>`
}

func (w *writer) settings() string {
	return header + `<w:settings ` + spaces + `><w:zoom w:percent="100"/><w:defaultTabStop w:val="567"/><w:characterSpacingControl w:val="doNotCompress"/><w:compat><w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>` + w.themeLanguage() + `</w:settings>`
}

func (w *writer) themeLanguage() string {
	return `<w:themeFontLang w:val="` + w.latin() + `" w:bidi="ar-SA"/>`
}

// latin is the language of text in Latin, Cyrillic or Chinese letters, bidi that of Arabic ones.
func (w *writer) latin() string { return tongue(i18n.From(w.ctx)) }

// tongue is a language with the country whose spelling a word processor looks for.
func tongue(l i18n.Lang) string {
	switch l {
	case i18n.English, i18n.Arabic:
		return "en-GB"
	case i18n.Chinese:
		return "zh-CN"
	default:
		return string(l) + "-" + strings.ToUpper(string(l))
	}
}

func (w *writer) section() string {
	bidi := ""
	if w.rtl {
		bidi = `<w:bidi/>`
	}
	return `<w:sectPr><w:footerReference w:type="default" r:id="rIdFooter"/><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1134" w:right="1134" w:bottom="1134" w:left="1134" w:header="567" w:footer="567" w:gutter="0"/>` + bidi + `</w:sectPr>`
}

// footer names the file and counts the pages.
func (w *writer) footer() string {
	bidi := ""
	if w.rtl {
		bidi = `<w:bidi/>`
	}
	field := func(name string) string {
		run := `<w:r><w:rPr><w:noProof/>` + w.direction() + `</w:rPr>`
		return run + `<w:fldChar w:fldCharType="begin"/></w:r>` + run + `<w:instrText xml:space="preserve"> ` + name + ` </w:instrText></w:r>` +
			run + `<w:fldChar w:fldCharType="separate"/></w:r>` + run + `<w:t>1</w:t></w:r>` + run + `<w:fldChar w:fldCharType="end"/></w:r>`
	}
	var pages strings.Builder
	for _, piece := range pieces(w.t("word.page", "\x00PAGE\x00", "\x00NUMPAGES\x00")) {
		if piece == "PAGE" || piece == "NUMPAGES" {
			pages.WriteString(field(piece))
			continue
		}
		pages.WriteString(w.run(piece, false))
	}
	return header + `<w:ftr ` + spaces + `><w:p><w:pPr><w:pStyle w:val="Footer"/>` + bidi + `</w:pPr>` + w.run(w.foot, false) +
		`<w:r><w:tab/></w:r>` + pages.String() + `</w:p></w:ftr>`
}

func pieces(s string) []string {
	var all []string
	for piece := range strings.SplitSeq(s, "\x00") {
		if piece != "" {
			all = append(all, piece)
		}
	}
	return all
}

// numbering has one list of each kind and an instance for every list, so that each counts from one.
func (w *writer) numbering() string {
	all := header + `<w:numbering ` + spaces + `>`
	for i, ordered := range []bool{false, true} {
		all += fmt.Sprintf(`<w:abstractNum w:abstractNumId="%d"><w:multiLevelType w:val="hybridMultilevel"/>`, i)
		for level := range 9 {
			format, mark, font := "bullet", "•", `<w:rPr><w:rFonts w:ascii="Arial" w:hAnsi="Arial" w:cs="Arial"/></w:rPr>`
			if ordered {
				format, mark, font = "decimal", fmt.Sprintf("%%%d.", level+1), ""
			}
			side := "left"
			all += fmt.Sprintf(`<w:lvl w:ilvl="%d"><w:start w:val="1"/><w:numFmt w:val="%s"/><w:lvlText w:val="%s"/><w:lvlJc w:val="%s"/><w:pPr><w:ind w:left="%d" w:hanging="340"/></w:pPr>%s</w:lvl>`, level, format, mark, side, 397*(level+1), font)
		}
		all += `</w:abstractNum>`
	}
	for i, ordered := range w.lists {
		kind := 0
		if ordered {
			kind = 1
		}
		all += fmt.Sprintf(`<w:num w:numId="%d"><w:abstractNumId w:val="%d"/>`, i+1, kind)
		for level := range 9 {
			all += fmt.Sprintf(`<w:lvlOverride w:ilvl="%d"><w:startOverride w:val="1"/></w:lvlOverride>`, level)
		}
		all += `</w:num>`
	}
	return all + `</w:numbering>`
}

// style is one style of paragraphs; properties and runs are its markup.
type style struct{ id, name, next, paragraph, run string }

// styles are the looks of the file: the design's colours, Georgia over Calibri, and Arial for Arabic, which every computer
// has. Sizes are in half points, with those of Arabic a little larger.
//
// No paragraph of a cell is kept with the next one: LibreOffice then keeps the whole table on one page.
func (w *writer) styles() string {
	serif := `<w:rFonts w:ascii="Georgia" w:hAnsi="Georgia" w:cs="Arial"/>`
	size := func(n int) string { return fmt.Sprintf(`<w:sz w:val="%d"/><w:szCs w:val="%d"/>`, n, n+1) }
	colour := func(hex string) string { return `<w:color w:val="` + hex + `"/>` }
	space := func(before, after int) string {
		return fmt.Sprintf(`<w:spacing w:before="%d" w:after="%d"/>`, before, after)
	}
	all := []style{
		{"Title", "Title", "Subtitle", space(0, 80), serif + colour("06294A") + size(48)},
		{"Subtitle", "Subtitle", "Normal", space(0, 200), colour("3B5064") + size(24)},
		{"Heading1", "heading 1", "Normal", `<w:keepNext/><w:keepLines/><w:pBdr><w:bottom w:val="single" w:sz="8" w:space="4" w:color="00568C"/></w:pBdr>` + space(560, 160) + `<w:outlineLvl w:val="0"/>`, serif + colour("06294A") + size(34)},
		{"Heading2", "heading 2", "Normal", `<w:keepNext/><w:keepLines/>` + space(300, 60) + `<w:outlineLvl w:val="1"/>`, `<w:b/><w:bCs/>` + colour("0B2239") + size(24)},
		{"Heading3", "heading 3", "Normal", `<w:keepNext/><w:keepLines/>` + space(240, 80) + `<w:outlineLvl w:val="2"/>`, `<w:b/><w:bCs/>` + colour("00568C") + size(22)},
		{"PortalOwner", "Portal Owner", "Title", space(0, 240), colour("556879") + size(20)},
		{"PortalLede", "Portal Lede", "Normal", `<w:keepNext/>` + space(0, 120), colour("3B5064") + size(22)},
		{"PortalHow", "Portal How", "Normal", space(40, 80), `<w:b/><w:bCs/>` + colour("06294A") + size(24)},
		{"PortalBody", "Portal Body", "PortalBody", space(20, 40), ""},
		{"PortalHint", "Portal Hint", "Normal", `<w:keepNext/>` + space(0, 80), colour("556879") + size(20)},
		{"PortalWhen", "Portal When", "Normal", `<w:keepNext/>` + space(0, 80), `<w:i/><w:iCs/>` + colour("7C4A00") + size(20)},
		{"PortalPrivate", "Portal Private", "Normal", `<w:keepNext/>` + space(0, 80), colour("12663E") + size(20)},
		{"PortalHead", "Portal Head", "Normal", space(0, 0), `<w:b/><w:bCs/>` + colour("3B5064") + size(19)},
		{"PortalLabel", "Portal Label", "Normal", space(0, 20), size(21)},
		{"PortalCell", "Portal Cell", "PortalCell", space(0, 0), size(20)},
		{"PortalNote", "Portal Note", "PortalBody", `<w:keepNext/>` + space(0, 100), colour("556879") + size(19)},
		{"PortalAnswer", "Portal Answer", "PortalAnswer", space(0, 60), colour("0B2239") + size(22)},
		{"PortalOption", "Portal Option", "PortalOption", space(10, 30) + `<w:ind w:left="397" w:hanging="397"/>`, size(21)},
		{"PortalArea", "Portal Area", "PortalOption", space(100, 40), `<w:b/><w:bCs/>` + colour("00568C") + size(20)},
		{"PortalEnd", "Portal End", "Normal", `<w:pBdr><w:top w:val="single" w:sz="8" w:space="6" w:color="00568C"/></w:pBdr>` + space(560, 60), colour("3B5064") + size(21)},
		{"PortalCode", "Portal Code", "Normal", space(0, 0), colour("556879") + size(17)},
		{"Footer", "footer", "Footer", `<w:tabs><w:tab w:val="right" w:pos="9638"/></w:tabs>` + space(0, 0), colour("556879") + size(18)},
	}
	var b strings.Builder
	fmt.Fprintf(&b, `%s<w:styles %s><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="SimSun" w:cs="Arial"/>%s%s<w:lang w:val="%s" w:eastAsia="zh-CN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault><w:pPrDefault><w:pPr><w:spacing w:after="80" w:line="264" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>`,
		header, spaces, colour("0B2239"), size(22), w.latin())
	b.WriteString(`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>`)
	b.WriteString(`<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont"><w:name w:val="Default Paragraph Font"/></w:style>`)
	b.WriteString(`<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="108" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="108" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>`)
	for _, s := range all {
		fmt.Fprintf(&b, `<w:style w:type="paragraph" w:styleId="%s"><w:name w:val="%s"/><w:basedOn w:val="Normal"/><w:next w:val="%s"/><w:qFormat/><w:pPr>%s</w:pPr><w:rPr>%s</w:rPr></w:style>`, s.id, s.name, s.next, s.paragraph, s.run)
	}
	for _, s := range []style{
		{id: "PlaceholderText", name: "Placeholder Text", run: colour("556879")},
		{id: "PortalMark", name: "Portal Mark", run: `<w:b w:val="0"/><w:bCs w:val="0"/>` + colour("556879") + size(20)},
		{id: "Hyperlink", name: "Hyperlink", run: colour("00568C") + `<w:u w:val="single"/>`},
	} {
		fmt.Fprintf(&b, `<w:style w:type="character" w:styleId="%s"><w:name w:val="%s"/><w:basedOn w:val="DefaultParagraphFont"/><w:rPr>%s</w:rPr></w:style>`, s.id, s.name, s.run)
	}
	b.WriteString(`</w:styles>`)
	return b.String()
}
