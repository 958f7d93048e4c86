package submission

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

type handlers struct{ service *Service }

// Routes adds the pages of what an office has written.
func Routes(r *web.Router, s *Service) {
	h := handlers{s}
	r.Member("GET /drafts", h.list)
	r.Member("GET /drafts.csv", web.CSV(h.table))
	r.Member("GET /drafts.xlsx", web.XLSX(h.table))
	r.Member("GET /drafts.json", h.listJSON)
	// The pages of one submission; who was let into it once, and is not any more, is told so.
	of := func(pattern string, handle web.Handler, options ...web.Option) {
		method, below, _ := strings.Cut(pattern, " ")
		r.Member(method+" /submissions/{id}"+below, h.forGuests(handle), options...)
	}
	of("GET ", h.show)
	of("GET /steps/{step}", h.step)
	of("POST /steps/{step}", h.saveStep, web.Streamed(), web.Body(uploadBody), web.Timeout(uploadTime))
	of("GET /check", h.check)
	of("POST /ticks/{field}", h.tick)
	of("GET /submission", h.done)
	of("POST /submission", h.submit)
	of("GET /withdrawal", h.confirmWithdrawal)
	of("POST /withdrawal", h.withdraw)
	of("GET /discard", h.confirmDiscard)
	of("POST /discard", h.discard)
	of("POST /revision", h.revise)
	of("POST /messages", h.reply)
	of("GET /edits", h.edits)
	of("POST /edits", h.answerEdits)
	of("GET /compare", h.compare)
	of("GET /print", h.print)
	of("POST /keeping", h.keep)
	of("POST /restoration", h.restore)
	of("POST /steps/{step}/presence", h.present)
	of("POST /steps/{step}/advice", h.adviseStep)
	of("GET /comments", h.comments)
	of("POST /comments", h.comment)
	of("POST /comments/{thread}", h.resolve)
	of("GET /people", h.people)
	of("POST /people", h.invite)
	of("POST /people/{invitation}", h.changeInvitation)
	of("GET /leaving", h.leavingForm)
	of("POST /leaving", h.leaveDraft)
	r.Member("POST /invitations/{id}", h.answerOffer)
	r.Public("GET /t/draft/{token}", h.offer, web.Private())
	of("GET /office", h.moveForm)
	of("POST /office", h.move)
	importRoutes(r, of, h)
	r.Bare(web.Public, "GET /files/{id}", h.file, web.Timeout(downloadTime))
	r.Bare(web.Public, "GET /images/{id}", h.image)
}

// Path is the owner's page of a submission, without the language.
func Path(id workflow.ID) string { return "/submissions/" + strconv.FormatInt(id, 10) }

// CheckPath is the page on which a submission is checked before it is sent in, without the language.
func CheckPath(id workflow.ID) string { return Path(id) + "/check" }

func stepPath(id workflow.ID, step string) string { return Path(id) + "/steps/" + step }

// open returns the submission of the request as its office sees it.
func (h handlers) open(r *http.Request) (Case, error) {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return Case{}, err
	}
	return h.service.Open(r.Context(), identity.Must(r.Context()), id)
}

func (h handlers) list(w http.ResponseWriter, r *http.Request) error {
	who := identity.Must(r.Context())
	page, err := h.service.List(r.Context(), who, ReadFilter(r.URL.Query()))
	if err != nil {
		return err
	}
	offers, err := h.service.Offers(r.Context(), who)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(listView{
		Page: page, Kinds: h.service.kinds, Starts: h.service.starts, Who: who, Now: h.service.now(), Offers: offers, Invited: r.URL.Query().Get("invited") == "1",
	}))
}

// listItem is a line of the exports.
type listItem struct {
	Reference string     `json:"reference"`
	Kind      string     `json:"kind"`
	Title     string     `json:"title"`
	Lang      string     `json:"lang"`
	Office    string     `json:"office"`
	State     string     `json:"state"`
	StateName string     `json:"state_name"`
	Author    string     `json:"author"`
	Created   time.Time  `json:"created_at"`
	Changed   time.Time  `json:"changed_at"`
	Sent      *time.Time `json:"sent_at,omitempty"`
	Address   string     `json:"address"`
}

func (h handlers) items(r *http.Request) ([]listItem, error) {
	ctx := r.Context()
	rows, err := h.service.All(ctx, identity.Must(ctx), ReadFilter(r.URL.Query()))
	if err != nil {
		return nil, err
	}
	items := make([]listItem, len(rows))
	for i, s := range rows {
		items[i] = listItem{
			Reference: reference(s), Kind: s.Kind, Title: s.Title, Lang: s.Lang, Office: s.OfficeName, State: string(s.State),
			StateName: i18n.T(ctx, "workflow.state.owner."+string(s.State)), Author: ui.PersonName(ctx, s.AuthorName),
			Created: s.CreatedAt.UTC(), Changed: s.ChangedAt.UTC(), Address: ui.Absolute(ctx, Path(s.ID)),
		}
		if s.SubmittedAt != nil {
			sent := s.SubmittedAt.UTC()
			items[i].Sent = &sent
		}
	}
	return items, nil
}

