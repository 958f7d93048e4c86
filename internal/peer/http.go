package peer

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/attachment"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

type handlers struct {
	peer       *Service
	vocabulary func() *gcm.Vocabulary
}

// downloadTime is how long a file may be under way to a slow reader.
const downloadTime = 30 * time.Minute

// Routes adds the pages of reviewers, and those of the desk about them.
func Routes(r *web.Router, peer *Service) {
	h := handlers{peer: peer, vocabulary: peer.vocabulary}
	r.Staff("GET /reviews", h.home)
	r.Staff("GET /reviews/profile", h.profile)
	r.Staff("POST /reviews/profile", h.saveProfile)
	r.Staff("POST /reviews/interests", h.declareInterest)
	r.Staff("POST /reviews/interests/{interest}/end", h.endInterest)
	r.Staff("GET /reviews/{assignment}", h.assignment)
	r.Staff("POST /reviews/{assignment}", h.save)
	r.Staff("POST /reviews/{assignment}/answer", h.answer)
	r.Staff("GET /reviews/{assignment}/files/{file}", h.file, web.Timeout(downloadTime))

	r.Staff("GET /desk/reviewers", h.reviewers)
	r.Staff("GET /desk/reviewers.csv", web.CSV(h.table), web.Fresh())
	r.Staff("GET /desk/reviewers.xlsx", web.XLSX(h.table), web.Fresh())
	r.Staff("GET /desk/reviewers.json", web.JSON(h.table), web.Fresh())
	r.Lead("GET /desk/reviewers/new", h.newReviewer, web.Fresh())
	r.Lead("POST /desk/reviewers/new", h.invite, web.Fresh())
	r.Lead("GET /desk/reviewers/{reviewer}", h.reviewer)
	r.Lead("POST /desk/reviewers/{reviewer}", h.saveReviewer)
	r.Staff("GET /desk/submissions/{id}/reviews", h.reviews)
	r.Staff("POST /desk/submissions/{id}/rounds", h.openRound)
	r.Staff("POST /desk/submissions/{id}/rounds/end", h.closeRound)
	r.Staff("POST /desk/submissions/{id}/reviewers", h.ask)
	r.Staff("POST /desk/submissions/{id}/reviewers/end", h.withdraw)
	r.Staff("POST /desk/submissions/{id}/conflicts", h.setConflict)
	r.Staff("GET /desk/settings/review", h.settings)
	r.Staff("GET /desk/settings/review/{kind}", h.kindSettings)
	r.Lead("POST /desk/settings/review/{kind}", h.saveSettings)
	r.Lead("POST /desk/settings/review/{kind}/criteria", h.saveCriteria)
}

// home lists what the reviewer was asked for.
func (h handlers) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	if !who.Is(identity.Reviewer) {
		return problem.NotFound
	}
	mine, err := h.peer.Mine(ctx, who)
	if err != nil {
		return err
	}
	profile, err := h.peer.Profile(ctx, who)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, homePage(homeView{Mine: mine, Profile: profile, Now: h.peer.now()}))
}

func (h handlers) profile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	p, err := h.peer.Profile(ctx, identity.Must(ctx))
	if err != nil {
		return err
	}
	v := profileView{Profile: p, Words: r.URL.Query().Get("office")}
	if held := web.Held(ctx); held != nil {
		v.Profile = readProfile(held, p)
		v.Interest = readInterest(held)
	}
	return h.showProfile(w, r, http.StatusOK, v)
}

func (h handlers) showProfile(w http.ResponseWriter, r *http.Request, status int, v profileView) error {
	ctx := r.Context()
	var err error
	if v.Interests, err = h.peer.Interests(ctx, identity.Must(ctx)); err != nil {
		return err
	}
	if v.Offices, err = h.peer.offices(ctx, v.Words); err != nil {
		return err
	}
	v.Vocabulary = h.vocabulary()
	return web.Render(w, r, status, profilePage(v))
}

func (h handlers) saveProfile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	kept, err := h.peer.Profile(ctx, who)
	if err != nil {
		return err
	}
	p := readProfile(r.PostForm, kept)
	err = h.peer.SaveProfile(ctx, who, p)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showProfile(w, r, http.StatusUnprocessableEntity, profileView{Profile: p, Wrong: wrong})
	}
	if errors.Is(err, problem.Stale) {
		p.Version = kept.Version
		return h.showProfile(w, r, http.StatusConflict, profileView{Profile: p, Stale: true})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ProfilePath, "peer.flash.profile")
}

