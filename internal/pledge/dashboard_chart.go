package pledge

import (
	"context"
	"encoding/xml"
	"math"
	"strconv"
	"strings"

	"portal/internal/i18n"
	"portal/web/ui"
)

// A view as a picture of its own: no script, no style sheet, nothing fetched, so that it can be shown and kept anywhere.
// Its colours are the tokens of portal.css on white. In languages that run from the right it is drawn from there.

const (
	chartWidth, chartMargin = 640.0, 20.0
	chartMarks              = 23 // at most (design/guide.md, section 7)
	chartInk, chartInk2     = "#0b2239", "#3b5064"
	chartFont               = "Segoe UI, Roboto, Noto Sans, Noto Sans Arabic, Helvetica Neue, Arial, sans-serif"
	chartDisplay            = "Iowan Old Style, Palatino Linotype, Palatino, P052, Noto Serif, Noto Sans Arabic, Georgia, serif"
)

// chartColours are the colours of the thematic areas, "" that of all else.
var chartColours = map[string]string{"t1": "#1670b8", "t2": "#0b7a70", "t3": "#a86400", "t4": "#bd4630", "t5": "#6d4fa8", "tg": "#76858f", "": "#1670b8"}

// picture draws from the edge where its language begins.
type picture struct {
	b   strings.Builder
	rtl bool
	y   float64
}

func num(v float64) string { return strconv.FormatFloat(math.Round(v*10)/10, 'f', -1, 64) }

func (p *picture) raw(parts ...string) {
	for _, s := range parts {
		p.b.WriteString(s)
	}
}

func (p *picture) escaped(s string) {
	_ = xml.EscapeText(&p.b, []byte(s)) // a Builder takes everything
}

// text writes a line; anchor is "start", "middle" or "end" of where the language begins.
func (p *picture) text(x, y, size float64, anchor, colour, more, s string) {
	if p.rtl {
		x = chartWidth - x
	}
	p.raw(`<text x="`, num(x), `" y="`, num(y), `" font-size="`, num(size), `" text-anchor="`, anchor, `" fill="`, colour, `"`, more, `>`)
	p.escaped(s)
	p.raw("</text>")
}

// paragraph writes a text in lines of so many characters and goes on below it.
func (p *picture) paragraph(size float64, characters int, colour, more, s string) {
	for _, line := range lines(s, characters) {
		p.y += size * 1.35
		p.text(chartMargin, p.y, size, "start", colour, more, line)
	}
}

// rect draws a rectangle whose x is counted from where the language begins.
func (p *picture) rect(x, y, width, height float64, colour string) {
	if p.rtl {
		x = chartWidth - x - width
	}
	p.raw(`<rect x="`, num(x), `" y="`, num(y), `" width="`, num(width), `" height="`, num(height), `" rx="2" fill="`, colour, `"/>`)
}

