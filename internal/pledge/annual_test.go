package pledge_test

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"portal/internal/form"
	"portal/internal/pledge"
	"portal/internal/webtest"
	"portal/internal/word"
	"portal/internal/workflow"
)

// annualWorld has two years of pledges and reports.
func annualWorld(t *testing.T) *world {
	w := newWorld(t)
	r := rand.New(rand.NewPCG(3, 9))
	var mine []workflow.ID
	for at := time.Date(2025, 2, 3, 9, 0, 0, 0, time.UTC); at.Before(time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)); at = at.AddDate(0, 0, 9+r.IntN(9)) {
		w.at(at)
		switch n := r.IntN(10); {
		case n < 6 || len(mine) == 0:
			id, _ := w.publish(t, randomAnswers(r))
			mine = append(mine, id)
		case n < 7:
			w.update(t, mine[r.IntN(len(mine))], pledge.Fulfilled, "")
		case n < 8 && len(mine) > 5:
			w.apply(t, mine[0], w.Officer.User, workflow.Archive, "It was a mistake.")
			mine = mine[1:]
		default:
			w.update(t, mine[r.IntN(len(mine))], pledge.InProgress, at.AddDate(0, 0, r.IntN(300)-100).Format(time.DateOnly))
		}
	}
	w.at(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	return w
}

// counted is the number that a list counts.
func (w *world) counted(t testing.TB, href string) string {
	t.Helper()
	number, _, _ := strings.Cut(w.Visitor.Get(href).Want(http.StatusOK).Text("#count"), " ")
	return number
}

// Every number of the report is that of the list to which it leads.
func TestEachNumberOfTheReportIsThatOfItsList(t *testing.T) {
	t.Parallel()
	w := annualWorld(t)
	for _, period := range []string{"year=2025", "year=2026", "from=2025-06-11&until=2026-05-02", "from=2026-04-01&until=2026-06-30"} {
		page := w.Visitor.Get("/en/pledges/report?" + period).Want(http.StatusOK)
		tables := page.All("main table")
		if len(tables) != 6 {
			t.Fatalf("%s: %d tables", period, len(tables))
		}
		numbers := 0
		for _, table := range tables {
			for _, row := range table.All("tbody tr") {
				links := row.All("a")
				if len(links) == 1 { // the name leads to the list, the number stands beside it
					if got, want := row.All("td")[0].Text(), w.counted(t, links[0].Attr("href")); got != want {
						t.Errorf("%s: %s: %s, its list has %s", period, row.Text(), got, want)
					}
					numbers++
					continue
				}
				for _, link := range links {
					if got, want := link.Text(), w.counted(t, link.Attr("href")); got != want {
						t.Errorf("%s: %s: %s, its list has %s", period, row.Text(), got, want)
					}
					numbers++
				}
			}
		}
		if numbers < 60 {
			t.Errorf("%s: only %d numbers", period, numbers)
		}
		for _, heading := range []string{"new", "reports"} {
			section := page.One("section[aria-labelledby=" + heading + "]")
			var href string
			for _, link := range section.All("p a") {
				href = link.Attr("href")
				break
			}
			title := page.Text("#" + heading)
			if href == "" {
				if heading == "new" || !strings.HasPrefix(period, "from=2025") {
					t.Errorf("%s: %q leads nowhere", period, title)
				}
				continue
			}
			if want := w.counted(t, href); !strings.Contains(" "+title+" ", " "+want+" ") {
				t.Errorf("%s: %q, its list has %s", period, title, want)
			}
		}
	}
}

func TestThePeriodOfAReport(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(instant(t, "2026-03-10 12:00:00"))
	id, publicID := w.publish(t, with(form.Answers{"title": {"Doors that open"}}))
	if _, err := w.db.Read().Exec(t.Context(), `INSERT INTO pledge_updates (pledge_id, revision, means, status, on_day, lang, evidence, office_name, published_at)
		VALUES ($1, 1, 'page', 'fulfilled', '2026-05-01', 'en', 'All **doors** are open.', 'Ministry of Labour', '2026-05-02T10:00Z')`, id); err != nil {
		t.Fatal(err)
	}
	w.at(instant(t, "2026-11-24 12:00:00"))
	page := w.Visitor.Get("/en/pledges/report?year=2026").Want(http.StatusOK)
	for _, want := range []string{"Pledges from 1 January 2026 to 24 November 2026", "1 new pledge came before the public", "Offices reported on 1 pledge", "1 report was published", "1 pledge had been fulfilled by the end, 0 at the beginning", "Doors that open", "All doors are open.", "No pledge is silent"} {
		if !page.Contains(want) {
			t.Errorf("the report does not say %q", want)
		}
	}
	if !page.Has(`a[href="/en/pledges/` + publicID + `?update=1#update-1"]`) {
		t.Error("the story does not lead to its report")
	}
	if page := w.Visitor.Get("/en/pledges/report?from=2026-03-11&until=2026-04-30").Want(http.StatusOK); !page.Contains("No new pledge came before the public") || !page.Contains("No report was received") || !page.Contains("No report of this period says what was done.") {
		t.Errorf("of a quiet period: %s", page.Text("main"))
	}
	if page := w.Visitor.Get("/ar/pledges/report?from.day=١&from.month=١&from.year=٢٠٢٦&until.day=30&until.month=6&until.year=2026").Want(http.StatusOK); !page.Contains("نُشر تعهد جديد واحد") {
		t.Errorf("in Arabic: %s", page.Text("main"))
	}
	w.Visitor.Get("/en/pledges/report").Want(http.StatusOK)
	for query, want := range map[string]string{
		"year=2027":                        "There is no report for “2027”.",
		"year=1999":                        "There is no report for “1999”.",
		"year=x":                           "There is no report for “x”.",
		"from=2026-01-01&until=2026-12-31": "31 December 2026 has not come yet.",
		"from=2026-06-30&until=2026-01-01": "The period ends before it begins.",
		"from=2026-02-31&until=2026-06-30": "“2026-02-31” is not a day of the calendar.",
		"from=2017-01-01&until=2020-01-01": "The period begins before 2018",
		"from.day=31&from.month=2&from.year=2026&until=2026-06-30": "Enter a day that this month has",
	} {
		page := w.Visitor.Get("/en/pledges/report?" + query).Want(http.StatusUnprocessableEntity)
		if !page.Contains(want) || page.Has("table") || !page.Has("form input[name='from.day']") {
			t.Errorf("%s: %s", query, page.Text("main"))
		}
	}
	if page := w.Visitor.Get("/en/pledges/report?from=2026-06-30&until=2026-01-01"); !page.Has(`input[name="until.year"][value="2026"]`) || !page.Has(`input[name="until.day"][aria-invalid]`) {
		t.Error("what was typed is gone")
	}
	// A pledge that was taken down since is not counted.
	w.apply(t, id, w.Officer.User, workflow.Archive, "It was a mistake.")
	if page := w.Visitor.Get("/en/pledges/report?year=2026").Want(http.StatusOK); !page.Contains("No new pledge") || page.Contains("Doors that open") {
		t.Errorf("after taking down: %s", page.Text("main"))
	}
}

