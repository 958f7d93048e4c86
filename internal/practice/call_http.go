package practice

import (
	"context"
	"encoding/xml"
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

// callRoutes are the public pages of calls, and the page on which a draft is tied to one.
func callRoutes(r *web.Router, h handlers) {
	r.Public("GET "+CallsPath, h.calls, web.Cached("q", "objective", "state", "sort", "page"))
	r.Public("GET "+CallsPath+".csv", web.CSV(h.callTable), web.Stateless())
	r.Public("GET "+CallsPath+".xlsx", web.XLSX(h.callTable), web.Stateless())
	r.Public("GET "+CallsPath+".json", web.JSON(h.callTable), web.Stateless())
	r.Public("GET "+CallsPath+".atom", h.callFeed, web.Stateless())
	r.Public("GET "+CallsPath+"/{call}", h.call, web.Cached())
	r.Member("GET /submissions/{id}/call", h.tieForm)
	r.Member("POST /submissions/{id}/call", h.tie)
	callDeskRoutes(r, h)
}

func (h handlers) calls(w http.ResponseWriter, r *http.Request) error {
	list, err := h.practices.Calls(r.Context(), ReadCallFilter(r.URL.Query(), h.practices.vocabulary()))
	if err != nil {
		return err
	}
	open, err := h.practices.OpenCalls(r.Context()) // of a page of closed ones too, since they come there
	if err != nil {
		return err
	}
	untilClosed(r.Context(), open...)
	return web.Render(w, r, http.StatusOK, callsPage(callsView{CallList: list, Vocabulary: h.practices.vocabulary(), Now: h.practices.now()}))
}

// untilClosed lets a page that says of calls that they are open be kept no longer than they are.
func untilClosed(ctx context.Context, open ...Call) {
	for _, c := range open {
		web.Until(ctx, c.DeadlineAt.Add(1)) // the deadline itself is in time
	}
}

// callTable is the list of calls as a file.
func (h handlers) callTable(r *http.Request) web.Table {
	ctx, v, now := r.Context(), h.practices.vocabulary(), h.practices.now()
	f := ReadCallFilter(r.URL.Query(), v)
	return web.Table{
		Name: "calls", Title: i18n.T(ctx, "practice.call.list.title"), List: ui.Absolute(ctx, ui.WithQuery(CallsPath, f.Values())), Day: date.Today(now, i18n.Geneva),
		Columns: web.Columns(ctx, "practice.call.column.", "id", "title", "theme", "language", "languages", "state", "deadline", "objectives", "sectors", "opened", "address"),
		Rows: web.RowsOf(func() ([]Call, error) { return h.practices.allCalls(ctx, f) }, func(c Call) []any {
			t := c.In(string(i18n.From(ctx)))
			var sectors []string
			for _, id := range c.Sectors {
				sectors = append(sectors, label(ctx, v, "organization", id))
			}
			return []any{
				int(c.ID), t.Title, t.Theme, t.Lang, strings.Join(c.Languages, "; "), i18n.T(ctx, "practice.call.phase."+string(c.Phase(now))), c.DeadlineAt.UTC(),
				numbers(c.Objectives), strings.Join(sectors, "; "), c.OpenedAt.UTC(), ui.Absolute(ctx, CallPath(c.ID)),
			}
		}),
	}
}

// The feed of calls: Atom (RFC 4287), the one opened last on top.
type (
	callAtom struct {
		XMLName xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
		Lang    string      `xml:"http://www.w3.org/XML/1998/namespace lang,attr"`
		ID      string      `xml:"id"`
		Title   string      `xml:"title"`
		Updated string      `xml:"updated"`
		Author  string      `xml:"author>name"`
		Links   []atomLink  `xml:"link"`
		Entries []atomEntry `xml:"entry"`
	}
	atomLink struct {
		Rel  string `xml:"rel,attr"`
		Type string `xml:"type,attr"`
		Href string `xml:"href,attr"`
	}
	atomText struct {
		Type string `xml:"type,attr"`
		Lang string `xml:"http://www.w3.org/XML/1998/namespace lang,attr,omitempty"`
		Text string `xml:",chardata"`
	}
	atomEntry struct {
		ID        string   `xml:"id"`
		Title     atomText `xml:"title"`
		Link      atomLink `xml:"link"`
		Published string   `xml:"published"`
		Updated   string   `xml:"updated"`
		Summary   atomText `xml:"summary"`
	}
)

// perFeed is how many calls the feed holds.
const perFeed = 50

func (h handlers) callFeed(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f := ReadCallFilter(r.URL.Query(), h.practices.vocabulary())
	f.ByName = false
	all, err := h.practices.allCalls(ctx, f)
	if err != nil {
		return err
	}
	stamp := func(t time.Time) string { return t.UTC().Format(time.RFC3339) }
	self := ui.WithQuery(CallsPath+".atom", f.Values())
	feed := callAtom{
		Lang: string(i18n.From(ctx)), ID: ui.Absolute(ctx, self), Title: i18n.T(ctx, "practice.call.list.title"), Author: ui.OperatorName(ctx), Updated: stamp(date.New(FirstYear, 1, 1).In(time.UTC)),
		Links: []atomLink{{"self", "application/atom+xml", ui.Absolute(ctx, self)}, {"alternate", "text/html", ui.Absolute(ctx, ui.WithQuery(CallsPath, f.Values()))}},
	}
	var last time.Time
	for _, c := range all[:min(len(all), perFeed)] {
		t, changed := c.In(string(i18n.From(ctx))), *c.OpenedAt
		if c.FeaturedAt != nil {
			changed = *c.FeaturedAt
		}
		if changed.After(last) {
			last, feed.Updated = changed, stamp(changed)
		}
		feed.Entries = append(feed.Entries, atomEntry{
			ID: ui.SiteOf(ctx).PublicURL + CallPath(c.ID), Title: atomText{"text", t.Lang, t.Title}, Link: atomLink{"alternate", "text/html", ui.Absolute(ctx, CallPath(c.ID))},
			Published: stamp(*c.OpenedAt), Updated: stamp(changed),
			Summary: atomText{"text", "", i18n.T(ctx, "practice.call.feed.summary", t.Theme, i18n.Instant(ctx, c.DeadlineAt))},
		})
	}
	body, err := xml.MarshalIndent(feed, "", " ")
	if err != nil {
		return err
	}
	return web.Write(w, r, http.StatusOK, "application/atom+xml; charset=utf-8", append([]byte(xml.Header), body...))
}

func (h handlers) call(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "call")
	if err != nil {
		return err
	}
	c, err := h.practices.PublicCall(r.Context(), id)
	if err != nil {
		return err
	}
	v := callView{PublicCall: c, Vocabulary: h.practices.vocabulary(), Now: h.practices.now()}
	if c.Phase == PhaseWithdrawn {
		return web.Render(w, r, http.StatusGone, withdrawnCallPage(v))
	}
	if c.Phase == PhaseOpen {
		untilClosed(r.Context(), c.Call)
	}
	return web.Render(w, r, http.StatusOK, callPage(v))
}