// lines breaks a text at its spaces.
func lines(s string, characters int) []string {
	var all []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > characters {
			all, line = append(all, line), word
			continue
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(all, line)
}

// chart draws a view.
func (v boardView) chart(ctx context.Context, view string) []byte {
	l := i18n.From(ctx)
	p := &picture{rtl: l.Dir() == "rtl", y: 10}
	figures := v.figures(ctx, view)
	time := view == "year" || view == "reported"
	note := v.note(ctx, view)
	if len(figures) > chartMarks {
		note += " " + i18n.T(ctx, "pledge.dashboard.chart.some", chartMarks, i18n.Number(ctx, len(figures)))
		if time {
			figures = figures[len(figures)-chartMarks:] // the last ones
		} else {
			figures = figures[:chartMarks]
		}
	}
	finding := v.finding(ctx, view)
	p.paragraph(23, 48, chartInk, ` font-family="`+chartDisplay+`"`, finding)
	p.y += 4
	p.paragraph(14, 84, chartInk2, "", note)
	p.y += 16
	if time {
		p.columns(ctx, view, figures)
	} else {
		p.bars(ctx, figures)
	}
	p.y += 4
	p.paragraph(13, 92, chartInk2, "", v.source(ctx))
	height := num(p.y + chartMargin)
	var whole strings.Builder
	whole.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" xml:lang="` + string(l) + `" viewBox="0 0 ` + num(chartWidth) + ` ` + height + `" width="` + num(chartWidth) + `" height="` + height +
		`" direction="` + l.Dir() + `" font-family="` + chartFont + `" role="img" aria-labelledby="t d"><title id="t">`)
	_ = xml.EscapeText(&whole, []byte(finding))
	whole.WriteString(`</title><desc id="d">`)
	_ = xml.EscapeText(&whole, []byte(v.described(ctx, view, figures)))
	whole.WriteString(`</desc><rect width="100%" height="100%" fill="#ffffff"/>`)
	whole.WriteString(p.b.String())
	whole.WriteString("</svg>\n")
	return []byte(whole.String())
}

// described says all figures of a chart in words.
func (v boardView) described(ctx context.Context, view string, figures []figure) string {
	all := []string{v.note(ctx, view)}
	for _, f := range figures {
		all = append(all, i18n.T(ctx, "ui.states.dot", f.name(ctx), i18n.Number(ctx, f.N)))
	}
	return strings.Join(all, " · ")
}

// source says where a figure is from: the dashboard, its filter, its day and its address.
func (v boardView) source(ctx context.Context) string {
	filter := v.filterText(ctx)
	if filter == "" {
		filter = i18n.T(ctx, "pledge.dashboard.all")
	}
	return i18n.T(ctx, "pledge.dashboard.source", ui.SiteName(ctx), filter, i18n.Day(ctx, v.Day))
}

// bars draws a bar a row from zero, with its figure behind it.
func (p *picture) bars(ctx context.Context, figures []figure) {
	const start, label, most = chartMargin + 220, 30, chartWidth - chartMargin - 220 - chartMargin - 56
	largest := 1
	for _, f := range figures {
		largest = max(largest, f.N)
	}
	top := p.y
	for _, f := range figures {
		name := lines(f.name(ctx), label)
		row := 12 + 18*float64(len(name))
		weight := ""
		if f.Chosen {
			weight = ` font-weight="700"`
		}
		for i, line := range name {
			p.text(chartMargin, p.y+row/2+5+18*(float64(i)-float64(len(name)-1)/2), 14, "start", chartInk, weight, line)
		}
		width := most * float64(f.N) / float64(largest)
		if f.N > 0 {
			p.rect(start, p.y+row/2-10, max(width, 2), 20, chartColours[f.Class])
		}
		p.text(start+width+8, p.y+row/2+5, 14, "start", chartInk, ` font-weight="700"`, i18n.Number(ctx, f.N))
		p.y += row
	}
	p.rect(start-1, top, 1, p.y-top, "#667888")
	p.y += 8
}

// columns draws a column for each year or quarter from zero, with its figure above it.
func (p *picture) columns(ctx context.Context, view string, figures []figure) {
	const height, left, width = 220.0, chartMargin, chartWidth - 2*chartMargin
	largest := 1
	for _, f := range figures {
		largest = max(largest, f.N)
	}
	step := min(width/float64(max(len(figures), 1)), 96)
	every := max(1, int(math.Ceil(68/step)))
	base := p.y + 20 + height
	for i, f := range figures {
		x := left + step*float64(i)
		h := height * float64(f.N) / float64(largest)
		if f.N > 0 {
			p.rect(x+step*.14, base-max(h, 2), step*.72, max(h, 2), chartColours[""])
		}
		p.text(x+step/2, base-h-6, 13, "middle", chartInk, ` font-weight="700"`, i18n.Number(ctx, f.N))
		if (len(figures)-1-i)%every == 0 {
			p.text(x+step/2, base+20, 13, "middle", chartInk2, "", short(ctx, view, f.Value))
		}
	}
	p.rect(left, base, width, 1, "#667888")
	p.y = base + 36
}

// short is a year or quarter below its column.
func short(ctx context.Context, view, value string) string {
	if view == "reported" {
		year, quarter, _ := strings.Cut(value, "-Q")
		return i18n.T(ctx, "pledge.dashboard.quarter", quarter, year)
	}
	return value
}
