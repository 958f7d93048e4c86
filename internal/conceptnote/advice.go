package conceptnote

import (
	"context"
	"slices"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/workflow"
	"portal/web/ui"
)

func knownLang(lang string) bool { return slices.Contains(i18n.All, i18n.Lang(lang)) }

// remark is something about a note that nobody refuses and everybody should know.
type remark struct {
	key  string
	args []any
}

// unusual is the remark on a duration outside the limits; nil for none.
func (c *Configuration) unusual(typed string) *remark {
	if months, ok := Months(typed); ok && !c.Usual(months) {
		return &remark{"concept_note.advice.months", []any{months, c.Duration.Least, c.Duration.Most}}
	}
	return nil
}

// remarks are those on the whole note: its duration, and thematic areas that are not those of its objectives.
func (s *Service) remarks(ctx context.Context, a form.Answers) []remark {
	var all []remark
	c := s.configuration()
	if r := c.unusual(a.First("months")); r != nil {
		all = append(all, *r)
	}
	chosen, proposed := a.All("areas"), c.AreasOf(a.Ints("objectives"))
	for _, area := range c.Areas {
		name := area.Names.In(i18n.From(ctx))
		switch in, expected := slices.Contains(chosen, area.ID), slices.Contains(proposed, area.ID); {
		case len(chosen) == 0 || len(proposed) == 0:
		case expected && !in:
			all = append(all, remark{"concept_note.advice.area_missing", []any{name}})
		case in && !expected:
			all = append(all, remark{"concept_note.advice.area_unexpected", []any{name}})
		}
	}
	return all
}

// Advice is what the writer reads before sending a note in; nil is nothing to advise.
func (s *Service) Advice(ctx context.Context, _ workflow.Submission, a form.Answers) (templ.Component, error) {
	if all := s.remarks(ctx, a); len(all) > 0 {
		return remarksNote("concept_note.advice.title", all), nil
	}
	return nil, nil
}

// ForDesk shows the desk what it should know of a note beside its answers: under which configuration it was sent in, how it
// came, for which meeting it is in time, and what the writer was advised.
func (s *Service) ForDesk(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error) {
	v := deskView{Remarks: s.remarks(ctx, a), Organizations: a.Rows("organizations"), Way: Way(a.First("way"))}
	if sub.SubmittedAt != nil {
		v.Version = s.configurations().At(*sub.SubmittedAt)
	}
	var err error
	if v.Says, err = s.Says(ctx, s.db.Read(), sub, s.now()); err != nil {
		return nil, err
	}
	return forDesk(v), nil
}

// deskView is what the desk sees of a note beside its answers.
type deskView struct {
	Version       *Version
	Way           Way
	Organizations int
	// Says is for which meeting it is in time; "" for a note that is over.
	Says    string
	Remarks []remark
}

func (v deskView) facts(ctx context.Context) []ui.Fact {
	var facts []ui.Fact
	if v.Way != "" {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "concept_note.desk.way"), Values: []string{i18n.T(ctx, "concept_note.field.way.option."+string(v.Way))}})
	}
	facts = append(facts, ui.Fact{Term: i18n.T(ctx, "concept_note.desk.organizations"), Values: []string{i18n.Number(ctx, v.Organizations)}})
	if v.Version != nil {
		facts = append(facts, ui.Fact{Term: i18n.T(ctx, "concept_note.desk.version"), Values: []string{i18n.T(ctx, "concept_note.desk.version.of", v.Version.Number, i18n.DayOf(ctx, v.Version.InForce))}})
	}
	return facts
}

// Beside returns what stands at the questions of a step, by question: that a duration is unusual, the thematic areas and
// the targets that go with the objectives.
func (s *Service) Beside(ctx context.Context, _ workflow.Submission, step string, a form.Answers, _ ui.Finding) (map[string]templ.Component, error) {
	beside := map[string]templ.Component{}
	c := s.configuration()
	switch step {
	case "where":
		countries := countriesOf(a.All("countries"), s.vocabulary())
		if len(countries) == 0 {
			return nil, nil
		}
		who, err := s.concerned(ctx, countries)
		if err != nil {
			return nil, err
		}
		beside["way"] = coordinators(who)
	case "note":
		if r := c.unusual(a.First("months")); r != nil {
			beside["months"] = remarksNote("", []remark{*r})
		}
	case "areas":
		objectives := a.Ints("objectives")
		var areas []string
		for _, id := range c.AreasOf(objectives) {
			i := slices.IndexFunc(c.Areas, func(area Area) bool { return area.ID == id })
			areas = append(areas, c.Areas[i].Names.In(i18n.From(ctx)))
		}
		if len(areas) > 0 {
			beside["areas"] = proposed("concept_note.advice.areas", areas)
		}
		if targets := s.targets(objectives); len(targets) > 0 {
			beside["targets"] = proposed("concept_note.advice.targets", targets)
		}
	}
	return beside, nil
}

// targets are the targets of the Sustainable Development Goals that go with the objectives, each once, in their order.
func (s *Service) targets(objectives []int) []string {
	var all []string
	for _, n := range objectives {
		if o, ok := s.vocabulary().Objective(n); ok {
			for _, t := range o.SDGTargets {
				if !slices.Contains(all, t) {
					all = append(all, t)
				}
			}
		}
	}
	return all
}