func readProfile(posted url.Values, kept Profile) Profile {
	p := Profile{
		UserID: kept.UserID, Name: kept.Name, Side: Side(posted.Get("side")), WorksFor: posted.Get("works_for"), Languages: posted["languages"], Regions: posted["regions"],
		Countries: posted["countries"], Active: posted.Get("active") == "yes",
	}
	if kept.Version > 0 {
		p.Side = kept.Side
	}
	p.Version, _ = strconv.Atoi(posted.Get(ui.VersionField)) // what is no number was never shown, and so is stale
	for _, o := range posted["objectives"] {
		if n, err := strconv.Atoi(o); err == nil {
			p.Objectives = append(p.Objectives, n)
		}
	}
	var err error
	if p.Capacity, err = strconv.Atoi(strings.TrimSpace(posted.Get("capacity"))); err != nil {
		p.Capacity = -1
	}
	return p
}

func readInterest(posted url.Values) NewInterest {
	n := NewInterest{Country: posted.Get("interest_country"), Reason: posted.Get("interest_reason")}
	n.Office, _ = strconv.ParseInt(posted.Get("interest_office"), 10, 64) // no number is no office
	return n
}

func (h handlers) declareInterest(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	p, err := h.peer.Profile(ctx, who)
	if err != nil {
		return err
	}
	n := readInterest(r.PostForm)
	err = h.peer.DeclareInterest(ctx, who, n)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showProfile(w, r, http.StatusUnprocessableEntity, profileView{Profile: p, Interest: n, Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ProfilePath, "peer.flash.interest")
}

func (h handlers) endInterest(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "interest")
	if err != nil {
		return err
	}
	if err := h.peer.EndInterest(r.Context(), identity.Must(r.Context()), id); err != nil {
		return err
	}
	return web.Redirect(w, r, ProfilePath, "peer.flash.interest.ended")
}

// assignment shows what the reviewer may see now: the question whether there is a conflict, or the text and the form.
func (h handlers) assignment(w http.ResponseWriter, r *http.Request) error {
	v := ownView{}
	if held := web.Held(r.Context()); held != nil {
		review, on := readReview(held)
		v.Typed, v.Origin, v.Answer = &review, on, readAnswer(held)
	}
	return h.showOwn(w, r, http.StatusOK, v)
}

func (h handlers) showOwn(w http.ResponseWriter, r *http.Request, status int, v ownView) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "assignment")
	if err != nil {
		return err
	}
	v.Case, err = h.peer.OwnAssignment(ctx, identity.Must(ctx), id)
	if errors.Is(err, problem.NotFound) {
		return h.gone(w, r, id, v.Typed, err)
	}
	if err != nil {
		return err
	}
	if v.Typed == nil {
		v.Review = v.Case.Review
		v.Origin = workflow.Origin{Version: v.Case.Review.Version}
	} else {
		v.Review = *v.Typed
	}
	if v.Origin.Page == "" {
		v.Origin.Page = rand.Text()
	}
	v.Vocabulary, v.Now = h.vocabulary(), h.peer.now()
	return web.Render(w, r, status, assignmentPage(v))
}

// gone explains to the reviewer that a review of theirs was set aside, with what they had typed; nothing of the submission is
// there for them any more. To anybody else the address is one that there is not.
func (h handlers) gone(w http.ResponseWriter, r *http.Request, id int64, typed *Review, notFound error) error {
	aside, err := h.peer.IsSetAside(r.Context(), identity.Must(r.Context()), id)
	if err != nil {
		return err
	}
	if !aside {
		return notFound
	}
	if typed == nil {
		typed = &Review{}
	}
	return web.Render(w, r, http.StatusNotFound, setAsidePage(*typed))
}

func readAnswer(posted url.Values) Answer {
	return Answer{Conflict: posted.Get("conflict"), Accept: posted.Get("accept"), Reason: posted.Get("reason"), Suggestion: posted.Get("suggestion")}
}

