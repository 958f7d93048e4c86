package fund_test

import (
	"bytes"
	"encoding/csv"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"portal/internal/fund"
	"portal/internal/webtest"
)

// What the public reads of the meetings: in pages, files and calendars.
func TestThePublicCalendar(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := w.add(t, typed(2027, time.January, 5, "10:00", "Europe/Zurich")) // six weeks before is today
	named := typed(2027, time.March, 18, "22:00", "America/New_York")
	named.Set("name_en", "Twelfth meeting")
	named.Set("name_ar", "الاجتماع الثاني عشر")
	twelfth := w.add(t, named)
	off := w.add(t, typed(2027, time.June, 17, "10:00", "Europe/Zurich"))
	if err := w.service.CancelMeeting(t.Context(), w.FundLead.User, off, 1, "The venue, alas; is closed.\nSee you, later"); err != nil {
		t.Fatal(err)
	}

	home := w.Visitor.Get("/en/fund").Want(http.StatusOK)
	if !home.Contains("Meeting 5 January 2027; six weeks before is 24 November 2026, end of day in Geneva.") || !home.Contains("Last day to file") || !home.Has(`a[href="/en/fund/concept-notes/new"]`) {
		t.Error("the page of the fund does not say for which meeting one is in time")
	}
	page := w.Visitor.Get("/en/fund/meetings").Want(http.StatusOK)
	for _, words := range []string{"Twelfth meeting", "18 March 2027, 22:00 (New York)", "19 March 2027, 03:00 Geneva time", "Meeting 18 March 2027; six weeks before is 4 February 2027, end of day in Geneva.", "The venue, alas; is closed.", "This meeting was cancelled on 24 November 2026."} {
		if !page.Contains(words) {
			t.Errorf("the page of meetings does not say %q", words)
		}
	}
	if arabic := w.Visitor.Get("/ar/fund/meetings").Want(http.StatusOK); !arabic.Contains("الاجتماع الثاني عشر") || arabic.Contains("Twelfth") {
		t.Error("the page of meetings in Arabic does not have the Arabic name")
	}

	// A minute after the cut-off it is another meeting, and the day after the first one it is past.
	w.at(time.Date(2026, 11, 24, 23, 1, 0, 0, time.UTC))
	if !w.Visitor.Get("/en/fund").Contains("Meeting 18 March 2027;") || !w.Visitor.Get("/en/fund/meetings").Contains("Too late to file for this meeting") {
		t.Error("after the cut-off the page of the fund does not name the next meeting")
	}
	w.at(time.Date(2027, 1, 5, 9, 0, 0, 0, time.UTC))
	if got := w.Visitor.Get("/en/fund/meetings").Texts("table tbody th"); len(got) != 1 {
		t.Errorf("past meetings: %q", got)
	}

	cal := readCalendar(t, w.Visitor.Get("/en/fund/meetings.ics").Want(http.StatusOK))
	if len(cal) != 6 {
		t.Fatalf("the calendar has %d events, want two a meeting", len(cal))
	}
	id := func(kind string, meeting fund.MeetingID) string {
		return "fund-" + kind + "-" + strconv.FormatInt(meeting, 10) + "@portal.example"
	}
	for _, c := range []struct{ uid, property, want string }{
		{id("meeting", twelfth), "DTSTART", "20270319T020000Z"},
		{id("meeting", twelfth), "SUMMARY", "Twelfth meeting"},
		{id("meeting", twelfth), "STATUS", "CONFIRMED"},
		{id("meeting", twelfth), "SEQUENCE", "0"},
		{id("last-day", twelfth), "DTSTART", "20270204"},
		{id("last-day", twelfth), "DTEND", "20270205"},
		{id("last-day", twelfth), "TRANSP", "TRANSPARENT"},
		{id("last-day", twelfth), "DESCRIPTION", "Meeting 18 March 2027; six weeks before is 4 February 2027, end of day in Geneva."},
		{id("last-day", late), "DTSTART", "20261124"},
		{id("meeting", off), "STATUS", "CANCELLED"},
		{id("last-day", off), "STATUS", "CANCELLED"},
		{id("meeting", off), "SEQUENCE", "1"},
		{id("meeting", off), "DESCRIPTION", "This meeting was cancelled on 24 November 2026.\nThe venue, alas; is closed.\nSee you, later"},
		{id("meeting", off), "URL", "https://portal.example/en/fund/meetings#meeting-" + strconv.FormatInt(off, 10)},
	} {
		if got := cal[c.uid][c.property]; got != c.want {
			t.Errorf("%s of %s is %q, want %q", c.property, c.uid, got, c.want)
		}
	}

	// A meeting that is moved keeps its name there, and its sequence rises.
	if err := w.service.MoveMeeting(t.Context(), w.FundLead.User, twelfth, 1, typed(2027, time.March, 25, "10:00", "Europe/Zurich")); err != nil {
		t.Fatal(err)
	}
	one := readCalendar(t, w.Visitor.Get("/en/fund/meetings/"+strconv.FormatInt(twelfth, 10)+".ics").Want(http.StatusOK))
	if e := one[id("last-day", twelfth)]; len(one) != 2 || e["DTSTART"] != "20270211" || e["SEQUENCE"] != "1" {
		t.Errorf("the moved meeting in its own calendar: %v", one)
	}
	if arabic := readCalendar(t, w.Visitor.Get("/ar/fund/meetings.ics").Want(http.StatusOK)); arabic[id("meeting", twelfth)]["SUMMARY"] != "الاجتماع الثاني عشر" {
		t.Error("the calendar in Arabic does not have the Arabic name")
	}
	for _, path := range []string{"999999.ics", "0.ics", "-1.ics", "x.ics"} {
		w.Visitor.Get("/en/fund/meetings/" + path).Want(http.StatusNotFound)
	}
	rows, err := csv.NewReader(bytes.NewReader(w.Visitor.Get("/en/fund/meetings.csv").Want(http.StatusOK).Body)).ReadAll()
	if err != nil || len(rows) != 4 || rows[1][6] != "2027-02-11" {
		t.Errorf("the file of meetings: %q, %v", rows, err)
	}
	w.Visitor.Get("/en/fund/meetings.xlsx").Want(http.StatusOK)
	w.Visitor.Get("/en/fund/meetings.json").Want(http.StatusOK)
}

