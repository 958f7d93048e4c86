package review

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
)

// releasePath is the page of what a desk has decided and not said yet, without the language.
const releasePath = "/desk/release"

func releasedPath(id int64) string { return releasePath + "/" + strconv.FormatInt(id, 10) }

// releaseRoutes adds the pages of releases.
func (h handlers) releaseRoutes(r *web.Router) {
	r.Lead("GET "+releasePath, h.pile, web.Fresh())
	r.Lead("POST "+releasePath, h.release, web.Fresh())
	r.Lead("POST "+releasePath+"/window", h.setUndo)
	r.Lead("GET "+releasePath+"/{release}", h.released)
	r.Lead("POST "+releasePath+"/{release}/stop", h.stopRelease)
}

// deskOf is the desk that the request is about: one that the person leads, the first if it names none.
func deskOf(r *http.Request) (identity.Desk, error) {
	mine := led(identity.Must(r.Context()))
	desk := identity.Desk(r.FormValue("desk"))
	switch {
	case len(mine) == 0:
		return "", problem.Forbidden
	case desk == "":
		return mine[0], nil
	case !slices.Contains(mine, desk):
		return "", problem.NotFound
	}
	return desk, nil
}

// desksOf are the desks that the request is about: those that it names, as far as the person leads them all, or deskOf.
func desksOf(r *http.Request) ([]identity.Desk, error) {
	first, err := deskOf(r)
	if err != nil {
		return nil, err
	}
	desks := []identity.Desk{first}
	for _, name := range r.Form["desk"] {
		desk := identity.Desk(name)
		if !Leads(identity.Must(r.Context()), desk) {
			return nil, problem.NotFound
		}
		if !slices.Contains(desks, desk) {
			desks = append(desks, desk)
		}
	}
	return desks, nil
}

func (h handlers) pile(w http.ResponseWriter, r *http.Request) error {
	if held := web.Held(r.Context()); held.Get("act") == bulkRelease { // chosen in the queue, before they showed who they are
		return h.showChosen(w, r, readBulk(held))
	}
	return h.showPile(w, r, http.StatusOK, releaseView{})
}

// showPile renders the page of what the desk has decided; v carries what was ticked and what is wrong with it, and the desk
// if it is not the one that the request names.
func (h handlers) showPile(w http.ResponseWriter, r *http.Request, status int, v releaseView) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	desk, err := v.Desk, error(nil)
	if desk == "" {
		desk, err = deskOf(r)
	}
	if err != nil {
		return err
	}
	if v.Pile, err = h.desk.Pile(ctx, who, desk); err != nil {
		return err
	}
	if v.Releases, err = h.desk.Releases(ctx, who, desk); err != nil {
		return err
	}
	if held := web.Held(ctx); held != nil && v.Ticked == nil {
		v.Ticked = idsOf(held["item"])
	}
	v.Desks, v.Now = led(who), h.now()
	return web.Render(w, r, status, releasePage(v))
}

// idsOf reads numbers; what is none is left out, and each is there once.
func idsOf(values []string) []int64 {
	ids := []int64{}
	for _, v := range values {
		if n := int64(number(v)); n > 0 && !slices.Contains(ids, n) {
			ids = append(ids, n)
		}
	}
	return ids
}

