package newsletter

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
)

func issueRoutes(r *web.Router, h handlers) {
	r.Staff("GET "+DeskPath, h.overview)
	r.Staff("POST "+DeskPath, h.begin)
	r.Staff("POST "+DeskPath+"/settings", h.set)
	const issue = DeskPath + "/{issue}"
	r.Staff("GET "+issue, h.issue)
	r.Staff("GET "+issue+"/titles", h.titles)
	r.Staff("POST "+issue+"/titles", h.saveTitles)
	r.Staff("GET "+issue+"/items/new", h.newItem)
	r.Staff("POST "+issue+"/items/new", h.saveItem)
	r.Staff("GET "+issue+"/items/{item}", h.item)
	r.Staff("POST "+issue+"/items/{item}", h.saveItem)
	r.Staff("POST "+issue+"/items/{item}/place", h.place)
	r.Staff("POST "+issue+"/items", h.draftItems)
	r.Staff("POST "+issue+"/step", h.step)
	r.Staff("POST "+issue+"/test", h.test)
	r.Staff("GET "+issue+"/preview/{language}", h.preview)
	r.Staff("GET "+issue+"/preview/{language}/text", h.previewText)
}

func (h handlers) overview(w http.ResponseWriter, r *http.Request) error {
	return h.showOverview(w, r, http.StatusOK, overviewView{})
}

func (h handlers) showOverview(w http.ResponseWriter, r *http.Request, status int, v overviewView) error {
	o, err := h.news.Overview(r.Context(), identity.Must(r.Context()))
	if err != nil {
		return err
	}
	v.Overview, v.Now = o, h.news.now()
	return web.Render(w, r, status, overviewPage(v))
}

func (h handlers) begin(w http.ResponseWriter, r *http.Request) error {
	v := overviewView{Month: r.PostFormValue("month"), Title: r.PostFormValue("title.en")}
	month, err := date.Parse(v.Month + "-01")
	if err != nil {
		month = date.Date{}
	}
	id, err := h.news.Begin(r.Context(), identity.Must(r.Context()), month, Texts{i18n.English: {Title: v.Title}})
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showOverview(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, Issue{ID: id}.deskPath(), "newsletter.flash.begun")
}

func (h handlers) set(w http.ResponseWriter, r *http.Request) error {
	v := overviewView{PerSecond: r.PostFormValue("per_second"), Connections: r.PostFormValue("connections")}
	number := func(typed string) int {
		n, err := strconv.Atoi(i18n.Digits(strings.TrimSpace(typed)))
		if err != nil {
			return -1
		}
		return n
	}
	err := h.news.Set(r.Context(), identity.Must(r.Context()), Settings{number(v.PerSecond), number(v.Connections)})
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showOverview(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, DeskPath, "newsletter.flash.set")
}

// open returns the issue of the request.
func (h handlers) open(r *http.Request) (Issue, error) {
	who, id, err := h.desk(r, "issue")
	if err != nil {
		return Issue{}, err
	}
	return h.news.Issue(r.Context(), who, id)
}

func (h handlers) issue(w http.ResponseWriter, r *http.Request) error {
	return h.showIssue(w, r, http.StatusOK, issueView{})
}

func (h handlers) showIssue(w http.ResponseWriter, r *http.Request, status int, v issueView) error {
	ctx := r.Context()
	var err error
	if v.Issue, err = h.open(r); err != nil {
		return err
	}
	v.Who, v.Now, v.Vocabulary = identity.Must(ctx), h.news.now(), h.news.Vocabulary()
	if v.State.Open() {
		if v.Audience, err = countAudience(ctx, h.news.db.Read(), v.Issue); err != nil {
			return err
		}
		if v.Waiting, err = h.news.waiting(ctx, v.Who, v.Month); err != nil {
			return err
		}
		v.TakenOut, err = h.news.takenOut(ctx, v.ID)
	} else if v.StartedAt != nil {
		v.Progress, err = h.news.Progress(ctx, v.ID)
	}
	if err != nil {
		return err
	}
	return web.Render(w, r, status, issuePage(v))
}

// readTexts reads the texts of a form in all languages.
func readTexts(q url.Values) Texts {
	t := Texts{}
	for _, l := range i18n.All {
		t[l] = Text{q.Get("title." + string(l)), q.Get("text." + string(l))}
	}
	return t
}

func readVersion(r *http.Request) int {
	n, _ := strconv.Atoi(r.PostFormValue("version")) // no number is no version
	return n
}

func (h handlers) titles(w http.ResponseWriter, r *http.Request) error {
	i, err := h.open(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, titlesPage(textsView{Issue: i, Texts: i.Texts, Version: i.Version, Most: MaxIntro}))
}

func (h handlers) saveTitles(w http.ResponseWriter, r *http.Request) error {
	i, err := h.open(r)
	if err != nil {
		return err
	}
	v := textsView{Issue: i, Texts: readTexts(r.PostForm), Version: readVersion(r), Most: MaxIntro}
	err = h.news.SaveTitles(r.Context(), identity.Must(r.Context()), i.ID, v.Version, v.Texts)
	if status := v.refused(err); status != 0 {
		return web.Render(w, r, status, titlesPage(v))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, i.deskPath(), "newsletter.flash.saved")
}

// refused notes what is wrong with texts, or that somebody else has saved first, and returns the status of the answer; 0 for
// another error or none.
func (v *textsView) refused(err error) int {
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return http.StatusUnprocessableEntity
	}
	var conflict *Conflict
	if errors.As(err, &conflict) {
		v.Theirs, v.Version = conflict.Texts, conflict.Version
		return http.StatusConflict
	}
	return 0
}

