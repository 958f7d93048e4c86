package peer

import (
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

func readReviewerFilter(q url.Values) ReviewerFilter {
	f := ReviewerFilter{Q: cleanLine(q.Get("q")), Side: Side(q.Get("side"))}
	if f.Side != UN && f.Side != External {
		f.Side = ""
	}
	if n, err := strconv.Atoi(q.Get("objective")); err == nil && n >= 1 && n <= 23 {
		f.Objective = n
	}
	if r := []rune(f.Q); len(r) > 100 {
		f.Q = string(r[:100])
	}
	return f
}

// Values is the query of an address that shows the same.
func (f ReviewerFilter) Values() url.Values {
	q := url.Values{}
	if f.Q != "" {
		q.Set("q", f.Q)
	}
	if f.Side != "" {
		q.Set("side", string(f.Side))
	}
	if f.Objective != 0 {
		q.Set("objective", strconv.Itoa(f.Objective))
	}
	return q
}

func (h handlers) reviewers(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	f := readReviewerFilter(r.URL.Query())
	all, err := h.peer.Reviewers(ctx, identity.Must(ctx), f)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, reviewersPage(reviewersView{Filter: f, All: all, Vocabulary: h.vocabulary()}))
}

// table is the list as a file; taking it is recorded.
func (h handlers) table(r *http.Request) web.Table {
	ctx, f := r.Context(), readReviewerFilter(r.URL.Query())
	v := reviewersView{Vocabulary: h.vocabulary()}
	return web.Table{
		Name: "reviewers", Title: i18n.T(ctx, "peer.reviewers.title"), List: ui.Absolute(ctx, ui.WithQuery(ReviewersPath, f.Values())), Day: date.Today(h.peer.now(), i18n.Geneva),
		Columns: web.Columns(ctx, "peer.reviewers.column.", reviewerColumns...),
		Rows: web.RowsOf(func() ([]Listed, error) { return h.peer.ExportReviewers(ctx, identity.Must(ctx), f) }, func(one Listed) []any {
			var line []any
			for _, text := range v.line(ctx, one) {
				line = append(line, text)
			}
			return line
		}),
	}
}

func (h handlers) newReviewer(w http.ResponseWriter, r *http.Request) error {
	v := inviteView{}
	if held := web.Held(r.Context()); held != nil {
		v.New = readNewReviewer(held)
	}
	return h.showInvite(w, r, http.StatusOK, v)
}

func (h handlers) showInvite(w http.ResponseWriter, r *http.Request, status int, v inviteView) error {
	v.Vocabulary = h.vocabulary()
	return web.Render(w, r, status, invitePage(v))
}

func readNewReviewer(posted url.Values) NewReviewer {
	return NewReviewer{
		Email: posted.Get("email"), Name: posted.Get("name"), Lang: i18n.Lang(posted.Get("lang")),
		Profile: readProfile(posted, Profile{}),
	}
}

func (h handlers) invite(w http.ResponseWriter, r *http.Request) error {
	n := readNewReviewer(r.PostForm)
	_, err := h.peer.Invite(r.Context(), identity.Must(r.Context()), n)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showInvite(w, r, http.StatusUnprocessableEntity, inviteView{New: n, Wrong: wrong})
	}
	if errors.Is(err, problem.NotAllowedNow) {
		return h.showInvite(w, r, http.StatusConflict, inviteView{New: n, Wrong: []problem.Field{{Name: "email", Key: "peer.invite.closed"}}})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ReviewersPath, "peer.flash.invited")
}

func (h handlers) reviews(w http.ResponseWriter, r *http.Request) error {
	v := deskView{}
	if held := web.Held(r.Context()); held != nil {
		v.typed(held)
	}
	return h.showReviews(w, r, http.StatusOK, v)
}

// showReviews renders the page of the reviews of one submission; v carries what was typed and what is wrong with it.
func (h handlers) showReviews(w http.ResponseWriter, r *http.Request, status int, v deskView) error {
	ctx := r.Context()
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	if v.Case, err = h.peer.Reviews(ctx, identity.Must(ctx), id); err != nil {
		return err
	}
	v.Vocabulary, v.Now, v.DeskPath = h.vocabulary(), h.peer.now(), h.peer.deskPath(id)
	return web.Render(w, r, status, reviewsPageOf(v))
}

