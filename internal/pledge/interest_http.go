package pledge

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

const (
	// CasesPath lists the cases of one's offices, DeskCasesPath those that the desk sees; without the language.
	CasesPath     = "/cases"
	DeskCasesPath = "/desk/cases"
)

// interestRoutes are the pages of cases.
func interestRoutes(r *web.Router, h handlers) {
	r.Member("GET /pledges/{publicID}/interest", h.interestForm)
	r.Member("POST /pledges/{publicID}/interest", h.express)
	r.Member("GET /cases", h.cases)
	r.Member("GET /cases/{case}", h.caseOf)
	r.Member("POST /cases/{case}", h.act)
	r.Member("POST /cases/{case}/pledge", h.startMatching)
	r.Staff("GET /desk/cases", h.deskCases)
	r.Staff("GET /desk/cases/{case}", h.deskCase)
	r.Staff("POST /desk/cases/{case}", h.noteCase)
}

// interestForm asks what the office wants to say.
func (h handlers) interestForm(w http.ResponseWriter, r *http.Request) error {
	posted := web.Held(r.Context())
	if posted == nil {
		posted = url.Values{}
	}
	return h.showInterestForm(w, r, http.StatusOK, interestFormView{Typed: posted, Support: Support(r.URL.Query().Get("support"))})
}

func (h handlers) showInterestForm(w http.ResponseWriter, r *http.Request, status int, v interestFormView) error {
	ctx := r.Context()
	id, ok := wholeID(r.PathValue("publicID"))
	if !ok {
		return problem.NotFound
	}
	p, err := h.pledges.Public(ctx, id, 0)
	if err != nil {
		return err
	}
	if p.Gone != nil {
		return web.Redirect(w, r, Path(id), "")
	}
	has := map[Support]string{Needed: p.Pledge.SupportNeeded, Offered: p.Pledge.SupportOffered}
	if !slices.Contains(Supports, v.Support) { // an address without it, or with something else: what there is
		v.Support = Needed
		if has[Needed] == "" {
			v.Support = Offered
		}
	}
	if v.Pledge, v.Text = p.Record, has[v.Support]; v.Text == "" {
		return problem.NotFound
	}
	if v.Deserted, err = closedOffice(ctx, h.pledges.db.Read(), id); err != nil {
		return err
	}
	owner, err := ownerOf(ctx, h.pledges.db.Read(), id)
	if err != nil {
		return err
	}
	posts := MaySpeakFor(identity.Must(ctx))
	v.Posts = slices.DeleteFunc(slices.Clone(posts), func(p identity.Post) bool { return p.OfficeID == owner })
	v.OwnPledge = len(posts) > 0 && len(v.Posts) == 0
	var offices []int64
	for _, post := range v.Posts {
		offices = append(offices, post.OfficeID)
	}
	if v.Own, err = ownPledges(ctx, h.pledges.db.Read(), offices); err != nil {
		return err
	}
	v.Account = h.pages.Account
	return web.Render(w, r, status, interestFormPage(v))
}

func (h handlers) express(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, ok := wholeID(r.PathValue("publicID"))
	if !ok {
		return problem.NotFound
	}
	n := NewInterest{Support: Support(r.PostFormValue("support")), Own: r.PostFormValue("own"), Text: r.PostFormValue("text"), Lang: r.PostFormValue("language")}
	n.OfficeID, _ = strconv.ParseInt(r.PostFormValue("office"), 10, 64) // none is no office of theirs
	made, err := h.pledges.Express(ctx, identity.Must(ctx), id, n)
	switch {
	case err == nil:
		return web.Redirect(w, r, casePath(made), "pledge.interest.flash.sent")
	case errors.Is(err, ErrDeserted):
		return h.showInterestForm(w, r, http.StatusConflict, interestFormView{Typed: r.PostForm, Support: n.Support})
	case errors.Is(err, ErrOpenAlready):
		// What was written is given back in the case, to be sent there; too much for that is only not there again.
		if err := web.Keep(ctx, casePath(made), "support", "office", "own"); err != nil && !errors.Is(err, problem.TooLarge) && !errors.Is(err, problem.TooMany) {
			return err
		}
		return web.Redirect(w, r, casePath(made), "pledge.interest.flash.open")
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showInterestForm(w, r, http.StatusUnprocessableEntity, interestFormView{Typed: r.PostForm, Support: n.Support, Wrong: wrong})
	}
	return err
}

