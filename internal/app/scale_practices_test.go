package app

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/practice"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

func TestScaleMakesTheSameCompletePractices(t *testing.T) {
	t.Parallel()
	const n = 300
	var sums []string
	for range 2 {
		db := dbtest.New(t)
		portal := emptyPortal(t, db)
		if err := portal.scalePracticesOn(t.Context(), n, date.New(2026, 11, 28)); err != nil {
			t.Fatal(err)
		}
		if err := portal.ScalePractices(t.Context(), n); !errors.Is(err, ErrScaled) {
			t.Errorf("a second time: %v", err)
		}
		type row struct {
			Published, Langs, Events int
			Length                   float64
			Sum                      string
		}
		r, err := database.Row[row](t.Context(), db.Read(), `SELECT count(*) FILTER (WHERE until IS NULL) AS published, count(DISTINCT lang) AS langs,
			(SELECT count(*) FROM submission_events) AS events,
			avg((SELECT sum(length(value)) FROM jsonb_each_text(content))) FILTER (WHERE lang <> 'zh') AS length,
			md5(string_agg(public_id || title || content::text || first_published_at || words::text || facets::text, '' ORDER BY id)) AS sum FROM practices`)
		if err != nil || r.Published != n || r.Langs < 5 || r.Events != 3*n || r.Length < 1800 || r.Length > 4500 {
			t.Errorf("%+v, %v", r, err)
		}
		sums = append(sums, r.Sum)
		if other, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*) FROM practices p WHERE words IS DISTINCT FROM search_placed(ts_filter(words, '{a,b,c}'), langs)`); err != nil || other > 0 {
			t.Errorf("%d have other words than search_placed gives, %v", other, err)
		}
		if wrong, err := practice.CheckIndex(t.Context(), db.Read()); err != nil || len(wrong) > 0 {
			t.Errorf("the index is wrong: %v, %v", wrong, err)
		}
		type answers struct {
			ID workflow.ID
			At time.Time
		}
		all, err := database.Rows[answers](t.Context(), db.Read(), `SELECT id, submitted_at AS at FROM submissions WHERE id % 5 = 0`)
		if err != nil || len(all) < n/6 {
			t.Fatalf("%d submissions, %v", len(all), err)
		}
		for _, a := range all {
			text, err := workflow.ReadText(t.Context(), db.Read(), a.ID, 1)
			if err != nil {
				t.Fatal(err)
			}
			given := text.Answers()
			if wrong := portal.areas.practices.Kind().Form.Problems(given, form.Env{Today: date.Today(a.At, i18n.Geneva), Vocabulary: portal.vocabulary()}); len(wrong) > 0 {
				t.Errorf("%q is not complete: %v", given.First("title"), wrong)
			}
		}
	}
	if sums[0] != sums[1] {
		t.Error("the same number does not give the same practices")
	}
}

// The check finds what is missing and what is too much, and a new index puts it right.
func TestTheCheckOfTheIndexOfPractices(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	portal := emptyPortal(t, db)
	if err := portal.scalePracticesOn(t.Context(), 100, date.New(2026, 11, 28)); err != nil {
		t.Fatal(err)
	}
	for _, harm := range []string{
		`DELETE FROM practice_bitmaps WHERE facet = 'objective' AND value = '1'`,
		`UPDATE practice_bitmaps SET bits = set_bit(bits, 8000, 1), n = n + 1 WHERE facet = 'all'`,
		`DELETE FROM practice_words WHERE word = (SELECT word FROM practice_words WHERE NOT common ORDER BY word LIMIT 1)`,
		`DELETE FROM practice_word_bitmaps`,
	} {
		if _, err := db.Read().Exec(t.Context(), harm); err != nil {
			t.Fatalf("%s: %v", harm, err)
		}
		if wrong, err := practice.CheckIndex(t.Context(), db.Read()); err != nil || len(wrong) == 0 {
			t.Errorf("%s is not seen: %v", harm, err)
		}
		if err := portal.Rebuild(t.Context()); err != nil {
			t.Fatal(err)
		}
		if wrong, err := practice.CheckIndex(t.Context(), db.Read()); err != nil || len(wrong) > 0 {
			t.Errorf("after %s a new index is wrong: %v, %v", harm, wrong, err)
		}
	}
}

func TestInventedPracticesAreRefusedInProduction(t *testing.T) {
	t.Parallel()
	portal := emptyPortal(t, dbtest.New(t))
	portal.config = &config.Config{Env: "production"}
	if err := portal.ScalePractices(t.Context(), 10); !errors.Is(err, ErrProduction) {
		t.Errorf("in production: %v", err)
	}
	portal.config = &config.Config{}
	for _, n := range []int{0, -1, mostScaled + 1} {
		if err := portal.ScalePractices(t.Context(), n); err == nil {
			t.Errorf("%d practices are not refused", n)
		}
	}
}

// The committed addresses that are measured are there, sixty of them, and their filters are understood.
func TestTheMeasuredAddressesOfPractices(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile("../practice/testdata/queries.txt")
	if err != nil {
		t.Fatal(err)
	}
	db := dbtest.New(t)
	portal := emptyPortal(t, db)
	if err := portal.scalePracticesOn(t.Context(), 300, date.New(2026, 11, 28)); err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(content)) {
		address, _, ok := strings.Cut(line, " #")
		if !ok || !strings.HasPrefix(address, "/") {
			continue
		}
		n++
		answer := httptest.NewRecorder()
		portal.Handler().ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, strings.NewReplacer("%LAST%", "GCM-PR-0021", "%ID%", "GCM-PR-0100").Replace(address), http.NoBody))
		if answer.Code != http.StatusOK || strings.Contains(answer.Body.String(), "was left out, because") {
			t.Errorf("%s answers %d, or leaves a filter out", address, answer.Code)
		}
	}
	if n != 60 {
		t.Errorf("%d addresses", n)
	}
}

// A booklet holds a hundred practices: of more, the page says how many they are and leads to fewer.
func TestABookletIsNotEndless(t *testing.T) {
	t.Parallel()
	portal := emptyPortal(t, dbtest.New(t))
	if err := portal.scalePracticesOn(t.Context(), practice.MaxBooklet+1, date.New(2026, 11, 28)); err != nil {
		t.Fatal(err)
	}
	visitor := webtest.New(t, portal.Handler())
	page := visitor.Get("/en/practices/booklet").Want(http.StatusUnprocessableEntity)
	if !page.Contains("101") || !page.Contains("100") {
		t.Error("the page does not say how many there are, and how many may be")
	}
	fewer := page.All(`main a[href*="/practices/booklet?"]`)
	if len(fewer) == 0 {
		t.Fatal("the page leads to no smaller booklet")
	}
	if booklet := visitor.Get(fewer[0].Attr("href")).Want(http.StatusOK); booklet.Count("article.booklet__part") == 0 {
		t.Error("the smaller booklet holds nothing")
	}
}
