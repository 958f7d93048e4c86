package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/practice"
	"portal/internal/workflow"
)

// ScalePractices adds n invented, published practices of about two thousand characters in six languages, with their offices
// and people: for measuring, not for showing. Like Scale it gives the same data for the same n, works on an empty portal or
// on top of the demonstration, and is refused in production and where Scale has been.
func (a *App) ScalePractices(ctx context.Context, n int) error {
	return a.scalePracticesOn(ctx, n, date.Today(time.Now(), i18n.Geneva))
}

func (a *App) scalePracticesOn(ctx context.Context, n int, today date.Date) error {
	return a.scaleWith(ctx, &scaler{app: a, n: n, today: today, kind: practice.KindName, desk: identity.HubDesk, publicID: practice.FormatID}, (*scaler).copyPractices)
}

// copyPractices writes the submissions with their text, events and record, and puts them before the public.
func (s *scaler) copyPractices(ctx context.Context, tx database.Tx) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	err := s.begin(ctx, tx, s.n)
	if err != nil {
		return err
	}
	if s.base.ordinal, err = practice.NextOrdinal(ctx, tx); err != nil {
		return err
	}
	if s.base.number, err = database.Value[int64](ctx, tx, `SELECT setval('practice_numbers', nextval('practice_numbers') + $1)`, s.n); err != nil {
		return err
	}
	s.base.number -= int64(s.n) + 1
	references, err := dropReferences(ctx, tx)
	if err != nil {
		return err
	}
	bulk, err := s.app.areas.practices.Bulk(ctx, tx)
	if err != nil {
		return err
	}
	tables := newScaledTables()
	for batch := range s.batches(ctx, s.n, s.makePractice) {
		if err := tables.write(ctx, tx, s, batch); err != nil {
			return err
		}
		publications := make([]practice.Publication, len(batch))
		for i, x := range batch {
			publications[i] = practice.Publication{OfficeID: x.office.id, Ordinal: s.base.ordinal + x.number - s.base.number - 1, Record: practice.Record{
				ID: x.id, Revision: 1, PublicID: practice.FormatID(x.number), FirstPublishedAt: x.public, PublishedAt: x.public,
				OfficeName: x.office.name, Content: x.answers[0],
			}}
		}
		if err := bulk.Add(ctx, publications); err != nil {
			return err
		}
	}
	for _, sql := range references {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("put references back: %w", err)
		}
	}
	return bulk.Finish(ctx)
}

// makePractice invents practice i, the oldest first.
func (s *scaler) makePractice(i int) scaled {
	r := rand.New(rand.NewPCG(seedOfPractices, uint64(i)))
	x := scaled{
		id: s.base.submission + int64(i) + 1, number: s.base.number + int64(i) + 1, revision: 1, submitted: 1, state: workflow.Published,
		office: s.offices[skewed(r, len(s.offices))],
	}
	at := 1 - float64(i)/float64(s.n)
	days := 15 + int(at*at*float64(s.today.Year()-2018)*365) + r.IntN(9)
	x.sent = s.today.AddDays(-days).In(i18n.Geneva).Add(time.Duration(8*3600+r.IntN(9*3600)) * time.Second)
	x.created = x.sent.AddDate(0, 0, -1-r.IntN(20))
	x.taken = x.sent.Add(time.Duration(1+r.IntN(40)) * time.Hour)
	x.public = x.taken.Add(time.Duration(1+r.IntN(100)) * time.Hour)
	x.lang = x.office.lang
	if r.IntN(10) == 0 {
		x.lang = "en"
	}
	w := s.writer(r, x, x.lang)
	a := w.scalePractice(s.vocabulary, x.office, date.Of(x.created))
	if r.IntN(6) == 0 {
		if other := scaleLangs.pick(r); other != x.lang {
			v := s.writer(r, x, other)
			a["versions.0.language"] = []string{other}
			a["versions.0.title"] = []string{v.fill(pickOne(r, v.phrases.Titles))}
			a["versions.0.summary"] = []string{v.sentences(2)}
			a["versions.0.description"] = []string{v.description(practice.MinDescription, 1200)}
		}
	}
	x.title, x.answers = a.First("title"), []form.Answers{a}
	return x
}

// writer writes about the office of the submission in a language.
func (s *scaler) writer(r *rand.Rand, x scaled, lang string) writer {
	return writer{Rand: r, lang: lang, phrases: s.phrases[lang], country: s.vocabulary.CountryName(i18n.Lang(lang), x.office.country), year: x.sent.Year()}
}