func (h handlers) cases(w http.ResponseWriter, r *http.Request) error {
	all, err := h.pledges.Interests(r.Context(), identity.Must(r.Context()), ReadCaseFilter(r.URL.Query()))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, casesPage(casesView{Cases: all, Path: CasesPath}))
}

func (h handlers) caseOf(w http.ResponseWriter, r *http.Request) error {
	held := web.Held(r.Context())
	return h.showCase(w, r, http.StatusOK, caseView{Typed: held.Get("text"), Lang: held.Get("language")})
}

func (h handlers) showCase(w http.ResponseWriter, r *http.Request, status int, v caseView) error {
	id, err := web.ParamID(r, "case")
	if err != nil {
		return err
	}
	if v.Case, v.Events, err = h.pledges.Interest(r.Context(), identity.Must(r.Context()), id); err != nil {
		return err
	}
	return web.Render(w, r, status, casePage(v))
}

// act does what the button says, with what was written.
func (h handlers) act(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "case")
	if err != nil {
		return err
	}
	a, text, lang := InterestAction(r.PostFormValue("do")), r.PostFormValue("text"), r.PostFormValue("language")
	if !slices.Contains(InterestActions, a) {
		a = ActMessage
	}
	err = h.pledges.Act(r.Context(), identity.Must(r.Context()), id, a, text, lang)
	switch wrong, invalid := problem.InvalidFields(err); {
	case err == nil:
		return web.Redirect(w, r, casePath(id), "pledge.interest.flash."+string(a))
	case invalid:
		return h.showCase(w, r, http.StatusUnprocessableEntity, caseView{Typed: text, Lang: lang, Wrong: wrong})
	case errors.Is(err, problem.NotAllowedNow):
		return h.showCase(w, r, http.StatusConflict, caseView{Typed: text, Lang: lang, Stale: true})
	}
	return err
}

func (h handlers) startMatching(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "case")
	if err != nil {
		return err
	}
	draft, err := h.pledges.StartMatching(r.Context(), identity.Must(r.Context()), id)
	switch {
	case err == nil:
		return web.Redirect(w, r, h.pages.Submission(draft), "pledge.interest.flash.started")
	case errors.Is(err, problem.NotAllowedNow):
		return h.showCase(w, r, http.StatusConflict, caseView{Stale: true})
	}
	return err
}

func (h handlers) deskCases(w http.ResponseWriter, r *http.Request) error {
	all, err := h.pledges.DeskInterests(r.Context(), identity.Must(r.Context()), ReadCaseFilter(r.URL.Query()))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskCasesPage(casesView{Cases: all, Path: DeskCasesPath}))
}

func (h handlers) deskCase(w http.ResponseWriter, r *http.Request) error {
	held := web.Held(r.Context())
	return h.showDeskCase(w, r, http.StatusOK, caseView{Typed: held.Get("text"), Lang: held.Get("language")})
}

func (h handlers) showDeskCase(w http.ResponseWriter, r *http.Request, status int, v caseView) error {
	id, err := web.ParamID(r, "case")
	if err != nil {
		return err
	}
	if v.Case, v.Events, err = h.pledges.DeskInterest(r.Context(), identity.Must(r.Context()), id); err != nil {
		return err
	}
	v.Submission = h.pledges.deskPath(v.Case.PledgeID)
	return web.Render(w, r, status, deskCasePage(v))
}

func (h handlers) noteCase(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "case")
	if err != nil {
		return err
	}
	text, lang := r.PostFormValue("text"), r.PostFormValue("language")
	err = h.pledges.NoteInterest(r.Context(), identity.Must(r.Context()), id, text, lang)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showDeskCase(w, r, http.StatusUnprocessableEntity, caseView{Typed: text, Lang: lang, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, DeskCasesPath+"/"+strconv.FormatInt(id, 10), "pledge.interest.flash.note")
}
