package ui

import (
	"context"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/date"
	"portal/internal/search"
)

// Column is the head of a column.
type Column struct {
	Text string
	// Num aligns figures at the end.
	Num bool
	// Sort is where the table sorted by this column is; empty for a column that cannot be sorted by. Order is how it is
	// sorted by it now: "ascending", "descending", or "" if it is not.
	Sort, Order string
	// Wide keeps the column's words on one line.
	Nowrap bool
}

// Cell is one cell.
type Cell struct {
	Text string
	// Href makes the text a link.
	Href string
	// Component takes the place of Text.
	Component templ.Component
	// Lang marks text that people wrote; "und" if its language is not known.
	Lang string
}

// Table is a table of data.
type Table struct {
	// Caption says what the table holds, and in which order; it is also the name of the scrollable region.
	Caption string
	// HideCaption keeps the caption for assistive technology, where a heading above says the same.
	HideCaption bool
	Columns     []Column
	// Header is the column, from 0, whose cells say what their row is about.
	Header int
	Rows   [][]Cell
	// Cards turns each row into a card on narrow screens.
	Cards bool
}

// Bar is one row of a bar table.
type Bar struct {
	Text string
	// Href leads to the list that the figure counts.
	Href string
	// Value sets the length, to scale from zero; Shown is the figure as printed.
	Value float64
	Shown string
	// Class colours the bar: "t1" to "t5", "tg", or empty for the table's own.
	Class string
	// Chosen marks what the filter in use asks for.
	Chosen bool
}

// Bars is a table of figures that is its own chart.
type Bars struct {
	// Title is the finding, as heading; Note says what is counted. HideTitle keeps both for assistive technology.
	Title, Note string
	HideTitle   bool
	// Plain makes the title no heading, where one stands above already.
	Plain bool
	// Of and Unit are the heads of the first and last column, for assistive technology.
	Of, Unit string
	Rows     []Bar
}

func (b Bars) most() float64 {
	most := 0.0
	for _, r := range b.Rows {
		most = max(most, r.Value)
	}
	return most
}

// Pager leads through the pages of a list: by number up to page 50, then by key (README, Addresses).
type Pager struct {
	// Label names the list: "Pages of pledges".
	Label string
	// Page is the number of this page, from 1; 0 when the list is beyond the numbered pages.
	Page int
	// Pages is how many there are in all.
	Pages int
	// Href returns the address of a numbered page.
	Href func(page int) string
	// Next is the address of the next page by key, where there is one beyond the numbered pages; empty otherwise.
	Next string
}

// NumberedPages is how many pages of a list have a number.
const NumberedPages = 50

// numbers are the pages shown: the first, the last with a number, this one and its neighbours; 0 is a gap.
func (p Pager) numbers() []int {
	last := min(p.Pages, NumberedPages)
	var shown []int
	for n := 1; n <= last; n++ {
		if n == 1 || n == last || (p.Page > 0 && n >= p.Page-1 && n <= p.Page+1) || (p.Page > 0 && p.Page <= 3 && n <= 4) {
			shown = append(shown, n)
		}
	}
	var out []int
	for i, n := range shown {
		if i > 0 {
			switch n - shown[i-1] {
			case 1:
			case 2:
				out = append(out, n-1)
			default:
				out = append(out, 0)
			}
		}
		out = append(out, n)
	}
	return out
}

func (p Pager) next() string {
	if p.Page > 0 && p.Page < min(p.Pages, NumberedPages) {
		return p.Href(p.Page + 1)
	}
	return p.Next
}

// FacetOption is one value of a facet, with the number of results it would leave.
type FacetOption struct {
	Value, Label string
	// Count is how many results have the value; below 0 is not shown.
	Count   int
	Checked bool
	// Number and Class are the number of an objective and its colour; 0 for all else.
	Number int
	Class  string
}

// Facet is one question of a filter: by region, by objective.
type Facet struct {
	// Name is the parameter in the address.
	Name    string
	Legend  string
	Options []FacetOption
	// Open shows the options from the start.
	Open bool
	// Select shows them as a list to choose one from, for many options; Any is its first line ("All countries").
	Select bool
	Any    string
}

