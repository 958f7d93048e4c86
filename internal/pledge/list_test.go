package pledge_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/pledge"
	"portal/internal/webtest"
)

func TestReadAFilterFromAnAddress(t *testing.T) {
	t.Parallel()
	v := seeded(t)
	for _, c := range []struct {
		name, query, want string // want is the query that the filter stands for
		ignored           []string
	}{
		{"nothing", "", "", nil},
		{"everything", "q=labour&objective=6&objective=5&principle=1&nature=other&type=common&category=academia&country=KE&region=africa&year=2026&language=fr&sort=title",
			"category=academia&country=KE&language=fr&nature=other&objective=5&objective=6&principle=1&q=labour&region=africa&sort=title&type=common&year=2026", nil},
		{"a value twice", "objective=6&objective=6", "objective=6", nil},
		{"a country in small letters", "country=ke", "country=KE", nil},
		{"blank values", "q=&objective=&country=+&sort=&page=&after=", "", nil},
		{"words with spaces around", "q=++fair++recruitment+", "q=fair+recruitment", nil},
		{"the usual order", "sort=newest", "", nil},
		{"relevance without words", "sort=relevance", "", nil},
		{"newest of what is searched", "q=labour&sort=newest", "q=labour&sort=newest", nil},
		{"values that do not exist", "objective=24&objective=x&principle=0&nature=money&type=big&category=empire&country=ZZ&region=moon&year=1999&language=de&sort=random&page=-1&after=x", "",
			[]string{"objective", "principle", "year", "nature", "type", "category", "country", "region", "language", "sort", "page", "after"}},
		{"known and unknown ones", "objective=7&objective=99", "objective=7", []string{"objective"}},
		{"no word among the words", "q=%21%3F%28", "", []string{"q"}},
		{"too many words", "q=" + strings.Repeat("a", 300), "q=" + strings.Repeat("a", 200), []string{"q"}},
		{"parameters that are none", "utm_source=x&Q=labour", "", nil},
		{"a hostile mixture", "objective=1%27+OR+1%3D1--&country=%3Cscript%3E&q=%27%3B+DROP+TABLE+pledges%3B--", "q=%27%3B+DROP+TABLE+pledges%3B--", []string{"objective", "country"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			q, err := url.ParseQuery(c.query)
			if err != nil {
				t.Fatal(err)
			}
			f := pledge.ReadFilter(q, v)
			if got := f.Values().Encode(); got != c.want {
				t.Errorf("filter %q, want %q", got, c.want)
			}
			if !slices.Equal(f.Ignored, c.ignored) {
				t.Errorf("ignored %q, want %q", f.Ignored, c.ignored)
			}
			if again := pledge.ReadFilter(f.Values(), v); again.Values().Encode() != c.want || len(again.Ignored) != 0 {
				t.Errorf("read again it is %q", again.Values().Encode())
			}
		})
	}
}

// ids are the public IDs of the list.
func ids(records []pledge.Record) []string {
	var all []string
	for _, r := range records {
		all = append(all, r.PublicID)
	}
	return all
}

func listedIDs(list pledge.List) []string {
	var all []string
	for _, p := range list.Pledges {
		all = append(all, p.PublicID)
	}
	return all
}

func (w *world) list(t testing.TB, query string) pledge.List {
	t.Helper()
	q, err := url.ParseQuery(query)
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.service.List(t.Context(), pledge.ReadFilter(q, seeded(t)), i18n.English)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return list
}