func (h handlers) newItem(w http.ResponseWriter, r *http.Request) error {
	i, err := h.open(r)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, itemPage(itemView{textsView: textsView{Issue: i, Most: MaxText}, Item: Item{Section: Sections[0]}, Vocabulary: h.news.Vocabulary()}))
}

func (h handlers) item(w http.ResponseWriter, r *http.Request) error {
	i, err := h.open(r)
	if err != nil {
		return err
	}
	id, err := web.ParamID(r, "item")
	if err != nil {
		return err
	}
	at := slices.IndexFunc(i.Items, func(k Item) bool { return k.ID == id })
	if at < 0 {
		return problem.NotFound
	}
	item := i.Items[at]
	return web.Render(w, r, http.StatusOK, itemPage(itemView{textsView: textsView{Issue: i, Texts: item.Texts, Version: item.Version, Most: MaxText}, Item: item, Vocabulary: h.news.Vocabulary()}))
}

func (h handlers) saveItem(w http.ResponseWriter, r *http.Request) error {
	i, err := h.open(r)
	if err != nil {
		return err
	}
	q := r.PostForm
	item := Item{IssueID: i.ID, Section: q.Get("section"), Link: q.Get("link"), Regions: q["regions"], Sectors: q["sectors"], Themes: readChoices(q).Themes, Texts: readTexts(q), Version: readVersion(r)}
	if r.PathValue("item") != "" {
		if item.ID, err = web.ParamID(r, "item"); err != nil {
			return err
		}
	}
	err = h.news.SaveItem(r.Context(), identity.Must(r.Context()), item)
	v := itemView{textsView: textsView{Issue: i, Texts: item.Texts, Version: item.Version, Most: MaxText}, Item: item, Vocabulary: h.news.Vocabulary()}
	if status := v.refused(err); status != 0 {
		return web.Render(w, r, status, itemPage(v))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, i.deskPath(), "newsletter.flash.saved")
}

func (h handlers) place(w http.ResponseWriter, r *http.Request) error {
	who, id, err := h.desk(r, "issue")
	if err != nil {
		return err
	}
	item, err := web.ParamID(r, "item")
	if err != nil {
		return err
	}
	if err := h.news.Move(r.Context(), who, id, item, r.PostFormValue("do")); err != nil {
		return err
	}
	return web.Redirect(w, r, Issue{ID: id}.deskPath(), "")
}

func (h handlers) draftItems(w http.ResponseWriter, r *http.Request) error {
	who, id, err := h.desk(r, "issue")
	if err != nil {
		return err
	}
	added, err := h.news.DraftItems(r.Context(), who, id)
	if err != nil {
		return err
	}
	return web.Redirect(w, r, Issue{ID: id}.deskPath(), "newsletter.flash.drafted", added)
}

func (h handlers) step(w http.ResponseWriter, r *http.Request) error {
	who, id, err := h.desk(r, "issue")
	if err != nil {
		return err
	}
	v := issueView{At: form.Answers(r.PostForm), Clock: r.PostFormValue("clock")}
	step, at := r.PostFormValue("do"), h.news.now()
	if step == "now" {
		step = stepSchedule
	} else if step == stepSchedule {
		if at, err = readInstant(v.At, v.Clock); err != nil {
			v.Wrong, _ = problem.InvalidFields(err)
			return h.showIssue(w, r, http.StatusUnprocessableEntity, v)
		}
	}
	err = h.news.Step(r.Context(), who, id, readVersion(r), step, at)
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showIssue(w, r, http.StatusUnprocessableEntity, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, Issue{ID: id}.deskPath(), "newsletter.flash."+step)
}

// readInstant reads a day and a time of day in Geneva.
func readInstant(a form.Answers, clock string) (time.Time, error) {
	day, given, ok, _ := form.DateOf(a, "at")
	if !given || !ok {
		return time.Time{}, problem.Invalid(problem.Field{Name: "at", Key: "newsletter.wrong.at"})
	}
	t, err := time.Parse("15:04", i18n.Digits(strings.TrimSpace(clock)))
	if err != nil {
		return time.Time{}, problem.Invalid(problem.Field{Name: "clock", Key: "newsletter.wrong.clock"})
	}
	return time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), 0, 0, i18n.Geneva), nil
}

func (h handlers) test(w http.ResponseWriter, r *http.Request) error {
	who, id, err := h.desk(r, "issue")
	if err != nil {
		return err
	}
	if err := h.news.Try(r.Context(), who, id, i18n.Lang(r.PostFormValue("lang"))); err != nil {
		return err
	}
	return web.Redirect(w, r, Issue{ID: id}.deskPath(), "newsletter.flash.tried")
}

// edition renders what a reader of the language in the address gets who has chosen nothing else.
func (h handlers) edition(r *http.Request) (edition, error) {
	i, err := h.open(r)
	if err != nil {
		return edition{}, err
	}
	l := i18n.Lang(r.PathValue("language"))
	if !l.Known() {
		return edition{}, problem.NotFound
	}
	return h.news.edit(r.Context(), i, l, i.Items)
}

func (h handlers) preview(w http.ResponseWriter, r *http.Request) error {
	e, err := h.edition(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'")
	return web.Write(w, r, http.StatusOK, "text/html; charset=utf-8", []byte(e.HTML))
}

func (h handlers) previewText(w http.ResponseWriter, r *http.Request) error {
	e, err := h.edition(r)
	if err != nil {
		return err
	}
	return web.Write(w, r, http.StatusOK, "text/plain; charset=utf-8", []byte(e.Text))
}
