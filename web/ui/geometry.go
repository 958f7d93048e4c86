package ui

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"portal/internal/gcm"
)

// Objectives is the number of objectives of the Global Compact: the warp of the cloth (design guide, section 1).
const Objectives = gcm.Objectives

// Areas says to which thematic area (1 to 5, 0 for none) each objective belongs. It is reference data
// (gcm.Vocabulary), so it is passed in; index 0 is objective 1.
type Areas [Objectives]int

// Class is the class that colours what belongs to objective n (from 1): t1 to t5, or tg where the area is not known.
func (a Areas) Class(n int) string {
	if n < 1 || n > Objectives || a[n-1] < 1 || a[n-1] > 5 {
		return "tg"
	}
	return "t" + strconv.Itoa(a[n-1])
}

// areaClasses lists the classes in the order of the areas, so that pictures are drawn in the same order every time.
var areaClasses = []string{"t1", "t2", "t3", "t4", "t5", "tg"}

// thread is one colour of a picture and the path of all its strokes.
type thread struct {
	Class string
	Path  string
}

// pathWriter builds the d attribute of an SVG path with at most one decimal.
type pathWriter struct{ b strings.Builder }

func (w *pathWriter) cmd(letter string, values ...float64) {
	w.b.WriteString(letter)
	for i, v := range values {
		if i > 0 {
			w.b.WriteByte(' ')
		}
		w.b.WriteString(coord(v))
	}
}

func (w *pathWriter) String() string { return w.b.String() }

// coord writes a coordinate with at most one decimal and never as -0.
func coord(v float64) string {
	v = math.Round(v*10) / 10
	if v == 0 {
		return "0"
	}
	return strconv.FormatFloat(v, 'f', -1, 64)
}

// grouped collects strokes by colour; a nil result for a colour leaves its path out.
type grouped map[string]*pathWriter

func (g grouped) to(class string) *pathWriter {
	if g[class] == nil {
		g[class] = &pathWriter{}
	}
	return g[class]
}

func (g grouped) threads() []thread {
	var all []thread
	for _, class := range areaClasses {
		if w := g[class]; w != nil {
			all = append(all, thread{class, w.String()})
		}
	}
	return all
}

func set(numbers []int) map[int]bool {
	in := map[int]bool{}
	for _, n := range numbers {
		if n >= 1 && n <= Objectives {
			in[n] = true
		}
	}
	return in
}

// weaving is the plain weave that cloth and weave share. Threads stand pitch apart; each passes over one weft and under
// the next, drawn by a dash as long as two wefts less the gap. Odd threads go over the even wefts, even threads over
// the odd ones. The last weft is where the loose ends begin.
type weaving struct {
	first, step float64 // x of thread 1, and from thread to thread
	pitch, gap  float64 // from weft to weft; opening where a thread goes under
	wefts       int
}

// above is how many double pitches the threads start above the picture, so that they seem to come from beyond it.
const above = 3

func (w weaving) x(n int) float64 { return w.first + w.step*float64(n-1) }

func (w weaving) last() float64 { return w.pitch * float64(w.wefts) }

// top is where the thread's first dash starts, chosen so that its gaps fall on the wefts that it goes under.
func (w weaving) top(n int) float64 {
	start := w.pitch + w.gap/2 - above*2*w.pitch
	if n%2 == 0 {
		start += w.pitch
	}
	return start
}

// bottom is where the woven part of the thread ends and its loose end begins: over the last weft, or below it for the
// threads that go under.
func (w weaving) bottom(n int) float64 {
	if (n%2 == 0) == (w.wefts%2 == 0) {
		return w.last() + w.gap/2
	}
	return w.last()
}

func (w weaving) dash() string { return coord(2*w.pitch-w.gap) + " " + coord(w.gap) }

func (w weaving) weft(width float64) string {
	var p pathWriter
	for i := 1; i <= w.wefts; i++ {
		p.cmd("M", 0, w.pitch*float64(i))
		p.cmd("H", width)
	}
	return p.String()
}

func (w weaving) warp(p *pathWriter, n int) {
	p.cmd("M", w.x(n), w.top(n))
	p.cmd("V", w.bottom(n))
}

func (w weaving) end(p *pathWriter, n int, to float64) {
	p.cmd("M", w.x(n), w.bottom(n))
	p.cmd("V", math.Max(to, w.bottom(n)))
}

