package programme_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/programme"
	"portal/internal/webtest"
)

// typed is the form of a stage; days are written 2026-11-24, "" for none.
func typed(stage, since, funded, starts, ends, note string) url.Values {
	q := url.Values{"stage": {stage}, "funded": {funded}, "note": {note}}
	for name, day := range map[string]string{"since": since, "starts": starts, "ends": ends} {
		if parts := strings.Split(day, "-"); len(parts) == 3 {
			q.Set(name+".year", parts[0])
			q.Set(name+".month", parts[1])
			q.Set(name+".day", parts[2])
		}
	}
	return q
}

// Each rule of the stages, asked of a programme that was endorsed on 24 November 2026 and is asked about two days later.
func TestTheDeskSaysHowFarAProgrammeHasCome(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.enter(t, note(nil))
	w.later(48 * time.Hour)
	officer, lead := w.OtherOfficer.User, w.FundLead.User
	version := 1
	for _, c := range []struct {
		name string
		who  identity.User
		form url.Values
		want []string // controls that are wrong
		err  error
	}{
		{"nothing at all", officer, url.Values{}, []string{"stage", "since.day"}, nil},
		{"a stage that there is not", officer, typed("won", "2026-11-25", "", "", "", ""), []string{"stage"}, nil},
		{"no amount", officer, typed("funded", "2026-11-25", "", "", "", ""), []string{"funded"}, nil},
		{"an amount of nothing", officer, typed("funded", "2026-11-25", "0", "", "", ""), []string{"funded"}, nil},
		{"a negative amount", officer, typed("funded", "2026-11-25", "-5", "", "", ""), []string{"funded"}, nil},
		{"an amount of 10^15", officer, typed("funded", "2026-11-25", "1000000000000000", "", "", ""), []string{"funded"}, nil},
		{"words for an amount", officer, typed("funded", "2026-11-25", "a million", "", "", ""), []string{"funded"}, nil},
		{"a day that is still to come", officer, typed("funded", "2026-11-27", "1,000,000", "", "", ""), []string{"since.day"}, nil},
		{"a day before it was endorsed", officer, typed("funded", "2026-11-23", "1,000,000", "", "", ""), []string{"since.day"}, nil},
		{"no day of the calendar", officer, typed("funded", "2026-11-31", "1,000,000", "2026-02-30", "", ""), []string{"since.day", "starts.day"}, nil},
		{"a work without beginning", officer, typed("running", "2026-11-25", "1", "", "", ""), []string{"starts.day"}, nil},
		{"a work that ends before it begins", officer, typed("running", "2026-11-25", "1", "2027-01-01", "2026-12-31", ""), []string{"ends.day"}, nil},
		{"an end without a day", officer, typed("closed", "2026-11-25", "1", "2026-11-25", "", ""), []string{"ends.day"}, nil},
		{"a note that is too long", officer, typed("funded", "2026-11-25", "1", "", "", strings.Repeat("a", 1001)), []string{"note"}, nil},
		{"funded", officer, typed("funded", "2026-11-25", "USD 1,200,000.50", "2027-01-01", "", "The letter is signed."), nil, nil},
		{"the same again", officer, typed("funded", "2026-11-25", "1200000.50", "2027-01-01", "", ""), nil, nil},
		{"back, by an officer", officer, typed("pipeline", "2026-11-24", "", "", "", "A mistake."), nil, problem.Forbidden},
		{"back, without a reason", lead, typed("pipeline", "2026-11-24", "", "", "", " "), []string{"note"}, nil},
		{"back", lead, typed("pipeline", "2026-11-24", "", "", "", "A mistake."), nil, nil},
		{"past a stage", officer, typed("running", "2026-11-26", "٥٠٠", "2026-11-26", "2028-11-26", ""), nil, nil},
		{"before the stage before", officer, typed("closed", "2026-11-25", "500", "2026-11-26", "2026-11-28", ""), []string{"since.day"}, nil},
		{"closed", officer, typed("closed", "2026-11-26", "500", "2026-11-24", "2026-11-26", ""), nil, nil},
	} {
		err := w.service.SetStage(t.Context(), c.who, id, version, c.form, i18n.English)
		fields, _ := problem.InvalidFields(err)
		var names []string
		for _, f := range fields {
			names = append(names, f.Name)
			if message := i18n.T(t.Context(), f.Key, f.Args...); message == "" || strings.Contains(message, "programme.wrong") {
				t.Errorf("%s: %s is wrong in the words %q", c.name, f.Name, message)
			}
		}
		if !slices.Equal(names, c.want) || c.want == nil && !errors.Is(err, c.err) {
			t.Errorf("%s: wrong are %q, want %q; %v, want %v", c.name, names, c.want, err, c.err)
		}
		version = w.desk(t, id).Version
	}
	d := w.desk(t, id)
	var said []string
	for _, c := range d.Changes {
		said = append(said, fmt.Sprint(c.Stage, " ", c.Since, " ", c.Note, " ", c.ActorName))
	}
	want := []string{
		"pipeline 2026-11-24  ", "funded 2026-11-25 The letter is signed. " + officer.Name, "pipeline 2026-11-24 A mistake. " + lead.Name,
		"running 2026-11-26  " + officer.Name, "closed 2026-11-26  " + officer.Name,
	}
	if !slices.Equal(said, want) {
		t.Errorf("what was said of its stages is\n%q, want\n%q", said, want)
	}
	page := w.Visitor.Get("/en/fund/programmes/" + id).Want(http.StatusOK)
	if got := page.Texts(".timeline strong"); !slices.Equal(got, []string{"Endorsed by the Steering Committee", "Work began", "Closed"}) {
		t.Errorf("the public reads the stages %q", got)
	}
	if page.Contains("A mistake") || page.Contains(officer.Name) || page.Contains("The letter is signed") {
		t.Error("the public reads the notes of the desk")
	}
	acts, err := database.Values[string](t.Context(), w.db.Read(), `SELECT act || ' ' || array_to_string(fields, ' ') FROM audit_log WHERE subject = 'programme' ORDER BY id`)
	if err != nil || !slices.Equal(acts, []string{"programme.stage stage since funded starts note", "programme.stage stage since funded starts note", "programme.stage stage since funded starts ends note", "programme.stage stage starts ends note"}) {
		t.Errorf("the record says %q, %v", acts, err)
	}
	if list := w.list(t, "stage=closed"); list.Total != 1 || list.Sums.Funded != 500_00 || w.list(t, "stage=pipeline").Total != 0 {
		t.Errorf("%d are closed with %d cents", list.Total, list.Sums.Funded)
	}
	if _, err := w.db.Read().Exec(t.Context(), `UPDATE programme_stages SET since = '2026-11-01'`); err == nil {
		t.Error("what was said of the stages can be changed")
	}
}