// Beside each table stands its picture; both are of the same list.
func TestTheReportHasPictures(t *testing.T) {
	t.Parallel()
	w := annualWorld(t)
	for _, lang := range []string{"en", "ar"} {
		page := w.Visitor.Get("/" + lang + "/pledges/report?year=2026").Want(http.StatusOK)
		pictures := page.All("main figure img.chartimg")
		if len(pictures) != 6 {
			t.Fatalf("%s: %d pictures", lang, len(pictures))
		}
		for _, picture := range pictures {
			chart := w.Visitor.Get(picture.Attr("src")).Want(http.StatusOK)
			if chart.Header.Get("Content-Type") != "image/svg+xml" || picture.Attr("alt") == "" || !strings.Contains(string(chart.Body), "<rect") {
				t.Errorf("%s is %s", picture.Attr("src"), chart.Body)
			}
			if !strings.Contains(picture.Attr("src"), "as-of=2026-11-24") {
				t.Errorf("%s is of another day", picture.Attr("src"))
			}
		}
	}
}

// The Word file says what the page says, figure by figure.
func TestTheReportAsAWordFile(t *testing.T) {
	t.Parallel()
	w := annualWorld(t)
	for _, query := range []string{"?year=2025", "?from=2026-04-01&until=2026-06-30", "?year=2026", "?from=2018-01-01&until=2018-02-01"} {
		for _, lang := range []string{"en", "ar"} {
			page := w.Visitor.Get("/" + lang + "/pledges/report" + query).Want(http.StatusOK)
			file := w.Visitor.Get(page.One(`a[download]`).Attr("href")).Want(http.StatusOK)
			if file.Header.Get("Content-Type") != word.MediaType || !strings.HasSuffix(file.Header.Get("Content-Disposition"), `-`+lang+`.docx"`) {
				t.Errorf("%s%s: the file is %v", lang, query, file.Header)
			}
			text, charts := wordText(t, file.Body)
			for _, heading := range page.Texts("main h2, main h3") {
				if section := page.Text("#another"); heading != section && !strings.Contains(text, heading) {
					t.Errorf("%s%s: the file does not say %q", lang, query, heading)
				}
			}
			for _, table := range page.All("main table") {
				for _, row := range table.All("tbody tr") {
					if cells := strings.Join(append(rowTexts(row, "th"), rowTexts(row, "td")...), "|"); !strings.Contains(text, cells) {
						t.Errorf("%s%s: the file has no row %s", lang, query, cells)
					}
				}
			}
			if want := page.Count("main figure"); charts != want {
				t.Errorf("%s%s: %d charts, want %d", lang, query, charts, want)
			}
		}
	}
	for query, want := range map[string]string{"?year=x": "There is no report for “x”.", "?from=2026-06-30&until=2026-01-01": "The period ends before it begins."} {
		file := w.Visitor.Get("/en/pledges/report.docx" + query).Want(http.StatusUnprocessableEntity)
		if file.Header.Get("Content-Type") != "text/plain; charset=utf-8" || !strings.Contains(string(file.Body), want) || !strings.Contains(string(file.Body), "/en/pledges/report\n") {
			t.Errorf("%s: %s", query, file.Body)
		}
	}
}

func rowTexts(row webtest.Element, selector string) []string {
	var all []string
	for _, cell := range row.All(selector) {
		all = append(all, cell.Text())
	}
	return all
}

// wordText is the text of a Word file, a line a paragraph and the cells of a row with strokes between them, and how many charts
// it has.
func wordText(t *testing.T, content []byte) (text string, charts int) {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range archive.File {
		if strings.HasPrefix(f.Name, "word/charts/") {
			charts++
		}
	}
	part, err := archive.Open("word/document.xml")
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for d := xml.NewDecoder(part); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return strings.ReplaceAll(strings.ReplaceAll(b.String(), "\n|", "|"), "  ", " "), charts
		}
		if err != nil {
			t.Fatal(err)
		}
		switch e := token.(type) {
		case xml.CharData:
			b.Write(e)
		case xml.EndElement:
			switch e.Name.Local {
			case "p":
				b.WriteString("\n")
			case "tc":
				b.WriteString("|")
			}
		}
	}
}
