package committee

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"portal/internal/attachment"
	"portal/internal/audit"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// Path is the fund desk's page of the Steering Committee, without the language; meetingsPath is where its meetings are.
const (
	Path         = "/desk/fund/committee"
	meetingsPath = "/desk/fund/meetings"
)

// ShortlistPath is the shortlist of a meeting, without the language.
func ShortlistPath(meeting MeetingID) string {
	return meetingsPath + "/" + strconv.FormatInt(meeting, 10) + "/shortlist"
}

// minutesPath is a file of the minutes of a meeting.
func minutesPath(meeting MeetingID, file int64) string {
	return ShortlistPath(meeting) + "/minutes/" + strconv.FormatInt(file, 10)
}

const (
	minutesBody = attachment.MaxBytes + 1<<20
	// minutesTime is how long a file may be under way, in or out, on a slow line.
	minutesTime = 30 * time.Minute
)

func candidatesPath(meeting MeetingID) string { return ShortlistPath(meeting) + "/notes" }

func sessionPath(meeting MeetingID) string { return ShortlistPath(meeting) + "/session" }

func entryPath(meeting MeetingID, id EntryID) string {
	return ShortlistPath(meeting) + "/" + strconv.FormatInt(id, 10)
}

// completePath is where a note is found complete.
func completePath(note workflow.ID) string {
	return Path + "/notes/" + strconv.FormatInt(note, 10) + "/complete"
}

type handlers struct{ committee *Service }

// Routes adds the pages of the Steering Committee. All are the fund desk's.
func Routes(r *web.Router, committee *Service) {
	h := handlers{committee}
	list := meetingsPath + "/{meeting}/shortlist"
	r.Staff("GET "+Path, h.home)
	r.Staff("POST "+Path, h.saveRule)
	r.Staff("POST "+Path+"/notes/{id}/complete", h.complete)
	r.Staff("GET "+list, h.shortlist)
	r.Staff("POST "+list, h.act)
	r.Staff("GET "+list+".csv", h.file(web.CSV))
	r.Staff("GET "+list+".xlsx", h.file(web.XLSX))
	r.Staff("GET "+list+".json", h.file(web.JSON))
	r.Staff("GET "+list+"/notes", h.candidates)
	r.Staff("POST "+list+"/notes", h.add)
	r.Staff("GET "+list+"/session", h.session)
	r.Staff("POST "+list+"/session", h.saveSession, web.Streamed(), web.Body(minutesBody), web.Timeout(minutesTime))
	r.Staff("GET "+list+"/minutes/{file}", h.minutesFile, web.Timeout(minutesTime))
	r.Staff("GET "+list+"/{entry}", h.entry)
	r.Staff("POST "+list+"/{entry}", h.decide)
}

// home lists the meetings with what is on their shortlists, and shows the rule of the committee.
func (h handlers) home(w http.ResponseWriter, r *http.Request) error {
	rule, err := h.committee.Rule(r.Context(), identity.Must(r.Context()))
	if err != nil {
		return err
	}
	typed := web.Held(r.Context())
	if !typed.Has("members") {
		typed = ruleForm(rule)
	}
	return h.showHome(w, r, http.StatusOK, homeView{Rule: rule, Typed: typed})
}

func ruleForm(rule Rule) url.Values {
	return url.Values{"members": {strconv.Itoa(rule.Members)}, "quorum": {strconv.Itoa(rule.Quorum)}}
}

func (h handlers) showHome(w http.ResponseWriter, r *http.Request, status int, v homeView) error {
	ctx := r.Context()
	v.Who, v.Now = identity.Must(ctx), h.committee.Now()
	var err error
	if v.Rule, err = h.committee.Rule(ctx, v.Who); err != nil {
		return err
	}
	if v.Meetings, err = h.committee.Overview(ctx, v.Who); err != nil {
		return err
	}
	return web.Render(w, r, status, homePage(v))
}

func (h handlers) saveRule(w http.ResponseWriter, r *http.Request) error {
	n := Rule{Version: number(r.PostForm, "version"), Members: number(r.PostForm, "members"), Quorum: number(r.PostForm, "quorum")}
	err := h.committee.SaveRule(r.Context(), identity.Must(r.Context()), n)
	v := homeView{Typed: r.PostForm}
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showHome(w, r, http.StatusUnprocessableEntity, v)
	}
	if errors.Is(err, problem.Stale) {
		v.Refused = staleNote
		return h.showHome(w, r, http.StatusConflict, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, Path, "committee.flash.rule")
}

