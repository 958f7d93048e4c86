package account

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

type handlers struct {
	accounts *Service
}

// Routes adds the pages of people, offices and roles.
func Routes(r *web.Router, accounts *Service) {
	h := handlers{accounts}
	r.Public("GET /register", h.registerForm)
	r.Public("POST /register", h.register)
	r.Public("GET /register/sent", h.registered)
	r.Public("GET /sign-in", h.signInForm)
	r.Public("POST /sign-in", h.signIn)
	r.Public("GET /sign-in/link", h.linkForm(SignInLink))
	r.Public("POST /sign-in/link", h.requestLink(SignInLink))
	r.Public("GET /sign-in/reset", h.linkForm(ResetLink))
	r.Public("POST /sign-in/reset", h.requestLink(ResetLink))
	r.Public("GET /sign-in/sent", h.linkSent)
	r.Public("GET /sign-in/code", h.codeForm, web.Private())
	r.Public("POST /sign-in/code", h.enterCode)
	r.Public("POST /sign-out", h.signOut)
	r.Member("POST /sign-out/everywhere", h.signOutEverywhere, web.Fresh())
	r.Public("GET /t/{token}", h.link, web.Private())
	r.Public("POST /t/{token}", h.useLink)

	r.Member("GET /account", h.account)
	r.Member("GET /account/office", h.officeForm)
	r.Member("POST /account/office", h.join)
	r.Member("GET /account/password", h.passwordForm, web.Fresh())
	r.Member("POST /account/password", h.changePassword, web.Fresh())
	r.Member("GET "+web.ConfirmPath, h.confirmForm, web.BeforeTerms())
	r.Member("POST "+web.ConfirmPath, h.confirm, web.BeforeTerms())
	r.Member("GET "+web.FactorPath, h.passed(h.factorForm), web.Fresh())
	r.Member("POST "+web.FactorPath, h.passed(h.setFactor), web.Fresh())
	r.Member("POST "+web.FactorPath+"/codes", h.passed(h.renewCodes), web.Fresh())
	r.Member("POST "+web.FactorPath+"/removal", h.passed(h.removeFactor), web.Fresh())
	r.Member("GET /account/sessions", h.sessions)
	r.Member("POST /account/sessions/{session}/end", h.endSession)
	r.Member("GET /account/{field}", h.profileForm)
	r.Member("POST /account/{field}", h.changeProfile)

	h.ownDataRoutes(r)

	r.Member("GET /offices/{id}", h.office)
	r.Member("POST /offices/{id}/rules", h.officeRules)
	r.Member("POST /offices/{id}/posts/{post}/decision", h.decidePost)
	r.Member("POST /offices/{id}/posts/{post}/role", h.changeRole, web.Fresh())
	r.Member("POST /offices/{id}/posts/{post}/end", h.endPost, web.Fresh())

	officeRoutes(r, h)
	deskChangeRoutes(r, h)
	r.Staff("GET /desk/offices", h.deskOffices)
	r.Staff("GET /desk/offices.csv", web.CSV(h.officesTable), web.Fresh())
	r.Staff("GET /desk/offices.xlsx", web.XLSX(h.officesTable), web.Fresh())
	r.Staff("GET /desk/offices.json", web.JSON(h.officesTable), web.Fresh())
	r.Staff("GET /desk/offices/{id}", h.deskOffice)
	r.Staff("POST /desk/offices/{id}/decision", h.decideOffice)
	r.Admin("GET /desk/people", h.people)
	r.Admin("GET /desk/people/{id}", h.person)
	r.Admin("POST /desk/people/{id}/roles", h.changeStaffRole, web.Fresh())
	r.Admin("POST /desk/people/{id}/factor", h.resetFactor, web.Fresh())
}

// registerForm shows the empty form. Who is signed in has an account already.
func (h handlers) registerForm(w http.ResponseWriter, r *http.Request) error {
	if identity.From(r.Context()).SignedIn() {
		return web.Redirect(w, r, "/account", "")
	}
	f := registrationForm{Lang: string(i18n.From(r.Context())), Stamp: newStamp(h.accounts.secret, h.accounts.now()), Invited: r.URL.Query().Get("invited")}
	return h.showRegistration(w, r, http.StatusOK, f, nil)
}

func (h handlers) showRegistration(w http.ResponseWriter, r *http.Request, status int, f registrationForm, wrong []problem.Field) error {
	office, err := h.officeView(r, f.Office, wrong, "/register")
	if err != nil {
		return err
	}
	return web.Render(w, r, status, registrationPage(registrationView{Form: f, Office: office, Wrong: wrong, Vocabulary: office.Vocabulary}))
}

