// Package participation is which States took part in the reviews of the Global Compact: the regional reviews and the International
// Migration Review Forum (champions.md, country pages). The network desk keeps it; pages of countries and regions show it.
package participation

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
)

// The reviews in which a State can take part.
const (
	Regional = "regional" // the review of a region, by its regional commission
	Forum    = "forum"    // the International Migration Review Forum
)

// Reviews lists them in the order of the form.
var Reviews = []string{Regional, Forum}

// firstYear is that of the Compact; maxURL is how long the address of a document may be.
const (
	firstYear = 2018
	maxURL    = 1000
)

// Participation is that a State took part in a review.
type Participation struct {
	ID      int64
	Country string // ISO 3166-1 alpha-2
	Review  string // one of Reviews
	Region  string // of a regional review, else ""
	// Since and Until are the years in which the review began and ended; most end in the year in which they begin.
	Since, Until int
	// URL is a document of it, "" for none.
	URL string
}

// Service is what can be done with them.
type Service struct {
	db         *database.DB
	vocabulary func() *gcm.Vocabulary
	now        func() time.Time
}

// NewService returns the service. now is the clock.
func NewService(db *database.DB, vocabulary func() *gcm.Vocabulary, now func() time.Time) *Service {
	return &Service{db: db, vocabulary: vocabulary, now: now}
}

// keeps says whether the person keeps the list.
func keeps(who identity.User) bool { return who.OnDesk(identity.NetworkDesk) }

const columns = `p.id, p.country, p.review, p.region, p.since, p.until, p.url`

// all are those of a country or of a regional review, or of everywhere; the last on top.
func (s *Service) all(ctx context.Context, country, region string) ([]Participation, error) {
	all, err := database.Rows[Participation](ctx, s.db.Read(), `SELECT `+columns+` FROM review_participations p WHERE ($1 = '' OR p.country = $1) AND ($2 = '' OR p.region = $2)
		ORDER BY p.since DESC, p.review, p.region, p.country LIMIT 5000`, country, region)
	if err != nil {
		return nil, fmt.Errorf("who took part in reviews: %w", err)
	}
	return all, nil
}

// Moment is a review for a timeline: when it began, and the year as machines and people read it.
type Moment struct {
	At             time.Time
	On, Text, What string
}

// Gather is what pages of a country, or else of a region, show, and the reviews of a country in time; nil for nothing. href is the
// page of a State.
func (s *Service) Gather(ctx context.Context, country, region string, href func(code string) string) (templ.Component, []Moment, error) {
	if country == "" && region == "" {
		return nil, nil, nil
	}
	all, err := s.all(ctx, country, region)
	if err != nil || len(all) == 0 {
		return nil, nil, err
	}
	v := sectionView{words{s.vocabulary()}, all, href}
	if country == "" {
		return regionSection(v), nil, nil
	}
	var moments []Moment
	for _, p := range all {
		moments = append(moments, Moment{date.New(p.Since, time.January, 1).In(i18n.Geneva), strconv.Itoa(p.Since), p.years(ctx), v.named(ctx, p)})
	}
	return countrySection(v), moments, nil
}

// read makes a participation of what was typed.
func (s *Service) read(posted url.Values) (Participation, []problem.Field) {
	p := Participation{Country: posted.Get("country"), Review: posted.Get("review"), URL: strings.TrimSpace(posted.Get("url"))}
	var wrong []problem.Field
	add := func(name string) {
		wrong = append(wrong, problem.Field{Name: name, Key: "participation.wrong." + name})
	}
	if !slices.Contains(Reviews, p.Review) {
		add("review")
	}
	if p.Review == Regional {
		p.Region = posted.Get("region")
		if _, ok := s.vocabulary().Region(p.Region); !ok || p.Region == gcm.Global {
			add("region")
		}
	}
	if _, ok := s.vocabulary().Country(p.Country); !ok {
		add("country")
	}
	year := date.Today(s.now(), i18n.Geneva).Year()
	p.Since, p.Until = yearOf(posted.Get("since")), yearOf(posted.Get("until"))
	if p.Since < firstYear || p.Since > year {
		add("since")
	}
	if posted.Get("until") == "" {
		p.Until = p.Since
	} else if p.Since >= firstYear && (p.Until < p.Since || p.Until > p.Since+1) {
		add("until")
	}
	if p.URL != "" && (!form.ValidURL(p.URL) || len(p.URL) > maxURL) {
		add("url")
	}
	return p, wrong
}

func yearOf(typed string) int {
	n, _ := strconv.Atoi(strings.TrimSpace(i18n.Digits(typed))) // no number is no year
	return n
}

// Add keeps that a State took part, from what was typed. What is wrong, or there already, is a problem.Invalid.
func (s *Service) Add(ctx context.Context, who identity.User, posted url.Values) error {
	if !keeps(who) {
		return problem.NotFound
	}
	p, wrong := s.read(posted)
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		id, err := database.Value[int64](ctx, tx, `INSERT INTO review_participations (country, review, region, since, until, url, added_at) VALUES ($1, $2, $3, $4, $5, $6, $7) RETURNING id`,
			p.Country, p.Review, p.Region, p.Since, p.Until, p.URL, s.now())
		if err != nil {
			return err
		}
		return s.record(ctx, tx, who, "add", id)
	})
	if database.Constraint(err) == "review_participations_once" {
		return problem.Invalid(problem.Field{Name: "country", Key: "participation.wrong.there"})
	}
	if err != nil {
		return fmt.Errorf("keep who took part in a review: %w", err)
	}
	return nil
}

// Remove takes one away; one that is gone already stays so.
func (s *Service) Remove(ctx context.Context, who identity.User, id int64) error {
	if !keeps(who) {
		return problem.NotFound
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		_, err := database.Value[int64](ctx, tx, `DELETE FROM review_participations WHERE id = $1 RETURNING id`, id)
		if errors.Is(err, problem.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, who, "remove", id)
	})
	if err != nil {
		return fmt.Errorf("take participation %d away: %w", id, err)
	}
	return nil
}

func (s *Service) record(ctx context.Context, tx database.Tx, who identity.User, act string, id int64) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "participation." + act, Subject: "participation", SubjectID: id, At: s.now()})
}