// complete records that a note is complete, and leads back to it.
func (h handlers) complete(w http.ResponseWriter, r *http.Request) error {
	note, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	if err := h.committee.Complete(r.Context(), identity.Must(r.Context()), note, number(r.PostForm, "revision")); err != nil {
		return err
	}
	return web.Redirect(w, r, h.committee.DeskPath(note), "committee.flash.complete")
}

// number reads a whole number as people write it; what is none is -1.
func number(values url.Values, name string) int {
	plain, ok := form.ParseNumber(values.Get(name))
	n, err := strconv.Atoi(plain)
	if !ok || err != nil {
		return -1
	}
	return n
}

func id(values url.Values, name string) int64 {
	n, _ := strconv.ParseInt(values.Get(name), 10, 64) // none is no number that there is
	return n
}

// The words of withName: which notes the balance is shown with. Anything else is the number of an entry.
const (
	withName = "with"
	withAll  = "all"
	withNone = "none"
)

func (h handlers) shortlist(w http.ResponseWriter, r *http.Request) error {
	return h.showShortlist(w, r, http.StatusOK, "")
}

// open returns the shortlist of the request's meeting.
func (h handlers) open(r *http.Request) (Shortlist, error) {
	meeting, err := web.ParamID(r, "meeting")
	if err != nil {
		return Shortlist{}, err
	}
	return h.committee.Shortlist(r.Context(), identity.Must(r.Context()), meeting)
}

func (h handlers) showShortlist(w http.ResponseWriter, r *http.Request, status int, refused string) error {
	ctx := r.Context()
	l, err := h.open(r)
	if err != nil {
		return err
	}
	v := shortlistView{Shortlist: l, Who: identity.Must(ctx), Now: h.committee.Now(), Vocabulary: h.committee.Vocabulary(), Refused: refused, desk: h.committee.Options, With: r.URL.Query().Get(withName)}
	if v.Balance, err = h.committee.Balance(ctx, v.Who, v.with()); err != nil {
		return err
	}
	return web.Render(w, r, status, shortlistPage(v))
}

// The notes that say why something was not done: texts committee.refused.….
const (
	staleNote = "stale"
	phaseNote = "not_now"
)

// refusal is the note for an error that the page explains, with 409; "" for any other.
func refusal(err error) string {
	switch {
	case errors.Is(err, problem.Stale):
		return staleNote
	case errors.Is(err, problem.NotAllowedNow):
		return phaseNote
	}
	return ""
}

// act raises an entry.
func (h handlers) act(w http.ResponseWriter, r *http.Request) error {
	meeting, err := web.ParamID(r, "meeting")
	if err != nil {
		return err
	}
	err = h.committee.Raise(r.Context(), identity.Must(r.Context()), meeting, id(r.PostForm, "entry"), id(r.PostForm, "above"))
	if why := refusal(err); why != "" {
		return h.showShortlist(w, r, http.StatusConflict, why)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ShortlistPath(meeting), "committee.flash.order")
}

// file answers with the shortlist as a file, to the fund desk only.
func (h handlers) file(as func(func(*http.Request) web.Table) web.Handler) web.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		l, err := h.open(r)
		if err != nil {
			return err
		}
		return as(func(r *http.Request) web.Table { return h.table(r, l) })(w, r)
	}
}

func (h handlers) table(r *http.Request, l Shortlist) web.Table {
	ctx, v := r.Context(), h.committee.Vocabulary()
	lang := i18n.From(ctx)
	return web.Table{
		Name: "shortlist-" + strconv.FormatInt(l.Meeting.ID, 10), Title: i18n.T(ctx, "committee.shortlist.title"), List: ui.Absolute(ctx, ShortlistPath(l.Meeting.ID)), Day: date.Today(h.committee.Now(), i18n.Geneva),
		Columns: web.Columns(ctx, "committee.column.", "place", "id", "title", "office", "countries", "regions", "areas", "amount", "months", "organizations", "sent", "mean", "median", "reviews", "state", "decision", "stage", "decided"),
		Rows: web.RowsOf(func() ([]Entry, error) { return l.Entries, nil }, func(e Entry) []any {
			place := 0
			for i, other := range l.Entries {
				if other.ID == e.ID {
					place = i + 1
				}
			}
			var mean, median, decided any
			if e.Note.Reviews > 0 {
				mean, median = e.Note.Mean, e.Note.Median
			}
			decision := ""
			if e.Outcome != "" {
				decision, decided = i18n.T(ctx, "committee.outcome."+string(e.Outcome)), *e.DecidedAt
			}
			return []any{
				place, int(e.Note.ID), e.Note.Title, e.Note.Office, strings.Join(v.CountryNames(lang, e.Note.Countries), "; "), strings.Join(regionNames(ctx, v, e.Note.Countries), "; "),
				strings.Join(areaNames(h.committee.Areas(ctx), e.Note.Areas), "; "), float64(e.Note.Amount) / 100, e.Note.Months, strings.Join(e.Note.Organizations, "; "), e.Note.SubmittedAt,
				mean, median, e.Note.Reviews, i18n.T(ctx, "workflow.state.staff."+string(e.Note.State)), decision, i18n.T(ctx, "committee.stage."+string(e.Stage)), decided,
			}
		}),
	}
}

