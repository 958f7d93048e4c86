package review

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"portal/internal/identity"
	"portal/internal/problem"
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

func (h handlers) pile(w http.ResponseWriter, r *http.Request) error {
	return h.showPile(w, r, http.StatusOK, releaseView{})
}

// showPile renders the page of what the desk has decided; v carries what was ticked and what is wrong with it.
func (h handlers) showPile(w http.ResponseWriter, r *http.Request, status int, v releaseView) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	desk, err := deskOf(r)
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
	who := identity.Must(ctx)
	desk, err := deskOf(r)
	if err != nil {
		return err
	}
	ticked := idsOf(r.PostForm["item"])
	if r.PostFormValue("step") == "back" {
		return h.showPile(w, r, http.StatusOK, releaseView{Ticked: ticked})
	}
	if r.PostFormValue("step") != "confirmed" {
		return h.confirmRelease(w, r, desk, ticked)
	}
	id, err := h.desk.Release(ctx, who, Chosen{Desk: desk, Pending: ticked, Wording: int64(number(r.PostFormValue("wording")))})
	if errors.Is(err, problem.Stale) {
		return h.showPile(w, r, http.StatusConflict, releaseView{Ticked: ticked, Stale: true})
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showPile(w, r, http.StatusUnprocessableEntity, releaseView{Ticked: ticked, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, releasedPath(id), "review.release.flash.begun")
}

// confirmRelease shows what will leave, and says so when some of it has moved on since it was ticked.
func (h handlers) confirmRelease(w http.ResponseWriter, r *http.Request, desk identity.Desk, ticked []int64) error {
	pile, err := h.desk.Pile(r.Context(), identity.Must(r.Context()), desk)
	if err != nil {
		return err
	}
	pile.Ready = slices.DeleteFunc(pile.Ready, func(it Item) bool { return !slices.Contains(ticked, it.Pending.ID) })
	switch {
	case len(ticked) == 0:
		wrong := []problem.Field{{Name: "items", Key: "review.release.none.chosen"}}
		return h.showPile(w, r, http.StatusUnprocessableEntity, releaseView{Ticked: ticked, Wrong: wrong})
	case len(pile.Ready) < len(ticked):
		return h.showPile(w, r, http.StatusConflict, releaseView{Ticked: ticked, Stale: true})
	}
	return web.Render(w, r, http.StatusOK, releaseConfirmPage(releaseView{Pile: pile, Now: h.now()}))
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
