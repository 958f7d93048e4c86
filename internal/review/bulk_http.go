package review

import (
	"context"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// bulkPath is where several submissions are handled at once, without the language.
const bulkPath = "/desk/bulk"

// bulkRoutes adds the pages on which several submissions are handled at once.
func (h handlers) bulkRoutes(r *web.Router) {
	r.Staff("GET "+bulkPath, h.bulkHeld)
	r.Staff("POST "+bulkPath, h.bulkPlan)
	r.Staff("POST "+bulkPath+"/acts", h.bulkDo, web.Fresh())
	r.Staff("GET "+bulkPath+"/{bulk}", h.bulkDone)
}

// readBulk reads the form of the queue, and of the page of confirmation. The items are "17.4": a submission and the
// version that was seen.
func readBulk(values url.Values) Bulk {
	b := Bulk{Act: values.Get("act"), To: int64(number(values.Get("to"))), Note: cleanNote(values.Get("note")), Token: values.Get("token")}
	if len(b.Token) < 20 || len(b.Token) > 60 {
		b.Token = rand.Text()
	}
	for _, v := range values["item"] {
		id, version, _ := strings.Cut(strings.NewReplacer(":", ".", "-", ".").Replace(v), ".")
		it := Picked{ID: int64(number(id)), Version: number(version)}
		if it.ID > 0 && !slices.ContainsFunc(b.Items, func(other Picked) bool { return other.ID == it.ID }) {
			b.Items = append(b.Items, it)
		}
	}
	return b
}

// bulkHeld gives the page back to who was asked once more who they are.
func (h handlers) bulkHeld(w http.ResponseWriter, r *http.Request) error {
	held := web.Held(r.Context())
	if held == nil {
		return web.Redirect(w, r, "/desk", "")
	}
	return h.showBulk(w, r, http.StatusOK, readBulk(held), nil)
}

func (h handlers) bulkPlan(w http.ResponseWriter, r *http.Request) error {
	b := readBulk(r.PostForm)
	if b.Act == bulkRelease {
		return h.bulkRelease(w, r, b)
	}
	return h.showBulk(w, r, http.StatusOK, b, nil)
}

// showBulk lists what will happen to whom, and what is left out.
func (h handlers) showBulk(w http.ResponseWriter, r *http.Request, status int, b Bulk, wrong []problem.Field) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	queue := "/desk"
	if q := r.FormValue("q"); q != "" {
		queue = ui.WithQuery("/desk", url.Values{"q": {q}})
	}
	switch {
	case len(b.Items) == 0:
		return web.Redirect(w, r, queue, "review.bulk.none")
	case len(b.Items) > MaxTogether:
		return web.Redirect(w, r, queue, "review.bulk.many", MaxTogether)
	case !b.known():
		return web.Redirect(w, r, queue, "review.bulk.act")
	}
	v := bulkView{Bulk: b, Wrong: wrong, Queue: queue}
	var err error
	if v.Lines, err = h.desk.Plan(ctx, who, b); err != nil {
		return err
	}
	if len(v.Lines) == 0 {
		return web.Redirect(w, r, queue, "review.bulk.none")
	}
	if b.Act == bulkAssign {
		if v.Colleagues, err = h.desk.deskColleagues(ctx, who); err != nil {
			return err
		}
	}
	return web.Render(w, r, status, bulkPage(v))
}

func (h handlers) bulkDo(w http.ResponseWriter, r *http.Request) error {
	b := readBulk(r.PostForm)
	if len(b.Items) == 0 || len(b.Items) > MaxTogether || !b.known() {
		return h.showBulk(w, r, http.StatusOK, b, nil)
	}
	id, err := h.desk.DoBulk(r.Context(), identity.Must(r.Context()), b)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showBulk(w, r, http.StatusUnprocessableEntity, b, wrong)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, bulkPath+"/"+strconv.FormatInt(id, 10), "")
}

func (h handlers) bulkDone(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "bulk")
	if err != nil {
		return err
	}
	var v bulkDoneView
	if v.Act, v.Items, err = h.desk.FoundBulk(r.Context(), identity.Must(r.Context()), id); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, bulkDonePage(v))
}

