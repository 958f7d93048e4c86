package app

import (
	"context"
	_ "embed"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/practice"
	"portal/internal/workflow"
)

//go:embed demo/calls.json
var demoCalls []byte

// demoCall is an invented call for practices: opened some days ago, with a deadline some days from today. Practices are the
// places of those that answer it; one with takeaways, by place and language, has a page of results.
type demoCall struct {
	Opened, Days       int
	Lang               string
	Objectives         []int
	Sectors, Languages []string
	Texts              []practice.CallText
	Practices          []int
	Takeaways          map[string]map[string]string

	id practice.CallID
}

// calls opens the demonstration's calls, on their days.
func (s *seeder) calls(ctx context.Context) ([]demoCall, error) {
	var all []demoCall
	if err := json.Unmarshal(demoCalls, &all); err != nil {
		return nil, err
	}
	lead, err := s.staffOf(ctx, "hublead@demo.example")
	if err != nil {
		return nil, err
	}
	for i := range all {
		c := &all[i]
		deadline := date.Today(s.start, i18n.Geneva).AddDays(c.Days)
		typed := callWords(c.Texts[0])
		typed["language"], typed["sectors"], typed["languages"], typed["objectives"] = []string{c.Lang}, c.Sectors, c.Languages, numbers(c.Objectives)
		typed.Set("deadline.day", strconv.Itoa(deadline.Day()))
		typed.Set("deadline.month", strconv.Itoa(int(deadline.Month())))
		typed.Set("deadline.year", strconv.Itoa(deadline.Year()))
		typed.Set("clock", "23:59")
		s.at(c.Opened+5, 10)
		if c.id, err = s.areas.practices.MakeCall(ctx, lead, typed); err != nil {
			return nil, err
		}
		version := 1
		for _, t := range c.Texts[1:] {
			if err := s.areas.practices.SaveCallText(ctx, lead, c.id, version, t.Lang, callWords(t)); err != nil {
				return nil, err
			}
			version++
		}
		s.at(c.Opened, 9)
		if err := s.areas.practices.OpenCall(ctx, lead, c.id, version); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func callWords(t practice.CallText) url.Values {
	return url.Values{"title": {t.Title}, "theme": {t.Theme}, "body": {t.Body}, "who": {t.Who}, "criteria": {t.Criteria}}
}

// callOf is the call that the practice at the place answers; 0 for none.
func callOf(all []demoCall, place int) practice.CallID {
	for _, c := range all {
		if slices.Contains(c.Practices, place) {
			return c.id
		}
	}
	return 0
}

// results publishes what came of the calls that have takeaways; made are the practices by their places.
func (s *seeder) results(ctx context.Context, all []demoCall, made map[int]workflow.ID) error {
	lead, err := s.staffOf(ctx, "hublead@demo.example")
	if err != nil {
		return err
	}
	for _, c := range all {
		if len(c.Takeaways) == 0 {
			continue
		}
		s.at(22, 10)
		for _, l := range i18n.All {
			if err := s.arrange(ctx, lead, c, string(l), made); err != nil {
				return err
			}
		}
		s.at(20, 11)
		call, err := s.areas.practices.DeskCall(ctx, lead, c.id)
		if err != nil {
			return err
		}
		if err := s.areas.practices.FeatureCall(ctx, lead, c.id, call.Version); err != nil {
			return err
		}
	}
	return nil
}

func (s *seeder) arrange(ctx context.Context, lead identity.User, c demoCall, lang string, made map[int]workflow.ID) error {
	typed := url.Values{}
	for _, t := range c.Texts {
		if t.Lang == lang {
			typed.Set("intro", t.Intro)
		}
	}
	for n, place := range c.Practices {
		id := strconv.FormatInt(made[place], 10)
		typed.Set("place_"+id, strconv.Itoa(n+1))
		typed.Set("takeaway_"+id, c.Takeaways[strconv.Itoa(place)][lang])
	}
	call, err := s.areas.practices.DeskCall(ctx, lead, c.id)
	if err != nil {
		return err
	}
	return s.areas.practices.Arrange(ctx, lead, c.id, call.Version, lang, typed)
}