// sentences are so many of them in a row.
func (w writer) sentences(n int) string {
	text := ""
	for range n {
		if text != "" && w.lang != "zh" {
			text += " "
		}
		text += w.fill(pickOne(w.Rand, w.phrases.Sentences))
	}
	return text
}

var (
	scaleCompletions = spread[practice.Completion]{{practice.Completed, 50}, {practice.MostlyCompleted, 15}, {practice.Ongoing, 35}}
	scaleScopes      = spread[practice.Scope]{{practice.National, 50}, {practice.Subnational, 30}, {practice.Regional, 15}, {practice.Global, 5}}
)

// scalePractice invents the answers of a practice of the office, written on a day.
func (w writer) scalePractice(v *gcm.Vocabulary, o scaleOffice, written date.Date) form.Answers {
	one := func(s string) []string { return []string{s} }
	a := form.Answers{
		"criteria": one("yes"), "language": one(w.lang), "filed_for": one("own"),
		"title": one(w.fill(pickOne(w.Rand, w.phrases.Titles))), "summary": one(w.sentences(2)),
		"type": one(string(practice.Types[skewed(w.Rand, len(practice.Types))])), "description": one(w.description(practice.MinDescription, 1700)),
		"objectives": several(w.Rand, 3, gcm.Objectives), "related": several(w.Rand, 3, gcm.Objectives),
		"principles": several(w.Rand, 4, len(v.Principles)), "sdgs": several(w.Rand, 4, practice.SDGs),
		"implementer": one(o.name), "implementer_type": one(o.category),
		"contact_name": one(o.head.name), "contact_position": one(positions[w.lang]), "contact_email": one(o.head.email),
		"figures.0.value": one(strconv.Itoa(1 + w.IntN(9000))), "figures.0.what": one(w.fill(pickOne(w.Rand, w.phrases.Indicators))),
		"links.0.label": one(w.fill("{T}")), "links.0.url": one("https://www.example.org/practice/" + strconv.Itoa(w.IntN(1_000_000))),
		"licence": one(string(practice.Licences[skewed(w.Rand, len(practice.Licences))])), "consent": one("yes"),
	}
	if o.category == practice.OtherCategory {
		a["implementer_other"] = one(w.fill("{t}"))
	}
	for _, part := range []string{"beneficiaries", "participation", "results", "evidence", "lessons", "conditions", "innovation", "sustainability"} {
		a[part] = one(w.sentences(1 + w.IntN(2)))
	}
	for _, part := range []string{"costs", "people", "time"} {
		if w.IntN(2) == 0 {
			a[part] = one(w.sentences(1))
		}
	}
	completion := scaleCompletions.pick(w.Rand)
	a["completion"] = one(string(completion))
	ended := written.AddDays(-20 - skewed(w.Rand, 900))
	setDay(a, "started", ended.AddDays(-100-w.IntN(1400)))
	if completion != practice.Ongoing {
		setDay(a, "ended", ended)
	}
	w.scalePlace(v, o, a)
	if w.IntN(2) == 0 {
		a["partners.0.name"], a["partners.0.role"] = one(w.fill("{B}")), one(string(pickOne(w.Rand, practice.Roles)))
		a["partners.0.part"] = one(w.fill("{M}"))
	}
	if w.IntN(5) < 2 {
		a["blocks.0.title"], a["blocks.0.text"] = one(w.fill("{M}")), one(w.sentences(2))
	}
	return a
}

// scalePlace says where it is.
func (w writer) scalePlace(v *gcm.Vocabulary, o scaleOffice, a form.Answers) {
	scope := scaleScopes.pick(w.Rand)
	a["scope"] = []string{string(scope)}
	if scope == practice.Global {
		return
	}
	countries := []string{o.country}
	if scope == practice.Regional {
		all := v.Countries(i18n.English)
		for range 1 + w.IntN(5) {
			if c := all[w.IntN(len(all))].ISO2; !contains(countries, c) {
				countries = append(countries, c)
			}
		}
	}
	a["countries"] = countries
	if scope == practice.Subnational {
		a["place"] = []string{w.fill(pickOne(w.Rand, w.phrases.Places))}
		a["point"] = []string{fmt.Sprintf("%d.%d, %d.%d", w.IntN(60)-20, w.IntN(10), w.IntN(300)-150, w.IntN(10))}
	}
}
