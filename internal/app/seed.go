package app

import (
	"context"
	"crypto/sha1" //nolint:gosec // makes up a number
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portal/internal/account"
	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/pledge"
	"portal/internal/problem"
	"portal/internal/review"
	"portal/internal/submission"
	"portal/internal/workflow"
)

// The invented people and pledges of the demonstration (README rule 9). Days are relative to the day of seeding, so that
// clocks and lights show every colour.
var (
	//go:embed demo/pledges.json
	demoPledges []byte
	//go:embed demo/people.json
	demoPeople []byte
)

// DemonstrationPassword is the password of all demonstration sign-ins. It is public, and so are they: they exist only
// where demonstration data are, never in production.
const DemonstrationPassword = "safe orderly regular"

// SignIn is a way into the demonstration.
type SignIn struct{ Email, Who string }

// SignIns are the demonstration's ways in, for the terminal.
var SignIns = []SignIn{
	{"focal@demo.example", "head of a ministry's office (Kenya)"},
	{"contributor@demo.example", "contributor of the same office"},
	{"newcomer@demo.example", "first person of an office that waits for approval"},
	{"rc@demo.example", "head of a Resident Coordinator's office (Kenya), who files concept notes"},
	{"officer@demo.example", "officer of the pledges desk"},
	{"lead@demo.example", "lead of the pledges desk"},
	{"hub@demo.example", "officer of the hub desk (practices)"},
	{"hublead@demo.example", "lead of the hub desk (calls for practices)"},
	{"fund@demo.example", "officer of the fund desk (Steering Committee, Resident Coordinators)"},
	{"fundlead@demo.example", "lead of the fund desk"},
	{"network@demo.example", "lead of the network desk (GCM Talks, guidance, support)"},
	{"communications@demo.example", "officer of the communications desk (statements, promotion, newsletter)"},
	{"communicationslead@demo.example", "lead of the communications desk, who approves what officers write"},
	{"reviewer@demo.example", "reviewer, whose reviews are handed in"},
	{"reviewer3@demo.example", "reviewer, who is writing one"},
	{"reviewer6@demo.example", "reviewer, who is asked for two"},
	{"admin@demo.example", "administrator"},
}

// CodesPath is the page with the present sign-in codes of the demonstration's staff. It is there only where demonstration
// data are, which is never in production.
const CodesPath = "/dev/codes"

// ErrProduction says that demonstration data are refused in production.
var ErrProduction = errors.New("demonstration data are refused while PORTAL_ENV is production")

// ErrDemonstration says that the database has demonstration data, and so sign-ins that everybody knows: it is not for
// production.
var ErrDemonstration = errors.New("this database has demonstration data, whose passwords everybody knows, and PORTAL_ENV is production: use a database of its own for production (DATABASE_URL, or another PORTAL_DATA)")

// hasDemonstration says whether demonstration data have come into the database, or have begun to.
func hasDemonstration(ctx context.Context, db *database.DB) (bool, error) {
	has, err := database.Value[bool](ctx, db.Read(), `SELECT EXISTS (SELECT FROM settings WHERE name = 'demonstration')`)
	if err != nil {
		return false, fmt.Errorf("look for demonstration data: %w", err)
	}
	return has, nil
}