// typed takes what was typed on the page.
func (v *deskView) typed(posted url.Values) {
	v.Chosen = numbers(posted["reviewer"])
	v.Due = form.Answers{"due.day": posted["due.day"], "due.month": posted["due.month"], "due.year": posted["due.year"]}
	v.Reason = posted.Get("reason")
	v.Person, _ = strconv.ParseInt(posted.Get("person"), 10, 64) // no number is nobody
}

func numbers(texts []string) []int64 {
	var all []int64
	for _, t := range texts {
		if n, err := strconv.ParseInt(t, 10, 64); err == nil {
			all = append(all, n)
		}
	}
	return all
}

// act does something with the reviews of a submission and leads back to them, or says what is wrong.
func (h handlers) act(w http.ResponseWriter, r *http.Request, flash string, do func(who identity.User, id int64, v deskView) error) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	if _, err := h.peer.Reviews(ctx, who, id); err != nil {
		return err
	}
	v := deskView{}
	v.typed(r.PostForm)
	err = do(who, id, v)
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showReviews(w, r, http.StatusUnprocessableEntity, v)
	}
	if errors.Is(err, problem.Stale) || errors.Is(err, problem.NotAllowedNow) {
		v.Stale = true
		return h.showReviews(w, r, http.StatusConflict, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, reviewsPath(h.peer.deskPath(id)), flash)
}

func (h handlers) openRound(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, "peer.flash.opened", func(who identity.User, id int64, v deskView) error {
		n := NewRound{Reviewers: v.Chosen}
		n.Version, _ = strconv.Atoi(r.PostFormValue("version")) // what is no number is stale
		if day, given, ok, _ := form.DateOf(v.Due, "due"); given && ok {
			n.DueOn = day
		} else {
			n.DueOn = date.Date{}
		}
		return h.peer.OpenRound(r.Context(), who, id, n)
	})
}

func (h handlers) closeRound(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, "peer.flash.closed", func(who identity.User, id int64, _ deskView) error {
		return h.peer.CloseRound(r.Context(), who, id)
	})
}

func (h handlers) ask(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, "peer.flash.asked", func(who identity.User, id int64, v deskView) error {
		return h.peer.Ask(r.Context(), who, id, v.Chosen)
	})
}

func (h handlers) withdraw(w http.ResponseWriter, r *http.Request) error {
	return h.act(w, r, "peer.flash.withdrawn", func(who identity.User, id int64, _ deskView) error {
		assignment, _ := strconv.ParseInt(r.PostFormValue("assignment"), 10, 64) // no number is none that could be withdrawn
		return h.peer.Withdraw(r.Context(), who, id, assignment)
	})
}

func (h handlers) setConflict(w http.ResponseWriter, r *http.Request) error {
	conflict := r.PostFormValue("standing") != "lift"
	flash := "peer.flash.conflict.set"
	if !conflict {
		flash = "peer.flash.conflict.lifted"
	}
	return h.act(w, r, flash, func(who identity.User, id int64, v deskView) error {
		if v.Person == 0 {
			return problem.Invalid(problem.Field{Name: "person", Key: "peer.conflict.person.missing"})
		}
		return h.peer.SetConflict(r.Context(), who, id, v.Person, conflict, v.Reason)
	})
}

func (h handlers) settings(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	if len(who.Desks()) == 0 {
		return problem.Forbidden
	}
	all, err := h.peer.KindsOf(ctx, who)
	if err != nil {
		return err
	}
	return web.Render(w, r, http.StatusOK, settingsPage(all))
}

func (h handlers) kindSettings(w http.ResponseWriter, r *http.Request) error {
	return h.showKind(w, r, http.StatusOK, kindView{})
}

