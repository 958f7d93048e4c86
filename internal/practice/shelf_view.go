package practice

import (
	"context"

	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/web/ui"
)

// address is that of a page about the practices of the list.
func (s Shelf) address(ctx context.Context, path string) string {
	return ui.Href(ctx, ui.WithQuery(path, s.in(nil)))
}

// shelfAct puts a practice on the reading list, or takes it off.
type shelfAct struct {
	// Href is the address of the same page with the other list; "" when the list is full.
	Href, Title, Lang string
	On                bool
}

// onShelf is the way of a practice of the list onto the reading list, or off it.
func (v listView) onShelf(ctx context.Context, p Listed) shelfAct {
	act := shelfAct{Title: p.Title, Lang: p.Lang, On: v.Shelf.Has(p.PublicID)}
	switch {
	case act.On:
		act.Href = at(ctx, v.Shelf.Without(p.PublicID).in(v.here())) + "#" + p.PublicID
	case !v.Shelf.Full():
		act.Href = at(ctx, v.Shelf.With(p.PublicID).in(v.here())) + "#" + p.PublicID
	}
	return act
}

// onShelf is the same on the page of the practice.
func (v pageView) onShelf(ctx context.Context) shelfAct {
	act := shelfAct{Title: v.Text.Title, Lang: v.Text.Lang, On: v.Shelf.Has(v.PublicID)}
	switch {
	case act.On:
		act.Href = v.Shelf.Without(v.PublicID).address(ctx, Path(v.PublicID))
	case !v.Shelf.Full():
		act.Href = v.Shelf.With(v.PublicID).address(ctx, Path(v.PublicID))
	}
	return act
}

// shelfView is what the pages about several practices show.
type shelfView struct {
	Chosen
	// Asked is what the address names.
	Asked      Shelf
	Vocabulary *gcm.Vocabulary
	// PDF says whether there is a browser that can print a booklet.
	PDF bool
	// Today is the day in Geneva on which it is shown.
	Today date.Date
}

func (v shelfView) page(ctx context.Context, key string) ui.Page {
	return ui.Page{Title: i18n.T(ctx, key), NoIndex: true, Current: ListPath}
}

// notes say what of the address cannot be shown, and why.
func (v shelfView) notes(ctx context.Context) []string {
	var all []string
	for _, m := range v.Missing {
		if m.Gone != nil {
			all = append(all, i18n.T(ctx, "practice.shelf.gone", m.PublicID, i18n.DayOf(ctx, *m.Gone)))
		} else {
			all = append(all, i18n.T(ctx, "practice.shelf.unknown", m.PublicID))
		}
	}
	if v.Asked.Unread {
		all = append(all, i18n.T(ctx, "practice.shelf.unread"))
	}
	if v.Asked.Repeated {
		all = append(all, i18n.T(ctx, "practice.shelf.repeated"))
	}
	if v.Asked.Over > 0 {
		all = append(all, i18n.T(ctx, "practice.shelf.over", MaxShelf, v.Asked.Over))
	}
	return all
}

// each are the practices as their own pages show them, in the reader's language where they can be read in it.
func (v shelfView) each(ctx context.Context) []pageView {
	all := make([]pageView, len(v.Records))
	for i, r := range v.Records {
		all[i] = pageView{
			Public: Public{Record: r, Number: 1, Revisions: []Record{r}}, Vocabulary: v.Vocabulary, Today: v.Today,
			Text: r.Practice.In(string(i18n.From(ctx))), Shelf: v.Chosen.Shelf,
		}
	}
	return all
}

// move is the list in another order.
type move struct{ href, text string }

// moves are the ways to change the place of a practice, from 0.
func (v shelfView) moves(ctx context.Context, i int) []move {
	var all []move
	id := v.Records[i].PublicID
	if i > 0 {
		all = append(all, move{v.Shelf.Moved(i, -1).address(ctx, ShelfPath) + "#" + id, i18n.T(ctx, "practice.shelf.up")})
	}
	if i < len(v.Records)-1 {
		all = append(all, move{v.Shelf.Moved(i, 1).address(ctx, ShelfPath) + "#" + id, i18n.T(ctx, "practice.shelf.down")})
	}
	return append(all, move{v.Shelf.Without(id).address(ctx, ShelfPath), i18n.T(ctx, "practice.shelf.remove")})
}

// repository is the address of the list of practices with the reading list in it.
func (v shelfView) repository(ctx context.Context) string { return v.Shelf.address(ctx, ListPath) }