// OpenCards are the open calls as cards for another page, in the reader's language; none is none. The page is kept until the
// first of them closes.
func (s *Service) OpenCards(ctx context.Context, n int) ([]ui.Card, error) {
	all, err := s.OpenCalls(ctx)
	if err != nil {
		return nil, err
	}
	untilClosed(ctx, all...)
	var cards []ui.Card
	for _, c := range all[:min(len(all), n)] {
		t := c.In(string(i18n.From(ctx)))
		cards = append(cards, ui.Card{
			Href: ui.Href(ctx, CallPath(c.ID)), Title: t.Title, Lang: t.Lang, Text: t.Theme, Objectives: c.Objectives,
			Meta: []string{daysLeft(ctx, c, s.now())}, Foot: []string{i18n.T(ctx, "practice.call.until", i18n.Instant(ctx, c.DeadlineAt))},
		})
	}
	return cards, nil
}

// tieForm shows to which call a draft is tied, and to which it can be.
func (h handlers) tieForm(w http.ResponseWriter, r *http.Request) error {
	return h.showTie(w, r, http.StatusOK, nil)
}

func (h handlers) showTie(w http.ResponseWriter, r *http.Request, status int, wrong []problem.Field) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	v, err := h.practices.tieView(ctx, identity.Must(ctx), id)
	if err != nil {
		return err
	}
	v.Wrong, v.Path, v.Now = wrong, h.pages.Submission(id), h.practices.now()
	if status != http.StatusOK {
		v.Chosen = r.PostFormValue("call")
	}
	return web.Render(w, r, status, tiePage(v))
}

func (h handlers) tie(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	who, flash, back := identity.Must(ctx), "practice.call.flash.tied", h.pages.Submission(id)
	switch typed := r.PostFormValue("call"); typed {
	case "repository":
		flash, back = "practice.call.flash.repository", back+"/check"
		err = h.practices.SendToRepository(ctx, who, id)
	case "none", "":
		flash = "practice.call.flash.untied"
		err = h.practices.Untie(ctx, who, id)
	default:
		call, bad := strconv.ParseInt(typed, 10, 64)
		if bad != nil {
			return h.showTie(w, r, http.StatusUnprocessableEntity, []problem.Field{{Name: "call", Key: "practice.call.wrong.unknown"}})
		}
		err = h.practices.TieTo(ctx, who, id, call)
	}
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showTie(w, r, http.StatusUnprocessableEntity, wrong)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, back, flash)
}

// tieView is what the page shows on which a draft is tied to a call.
type tieView struct {
	Submission workflow.Submission
	Answering  *Answering
	Open       []Call
	Chosen     string
	Wrong      []problem.Field
	Path       string
	Now        time.Time
}

func (s *Service) tieView(ctx context.Context, who identity.User, id workflow.ID) (tieView, error) {
	sub, err := workflow.Find(ctx, s.db.Read(), id, who)
	if err == nil && (sub.Kind != KindName || sub.Side != workflow.ByOwner) {
		err = problem.NotFound
	}
	if err != nil {
		return tieView{}, err
	}
	v := tieView{Submission: sub, Chosen: "none"}
	if v.Answering, err = s.answering(ctx, s.db.Read(), sub, ""); err != nil {
		return v, err
	}
	if v.Answering != nil {
		v.Chosen = strconv.FormatInt(v.Answering.CallID, 10)
	}
	switch {
	case !sub.State.Writable() || v.Answering != nil && v.Answering.Standing.Counts():
		return v, problem.NotAllowedNow
	case !sub.MayWrite():
		return v, problem.Forbidden
	}
	v.Open, err = s.OpenCalls(ctx)
	return v, err
}