func (h handlers) candidates(w http.ResponseWriter, r *http.Request) error {
	return h.showCandidates(w, r, http.StatusOK, "")
}

func (h handlers) showCandidates(w http.ResponseWriter, r *http.Request, status int, refused string) error {
	ctx, q := r.Context(), r.URL.Query()
	meeting, err := web.ParamID(r, "meeting")
	if err != nil {
		return err
	}
	m, err := h.committee.MeetingOf(ctx, identity.Must(ctx), meeting)
	if err != nil {
		return err
	}
	v := candidatesView{Meeting: m, Who: identity.Must(ctx), Now: h.committee.Now(), Vocabulary: h.committee.Vocabulary(), Refused: refused, desk: h.committee.Options, Q: strings.Join(strings.Fields(form.Clean(q.Get("q"))), " ")}
	if form.Length(v.Q) > maxWords {
		v.Q = ""
	}
	v.Page = min(max(1, number(q, "page")), ui.NumberedPages)
	if v.Notes, v.Count, err = h.committee.Candidates(ctx, v.Who, m, v.Q, v.Page); err != nil {
		return err
	}
	return web.Render(w, r, status, candidatesPage(v))
}

// maxWords is the longest search, in characters.
const maxWords = 200

func (h handlers) add(w http.ResponseWriter, r *http.Request) error {
	meeting, err := web.ParamID(r, "meeting")
	if err != nil {
		return err
	}
	err = h.committee.Add(r.Context(), identity.Must(r.Context()), meeting, id(r.PostForm, "note"))
	if why := refusal(err); why != "" {
		return h.showCandidates(w, r, http.StatusConflict, why)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ShortlistPath(meeting), "committee.flash.add")
}

func (h handlers) session(w http.ResponseWriter, r *http.Request) error {
	return h.showSession(w, r, http.StatusOK, sessionView{Typed: web.Held(r.Context())})
}

func (h handlers) showSession(w http.ResponseWriter, r *http.Request, status int, v sessionView) error {
	var err error
	if v.Shortlist, err = h.open(r); err != nil {
		return err
	}
	v.Who, v.Now = identity.Must(r.Context()), h.committee.Now()
	if !v.Typed.Has("minutes") {
		v.Typed = url.Values{}
		if n := v.Session; n != nil {
			v.Typed = url.Values{"present": {strconv.Itoa(n.Present)}, "minutes": {n.Minutes}}
		}
	}
	return web.Render(w, r, status, sessionPage(v))
}

// saveSession records who was there, and the minutes. A file is read to its end before a transaction is opened.
func (h handlers) saveSession(w http.ResponseWriter, r *http.Request) error {
	meeting, err := web.ParamID(r, "meeting")
	if err != nil {
		return err
	}
	who := identity.Must(r.Context())
	l, err := h.open(r)
	if err != nil {
		return err
	}
	if err := Allowed(who, ActSession, l.Meeting.Phase(h.committee.Now())); err != nil { // before a file is read
		if why := refusal(err); why != "" {
			return h.showSession(w, r, http.StatusConflict, sessionView{Refused: why})
		}
		return err
	}
	m := Minuted{}
	var wrong []problem.Field
	posted, err := web.Parts(r, func(field, name string, content io.Reader) error {
		if field != minutesField || m.File != nil {
			return nil
		}
		got, err := h.committee.Files.Receive(r.Context(), attachment.Upload{MeetingID: meeting, Field: minutesField, Name: name, By: who.ID}, content)
		if refused, ok := problem.InvalidFields(err); ok {
			wrong = append(wrong, refused...)
			return nil
		}
		m.File = got
		return err
	})
	if m.File != nil {
		defer func() { _ = m.File.Close() }() // what was added stays
	}
	if err != nil {
		return err
	}
	m.Version, m.Present, m.Minutes = number(posted, "version"), number(posted, "present"), posted.Get("minutes")
	for _, out := range posted[outField] {
		if n, err := strconv.ParseInt(out, 10, 64); err == nil {
			m.Out = append(m.Out, n)
		}
	}
	if err = problem.Invalid(wrong...); len(wrong) == 0 {
		err = h.committee.SaveSession(r.Context(), who, meeting, m)
	}
	v := sessionView{Typed: posted}
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showSession(w, r, http.StatusUnprocessableEntity, v)
	}
	if v.Refused = refusal(err); v.Refused != "" {
		return h.showSession(w, r, http.StatusConflict, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, ShortlistPath(meeting), "committee.flash.session")
}

