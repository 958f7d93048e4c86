package account

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

// officeRoutes adds the pages on which posts are offered, handed over, delegated and left.
func officeRoutes(r *web.Router, h handlers) {
	r.Member("GET /offices/{id}/history", h.officeHistory)
	r.Member("GET /offices/{id}/invitation", h.offerForm(Invitation), web.Fresh())
	r.Member("POST /offices/{id}/invitation", h.offer(Invitation), web.Fresh())
	r.Member("GET /offices/{id}/handover", h.offerForm(Handover), web.Fresh())
	r.Member("POST /offices/{id}/handover", h.offer(Handover), web.Fresh())
	r.Member("GET /offices/{id}/delegation", h.offerForm(Delegation), web.Fresh())
	r.Member("POST /offices/{id}/delegation", h.offer(Delegation), web.Fresh())
	r.Member("GET /offices/{id}/leaving", h.leavingForm, web.Fresh())
	r.Member("POST /offices/{id}/leaving", h.leave, web.Fresh())
	r.Member("POST /offices/{id}/offers/{offer}/agreement", h.agreeToOffer, web.Fresh())
	r.Member("POST /offices/{id}/offers/{offer}/sending", h.sendOffer)
	r.Member("POST /offices/{id}/offers/{offer}/withdrawal", h.withdrawOffer)
	r.Member("GET /account/offers/{offer}", h.ownOffer)
	r.Member("POST /account/offers/{offer}", h.answerOwnOffer)
	r.Public("GET /t/post/{token}", h.offerLink, web.Private())
	r.Public("POST /t/post/{token}", h.answerOffer, web.Private())
	r.Public("GET /t/post/{token}/registration", h.offerRegistrationForm, web.Private())
	r.Public("POST /t/post/{token}/registration", h.registerByOffer, web.Private())
}

// readOffer reads what was typed to offer a post, and what could not be read of it.
func readOffer(posted url.Values) (f OfferForm, wrong []problem.Field) {
	a := form.Answers(posted)
	f = OfferForm{Email: a.First("email"), Role: identity.PostRole(a.First("role")), Message: a.First("message"), KeepsReading: a.First("keeps_reading") == "yes"}
	if id, err := strconv.ParseInt(a.First("colleague"), 10, 64); err == nil {
		f.Colleague = id
	}
	for _, d := range []struct {
		name string
		to   *form.Day
	}{{"from_on", &f.FromOn}, {"until_on", &f.UntilOn}} {
		day, given, ok, part := form.DateOf(a, d.name)
		switch {
		case ok:
			*d.to = day
		case given:
			wrong = append(wrong, problem.Field{Name: d.name + "." + part, Key: "form.date." + part, Args: []any{i18n.Key("account.offer." + d.name + ".label")}})
		}
	}
	return f, wrong
}

// unread puts what could not be read of a date in the place of that it is missing.
func unread(wrong, checked []problem.Field) []problem.Field {
	var all []problem.Field
	for _, c := range checked {
		name, _, _ := strings.Cut(c.Name, ".")
		for _, w := range wrong {
			if strings.HasPrefix(w.Name, name+".") {
				c = w
			}
		}
		all = append(all, c)
	}
	return all
}

func (h handlers) offerForm(kind OfferKind) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		typed := form.Answers(web.Held(r.Context()))
		if typed == nil {
			typed = h.accounts.suggested(kind)
		}
		return h.showOfferForm(w, r, http.StatusOK, kind, typed, nil)
	}
}

// suggested is what the form of an offer shows to begin with.
func (s *Service) suggested(kind OfferKind) form.Answers {
	a := form.Answers{}
	set := func(name string, days int) {
		d := s.today().AddDays(days)
		a[name+".day"], a[name+".month"], a[name+".year"] = []string{strconv.Itoa(d.Day())}, []string{strconv.Itoa(int(d.Month()))}, []string{strconv.Itoa(d.Year())}
	}
	switch kind {
	case Invitation:
		a["role"] = []string{string(identity.Contributor)}
	case Handover:
		set("until_on", 0)
		a["keeps_reading"] = nil
	case Delegation:
		set("from_on", 0)
		set("until_on", 14)
	}
	return a
}

