package app

import (
	"context"
	"slices"
	"time"

	"github.com/a-h/templ"

	"portal/internal/calendar"
	"portal/internal/champion"
	"portal/internal/conceptnote"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/fund"
	"portal/internal/identity"
	"portal/internal/newsletter"
	"portal/internal/pledge"
	"portal/internal/practice"
	"portal/internal/problem"
	"portal/internal/record"
	"portal/internal/request"
	"portal/internal/workflow"
	"portal/web/ui"
)

// additions are what a kind adds to the pages of submissions, from its own area; nil adds nothing. What they are for is said
// at submission.Options and review.Options.
type additions struct {
	// start is the page on which a submission of the kind is begun, without the language.
	start   string
	says    func(ctx context.Context, q database.Querier, sub workflow.Submission, at time.Time) (string, error)
	suggest func(ctx context.Context, who identity.User, sub workflow.Submission, step string) (form.Answers, error)
	beside  func(ctx context.Context, sub workflow.Submission, step string, a form.Answers, find ui.Finding) (map[string]templ.Component, error)
	above   func(ctx context.Context, sub workflow.Submission, step string) (templ.Component, error)
	about   func(ctx context.Context, sub workflow.Submission) (templ.Component, error)
	advice  func(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error)
	live    func(ctx context.Context, sub workflow.Submission, a form.Answers) map[string]string
	forDesk func(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error)
	// handedIn settles what the handing in of one means to its area; done says that the desk has nothing to do with it.
	handedIn func(ctx context.Context, tx database.Tx, id workflow.ID) (done bool, err error)
}

// registerKinds fills in the table of kinds: a kind that is not in it is unknown to the portal.
func (b *areas) registerKinds() {
	starts := map[string]string{pledge.KindName: "/pledges/new", pledge.UpdateKindName: "/pledges/reports"}
	for _, kind := range b.pledges.Kinds() {
		b.register(kind, additions{
			start: starts[kind.Name], suggest: b.pledges.Suggest, beside: b.pledges.Beside, about: b.pledges.Partners, advice: b.pledges.Advice, live: b.pledges.Coach,
			forDesk: b.pledges.ForDesk, handedIn: b.pledges.PublishTrusted,
		})
	}
	b.register(b.practices.Kind(), additions{
		start: practice.StartPath, suggest: b.practices.Suggest, beside: b.practices.Beside, about: b.practices.About, advice: b.practices.Advice, forDesk: b.practices.ForDesk,
		handedIn: func(ctx context.Context, tx database.Tx, id workflow.ID) (bool, error) {
			return false, b.practices.HandedIn(ctx, tx, id)
		},
	})
	note := b.notes.Kind()
	note.Held, note.Changed, note.Withdrawn = b.signoff.Held, b.signoff.Changed, b.signoff.Withdrawn
	b.register(note, additions{
		start: conceptnote.StartPath, says: b.notes.Says, suggest: b.notes.Suggest, beside: b.notes.Beside, above: b.aboveNote, about: b.aboutNote, advice: b.adviseNote, forDesk: b.noteForDesk,
	})
	b.register(b.champions.Kind(), additions{start: champion.StartPath, suggest: b.champions.Suggest, forDesk: b.champions.ForDesk})
	b.register(b.calendar.Kind(), additions{start: calendar.StartPath, suggest: b.calendar.Suggest, about: b.calendar.About, forDesk: b.calendar.ForDesk})
	b.register(b.news.Kind(), additions{start: newsletter.ProposePath, about: b.news.About, forDesk: b.news.ForDesk})
	b.registerRequests()
}

// registerRequests adds the kinds of requests.
func (b *areas) registerRequests() {
	for _, kind := range b.requests.Kinds() {
		adds := additions{start: request.PathOf(kind.Name), suggest: b.requests.Suggest, about: b.requests.About, forDesk: b.requests.ForDesk}
		if slices.Contains(facilitated, kind.Name) {
			adds.about = b.facilitators.About
			adds.forDesk = func(ctx context.Context, sub workflow.Submission, _ form.Answers) (templ.Component, error) {
				return b.facilitators.About(ctx, sub)
			}
		}
		b.register(kind, adds)
	}
}

// facilitated are the kinds of requests with which a facilitator can help.
var facilitated = []string{request.Guidance, request.Support, request.Capacity}

// facilitatedKinds are what the machine of submissions knows of them.
func (b *areas) facilitatedKinds() workflow.Kinds {
	all := workflow.Kinds{}
	for _, name := range facilitated {
		all[name] = b.kinds[name]
	}
	return all
}

// register makes a kind known to the machine of submissions, with what it adds to its pages.
func (b *areas) register(kind *workflow.Kind, adds additions) {
	b.kinds[kind.Name], b.additions[kind.Name] = kind, adds
}

// starts are the pages on which submissions are begun, by kind.
func (b *areas) starts() map[string]string {
	starts := map[string]string{}
	for kind, adds := range b.additions {
		if adds.start != "" {
			starts[kind] = adds.start
		}
	}
	return starts
}

func (b *areas) says(ctx context.Context, q database.Querier, sub workflow.Submission, at time.Time) (string, error) {
	if says := b.additions[sub.Kind].says; says != nil {
		return says(ctx, q, sub, at)
	}
	return "", nil
}

func (b *areas) suggest(ctx context.Context, who identity.User, sub workflow.Submission, step string) (form.Answers, error) {
	if suggest := b.additions[sub.Kind].suggest; suggest != nil {
		return suggest(ctx, who, sub, step)
	}
	return nil, nil
}

