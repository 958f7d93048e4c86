package app

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"portal/internal/conceptnote"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/money"
	"portal/internal/programme"
	"portal/internal/workflow"
)

// The parties of an invented note: as many as sign one, in all forty. One more organization convenes and sends it in.
const (
	scaleOrganizations = 15
	scaleGovernments   = 20
	scaleCountries     = 5 // each with a Resident Coordinator
	scaleSignatures    = scaleOrganizations + scaleGovernments + scaleCountries
)

// ScaleNotes adds n invented concept notes of forty signatures each, two thirds of them endorsed, with their programmes at every
// stage, and thirty officers of the fund desk as ScaleDesk has them: for measuring, not for showing. Like Scale it gives the
// same data for the same n, works on an empty portal, and is refused in production and where Scale has been.
func (a *App) ScaleNotes(ctx context.Context, n int) error {
	return a.scaleNotesOn(ctx, n, date.Today(time.Now(), i18n.Geneva))
}

func (a *App) scaleNotesOn(ctx context.Context, n int, today date.Date) error {
	return a.scaleWith(ctx, &scaler{app: a, n: n, today: today, kind: conceptnote.KindName, desk: identity.FundDesk}, (*scaler).copyNotes)
}

// copyNotes writes the notes with their text, events, record and signatures, and puts those that are endorsed into the pipeline.
func (s *scaler) copyNotes(ctx context.Context, tx database.Tx) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if _, err := s.app.deskOfficers(ctx, []identity.Desk{s.desk}); err != nil {
		return err
	}
	if err := s.begin(ctx, tx, s.n); err != nil {
		return err
	}
	coordinators, err := s.copyCoordinators(ctx, tx)
	if err != nil {
		return err
	}
	references, err := dropReferences(ctx, tx)
	if err != nil {
		return err
	}
	bulk, err := s.app.areas.programmes.Bulk(ctx, tx)
	if err != nil {
		return err
	}
	tables, signatures := newScaledTables(), newScaledSignatures()
	for batch := range s.batches(ctx, s.n, s.makeNote) {
		if err := tables.write(ctx, tx, s, batch); err != nil {
			return err
		}
		for _, x := range batch {
			signatures.add(s, x, coordinators)
		}
		if err := signatures.write(ctx, tx); err != nil {
			return err
		}
		for _, x := range batch {
			if x.state != workflow.Accepted {
				continue
			}
			p, stages := s.programmeOf(x)
			if err := bulk.Add(ctx, p, stages); err != nil {
				return err
			}
		}
	}
	for _, sql := range append(references, notesAfter...) {
		var args []any
		if strings.Contains(sql, "$1") {
			args = append(args, s.today.In(i18n.Geneva))
		}
		if _, err := tx.Exec(ctx, sql, args...); err != nil {
			return fmt.Errorf("%.60s: %w", sql, err)
		}
	}
	return bulk.Finish(ctx)
}

// notesAfter is what follows from the rows: the words and clocks of the desk, who was asked and has signed when, and what of it
// is behind the wall for the officers, who have each worked in an office once.
var notesAfter = []string{
	`UPDATE submissions SET submitted_words = to_tsvector('simple', submitted_title), submitted_objectives = ARRAY[1 + (id % 23)::int],
		waiting_for = CASE WHEN state IN ('submitted', 'in_review') THEN 'desk' WHEN state = 'changes_requested' THEN 'submitter' ELSE '' END,
		waiting_since = CASE WHEN state IN ('submitted', 'in_review', 'changes_requested') THEN changed_at END,
		answer_due_on = CASE WHEN state IN ('submitted', 'in_review') THEN submitted_at::date + 7 END, decision_due_on = CASE WHEN state IN ('submitted', 'in_review') THEN submitted_at::date + 42 END
		WHERE kind = 'concept_note' AND submitted_revision IS NOT NULL`,
	`INSERT INTO note_signature_events (signature_id, action, at, actor_id) SELECT id, 'asked', asked_at, NULL FROM note_signatures WHERE asked_at IS NOT NULL ORDER BY id`,
	`INSERT INTO note_signature_events (signature_id, action, at, actor_id, means) SELECT id, 'signed', acted_at, signer_id, means FROM note_signatures WHERE acted_at IS NOT NULL ORDER BY id`,
	`INSERT INTO declared_interests (user_id, office_id, reason, declared_at)
		SELECT o.id, w.id, 'Has worked there', $1::timestamptz FROM (SELECT u.id, row_number() OVER (ORDER BY u.id) AS n FROM users u JOIN staff_roles r ON r.user_id = u.id AND r.role = 'officer' AND r.desk = 'fund') o
			JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM offices) w ON w.n = 1 + o.n % (SELECT count(*) FROM offices)`,
}

