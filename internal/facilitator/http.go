package facilitator

import (
	"errors"
	"net/http"
	"net/url"
	"strconv"
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

// The pages, without the language. Path presents the facilitators who agree to it, OwnPath is a facilitator's own.
const (
	Path     = "/facilitators"
	OwnPath  = "/account/facilitation"
	DeskPath = "/desk/facilitators"
)

func number(id int64) string             { return strconv.FormatInt(id, 10) }
func deskPath(id int64) string           { return DeskPath + "/" + number(id) }
func taskPath(id workflow.ID) string     { return OwnPath + "/" + number(id) }
func choicePath(id workflow.ID) string   { return "/desk/facilitations/" + number(id) }
func readFilter(q url.Values) (f Filter) { return Filter{q.Get(languageName), q.Get(regionName)} }

// The parameters of the public list.
const (
	languageName = "language"
	regionName   = "region"
)

// downloadTime is how long a file may be under way to a slow reader.
const downloadTime = 30 * time.Minute

type handlers struct{ service *Service }

// Routes adds the pages of facilitators.
func Routes(r *web.Router, service *Service) {
	h := handlers{service}
	r.Public("GET "+Path, h.list, web.Cached(languageName, regionName))
	r.Public("GET "+Path+".csv", web.CSV(h.table), web.Stateless())
	r.Public("GET "+Path+".xlsx", web.XLSX(h.table), web.Stateless())
	r.Public("GET "+Path+".json", web.JSON(h.table), web.Stateless())
	r.Member("GET "+OwnPath, h.own)
	r.Member("POST "+OwnPath, h.changeOwn)
	r.Member("GET "+OwnPath+"/{id}", h.task)
	r.Member("POST "+OwnPath+"/{id}", h.message)
	r.Member("GET "+OwnPath+"/{id}/files/{file}", h.file, web.Timeout(downloadTime))
	r.Staff("GET "+DeskPath, h.roster)
	r.Staff("POST "+DeskPath, h.add)
	r.Staff("POST "+DeskPath+"/guide", h.guide)
	r.Staff("GET "+DeskPath+"/{facilitator}", h.desk)
	r.Staff("POST "+DeskPath+"/{facilitator}", h.change)
	r.Staff("GET /desk/facilitations/{id}", h.choices)
	r.Staff("POST /desk/facilitations/{id}", h.choose)
}

// list presents those who agree to it.
func (h handlers) list(w http.ResponseWriter, r *http.Request) error {
	v := listView{Filter: h.known(readFilter(r.URL.Query())), words: words{h.service.Vocabulary()}, RequestPath: h.service.RequestPath}
	var err error
	if v.All, err = h.service.List(r.Context(), v.Filter); err != nil {
		return err
	}
	if v.Everybody, err = h.service.List(r.Context(), Filter{}); err != nil {
		return err
	}
	if v.Guides, err = guides(r.Context(), h.service.db.Read()); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, listPage(v))
}

// known leaves out what there is not.
func (h handlers) known(f Filter) Filter {
	if !i18n.Lang(f.Language).Known() {
		f.Language = ""
	}
	if _, ok := h.service.Vocabulary().Region(f.Region); !ok || f.Region == gcm.Global {
		f.Region = ""
	}
	return f
}

// table is the list as a file.
func (h handlers) table(r *http.Request) web.Table {
	ctx, f := r.Context(), h.known(readFilter(r.URL.Query()))
	v := words{h.service.Vocabulary()}
	return web.Table{
		Name: "facilitators", Title: i18n.T(ctx, "facilitator.list.title"), List: ui.Absolute(ctx, ui.WithQuery(Path, f.values())), Day: h.service.today(),
		Columns: web.Columns(ctx, "facilitator.field.", "name", "languages", "regions"),
		Rows: web.RowsOf(func() ([]Facilitator, error) { return h.service.List(ctx, f) }, func(f Facilitator) []any {
			return []any{f.Name, v.languages(ctx, f), v.regions(ctx, f)}
		}),
	}
}

// seen is the version that the form was read at.
func seen(posted url.Values) int {
	n, _ := strconv.Atoi(posted.Get("version")) // none is no version that there is
	return n
}

// do takes an act on a facilitator from a form: by the desk, or by themself.
func (h handlers) do(r *http.Request, id int64) error {
	ctx, who, version := r.Context(), identity.Must(r.Context()), seen(r.PostForm)
	switch r.PostFormValue("act") {
	case "traits":
		return h.service.SetTraits(ctx, who, id, version, r.PostForm)
	case "publish", "hide":
		return h.service.Publish(ctx, who, id, version, r.PostFormValue("act") == "publish")
	case "away":
		return h.service.AddAbsence(ctx, who, id, version, r.PostForm)
	case "back":
		absence, _ := strconv.ParseInt(r.PostFormValue("absence"), 10, 64) // none is no absence that there is
		return h.service.RemoveAbsence(ctx, who, id, version, absence)
	case "leave", "return":
		return h.service.Leave(ctx, who, id, version, r.PostFormValue("act") == "leave")
	}
	return problem.NotFound
}

func (h handlers) own(w http.ResponseWriter, r *http.Request) error {
	return h.showOwn(w, r, http.StatusOK, formView{Typed: web.Held(r.Context())})
}

