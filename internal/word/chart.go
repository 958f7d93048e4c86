package word

import (
	"fmt"
	"strings"
)

// Chart is bars from zero, with their figures at the end: a chart of the word processor, whose looks people can change.
// Every series has a value for each name.
type Chart struct {
	Title  string // for those who cannot see it
	Names  []string
	Series []Series
}

// Series is the values of one colour.
type Series struct {
	Name   string
	Values []int
}

// seriesColours are the colours of one series, or of two of which the second is the one that counts.
var seriesColours = map[int][]string{1: {"1670B8"}, 2: {"9DB7CC", "1670B8"}}

// The English metric unit is a 914,400th of an inch: 635 are a twentieth of a point.
const emu = 635

func chartPart(i int) string { return fmt.Sprintf("word/charts/chart%d.xml", i+1) }

// chartID names the relation to a chart.
func chartID(i int) string { return fmt.Sprintf("rIdChart%d", i+1) }

func (c Chart) write(w *writer) {
	w.charts = append(w.charts, c)
	row := 560 // two lines of a name
	if len(c.Names) > 10 {
		row = 350
	}
	height := row*max(2, len(c.Names)) + 200
	if len(c.Series) > 1 {
		height = 640*len(c.Names) + 500
	}
	n := w.id()
	// The paragraph runs from the left in every language: in one that runs from the right LibreOffice turns the digits of the
	// figures around. The chart itself runs as its language does.
	fmt.Fprintf(&w.body, `<w:p><w:pPr><w:pStyle w:val="PortalBody"/></w:pPr><w:r><w:drawing><wp:inline xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" distT="0" distB="0" distL="0" distR="0">`+
		`<wp:extent cx="%d" cy="%d"/><wp:docPr id="%d" name="%s" descr="%s"/><wp:cNvGraphicFramePr/>`+
		`<a:graphic xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">`+
		`<c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="%s"/></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>`,
		pageWidth*emu, height*emu, n, escape(c.Title), escape(c.Title), chartID(len(w.charts)-1))
}

// part is the chart as a part of the file, with its values in it and no workbook behind it.
func (c Chart) part(rtl bool) string {
	var b strings.Builder
	b.WriteString(header + `<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main">` +
		`<c:roundedCorners val="0"/><c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/><c:barChart><c:barDir val="bar"/><c:grouping val="clustered"/><c:varyColors val="0"/>`)
	for i, s := range c.Series {
		fmt.Fprintf(&b, `<c:ser><c:idx val="%d"/><c:order val="%d"/><c:tx><c:v>%s</c:v></c:tx><c:spPr><a:solidFill><a:srgbClr val="%s"/></a:solidFill></c:spPr><c:invertIfNegative val="0"/>`,
			i, i, escape(s.Name), seriesColours[len(c.Series)][i])
		b.WriteString(`<c:dLbls><c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>` + chartText("0B2239", true) +
			`<c:dLblPos val="outEnd"/><c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>`)
		fmt.Fprintf(&b, `<c:cat><c:strLit><c:ptCount val="%d"/>`, len(c.Names))
		for n, name := range c.Names {
			fmt.Fprintf(&b, `<c:pt idx="%d"><c:v>%s</c:v></c:pt>`, n, escape(name))
		}
		fmt.Fprintf(&b, `</c:strLit></c:cat><c:val><c:numLit><c:formatCode>General</c:formatCode><c:ptCount val="%d"/>`, len(s.Values))
		for n, value := range s.Values {
			fmt.Fprintf(&b, `<c:pt idx="%d"><c:v>%d</c:v></c:pt>`, n, value)
		}
		b.WriteString(`</c:numLit></c:val></c:ser>`)
	}
	from, side := "minMax", "l"
	if rtl {
		from, side = "maxMin", "r"
	}
	b.WriteString(`<c:gapWidth val="45"/><c:axId val="1"/><c:axId val="2"/></c:barChart>` +
		`<c:catAx><c:axId val="1"/><c:scaling><c:orientation val="maxMin"/></c:scaling><c:delete val="0"/><c:axPos val="` + side + `"/><c:numFmt formatCode="General" sourceLinked="0"/>` +
		`<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="low"/><c:spPr><a:ln w="9525"><a:solidFill><a:srgbClr val="667888"/></a:solidFill></a:ln></c:spPr>` + chartText("0B2239", false) +
		`<c:crossAx val="2"/><c:crosses val="autoZero"/><c:auto val="0"/><c:lblAlgn val="ctr"/><c:lblOffset val="100"/><c:tickLblSkip val="1"/><c:noMultiLvlLbl val="1"/></c:catAx>` +
		`<c:valAx><c:axId val="2"/><c:scaling><c:orientation val="` + from + `"/><c:min val="0"/></c:scaling><c:delete val="1"/><c:axPos val="t"/><c:numFmt formatCode="General" sourceLinked="0"/>` +
		`<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/><c:crossAx val="1"/><c:crosses val="autoZero"/><c:crossBetween val="between"/></c:valAx></c:plotArea>`)
	if len(c.Series) > 1 {
		b.WriteString(`<c:legend><c:legendPos val="t"/><c:overlay val="0"/>` + chartText("3B5064", false) + `</c:legend>`)
	}
	b.WriteString(`<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart></c:chartSpace>`)
	return b.String()
}

// chartText is the look of words in a chart.
func chartText(colour string, bold bool) string {
	weight := 0
	if bold {
		weight = 1
	}
	return fmt.Sprintf(`<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="900" b="%d"><a:solidFill><a:srgbClr val="%s"/></a:solidFill></a:defRPr></a:pPr><a:endParaRPr lang="en-GB"/></a:p></c:txPr>`, weight, colour)
}