// Seed fills an empty portal with invented, lifelike data, once: where they are already it does nothing and returns
// false. They go through the same services as everything else, with the clock turned back.
func (a *App) Seed(ctx context.Context) (bool, error) {
	if a.config.Production() {
		return false, ErrProduction
	}
	switch state, err := database.Value[string](ctx, a.db.Read(), `SELECT coalesce(max(value), '') FROM settings WHERE name = 'demonstration'`); {
	case err != nil:
		return false, err
	case state == seedBegun:
		return false, a.interrupted()
	case state != "":
		return false, nil
	}
	others, err := database.Value[int](ctx, a.db.Read(), `SELECT count(*) FROM users`)
	if err != nil {
		return false, err
	}
	if others > 0 {
		return false, errors.New("this portal is in use: demonstration data go into an empty one only")
	}
	s := &seeder{db: a.db, secret: []byte(a.config.Secret), vocabulary: a.vocabulary, start: time.Now(), now: time.Now(), offices: map[string][]identity.User{}}
	a.site.Demonstration = true // the mails of the demonstration say so too
	if s.areas, err = a.build(s.clock); err != nil {
		return false, err
	}
	// Said first: from here on there are sign-ins that everybody knows.
	if _, err := a.db.Read().Exec(ctx, `INSERT INTO settings (name, value) VALUES ('demonstration', $1)`, seedBegun); err != nil {
		return false, fmt.Errorf("seed: %w", err)
	}
	if err := s.run(ctx); err != nil {
		return false, fmt.Errorf("seed: %w", err)
	}
	// As if it had been chained yesterday, so that tonight's signature is there already.
	if _, err := audit.Chain(ctx, a.db, s.start.AddDate(0, 0, -1)); err != nil {
		return false, fmt.Errorf("seed: %w", err)
	}
	if _, err := a.db.Read().Exec(ctx, `UPDATE settings SET value = $1 WHERE name = 'demonstration'`, seedDone); err != nil {
		return false, fmt.Errorf("seed: %w", err)
	}
	return true, a.assemble(ctx)
}

// The values of the setting "demonstration".
const (
	seedBegun = "begun"
	seedDone  = "yes"
)

// interrupted says what to do about demonstration data that are there in part: they come through many transactions, and
// somebody has ended the program in the middle.
func (a *App) interrupted() error {
	what := "the database of DATABASE_URL"
	if a.config.Embedded() {
		what = "the directory " + a.config.Data
	}
	return fmt.Errorf("demonstration data are coming in, or were interrupted: wait a moment, or remove %s and start again", what)
}

// seeder lives through two and a half years in some seconds.
type seeder struct {
	start, now time.Time
	db         *database.DB
	secret     []byte // of the portal
	areas      *areas
	officers   []identity.User
	offices    map[string][]identity.User
	names      map[string]nameList
	given      int
	reviewers  map[int64]identity.User
	vocabulary func() *gcm.Vocabulary
}

type nameList struct{ Given, Family []string }

// loadNames are the names of invented people, by language.
func loadNames() (map[string]nameList, error) {
	var all map[string]nameList
	return all, json.Unmarshal(demoPeople, &all)
}

func (s *seeder) clock() time.Time { return s.now }

// at turns the clock to a working hour of a day in the past.
func (s *seeder) at(daysAgo, hour int) {
	day := date.Of(s.start.In(i18n.Geneva)).AddDays(-daysAgo)
	s.now = day.In(i18n.Geneva).Add(time.Duration(hour) * time.Hour)
	if s.now.After(s.start) {
		s.now = s.start
	}
}

// name gives the next invented person a name of the language.
func (s *seeder) name(lang string) string {
	list := s.names[lang]
	s.given++
	given, family := list.Given[s.given%len(list.Given)], list.Family[(s.given*7+s.given/len(list.Given))%len(list.Family)]
	if lang == "zh" {
		return family + given
	}
	return given + " " + family
}

type demoPledge struct {
	Lang, Country, Category, Type, Office, Title, Description, Place string
	Natures                                                          []string
	Objectives, Related, Principles                                  []int
	Indicator                                                        struct{ What, Baseline, Target, Unit string }
}