func TestSearchInSixLanguages(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	published := map[string]string{}
	for _, l := range []string{"en", "fr", "es", "ar", "ru", "zh"} {
		a := texts6(l)
		a["countries"], a["objectives"], a["indicators.0.what"] = []string{map[string]string{"en": "KE", "fr": "CI", "es": "MX", "ar": "EG", "ru": "KG", "zh": "CN"}[l]}, []string{"6"}, []string{"x"}
		_, published[l] = w.publish(t, a)
	}
	for _, c := range []struct{ name, q, want string }{
		{"an English word", "agency", "en"},
		{"in capitals", "RECRUITMENT worker", "en ar zh"}, // the others say it in the name of objective 6
		{"the beginning of a word", "recruitm", "en fr es ar ru zh"},
		{"French without its accents", "etat civil numerique", "fr"},
		{"French with them", "État civil", "fr"},
		{"Spanish without its tilde", "ninas", "es"},
		{"Arabic without its marks", "موثقة", "ar"},
		{"Arabic with another alef", "الكترونيا", "ar"},
		{"Russian with e for ё", "еще контакт", "ru"},
		{"Chinese in the middle of a sentence", "行前培训", "zh"},
		{"a country by its English name", "Kyrgyzstan", "ru"},
		{"a country by its Arabic name", "المكسيك", "es"},
		{"the country of who pledges", "肯尼亚", "en fr es ar ru zh"},
		{"a country by its Chinese name", "墨西哥", "es"},
		{"a country by its French name", "Côte d’Ivoire", "fr"},
		{"the ID", published["fr"], "fr"},
		{"the ID as somebody types it", strings.ToLower(strings.ReplaceAll(published["zh"], "-00", "-")), "zh"},
		{"an ID that does not exist", "GCM-P-0999", ""},
		{"words that nobody wrote", "xylophone", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			list := w.list(t, url.Values{"q": {c.q}}.Encode())
			var got []string
			for _, l := range []string{"en", "fr", "es", "ar", "ru", "zh"} {
				if slices.Contains(listedIDs(list), published[l]) {
					got = append(got, l)
				}
			}
			if c.name == "in capitals" {
				if !slices.Contains(got, "en") {
					t.Errorf("%q finds %q", c.q, got)
				}
				return
			}
			if strings.Join(got, " ") != c.want || list.Total != len(got) {
				t.Errorf("%q finds %q (%d), want %q", c.q, got, list.Total, c.want)
			}
		})
	}
}

func TestTheBestMatchComesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, inTitle := w.publish(t, with(form.Answers{"title": {"Mobile clinics"}}))
	_, inText := w.publish(t, with(form.Answers{"title": {"Another"}, "description": {long("Clinics are mentioned once in a long text about all kinds of other things.")}}))
	if got := listedIDs(w.list(t, "q=clinics")); !slices.Equal(got, []string{inTitle, inText}) {
		t.Errorf("by relevance: %v", got)
	}
	if got := listedIDs(w.list(t, "q=clinics&sort=newest")); !slices.Equal(got, []string{inText, inTitle}) {
		t.Errorf("by time: %v", got)
	}
}

// Also where more match than are put in the order of relevance, who has the words in the title leads, however old it is.
func TestTheBestMatchOfManyComesFirst(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, 150)
	if _, err := w.db.Read().Exec(t.Context(), `SELECT setval('pledge_numbers', 150)`); err != nil {
		t.Fatal(err)
	}
	w.at(instant(t, "2023-06-01 12:00:00"))
	_, inTitle := w.publish(t, with(form.Answers{"title": {"A common register"}}))
	w.at(instant(t, "2025-06-01 12:00:00"))
	list := w.list(t, "q=common")
	if got := listedIDs(list); list.Total != 150 || len(got) == 0 || got[0] != inTitle {
		t.Errorf("of %d: %v", list.Total, got)
	}
	if got := listedIDs(w.asOf(t, "2024-06-01", "q=common")); len(got) == 0 || got[0] != inTitle {
		t.Errorf("as of a day: %v", got)
	}
}

