package review

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

type handlers struct {
	desk       *Service
	vocabulary func() *gcm.Vocabulary
	now        func() time.Time
}

// Routes adds the pages of the desk.
func Routes(r *web.Router, desk *Service, vocabulary func() *gcm.Vocabulary) {
	h := handlers{desk: desk, vocabulary: vocabulary, now: desk.now}
	r.Staff("GET /desk", h.queue)
	r.Staff("GET /desk/queue.csv", web.CSV(h.table), web.Fresh(), web.Timeout(exportTime))
	r.Staff("GET /desk/queue.xlsx", web.XLSX(h.table), web.Fresh(), web.Timeout(exportTime))
	r.Staff("GET /desk/queue.json", h.queueJSON, web.Fresh(), web.Timeout(exportTime))
	r.Staff("GET /desk/views", h.views)
	r.Staff("POST /desk/views", h.keepView)
	r.Staff("POST /desk/views/{view}", h.changeView)
	r.Staff("GET /desk/submissions/{id}", h.open)
	r.Staff("GET /desk/submissions/{id}/changes", h.changes)
	r.Staff("GET /desk/submissions/{id}/history", h.history)
	r.Staff("POST /desk/submissions/{id}/assignment", h.assign)
	r.Staff("POST /desk/submissions/{id}/notes", h.note)
	r.Staff("POST /desk/submissions/{id}/messages", h.message)
	r.Staff("POST /desk/submissions/{id}/decision", h.decide)
	r.Staff("POST /desk/submissions/{id}/pending", h.unhold)
	r.Staff("GET /desk/submissions/{id}/edits", h.edits)
	r.Staff("POST /desk/submissions/{id}/edits", h.propose)
	h.releaseRoutes(r)
	h.letterRoutes(r)
	h.bulkRoutes(r)
	r.Staff("GET /desk/submissions/{id}/clock", h.clock)
	r.Staff("GET /desk/radar", h.radar)
	r.Staff("GET /desk/settings/clocks", h.clockSettings)
	r.Staff("POST /desk/settings/clocks", h.setClocks)
	r.Staff("GET /desk/settings/holidays", h.holidays)
	r.Staff("POST /desk/settings/holidays", h.addHoliday)
	r.Staff("POST /desk/settings/holidays/{holiday}/removal", h.removeHoliday)
	r.Staff("GET "+weekendsPath, h.weekends)
	r.Staff("POST "+weekendsPath, h.setWeekends)
	h.linkRoutes(r)
	h.ruleRoutes(r)
	r.Staff("GET /desk/outbox", h.outbox)
	r.Staff("GET /desk/outbox/{id}", h.letter)
	r.Staff("POST /desk/outbox/{id}/sending", h.resend)
}

func (h handlers) open(w http.ResponseWriter, r *http.Request) error {
	return h.show(w, r, http.StatusOK, caseView{})
}

// show renders the page of one submission; v carries what was typed into its forms and what is wrong with it.
func (h handlers) show(w http.ResponseWriter, r *http.Request, status int, v caseView) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	if v.Case, err = h.desk.Open(ctx, who, id); err != nil {
		return err
	}
	v.Filter = h.filter(r)
	if v.Place, err = h.desk.Place(ctx, who, v.Filter, id); err != nil {
		return err
	}
	v.Filter.At = v.Place.At
	if v.Ruling, err = rulingOf(ctx, h.desk.db.Read(), id); err != nil {
		return err
	}
	if v.Links, err = linksOf(ctx, h.desk.db.Read(), who, id); err != nil {
		return err
	}
	if v.Stale {
		if v.LastAct, err = h.desk.lastAct(ctx, id); err != nil {
			return err
		}
	}
	if h.desk.about != nil {
		if v.About, err = h.desk.about(ctx, v.Case.Submission, v.Case.Text.Answers); err != nil {
			return err
		}
	}
	v.Vocabulary, v.Now = h.vocabulary(), h.now()
	if r.Method == http.MethodPost {
		if _, err := keep(ctx, id, v.typed); err != nil {
			return err
		}
	} else if held := web.Held(ctx); held != nil {
		v.typed = readTyped(held, v.Case.Kind)
	}
	if p := v.Case.Pending; p != nil && r.Method != http.MethodPost && !v.Decision.begun() {
		v.Decision = p.Decision(v.Case.Version) // to be changed, or sent by itself
	}
	return web.Render(w, r, status, casePage(v))
}