// bulkView is what the page of confirmation shows.
type bulkView struct {
	Bulk
	Lines      []BulkLine
	Colleagues []Colleague
	Wrong      []problem.Field
	// Queue is the list that they were chosen from.
	Queue string
}

// part are the lines that will be done, or those that are left out.
func (v bulkView) part(done bool) []BulkLine {
	return slices.DeleteFunc(slices.Clone(v.Lines), func(l BulkLine) bool { return (l.Why == "") != done })
}

// what says what will happen to one of them.
func (v bulkView) what(ctx context.Context, l BulkLine) string {
	switch {
	case v.Act == bulkChase:
		return i18n.T(ctx, "review.bulk.what.chase", l.People)
	case l.Action != "":
		return i18n.T(ctx, "review.bulk.what.pending", l.People, i18n.Key("workflow.action."+string(l.Action)))
	case v.Act == bulkTake && l.State == workflow.Submitted:
		return i18n.T(ctx, "review.bulk.what.take.first")
	case v.Act == bulkTake:
		return i18n.T(ctx, "review.bulk.what.take")
	case l.Assignee != "":
		return i18n.T(ctx, "review.bulk.what.assign.from", ui.PersonName(ctx, l.Assignee))
	}
	return i18n.T(ctx, "review.bulk.what.assign")
}

func (v bulkView) toControl(ctx context.Context) ui.Control {
	c := ui.Control{Name: "to", Label: i18n.T(ctx, "review.case.assign"), Blank: i18n.T(ctx, "review.case.assign.blank"), Error: ui.MessageFor(ctx, v.Wrong, "to")}
	if v.To != 0 {
		c.Values = []string{strconv.FormatInt(v.To, 10)}
	}
	for _, p := range v.Colleagues {
		c.Choices = append(c.Choices, ui.Choice{Value: strconv.FormatInt(p.ID, 10), Label: i18n.T(ctx, "review.case.load", p.Name, p.Load)})
	}
	return c
}

func (v bulkView) noteControl(ctx context.Context) ui.Control {
	return ui.Control{
		Name: "note", Label: i18n.T(ctx, "review.decision.note"), Hint: i18n.T(ctx, "review.bulk.note.hint"), Values: []string{v.Note},
		Length: form.Length(v.Note), Max: workflow.MaxNote, Rows: 6, Error: ui.MessageFor(ctx, v.Wrong, "note"),
		Optional: slices.Contains([]string{bulkChase, string(workflow.Publish), string(workflow.Approve)}, v.Act),
	}
}

// title names the act.
func bulkTitle(ctx context.Context, act string, n int) string {
	switch act {
	case bulkAssign, bulkTake, bulkChase:
		return i18n.T(ctx, "review.bulk.title."+act, n)
	}
	return i18n.T(ctx, "review.bulk.title.decide", n, i18n.Key("workflow.action."+act))
}

// bulkDoneView is what the page of what was done shows.
type bulkDoneView struct {
	Act   BulkAct
	Items []BulkItem
}

// count is how many were done, or not.
func (v bulkDoneView) count(done bool) int {
	n := 0
	for _, it := range v.Items {
		if (it.Reason == "") == done {
			n++
		}
	}
	return n
}

func (v bulkDoneView) table(ctx context.Context) ui.Table {
	column := func(key string) ui.Column { return ui.Column{Text: i18n.T(ctx, key)} }
	t := ui.Table{
		Caption: i18n.T(ctx, "review.bulk.done.caption"), HideCaption: true, Cards: true,
		Columns: []ui.Column{column("review.release.column.title"), column("review.queue.column.assigned"), column("review.release.column.outcome")},
	}
	for _, it := range v.Items {
		t.Rows = append(t.Rows, []ui.Cell{
			{Component: releasedTitle(ReleasedItem{SubmissionID: it.SubmissionID, Kind: it.Kind, PublicID: it.PublicID, Title: it.Title, Lang: it.Lang})},
			{Text: ui.PersonName(ctx, it.Assignee)},
			{Component: bulkOutcome(it)},
		})
	}
	return t
}

// decides says whether decisions were kept.
func (v bulkDoneView) decides() bool { return Bulk{Act: v.Act.Act}.decides() }
