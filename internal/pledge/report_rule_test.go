package pledge

import (
	"slices"
	"strings"
	"testing"

	"portal/internal/date"
)

// The rules of a report (pledges.md, Follow-up), each with what is said at which question.
func TestRulesOfAReport(t *testing.T) {
	t.Parallel()
	day := func(s string) date.Date {
		d, err := date.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	today := day("2026-11-24")
	open := stands{
		PublicID: "GCM-P-0007", Published: day("2025-01-10"), Deadline: day("2026-06-30"),
		Indicators: []string{"Schools", "Teachers"}, Milestones: []string{"Law adopted"},
		Standing: Standing{Status: InProgress},
	}
	reported := open
	reported.LastDay = day("2026-03-12")
	closed := reported
	closed.Status = Fulfilled
	good := Report{Status: InProgress, On: today, Lang: "en", Evidence: "Work goes on."}
	with := func(change func(r *Report)) Report {
		r := good
		change(&r)
		return r
	}
	follows := func(id string) (string, bool) {
		by, ok := map[string]string{"GCM-P-0001": "", "GCM-P-0002": "GCM-P-0007"}[id]
		return by, ok
	}
	for _, test := range []struct {
		name   string
		of     stands
		report Report
		want   string // names and ends of keys
	}{
		{"a plain report is right", open, good, ""},
		{"blank is missing, not wrong", open, Report{}, "missing status, missing on.day, missing language"},
		{"an unknown status", open, with(func(r *Report) { r.Status = "done" }), "status:status"},
		{"none is no status to report", open, with(func(r *Report) { r.Status = NoStatus }), "status:status"},
		{"the day is not in the future", open, with(func(r *Report) { r.On = today.AddDays(1) }), "on.day:on.future"},
		{"the day is not before the publication", open, with(func(r *Report) { r.On = day("2025-01-09") }), "on.day:on.early"},
		{"the day of publication will do", open, with(func(r *Report) { r.On = day("2025-01-10") }), ""},
		{"the day is not before the last report's", reported, with(func(r *Report) { r.On = day("2026-03-11") }), "on.day:on.earlier"},
		{"two reports may be of one day", reported, with(func(r *Report) { r.On = day("2026-03-12") }), ""},
		{"no language that nobody speaks here", open, with(func(r *Report) { r.Lang = "de" }), "language:language"},
		{"the next report is not in the past", open, with(func(r *Report) { r.NextReport = today.AddDays(-1) }), "next_report.day:next.past"},
		{"it may be today", open, with(func(r *Report) { r.NextReport = today }), ""},
		{"it may be in three years", open, with(func(r *Report) { r.NextReport = day("2029-11-24") }), ""},
		{"not later", open, with(func(r *Report) { r.NextReport = day("2029-11-25") }), "next_report.day:next.far"},
		{"after a final status none is due", open, with(func(r *Report) { r.Status, r.NextReport = Withdrawn, today }), "next_report.day:next.final"},
		{"who withdraws says why", open, with(func(r *Report) { r.Status, r.Evidence = Withdrawn, " " }), "evidence:reason.withdrawn"},
		{"fulfilled needs something that shows it", open, with(func(r *Report) { r.Status, r.Evidence = Fulfilled, "" }), "evidence:reason.fulfilled"},
		{"a link shows it", open, with(func(r *Report) { r.Status, r.Evidence, r.Link = Fulfilled, "", "https://stats.example/2026" }), ""},
		{"what is closed is opened again with a reason only", closed, with(func(r *Report) { r.Evidence = "" }), "evidence:reason.reopened"},
		{"with a reason it is", closed, good, ""},
		{"what is closed may be told once more", closed, with(func(r *Report) { r.Status, r.Evidence, r.Link = Fulfilled, "", "https://a.example" }), ""},
		{"superseded by what", open, with(func(r *Report) { r.Status = Superseded }), "missing superseded_by"},
		{"superseded by a published pledge", open, with(func(r *Report) { r.Status, r.SupersededBy = Superseded, "gcm-p-1" }), ""},
		{"superseded by no ID", open, with(func(r *Report) { r.Status, r.SupersededBy = Superseded, "the new one" }), "superseded_by:superseded.form"},
		{"superseded by itself", open, with(func(r *Report) { r.Status, r.SupersededBy = Superseded, "GCM-P-7" }), "superseded_by:superseded.itself"},
		{"superseded by what nobody knows", open, with(func(r *Report) { r.Status, r.SupersededBy = Superseded, "GCM-P-0099" }), "superseded_by:superseded.unknown"},
		{"not in a circle", open, with(func(r *Report) { r.Status, r.SupersededBy = Superseded, "GCM-P-0002" }), "superseded_by:superseded.circle"},
		{"another status is superseded by nothing", open, with(func(r *Report) { r.SupersededBy = "nonsense" }), ""},
		{"no script as a link", open, with(func(r *Report) { r.Link = "javascript:alert(1)" }), "link:link"},
		{"no endless link", open, with(func(r *Report) { r.Link = "https://a.example/" + strings.Repeat("x", MaxLink) }), "link:link"},
		{"no endless evidence", open, with(func(r *Report) { r.Evidence = strings.Repeat("é", MaxEvidence+1) }), "evidence:long"},
		{"as long as it may be", open, with(func(r *Report) { r.Evidence = strings.Repeat("é", MaxEvidence) }), ""},
		{"no endless obstacles", open, with(func(r *Report) { r.Obstacles = strings.Repeat("x", MaxRemark+1) }), "obstacles:long"},
		{"indicators of the pledge only", open, with(func(r *Report) { r.Progress = []Progress{{"Schools", "4"}, {"Bridges", "2"}} }), "progress.1.value:indicator"},
		{"blank says nothing", open, with(func(r *Report) { r.Progress = []Progress{{"Bridges", " "}} }), ""},
		{"each indicator once", open, with(func(r *Report) { r.Progress = []Progress{{"Schools", "4"}, {"Schools", "5"}} }), "progress.1.value:indicator.twice"},
		{"no endless value", open, with(func(r *Report) { r.Progress = []Progress{{"Schools", strings.Repeat("4", MaxValue+1)}} }), "progress.0.value:long"},
		{"milestones of the pledge only", open, with(func(r *Report) { r.Milestones = []Reached{{"Law drafted", today}} }), "milestones.0.reached.day:milestone"},
		{"reached until today", open, with(func(r *Report) { r.Milestones = []Reached{{"Law adopted", today.AddDays(1)}} }), "milestones.0.reached.day:milestone.future"},
		{"not reached says nothing", open, with(func(r *Report) { r.Milestones = []Reached{{"Law drafted", date.Date{}}} }), ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			r := test.report.settled(test.of, today)
			var got []string
			for _, w := range r.missing() {
				got = append(got, "missing "+w.Name)
			}
			for _, w := range r.check(test.of, today, follows) {
				got = append(got, w.Name+":"+strings.TrimPrefix(w.Key, "pledge.report.wrong."))
			}
			if s := strings.Join(got, ", "); s != test.want {
				t.Errorf("it says %q, want %q", s, test.want)
			}
		})
	}
}