func (h handlers) showKind(w http.ResponseWriter, r *http.Request, status int, v kindView) error {
	ctx := r.Context()
	who := identity.Must(ctx)
	k, err := h.peer.SettingsOf(ctx, who, r.PathValue("kind"))
	if err != nil {
		return err
	}
	v.KindSettings = k
	v.Leads = leadsKind(who, k.Kind)
	if held := web.Held(ctx); held != nil && v.Typed == nil && v.Criteria == nil {
		if held.Has("c1.name.en") {
			v.Criteria = readCriteria(held)
		} else {
			n := readSettings(held, k.Kind.Name)
			v.Typed = &n
		}
	}
	if v.Typed == nil {
		v.Typed = &k.Settings
	}
	if v.Criteria == nil {
		v.Criteria = k.Set.Criteria
	}
	return web.Render(w, r, status, kindPage(v))
}

func readSettings(posted url.Values, kind string) Settings {
	number := func(name string) int {
		n, err := strconv.Atoi(strings.TrimSpace(posted.Get(name)))
		if err != nil {
			return -1
		}
		return n
	}
	n := Settings{
		Kind: kind, Enabled: posted.Get("enabled") == "yes", Required: posted.Get("required") == "yes", Visibility: Visibility(posted.Get("visibility")), Redacted: posted["redacted"], Days: number("days"), Version: number(ui.VersionField),
		Rule: Rule{UNNeeded: number("un_needed"), ExternalNeeded: number("external_needed"), EitherNeeded: number("either_needed"), StepsApart: number("steps_apart")},
	}
	if typed, ok := form.ParseNumber(posted.Get("means_apart")); ok {
		n.MeansApart, _ = strconv.ParseFloat(typed, 64) // ParseNumber writes it as this reads it
	}
	n.MeansApart = math.Round(n.MeansApart*10) / 10
	return n
}

func (h handlers) saveSettings(w http.ResponseWriter, r *http.Request) error {
	kind := r.PathValue("kind")
	n := readSettings(r.PostForm, kind)
	err := h.peer.SaveSettings(r.Context(), identity.Must(r.Context()), n)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showKind(w, r, http.StatusUnprocessableEntity, kindView{Typed: &n, Wrong: wrong})
	}
	if errors.Is(err, problem.Stale) {
		return h.showKind(w, r, http.StatusConflict, kindView{Stale: true})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, SettingsPath+"/"+kind, "peer.flash.settings")
}

// readCriteria reads the rows of criteria; a row without anything written in it is none.
func readCriteria(posted url.Values) []Criterion {
	var all []Criterion
	for i := 1; i <= MostCriteria; i++ {
		prefix := "c" + strconv.Itoa(i) + "."
		c := Criterion{N: len(all) + 1, Names: map[string]string{}, Levels: map[string][]string{}}
		written := ""
		for _, lang := range criteriaLangs {
			c.Names[lang] = cleanLine(posted.Get(prefix + "name." + lang))
			written += c.Names[lang]
			for level := 1; level <= 5; level++ {
				text := cleanLine(posted.Get(prefix + "level." + lang + "." + strconv.Itoa(level)))
				written += text
				c.Levels[lang] = append(c.Levels[lang], text)
			}
		}
		if written == "" {
			continue
		}
		c.Weight = -1
		if n, err := strconv.Atoi(strings.TrimSpace(posted.Get(prefix + "weight"))); err == nil {
			c.Weight = n
		}
		all = append(all, c)
	}
	return all
}

func (h handlers) saveCriteria(w http.ResponseWriter, r *http.Request) error {
	kind := r.PathValue("kind")
	all := readCriteria(r.PostForm)
	version, _ := strconv.Atoi(r.PostFormValue(ui.VersionField)) // what is no number is stale
	err := h.peer.SaveCriteria(r.Context(), identity.Must(r.Context()), kind, version, all)
	if wrong, ok := problem.InvalidFields(err); ok {
		return h.showKind(w, r, http.StatusUnprocessableEntity, kindView{Criteria: all, Wrong: wrong})
	}
	if errors.Is(err, problem.Stale) {
		return h.showKind(w, r, http.StatusConflict, kindView{Criteria: all, Stale: true})
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, SettingsPath+"/"+kind, "peer.flash.criteria")
}
