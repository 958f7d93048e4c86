package ui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Change says what happened to a piece of text between two versions.
type Change int

// What can happen to a piece of text.
const (
	Same Change = iota
	Removed
	Added
)

// Piece is a run of text that is the same in two versions, or only in one of them.
type Piece struct {
	Change Change
	Text   string
}

// maxEdits bounds the work of Compare: texts that differ in more words than this are shown as removed and added as a
// whole. A description of 3,000 characters has some 500 words.
const maxEdits = 1500

// Compare returns the differences between two texts, word by word as a reader sees words (Unicode text segmentation,
// so also in Chinese and Arabic). The pieces that are Same or Removed, put together, are before; those that are Same or
// Added are after, exactly. A single space or short word between two changes is drawn into them, so that a rewritten
// sentence reads as one change and not as confetti.
func Compare(before, after string) []Piece {
	if before == after {
		if before == "" {
			return nil
		}
		return []Piece{{Same, before}}
	}
	a, b := words(before), words(after)
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	var pieces []Piece
	add := func(change Change, words ...string) {
		if text := strings.Join(words, ""); text != "" {
			pieces = append(pieces, Piece{change, text})
		}
	}
	add(Same, a[:start]...)
	for _, s := range script(a[start:len(a)-end], b[start:len(b)-end]) {
		add(s.change, s.words...)
	}
	add(Same, a[len(a)-end:]...)
	return tidy(pieces)
}

// words splits a text at word boundaries; spaces and marks are words of their own. Nothing is lost.
func words(text string) []string {
	var all []string
	state := -1
	for text != "" {
		var word string
		word, text, state = uniseg.FirstWordInString(text, state)
		all = append(all, word)
	}
	return all
}

type edit struct {
	change Change
	words  []string
}

// script is Myers' greedy algorithm: the shortest list of removals and additions that turns a into b.
func script(a, b []string) []edit {
	n, m := len(a), len(b)
	if n == 0 || m == 0 {
		return []edit{{Removed, a}, {Added, b}}
	}
	limit := min(n+m, maxEdits)
	v := make([]int, 2*limit+2)
	var trace [][]int
	found := -1
search:
	for d := 0; d <= limit; d++ {
		// Only the diagonals -d..d have been touched so far.
		trace = append(trace, append([]int(nil), v[limit-min(d, limit):limit+min(d, limit)+1]...))
		for k := -d; k <= d; k += 2 {
			x := 0
			switch {
			case d == 0:
			case k == -d || (k != d && v[limit+k-1] < v[limit+k+1]):
				x = v[limit+k+1]
			default:
				x = v[limit+k-1] + 1
			}
			y := x - k
			for x < n && y < m && a[x] == b[y] {
				x, y = x+1, y+1
			}
			v[limit+k] = x
			if x >= n && y >= m {
				found = d
				break search
			}
		}
	}
	if found < 0 {
		return []edit{{Removed, a}, {Added, b}}
	}
	// Walk back from the end; edits come out last first.
	var back []edit
	x, y := n, m
	for d := found; d > 0; d-- {
		at := func(k int) int { return trace[d][k+d] }
		k := x - y
		prev := k - 1
		if k == -d || (k != d && at(k-1) < at(k+1)) {
			prev = k + 1
		}
		px := at(prev)
		py := px - prev
		for x > px && y > py && x > 0 && y > 0 && a[x-1] == b[y-1] {
			x, y = x-1, y-1
			back = append(back, edit{Same, a[x : x+1]})
		}
		if prev == k+1 {
			y--
			back = append(back, edit{Added, b[y : y+1]})
		} else {
			x--
			back = append(back, edit{Removed, a[x : x+1]})
		}
	}
	for x > 0 {
		x--
		back = append(back, edit{Same, a[x : x+1]})
	}
	for i, j := 0, len(back)-1; i < j; i, j = i+1, j-1 {
		back[i], back[j] = back[j], back[i]
	}
	return back
}

// tidy joins neighbours of one kind, draws what is too short to matter into the changes around it, and puts what was
// removed before what was added in its place.
func tidy(pieces []Piece) []Piece {
	pieces = join(pieces)
	for i := 1; i < len(pieces)-1; i++ {
		p := pieces[i]
		if p.Change == Same && pieces[i-1].Change != Same && pieces[i+1].Change != Same && trivial(p.Text) {
			pieces[i] = Piece{Same, p.Text}
			pieces = append(pieces[:i], append([]Piece{{Removed, p.Text}, {Added, p.Text}}, pieces[i+1:]...)...)
			i++
		}
	}
	var out []Piece
	for i := 0; i < len(pieces); {
		if pieces[i].Change == Same {
			out = append(out, pieces[i])
			i++
			continue
		}
		var removed, added strings.Builder
		for i < len(pieces) && pieces[i].Change != Same {
			if pieces[i].Change == Removed {
				removed.WriteString(pieces[i].Text)
			} else {
				added.WriteString(pieces[i].Text)
			}
			i++
		}
		if removed.Len() > 0 {
			out = append(out, Piece{Removed, removed.String()})
		}
		if added.Len() > 0 {
			out = append(out, Piece{Added, added.String()})
		}
	}
	return out
}

func join(pieces []Piece) []Piece {
	var out []Piece
	for _, p := range pieces {
		if last := len(out) - 1; last >= 0 && out[last].Change == p.Change {
			out[last].Text += p.Text
			continue
		}
		out = append(out, p)
	}
	return out
}

// trivial says whether a text between two changes is only spaces, marks or one short word.
func trivial(text string) bool {
	if strings.Contains(text, "\n\n") {
		return false // a new paragraph keeps changes apart
	}
	word := strings.TrimFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsPunct(r) })
	return utf8.RuneCountInString(word) <= 2 && !strings.ContainsFunc(word, unicode.IsDigit)
}