func (b *areas) beside(ctx context.Context, sub workflow.Submission, step string, a form.Answers, find ui.Finding) (map[string]templ.Component, error) {
	if beside := b.additions[sub.Kind].beside; beside != nil {
		return beside(ctx, sub, step, a, find)
	}
	return nil, nil
}

func (b *areas) above(ctx context.Context, sub workflow.Submission, step string) (templ.Component, error) {
	if above := b.additions[sub.Kind].above; above != nil {
		return above(ctx, sub, step)
	}
	return nil, nil
}

func (b *areas) about(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	if about := b.additions[sub.Kind].about; about != nil {
		return about(ctx, sub)
	}
	return nil, nil
}

func (b *areas) advice(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error) {
	if advice := b.additions[sub.Kind].advice; advice != nil {
		return advice(ctx, sub, a)
	}
	return nil, nil
}

func (b *areas) live(ctx context.Context, sub workflow.Submission, a form.Answers) map[string]string {
	if live := b.additions[sub.Kind].live; live != nil {
		return live(ctx, sub, a)
	}
	return nil
}

func (b *areas) forDesk(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error) {
	if forDesk := b.additions[sub.Kind].forDesk; forDesk != nil {
		return forDesk(ctx, sub, a)
	}
	return nil, nil
}

// handedIn settles what a handing in means to the kind's area, and gives the submission to an officer by the desk's rules.
func (b *areas) handedIn(ctx context.Context, tx database.Tx, id workflow.ID) error {
	sub, err := workflow.FindForPortal(ctx, tx, id)
	if err != nil {
		return err
	}
	if handedIn := b.additions[sub.Kind].handedIn; handedIn != nil {
		if done, err := handedIn(ctx, tx, id); err != nil || done {
			return err
		}
	}
	return b.desk.AssignByRule(ctx, tx, id)
}

// publishedPractice finds a practice that was published under the ID.
func (b *areas) publishedPractice(ctx context.Context, publicID string) (record.Published, error) {
	id, err := b.practices.Published(ctx, publicID)
	if err != nil {
		return record.Published{}, err
	}
	p, err := b.practices.Public(ctx, publicID, 0, "")
	return record.Published{Submission: id, PublicID: publicID, Title: p.Practice.Title, Lang: p.Practice.Lang, Path: practice.Path(publicID)}, err
}

func (b *areas) officeMerged(ctx context.Context, tx database.Tx, from, into int64) error {
	if err := b.practices.MoveOffice(ctx, tx, from, into); err != nil {
		return err
	}
	if err := b.fund.MoveOffice(ctx, tx, from, into); err != nil {
		return err
	}
	if err := b.signoff.MoveOffice(ctx, tx, from, into); err != nil {
		return err
	}
	if err := b.requests.MoveOffice(ctx, tx, from, into); err != nil {
		return err
	}
	if err := b.calendar.MoveOffice(ctx, tx, from, into); err != nil {
		return err
	}
	return b.pledges.MoveOffice(ctx, tx, from, into)
}

// talkPledge finds a published pledge that came of a talk.
func (b *areas) talkPledge(ctx context.Context, publicID string) (request.Linked, error) {
	id, ok := pledge.ParseID(publicID)
	if !ok {
		return request.Linked{}, problem.NotFound
	}
	found, err := b.pledges.Find(ctx, id)
	if err == nil && (len(found) == 0 || found[0].PublicID != id) {
		err = problem.NotFound
	}
	if err != nil {
		return request.Linked{}, err
	}
	return request.Linked{PublicID: id, Title: found[0].Title, Lang: found[0].Lang, Path: pledge.Path(id)}, nil
}

// talkPractice finds a published practice that came of a talk.
func (b *areas) talkPractice(ctx context.Context, publicID string) (request.Linked, error) {
	id, ok := practice.WholeID(publicID)
	if !ok {
		return request.Linked{}, problem.NotFound
	}
	p, err := b.practices.Public(ctx, id, 0, "")
	if err == nil && p.Gone != nil {
		err = problem.NotFound
	}
	return request.Linked{PublicID: id, Title: p.Practice.Title, Lang: p.Practice.Lang, Path: practice.Path(id)}, err
}

// meetingFor finds the meeting for which a concept note is in time that arrives at the instant.
func meetingFor(ctx context.Context, q database.Querier, at time.Time) (*conceptnote.Meeting, error) {
	m, ok, err := fund.NextFor(ctx, q, at)
	if err != nil || !ok {
		return nil, err
	}
	name, _ := m.Name(ctx)
	return &conceptnote.Meeting{Name: name, Explanation: fund.Explain(ctx, m)}, nil
}

// coordinatorsOf are the Resident Coordinators of the countries of a concept note.
func coordinatorsOf(ctx context.Context, q database.Querier, countries []string) (all []conceptnote.ResidentCoordinator, missing []string, err error) {
	offices, missing, err := fund.CoordinatorsOf(ctx, q, countries)
	for _, o := range offices {
		all = append(all, conceptnote.ResidentCoordinator{Name: o.Name, Office: o.OfficeID})
	}
	return all, missing, err
}

// concerned are the people whose concept notes a change of a meeting touches.
func concerned(ctx context.Context, q database.Querier, change fund.MeetingChange) ([]workflow.Recipient, error) {
	return conceptnote.Concerned(ctx, q, change.Before.Cutoff())
}