func (h handlers) listJSON(w http.ResponseWriter, r *http.Request) error {
	items, err := h.items(r)
	if err != nil {
		return err
	}
	body, err := json.MarshalIndent(items, "", "  ")
	if err != nil {
		return fmt.Errorf("write the list: %w", err)
	}
	return web.Write(w, r, http.StatusOK, "application/json", append(body, '\n'))
}

// table is the list as a file.
func (h handlers) table(r *http.Request) web.Table {
	ctx := r.Context()
	return web.Table{
		Name: "drafts", Title: i18n.T(ctx, "submission.list.title"), List: ui.Absolute(ctx, ui.WithQuery("/drafts", ReadFilter(r.URL.Query()).Values())),
		Day:     date.Today(h.service.now(), i18n.Geneva),
		Columns: web.Columns(ctx, "submission.list.column.", "reference", "kind", "title", "office", "state", "author", "created", "changed", "sent", "address"),
		Rows: web.RowsOf(func() ([]listItem, error) { return h.items(r) }, func(item listItem) []any {
			var sent any
			if item.Sent != nil {
				sent = *item.Sent
			}
			return []any{
				item.Reference, i18n.T(ctx, "submission.kind."+item.Kind), item.Title, item.Office, item.StateName, item.Author,
				item.Created, item.Changed, sent, item.Address,
			}
		}),
	}
}

// show is the task list while the submission can be written, and the page of where it stands otherwise.
func (h handlers) show(w http.ResponseWriter, r *http.Request) error {
	c, err := h.open(r)
	if err != nil {
		return err
	}
	v := h.view(r, c)
	if held := web.Held(r.Context()); held != nil {
		v.Reply = held.Get("text")
	}
	return h.showCase(w, r, http.StatusOK, v)
}

// showCase renders the page of one submission; v carries what was typed into its reply and what is wrong with it.
func (h handlers) showCase(w http.ResponseWriter, r *http.Request, status int, v caseView) error {
	var err error
	if v.Story, err = h.service.Story(r.Context(), v.Case); err != nil {
		return err
	}
	if h.service.about != nil {
		if v.About, err = h.service.about(r.Context(), v.Submission); err != nil {
			return err
		}
	}
	if v.Threads, err = h.service.Threads(r.Context(), v.Case); err != nil {
		return err
	}
	if v.State.Writable() {
		if v.Present, err = h.service.Presences(r.Context(), v.Who, v.Case); err != nil {
			return err
		}
		return web.Render(w, r, status, tasksPage(v))
	}
	return web.Render(w, r, status, statusPage(v))
}

func (h handlers) view(r *http.Request, c Case) caseView {
	return caseView{Case: c, Who: identity.Must(r.Context()), Sections: c.Sections(h.service.envOf(c)), Now: h.service.now(), Starts: h.service.starts}
}

func (h handlers) check(w http.ResponseWriter, r *http.Request) error {
	c, err := h.open(r)
	if err != nil {
		return err
	}
	if !c.State.Writable() {
		return web.Redirect(w, r, Path(c.ID), "submission.flash.not_writable")
	}
	return web.Render(w, r, http.StatusOK, checkPage(h.checkView(r, c)))
}

func (h handlers) checkView(r *http.Request, c Case) checkView {
	v := checkView{caseView: h.view(r, c), Vocabulary: h.service.vocabulary()}
	if h.service.advice != nil && c.State.Writable() {
		var err error
		if v.Advice, err = h.service.advice(r.Context(), c.Submission, c.Answers); err != nil {
			// It is advice: without it the page is still right.
			slog.WarnContext(r.Context(), "nothing to advise", "error", err, "submission", c.ID)
		}
	}
	return v
}

// tick ticks a box of the form, and leads back to the page to check.
func (h handlers) tick(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	err = h.service.Tick(r.Context(), identity.Must(r.Context()), id, r.PathValue("field"))
	switch {
	case err == nil:
		return web.Redirect(w, r, Path(id)+"/check", "submission.flash.ticked")
	case !errors.Is(err, problem.Forbidden) && !errors.Is(err, problem.NotAllowedNow):
		return err
	}
	c, failed := h.open(r)
	if failed != nil {
		return failed
	}
	return h.refuse(w, r, h.view(r, c))
}

func (h handlers) submit(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	d := Declaration{AsRead: r.PostFormValue("read"), Made: r.PostFormValue(declarationField) == "yes"}
	err = h.service.Submit(ctx, identity.Must(ctx), id, d)
	switch {
	case err == nil, errors.Is(err, ErrSentAlready):
		return web.Redirect(w, r, Path(id)+"/submission", "")
	case errors.Is(err, problem.NotFound):
		return err
	}
	c, failed := h.open(r)
	if failed != nil {
		return failed
	}
	v := h.checkView(r, c)
	v.Declared = d.Made
	wrong, invalid := problem.InvalidFields(err)
	switch {
	case invalid:
		v.Tried, v.Undeclared = true, !d.Made
		v.Problems = wrong
		return web.Render(w, r, http.StatusUnprocessableEntity, checkPage(v))
	case errors.Is(err, ErrChanged):
		v.Stale = true
		return web.Render(w, r, http.StatusConflict, checkPage(v))
	case errors.Is(err, ErrHeadsOnly):
		return web.Render(w, r, http.StatusForbidden, refusedPage(v.caseView, "heads_only"))
	case errors.Is(err, problem.Forbidden), errors.Is(err, problem.NotAllowedNow):
		return h.refuse(w, r, v.caseView)
	default:
		return err
	}
}