func (h handlers) showOfferForm(w http.ResponseWriter, r *http.Request, status int, kind OfferKind, typed form.Answers, wrong []problem.Field) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	page, err := h.accounts.OfficePage(ctx, identity.Must(ctx), id)
	switch {
	case err != nil:
		return err
	case page.State != OfficeApproved:
		return problem.NotAllowedNow
	case kind == Invitation && !page.Heads(), kind != Invitation && !page.Acts():
		return problem.Forbidden
	}
	return web.Render(w, r, status, offerFormPage(offerFormView{Page: page, Kind: kind, Typed: typed, Wrong: wrong, Me: identity.Must(ctx).ID}))
}

func (h handlers) offer(kind OfferKind) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx, who := r.Context(), identity.Must(r.Context())
		id, err := web.ParamID(r, "id")
		if err != nil {
			return err
		}
		f, wrong := readOffer(r.PostForm)
		flash := "account.offer.flash.invited"
		state := OfferOpen
		switch {
		case len(wrong) > 0:
			err = problem.Invalid(unread(wrong, f.clean().Check(kind, who.Email, h.accounts.today()))...)
		case kind == Invitation:
			err = h.accounts.Invite(ctx, who, id, f)
		case kind == Handover:
			flash = "account.offer.flash.handover"
			state, err = h.accounts.Hand(ctx, who, id, f)
		default:
			flash = "account.offer.flash.delegation"
			state, err = h.accounts.Delegate(ctx, who, id, f)
		}
		if fields, ok := problem.InvalidFields(err); ok {
			return h.showOfferForm(w, r, http.StatusUnprocessableEntity, kind, form.Answers(r.PostForm), fields)
		}
		if err != nil {
			return err
		}
		switch state {
		case OfferAsked:
			flash = "account.offer.flash.asked"
		case OfferAccepted:
			flash = "account.offer.flash.delegated"
		}
		return web.Redirect(w, r, officePath(id), flash)
	}
}

// offerOf reads the two numbers of an act on an offer of an office.
func offerOf(r *http.Request) (office, offer int64, err error) {
	if office, err = web.ParamID(r, "id"); err != nil {
		return 0, 0, err
	}
	offer, err = web.ParamID(r, "offer")
	return office, offer, err
}

// offerActed answers an act on an offer: who comes too late sees the page of the office as it is now, and why.
func (h handlers) offerActed(w http.ResponseWriter, r *http.Request, office int64, err error, flash string) error {
	var over *OfferOverError
	if errors.As(err, &over) {
		return h.showOffice(w, r, http.StatusConflict, ownOfficeView{Over: over})
	}
	return h.officeDone(w, r, err, officePath(office), flash)
}

func (h handlers) agreeToOffer(w http.ResponseWriter, r *http.Request) error {
	office, offer, err := offerOf(r)
	if err != nil {
		return err
	}
	err = h.accounts.AgreeToOffer(r.Context(), identity.Must(r.Context()), office, offer, r.PostFormValue("keeps_reading") == "yes")
	return h.offerActed(w, r, office, err, "account.offer.flash.agreed")
}

func (h handlers) sendOffer(w http.ResponseWriter, r *http.Request) error {
	office, offer, err := offerOf(r)
	if err != nil {
		return err
	}
	err = h.accounts.SendOfferAgain(r.Context(), identity.Must(r.Context()), office, offer)
	return h.offerActed(w, r, office, err, "account.offer.flash.sent")
}