func (s *seeder) run(ctx context.Context) error {
	var all []demoPledge
	if err := json.Unmarshal(demoPledges, &all); err != nil {
		return err
	}
	var err error
	if s.names, err = loadNames(); err != nil {
		return err
	}
	s.at(900, 9)
	if err := s.staff(ctx); err != nil {
		return err
	}
	for i, p := range all {
		course, ok := underWay[i]
		if !ok {
			course = story{publishedStage, 860 - (i*67)%800}
		}
		if err := s.pledge(ctx, i, p, course.stage, course.sent); err != nil {
			return fmt.Errorf("%q: %w", p.Title, err)
		}
		if err := s.partners(ctx, i, course.sent); err != nil {
			return fmt.Errorf("%q: %w", p.Title, err)
		}
	}
	if err := s.analyse(ctx); err != nil {
		return err
	}
	if err := s.reports(ctx, all); err != nil {
		return fmt.Errorf("reports: %w", err)
	}
	if err := s.changes(ctx, all); err != nil {
		return err
	}
	if err := s.letters(ctx, all); err != nil {
		return err
	}
	if err := s.peers(ctx, all); err != nil {
		return fmt.Errorf("peer review: %w", err)
	}
	if err := s.practices(ctx, all); err != nil {
		return fmt.Errorf("practices: %w", err)
	}
	if err := s.rules(ctx); err != nil {
		return fmt.Errorf("rules of assignment: %w", err)
	}
	if err := s.links(ctx, all); err != nil {
		return fmt.Errorf("links: %w", err)
	}
	if err := s.together(ctx, all); err != nil {
		return fmt.Errorf("drafts: %w", err)
	}
	if err := s.cases(ctx, all); err != nil {
		return fmt.Errorf("cases: %w", err)
	}
	if err := s.experts(ctx, all); err != nil {
		return fmt.Errorf("experts: %w", err)
	}
	if err := s.coordinators(ctx); err != nil {
		return fmt.Errorf("Resident Coordinators: %w", err)
	}
	if err := s.meetings(ctx); err != nil {
		return fmt.Errorf("meetings of the fund: %w", err)
	}
	if err := s.notes(ctx); err != nil {
		return fmt.Errorf("concept notes: %w", err)
	}
	if err := s.configuration(ctx); err != nil {
		return fmt.Errorf("configuration of the fund: %w", err)
	}
	if err := s.shortlists(ctx); err != nil {
		return fmt.Errorf("shortlists: %w", err)
	}
	if err := s.champions(ctx); err != nil {
		return fmt.Errorf("Champion countries: %w", err)
	}
	if err := s.missed(ctx); err != nil {
		return fmt.Errorf("missed searches: %w", err)
	}
	if err := s.facilitators(ctx, all); err != nil {
		return fmt.Errorf("facilitators: %w", err)
	}
	if err := s.requests(ctx, all); err != nil {
		return fmt.Errorf("requests: %w", err)
	}
	if err := s.talks(ctx, all); err != nil {
		return fmt.Errorf("talks: %w", err)
	}
	if err := s.messages(ctx); err != nil {
		return fmt.Errorf("messages: %w", err)
	}
	if err := s.events(ctx, all); err != nil {
		return fmt.Errorf("events: %w", err)
	}
	if err := s.newsletters(ctx, all); err != nil {
		return fmt.Errorf("newsletter: %w", err)
	}
	s.now = s.start
	if err := s.views(ctx); err != nil {
		return err
	}
	if err := s.areas.pledges.CarePartners(ctx); err != nil {
		return err
	}
	if err := s.comesBack(ctx, mailboxOf(5, 1)); err != nil {
		return err
	}
	return s.analyse(ctx)
}

// analyse tells the planner of tables that have just been filled: a server does so by itself, but a minute later.
func (s *seeder) analyse(ctx context.Context) error {
	if _, err := s.db.Read().Exec(ctx, "ANALYZE"); err != nil {
		return fmt.Errorf("analyse: %w", err)
	}
	return nil
}

