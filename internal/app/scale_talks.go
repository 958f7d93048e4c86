package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"portal/internal/clock"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/practice"
	"portal/internal/request"
	"portal/internal/workflow"
)

// scaledPerTalk is how many pledges there are a talk.
const scaledPerTalk = 10

// readersPerPledge is how many readers of the newsletter there are a pledge.
const readersPerPledge = 5

// copyAll writes the pledges, as many practices of the same offices, and a tenth as many talks: what the pages of countries gather. It
// adds readers of the newsletter.
func (s *scaler) copyAll(ctx context.Context, tx database.Tx) error {
	if err := s.copyPledges(ctx, tx); err != nil {
		return err
	}
	practices, talks := *s, *s
	practices.kind, practices.desk, practices.publicID = practice.KindName, identity.HubDesk, practice.FormatID
	if err := practices.copyPractices(ctx, tx); err != nil {
		return err
	}
	talks.kind, talks.desk, talks.n = request.Talk, identity.NetworkDesk, max(s.n/scaledPerTalk, 1)
	if err := talks.copyTalks(ctx, tx); err != nil {
		return err
	}
	return s.app.areas.news.Bulk(ctx, tx, readersPerPledge*s.n, s.today.In(i18n.Geneva))
}

// copyTalks writes the submissions of talks with their text, events and record, and announces them.
func (s *scaler) copyTalks(ctx context.Context, tx database.Tx) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := s.begin(ctx, tx, s.n); err != nil {
		return err
	}
	references, err := dropReferences(ctx, tx)
	if err != nil {
		return err
	}
	tables := newScaledTables()
	var talks []request.BulkTalk
	for batch := range s.batches(ctx, s.n, s.makeTalk) {
		if err := tables.write(ctx, tx, s, batch); err != nil {
			return err
		}
		for _, x := range batch {
			talks = append(talks, request.BulkTalk{ID: x.id, Lang: x.lang, Answers: x.answers[0], Offices: x.organizers, At: x.public})
		}
	}
	for _, sql := range references {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return fmt.Errorf("put references back: %w", err)
		}
	}
	return request.AddTalks(ctx, tx, talks)
}

var (
	scaleLevels  = spread[request.Level]{{request.Global, 30}, {request.Regional, 40}, {request.National, 30}}
	scaleFormats = spread[string]{{"online", 60}, {"hybrid", 30}, {"in_person", 10}}
)

// makeTalk invents talk i, the oldest first; a twentieth of them are still to come.
func (s *scaler) makeTalk(i int) scaled {
	r := rand.New(rand.NewPCG(seedOfTalks, uint64(i)))
	x := scaled{id: s.base.submission + int64(i) + 1, revision: 1, submitted: 1, state: workflow.Accepted, office: s.offices[skewed(r, len(s.offices))]}
	day := s.today.AddDays(90 - int((1-float64(i)/float64(s.n))*1800) - r.IntN(3))
	sent := day.AddDays(-60)
	if s.today.AddDays(-9).Before(sent) {
		sent = s.today.AddDays(-9 - r.IntN(9))
	}
	x.sent = sent.In(i18n.Geneva).Add(time.Duration(8*3600+r.IntN(9*3600)) * time.Second)
	x.created = x.sent.AddDate(0, 0, -1-r.IntN(20))
	x.taken = x.sent.Add(time.Duration(1+r.IntN(40)) * time.Hour)
	x.public = x.taken.Add(time.Duration(1+r.IntN(100)) * time.Hour)
	x.lang = x.office.lang
	a := s.writer(r, x, x.lang).scaleTalk(s.vocabulary, x.office, day)
	x.organizers = []int64{x.office.id}
	if other := s.offices[skewed(r, len(s.offices))]; other.id != x.office.id && r.IntN(2) == 0 {
		a["organizers.1.name"], a["organizers.1.role"] = []string{other.name}, []string{"co_lead"}
		x.organizers = append(x.organizers, other.id)
	}
	x.title, x.answers = a.First("title"), []form.Answers{a}
	return x
}

// scaleTalk invents the answers of a talk of the office on a day.
func (w writer) scaleTalk(v *gcm.Vocabulary, o scaleOffice, day date.Date) form.Answers {
	one := func(s string) []string { return []string{s} }
	level, format := scaleLevels.pick(w.Rand), scaleFormats.pick(w.Rand)
	a := form.Answers{
		"language": one(w.lang), "title": one(w.fill(pickOne(w.Rand, w.phrases.Titles))), "purpose": one(w.sentences(4)), "outcomes": one("practices"), "outcome": one(w.sentences(1)),
		"organizers.0.name": one(o.name), "organizers.0.role": one("lead"),
		"level": one(string(level)), "objectives": several(w.Rand, 3, gcm.Objectives), "principles": several(w.Rand, 2, len(v.Principles)),
		"dates.0.starts": one("14:00"), "dates.0.ends": one("15:30"), "dates.0.zone": one(clock.Zones[w.IntN(len(clock.Zones))]),
		"format": one(format), "audience": one("open"), "interpretation": one("en"),
		"contact_name": one(o.contributor.name), "contact_email": one(o.contributor.email),
	}
	for part, n := range map[string]int{"day": day.Day(), "month": int(day.Month()), "year": day.Year()} {
		a["dates.0.day."+part] = one(strconv.Itoa(n))
	}
	if format != "online" {
		a["place"] = one(w.fill(pickOne(w.Rand, w.phrases.Places)))
	}
	switch level {
	case request.Regional:
		if c, ok := v.Country(o.country); ok && len(c.ReviewRegions) > 0 {
			a["region"] = one(pickOne(w.Rand, c.ReviewRegions))
		} else {
			a["level"] = one(string(request.Global))
		}
	case request.National:
		a["country"], a["relevance"] = one(o.country), one(w.sentences(1))
	}
	return a
}