func (h handlers) answer(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "assignment")
	if err != nil {
		return err
	}
	a := readAnswer(r.PostForm)
	err = h.peer.Answer(ctx, identity.Must(ctx), id, a)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showOwn(w, r, http.StatusUnprocessableEntity, ownView{Answer: a, Wrong: wrong})
	}
	if errors.Is(err, problem.NotAllowedNow) {
		return h.showOwn(w, r, http.StatusConflict, ownView{Over: true})
	}
	if errors.Is(err, problem.NotFound) {
		return h.gone(w, r, id, nil, err)
	}
	if err != nil {
		return err
	}
	switch {
	case a.Conflict == "yes":
		return web.Redirect(w, r, HomePath, "peer.flash.conflict")
	case a.Accept == "no":
		return web.Redirect(w, r, HomePath, "peer.flash.declined")
	}
	return web.Redirect(w, r, Path(id), "peer.flash.accepted")
}

// readReview reads the form of a review, and from which page it is sent.
func readReview(posted url.Values) (Review, workflow.Origin) {
	v := Review{Scores: Scores{}, ToSubmitter: cleanText(posted.Get("to_submitter")), ToStaff: cleanText(posted.Get("to_staff")), Recommendation: Recommendation(posted.Get("recommendation"))}
	if !slices.Contains(Recommendations, v.Recommendation) {
		v.Recommendation = ""
	}
	for n := 1; n <= MostCriteria; n++ {
		if score, err := strconv.Atoi(posted.Get(scoreName(n))); err == nil && score >= 1 && score <= 5 {
			v.Scores[n] = score
		}
	}
	on := workflow.Origin{Page: posted.Get("page"), Quiet: ui.ReadPress(posted).Act == ui.Autosave}
	if n, err := strconv.Atoi(posted.Get(ui.VersionField)); err == nil && n > 0 {
		on.Version = n
	}
	if len(on.Page) > 64 || cleanText(on.Page) != on.Page {
		on.Page = ""
	}
	return v, on
}

// save keeps the review; the button that hands it in does that as well.
func (h handlers) save(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	id, err := web.ParamID(r, "assignment")
	if err != nil {
		return err
	}
	review, on := readReview(r.PostForm)
	if on.Quiet {
		return h.autosave(w, r, who, id, on, review)
	}
	submit := r.PostFormValue(ui.Press) == "submit"
	if submit {
		err = h.peer.Submit(ctx, who, id, on, review)
	} else {
		review, err = h.peer.Save(ctx, who, id, on, review)
	}
	var conflict *ConflictError
	switch {
	case errors.As(err, &conflict):
		on.Version, on.Page = conflict.Theirs.Version, ""
		return h.showOwn(w, r, http.StatusConflict, ownView{Typed: &review, Origin: on, Theirs: &conflict.Theirs})
	case errors.Is(err, problem.NotAllowedNow):
		return h.showOwn(w, r, http.StatusConflict, ownView{Typed: &review, Over: true})
	case errors.Is(err, problem.NotFound):
		return h.gone(w, r, id, &review, err)
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showOwn(w, r, http.StatusUnprocessableEntity, ownView{Wrong: wrong})
	}
	if err != nil {
		return err
	}
	if submit {
		return web.Redirect(w, r, Path(id), "peer.flash.submitted")
	}
	return web.Redirect(w, r, Path(id), "peer.flash.saved")
}

func (h handlers) autosave(w http.ResponseWriter, r *http.Request, who identity.User, id int64, on workflow.Origin, review Review) error {
	answer := map[string]any{"conflict": true}
	status := http.StatusConflict
	saved, err := h.peer.Save(r.Context(), who, id, on, review)
	switch {
	case err == nil:
		status, answer = http.StatusOK, map[string]any{"version": saved.Version, "saved": i18n.Clock(r.Context(), saved.SavedAt)}
	case !errors.Is(err, problem.Stale) && !errors.Is(err, problem.NotAllowedNow):
		return err
	}
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(answer); err != nil {
		return err
	}
	return web.Write(w, r, status, "application/json", body.Bytes())
}

func (h handlers) file(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "assignment")
	if err != nil {
		return err
	}
	file, err := web.ParamID(r, "file")
	if err != nil {
		return err
	}
	f, content, err := h.peer.File(r.Context(), identity.Must(r.Context()), id, file)
	if err != nil {
		return err
	}
	if f.IsImage() && r.URL.Query().Has("picture") {
		picture, err := h.peer.files.Picture(r.Context(), f.ID)
		if err != nil {
			return err
		}
		attachment.ServePicture(w, r, f, picture, false)
		return nil
	}
	attachment.Serve(w, r, f, content)
	return nil
}
