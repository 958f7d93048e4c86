package app

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"portal/internal/champion"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/participation"
	"portal/internal/review"
	"portal/internal/workflow"
)

// demoChampions is what the demonstration adds to entries of the registry that the reference data has; all of it is invented.
var demoChampions = []struct {
	country, office, lang, statement string
}{
	{"KE", "State Department for Immigration and Citizen Services", "en", "Kenya brings counties, unions and returning workers to one table before each regional review, and shares how it went.\n\nWe offer our course for labour attachés to other Champions."},
	{"MA", "Ministère des affaires étrangères, direction des affaires consulaires", "fr", "Le Maroc accueille chaque année une rencontre des pays champions sur l’accès des migrants aux soins."},
	{"PH", "Department of Migrant Workers", "en", "The Philippines opens its recruitment registers to other Champions and reports each year what they found."},
	{"PT", "Agency for Integration, Migration and Asylum", "en", "Portugal offers peer visits to its national support centres for migrants."},
}

// demoDocuments are documents of all Champions that stand elsewhere.
var demoDocuments = []url.Values{
	{"kind": {"summary"}, "title": {"Summary of the Champions’ meeting of August 2023"}, "lang": {"en"}, "dated.year": {"2023"}, "dated.month": {"8"}, "url": {"https://champions.example/summary-2023"}, "released": {"yes"}},
	{"kind": {"recommendations"}, "title": {"Recommendations of the cross-regional dialogue in Accra"}, "lang": {"en"}, "dated.year": {"2023"}, "dated.month": {"11"}, "url": {"https://champions.example/accra"}, "released": {"yes"}},
	{"kind": {"letter"}, "title": {"Letter of the Champions to the President of the General Assembly"}, "lang": {"en"}, "url": {"https://champions.example/letter"}, "released": {"yes"}},
	{"kind": {"summary"}, "title": {"Draft summary of the next meeting"}, "lang": {"en"}, "url": {"https://champions.example/draft"}},
}

// champions keeps the registry for a while: statements, terms of co-chairs, documents, one role that is paused, invitations.
func (s *seeder) champions(ctx context.Context) error {
	desk, err := s.staffOf(ctx, "network@demo.example")
	if err != nil {
		return err
	}
	registry := s.areas.champions
	s.at(300, 10)
	for _, c := range demoChampions {
		w, err := registry.Desk(ctx, desk, c.country)
		if err != nil {
			return err
		}
		typed := whole("since", string(w.Since))
		typed.Set("focal_office", c.office)
		typed.Set("statement", c.statement)
		typed.Set("statement_lang", c.lang)
		if err := registry.SetDetails(ctx, desk, c.country, w.Version, typed); err != nil {
			return fmt.Errorf("details of %s: %w", c.country, err)
		}
	}
	for _, d := range demoDocuments {
		if err := registry.AddDocument(ctx, desk, "", d, nil); err != nil {
			return err
		}
	}
	for _, chair := range []string{"KE", "PH"} {
		if err := registry.AddChair(ctx, desk, chair, 2, whole("from", date.Today(s.now, i18n.Geneva).String())); err != nil {
			return fmt.Errorf("co-chair %s: %w", chair, err)
		}
	}
	s.at(40, 15)
	if err := registry.SetStatus(ctx, desk, "NE", 1, url.Values{"status": {string(champion.Paused)}, "reason": {"Asked for by the permanent mission in a note of last week."}}); err != nil {
		return err
	}
	for _, invited := range []string{"CV", "LK"} {
		if _, err := registry.Add(ctx, desk, url.Values{"country": {invited}, "status": {string(champion.Invited)}}); err != nil {
			return err
		}
	}
	for _, p := range demoParticipations {
		for _, code := range strings.Fields(p.countries) {
			typed := url.Values{"review": {p.review}, "region": {p.region}, "since": {p.since}, "until": {p.until}, "country": {code}}
			if err := s.areas.participations.Add(ctx, desk, typed); err != nil {
				return fmt.Errorf("participation of %s: %w", code, err)
			}
		}
	}
	if err := s.exchanges(ctx); err != nil {
		return err
	}
	return s.joinings(ctx, desk)
}

// demoExchanges are invented, in the order of the Champions' offices that post them.
var demoExchanges = []struct{ kind, objective, title, text string }{
	{"offer", "6", "A course for labour attachés", "Two weeks each spring, in English and French. We take four colleagues of other Champions."},
	{"wish", "6", "How others train labour attachés", "We are setting up a first course and would like to see one at work before it starts."},
	{"offer", "23", "Our reporting calendar", "One page that tells each ministry when to send which figure. We share it and how it came about."},
	{"wish", "1", "Surveys of people who return", "We look for questionnaires that were tried, and for somebody to talk them over with."},
	{"offer", "15", "Visits to one-stop centres", "We show how a centre works, from the first counter to the last, for two days."},
}

