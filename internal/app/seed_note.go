package app

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"portal/internal/account"
	"portal/internal/committee"
	"portal/internal/conceptnote"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/review"
	"portal/internal/signoff"
	"portal/internal/workflow"
)

//go:embed demo/notes.json
var demoNotes []byte

// demoSigning are notes whose parties are being asked to sign.
//
//go:embed demo/signing.json
var demoSigning []byte

// demoNote is an invented concept note; Sent is how many days ago it was sent in.
type demoNote struct {
	Lang, Stage, Scope, Way, Reason, Office, Country, Targets string
	// Signing is how far the signatures of a note are that is not sent in: some are missing, all were given and the text has
	// changed since, or all are there. "" is a note of which nobody has asked for signatures, or that was sent in.
	Signing string
	// Programme is the stage of an endorsed note; "" is the pipeline.
	Programme                                          string
	Sent, Months                                       int
	Countries, Orgs                                    []string
	Objectives                                         []int
	Governments, Partners                              [][]string
	Title, Purpose, Context, Results, Risk, Mitigation string
}

// demoNoteWords are what the notes of a language say alike.
type demoNoteWords struct {
	Partnerships, Theory, Sustainability, Participation string
	Why                                                 []string // of each marker
	Principles                                          []string
}

// notes lives through the stories of the concept notes.
func (s *seeder) notes(ctx context.Context) error {
	var all struct {
		Common map[string]demoNoteWords
		Notes  []demoNote
	}
	for _, file := range [][]byte{demoNotes, demoSigning} {
		before := all.Notes
		if all.Notes = nil; json.Unmarshal(file, &all) != nil {
			return errors.New("the invented concept notes cannot be read")
		}
		all.Notes = append(before, all.Notes...)
	}
	officer, err := s.staffOf(ctx, "fund@demo.example")
	if err != nil {
		return err
	}
	for i, n := range all.Notes {
		if err := s.note(ctx, i, n, all.Common[n.Lang], officer); err != nil {
			return fmt.Errorf("%q: %w", n.Title, err)
		}
	}
	return nil
}

// noteWriter introduces the office of a note with the person who writes it, and makes it that of the Resident Coordinator
// where the note comes from one.
func (s *seeder) noteWriter(ctx context.Context, i int, n demoNote) (identity.User, error) {
	in := account.Introduction{
		Email: mailbox(i, "rc"), Profile: account.Profile{Name: s.name(n.Lang), Position: positions[n.Lang], Country: n.Country, Lang: i18n.Lang(n.Lang).OrEnglish(), Interests: n.Objectives},
		Office: account.OfficeChoice{Name: n.Office, Category: conceptnote.FilingCategory, Country: n.Country}, Role: identity.Head, Approved: true,
	}
	if i == 0 {
		in.Email, in.Password = "rc@demo.example", DemonstrationPassword
	}
	who, err := s.areas.accounts.Introduce(ctx, in)
	if err != nil || n.Way == string(conceptnote.OtherWay) {
		return who, err
	}
	_, err = s.db.Read().Exec(ctx, `WITH there AS (UPDATE rc_offices r SET office_id = $1 WHERE r.closed_at IS NULL
			AND EXISTS (SELECT FROM rc_office_countries c WHERE c.rc_office_id = r.id AND c.country = $2) RETURNING r.id),
		made AS (INSERT INTO rc_offices (name, office_id, invented) SELECT $3, $1, true WHERE NOT EXISTS (SELECT FROM there) RETURNING id)
		INSERT INTO rc_office_countries (rc_office_id, country) SELECT id, $2 FROM made`, who.Posts[0].OfficeID, n.Country, n.Office)
	if err != nil {
		return who, fmt.Errorf("the Resident Coordinator of %s: %w", n.Country, err)
	}
	return who, nil
}

// What the fund desk writes in the demonstration.
const (
	noteChanges = "Merci pour cette note. Une réponse manque encore ; le reste est complet."
	noteAsk     = "Comment le stage est-il payé, et par qui ?"
	noteDecline = "Gracias por esta nota. El trabajo que describe ya tiene financiación nacional; el comité pide notas que abran algo nuevo."
)

