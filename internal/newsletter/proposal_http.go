package newsletter

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/word"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// The pages on which an item is proposed, without the language.
const (
	ProposePath   = Path + "/propose"
	questionsPath = ProposePath + "/questions"
)

// Pages are where the pages of the newsletter lead to in other areas; app fills it in.
type Pages struct {
	// Submission is the path of a draft, without the language.
	Submission func(id workflow.ID) string
	// Register and SignIn are the paths of those pages, Account that of the person's own; without the language.
	Register, SignIn, Account string
	// Import is the page where a filled Word file is uploaded, without the language.
	Import string
}

func proposalRoutes(r *web.Router, h handlers) {
	r.Public("GET "+ProposePath, h.proposeForm, web.Cached())
	r.Member("POST "+ProposePath, h.propose)
	r.Public("GET "+questionsPath, h.questions, web.Cached())
	r.Public("GET "+questionsPath+".docx", h.questionsFile, web.Stateless())
	r.Staff("POST "+DeskPath+"/{issue}/proposals", h.draw)
}

// proposeView is the page on which an item is proposed.
type proposeView struct {
	Pages Pages
	Time  workflow.ServiceTime
	// Next is the issue in the making, HasNext whether there is one.
	Next    Issue
	HasNext bool
	// Posts are those with which the person may propose one.
	Posts  []identity.Post
	Office string
	Wrong  []problem.Field
}

func (v proposeView) control(ctx context.Context) ui.Control {
	c := ui.Control{
		Name: "office", Label: i18n.T(ctx, "newsletter.propose.office"), Hint: i18n.T(ctx, "newsletter.propose.office.hint"), Error: ui.MessageFor(ctx, v.Wrong, "office"), Values: []string{v.Office}, Large: true,
		Blank: i18n.T(ctx, "newsletter.propose.choose"),
	}
	for _, p := range v.Posts {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(p.OfficeID, 10), Label: p.OfficeName})
	}
	return c
}

// signIn is the address of the sign-in page that leads back here.
func (v proposeView) signIn(ctx context.Context) string {
	return ui.Href(ctx, ui.WithQuery(v.Pages.SignIn, url.Values{"next": {ui.Href(ctx, ProposePath)}}))
}

// decisionDays is within how many working days the desk decides.
func (v proposeView) decisionDays() int {
	if v.Time.DecisionDays == nil {
		return 0
	}
	return *v.Time.DecisionDays
}

func (h handlers) proposeView(r *http.Request) (v proposeView, err error) {
	times, err := workflow.ReadServiceTimes(r.Context(), h.news.db.Read())
	if err != nil {
		return v, err
	}
	v.Pages, v.Time = h.pages, times[ProposalKind]
	if who := identity.From(r.Context()); who.SignedIn() {
		v.Posts = h.news.Writers(who)
	}
	v.Next, v.HasNext, err = h.news.InTheMaking(r.Context())
	return v, err
}

func (h handlers) proposeForm(w http.ResponseWriter, r *http.Request) error {
	v, err := h.proposeView(r)
	if err != nil {
		return err
	}
	v.Office = web.Held(r.Context()).Get("office")
	return web.Render(w, r, http.StatusOK, proposePage(v))
}

func (h handlers) propose(w http.ResponseWriter, r *http.Request) error {
	v, err := h.proposeView(r)
	if err != nil {
		return err
	}
	v.Office = r.PostFormValue("office")
	office, _ := strconv.ParseInt(v.Office, 10, 64) // none is no office that there is
	id, err := h.news.Propose(r.Context(), identity.Must(r.Context()), office)
	if errors.Is(err, problem.Forbidden) {
		v.Wrong = []problem.Field{{Name: "office", Key: "newsletter.propose.office.missing"}}
		return web.Render(w, r, http.StatusUnprocessableEntity, proposePage(v))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, h.pages.Submission(id), "")
}

// questions are all questions of the form, to print.
func (h handlers) questions(w http.ResponseWriter, r *http.Request) error {
	f := ui.Filled{Definition: h.news.kind.Form, Answers: form.Answers{}, Vocabulary: h.news.Vocabulary()}
	return web.Render(w, r, http.StatusOK, questionsPage(f))
}

// questionsFile is the blank form as a Word file.
func (h handlers) questionsFile(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	content, err := word.Write(ctx, word.File{Definition: h.news.kind.Form, Vocabulary: h.news.Vocabulary(), Upload: ui.Absolute(ctx, h.pages.Import), Site: ui.SiteName(ctx)})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="`+ProposalKind+"-"+string(i18n.From(ctx))+`.docx"`)
	return web.Write(w, r, http.StatusOK, word.MediaType, content)
}

// draw puts a proposal into the issue.
func (h handlers) draw(w http.ResponseWriter, r *http.Request) error {
	who, id, err := h.desk(r, "issue")
	if err != nil {
		return err
	}
	proposed, _ := strconv.ParseInt(r.PostFormValue("proposal"), 10, 64) // none is no proposal that there is
	err = h.news.Draw(r.Context(), who, id, proposed)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showIssue(w, r, http.StatusUnprocessableEntity, issueView{Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, Issue{ID: id}.deskPath(), "newsletter.flash.saved")
}
