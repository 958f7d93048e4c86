package request

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
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// DeskTalksPath is the network desk's list of talks, without the language.
const DeskTalksPath = "/desk/talks"

func deskTalkPath(id workflow.ID) string { return DeskTalksPath + "/" + strconv.FormatInt(id, 10) }

func talkRoutes(r *web.Router, h handlers) {
	r.Public("GET "+TalksPath, h.talks, web.Cached(append(facets, "q", sortName, "page", zoneName)...))
	r.Public("GET "+TalksPath+".atom", h.talkAtom, web.Stateless())
	r.Public("GET "+TalksPath+".ics", h.talksCalendar, web.Stateless())
	r.Public("GET "+TalksPath+".csv", web.CSV(h.talkTable), web.Stateless())
	r.Public("GET "+TalksPath+".xlsx", web.XLSX(h.talkTable), web.Stateless())
	r.Public("GET "+TalksPath+".json", web.JSON(h.talkTable), web.Stateless())
	r.Public("GET "+TalksPath+"/{talk}", h.talk, web.Cached(zoneName))
	r.Public("GET "+TalksPath+"/{talk}.ics", h.talkFile, web.Stateless())
	r.Member("GET "+TalksPath+"/{talk}/outcome", h.outcomeForm)
	r.Member("POST "+TalksPath+"/{talk}/outcome", h.saveOutcome)
	r.Staff("GET "+DeskTalksPath, h.deskTalks)
	r.Staff("GET "+DeskTalksPath+"/{id}", h.deskTalk)
	r.Staff("POST "+DeskTalksPath+"/{id}", h.actOnTalk)
}

// shownTalks are all talks for a page that is kept: it is so until the next one ends.
func (h handlers) shownTalks(ctx context.Context) ([]TalkEvent, error) {
	all, err := publicTalks(ctx, h.requests.db.Read())
	for _, t := range all {
		if t.Until.After(h.requests.now()) {
			web.Until(ctx, t.Until)
		}
	}
	return all, err
}

func (h handlers) talks(w http.ResponseWriter, r *http.Request) error {
	all, err := h.shownTalks(r.Context())
	if err != nil {
		return err
	}
	v := talksView{Filter: readTalkFilter(r.URL.Query(), h.requests.Vocabulary()), All: all, Vocabulary: h.requests.Vocabulary(), Now: h.requests.now()}
	v.Found, v.Counts = v.Filter.apply(all, v.Vocabulary, v.Now), v.Filter.counts(all, v.Vocabulary, v.Now)
	return web.Render(w, r, http.StatusOK, talksPage(v))
}

func (h handlers) talk(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	t, err := talkByNumber(ctx, h.requests.db.Read(), r.PathValue("talk"))
	if err != nil {
		return err
	}
	if t.State == TalkWithdrawn {
		return web.Render(w, r, http.StatusGone, gonePage(t))
	}
	if t.Until.After(h.requests.now()) {
		web.Until(ctx, t.Until)
	}
	v := talkView{TalkEvent: t, Zone: readTalkFilter(r.URL.Query(), h.requests.Vocabulary()).Zone, Vocabulary: h.requests.Vocabulary(), Now: h.requests.now()}
	if v.Pledged, err = found(ctx, t.Pledges, h.requests.FindPledges); err != nil {
		return err
	}
	if v.Practised, err = found(ctx, t.Practices, h.requests.FindPractices); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, talkPage(v))
}

// found are those of the public IDs that everybody can still read.
func found(ctx context.Context, ids []string, find func(context.Context, string) (Linked, error)) ([]Linked, error) {
	var all []Linked
	for _, id := range ids {
		switch l, err := find(ctx, id); {
		case errors.Is(err, problem.NotFound):
		case err != nil:
			return nil, err
		default:
			all = append(all, l)
		}
	}
	return all, nil
}

func (h handlers) talksCalendar(w http.ResponseWriter, r *http.Request) error {
	all, err := publicTalks(r.Context(), h.requests.db.Read())
	if err != nil {
		return err
	}
	v := h.requests.Vocabulary()
	return talksICS(w, r, "talks", readTalkFilter(r.URL.Query(), v).apply(all, v, h.requests.now()))
}

func (h handlers) talkFile(w http.ResponseWriter, r *http.Request) error {
	t, err := talkByNumber(r.Context(), h.requests.db.Read(), r.PathValue("talk"))
	if err != nil {
		return err
	}
	return talksICS(w, r, t.PublicID(), []TalkEvent{t})
}