// read returns the submission of a post, and all that was typed on its page.
func (h handlers) read(r *http.Request) (c Case, t typed, err error) {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return c, t, err
	}
	if c, err = h.desk.load(r.Context(), identity.Must(r.Context()), id); err != nil {
		return c, t, err
	}
	return c, readTyped(r.PostForm, c.Kind), nil
}

// done leads back to the page of the submission. What was typed there beside what was done, the names in sent, is still
// there.
func (h handlers) done(w http.ResponseWriter, r *http.Request, c Case, left typed, sent []string, flash string, args ...any) error {
	kept, err := keep(r.Context(), c.ID, left, sent...)
	if err != nil {
		return err
	}
	if !kept {
		return h.show(w, r, http.StatusOK, caseView{typed: left})
	}
	return web.Redirect(w, r, ui.WithQuery(Path(c.ID), h.filter(r).Values()), flash, args...)
}

// keep holds what was typed on the page of a submission, but for the names in sent, for when it is read again: after a
// redirect, or on the browser's own way back. What cannot be held, since it is too much, is told.
func keep(ctx context.Context, id workflow.ID, t typed, sent ...string) (kept bool, err error) {
	if !t.any() {
		return true, nil
	}
	err = web.Keep(ctx, Path(id), sent...)
	if errors.Is(err, problem.TooMany) || errors.Is(err, problem.TooLarge) {
		return false, nil
	}
	return err == nil, err
}

func (h handlers) changes(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	query := r.URL.Query()
	from, to := number(query.Get("from")), number(query.Get("to"))
	c, before, after, err := h.desk.Compare(ctx, identity.Must(ctx), id, from, to)
	if errors.Is(err, problem.NotFound) && from == 0 && to == 0 && c.ID != 0 {
		return web.Redirect(w, r, Path(id), "") // the first revision: there is nothing to compare it with
	}
	if err != nil {
		return err
	}
	v := changesView{caseView: caseView{Case: c, Filter: h.filter(r)}, From: before, To: after}
	v.Vocabulary = h.vocabulary()
	return web.Render(w, r, http.StatusOK, changesPage(v))
}

// perHistoryPage is the number of entries on a page of the audit record.
const perHistoryPage = 100

func (h handlers) history(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	query := r.URL.Query()
	c, lines, err := h.desk.History(ctx, identity.Must(ctx), id, int64(number(query.Get("before"))), perHistoryPage+1)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, historyPage(historyView{caseView: caseView{Case: c, Filter: h.filter(r)}, Lines: lines}))
}

func (h handlers) assign(w http.ResponseWriter, r *http.Request) error {
	c, t, err := h.read(r)
	if err != nil {
		return err
	}
	who := identity.Must(r.Context())
	to, flash := int64(0), "review.flash.released"
	switch r.PostFormValue("to") {
	case "me":
		to, flash = who.ID, "review.flash.taken_over"
		if c.State == workflow.Submitted {
			flash = "review.flash.taken"
		}
	case "nobody":
	case "colleague":
		if to = int64(number(r.PostFormValue("colleague"))); to == 0 {
			t.Wrong = []problem.Field{{Name: "colleague", Key: "review.case.assign.missing"}}
			return h.show(w, r, http.StatusUnprocessableEntity, caseView{typed: t})
		}
		flash = "review.flash.assigned"
	default:
		return problem.NotFound
	}
	err = h.desk.Assign(r.Context(), who, c.ID, to, number(r.PostFormValue("version")))
	if errors.Is(err, problem.Stale) || errors.Is(err, problem.NotAllowedNow) {
		return h.show(w, r, http.StatusConflict, caseView{typed: t, Stale: true})
	}
	if err != nil {
		return err
	}
	return h.done(w, r, c, t, nil, flash)
}

func (h handlers) note(w http.ResponseWriter, r *http.Request) error {
	c, t, err := h.read(r)
	if err != nil {
		return err
	}
	if err := h.desk.Note(r.Context(), identity.Must(r.Context()), c.ID, t.Note); err != nil {
		return h.refuse(w, r, t, err)
	}
	t.Note = ""
	return h.done(w, r, c, t, []string{noteField}, "review.flash.noted")
}

