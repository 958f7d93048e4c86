package review

import (
	"context"
	"slices"
	"strconv"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web/ui"
)

// viewsView is what the page of kept searches shows.
type viewsView struct {
	Who   identity.User
	Views []ViewCount
	// New is what was typed into the form for a new one, Mistakes what of its search is not known.
	New      NewView
	Mistakes []Mistake
	Wrong    []problem.Field
	// Renamed is the view for which Name was typed.
	Renamed int64
	Name    string
}

// nameOf is the id of the field for a view's name.
func nameOf(id int64) string { return "name-" + strconv.FormatInt(id, 10) }

// of are the views of a desk; "" for the person's own.
func (v viewsView) of(desk identity.Desk) []ViewCount {
	return slices.DeleteFunc(slices.Clone(v.Views), func(c ViewCount) bool { return c.Desk != desk })
}

func (v viewsView) nameControl(ctx context.Context) ui.Control {
	return ui.Control{Name: "name", Label: i18n.T(ctx, "review.views.name"), Values: []string{v.New.Name}, Error: ui.MessageFor(ctx, v.Wrong, "name")}
}

func (v viewsView) searchControl(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "search", Label: i18n.T(ctx, "review.views.search.label"), Hint: i18n.T(ctx, "review.views.search.hint"),
		Values: []string{v.New.Search}, Error: ui.MessageFor(ctx, v.Wrong, "search"),
	}
}

func (v viewsView) deskControl(ctx context.Context) ui.Control {
	c := ui.Control{Name: "desk", Label: i18n.T(ctx, "review.views.desk"), Values: []string{string(v.New.Desk)}}
	c.Choices = []ui.Choice{{Value: "", Label: i18n.T(ctx, "review.views.desk.me")}}
	for _, d := range led(v.Who) {
		c.Choices = append(c.Choices, ui.Choice{Value: string(d), Label: i18n.T(ctx, "review.views.desk.shared", i18n.Key("account.desk_name."+string(d)))})
	}
	return c
}

func (v viewsView) defaultControl(ctx context.Context) ui.Control {
	c := ui.Control{Name: "default", Label: i18n.T(ctx, "review.views.default.label"), Choices: []ui.Choice{{Value: "yes", Label: i18n.T(ctx, "review.views.default.label")}}}
	if v.New.Default {
		c.Values = []string{"yes"}
	}
	return c
}

// typedName is the name in the field of a view.
func (v viewsView) typedName(view View) string {
	if v.Renamed == view.ID {
		return v.Name
	}
	return view.Name
}

// renameControl is the field for a view's name.
func (v viewsView) renameControl(ctx context.Context, view View) ui.Control {
	return ui.Control{Name: nameOf(view.ID), Error: ui.MessageFor(ctx, v.Wrong, nameOf(view.ID))}
}