// readCalendar reads a calendar as a calendar program does: the properties of its events, by name.
func readCalendar(t *testing.T, p *webtest.Page) map[string]map[string]string {
	t.Helper()
	events := map[string]map[string]string{}
	for _, e := range p.Calendar() {
		properties := map[string]string{}
		for name := range e.Props {
			properties[name] = e.Text(name)
		}
		if properties["DTSTAMP"] == "" {
			t.Errorf("an event has no DTSTAMP: %v", properties)
		}
		events[properties["UID"]] = properties
	}
	return events
}

// The list of meetings is narrowed and put in order by its address, and the files are of just that list.
func TestTheListOfMeetingsIsFiltered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, on := range [][2]int{{2027, 1}, {2027, 6}, {2028, 3}, {2028, 9}} {
		named := typed(on[0], time.Month(on[1]), 15, "10:00", "Europe/Zurich")
		named.Set("name_en", "M"+strconv.Itoa(on[0])+"-"+strconv.Itoa(on[1]))
		w.add(t, named)
	}
	// Early on New Year's Day in Geneva it is still the old year in New York.
	late := typed(2027, time.December, 31, "20:00", "America/New_York")
	late.Set("name_en", "M2027-12")
	w.add(t, late)
	w.at(time.Date(2027, 7, 1, 9, 0, 0, 0, time.UTC))
	for query, want := range map[string]string{
		"":                                  "M2027-12 M2028-3 M2028-9 M2027-6 M2027-1",
		"?sort=earliest":                    "M2027-1 M2027-6 M2027-12 M2028-3 M2028-9",
		"?sort=latest":                      "M2028-9 M2028-3 M2027-12 M2027-6 M2027-1",
		"?when=past":                        "M2027-6 M2027-1",
		"?when=coming&sort=latest":          "M2028-9 M2028-3 M2027-12",
		"?year=2027":                        "M2027-12 M2027-6 M2027-1",
		"?year=2027&when=coming":            "M2027-12",
		"?year=2028&year=2027&when=past":    "M2027-6 M2027-1",
		"?year=2028&when=past":              "",
		"?year=1999":                        "",
		"?year=x&when=soon&sort=best&q=%FF": "M2027-12 M2028-3 M2028-9 M2027-6 M2027-1",
	} {
		page := w.Visitor.Get("/en/fund/meetings" + query).Want(http.StatusOK)
		got := append(page.Texts(".list-plain h4"), page.Texts("main table tbody th")...)
		if strings.HasSuffix(query, "earliest") {
			got = append(page.Texts("main table tbody th"), page.Texts(".list-plain h4")...)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q shows %q, want %q", query, got, want)
		}
		n := len(strings.Fields(want))
		if count := page.Text("#count"); !strings.HasPrefix(count, strconv.Itoa(n)+" meeting") || page.Contains("No meeting matches") != (n == 0) || page.Contains("No meeting is planned") {
			t.Errorf("%q says %q: %s", query, count, page.Text("main"))
		}
		for _, a := range page.All(`main a[href*=".csv"], main a[href*=".xlsx"], main a[href*=".json"]`) {
			w.Visitor.Get(a.Attr("href")).Want(http.StatusOK)
		}
		if n == 0 {
			continue
		}
		rows, err := csv.NewReader(bytes.NewReader(w.Visitor.Get(page.One(`main a[href*=".csv"]`).Attr("href")).Want(http.StatusOK).Body)).ReadAll()
		var names []string
		for _, row := range rows[1:] {
			names = append(names, row[1])
		}
		if err != nil || strings.Join(names, " ") != want {
			t.Errorf("the file of %q has %q, %v; want %q", query, names, err, want)
		}
	}
	page := w.Visitor.Get("/en/fund/meetings?year=2027").Want(http.StatusOK)
	for _, c := range []string{"Coming 1", "Past 2", "2028 2", "2027 3"} {
		if !strings.Contains(page.Text(".filters form"), c) {
			t.Errorf("the filters do not say %q: %s", c, page.Text(".filters form"))
		}
	}
	if to := page.One(`main a.chip`).Attr("href"); to != "/en/fund/meetings" {
		t.Errorf("the filter is taken away at %s", to)
	}
	if arabic := w.Visitor.Get("/ar/fund/meetings?year=%D9%A2%D9%A0%D9%A2%D9%A8").Want(http.StatusOK); !strings.Contains(arabic.Text("#count"), "اجتماعان") {
		t.Errorf("in Arabic: %s", arabic.Text("#count"))
	}
}

// Without any meeting the pages say so.
func TestNoMeetingIsPlanned(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if !w.Visitor.Get("/en/fund").Want(http.StatusOK).Contains("No meeting is planned for which a note could be in time") || !w.Visitor.Get("/en/fund/meetings").Want(http.StatusOK).Contains("No meeting is planned") {
		t.Error("the pages do not say that no meeting is planned")
	}
	if events := readCalendar(t, w.Visitor.Get("/en/fund/meetings.ics").Want(http.StatusOK)); len(events) != 0 {
		t.Errorf("events: %v", events)
	}
	if _, ok, err := fund.NextFor(t.Context(), w.db.Read(), *w.clock.Load()); ok || err != nil {
		t.Errorf("a next meeting: %v, %v", ok, err)
	}
	if _, err := w.service.AddMeeting(t.Context(), w.Officer.User, url.Values{}); err == nil {
		t.Error("the officer of another desk has added a meeting")
	}
}