func (h handlers) withdrawOffer(w http.ResponseWriter, r *http.Request) error {
	office, offer, err := offerOf(r)
	if err != nil {
		return err
	}
	err = h.accounts.WithdrawOffer(r.Context(), identity.Must(r.Context()), office, offer)
	return h.offerActed(w, r, office, err, "account.offer.flash.withdrawn")
}

func (h handlers) leavingForm(w http.ResponseWriter, r *http.Request) error {
	return h.showLeaving(w, r, http.StatusOK, nil)
}

func (h handlers) showLeaving(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	page, err := h.accounts.OfficePage(ctx, identity.Must(ctx), id)
	switch {
	case err != nil:
		return err
	case page.Own == nil:
		return problem.NotAllowedNow
	}
	return web.Render(w, r, status, leavingPage(leavingView{Page: page, Wrong: wrong}))
}

func (h handlers) leave(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	if r.PostFormValue("leave") == "yes" {
		err = h.accounts.Leave(r.Context(), identity.Must(r.Context()), id, r.PostFormValue("vacant") == "yes")
	} else {
		err = problem.Invalid(problem.Field{Key: "account.office.leave.missing"})
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showLeaving(w, r, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, "/account", "account.office.flash.left")
}

func (h handlers) officeHistory(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	past, err := h.accounts.OfficeHistory(r.Context(), identity.Must(r.Context()), id, before(r))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, historyPage(historyView{OfficeHistory: past, Path: officePath(id)}))
}

// before is the last line of the page before of a history.
func before(r *http.Request) int64 {
	n, err := strconv.ParseInt(r.URL.Query().Get("before"), 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// offerLink shows what a link from a mail offers. Opening it does nothing: programs that look at mails open links.
func (h handlers) offerLink(w http.ResponseWriter, r *http.Request) error {
	o, err := h.accounts.OfferByToken(r.Context(), r.PathValue("token"))
	return h.showOffer(w, r, o, err, offerPath(r.PathValue("token")))
}

// ownOffer is the page of an offer for the person to whom it was sent.
func (h handlers) ownOffer(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "offer")
	if err != nil {
		return err
	}
	o, err := h.accounts.OfferTo(r.Context(), identity.Must(r.Context()), id)
	return h.showOffer(w, r, o, err, ownOfferPath(id))
}

// showOffer renders an offer: to accept, or what became of it, or with which address to sign in.
func (h handlers) showOffer(w http.ResponseWriter, r *http.Request, o Offer, err error, path string) error {
	who := identity.From(r.Context())
	v := offerView{Offer: o, Path: path, SignedIn: who.SignedIn()}
	switch {
	case errors.Is(err, problem.NotFound):
		return web.Render(w, r, http.StatusNotFound, lostOfferPage(who.SignedIn()))
	case err != nil:
		return err
	}
	err = h.accounts.mayAnswer(o, who)
	var over *OfferOverError
	var other *OtherAddressError
	switch {
	case errors.As(err, &over):
		v.State = over.State
		v.Mine = over.State == OfferAccepted && o.DecidedBy != nil && *o.DecidedBy == who.ID
		return web.Render(w, r, http.StatusGone, overOfferPage(v))
	case errors.As(err, &other) && who.SignedIn():
		v.Masked = other.Masked
		return web.Render(w, r, http.StatusForbidden, otherAddressPage(v))
	}
	return web.Render(w, r, http.StatusOK, offerPage(v))
}

func (h handlers) answerOffer(w http.ResponseWriter, r *http.Request) error {
	o, err := h.accounts.OfferByToken(r.Context(), r.PathValue("token"))
	return h.answer(w, r, o, err, offerPath(r.PathValue("token")))
}

func (h handlers) answerOwnOffer(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "offer")
	if err != nil {
		return err
	}
	o, err := h.accounts.OfferTo(r.Context(), identity.Must(r.Context()), id)
	return h.answer(w, r, o, err, ownOfferPath(id))
}