// release restates what will leave; the second post, from that page, lets it leave.
func (h handlers) release(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	desks, err := desksOf(r)
	if err != nil {
		return err
	}
	ticked := idsOf(r.PostForm["item"])
	if r.PostFormValue("step") == "back" {
		return h.showPile(w, r, http.StatusOK, releaseView{Ticked: ticked})
	}
	if r.PostFormValue("step") != "confirmed" {
		return h.confirmRelease(w, r, desks, ticked)
	}
	piles, whole, err := h.desk.pilesOf(ctx, identity.Must(ctx), desks, ticked)
	if err != nil {
		return err
	}
	if len(ticked) > 0 && !whole {
		return h.showPile(w, r, http.StatusConflict, releaseView{Ticked: ticked, Stale: true})
	}
	var chosen []Chosen
	for _, p := range piles {
		chosen = append(chosen, Chosen{Desk: p.Desk, Pending: p.ready(), Wording: int64(number(r.PostFormValue(wordingField + string(p.Desk))))})
	}
	ids, err := h.desk.ReleaseTogether(ctx, identity.Must(ctx), chosen...)
	if errors.Is(err, problem.Stale) {
		return h.showPile(w, r, http.StatusConflict, releaseView{Ticked: ticked, Stale: true})
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showPile(w, r, http.StatusUnprocessableEntity, releaseView{Ticked: ticked, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	if len(ids) > 1 { // the queue shows all releases that can still be undone
		return web.Redirect(w, r, "/desk", "review.release.flash.several", len(ids))
	}
	return web.Redirect(w, r, releasedPath(ids[0]), "review.release.flash.begun")
}

// wordingField begins the names of the fields that say in which version of its letters each desk was read.
const wordingField = "wording."

// confirmRelease shows what will leave, and says so when some of it has moved on since it was ticked.
func (h handlers) confirmRelease(w http.ResponseWriter, r *http.Request, desks []identity.Desk, ticked []int64) error {
	piles, whole, err := h.desk.pilesOf(r.Context(), identity.Must(r.Context()), desks, ticked)
	switch {
	case err != nil:
		return err
	case len(ticked) == 0:
		wrong := []problem.Field{{Name: "items", Key: "review.release.none.chosen"}}
		return h.showPile(w, r, http.StatusUnprocessableEntity, releaseView{Ticked: ticked, Wrong: wrong})
	case !whole:
		return h.showPile(w, r, http.StatusConflict, releaseView{Ticked: ticked, Stale: true})
	}
	return web.Render(w, r, http.StatusOK, releaseConfirmPage(piles))
}

// pilesOf are the piles of the desks with no more in them than what was ticked, those with nothing left out; whole says
// that all that was ticked can leave.
func (s *Service) pilesOf(ctx context.Context, who identity.User, desks []identity.Desk, ticked []int64) (piles []Pile, whole bool, err error) {
	found := 0
	for _, desk := range desks {
		p, err := s.Pile(ctx, who, desk)
		if err != nil {
			return nil, false, err
		}
		other := func(it Item) bool { return !slices.Contains(ticked, it.Pending.ID) }
		p.Ready, p.Held = slices.DeleteFunc(p.Ready, other), slices.DeleteFunc(p.Held, other)
		if found += len(p.Ready); len(p.Ready)+len(p.Held) > 0 {
			piles = append(piles, p)
		}
	}
	return piles, found == len(ticked), nil
}

// bulkRelease leads to the page of releases with what was chosen in the queue; whoever has to show first who they are finds
// it there afterwards.
func (h handlers) bulkRelease(w http.ResponseWriter, r *http.Request, b Bulk) error {
	ctx := r.Context()
	if len(led(identity.Must(ctx))) == 0 {
		return problem.Forbidden
	}
	if web.IsFresh(ctx) {
		return h.showChosen(w, r, b)
	}
	if err := web.Keep(ctx, releasePath); err != nil && !errors.Is(err, problem.TooLarge) && !errors.Is(err, problem.TooMany) {
		return err
	}
	return web.Redirect(w, r, releasePath, "")
}

// showChosen shows what was chosen in the queue: on the page of its desk, ticked, or when it is of several desks, all that
// leaves with what cannot leave apart.
func (h handlers) showChosen(w http.ResponseWriter, r *http.Request, b Bulk) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	ids := make([]workflow.ID, len(b.Items))
	for i, it := range b.Items {
		ids[i] = it.ID
	}
	v := releaseView{Ticked: []int64{}}
	var desks []identity.Desk
	for _, desk := range led(who) {
		items, err := h.desk.pendingItems(ctx, h.desk.db.Read(), who, desk, ids)
		if err != nil {
			return err
		}
		for _, it := range items {
			v.Ticked = append(v.Ticked, it.Pending.ID)
		}
		if len(items) > 0 {
			desks = append(desks, desk)
		}
	}
	if len(desks) < 2 {
		if len(desks) == 1 {
			v.Desk = desks[0]
		}
		return h.showPile(w, r, http.StatusOK, v)
	}
	piles, _, err := h.desk.pilesOf(ctx, who, desks, v.Ticked)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, releaseConfirmPage(piles))
}

func (h handlers) setUndo(w http.ResponseWriter, r *http.Request) error {
	desk, err := deskOf(r)
	if err != nil {
		return err
	}
	err = h.desk.SetUndo(r.Context(), identity.Must(r.Context()), desk, number(r.PostFormValue("minutes")))
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showPile(w, r, http.StatusUnprocessableEntity, releaseView{Wrong: wrong, Minutes: r.PostFormValue("minutes")})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, releasePath+"?desk="+string(desk), "review.release.flash.window")
}

func (h handlers) released(w http.ResponseWriter, r *http.Request) error {
	return h.showReleased(w, r, http.StatusOK, false)
}

func (h handlers) showReleased(w http.ResponseWriter, r *http.Request, status int, late bool) error {
	id, err := web.ParamID(r, "release")
	if err != nil {
		return err
	}
	v := releasedView{Now: h.now(), Late: late}
	if v.Line, v.Items, err = h.desk.FindRelease(r.Context(), identity.Must(r.Context()), id); err != nil {
		return err
	}
	return web.Render(w, r, status, releasedPage(v))
}

func (h handlers) stopRelease(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "release")
	if err != nil {
		return err
	}
	err = h.desk.Stop(r.Context(), identity.Must(r.Context()), id)
	if errors.Is(err, problem.NotAllowedNow) {
		return h.showReleased(w, r, http.StatusConflict, true)
	}
	if err != nil {
		return fmt.Errorf("undo: %w", err)
	}
	return web.Redirect(w, r, releasedPath(id), "review.release.flash.stopped")
}