// officeView looks for the offices that the form asks for; the one that is chosen is always among them.
func (h handlers) officeView(r *http.Request, f officeForm, wrong []problem.Field, action string) (officeView, error) {
	ctx := r.Context()
	v := officeView{Form: f, Wrong: wrong, Vocabulary: h.accounts.vocabulary(), Action: action}
	var err error
	if v.Found, v.More, err = h.accounts.SearchOffices(ctx, f.Searched); err != nil {
		return v, err
	}
	if id, err := strconv.ParseInt(f.Office, 10, 64); err == nil && !slices.ContainsFunc(v.Found, func(o FoundOffice) bool { return o.ID == id }) {
		chosen, err := h.accounts.FindOffice(ctx, id)
		if err != nil {
			return v, err
		}
		if chosen != nil {
			v.Found = append([]FoundOffice{*chosen}, v.Found...)
		}
	}
	if len(v.Found) == 0 && f.Searched != "" && f.Office == "" {
		v.Form.Office = newOffice
	}
	return v, nil
}

func (h handlers) register(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if identity.From(ctx).SignedIn() {
		return web.Redirect(w, r, "/account", "")
	}
	f := readRegistrationForm(r.PostForm)
	if !f.invited() && f.Office.asksToSearch(r.PostFormValue("do")) {
		f.Office = f.Office.search()
		return h.showRegistration(w, r, http.StatusOK, f, nil)
	}
	reg, wrong := f.registration(h.accounts.vocabulary())
	if r.PostFormValue(ui.Honeypot) != "" {
		return registered(w, r, reg) // a program: it learns nothing
	}
	id, err := readStamp(h.accounts.secret, f.Stamp, h.accounts.now())
	tooOld := err != nil && !errors.Is(err, errStampFresh)
	if tooOld {
		f.Stamp = newStamp(h.accounts.secret, h.accounts.now())
	}
	switch {
	case len(wrong) > 0: // a reason enough; the next sending has its own time
	case tooOld:
		wrong = append(wrong, problem.Field{Key: "account.register.old"})
	case err != nil:
		wrong = append(wrong, problem.Field{Key: "account.register.fresh"})
	}
	if len(wrong) == 0 {
		reg.FormID = id
		err := h.accounts.Register(ctx, reg, web.Network(ctx))
		bad, invalid := problem.InvalidFields(err)
		if err != nil && !invalid {
			return err
		}
		wrong = bad
	}
	if len(wrong) > 0 {
		return h.showRegistration(w, r, http.StatusUnprocessableEntity, f, wrong)
	}
	return registered(w, r, reg)
}

// registered is the one answer to a registration, whatever becomes of it.
func registered(w http.ResponseWriter, r *http.Request, reg Registration) error {
	path := "/register/sent"
	if reg.Invited {
		path += "?invited=1"
	}
	return web.Redirect(w, r, path, "account.register.done", reg.Email)
}

func (h handlers) registered(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, registeredPage(int(RegistrationLasts/(24*time.Hour)), r.URL.Query().Get("invited") == "1"))
}

// wanted is the page of ours that the person wanted to see, or "" for none in particular.
func wanted(r *http.Request) string {
	next := web.Next(r)
	if next == "/" || i18n.Lang(strings.Trim(next, "/")).IsOffered() {
		return ""
	}
	return next
}

// withNext adds where to go afterwards to the path of a page of signing in.
func withNext(path, next string) string {
	if next == "" {
		return path
	}
	return path + "?next=" + url.QueryEscape(next)
}

func (h handlers) signInForm(w http.ResponseWriter, r *http.Request) error {
	next := wanted(r)
	if who := identity.From(r.Context()); who.SignedIn() {
		return web.Redirect(w, r, orHome(r.Context(), next, who), "")
	}
	return web.Render(w, r, http.StatusOK, signInPage(signInView{Next: next}))
}

func (h handlers) signIn(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	v := signInView{Email: r.PostFormValue("email"), Next: wanted(r)}
	who, err := h.accounts.SignIn(ctx, v.Email, r.PostFormValue("password"), web.Network(ctx))
	if errors.Is(err, problem.TooMany) {
		v.Locked = true
		w.Header().Set("Retry-After", strconv.Itoa(int(signInWindow.Seconds())))
		return web.Render(w, r, http.StatusTooManyRequests, signInPage(v))
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return web.Render(w, r, http.StatusUnprocessableEntity, signInPage(v))
	}
	if err != nil {
		return err
	}
	return h.welcome(w, r, who, v.Next, "")
}