// answer accepts or declines an offer. Pressing the button twice does it once: the second time leads to the same page.
func (h handlers) answer(w http.ResponseWriter, r *http.Request, o Offer, err error, path string) error {
	if err != nil {
		return h.showOffer(w, r, o, err, path)
	}
	ctx := r.Context()
	who := identity.From(ctx)
	if r.PostFormValue("answer") == "decline" {
		if err = h.accounts.DeclineOffer(ctx, who.ID, o.ID); err == nil {
			to := "/"
			if who.SignedIn() {
				to = "/account"
			}
			return web.Redirect(w, r, to, "account.offer.flash.declined")
		}
	} else {
		if !who.SignedIn() {
			return web.Redirect(w, r, withNext("/sign-in", "/"+string(i18n.From(ctx))+ownOfferPath(o.ID)), "")
		}
		if web.NeedsTerms(ctx) { // the page of the offer asks for them first
			return web.Redirect(w, r, ownOfferPath(o.ID), "")
		}
		var done Offer
		if done, err = h.accounts.AcceptOffer(ctx, who, o.ID); err == nil {
			return web.Redirect(w, r, officePath(done.OfficeID), "account.offer.flash.accepted."+string(done.Kind))
		}
	}
	var over *OfferOverError
	if errors.As(err, &over) {
		if over.State == OfferAccepted && over.Offer.DecidedBy != nil && *over.Offer.DecidedBy == who.ID {
			return web.Redirect(w, r, officePath(over.Offer.OfficeID), "account.offer.flash.accepted."+string(over.Offer.Kind))
		}
		return h.showOffer(w, r, over.Offer, nil, path)
	}
	if errors.Is(err, problem.Forbidden) {
		return h.showOffer(w, r, o, nil, path)
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		v := offerView{Offer: o, Path: path, SignedIn: true, Wrong: wrong}
		return web.Render(w, r, http.StatusUnprocessableEntity, offerPage(v))
	}
	return err
}

func (h handlers) offerRegistrationForm(w http.ResponseWriter, r *http.Request) error {
	o, err := h.accounts.OfferByToken(r.Context(), r.PathValue("token"))
	if err != nil || identity.From(r.Context()).SignedIn() || o.Stands(h.accounts.now()) != OfferOpen {
		return h.showOffer(w, r, o, err, offerPath(r.PathValue("token")))
	}
	return h.showOfferRegistration(w, r, http.StatusOK, o, registrationForm{Lang: string(i18n.From(r.Context()))}, nil)
}

func (h handlers) showOfferRegistration(w http.ResponseWriter, r *http.Request, status int, o Offer, f registrationForm, wrong []problem.Field) error {
	v := offerRegistrationView{Offer: o, Path: offerPath(r.PathValue("token")), Form: f, Wrong: wrong, Vocabulary: h.accounts.vocabulary()}
	return web.Render(w, r, status, offerRegistrationPage(v))
}

func (h handlers) registerByOffer(w http.ResponseWriter, r *http.Request) error {
	ctx, token := r.Context(), r.PathValue("token")
	if identity.From(ctx).SignedIn() {
		return h.offerLink(w, r)
	}
	f := readRegistrationForm(r.PostForm)
	p := Profile{Name: cleanLine(f.Name), Position: cleanLine(f.Position), Country: f.Country, Lang: i18n.Lang(f.Lang)}
	who, o, err := h.accounts.RegisterByOffer(ctx, token, f.Email, r.PostFormValue("password"), p, f.Terms == "yes")
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showOfferRegistration(w, r, http.StatusUnprocessableEntity, o, f, wrong)
	}
	if errors.Is(err, problem.NotFound) || errors.Is(err, problem.Stale) {
		if errors.Is(err, problem.Stale) {
			err = nil
		}
		return h.showOffer(w, r, o, err, offerPath(token))
	}
	if err != nil {
		return err
	}
	return h.welcome(w, r, who, ownOfferPath(o.ID), "account.offer.flash.registered")
}