// copyCoordinators gives each State an office of a Resident Coordinator, for which an office of the portal acts, and returns
// their numbers by country.
func (s *scaler) copyCoordinators(ctx context.Context, tx database.Tx) (map[string]int64, error) {
	first, err := nextID(ctx, tx, "rc_offices", int64(len(s.vocabulary.States)))
	if err != nil {
		return nil, err
	}
	offices := &rowsOf{table: "rc_offices", columns: []string{"id", "name", "office_id", "invented"}}
	countries := &rowsOf{table: "rc_office_countries", columns: []string{"rc_office_id", "country"}}
	ids := map[string]int64{}
	for i, c := range s.vocabulary.States {
		id := first + int64(i) + 1
		ids[c.ISO2] = id
		offices.add(id, "Resident Coordinator "+c.ISO2+" (invented)", s.offices[i%len(s.offices)].id, true)
		countries.add(id, c.ISO2)
	}
	for _, t := range []*rowsOf{offices, countries} {
		if err := t.copy(ctx, tx); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// scaleStates are the states of notes: two thirds are endorsed.
var scaleStates = spread[workflow.State]{{workflow.Accepted, 66}, {workflow.InReview, 9}, {workflow.Submitted, 7}, {workflow.ChangesRequested, 4}, {workflow.Declined, 8}, {workflow.Draft, 6}}

// makeNote invents note i, the oldest first.
func (s *scaler) makeNote(i int) scaled {
	r := rand.New(rand.NewPCG(seedOfNotes, uint64(i)))
	x := scaled{id: s.base.submission + int64(i) + 1, revision: 1, submitted: 1, office: s.offices[skewed(r, len(s.offices))], state: scaleStates.pick(r)}
	at := 1 - float64(i)/float64(s.n)
	days := 15 + int(at*at*8*365) + r.IntN(9)
	if x.state != workflow.Accepted && x.state != workflow.Declined { // what is open is of this year
		days = 3 + skewed(r, 90)
	}
	x.sent = s.today.AddDays(-days).In(i18n.Geneva).Add(time.Duration(8*3600+r.IntN(9*3600)) * time.Second)
	x.created = x.sent.AddDate(0, 0, -20-r.IntN(60))
	x.taken = x.sent.Add(time.Duration(1+r.IntN(40)) * time.Hour)
	x.public = x.taken.Add(time.Duration(1+r.IntN(100)) * time.Hour)
	if x.lang = x.office.lang; r.IntN(3) == 0 {
		x.lang = "en"
	}
	a := s.writer(r, x, x.lang).scaleNote(s, x.office)
	x.title, x.answers = a.First("title"), []form.Answers{a}
	switch x.state {
	case workflow.Draft:
		x.submitted = 0
	case workflow.ChangesRequested:
		x.revision, x.answers = 2, append(x.answers, a)
	}
	return x
}

// scaleAgencies is how many different organizations file; a few are in most programmes.
const scaleAgencies = 60

// scaleNote invents the answers of a note of the office.
func (w writer) scaleNote(s *scaler, o scaleOffice) form.Answers {
	one := func(text string) []string { return []string{text} }
	months := 18 + w.IntN(19)
	a := form.Answers{
		"language": one(w.lang), "title": one(w.fill(pickOne(w.Rand, w.phrases.Titles))), "purpose": one(w.sentences(3)), "months": one(strconv.Itoa(months)),
		"scope": one(string(conceptnote.MultiCountry)), "way": one(string(conceptnote.ByCoordinator)), "objectives": several(w.Rand, 3, 23), "related": several(w.Rand, 3, 23),
		"targets": one(fmt.Sprintf("%d.%d, %d.%d, 10.7", 1+w.IntN(8), 1+w.IntN(5), 11+w.IntN(6), 1+w.IntN(5))),
		"rights":  one("A"), "gender": one("2"), "child": one("1"),
		"contacts.0.name": one(o.head.name), "contacts.0.position": one(positions[w.lang]), "contacts.0.organization": one(o.name), "contacts.0.email": one(o.head.email),
		"contributions.0.from": one(o.name), "contributions.0.amount": one(strconv.Itoa(1000 * (1 + w.IntN(400)))),
		"risks.0.risk": one(w.sentences(1)), "risks.0.mitigation": one(w.sentences(1)),
	}
	a["areas"] = s.app.areas.notes.Areas(a.Ints("objectives"))
	for _, part := range []string{"participation", "context", "partnerships", "results", "theory", "sustainability", "rights_why", "gender_why", "child_why"} {
		a[part] = one(w.sentences(1 + w.IntN(2)))
	}
	for n := range conceptnote.Principles {
		a["principle_"+strconv.Itoa(n+1)] = one(w.sentences(1))
	}
	countries := []string{o.country}
	for len(countries) < scaleCountries {
		if c := s.vocabulary.States[skewed(w.Rand, len(s.vocabulary.States))].ISO2; !contains(countries, c) {
			countries = append(countries, c)
		}
	}
	a["countries"] = countries
	role := conceptnote.Convening
	for n, agency := range w.Perm(scaleAgencies)[:scaleOrganizations+1] {
		name := o.name
		if n > 0 {
			name, role = fmt.Sprintf("Agency %d of the United Nations (invented)", 1+agency), conceptnote.Participating
		}
		a[form.RowName("organizations", n, "name")], a[form.RowName("organizations", n, "role")] = one(name), one(string(role))
		a[form.RowName("budget", n, form.PartyControl)] = one(name)
		for _, category := range []string{"staff", "contracts", "travel", "operating"} {
			a[form.RowName("budget", n, category)] = one(strconv.Itoa(1000 * (1 + w.IntN(90))))
		}
	}
	for n := range scaleGovernments {
		level := pickOne(w.Rand, conceptnote.Levels)
		a[form.RowName("governments", n, "name")] = one(fmt.Sprintf("%s %d", w.fill("{B}"), n+1))
		a[form.RowName("governments", n, "level")], a[form.RowName("governments", n, "country")] = one(string(level)), one(countries[n%len(countries)])
	}
	a["partners.0.name"], a["partners.0.sector"] = one(w.fill("{B}")), one(pickOne(w.Rand, s.vocabulary.Sectors).ID)
	return a
}

// programmeOf is the programme of an endorsed note, at a stage that follows from its number, with the days of its stages.
func (s *scaler) programmeOf(x scaled) (programme.Programme, []programme.StageChange) {
	facts := factsOf(s.app.areas.notes.Endorsed(workflow.Submission{Lang: x.lang}, x.answers[0]))
	endorsed := date.Of(x.public.In(i18n.Geneva))
	p := programme.Programme{ID: x.id, Revision: 1, EndorsedAt: x.public, ChangedAt: x.public, Stage: programme.Pipeline, StageOn: endorsed, Facts: facts}
	stages := []programme.StageChange{{Stage: programme.Pipeline, Since: endorsed, At: x.public}}
	funded := money.Amount(int64(facts.Budget) * 8 / 10)
	begins, officer := endorsed.AddDays(90), s.officer(x)
	ends := begins.AddDays(30 * facts.Months)
	for i, since := range []date.Date{endorsed.AddDays(45), begins, ends} {
		stage := programme.Stages[i+1]
		if s.today.Before(since) || x.id%7 == 0 {
			break
		}
		p.Stage, p.StageOn, p.ChangedAt, p.Funded = stage, since, since.In(i18n.Geneva).Add(9*time.Hour), &funded
		p.StartsOn, p.EndsOn = &begins, &ends
		stages = append(stages, programme.StageChange{Stage: stage, Since: since, ActorID: &officer, At: p.ChangedAt})
	}
	return p, stages
}

// scaledSignatures are the rows of the sign-off of notes.
type scaledSignatures struct{ signoffs, signatures *rowsOf }

func newScaledSignatures() scaledSignatures {
	return scaledSignatures{
		signoffs: &rowsOf{table: "note_signoffs", columns: []string{"submission_id", "note_type", "version", "asked_by", "asked_at", "settled_at", "complete_at"}},
		signatures: &rowsOf{table: "note_signatures", columns: []string{
			"submission_id", "party", "key", "name", "country", "office_id", "contact_name", "contact_email", "state", "covered", "asked_at", "acted_at", "means", "signer_id", "signer_name",
		}},
	}
}

// add makes the forty signatures of a note: all are there when it was sent in, of a draft the first ones.
func (t scaledSignatures) add(s *scaler, x scaled, coordinators map[string]int64) {
	a, asked := x.answers[0], x.created.AddDate(0, 0, 5)
	given, complete := scaleSignatures, any(x.sent)
	if x.state == workflow.Draft {
		given, complete = int(x.id%scaleSignatures), nil
	}
	t.signoffs.add(x.id, "multi", 1, x.office.contributor.id, asked, asked, complete)
	n := 0
	sign := func(party, key, name, country string, office *scaleOffice) {
		state, covered, acted, means, signer, signerName := "asked", map[string]string{}, any(nil), "", any(nil), ""
		var officeID any
		contact, email := "Contact "+strconv.Itoa(n+1), fmt.Sprintf("party%d@parties.example", (x.id*scaleSignatures+int64(n))%90_000)
		if office != nil {
			officeID, contact, email = office.id, "", ""
		}
		if n < given {
			state, covered, acted, means = "signed", map[string]string{"note": strconv.FormatInt(x.id, 36)}, asked.Add(time.Duration(1+n)*5*time.Hour), "link"
			if signerName = contact; office != nil {
				means, signer, signerName = "portal", office.head.id, ""
			}
		}
		t.signatures.add(x.id, party, key, name, country, officeID, contact, email, state, covered, asked, acted, means, signer, signerName)
		n++
	}
	folded := func(name string) string { return strings.ToLower(strings.Join(strings.Fields(name), " ")) }
	for i := range a.Rows("organizations") {
		name := a.First(form.RowName("organizations", i, "name"))
		if i == 0 {
			continue // it sends the note in
		}
		var office *scaleOffice
		if i%3 == 0 { // of the others there is no office in the portal
			office = &s.offices[int(x.id+int64(i))%len(s.offices)]
		}
		sign("organizations", "organizations:"+folded(name), name, "", office)
	}
	for i := range a.Rows("governments") {
		row := a.Row("governments", i)
		sign("governments", "governments:"+row.First("country")+":"+folded(row.First("name")), row.First("name"), row.First("country"), nil)
	}
	for _, country := range a.All("countries") {
		id := coordinators[country]
		sign("coordinators", "coordinators:"+strconv.FormatInt(id, 10), "Resident Coordinator "+country+" (invented)", "", &s.offices[int(id)%len(s.offices)])
	}
}

func (t scaledSignatures) write(ctx context.Context, tx database.Tx) error {
	for _, rows := range []*rowsOf{t.signoffs, t.signatures} {
		if err := rows.copy(ctx, tx); err != nil {
			return err
		}
	}
	return nil
}
