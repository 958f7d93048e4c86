package pledge

import (
	"context"
	"net/http"
	"slices"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/web"
	"portal/web/ui"
)

// Support says whether a pledge needs something from others or offers it.
type Support string

// The kinds of support.
const (
	Needed  Support = "needed"
	Offered Support = "offered"
)

// Supports lists the kinds of support.
var Supports = []Support{Needed, Offered}

// NeedsPath is the board of what published pledges need and offer, without the language. It is the list of pledges, of
// those that say either.
const NeedsPath = "/pledges/needs"

// needsFacets are the facets by which the board is narrowed.
var needsFacets = []string{"support", "objective", "country", "nature"}

// needsPlace is where a facet stands on the board; others, which an address may have, stand behind.
func needsPlace(facet string) int {
	if i := slices.Index(needsFacets, facet); i >= 0 {
		return i
	}
	return len(needsFacets)
}

// needsFilter leaves only pledges that need or offer something.
func needsFilter(f Filter) Filter {
	if len(f.Supports) == 0 {
		f.Supports = Supports
	}
	return f
}

// needs shows the board of needs and offers.
func (h handlers) needs(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := h.pledges.vocabulary()
	asked := ReadFilter(r.URL.Query(), v)
	list, err := h.pledges.List(ctx, needsFilter(asked), i18n.From(ctx))
	if err != nil {
		return err
	}
	list.Filter.Supports = asked.Supports
	return web.Render(w, r, http.StatusOK, listPage(listView{List: list, Vocabulary: v, Today: date.Today(h.pledges.now(), i18n.Geneva), Needs: true}))
}

// needsItem is one need or offer of a pledge on the board.
type needsItem struct {
	Support Support
	Text    string
	Lang    string
}

// items are the needs and offers of a pledge that the filter asks for.
func (p Listed) items(f Filter) []needsItem {
	var all []needsItem
	for _, one := range []needsItem{{Needed, p.Needed, p.WrittenIn}, {Offered, p.Offered, p.WrittenIn}} {
		if one.Text != "" && (len(f.Supports) == 0 || slices.Contains(f.Supports, one.Support)) {
			all = append(all, one)
		}
	}
	return all
}

// interestHref leads to the form in which an office says that it is interested.
func interestHref(ctx context.Context, publicID string, s Support) string {
	return ui.Href(ctx, Path(publicID)+"/interest?support="+string(s))
}