func (h handlers) message(w http.ResponseWriter, r *http.Request) error {
	c, t, err := h.read(r)
	if err != nil {
		return err
	}
	if err := h.desk.Message(r.Context(), identity.Must(r.Context()), c.ID, t.Message); err != nil {
		return h.refuse(w, r, t, err)
	}
	t.Message = ""
	return h.done(w, r, c, t, []string{messageField}, "review.flash.sent")
}

// refuse shows the page again with what is wrong: 422 when it is the text, 409 when the submission has moved on.
func (h handlers) refuse(w http.ResponseWriter, r *http.Request, t typed, err error) error {
	if wrong, ok := problem.InvalidFields(err); ok {
		t.Wrong = wrong
		return h.show(w, r, http.StatusUnprocessableEntity, caseView{typed: t})
	}
	if errors.Is(err, problem.Stale) || errors.Is(err, problem.NotAllowedNow) {
		return h.show(w, r, http.StatusConflict, caseView{typed: t, Stale: true})
	}
	return err
}

// decide shows the letter first; the second post, from the page of confirmation, takes the decision.
func (h handlers) decide(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	c, t, err := h.read(r)
	if err != nil {
		return err
	}
	step := r.PostFormValue("step")
	if step == "pending" {
		return h.hold(w, r, c, t)
	}
	if step == "back" && t.Decision.Version == c.Version {
		return h.show(w, r, http.StatusOK, caseView{typed: t})
	}
	if step != "confirmed" {
		if err := h.desk.Check(ctx, who, c.ID, t.Decision); err != nil {
			return h.refuse(w, r, t, err)
		}
		letters, err := h.desk.Preview(ctx, who, c.ID, t.Decision)
		if err != nil {
			return err
		}
		if _, err := keep(ctx, c.ID, t); err != nil {
			return err
		}
		return web.Render(w, r, http.StatusOK, confirmPage(confirmView{caseView: caseView{Case: c, typed: t, Filter: h.filter(r)}, Letters: letters}))
	}
	err = h.desk.Decide(ctx, who, c.ID, t.Decision)
	if err != nil && !errors.Is(err, ErrDecidedAlready) {
		return h.refuse(w, r, t, err)
	}
	sent := t.Decision.names()
	action := i18n.Key("workflow.event." + string(t.Decision.Action))
	t.Decision = Decision{}
	return h.done(w, r, c, t, sent, "review.flash.decided", action)
}

// typed is all that was typed on the page of a submission: its forms are one, so that sending one of them does not lose
// the others.
type typed struct {
	Decision Decision
	// Note is for staff, Message for the submitter.
	Note, Message string
	// Wrong is what is wrong with it.
	Wrong []problem.Field
}

// any says whether anything was typed that is not kept anywhere.
func (t typed) any() bool {
	return t.Decision.begun() || t.Note != "" || t.Message != ""
}

// begun says whether anything of a decision was typed.
func (d Decision) begun() bool {
	return d.Action != "" || d.Note != "" || d.Exception != "" || len(d.Changes) > 0
}

// changePrefix begins the names of the requests for a change: "change.title".
const changePrefix = "change."

// readTyped reads the page's form; questions at which a change is asked for come as "change.<field>".
func readTyped(values url.Values, kind *workflow.Kind) typed {
	d := Decision{Action: workflow.Action(values.Get("action")), Version: number(values.Get("version")), Note: values.Get("note"), Exception: cleanNote(values.Get(exceptionField)), Pending: int64(number(values.Get("pending")))}
	if !slices.Contains(workflow.Actions, d.Action) {
		d.Action = ""
	}
	for _, s := range kind.Form.Steps {
		for _, f := range s.Fields {
			if body := cleanNote(values.Get(changeName(f))); body != "" {
				d.Changes = append(d.Changes, workflow.ChangeRequest{Field: f.ID, Body: body})
			}
		}
	}
	d.Note = cleanNote(d.Note)
	return typed{Decision: d, Note: cleanNote(values.Get(noteField)), Message: cleanNote(values.Get(messageField))}
}

func changeName(f form.Field) string { return changePrefix + f.ID }

// number reads a whole number; anything else is 0.
func number(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// Path is the desk's page of a submission, without the language.
func Path(id workflow.ID) string { return "/desk/submissions/" + strconv.FormatInt(id, 10) }

// reference is how staff name a submission: its public ID once it has one, else its number.
func reference(s workflow.Submission) string {
	if s.PublicID != nil {
		return *s.PublicID
	}
	return "#" + strconv.FormatInt(s.ID, 10)
}