// fringe is the length of the loose end of a thread without a colour: between 0 and 1, uneven as in a real cloth, and
// the same on every drawing.
func fringe(n int) float64 {
	return (1 + math.Cos(float64(n-12)*2.78)) / 2
}

// clothPicture is the mark of one practice or pledge: 23 threads of which only its objectives are coloured and hang
// longer.
type clothPicture struct {
	Width, Height      int
	Dash               string
	Weft               string
	OffWarp, OffFringe string
	On                 []thread
	OnEnds             []thread
}

// drawCloth draws the cloth for the objectives. tall is the version of a page head, the other one fits a card.
func drawCloth(objectives []int, areas Areas, tall bool) clothPicture {
	w := weaving{first: 8, step: 16, pitch: 22, gap: 17, wefts: 2}
	height, least, most, full := 96, 9.0, 15.0, 88.0
	if tall {
		w.pitch, w.wefts = 26, 8
		height, least, most, full = 294, 17, 27, 286
	}
	on := set(objectives)
	var offWarp, offEnds pathWriter
	onWarp, onEnds := grouped{}, grouped{}
	for n := 1; n <= Objectives; n++ {
		if on[n] {
			w.warp(onWarp.to(areas.Class(n)), n)
			w.end(onEnds.to(areas.Class(n)), n, full)
			continue
		}
		w.warp(&offWarp, n)
		w.end(&offEnds, n, math.Round(w.last()+least+(most-least)*fringe(n)))
	}
	return clothPicture{
		Width: 368, Height: height, Dash: w.dash(), Weft: w.weft(368),
		OffWarp: offWarp.String(), OffFringe: offEnds.String(),
		On: onWarp.threads(), OnEnds: onEnds.threads(),
	}
}

// weavePicture is the cloth of the home page: 23 coloured threads whose loose ends are as long as the values.
type weavePicture struct {
	Width, Height int
	Dash, Weft    string
	Warp, Ends    []thread
}

// The loose ends of the weave hang from weaveLeast to weaveMost below the last weft.
const weaveLeast, weaveMost = 36, 190

// drawWeave draws the weave for the value of each objective (index 0 is objective 1); the ends are to scale with the
// largest value. A value below zero counts as zero.
func drawWeave(values [Objectives]int, areas Areas) weavePicture {
	w := weaving{first: 15, step: 30, pitch: 42, gap: 28, wefts: 10}
	most := 1
	for _, v := range values {
		most = max(most, v)
	}
	warp, ends := grouped{}, grouped{}
	for n := 1; n <= Objectives; n++ {
		share := float64(max(values[n-1], 0)) / float64(most)
		w.warp(warp.to(areas.Class(n)), n)
		w.end(ends.to(areas.Class(n)), n, math.Round(w.last()+weaveLeast+(weaveMost-weaveLeast)*share))
	}
	return weavePicture{Width: 690, Height: 623, Dash: w.dash(), Weft: w.weft(690), Warp: warp.threads(), Ends: ends.threads()}
}

// loomHeight is the height in pixels of the longest thread of the loom.
const loomHeight = 210

// loomThread returns the height of the picture of a value and the path of its thread, to scale from zero with the
// largest value most. Zero has no thread; anything above zero is at least a dot.
func loomThread(value, most int) (height int, path string) {
	if value <= 0 || most <= 0 {
		return 14, ""
	}
	height = max(14, int(math.Round(loomHeight*float64(value)/float64(most))))
	return height, "M7 7V" + strconv.Itoa(height-7)
}

// stripTick is one coloured tick of a strip.
type stripTick struct {
	Class string
	X     int
}

// drawStrip returns the path of the plain ticks and the coloured ones for the objectives: 23 ticks, 138 × 20.
func drawStrip(objectives []int, areas Areas) (off string, on []stripTick) {
	var plain strings.Builder
	for n := 1; n <= Objectives; n++ {
		if x := 6*(n-1) + 3; slices.Contains(objectives, n) {
			on = append(on, stripTick{areas.Class(n), x - 2})
		} else {
			plain.WriteString("M" + strconv.Itoa(x) + " 8v7")
		}
	}
	return plain.String(), on
}

// barWidth is the width of a bar as an SVG attribute, to scale with the largest value: "12.5%".
func barWidth(value, most float64) string {
	if most <= 0 || value <= 0 {
		return "0"
	}
	return coord(100*math.Min(value/most, 1)) + "%"
}