// desk is the programme as the lead of the fund sees it.
func (w *world) desk(t testing.TB, id string) programme.Desk {
	t.Helper()
	d, err := w.service.Desk(t.Context(), w.FundLead.User, id)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Of two who save at once one is first, and the other is shown the programme as it is, beside what they typed.
func TestTwoSayHowFarItIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.enter(t, note(nil))
	officer := w.OtherOfficer.In(t)
	form := officer.Get("/en/desk/fund/programmes/" + id).Want(http.StatusOK).Form("form[action*=stage]")
	form.Set("stage", "funded").Set("funded", "250,000").Set("note", "Mine.")
	var wait sync.WaitGroup
	results := make([]error, 4)
	for i := range results {
		wait.Go(func() {
			results[i] = w.service.SetStage(t.Context(), w.FundLead.User, id, 1, typed("funded", "2026-11-24", strconv.Itoa(1000+i), "", "", ""), i18n.English)
		})
	}
	wait.Wait()
	first, stale := 0, 0
	for _, err := range results {
		switch {
		case err == nil:
			first++
		case errors.Is(err, problem.Stale):
			stale++
		}
	}
	if first != 1 || stale != 3 {
		t.Errorf("of four at once %d were first and %d were told: %v", first, stale, results)
	}
	page := form.Submit().Want(http.StatusConflict)
	if !page.Contains("Somebody else has changed this programme") || page.Form("form[action*=stage]").Value("note") != "Mine." || page.Form("form[action*=stage]").Value("funded") != "250,000" {
		t.Error("what was typed over a newer stage is not shown beside it")
	}
	page.Form("form[action*=stage]").Submit().Want(http.StatusSeeOther).Follow().Want(http.StatusOK)
	if got := w.desk(t, id); got.Funded == nil || *got.Funded != 250_000_00 || got.Version != 3 {
		t.Errorf("after the second look %v was granted, version %d", got.Funded, got.Version)
	}
	// The button pressed twice is pressed once, with a note too.
	twice := officer.Get("/en/desk/fund/programmes/"+id).Form("form[action*=stage]").Set("funded", "300,000").Set("note", "The letter has come.")
	for range 2 {
		twice.Submit().Want(http.StatusSeeOther)
	}
	if got := w.desk(t, id); got.Version != 4 {
		t.Errorf("pressed twice it is version %d", got.Version)
	}
	form.Set("stage", "running").Set("since.day", "99").Set("funded", "1.000").Submit().Want(http.StatusUnprocessableEntity)
}

