package account

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// deskChangeRoutes adds the pages on which the desk changes an office.
func deskChangeRoutes(r *web.Router, h handlers) {
	r.Staff("GET /desk/offices/{id}/history", h.deskHistory)
	r.Staff("GET /desk/offices/{id}/head", h.headForm, web.Fresh())
	r.Staff("POST /desk/offices/{id}/head", h.inviteHead, web.Fresh())
	r.Staff("POST /desk/offices/{id}/offers/{offer}/sending", h.deskSendOffer)
	r.Staff("POST /desk/offices/{id}/offers/{offer}/withdrawal", h.deskWithdrawOffer)
	r.Staff("GET /desk/offices/{id}/name", h.renameForm)
	r.Staff("POST /desk/offices/{id}/name", h.rename)
	r.Staff("GET /desk/offices/{id}/merger", h.mergeForm, web.Fresh())
	r.Staff("POST /desk/offices/{id}/merger", h.merge, web.Fresh())
	r.Staff("GET /desk/offices/{id}/closing", h.closeForm, web.Fresh())
	r.Staff("POST /desk/offices/{id}/closing", h.closeOffice, web.Fresh())
	r.Staff("POST /desk/offices/{id}/reopening", h.reopen, web.Fresh())
}

func (h handlers) deskHistory(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	past, err := h.accounts.DeskOfficeHistory(r.Context(), identity.Must(r.Context()), id, before(r))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, historyPage(historyView{OfficeHistory: past, Path: deskOfficePath(id), Desk: true}))
}

// changing reads the office that is to be changed.
func (h handlers) changing(r *http.Request) (changeView, error) {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return changeView{}, err
	}
	c, err := h.accounts.DeskOffice(r.Context(), identity.Must(r.Context()), id)
	return changeView{Case: c}, err
}