// outcomeForm asks what came of a talk.
func (h handlers) outcomeForm(w http.ResponseWriter, r *http.Request) error {
	t, err := h.requests.MayReport(r.Context(), identity.Must(r.Context()), r.PathValue("talk"))
	if err != nil {
		return err
	}
	typed := web.Held(r.Context())
	if typed == nil {
		typed = outcomeOf(t)
	}
	return web.Render(w, r, http.StatusOK, outcomePage(outcomeView{TalkEvent: t, Typed: typed}))
}

func (h handlers) saveOutcome(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	t, err := h.requests.MayReport(ctx, identity.Must(ctx), r.PathValue("talk"))
	if err != nil {
		return err
	}
	err = h.requests.Report(ctx, identity.Must(ctx), t.PublicID(), seen(r), r.PostForm)
	wrong, invalid := problem.InvalidFields(err)
	if stale := errors.Is(err, problem.Stale); invalid || stale {
		return web.Render(w, r, statusOf(stale), outcomePage(outcomeView{TalkEvent: t, Typed: r.PostForm, Wrong: wrong, Stale: stale}))
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, t.Path(), "request.talk.flash.reported")
}

func statusOf(stale bool) int {
	if stale {
		return http.StatusConflict
	}
	return http.StatusUnprocessableEntity
}

// seen is the version that the form was read at.
func seen(r *http.Request) int {
	n, _ := strconv.Atoi(r.PostFormValue("version")) // none is no version that there is
	return n
}

func (h handlers) deskTalks(w http.ResponseWriter, r *http.Request) error {
	all, err := h.requests.DeskTalks(r.Context(), identity.Must(r.Context()))
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, deskTalksPage(deskTalksView{All: all, Now: h.requests.now()}))
}

func (h handlers) deskTalk(w http.ResponseWriter, r *http.Request) error {
	return h.showDeskTalk(w, r, http.StatusOK, deskTalkView{Typed: web.Held(r.Context())})
}

func (h handlers) showDeskTalk(w http.ResponseWriter, r *http.Request, status int, v deskTalkView) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	if v.TalkEvent, v.Request, err = h.requests.DeskTalk(ctx, identity.Must(ctx), id); err != nil {
		return err
	}
	text, err := workflow.ReadText(ctx, h.requests.db.Read(), id, *v.Request.SubmittedRevision)
	if err != nil {
		return err
	}
	v.Proposed, v.Now, v.CasePath = slots(text.Answers()), h.requests.now(), h.pages.Case(id)
	people, err := h.requests.concerned(ctx, h.requests.db.Read(), v.TalkEvent)
	if err != nil {
		return err
	}
	v.Told = len(people)
	if v.Typed == nil {
		v.Typed = v.begin(r.URL.Query())
	}
	return web.Render(w, r, status, deskTalkPage(v))
}

func (h handlers) actOnTalk(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	who, flash := identity.Must(ctx), "request.talk.flash.announced"
	if r.PostFormValue("act") == "cancel" {
		flash = "request.talk.flash.cancelled"
		err = h.requests.Cancel(ctx, who, id, seen(r), r.PostFormValue("reason"))
	} else {
		err = h.requests.Announce(ctx, who, id, seen(r), r.PostForm)
	}
	wrong, invalid := problem.InvalidFields(err)
	if stale := errors.Is(err, problem.Stale); invalid || stale {
		return h.showDeskTalk(w, r, statusOf(stale), deskTalkView{Typed: r.PostForm, Wrong: wrong, Stale: stale})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, deskTalkPath(id), flash)
}

// outcomeOf is the form as it is filled for a talk.
func outcomeOf(t TalkEvent) url.Values {
	return url.Values{"recording": {t.Recording}, "report": {t.Report}, "summary": {t.Summary}, "pledges": {join(t.Pledges)}, "practices": {join(t.Practices)}}
}

func join(ids []string) string {
	text := ""
	for i, id := range ids {
		if i > 0 {
			text += ", "
		}
		text += id
	}
	return text
}

// outcomeView asks what came of a talk.
type outcomeView struct {
	TalkEvent
	Typed url.Values
	Wrong []problem.Field
	Stale bool
}

func (v outcomeView) control(ctx context.Context, name string) ui.Control {
	c := ui.Control{Name: name, Label: i18n.T(ctx, "request.talk.ask."+name), Values: v.Typed[name], Error: ui.MessageFor(ctx, v.Wrong, name), Optional: true}
	if key := "request.talk.ask." + name + ".hint"; i18n.Has(i18n.From(ctx), key) {
		c.Hint = i18n.T(ctx, key)
	}
	switch name {
	case "recording", "report":
		c.Type = "url"
	case "summary":
		c.Lang, c.Max, c.Length, c.Rows = v.Lang, MaxPart, form.Length(v.Typed.Get(name)), 8
	}
	return c
}