// demoStaff are people on each desk, a reviewer and an administrator.
var demoStaff = []struct {
	email, name string
	role        identity.Role
	desk        identity.Desk
}{
	{"officer@demo.example", "Noor Haddad", identity.Officer, identity.PledgesDesk},
	{"lead@demo.example", "Luis Paredes", identity.Lead, identity.PledgesDesk},
	{"officer2@demo.example", "Mei Tanaka", identity.Officer, identity.PledgesDesk},
	{"hub@demo.example", "Ana Silva", identity.Officer, identity.HubDesk},
	{"hublead@demo.example", "Ruth Achieng", identity.Lead, identity.HubDesk},
	{"fund@demo.example", "Jonas Berg", identity.Officer, identity.FundDesk},
	{"fundlead@demo.example", "Aminata Traoré", identity.Lead, identity.FundDesk},
	{"communications@demo.example", "Salma Idrissi", identity.Officer, identity.CommunicationsDesk},
	{"communicationslead@demo.example", "Tomás Ferreira", identity.Lead, identity.CommunicationsDesk},
	{"network@demo.example", "David Owusu", identity.Lead, identity.NetworkDesk},
	{"reviewer@demo.example", "Ingrid Solberg", identity.Reviewer, ""},
	{"admin@demo.example", "Tomasz Nowak", identity.Administrator, ""},
}

// demoFactor is the secret of a demonstration account's authenticator app: everybody may know it, as they know the
// password. CodesPath shows its codes.
func demoFactor(email string) []byte {
	sum := sha1.Sum([]byte("second factor of " + email)) //nolint:gosec // no secret
	return sum[:]
}

func (s *seeder) staff(ctx context.Context) error {
	for _, p := range demoStaff {
		u, err := s.areas.accounts.Introduce(ctx, account.Introduction{
			Email: p.email, Profile: account.Profile{Name: p.name, Position: "Secretariat", Country: "CH", Lang: i18n.English},
			Password: DemonstrationPassword, Factor: demoFactor(p.email), Roles: []identity.StaffRole{{Role: p.role, Desk: p.desk}},
		})
		if err != nil {
			return fmt.Errorf("%s: %w", p.email, err)
		}
		if p.desk == identity.PledgesDesk {
			s.officers = append(s.officers, u)
		}
	}
	return nil
}

// stage is how far a demonstration pledge has come.
type stage string

const (
	publishedStage stage = "published"
	revisedStage   stage = "revised" // published twice
	draftStage     stage = "draft"
	submittedStage stage = "submitted"
	reviewStage    stage = "in_review"
	changesStage   stage = "changes_requested"
	againStage     stage = "submitted_again"
	declinedStage  stage = "declined"
	waitingStage   stage = "approved" // its office is not approved yet
)

// story is how far a pledge comes, and how many days ago it was sent in.
type story struct {
	stage stage
	sent  int
}

// underWay are the pledges that are not simply published, by their place in the list: something at every stage and with
// every light, and several of the office of focal@demo.example.
var underWay = map[int]story{
	5: {submittedStage, 1}, 9: {reviewStage, 7}, 11: {reviewStage, 8}, 12: {reviewStage, 20}, 13: {reviewStage, 6}, 20: {draftStage, 2}, 23: {revisedStage, 90}, 30: {submittedStage, 12}, 41: {againStage, 10},
	52: {changesStage, 9}, 55: {waitingStage, 12}, 56: {publishedStage, 20}, 58: {declinedStage, 30}, 61: {reviewStage, 6}, 63: {draftStage, 3}, 64: {changesStage, 35}, 65: {submittedStage, 4},
}