func TestTitlesAreSortedByTheAlphabetOfTheReader(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, title := range []string{"zebra", "Étude", "apple", "Apple", "北京", "上海", "بيت", "أرض", "Яблоко", "арбуз", "etude"} {
		w.publish(t, with(form.Answers{"title": {title}}))
	}
	for l, want := range map[i18n.Lang]string{
		i18n.English: "apple Apple etude Étude zebra арбуз Яблоко أرض بيت",
		i18n.Arabic:  "أرض بيت apple Apple etude Étude zebra арбуз Яблоко",
		i18n.Russian: "арбуз Яблоко apple Apple etude Étude zebra أرض بيت",
		i18n.Chinese: "北京 上海",
	} {
		list, err := w.service.List(t.Context(), pledge.Filter{Sort: pledge.ByTitle}, l)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, r := range list.Pledges {
			if slices.Contains(strings.Fields(want), r.Title) {
				got = append(got, r.Title)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("in %s: %s; want %s", l, strings.Join(got, " "), want)
		}
	}
}

func TestFiltersNarrowAndCountsAreThoseOfTheList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.at(time.Date(2025, 12, 31, 22, 59, 0, 0, time.UTC)) // 2025 in Geneva as well
	w.publish(t, complete())
	w.at(time.Date(2025, 12, 31, 23, 30, 0, 0, time.UTC)) // 2026 in Geneva
	w.publish(t, with(form.Answers{"objectives": {"6", "18"}, "countries": {"CO"}, "natures": {"human_resources"}, "versions.0.language": {"ar"}, "versions.0.title": {"ع"}, "versions.0.description": {"ن"}}))
	w.publish(t, both(texts6("fr"), form.Answers{"scope": {"global"}, "countries": nil, "category": {"academia"}, "principles": {"10"}}))
	gone, _ := w.publish(t, complete())
	w.apply(t, gone, w.Officer.User, "archive", "taken down")
	for query, want := range map[string]int{
		"":                         3,
		"objective=6":              3,
		"objective=18":             1,
		"objective=18&objective=6": 3,
		"objective=5":              0, // related objectives do not count
		"country=KE":               1,
		"country=KE&country=CO":    2,
		"region=africa":            1,
		"region=global":            1,
		"category=academia":        1,
		"nature=human_resources":   1,
		"type=individual":          3,
		"type=matching":            0,
		"principle=10":             1,
		"year=2025":                1,
		"year=2026":                2,
		"year=2025&year=2026":      3,
		"language=ar":              1,
		"language=fr":              1,
		"language=fr&country=KE":   0,
		"q=recruitment&country=CO": 1,
		"q=xylophone":              0,
	} {
		list := w.list(t, query)
		if list.Total != want || len(list.Pledges) != want {
			t.Errorf("%q: %d pledges (%d shown), want %d", query, list.Total, len(list.Pledges), want)
		}
		// Each count is what the list would hold with that value alone in its facet.
		for facet, counts := range list.Counts {
			for value, n := range counts {
				q, _ := url.ParseQuery(query)
				q.Set(facet, value)
				if got := w.list(t, q.Encode()).Total; got != n {
					t.Errorf("%q: the count of %s=%s is %d, its list has %d", query, facet, value, n, got)
				}
			}
		}
	}
}

// fill puts n published pledges into the database by SQL, one a minute; every tenth in Kenya, every 97th with a rare word.
func (w *world) fill(t testing.TB, n int) {
	t.Helper()
	content, err := json.Marshal(complete())
	if err != nil {
		t.Fatal(err)
	}
	w.must(t, func(ctx context.Context, tx database.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO submissions (kind, desk, title, state, office_id, author_id, revision, submitted_revision, published_revision, public_id, created_at, changed_at)
			SELECT 'pledge', 'pledges', 'Pledge ' || n, 'published', @office, @author, 1, 1, 1, 'GCM-P-' || lpad(n::text, 4, '0'), now(), now() FROM generate_series(1, @n) n`,
			database.Args{"office": w.Office, "author": w.Head.User.ID, "n": n}); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO pledges (id, revision, public_id, first_published_at, published_at, office_id, office_name, country, entity, category,
				title, lang, langs, type, countries, regions, natures, objectives, principles, content, words)
			SELECT s.id, 1, s.public_id, at, at, s.office_id, 'Ministry of Labour', 'KE', 'Ministry ' || (n % 50), CASE WHEN n % 40 = 0 THEN 'academia' ELSE 'member_state' END,
				'Pledge ' || md5(n::text), 'en', '{en}', 'individual', CASE WHEN n % 100 = 0 THEN '{KE}' ELSE ARRAY['C' || chr(65 + n % 26)] END, '{africa}',
				'{policy_oriented}', ARRAY[1 + n % 23], ARRAY[1 + n % 10], jsonb_set(@content::jsonb, '{title,0}', to_jsonb('Pledge ' || md5(n::text))),
				to_tsvector('simple', 'pledge ' || md5(n::text) || CASE WHEN n % 97 = 0 THEN ' rare' ELSE ' common' END)
			FROM submissions s, LATERAL (SELECT substr(s.public_id, 7)::int AS n) x, LATERAL (SELECT timestamptz '2024-01-01' + n * interval '1 minute' AS at) y
			WHERE s.public_id IS NOT NULL`, database.Args{"content": string(content)})
		return err
	})
	if _, err := w.db.Read().Exec(t.Context(), `VACUUM ANALYZE pledges`); err != nil {
		t.Fatal(err)
	}
}

func TestPagingByNumberAndThenByKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	const n = 1050 // two and a half pages beyond the numbered ones
	w.fill(t, n)
	for _, sort := range []string{"newest", "title", "relevance"} {
		t.Run(sort, func(t *testing.T) {
			query := "sort=" + sort
			if sort == "relevance" {
				query += "&q=pledge"
			}
			seen := map[string]bool{}
			collect := func(list pledge.List) {
				t.Helper()
				if list.Total != n {
					t.Fatalf("%d pledges, want %d", list.Total, n)
				}
				for _, id := range listedIDs(list) {
					if seen[id] {
						t.Fatalf("%s comes twice", id)
					}
					seen[id] = true
				}
			}
			var list pledge.List
			for page := 1; page <= 50; page++ {
				list = w.list(t, fmt.Sprintf("%s&page=%d", query, page))
				if list.Filter.Page != page || (list.Next != "") != (page == 50) {
					t.Fatalf("page %d: it is %d, next %q", page, list.Filter.Page, list.Next)
				}
				collect(list)
			}
			for parts := 0; list.Next != ""; parts++ {
				list = w.list(t, query+"&after="+list.Next)
				collect(list)
				if parts > 3 {
					t.Fatal("the list does not end")
				}
			}
			if len(seen) != n {
				t.Errorf("%d of %d pledges were shown", len(seen), n)
			}
		})
	}
	if list := w.list(t, "page=99999"); list.Filter.Page != 50 {
		t.Errorf("page 99999 is page %d", list.Filter.Page)
	}
	if list := w.list(t, "country=KE&page=7"); list.Filter.Page != 1 || len(list.Pledges) != list.Total {
		t.Errorf("a page beyond the last is page %d", list.Filter.Page)
	}
	if list := w.list(t, "after=GCM-P-9999"); list.Filter.Page != 1 || !slices.Contains(list.Filter.Ignored, "after") {
		t.Errorf("after a pledge that never was: page %d, ignored %v", list.Filter.Page, list.Filter.Ignored)
	}
}

func TestWalkGivesEverythingInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.fill(t, 450) // more than two parts
	for _, c := range []struct {
		query string
		want  int
	}{{"", 450}, {"sort=title", 450}, {"q=pledge", 450}, {"country=KE", 4}, {"type=common", 0}} {
		q, _ := url.ParseQuery(c.query)
		f := pledge.ReadFilter(q, seeded(t))
		var got []string
		err := w.service.Walk(t.Context(), f, i18n.English, func(r pledge.Record) error {
			got = append(got, r.PublicID)
			return nil
		})
		if err != nil || len(got) != c.want {
			t.Errorf("%q: %d pledges, %v; want %d", c.query, len(got), err, c.want)
		}
		if f.Sort != pledge.ByTitle && !slices.IsSortedFunc(got, func(a, b string) int { return strings.Compare(b, a) }) {
			t.Errorf("%q: not the newest first", c.query)
		}
		slices.Sort(got)
		if len(slices.Compact(got)) != c.want {
			t.Errorf("%q: some come twice", c.query)
		}
	}
}

func TestRelatedPledgesShareAnObjectiveOrACountry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	_, this := w.publish(t, complete())                                                        // objective 6, KE and UG
	_, far := w.publish(t, with(form.Answers{"objectives": {"1"}, "countries": {"PE"}}))       // nothing in common
	_, country := w.publish(t, with(form.Answers{"objectives": {"2"}, "countries": {"UG"}}))   // a country
	_, objective := w.publish(t, with(form.Answers{"objectives": {"6"}, "scope": {"global"}})) // an objective
	_, most := w.publish(t, with(form.Answers{"objectives": {"6", "7"}, "countries": {"KE"}})) // both
	p, err := w.service.Public(t.Context(), this, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := ids(p.Related)
	if len(got) != 3 || got[0] != most || !slices.Contains(got, country) || !slices.Contains(got, objective) || slices.Contains(got, far) {
		t.Errorf("related to %s: %v", this, got)
	}
}

func TestWhoMayStart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	viewer := webtest.NewUser(t, w.db, "Reader", map[int64]identity.PostRole{w.Office: identity.Viewer})
	for _, c := range []struct {
		name   string
		who    identity.User
		office int64
		ok     bool
	}{
		{"the head", w.Head.User, w.Office, true},
		{"a contributor", w.Member.User, w.Office, true},
		{"a viewer", viewer, w.Office, false},
		{"somebody of another office", w.OtherMember.User, w.Office, false},
		{"an office that there is not", w.Head.User, 424242, false},
		{"nobody", identity.User{}, w.Office, false},
	} {
		if _, err := w.service.Start(t.Context(), c.who, c.office); (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}
