package submission

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// sharingForm is an invitation as it was typed.
type sharingForm struct {
	Email, Rights, Day, Month, Year string
}

func readSharingForm(v url.Values) sharingForm {
	return sharingForm{Email: v.Get("email"), Rights: v.Get("rights"), Day: v.Get("until.day"), Month: v.Get("until.month"), Year: v.Get("until.year")}
}

func sharingFormOf(i Invitation) sharingForm {
	f := newSharingForm(i.UntilOn)
	f.Rights = string(i.Rights)
	return f
}

func newSharingForm(until date.Date) sharingForm {
	return sharingForm{
		Rights: string(ToEdit), Day: strconv.Itoa(until.Day()), Month: strconv.Itoa(int(until.Month())), Year: strconv.Itoa(until.Year()),
	}
}

// invitation reads what was typed. A day that cannot be read is zero, which is wrong.
func (f sharingForm) invitation() NewInvitation {
	n := NewInvitation{Email: f.Email, Rights: Rights(f.Rights)}
	if day, _, ok, _ := form.DateOf(form.Answers{"until.day": {f.Day}, "until.month": {f.Month}, "until.year": {f.Year}}, "until"); ok {
		n.Until = day
	}
	return n
}

// people shows who can see the submission.
func (h handlers) people(w http.ResponseWriter, r *http.Request) error {
	f := newSharingForm(date.Today(h.service.now(), i18n.Geneva).AddDays(InvitedDays))
	if held := web.Held(r.Context()); held != nil && held.Has("email") {
		f = readSharingForm(held)
	}
	return h.showPeople(w, r, http.StatusOK, sharingView{Form: f})
}

func (h handlers) showPeople(w http.ResponseWriter, r *http.Request, status int, v sharingView) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	sharing, err := h.service.Sharing(ctx, identity.Must(ctx), id)
	if errors.Is(err, problem.Forbidden) {
		return h.refuse(w, r, h.view(r, sharing.Case))
	}
	if err != nil {
		return err
	}
	v.caseView = h.view(r, sharing.Case)
	v.Colleagues, v.Invitations = sharing.Colleagues, sharing.Invitations
	return web.Render(w, r, status, sharingPage(v))
}

func (h handlers) invite(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	f := readSharingForm(r.PostForm)
	err = h.service.Invite(ctx, identity.Must(ctx), id, f.invitation())
	if err == nil {
		return web.Redirect(w, r, Path(id)+"/people", "submission.sharing.flash.invited", f.Email)
	}
	return h.refuseSharing(w, r, sharingView{Form: f}, err)
}

// refuseSharing shows the page again with what is wrong, or says why it cannot be done.
func (h handlers) refuseSharing(w http.ResponseWriter, r *http.Request, v sharingView, err error) error {
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showPeople(w, r, http.StatusUnprocessableEntity, v)
	}
	if !errors.Is(err, problem.Forbidden) && !errors.Is(err, problem.NotAllowedNow) {
		return err
	}
	c, failed := h.open(r)
	if failed != nil {
		return failed
	}
	return h.refuse(w, r, h.view(r, c))
}

// changeInvitation gives an invited person other rights or another day, or ends their access.
func (h handlers) changeInvitation(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	invitation, err := web.ParamID(r, "invitation")
	if err != nil {
		return err
	}
	if r.PostFormValue("do") == "end" {
		if err := h.service.EndInvitation(ctx, who, id, invitation); err != nil {
			return h.refuseSharing(w, r, sharingView{}, err)
		}
		return web.Redirect(w, r, Path(id)+"/people", "submission.sharing.flash.ended")
	}
	f := readSharingForm(r.PostForm)
	if err := h.service.ChangeInvitation(ctx, who, id, invitation, f.invitation()); err != nil {
		fresh := newSharingForm(date.Today(h.service.now(), i18n.Geneva).AddDays(InvitedDays))
		return h.refuseSharing(w, r, sharingView{Form: fresh, Changed: invitation, Change: f}, err)
	}
	return web.Redirect(w, r, Path(id)+"/people", "submission.sharing.flash.changed")
}

// offer shows what the link of an invitation is for. It changes nothing: programs that look at mails open links.
func (h handlers) offer(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	o, err := h.service.OfferOf(ctx, r.PathValue("token"))
	if errors.Is(err, problem.NotFound) {
		return web.Render(w, r, http.StatusNotFound, unknownOfferPage())
	}
	if err != nil {
		return err
	}
	v := offerView{Offer: o, Who: identity.From(ctx)}
	if v.Who.SignedIn() {
		if v.Mine, err = isProven(ctx, h.service.db.Read(), v.Who.ID, o.Email); err != nil {
			return err
		}
	}
	switch {
	case v.Who.SignedIn() && !v.Mine:
		return web.Render(w, r, http.StatusForbidden, foreignOfferPage(v))
	case o.State() == InvitationAccepted && v.Mine:
		return web.Redirect(w, r, Path(o.SubmissionID), "")
	case o.State() == InvitationOpen:
		return web.Render(w, r, http.StatusOK, offerPage(v))
	}
	return web.Render(w, r, http.StatusGone, deadOfferPage(v))
}

// answerOffer accepts or declines an invitation.
func (h handlers) answerOffer(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	invitation, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	if r.PostFormValue("do") == "decline" {
		if err := h.service.Decline(ctx, who, invitation); err != nil && !errors.Is(err, problem.Stale) {
			return err
		}
		return web.Redirect(w, r, "/drafts", "submission.sharing.flash.declined")
	}
	id, err := h.service.Accept(ctx, who, invitation)
	if errors.Is(err, problem.Stale) { // withdrawn or over meanwhile
		return web.Redirect(w, r, "/drafts", "submission.sharing.flash.over")
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, Path(id), "submission.sharing.flash.accepted")
}

// forGuests answers people whose access to the submission is over with a page that says so, and all that they have
// typed; for everybody else what they cannot see is not there.
func (h handlers) forGuests(handle web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		err := handle(w, r)
		var over guestEndedError
		if !errors.As(err, &over) {
			return err
		}
		if asksForJSON(r) {
			return answerJSON(w, r, http.StatusForbidden, map[string]any{"ended": true})
		}
		return web.Render(w, r, http.StatusForbidden, guestEndedPage(typedTexts(web.Typed(r.Context()))))
	}
}

// asksForJSON says whether the script asks, and not a person.
func asksForJSON(r *http.Request) bool { return r.Header.Get("Accept") == "application/json" }

// typedTexts are what was typed into a form, in the order of the names, without what the form carries along.
func typedTexts(posted url.Values) []string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(posted)) {
		if name == pageField || name == ui.VersionField || name == ui.Press || name == ui.AutosaveField {
			continue
		}
		for _, v := range posted[name] {
			if strings.TrimSpace(v) != "" {
				all = append(all, v)
			}
		}
	}
	return all
}