// pledge lives through the story of one pledge; sent is how many days ago it was sent in.
func (s *seeder) pledge(ctx context.Context, i int, p demoPledge, to stage, sent int) error {
	people, err := s.office(ctx, i, p, to, sent+30)
	if err != nil {
		return err
	}
	writer := people[len(people)-1]
	s.at(sent+4, 10)
	id, err := s.areas.submissions.Start(ctx, writer, pledge.KindName, writer.Posts[0].OfficeID)
	if err != nil {
		return err
	}
	answers := s.answers(i, p, writer)
	for n, step := range s.areas.kinds[pledge.KindName].Form.Steps {
		if to == draftStage && n > 6 {
			return nil
		}
		s.now = s.now.Add(25 * time.Minute)
		only := pick(step, answers)
		if len(only) == 0 {
			continue
		}
		if _, err := s.areas.submissions.SaveStep(ctx, writer, id, step.ID, workflow.Origin{}, only); err != nil {
			return fmt.Errorf("step %s: %w", step.ID, err)
		}
	}
	s.at(sent, 15)
	if err := s.submit(ctx, writer, id); err != nil || to == submittedStage {
		return err
	}
	officer := s.officers[i%len(s.officers)]
	s.at(sent-2, 11)
	if err := s.decide(ctx, officer, id, "", review.Decision{}); err != nil || to == reviewStage {
		return err
	}
	s.at(sent-3, 16)
	if to == changesStage || to == againStage || i%9 == 4 {
		if err := s.decide(ctx, officer, id, workflow.RequestChanges, review.Decision{Note: changesNote, Changes: changesAsked}); err != nil || to == changesStage {
			return err
		}
		s.at(sent-6, 10)
		step, _ := s.areas.kinds[pledge.KindName].Form.Step("text")
		changed := pick(step, answers)
		changed["barriers"] = []string{"Staff turnover, and the time that new software takes to be procured."}
		if _, err := s.areas.submissions.SaveStep(ctx, writer, id, "text", workflow.Origin{Version: 1}, changed); err != nil {
			return err
		}
		if err := s.submit(ctx, writer, id); err != nil || to == againStage {
			return err
		}
		s.at(sent-7, 12)
		if err := s.decide(ctx, officer, id, "", review.Decision{}); err != nil {
			return err
		}
	}
	s.at(sent-8, 14)
	switch to {
	case declinedStage:
		return s.decide(ctx, officer, id, workflow.Decline, review.Decision{Note: declineNote})
	case waitingStage:
		return s.decide(ctx, officer, id, workflow.Approve, review.Decision{})
	}
	if err := s.decide(ctx, officer, id, workflow.Publish, review.Decision{}); err != nil || to != revisedStage {
		return err
	}
	s.at(1, 8)
	return s.areas.submissions.Revise(ctx, writer, id)
}

// What the demonstration's desk writes.
const (
	unreviewedNote = "The peers reviewed it for the repository that this portal replaces; their reviews are in its files."
	changesNote    = "Thank you for this pledge. Two things would make it easier to follow; everything else is ready."
	declineNote    = "Thank you for writing to us. This text describes work that has ended; a pledge commits to something still to be done. It would make a good practice."
)

var changesAsked = []workflow.ChangeRequest{
	{Field: "indicators", Body: "Please say where the baseline comes from and in which year it was measured."},
	{Field: "description", Body: "Please name the body that is responsible."},
}

// office introduces the office of the pledge with three people; the last one writes.
func (s *seeder) office(ctx context.Context, i int, p demoPledge, to stage, age int) ([]identity.User, error) {
	if users := s.offices[p.Office]; users != nil {
		return users, nil
	}
	s.at(age, 9)
	lang := i18n.Lang(p.Lang).OrEnglish()
	people := []struct {
		email string
		role  identity.PostRole
	}{{mailbox(i, "head"), identity.Head}, {mailbox(i, "viewer"), identity.Viewer}, {mailbox(i, "writer"), identity.Contributor}}
	switch {
	case i == 0:
		people[0].email, people[2].email = "focal@demo.example", "contributor@demo.example"
	case to == waitingStage:
		people = people[:1]
		people[0].email = "newcomer@demo.example"
	}
	if i%4 == 1 {
		people = append([]struct {
			email string
			role  identity.PostRole
		}{{mailbox(i, "deputy"), identity.Head}}, people...)
	}
	var users []identity.User
	for _, person := range people {
		in := account.Introduction{
			Email: person.email, Profile: account.Profile{Name: s.name(p.Lang), Position: positions[p.Lang], Country: p.Country, Lang: lang, Interests: p.Objectives},
			Office: account.OfficeChoice{Name: p.Office, Category: p.Category, Country: p.Country}, Role: person.role, Approved: to != waitingStage,
		}
		if strings.HasSuffix(person.email, "@demo.example") {
			in.Password = DemonstrationPassword
		}
		u, err := s.areas.accounts.Introduce(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", person.email, err)
		}
		users = append(users, u)
	}
	s.offices[p.Office] = users
	return users, nil
}