// What follows from what was said: fulfilled late after the deadline, and a year until the next report.
func TestWhatFollowsFromAReport(t *testing.T) {
	t.Parallel()
	deadline, today := date.New(2026, 6, 30), date.New(2026, 11, 24)
	for _, test := range []struct {
		name       string
		status     Status
		on, until  date.Date
		want       Status
		nextReport date.Date
	}{
		{"on the last day", Fulfilled, deadline, deadline, Fulfilled, date.Date{}},
		{"a day later", Fulfilled, deadline.AddDays(1), deadline, FulfilledLate, date.Date{}},
		{"late is found, not said", FulfilledLate, deadline, deadline, Fulfilled, date.Date{}},
		{"without a deadline nothing is late", FulfilledLate, today, date.Date{}, Fulfilled, date.Date{}},
		{"work goes on for a year", InProgress, today, deadline, InProgress, date.New(2027, 11, 24)},
		{"withdrawn is for good", Withdrawn, today, deadline, Withdrawn, date.Date{}},
	} {
		r := Report{Status: test.status, On: test.on, Lang: "en"}.settled(stands{Deadline: test.until}, today)
		if r.Status != test.want || r.NextReport != test.nextReport {
			t.Errorf("%s: %s, next %s; want %s, next %s", test.name, r.Status, r.NextReport, test.want, test.nextReport)
		}
	}
}

// Nothing gets lost between a report and the answers of its form, nor of a sheet.
func TestReportsAsAnswers(t *testing.T) {
	t.Parallel()
	r := Report{
		Status: Delayed, On: date.New(2026, 11, 1), Lang: "fr", Evidence: "Un *début*", Link: "https://a.example", Obstacles: "Le budget", Support: "Un expert",
		Progress: []Progress{{"Schools", "4"}, {"Teachers", "many"}}, Milestones: []Reached{{"Law adopted", date.New(2026, 5, 6)}}, NextReport: date.New(2027, 1, 31),
	}
	same := func(a, b Report) bool {
		return slices.Equal(a.Progress, b.Progress) && slices.Equal(a.Milestones, b.Milestones) && a.Status == b.Status && a.On == b.On && a.NextReport == b.NextReport &&
			a.Evidence == b.Evidence && a.Link == b.Link && a.Obstacles == b.Obstacles && a.Support == b.Support && a.Lang == b.Lang && a.SupersededBy == b.SupersededBy
	}
	if got := readReport(newUpdateForm(nil).Public(r.answers())); !same(got, r) {
		t.Errorf("the form gives %+v, want %+v", got, r)
	}
	other := Report{Status: Superseded, SupersededBy: "GCM-P-0001", On: date.New(2026, 11, 2), Lang: "en", Progress: []Progress{{"Trees", "7"}}}
	sheet := readSheet(newSheetForm(nil).Public(sheetAnswers([]entry{{pledge: stands{PublicID: "GCM-P-0010"}, Report: r}, {pledge: stands{PublicID: "GCM-P-0011"}, Report: other}})))
	if len(sheet) != 2 || !same(sheet["GCM-P-0010"], r) || !same(sheet["GCM-P-0011"], other) {
		t.Errorf("the sheet gives %+v", sheet)
	}
}