func (f Facet) inUse() int {
	n := 0
	for _, o := range f.Options {
		if o.Checked {
			n++
		}
	}
	return n
}

// Filters narrow a list. They are a form that works by its address.
type Filters struct {
	// Action is the list's address without a query.
	Action string
	// Keep are parameters that the filters do not touch (search words, sort).
	Keep   url.Values
	Facets []Facet
	// Clear is the address of the list without filters.
	Clear string
	// Wide lays the facets out side by side, closed at first, for pages without a column for them.
	Wide bool
}

func (f Filters) inUse() int {
	n := 0
	for _, facet := range f.Facets {
		n += facet.inUse()
	}
	return n
}

// kept are the hidden fields of a GET form, in a fixed order; paging starts again.
func kept(query url.Values) []Hidden {
	var all []Hidden
	for name, values := range query {
		if name == "page" || name == "after" {
			continue
		}
		for _, v := range values {
			if v != "" {
				all = append(all, Hidden{name, v})
			}
		}
	}
	slices.SortStableFunc(all, func(a, b Hidden) int {
		switch {
		case a.Name < b.Name:
			return -1
		case a.Name > b.Name:
			return 1
		}
		return 0
	})
	return all
}

// Hidden is a value that a form carries along.
type Hidden struct{ Name, Value string }

// Sort is the order of a list, to be chosen from.
type Sort struct {
	Action  string
	Keep    url.Values
	Options []FacetOption
}

// Search is a field for words with a button.
type Search struct {
	// ID is the field's id on the page; its name is "q".
	ID     string
	Label  string
	Action string
	Value  string
	Keep   url.Values
	// Sun is the yellow button for dark surfaces.
	Sun bool
}

// Found is what a list has for words: how many, and the first of them.
type Found struct {
	Total    int
	Question search.Question
	Results  []Result
}

// Gathered is what an area has published about a place, for pages that gather from several areas.
type Gathered struct {
	// Total is how many there are about the place; Sizes how many there are about each State, by its code.
	Total int
	Sizes map[string]int
	// Results are the newest of them, and At when each came before the public.
	Results []Result
	At      []time.Time
	// Bars say how they stand; without rows there is nothing to say.
	Bars Bars
}

// Result is one thing in a list.
type Result struct {
	// ID is the result's id on the page; empty for none.
	ID          string
	Href, Title string
	// Lang is the language of the title and the text.
	Lang string
	// Meta are short facts above the title: country, office, date.
	Meta []string
	// Text is one or two sentences, plain.
	Text string
	// Question is what the reader asked for, which is marked in title and text.
	Question search.Question
	// Foot stands below: a strip, words, tags; nil for nothing.
	Foot templ.Component
}

// Coming is what happens on a day, of a short list of what comes next.
type Coming struct {
	On          date.Date
	Href, Title string
	// Lang is the language of the title.
	Lang string
	// Meta are short facts below the title: the time, the place.
	Meta []string
}

// answered is a text in which what the reader asked for is marked. It is written by hand since a template puts spaces between
// elements, which would take words apart.
func answered(q search.Question, text string) templ.Component {
	return templ.ComponentFunc(func(_ context.Context, w io.Writer) error {
		var b strings.Builder
		for _, p := range q.Pieces(text) {
			if p.Found {
				b.WriteString("<mark>" + templ.EscapeString(p.Text) + "</mark>")
			} else {
				b.WriteString(templ.EscapeString(p.Text))
			}
		}
		_, err := io.WriteString(w, b.String())
		return err
	})
}

// Card is a thing in a grid; the whole card leads to it.
type Card struct {
	Href, Title, Lang, Text string
	Meta                    []string
	// Objectives draw the cloth on top; none leaves it out.
	Objectives []int
	// Foot are short facts below.
	Foot []string
}

// FollowPath is the page on which a list is followed by mail, without the language.
const FollowPath = "/follow"

// FollowHref is where the list of the name is followed as the query narrows it.
func FollowHref(ctx context.Context, list string, query url.Values) string {
	q := url.Values{"list": {list}}
	for name, values := range query {
		q[name] = values
	}
	return Href(ctx, WithQuery(FollowPath, q))
}
