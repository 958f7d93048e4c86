package review

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// exportTime is how long an export of the whole queue may take.
const exportTime = 10 * time.Minute

// language is the search language as it is now.
func (h handlers) language() Language {
	vocabulary := h.vocabulary()
	return Language{Kinds: sortedKinds(h.desk.kinds), Country: func(typed string) (string, bool) { return countryOf(vocabulary, typed) }}
}

// filter is the list of the queue that the address of a page names.
func (h handlers) filter(r *http.Request) Filter {
	f, _, _ := h.language().Read(r.URL.Query())
	return f
}

func (h handlers) queue(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	query := r.URL.Query()
	if r.URL.RawQuery == "" {
		if begun, err := h.begin(w, r); begun || err != nil {
			return err
		}
	}
	f, wrong, canonical := h.language().Read(query)
	if !canonical && len(wrong) == 0 {
		return web.Redirect(w, r, ui.WithQuery("/desk", f.Values()), "")
	}
	f.At = ""
	page, err := h.desk.Queue(ctx, who, f)
	if err != nil {
		return err
	}
	v := queueView{Page: page, Wrong: wrong, Typed: f.String(), Vocabulary: h.vocabulary(), Now: h.now(), Pick: query.Get("pick")}
	if len(wrong) > 0 && canonical {
		v.Typed = query.Get("q")
	}
	for _, name := range sortedKinds(h.desk.kinds) {
		if slices.ContainsFunc(who.Desks(), h.desk.kinds[name].OfDesk) {
			v.Kinds = append(v.Kinds, name)
		}
	}
	if v.Views, err = h.desk.Views(ctx, who, h.language(), viewsShown, viewsCounted); err != nil {
		return err
	}
	if v.Leaving, err = h.desk.Leaving(ctx, who); err != nil {
		return err
	}
	if v.Pick == pickAll {
		if v.Picked, err = h.desk.Matching(ctx, who, page.Filter, MaxTogether); err != nil {
			return err
		}
	}
	return web.Render(w, r, http.StatusOK, queuePage(v))
}

// queueItem is a line of the exports.
type queueItem struct {
	Reference string         `json:"reference"`
	Kind      string         `json:"kind"`
	Title     string         `json:"title"`
	Lang      string         `json:"lang"`
	Office    string         `json:"office"`
	Country   string         `json:"country,omitempty"`
	State     string         `json:"state"`
	StateName string         `json:"state_name"`
	Assigned  string         `json:"assigned_to,omitempty"`
	Waiting   string         `json:"waiting_for,omitempty"`
	Since     *time.Time     `json:"waiting_since,omitempty"`
	Submitted *time.Time     `json:"submitted_at,omitempty"`
	Age       int            `json:"age_days"`
	Due       string         `json:"due_on,omitempty"`
	Light     workflow.Light `json:"light,omitempty"`
	Address   string         `json:"address"`
}

func newQueueItem(r *http.Request, row Row) queueItem {
	ctx := r.Context()
	item := queueItem{
		Reference: reference(row.Submission), Kind: row.Kind, Title: row.Title, Lang: row.Lang, Office: row.OfficeName, Country: row.Country,
		State: string(row.State), StateName: i18n.T(ctx, "workflow.state.staff."+string(row.State)), Assigned: ui.PersonName(ctx, row.Assignee),
		Waiting: string(row.WaitingFor), Since: inUTC(row.WaitingSince), Submitted: inUTC(row.SubmittedAt), Age: row.Age, Light: row.Light,
		Address: ui.Absolute(ctx, Path(row.ID)),
	}
	if row.DueOn != nil {
		item.Due = row.DueOn.String()
	}
	return item
}

func inUTC(at *time.Time) *time.Time {
	if at == nil {
		return nil
	}
	utc := at.UTC()
	return &utc
}

// errGone says that the reader of an export has gone; it is nobody's error.
var errGone = errors.New("the reader has gone")

// export streams all rows of the filter: begin writes the head before the first row, do each row, and end what comes last.
func (h handlers) export(w http.ResponseWriter, r *http.Request, contentType, name string, begin func() error, do func(queueItem) error) error {
	begun := false
	start := func() error {
		if begun {
			return nil
		}
		begun = true
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
		return begin()
	}
	err := h.desk.Export(r.Context(), identity.Must(r.Context()), h.filter(r), func(row Row) error {
		if err := start(); err != nil {
			return errGone
		}
		if err := do(newQueueItem(r, row)); err != nil {
			return errGone
		}
		return nil
	})
	if err == nil {
		err = start()
	}
	if errors.Is(err, errGone) {
		return nil
	}
	return err
}

func (h handlers) queueJSON(w http.ResponseWriter, r *http.Request) error {
	if web.AnswerHead(w, r, "application/json") {
		return nil
	}
	before := ""
	err := h.export(w, r, "application/json", "queue.json", func() error {
		_, err := w.Write([]byte("["))
		return err
	}, func(item queueItem) error {
		body, err := json.MarshalIndent(item, "  ", "  ")
		if err == nil {
			_, err = fmt.Fprintf(w, "%s\n  %s", before, body)
		}
		before = ","
		return err
	})
	if err == nil {
		_, _ = w.Write([]byte("\n]\n")) // who has gone by now is nobody's error
	}
	return err
}

// table is the list as a file.
func (h handlers) table(r *http.Request) web.Table {
	ctx, f := r.Context(), h.filter(r)
	return web.Table{
		Name: "queue", Title: i18n.T(ctx, "review.queue.title"), List: ui.Absolute(ctx, ui.WithQuery("/desk", f.Values())), Day: date.Today(h.desk.now(), i18n.Geneva),
		Columns: web.Columns(ctx, "review.queue.column.", "reference", "kind", "title", "office", "country", "state", "assigned", "waiting", "since", "submitted", "age", "due", "light", "address"),
		Rows: func(do func([]any) error) error {
			return h.desk.Export(ctx, identity.Must(ctx), f, func(row Row) error { return do(newQueueItem(r, row).line(ctx)) })
		},
	}
}

func (item queueItem) line(ctx context.Context) []any {
	light, waits := "", ""
	if item.Light != "" {
		light = i18n.T(ctx, "review.light."+string(item.Light))
	}
	if item.Waiting != "" {
		waits = i18n.T(ctx, "review.desk.waiting."+item.Waiting)
	}
	return []any{
		item.Reference, i18n.T(ctx, "review.kind."+item.Kind), item.Title, item.Office, item.Country, item.StateName,
		item.Assigned, waits, stamp(item.Since), stamp(item.Submitted), item.Age, item.Due, light, item.Address,
	}
}

// stamp is a value of a table; nil for none.
func stamp(at *time.Time) any {
	if at == nil {
		return nil
	}
	return *at
}

// itemValue names a submission as it was seen, for an act on several.
func itemValue(id workflow.ID, version int) string {
	return strconv.FormatInt(id, 10) + "." + strconv.Itoa(version)
}