func TestWordingIsCorrected(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, id := w.enter(t, note(nil))
	_, other := w.enter(t, note(nil))
	officer := w.OtherOfficer.In(t)
	form := officer.Get("/en/desk/fund/programmes/" + id).Want(http.StatusOK).Form("form[action*=wording]")
	if page := form.Set("title", " ").Set("purpose", strings.Repeat("a", 2001)).Submit().Want(http.StatusUnprocessableEntity); page.Count("#errors a") != 2 {
		t.Errorf("%d things are wrong", page.Count("#errors a"))
	}
	form.Set("title", "One office for  workers").Set("purpose", "It helps.").Set("organizations.1.name", "ILO\u202e & others").Submit().Want(http.StatusSeeOther)
	list := w.list(t, "organization=ILO+%26+others")
	if list.Total != 1 || list.Programmes[0].Title != "One office for workers" || w.list(t, "q=office").Total != 2 || w.list(t, "q=%22office+for+workers%22").Total != 1 {
		t.Errorf("the list has %v", list.Programmes)
	}
	if w.list(t, "organization=International+Organization+for+Migration").Programmes[0].PublicID != other {
		t.Error("another programme was changed")
	}
	if acts, err := database.Values[string](t.Context(), w.db.Read(), `SELECT array_to_string(fields, ' ') FROM audit_log WHERE act = 'programme.correct'`); err != nil || !slices.Equal(acts, []string{"title purpose organizations"}) {
		t.Errorf("the record says %q, %v", acts, err)
	}
	if wrong, err := programme.CheckIndex(t.Context(), w.db.Read()); err != nil || len(wrong) > 0 {
		t.Errorf("the index is wrong: %v, %v", wrong, err)
	}
}