func mailbox(i int, who string) string { return who + strconv.Itoa(i+1) + "@office.example" }

// positions are what people are in their offices, by language.
var positions = map[string]string{"en": "Focal point", "fr": "Point focal", "es": "Punto focal", "ar": "جهة الاتصال", "ru": "Координатор", "zh": "联络人"}

// answers are what the writer types.
func (s *seeder) answers(i int, p demoPledge, writer identity.User) form.Answers {
	due := date.Of(s.start).AddDays(200 + len(p.Title)*9)
	half := date.Of(s.start).AddDays(90 + len(p.Office)*3)
	one := func(v string) []string { return []string{v} }
	a := form.Answers{
		"on_behalf": one("own"), "category": one(p.Category),
		"contact_name": one(writer.Name), "contact_position": one(positions[p.Lang]), "contact_email": one(writer.Email),
		"scope": one("countries"), "countries": one(p.Country), "locality": one(p.Place),
		"language": one(p.Lang), "title": one(p.Title), "type": one(p.Type),
		"natures": p.Natures, "objectives": numbers(p.Objectives), "related": numbers(p.Related), "principles": numbers(p.Principles),
		"description":       one(p.Description),
		"indicators.0.what": one(p.Indicator.What), "indicators.0.baseline": one(p.Indicator.Baseline), "indicators.0.target": one(p.Indicator.Target), "indicators.0.unit": one(p.Indicator.Unit),
		"milestones.0.what": one(p.Indicator.What),
	}
	setDay(a, "indicators.0.due", due)
	setDay(a, "milestones.0.due", half)
	switch p.Type {
	case string(pledge.Common), string(pledge.InPartnership):
		named(a, i)
	case string(pledge.Matching):
		a["matches"] = one("GCM-P-0001")
	}
	if support, ok := demoSupport[i]; ok {
		a["support_needed"], a["support_offered"] = one(support.needed), one(support.offered)
	}
	for _, n := range p.Natures {
		if n == string(pledge.FinancialContribution) {
			a["amount"], a["currency"] = one(strconv.Itoa(120_000+len(p.Title)*25_000)), one("USD")
		}
	}
	return a
}

func numbers(all []int) []string {
	var out []string
	for _, n := range all {
		out = append(out, strconv.Itoa(n))
	}
	return out
}

func setDay(a form.Answers, name string, d date.Date) {
	a[name+".day"], a[name+".month"], a[name+".year"] = []string{strconv.Itoa(d.Day())}, []string{strconv.Itoa(int(d.Month()))}, []string{strconv.Itoa(d.Year())}
}

// pick takes the answers to the step's questions.
func pick(step form.Step, all form.Answers) form.Answers {
	only := form.Answers{}
	for name, values := range all {
		for _, f := range step.Fields {
			if name == f.ID || strings.HasPrefix(name, f.ID+".") {
				only[name] = values
			}
		}
	}
	return only
}

// submit sends in as the person who has ticked the declaration.
func (s *seeder) submit(ctx context.Context, who identity.User, id workflow.ID) error {
	err := s.areas.submissions.Submit(ctx, who, id, submission.Declaration{Made: true})
	if wrong, ok := problem.InvalidFields(err); ok {
		return fmt.Errorf("the invented answers are not complete: %v: %w", wrong, err)
	}
	return err
}

// decide takes the submission to begin the review, or the decision on it.
func (s *seeder) decide(ctx context.Context, officer identity.User, id workflow.ID, action workflow.Action, d review.Decision) error {
	c, err := s.areas.desk.Open(ctx, officer, id)
	if err != nil {
		return err
	}
	if action == "" {
		return s.areas.desk.Assign(ctx, officer, id, officer.ID, c.Version)
	}
	d.Action, d.Version = action, c.Version
	if c.Unreviewed && d.Exception == "" {
		d.Exception = unreviewedNote
	}
	return s.areas.desk.Decide(ctx, officer, id, d)
}