// changed answers a change that was not made: the form again, with what was wrong, or the office as it is now.
func (h handlers) changed(w http.ResponseWriter, r *http.Request, err error, again func(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error) error {
	if wrong, ok := problem.InvalidFields(err); ok {
		return again(w, r, http.StatusUnprocessableEntity, wrong)
	}
	if errors.Is(err, problem.Stale) {
		v := deskOfficeView{Stale: true}
		errors.As(err, &v.Decided)
		return h.showDeskOffice(w, r, http.StatusConflict, v)
	}
	return err
}

// typedOrHeld is what was sent, or what was held for its page while the person signed in again.
func typedOrHeld(r *http.Request) url.Values {
	if r.Method == http.MethodPost {
		return r.PostForm
	}
	return web.Held(r.Context())
}

func (h handlers) headForm(w http.ResponseWriter, r *http.Request) error {
	return h.showHead(w, r, http.StatusOK, nil)
}

func (h handlers) showHead(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error {
	v, err := h.changing(r)
	switch {
	case err != nil:
		return err
	case v.Case.State != OfficeApproved:
		return problem.NotAllowedNow
	}
	typed := typedOrHeld(r)
	v.Wrong, v.Typed, v.Message = wrong, typed.Get("email"), typed.Get("message")
	return web.Render(w, r, status, inviteHeadPage(v))
}

func (h handlers) inviteHead(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	f := OfferForm{Email: r.PostFormValue("email"), Message: r.PostFormValue("message")}
	if err = h.accounts.InviteHead(r.Context(), identity.Must(r.Context()), id, f); err != nil {
		return h.changed(w, r, err, h.showHead)
	}
	return web.Redirect(w, r, deskOfficePath(id), "account.offer.flash.invited")
}

func (h handlers) deskSendOffer(w http.ResponseWriter, r *http.Request) error {
	office, offer, err := offerOf(r)
	if err != nil {
		return err
	}
	return h.deskOfferDone(w, r, office, h.accounts.SendOfferAgain(r.Context(), identity.Must(r.Context()), office, offer), "account.offer.flash.sent")
}

func (h handlers) deskWithdrawOffer(w http.ResponseWriter, r *http.Request) error {
	office, offer, err := offerOf(r)
	if err != nil {
		return err
	}
	return h.deskOfferDone(w, r, office, h.accounts.WithdrawOffer(r.Context(), identity.Must(r.Context()), office, offer), "account.offer.flash.withdrawn")
}

func (h handlers) deskOfferDone(w http.ResponseWriter, r *http.Request, office int64, err error, flash string) error {
	var over *OfferOverError
	if errors.As(err, &over) {
		return h.showDeskOffice(w, r, http.StatusConflict, deskOfficeView{Over: over})
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showDeskOffice(w, r, http.StatusUnprocessableEntity, deskOfficeView{Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, deskOfficePath(office), flash)
}

func (h handlers) renameForm(w http.ResponseWriter, r *http.Request) error {
	return h.showRename(w, r, http.StatusOK, nil)
}

func (h handlers) showRename(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error {
	v, err := h.changing(r)
	switch {
	case err != nil:
		return err
	case !v.Case.Open():
		return problem.NotAllowedNow
	}
	v.Wrong, v.Typed = wrong, v.Case.Name
	if typed := typedOrHeld(r); typed.Has("office_name") {
		v.Typed = typed.Get("office_name")
	}
	return web.Render(w, r, status, renamePage(v))
}

func (h handlers) rename(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	err = h.accounts.RenameOffice(r.Context(), identity.Must(r.Context()), id, r.PostFormValue("was"), r.PostFormValue("office_name"))
	if err != nil {
		return h.changed(w, r, err, h.showRename)
	}
	return web.Redirect(w, r, deskOfficePath(id), "account.desk.flash.renamed")
}

func (h handlers) closeForm(w http.ResponseWriter, r *http.Request) error {
	return h.showClose(w, r, http.StatusOK, nil)
}

func (h handlers) showClose(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error {
	v, err := h.changing(r)
	switch {
	case err != nil:
		return err
	case !v.Case.Open():
		return problem.NotAllowedNow
	}
	v.Wrong, v.Typed = wrong, typedOrHeld(r).Get("reason")
	return web.Render(w, r, status, closePage(v))
}

func (h handlers) closeOffice(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	if err = h.accounts.CloseOffice(r.Context(), identity.Must(r.Context()), id, r.PostFormValue("reason")); err != nil {
		return h.changed(w, r, err, h.showClose)
	}
	return web.Redirect(w, r, deskOfficePath(id), "account.desk.flash.closed")
}

func (h handlers) reopen(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	err = h.accounts.ReopenOffice(r.Context(), identity.Must(r.Context()), id)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showDeskOffice(w, r, http.StatusUnprocessableEntity, deskOfficeView{Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, deskOfficePath(id), "account.desk.flash.reopened")
}

// mergeForm looks for the other office, and with ?into= shows what the merger will do.
func (h handlers) mergeForm(w http.ResponseWriter, r *http.Request) error {
	return h.showMerge(w, r, http.StatusOK, nil)
}

func (h handlers) showMerge(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error {
	ctx, who := r.Context(), identity.Must(r.Context())
	base, err := h.changing(r)
	switch {
	case err != nil:
		return err
	case !base.Case.Open():
		return problem.NotAllowedNow
	}
	base.Wrong = wrong
	v := mergeView{changeView: base, Query: cleanQuery(r.FormValue("q")), Vocabulary: h.accounts.vocabulary()}
	into, _ := strconv.ParseInt(r.FormValue("into"), 10, 64) // no number: none is chosen
	if into != 0 && len(wrong) == 0 {
		v.Merger, err = h.accounts.Merger(ctx, who, v.Case.ID, into)
		switch fields, invalid := problem.InvalidFields(err); {
		case err == nil:
			return web.Render(w, r, status, confirmMergePage(v))
		case invalid:
			v.Wrong, status = fields, http.StatusUnprocessableEntity
		default:
			return err
		}
	}
	if v.Query == "" {
		for _, s := range v.Case.Similar {
			if s.State == OfficeApproved {
				if o, err := h.accounts.FindOffice(ctx, s.ID); err == nil && o != nil {
					v.Found = append(v.Found, *o)
				}
			}
		}
	} else if v.Found, v.More, err = h.accounts.SearchOffices(ctx, v.Query); err != nil {
		return err
	}
	return web.Render(w, r, status, mergePage(v))
}

func (h handlers) merge(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	into, err := strconv.ParseInt(r.PostFormValue("into"), 10, 64)
	if err != nil {
		return h.showMerge(w, r, http.StatusUnprocessableEntity, []problem.Field{{Name: "into", Key: "account.desk.merge.missing"}})
	}
	if err = h.accounts.MergeOffice(r.Context(), identity.Must(r.Context()), id, into); err != nil {
		return h.changed(w, r, err, h.showMerge)
	}
	return web.Redirect(w, r, deskOfficePath(into), "account.desk.flash.merged")
}