// done says that it has been sent in, and what happens next.
func (h handlers) done(w http.ResponseWriter, r *http.Request) error {
	c, err := h.open(r)
	if err != nil {
		return err
	}
	if !c.Sent() || !c.State.Waiting() && !c.Recorded() {
		return web.Redirect(w, r, Path(c.ID), "")
	}
	return web.Render(w, r, http.StatusOK, donePage(h.view(r, c)))
}

func (h handlers) confirmWithdrawal(w http.ResponseWriter, r *http.Request) error {
	return h.confirm(w, r, workflow.Withdraw)
}

func (h handlers) confirmDiscard(w http.ResponseWriter, r *http.Request) error {
	return h.confirm(w, r, workflow.Discard)
}

// confirm asks before something is done that cannot be undone.
func (h handlers) confirm(w http.ResponseWriter, r *http.Request, action workflow.Action) error {
	c, err := h.open(r)
	if err != nil {
		return err
	}
	if !c.May(action) {
		return h.refuse(w, r, h.view(r, c))
	}
	return web.Render(w, r, http.StatusOK, confirmPage(h.view(r, c), action))
}

// refuse says why something cannot be done, and gives back what was typed: the person only reads, or the submission has
// moved on.
func (h handlers) refuse(w http.ResponseWriter, r *http.Request, v caseView) error {
	switch {
	case v.Role == workflow.Author:
		return web.Render(w, r, http.StatusForbidden, refusedPage(v, "author"))
	case v.IsGuest():
		return web.Render(w, r, http.StatusForbidden, refusedPage(v, "guest"))
	case v.IsViewer():
		return web.Render(w, r, http.StatusForbidden, refusedPage(v, "viewer"))
	}
	return web.Render(w, r, http.StatusConflict, refusedPage(v, "moved_on"))
}

func (h handlers) withdraw(w http.ResponseWriter, r *http.Request) error {
	return h.take(w, r, h.service.Withdraw, "submission.flash.withdrawn")
}

func (h handlers) discard(w http.ResponseWriter, r *http.Request) error {
	return h.take(w, r, h.service.Discard, "submission.flash.discarded")
}

func (h handlers) revise(w http.ResponseWriter, r *http.Request) error {
	return h.take(w, r, h.service.Revise, "submission.flash.revised")
}

func (h handlers) restore(w http.ResponseWriter, r *http.Request) error {
	return h.take(w, r, h.service.Restore, "submission.rest.flash.restored")
}

func (h handlers) keep(w http.ResponseWriter, r *http.Request) error {
	return h.take(w, r, h.service.Keep, "submission.rest.flash.kept")
}

type taker = func(ctx context.Context, who identity.User, id workflow.ID) error

func (h handlers) take(w http.ResponseWriter, r *http.Request, take taker, flash string) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	err = take(ctx, identity.Must(ctx), id)
	if err == nil {
		return web.Redirect(w, r, Path(id), flash)
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

func (h handlers) reply(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	text := r.PostFormValue("text")
	err = h.service.Reply(ctx, identity.Must(ctx), id, text)
	if err == nil {
		return web.Redirect(w, r, Path(id), "submission.flash.replied")
	}
	if errors.Is(err, problem.NotFound) {
		return err
	}
	c, failed := h.open(r)
	if failed != nil {
		return failed
	}
	v := h.view(r, c)
	v.Reply = text
	if wrong, ok := problem.InvalidFields(err); ok {
		v.ReplyWrong = wrong
		return h.showCase(w, r, http.StatusUnprocessableEntity, v)
	}
	if errors.Is(err, problem.Forbidden) || errors.Is(err, problem.NotAllowedNow) {
		v.Typed = []string{text}
		return h.refuse(w, r, v)
	}
	return err
}

func (h handlers) compare(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	c, from, to, err := h.service.Compare(ctx, identity.Must(ctx), id, number(r, "from"), number(r, "to"))
	if err != nil {
		return err
	}
	v := compareView{caseView: h.view(r, c), From: from, To: to, Vocabulary: h.service.vocabulary()}
	if v.Story, err = h.service.Story(ctx, c); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, comparePage(v))
}

func (h handlers) print(w http.ResponseWriter, r *http.Request) error {
	c, err := h.open(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, printPage(checkView{caseView: h.view(r, c), Vocabulary: h.service.vocabulary()}))
}

func number(r *http.Request, name string) int {
	n, err := strconv.Atoi(r.FormValue(name))
	if err != nil || n < 0 {
		return 0
	}
	return n
}