// note lives through the story of one.
func (s *seeder) note(ctx context.Context, i int, n demoNote, words demoNoteWords, officer identity.User) error {
	s.at(n.Sent+20, 9)
	writer, err := s.noteWriter(ctx, i, n)
	if err != nil {
		return err
	}
	s.at(n.Sent+5, 10)
	e := conceptnote.Eligibility{Joint: conceptnote.Yes, Government: conceptnote.Yes, Countries: n.Countries, Filing: conceptnote.Coordinator, Months: strconv.Itoa(n.Months)}
	if n.Way != "" {
		e.Filing = conceptnote.None
	}
	id, err := s.areas.notes.Begin(ctx, writer, writer.Posts[0].OfficeID, e)
	if err != nil {
		return err
	}
	c, err := s.areas.submissions.Open(ctx, writer, id)
	if err != nil {
		return err
	}
	answers := n.answers(words, s.areas.notes, writer)
	for place, step := range s.areas.kinds[conceptnote.KindName].Form.Steps {
		only := pick(step, answers)
		if len(only) == 0 || n.Stage == string(draftStage) && place > 5 {
			continue
		}
		s.now = s.now.Add(20 * time.Minute)
		if _, err := s.areas.submissions.SaveStep(ctx, writer, id, step.ID, workflow.Origin{Version: c.Text.Steps[step.ID].Version}, only); err != nil {
			return fmt.Errorf("step %s: %w", step.ID, err)
		}
	}
	if n.Stage == string(draftStage) {
		return nil
	}
	s.at(n.Sent+4, 10)
	if err := s.signNote(ctx, n, writer, id); err != nil || n.Signing != "" {
		return err
	}
	s.at(n.Sent, 15)
	if err := s.submit(ctx, writer, id); err != nil || n.Stage == string(submittedStage) {
		return err
	}
	s.at(n.Sent-1, 11)
	if err := s.decide(ctx, officer, id, "", review.Decision{}); err != nil || n.Stage == string(reviewStage) {
		return err
	}
	s.at(n.Sent-4, 16)
	switch n.Stage {
	case practiceChanges:
		return s.decide(ctx, officer, id, workflow.RequestChanges, review.Decision{Note: noteChanges, Changes: []workflow.ChangeRequest{{Field: "results", Body: noteAsk}}})
	case string(declinedStage):
		return s.rule(ctx, officer, id, committee.Decline, noteDecline)
	}
	if n.Programme == "" {
		return s.rule(ctx, officer, id, committee.Endorse, "")
	}
	// What has come further was endorsed before the meetings of the demonstration.
	if err := s.decide(ctx, officer, id, workflow.Approve, review.Decision{Exception: earlierNote}); err != nil {
		return err
	}
	return s.programme(ctx, n, id, officer)
}

// signNote asks for the signatures of a note, and gives them as far as its story says.
func (s *seeder) signNote(ctx context.Context, n demoNote, writer identity.User, id workflow.ID) error {
	given := 100
	if n.Signing == "open" {
		given = 2
	}
	people := 0
	invent := func(string) signoff.Invented {
		people++
		return signoff.Invented{Name: s.name(n.Lang), Email: fmt.Sprintf("signer-%d-%d@parties.example", id, people), Position: positions[n.Lang]}
	}
	err := s.areas.signoff.Demonstrate(ctx, writer, id, given, invent, func() { s.now = s.now.Add(50 * time.Minute) })
	if err != nil || n.Signing != "reopened" {
		return err
	}
	s.at(n.Sent, 12)
	c, err := s.areas.submissions.Open(ctx, writer, id)
	if err != nil {
		return err
	}
	kept := c.Text.Steps["note"]
	_, err = s.areas.submissions.SaveStep(ctx, writer, id, "note", workflow.Origin{Version: kept.Version}, form.Merge(kept.Answers, form.Answers{"months": {strconv.Itoa(n.Months + 6)}}))
	return err
}

// answers are what the writer of a note types.
func (n demoNote) answers(words demoNoteWords, notes *conceptnote.Service, writer identity.User) form.Answers {
	a := form.Answers{
		"language": {n.Lang}, "title": {n.Title}, "purpose": {n.Purpose}, "months": {strconv.Itoa(n.Months)},
		"scope": {n.Scope}, "countries": n.Countries, "way": {string(conceptnote.ByCoordinator)},
		"objectives": numbers(n.Objectives), "areas": notes.Areas(n.Objectives), "targets": {n.Targets},
		"participation": {words.Participation}, "context": {n.Context}, "partnerships": {words.Partnerships},
		"results": {n.Results}, "theory": {words.Theory}, "sustainability": {words.Sustainability},
		"risks.0.risk": {n.Risk}, "risks.0.mitigation": {n.Mitigation}, "rights": {"A"}, "gender": {"2"}, "child": {"1"},
		"contacts.0.name": {writer.Name}, "contacts.0.position": {positions[n.Lang]}, "contacts.0.organization": {n.Office}, "contacts.0.email": {writer.Email},
	}
	if n.Way != "" {
		a["way"], a["reason"] = []string{n.Way}, []string{n.Reason}
	}
	role := conceptnote.Convening
	for i, name := range n.Orgs {
		a[form.RowName("organizations", i, "name")], a[form.RowName("organizations", i, "role")] = []string{name}, []string{string(role)}
		role = conceptnote.Participating
		a[form.RowName("budget", i, form.PartyControl)] = []string{name}
		for category, dollars := range map[string]int{"staff": 412_500, "contracts": 96_000, "travel": 38_750, "transfers": 220_000, "operating": 31_400} {
			a[form.RowName("budget", i, category)] = []string{strconv.Itoa(dollars * n.Months / (24 * (i + 1)))}
		}
	}
	a["contributions.0.from"], a["contributions.0.amount"] = n.Governments[0][:1], []string{"150000"}
	for i, g := range n.Governments {
		a[form.RowName("governments", i, "name")], a[form.RowName("governments", i, "level")], a[form.RowName("governments", i, "country")] = g[:1], g[1:2], g[2:3]
	}
	for i, p := range n.Partners {
		a[form.RowName("partners", i, "name")], a[form.RowName("partners", i, "sector")] = p[:1], p[1:2]
	}
	for i, m := range conceptnote.Markers {
		a[string(m)+"_why"] = words.Why[i : i+1]
	}
	for i := range conceptnote.Principles {
		a["principle_"+strconv.Itoa(i+1)] = words.Principles[i : i+1]
	}
	return a
}
