package review

import (
	"context"
	"encoding/csv"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
	r.Staff("GET /desk/queue.csv", h.export)
	r.Staff("GET /desk/submissions/{id}", h.open)
	r.Staff("GET /desk/submissions/{id}/changes", h.changes)
	r.Staff("POST /desk/submissions/{id}/assignment", h.assign)
	r.Staff("POST /desk/submissions/{id}/notes", h.note)
	r.Staff("POST /desk/submissions/{id}/messages", h.message)
	r.Staff("POST /desk/submissions/{id}/decision", h.decide)
	r.Staff("GET /desk/outbox", h.outbox)
	r.Staff("GET /desk/outbox/{id}", h.letter)
	r.Staff("POST /desk/outbox/{id}/sending", h.resend)
}

func (h handlers) queue(w http.ResponseWriter, r *http.Request) error {
	page, err := h.desk.Queue(r.Context(), identity.Must(r.Context()), ReadFilter(r.URL.Query()))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, queuePage(queueView{Page: page, Kinds: h.desk.kinds, Vocabulary: h.vocabulary(), Now: h.now()}))
}

func (h handlers) export(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	rows, err := h.desk.Export(ctx, identity.Must(ctx), ReadFilter(r.URL.Query()))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="queue.csv"`)
	out := csv.NewWriter(w)
	head := []string{}
	for _, column := range []string{"reference", "kind", "title", "office", "country", "state", "assigned", "submitted", "due", "address"} {
		head = append(head, i18n.T(ctx, "review.queue.column."+column))
	}
	if err := out.Write(head); err != nil {
		return nil // the reader has gone
	}
	for _, row := range rows {
		submitted, due := "", ""
		if row.SubmittedAt != nil {
			submitted = row.SubmittedAt.UTC().Format(time.RFC3339)
		}
		if !row.Due.IsZero() {
			due = row.Due.String()
		}
		line := []string{reference(row.Submission), i18n.T(ctx, "review.kind."+row.Kind), row.Title, row.OfficeName, row.Country,
			i18n.T(ctx, "workflow.state.staff."+string(row.State)), row.Assignee, submitted, due, ui.Absolute(ctx, Path(row.ID))}
		for i := range line {
			line[i] = harmless(line[i])
		}
		if err := out.Write(line); err != nil {
			return nil
		}
	}
	out.Flush()
	return nil
}

// harmless keeps a spreadsheet from taking people's text for a formula.
func harmless(cell string) string {
	if strings.IndexAny(cell, "=+-@\t\r") == 0 {
		return "'" + cell
	}
	return cell
}

func (h handlers) open(w http.ResponseWriter, r *http.Request) error {
	return h.show(w, r, http.StatusOK, caseView{})
}

// show renders the page of one submission; v carries what was typed into its forms and what is wrong with it.
func (h handlers) show(w http.ResponseWriter, r *http.Request, status int, v caseView) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	v.Case, err = h.desk.Open(r.Context(), identity.Must(r.Context()), id)
	if err != nil {
		return err
	}
	v.Vocabulary, v.Now = h.vocabulary(), h.now()
	if held := web.Held(r.Context()); held != nil && len(v.Typed.Changes) == 0 {
		r.PostForm = held
		v.Typed = readDecision(r, v.Case.Kind)
		v.Typed.Version = v.Case.Version
	}
	return web.Render(w, r, status, casePage(v))
}

func (h handlers) changes(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	c, err := h.desk.Open(ctx, identity.Must(ctx), id)
	if err != nil {
		return err
	}
	from, to := number(r, "from"), number(r, "to")
	if to == 0 {
		to = c.Revision
	}
	if from == 0 && len(c.Earlier) > 0 {
		from = c.Earlier[len(c.Earlier)-1]
	}
	before, after, err := h.desk.Compare(ctx, identity.Must(ctx), id, from, to)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, changesPage(changesView{Case: c, From: from, To: to, Before: before, After: after, Vocabulary: h.vocabulary()}))
}

func (h handlers) assign(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	who := identity.Must(r.Context())
	to, flash := int64(0), "review.flash.released"
	switch value := r.PostFormValue("to"); value {
	case "me":
		to, flash = who.ID, "review.flash.taken"
	case "", "nobody":
	default:
		if to, err = strconv.ParseInt(value, 10, 64); err != nil || to <= 0 {
			return problem.NotFound
		}
		flash = "review.flash.assigned"
	}
	err = h.desk.Assign(r.Context(), who, id, to, number(r, "version"))
	if errors.Is(err, problem.Stale) {
		return h.stale(w, r, Decision{})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, Path(id), flash)
}

func (h handlers) note(w http.ResponseWriter, r *http.Request) error {
	return h.write(w, r, h.desk.Note, "review.flash.noted", func(v *caseView, text string, wrong []problem.Field) {
		v.Note, v.NoteWrong = text, wrong
	})
}

func (h handlers) message(w http.ResponseWriter, r *http.Request) error {
	return h.write(w, r, h.desk.Message, "review.flash.sent", func(v *caseView, text string, wrong []problem.Field) {
		v.Message, v.MessageWrong = text, wrong
	})
}

type writer = func(ctx context.Context, who identity.User, id workflow.ID, body string) error

func (h handlers) write(w http.ResponseWriter, r *http.Request, write writer, flash string, keep func(v *caseView, text string, wrong []problem.Field)) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	text := r.PostFormValue("text")
	err = write(r.Context(), identity.Must(r.Context()), id, text)
	if wrong, ok := problem.InvalidFields(err); ok {
		v := caseView{}
		keep(&v, text, wrong)
		return h.show(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, Path(id), flash)
}

// decide shows the letter first; the second post, from the page of confirmation, takes the decision.
func (h handlers) decide(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	c, err := h.desk.Open(ctx, who, id)
	if err != nil {
		return err
	}
	d := readDecision(r, c.Kind)
	confirmed := r.PostFormValue("step") == "confirmed"
	if confirmed {
		err = h.desk.Decide(ctx, who, id, d)
	} else {
		err = h.desk.Check(ctx, who, id, d)
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.show(w, r, http.StatusUnprocessableEntity, caseView{Typed: d, Wrong: wrong})
	}
	if errors.Is(err, problem.Stale) || errors.Is(err, problem.NotAllowedNow) {
		return h.stale(w, r, d)
	}
	if err != nil {
		return err
	}
	if r.PostFormValue("step") == "back" {
		return h.show(w, r, http.StatusOK, caseView{Typed: d})
	}
	if confirmed {
		return web.Redirect(w, r, Path(id), "review.flash.decided", i18n.Key("workflow.event."+string(d.Action)))
	}
	letters, err := h.desk.Preview(ctx, who, id, d)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, confirmPage(confirmView{Case: c, Decision: d, Letters: letters}))
}

// stale answers 409 with the page as it is now, who was faster, and what the person wrote.
func (h handlers) stale(w http.ResponseWriter, r *http.Request, d Decision) error {
	return h.show(w, r, http.StatusConflict, caseView{Typed: d, Stale: true})
}

// readDecision reads the decision from the posted form; questions of the form at which a change is asked for come as
// "change.<field>".
func readDecision(r *http.Request, kind *workflow.Kind) Decision {
	d := Decision{Action: workflow.Action(r.PostFormValue("action")), Version: number(r, "version"), Note: r.PostFormValue("note")}
	if !slices.Contains(workflow.Actions, d.Action) {
		d.Action = ""
	}
	for _, s := range kind.Form.Steps {
		for _, f := range s.Fields {
			if body := cleanNote(r.PostFormValue(changeName(f))); body != "" {
				d.Changes = append(d.Changes, workflow.ChangeRequest{Field: f.ID, Body: body})
			}
		}
	}
	return d
}

func changeName(f form.Field) string { return "change." + f.ID }

func number(r *http.Request, name string) int {
	n, err := strconv.Atoi(r.FormValue(name))
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