// showOwn is a facilitator's page; who is on no roster reads what it is for.
func (h handlers) showOwn(w http.ResponseWriter, r *http.Request, status int, f formView) error {
	ctx, who := r.Context(), identity.Must(r.Context())
	v := ownView{formView: f, words: words{h.service.Vocabulary()}}
	whole, err := h.service.Own(ctx, who)
	if errors.Is(err, problem.NotFound) {
		return web.Render(w, r, http.StatusOK, nobodyPage())
	}
	if err != nil {
		return err
	}
	v.Whole = whole
	if v.Tasks, err = h.service.Tasks(ctx, who); err != nil {
		return err
	}
	return web.Render(w, r, status, ownPage(v))
}

func (h handlers) changeOwn(w http.ResponseWriter, r *http.Request) error {
	whole, err := h.service.Own(r.Context(), identity.Must(r.Context()))
	if err != nil {
		return err
	}
	return h.answer(w, r, h.do(r, whole.ID), OwnPath, h.showOwn)
}

// answer ends an act: with the page it came from when something is wrong, else with that page anew.
func (h handlers) answer(w http.ResponseWriter, r *http.Request, err error, path string, show func(http.ResponseWriter, *http.Request, int, formView) error) error {
	f := formView{Act: r.PostFormValue("act"), Typed: r.PostForm}
	if wrong, ok := problem.InvalidFields(err); ok {
		f.Wrong = wrong
		return show(w, r, http.StatusUnprocessableEntity, f)
	}
	if errors.Is(err, problem.Stale) {
		f.Stale = true
		return show(w, r, http.StatusConflict, f)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, path, "facilitator.flash.saved")
}

func (h handlers) task(w http.ResponseWriter, r *http.Request) error {
	return h.showTask(w, r, http.StatusOK, taskView{Typed: web.Held(r.Context()).Get("note")})
}

func (h handlers) showTask(w http.ResponseWriter, r *http.Request, status int, v taskView) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	if v.Request, err = h.service.Open(r.Context(), identity.Must(r.Context()), id); err != nil {
		return err
	}
	v.Vocabulary = h.service.Vocabulary()
	return web.Render(w, r, status, taskPage(v))
}

func (h handlers) file(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	file, err := web.ParamID(r, "file")
	if err != nil {
		return err
	}
	f, content, err := h.service.File(r.Context(), identity.Must(r.Context()), id, file)
	if err != nil {
		return err
	}
	attachment.Serve(w, r, f, content)
	return nil
}

func (h handlers) message(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	err = h.service.Message(r.Context(), identity.Must(r.Context()), id, r.PostFormValue("note"))
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showTask(w, r, http.StatusUnprocessableEntity, taskView{Typed: r.PostFormValue("note"), Wrong: wrong})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, taskPath(id), "facilitator.flash.sent")
}

func (h handlers) roster(w http.ResponseWriter, r *http.Request) error {
	return h.showRoster(w, r, http.StatusOK, formView{Typed: web.Held(r.Context())})
}

func (h handlers) showRoster(w http.ResponseWriter, r *http.Request, status int, f formView) error {
	v := rosterView{formView: f, words: words{h.service.Vocabulary()}}
	var err error
	if v.All, v.Guides, err = h.service.Roster(r.Context(), identity.Must(r.Context())); err != nil {
		return err
	}
	return web.Render(w, r, status, rosterPage(v))
}

func (h handlers) add(w http.ResponseWriter, r *http.Request) error {
	id, err := h.service.Add(r.Context(), identity.Must(r.Context()), r.PostForm)
	return h.answer(w, r, err, deskPath(id), h.showRoster)
}

func (h handlers) guide(w http.ResponseWriter, r *http.Request) error {
	return h.answer(w, r, h.service.SetGuide(r.Context(), identity.Must(r.Context()), r.PostForm), DeskPath, h.showRoster)
}

func (h handlers) desk(w http.ResponseWriter, r *http.Request) error {
	return h.showDesk(w, r, http.StatusOK, formView{Typed: web.Held(r.Context())})
}

func (h handlers) showDesk(w http.ResponseWriter, r *http.Request, status int, f formView) error {
	id, err := web.ParamID(r, "facilitator")
	if err != nil {
		return err
	}
	v := ownView{formView: f, words: words{h.service.Vocabulary()}, Desk: true}
	if v.Whole, err = h.service.Desk(r.Context(), identity.Must(r.Context()), id); err != nil {
		return err
	}
	return web.Render(w, r, status, deskPage(v))
}

func (h handlers) change(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "facilitator")
	if err != nil {
		return err
	}
	if !keeps(identity.Must(r.Context())) {
		return problem.NotFound
	}
	return h.answer(w, r, h.do(r, id), deskPath(id), h.showDesk)
}

func (h handlers) choices(w http.ResponseWriter, r *http.Request) error {
	return h.showChoices(w, r, http.StatusOK, nil)
}

func (h handlers) showChoices(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	v := choiceView{words: words{h.service.Vocabulary()}, Wrong: wrong, CasePath: h.service.DeskPath(id)}
	if v.Submission, v.All, v.Has, err = h.service.Choices(r.Context(), identity.Must(r.Context()), id); err != nil {
		return err
	}
	return web.Render(w, r, status, choicePage(v))
}

func (h handlers) choose(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	to, err := strconv.ParseInt(r.PostFormValue("to"), 10, 64)
	if err != nil {
		to = -1 // nobody whom there is
	}
	err = h.service.Choose(r.Context(), identity.Must(r.Context()), id, to)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showChoices(w, r, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, h.service.DeskPath(id), "facilitator.flash.saved")
}
