package review

import (
	"context"
	"errors"
	"net/http"
	"strconv"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

const tabLinks = "/links"

func (h handlers) linkRoutes(r *web.Router) {
	r.Staff("GET /desk/submissions/{id}/links", h.links)
	r.Staff("POST /desk/submissions/{id}/links", h.link)
	r.Staff("POST /desk/submissions/{id}/links/{link}/removal", h.unlink)
	r.Staff("POST /desk/submissions/{id}/merger", h.merge)
}

// linksView is what the page of links shows, and what was typed into its two forms.
type linksView struct {
	caseView
	// Other and Reason were typed to link, Merger to merge; Merging says which of the forms is wrong.
	Other, Reason string
	Merger        Merger
	Merging       bool
}

func (v linksView) wrongOf(merging bool) []problem.Field {
	if v.Merging != merging {
		return nil
	}
	return v.Wrong
}

// summary leads to the fields, whose ids differ in the two forms.
func (v linksView) summary() []problem.Field {
	fields := append([]problem.Field{}, v.Wrong...)
	for i, f := range fields {
		if v.Merging && f.Name == otherField {
			fields[i].Name = intoField
		}
	}
	return fields
}

const intoField = "into"

func (v linksView) otherControl(ctx context.Context) ui.Control {
	return ui.Control{
		Name: otherField, Label: i18n.T(ctx, "review.link.other"), Hint: i18n.T(ctx, "review.link.other.hint"), Values: []string{v.Other},
		Error: ui.MessageFor(ctx, v.wrongOf(false), otherField),
	}
}

func (v linksView) reasonControl(ctx context.Context) ui.Control {
	return ui.Control{Name: reasonField, Label: i18n.T(ctx, "review.link.reason"), Hint: i18n.T(ctx, "review.link.reason.hint"), Values: []string{v.Reason}, Rows: 2, Error: ui.MessageFor(ctx, v.wrongOf(false), reasonField)}
}

func (v linksView) intoControl(ctx context.Context) ui.Control {
	return ui.Control{
		Name: intoField, Label: i18n.T(ctx, "review.link.merge.into"), Hint: i18n.T(ctx, "review.link.merge.into.hint"), Values: []string{v.Merger.Into},
		Error: ui.MessageFor(ctx, v.wrongOf(true), otherField),
	}
}

func (v linksView) mergeNoteControl(ctx context.Context) ui.Control {
	return ui.Control{Name: "note", Label: i18n.T(ctx, "review.link.merge.note"), Hint: i18n.T(ctx, "review.link.merge.note.hint"), Values: []string{v.Merger.Note}, Rows: 5, Error: ui.MessageFor(ctx, v.wrongOf(true), "note")}
}

func (v linksView) removal(ctx context.Context, l Link) string {
	return v.path(ctx, tabLinks+"/"+strconv.FormatInt(l.ID, 10)+"/removal")
}

func (h handlers) links(w http.ResponseWriter, r *http.Request) error {
	return h.showLinks(w, r, http.StatusOK, linksView{})
}

func (h handlers) showLinks(w http.ResponseWriter, r *http.Request, status int, v linksView) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	if v.Case, v.Links, err = h.desk.Links(ctx, identity.Must(ctx), id); err != nil {
		return err
	}
	if v.Stale {
		if v.LastAct, err = h.desk.lastAct(ctx, id); err != nil {
			return err
		}
	}
	v.Filter, v.Vocabulary, v.Now = h.filter(r), h.vocabulary(), h.now()
	return web.Render(w, r, status, linksPage(v))
}

// refuseLinks shows the page again with what is wrong.
func (h handlers) refuseLinks(w http.ResponseWriter, r *http.Request, v linksView, err error) error {
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showLinks(w, r, http.StatusUnprocessableEntity, v)
	}
	if errors.Is(err, problem.Stale) || errors.Is(err, problem.NotAllowedNow) {
		v.Stale = true
		return h.showLinks(w, r, http.StatusConflict, v)
	}
	return err
}

func (h handlers) link(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	v := linksView{Other: r.PostFormValue(otherField), Reason: r.PostFormValue(reasonField)}
	if err := h.desk.LinkTo(r.Context(), identity.Must(r.Context()), id, v.Other, v.Reason); err != nil {
		return h.refuseLinks(w, r, v, err)
	}
	return web.Redirect(w, r, h.linksPath(r, id), "review.link.flash.linked")
}

func (h handlers) linksPath(r *http.Request, id workflow.ID) string {
	return ui.WithQuery(Path(id)+tabLinks, h.filter(r).Values())
}

func (h handlers) unlink(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	link, err := web.ParamID(r, "link")
	if err != nil {
		return err
	}
	if err := h.desk.Unlink(r.Context(), identity.Must(r.Context()), id, link); err != nil {
		return err
	}
	return web.Redirect(w, r, h.linksPath(r, id), "review.link.flash.removed")
}

// merge shows first what will happen to whom; the second post, from that page, does it.
func (h handlers) merge(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	v := linksView{Merging: true, Merger: Merger{
		Into: r.PostFormValue(intoField), Version: number(r.PostFormValue("version")), Pending: int64(number(r.PostFormValue("pending"))), Note: r.PostFormValue("note"),
	}}
	switch r.PostFormValue("step") {
	case "back":
		return h.showLinks(w, r, http.StatusOK, v)
	case "confirmed":
		if err := h.desk.Merge(ctx, who, id, v.Merger); err != nil {
			return h.refuseLinks(w, r, v, err)
		}
		return web.Redirect(w, r, h.linksPath(r, id), "review.link.flash.merged")
	}
	p, err := h.desk.PrepareMerger(ctx, who, id, v.Merger)
	if err != nil {
		return h.refuseLinks(w, r, v, err)
	}
	v.Case, v.Filter = p.Case, h.filter(r)
	return web.Render(w, r, http.StatusOK, mergePage(mergeView{linksView: v, Merging: p}))
}

// mergeView is what the page of confirmation of a merger shows.
type mergeView struct {
	linksView
	Merging Merging
}

// facts are the two ends.
func (v mergeView) facts(ctx context.Context) []ui.Fact {
	return []ui.Fact{
		{Term: i18n.T(ctx, "review.link.confirm.closed"), Values: []string{reference(v.Case.Submission), v.Case.Title, v.Case.Sender()}, Lang: "und"},
		{Term: i18n.T(ctx, "review.link.confirm.stays"), Values: []string{reference(v.Merging.Into), v.Merging.Into.Title, v.Merging.Into.Sender()}, Lang: "und"},
	}
}

// is names how the other end belongs to this one, for its texts.
func (l Link) is() string {
	switch {
	case l.Kind == Related:
		return "related"
	case l.Merged:
		return "merged"
	}
	return "duplicate"
}

func orFormer(name string) string {
	if name == "" {
		return identity.Former
	}
	return name
}

func identityOf(ctx context.Context) int64 { return identity.From(ctx).ID }

// firstInLanguage says whether the letter is the first in its language: that one is open.
func (v mergeView) firstInLanguage(i int) bool {
	for _, l := range v.Merging.Letters[:i] {
		if l.Mail.Lang == v.Merging.Letters[i].Mail.Lang {
			return false
		}
	}
	return true
}