// Only the fund desk sees the desk's pages, and of them nobody whom the conflict wall keeps from the note.
func TestTheDesksPagesAreItsOwn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	note1, id := w.enter(t, note(nil))
	_, other := w.enter(t, note(func(f *programme.Facts) { f.Title = "Another one" }))
	lead := w.FundLead.In(t)
	for _, c := range []struct {
		query string
		want  int
	}{{"", 2}, {"?stage=pipeline", 2}, {"?stage=funded", 0}, {"?q=ANOTHER", 1}, {"?q=gcm-jp-1", 1}, {"?q=zzzz", 0}, {"?sort=since&page=9", 2}, {"?stage=x&sort=x&page=x", 2}} {
		page := lead.Get("/en/desk/fund/programmes" + c.query).Want(http.StatusOK)
		if got := page.Count("tbody tr"); got != c.want {
			t.Errorf("%s: the list has %d programmes, want %d", c.query, got, c.want)
		}
	}
	lead.Get("/en/desk/fund/programmes.csv").Want(http.StatusOK)
	lead.Get("/en/desk/fund/programmes.xlsx").Want(http.StatusOK)
	if got := decode[struct{ Rows []map[string]any }](t, lead.Get("/en/desk/fund/programmes.json?q=another").Want(http.StatusOK).Body); len(got.Rows) != 1 || got.Rows[0]["id"] != other {
		t.Errorf("the data have %v", got.Rows)
	}
	for _, person := range []webtest.Person{w.Visitor, w.Member, w.Officer, w.Lead, w.Administrator} {
		want := http.StatusNotFound
		if !person.User.SignedIn() {
			want = http.StatusSeeOther
		}
		for _, path := range []string{"", ".csv", "/" + id} {
			person.In(t).Get("/en/desk/fund/programmes" + path).Want(want)
		}
		person.In(t).Post("/en/desk/fund/programmes/"+id+"/stage", typed("funded", "2026-11-24", "5", "", "", "")).Want(want)
		person.In(t).Post("/en/desk/fund/programmes/"+id+"/wording", url.Values{"title": {"x"}}).Want(want)
	}
	lead.Get("/en/desk/fund/programmes/GCM-JP-0099").Want(http.StatusNotFound)
	lead.Get("/en/desk/fund/programmes/1").Want(http.StatusNotFound)
	if _, err := w.db.Read().Exec(t.Context(), `INSERT INTO conflict_declarations (submission_id, user_id, source, conflict, by_id, at) VALUES ($1, $2, 'person', true, $2, now())`, note1, w.FundLead.User.ID); err != nil {
		t.Fatal(err)
	}
	if page := lead.Get("/en/desk/fund/programmes").Want(http.StatusOK); page.Count("tbody tr") != 1 || page.Contains(id) || page.Text("#count") != "1 programme" {
		t.Error("the list shows what the wall keeps from the person, or counts it")
	}
	for _, path := range []string{"", "/stage", "/wording"} {
		if path == "" {
			lead.Get("/en/desk/fund/programmes/" + id).Want(http.StatusNotFound)
		} else {
			lead.Post("/en/desk/fund/programmes/"+id+path, typed("funded", "2026-11-24", "5", "", "", "")).Want(http.StatusNotFound)
		}
	}
}

// A programme whose endorsement was taken back is nowhere any more, and its address says so.
func TestAProgrammeLeavesThePipeline(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	note1, id := w.enter(t, note(nil))
	w.enter(t, note(func(f *programme.Facts) { f.Title = "Another one" }))
	if err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		return w.service.Leave(t.Context(), tx, note1, *w.clock.Load())
	}); err != nil {
		t.Fatal(err)
	}
	if page := w.Visitor.Get("/en/fund/programmes/" + id).Want(http.StatusGone); page.Contains("workers") || !page.Contains("24 November 2026") {
		t.Error("what has left the pipeline is still told")
	}
	for _, path := range []string{"/fund/pipeline", "/fund/pipeline.csv", "/fund/pipeline.json", "/fund/pipeline.atom", "/fund/pipeline/figures", "/fund/pipeline/booklet", "/fund/pipeline?q=workers"} {
		if page := w.Visitor.Get("/en" + path); strings.Contains(string(page.Body), id) || page.Status != http.StatusOK {
			t.Errorf("%s shows what has left the pipeline, or answers %d", path, page.Status)
		}
	}
	w.Visitor.Get("/en/fund/pipeline/booklet?only=" + id).Want(http.StatusUnprocessableEntity)
	w.FundLead.In(t).Get("/en/desk/fund/programmes/" + id).Want(http.StatusNotFound)
	if going, err := programme.Going(t.Context(), w.db.Read()); err != nil || len(going) != 1 || going[0].Amount != 1_500_000_50 {
		t.Errorf("going are %v, %v", going, err)
	}
	if wrong, err := programme.CheckIndex(t.Context(), w.db.Read()); err != nil || len(wrong) > 0 {
		t.Errorf("the index is wrong: %v, %v", wrong, err)
	}
	if day := date.Today(*w.clock.Load(), i18n.Geneva); w.list(t, "").Programmes[0].StageOn != day {
		t.Error("the other one has another day")
	}
}