// minutesFile sends a file of the minutes; that it is read is recorded.
func (h handlers) minutesFile(w http.ResponseWriter, r *http.Request) error {
	meeting, err := web.ParamID(r, "meeting")
	if err != nil {
		return err
	}
	id, err := web.ParamID(r, "file")
	if err != nil {
		return err
	}
	who := identity.Must(r.Context())
	f, err := h.committee.MinutesFile(r.Context(), who, meeting, id)
	if err != nil {
		return err
	}
	reading := audit.Reading{Actor: who.ID, Subject: "attachment", IDs: []int64{f.ID}, Fields: []string{f.Field}, At: h.committee.Now()}
	if err := audit.RecordRead(r.Context(), h.committee.DB.Read(), reading); err != nil {
		return err
	}
	f, content, err := h.committee.Files.Open(r.Context(), f.ID)
	if err != nil {
		return err
	}
	attachment.Serve(w, r, f, content)
	return nil
}

func (h handlers) entry(w http.ResponseWriter, r *http.Request) error {
	return h.showEntry(w, r, http.StatusOK, entryView{Typed: web.Held(r.Context())})
}

func (h handlers) showEntry(w http.ResponseWriter, r *http.Request, status int, v entryView) error {
	ctx := r.Context()
	var err error
	if v.Shortlist, err = h.open(r); err != nil {
		return err
	}
	id, err := web.ParamID(r, "entry")
	if err != nil {
		return err
	}
	v.Who, v.Now, v.Vocabulary, v.desk = identity.Must(ctx), h.committee.Now(), h.committee.Vocabulary(), h.committee.Options
	if v.Entry, err = h.committee.Entry(ctx, v.Who, v.Meeting.ID, id); err != nil {
		return err
	}
	if !v.Typed.Has("outcome") && !v.Typed.Has("discussion") { // it is not its form that was typed
		to := v.Typed.Get("to")
		v.Typed = url.Values{"outcome": {string(v.Entry.Outcome)}, "reason": {v.Entry.Reason}, "discussion": {v.Entry.Discussion}, "recused": {strconv.Itoa(v.Entry.Recused)}, "to": {to}}
	}
	return web.Render(w, r, status, entryPage(v))
}

// decide records the decision on a note, or moves it to another meeting, or takes it off the shortlist.
func (h handlers) decide(w http.ResponseWriter, r *http.Request) error {
	ctx, who, posted := r.Context(), identity.Must(r.Context()), r.PostForm
	meeting, err := web.ParamID(r, "meeting")
	if err != nil {
		return err
	}
	entry, err := web.ParamID(r, "entry")
	if err != nil {
		return err
	}
	seen, act, back := number(posted, "version"), Act(posted.Get("act")), ShortlistPath(meeting)
	switch act {
	case ActDecide:
		err = h.committee.Decide(ctx, who, meeting, entry, Ruling{
			Outcome: Outcome(posted.Get("outcome")), Recused: number(posted, "recused"), Reason: posted.Get("reason"), Discussion: posted.Get("discussion"),
			Version: seen, NoteVersion: number(posted, "note_version"), Pending: id(posted, "pending"),
		})
		back = entryPath(meeting, entry)
	case ActMove:
		err = h.committee.Move(ctx, who, meeting, entry, seen, id(posted, "to"))
	case ActRemove:
		err = h.committee.Remove(ctx, who, meeting, entry, seen)
	default:
		return problem.NotFound
	}
	v := entryView{Typed: posted}
	if wrong, ok := problem.InvalidFields(err); ok {
		v.Wrong = wrong
		return h.showEntry(w, r, http.StatusUnprocessableEntity, v)
	}
	if v.Refused = refusal(err); v.Refused != "" {
		return h.showEntry(w, r, http.StatusConflict, v)
	}
	if err != nil {
		return err
	}
	return web.Redirect(w, r, back, "committee.flash."+string(act))
}