// exchanges lets offices of Champions offer and wish something, and one write to another.
func (s *seeder) exchanges(ctx context.Context) error {
	writers, err := database.Values[int64](ctx, s.db.Read(), `SELECT min(p.user_id) FROM offices o JOIN posts p ON p.office_id = o.id AND p.state = 'approved' AND p.role <> 'viewer'
		JOIN champions c ON c.iso2 = o.country AND c.status = 'confirmed' WHERE o.category = $1 AND o.state = 'approved' GROUP BY o.country ORDER BY o.country`, champion.FilingCategory)
	if err != nil {
		return err
	}
	s.at(12, 11)
	first := int64(0)
	for i, e := range demoExchanges {
		who, err := identity.Load(ctx, s.db.Read(), writers[i%len(writers)])
		if err != nil {
			return err
		}
		typed := form.Answers{"kind": {e.kind}, "objective": {e.objective}, "title": {e.title}, "text": {e.text}, "lang": {"en"}}
		setDay(typed, "until", date.Of(s.start).AddDays(60+30*i))
		peers, err := s.areas.champions.Peers(ctx, who)
		if err != nil {
			return err
		}
		typed["office"] = []string{strconv.FormatInt(peers[0].OfficeID, 10)}
		id, err := s.areas.champions.Post(ctx, who, url.Values(typed))
		if err != nil {
			return fmt.Errorf("exchange %q: %w", e.title, err)
		}
		if first == 0 {
			first = id
		} else if i == 1 {
			if err := s.areas.champions.WriteAbout(ctx, who, first, 0, "May two of our colleagues come next spring?"); err != nil {
				return err
			}
		}
	}
	return nil
}

// demoParticipations are invented: who took part in which review.
var demoParticipations = []struct{ review, region, since, until, countries string }{
	{participation.Regional, "africa", "2020", "2021", "KE MA UG GH SN"},
	{participation.Regional, "asia_pacific", "2021", "", "PH BD TH"},
	{participation.Forum, "", "2022", "", "KE MA PH PT BD MX"},
	{participation.Regional, "africa", "2024", "", "KE UG NG"},
}

// demoJoinings are cases of countries that join, each with how many days ago its note came and how far it is.
var demoJoinings = []struct {
	stage stage
	sent  int
}{{stage(acceptedStage), 60}, {reviewStage, 16}, {changesStage, 9}, {submittedStage, 2}, {draftStage, 1}}

// joinings lives through the cases, each of an office of another State.
func (s *seeder) joinings(ctx context.Context, desk identity.User) error {
	writers, err := database.Values[int64](ctx, s.db.Read(), `SELECT min(p.user_id) FROM offices o JOIN posts p ON p.office_id = o.id AND p.state = 'approved' AND p.role <> 'viewer'
		WHERE o.category = $1 AND o.state = 'approved' AND o.country <> '' AND o.country NOT IN (SELECT iso2 FROM champions) GROUP BY o.country ORDER BY o.country`, champion.FilingCategory)
	if err != nil {
		return err
	}
	for i, j := range demoJoinings {
		writer, err := identity.Load(ctx, s.db.Read(), writers[i%len(writers)])
		if err != nil {
			return err
		}
		s.at(j.sent+2, 11)
		filers, err := s.areas.champions.Filers(ctx, writer)
		if err != nil {
			return err
		}
		id, err := s.areas.champions.Begin(ctx, writer, filers[0].OfficeID)
		if err != nil {
			return fmt.Errorf("case of %s: %w", filers[0].Country, err)
		}
		if err := s.joining(ctx, writer, desk, id, j.stage, j.sent); err != nil {
			return fmt.Errorf("case of %s: %w", filers[0].Country, err)
		}
	}
	return nil
}

// joining lives through one case.
func (s *seeder) joining(ctx context.Context, writer, desk identity.User, id workflow.ID, to stage, sent int) error {
	c, err := s.areas.submissions.Open(ctx, writer, id)
	if err != nil {
		return err
	}
	note := date.Today(s.now, i18n.Geneva).AddDays(-3)
	answers := form.Answers{
		"note_reference": {fmt.Sprintf("NV/%d/%d", note.Year(), 100+id)}, "language": {"en"}, "focal_office": {c.OfficeName},
		"statement":               {"We join to show how a small administration can keep its promises: one register, one desk, one report a year."},
		"commitments.0.objective": {"1"}, "commitments.0.text": {"Publish the figures of the register of residence each year, by sex and age."},
		"commitments.1.objective": {"23"}, "commitments.1.text": {"Receive colleagues of two other Champions a year."},
		"contact_name": {writer.Name}, "contact_email": {writer.Email},
	}
	setDay(answers, "note_date", note)
	for _, step := range c.Kind.Form.Steps {
		if _, err := s.areas.submissions.SaveStep(ctx, writer, id, step.ID, workflow.Origin{Version: c.Text.Steps[step.ID].Version}, pick(step, answers)); err != nil {
			return fmt.Errorf("step %s: %w", step.ID, err)
		}
	}
	if to == draftStage {
		return nil
	}
	field, _, _ := c.Kind.Form.Field("note_file")
	if _, err := s.areas.submissions.AddFile(ctx, writer, id, field, "note-verbale.pdf", strings.NewReader("%PDF-1.4\n%%EOF\n")); err != nil {
		return err
	}
	s.at(sent, 9)
	if err := s.submit(ctx, writer, id); err != nil || to == submittedStage {
		return err
	}
	s.at(sent-2, 11)
	if err := s.decide(ctx, desk, id, "", review.Decision{}); err != nil || to == reviewStage {
		return err
	}
	s.at(sent-4, 16)
	if to == changesStage {
		return s.decide(ctx, desk, id, workflow.RequestChanges, review.Decision{Note: "The scan of the note ends after its first page. Please add the whole note."})
	}
	return s.decide(ctx, desk, id, workflow.Approve, review.Decision{Note: "The Network welcomes your country among the Champions."})
}

// whole is a date as the three controls of a form have it: "2021", "2021-05" or "2021-05-12".
func whole(name, day string) url.Values {
	typed := url.Values{}
	for i, part := range []string{"year", "month", "day"} {
		if from, to := []int{0, 5, 8}[i], []int{4, 7, 10}[i]; len(day) >= to {
			n, _ := strconv.Atoi(day[from:to])
			typed.Set(name+"."+part, strconv.Itoa(n))
		}
	}
	return typed
}