func (h handlers) linkForm(purpose Purpose) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		return web.Render(w, r, http.StatusOK, linkRequestPage(linkRequestView{Purpose: purpose, Next: wanted(r)}))
	}
}

func (h handlers) requestLink(purpose Purpose) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		ctx := r.Context()
		v := linkRequestView{Purpose: purpose, Email: r.PostFormValue("email"), Next: wanted(r)}
		err := h.accounts.RequestLink(ctx, purpose, v.Email, v.Next, web.Network(ctx))
		if wrong, ok := problem.InvalidFields(err); ok {
			v.Wrong = wrong
			return web.Render(w, r, http.StatusUnprocessableEntity, linkRequestPage(v))
		}
		if err != nil {
			return err
		}
		return web.Redirect(w, r, "/sign-in/sent", "account.link.done", form.CleanEmail(v.Email))
	}
}

func (h handlers) linkSent(w http.ResponseWriter, r *http.Request) error {
	return web.Render(w, r, http.StatusOK, linkSentPage(int(LinkLasts/time.Minute)))
}

func (h handlers) signOut(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if who := identity.From(ctx); who.SignedIn() {
		if err := h.accounts.SignedOut(ctx, who); err != nil {
			return err
		}
	}
	if err := web.SignOut(ctx); err != nil {
		return err
	}
	return web.Redirect(w, r, "/", "account.signed_out")
}

// link shows what a link from a mail is for, with the one button that acts. Programs that look at mails open links.
func (h handlers) link(w http.ResponseWriter, r *http.Request) error {
	return h.showLink(w, r, nil)
}

// showLink renders the page of a link: its button, what is wrong with what was typed, or what became of it.
func (h handlers) showLink(w http.ResponseWriter, r *http.Request, wrong []problem.Field) error {
	v := linkView{Token: r.PathValue("token"), Wrong: wrong}
	var err error
	v.Link, err = h.accounts.Link(r.Context(), v.Token)
	status := http.StatusOK
	switch {
	case errors.Is(err, problem.NotFound):
		status = http.StatusNotFound
	case err != nil:
		return err
	case v.Link.State != LinkUsable:
		status = http.StatusGone
	case len(wrong) > 0:
		status = http.StatusUnprocessableEntity
	}
	if status == http.StatusNotFound || status == http.StatusGone {
		return web.Render(w, r, status, deadLinkPage(v.Link))
	}
	return web.Render(w, r, status, linkPage(v))
}

func (h handlers) useLink(w http.ResponseWriter, r *http.Request) error {
	ctx, token, password := r.Context(), r.PathValue("token"), r.PostFormValue("password")
	l, err := h.accounts.Link(ctx, token)
	if errors.Is(err, problem.NotFound) || err == nil && l.State != LinkUsable {
		return h.showLink(w, r, nil)
	}
	if err != nil {
		return err
	}
	var who identity.User
	next, flash := "", ""
	switch l.Purpose {
	case Confirm:
		var done Confirmed
		done, err = h.accounts.Confirm(ctx, token, password)
		who, flash = done.Who, confirmedFlash(done)
		if done.Invited {
			next = draftsWithInvitations
		}
	case SignInLink:
		who, next, err = h.accounts.SignInByLink(ctx, token)
	case GuestLink:
		if who, next, err = h.accounts.EnterAsGuest(ctx, token); err == nil {
			if err := web.LetIn(ctx, who); err != nil {
				return err
			}
			return web.Redirect(w, r, next, "")
		}
	default:
		who, err = h.accounts.SetPassword(ctx, token, password)
		flash = "account.password.changed"
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showLink(w, r, wrong)
	}
	if errors.Is(err, problem.Stale) { // used in another window meanwhile
		return h.showLink(w, r, nil)
	}
	if err != nil {
		return err
	}
	return h.welcome(w, r, who, next, flash)
}

// draftsWithInvitations is the page, without the language, on which an invited person finds what they are invited to.
const draftsWithInvitations = "/drafts?invited=1"

func confirmedFlash(c Confirmed) string {
	switch {
	case c.Invited:
		return "account.invited.confirmed"
	case c.Office == 0:
		return "account.confirmed.no_office"
	case c.Head:
		return "account.confirmed.head"
	}
	return "account.confirmed.colleague"
}
