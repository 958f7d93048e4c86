package newsletter

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web/ui"
)

// An office proposes an item and the communications desk decides on it. What is accepted has no page of its own: it waits for the
// next issue, whose editor draws it in, and is told of when that issue goes out.

// proposalPlan is that of what is decided; what was accepted can be taken back until an issue carries it.
var proposalPlan = append(slices.Clone(workflow.Deciding), workflow.Step{Action: workflow.Withdraw, From: workflow.Accepted, To: workflow.Withdrawn, By: workflow.ByOwner})

func (s *Service) newKind() *workflow.Kind {
	return &workflow.Kind{
		Name: ProposalKind, Plan: proposalPlan, Words: ProposalKind, Desk: identity.CommunicationsDesk, Form: NewProposalForm(),
		Lang: func(a form.Answers, fallback string) string {
			if l := i18n.Lang(a.First(form.RowName("versions", 0, "language"))); l.Known() {
				return string(l)
			}
			return fallback
		},
		Title:     func(a form.Answers) string { return a.First(form.RowName("versions", 0, "title")) },
		Approved:  s.accept,
		Withdrawn: s.takenBack,
		TakeDown:  s.takeDown,
	}
}

// Kind is what the machine of submissions knows of proposed items; always the same value.
func (s *Service) Kind() *workflow.Kind { return s.kind }

// Writers are the person's posts with which they may propose an item.
func (s *Service) Writers(who identity.User) []identity.Post {
	return slices.DeleteFunc(slices.Clone(who.Posts), func(p identity.Post) bool { return p.Role == identity.Viewer })
}

// Propose opens a draft for the office of one of the Writers; any other office is problem.Forbidden.
func (s *Service) Propose(ctx context.Context, who identity.User, officeID int64) (workflow.ID, error) {
	if !slices.ContainsFunc(s.Writers(who), func(p identity.Post) bool { return p.OfficeID == officeID }) {
		return 0, fmt.Errorf("propose an item for office %d: %w", officeID, problem.Forbidden)
	}
	return s.OpenDraft(ctx, who, officeID, form.Answers{form.RowName("versions", 0, "language"): {who.Lang}})
}

// proposal is an item that was accepted.
type proposal struct {
	ID        workflow.ID
	NotBefore *date.Date
	Link      string
	Themes    []int
	Regions   []string
	Sectors   []string
	Texts     Texts
	// Office is the present name of who proposed it.
	Office string `db:"-"`
}

// proposalSource starts the name of what an item was drafted from (Item.Source).
const proposalSource = "member:"

func sourceOf(id workflow.ID) string { return proposalSource + fmt.Sprint(id) }

// item is the proposal in an issue.
func (p proposal) item(issue int64) Item {
	return Item{IssueID: issue, Section: "members", Link: p.Link, Source: sourceOf(p.ID), Themes: p.Themes, Regions: p.Regions, Sectors: p.Sectors, Credit: p.Office, Texts: p.Texts}
}

// accept lets a proposal wait for the next issue.
func (s *Service) accept(ctx context.Context, tx database.Tx, sub workflow.Submission, a form.Answers, now time.Time) error {
	p := readProposal(a)
	_, err := tx.Exec(ctx, `INSERT INTO newsletter_proposals (id, not_before, link, themes, regions, sectors, texts, accepted_at) VALUES (@id, @not_before, @link, @themes, @regions, @sectors, @texts, @now)`,
		database.Args{"id": sub.ID, "not_before": p.NotBefore, "link": p.Link, "themes": append([]int{}, p.Themes...), "regions": append([]string{}, p.Regions...), "sectors": append([]string{}, p.Sectors...), "texts": p.Texts, "now": now})
	if err != nil {
		return fmt.Errorf("accept item %d: %w", sub.ID, err)
	}
	return nil
}

// takenBack is told that its office has taken a proposal back. What is on its way to the readers cannot be.
func (s *Service) takenBack(ctx context.Context, tx database.Tx, sub workflow.Submission, now time.Time) error {
	if err := hold(ctx, tx); err != nil {
		return err
	}
	carried, err := carriedBy(ctx, tx, sub.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(carried, func(i carrier) bool { return i.State.Public() }) {
		return problem.NotAllowedNow
	}
	return s.takeDown(ctx, tx, sub, now)
}

// hold keeps the issues that are not over as they are until the transaction ends: none takes up an item, or begins to go out.
func hold(ctx context.Context, tx database.Tx) error {
	if _, err := tx.Exec(ctx, `SELECT FROM newsletter_issues WHERE state NOT IN ('sent', 'cancelled') ORDER BY id FOR UPDATE`); err != nil {
		return fmt.Errorf("hold the issues that are not over: %w", err)
	}
	return nil
}

// takeDown takes a proposal out of the issues that have it. One in the making keeps where it stands, unless nothing is left in it, and
// its page says what is missing; one that was sent has it in its mails and no more in the archive.
func (s *Service) takeDown(ctx context.Context, tx database.Tx, sub workflow.Submission, now time.Time) error {
	if err := hold(ctx, tx); err != nil {
		return err
	}
	carried, err := carriedBy(ctx, tx, sub.ID)
	if err != nil {
		return err
	}
	var out *int64
	for _, i := range carried {
		if i.State.Open() {
			out = &i.ID
		}
	}
	type change struct {
		sql  string
		args database.Args
	}
	for _, c := range []change{
		{`UPDATE newsletter_proposals SET taken_back_at = @now, taken_out_of = @out WHERE id = @id`, database.Args{"id": sub.ID, "out": out, "now": now}},
		{`DELETE FROM newsletter_items WHERE source = @source`, database.Args{"source": sourceOf(sub.ID)}},
		{`UPDATE newsletter_issues SET version = version + 1, changed_at = @now WHERE id = @out`, database.Args{"out": out, "now": now}},
		{`UPDATE newsletter_issues i SET state = 'draft', approved_by = NULL, approved_at = NULL, send_at = NULL WHERE id = @out AND NOT EXISTS (SELECT FROM newsletter_items n WHERE n.issue_id = i.id)`, database.Args{"out": out}},
	} {
		if _, err := tx.Exec(ctx, c.sql, c.args); err != nil {
			return fmt.Errorf("take back item %d: %w", sub.ID, err)
		}
	}
	return nil
}

// carrier is an issue that has an item.
type carrier struct {
	ID     int64
	Number int
	Month  date.Date
	State  State
}

// carriedBy are the issues that have the item of a proposal and were not cancelled, the newest first.
func carriedBy(ctx context.Context, q database.Querier, id workflow.ID) ([]carrier, error) {
	all, err := database.Rows[carrier](ctx, q, `SELECT i.id, i.number, i.month, i.state FROM newsletter_items n JOIN newsletter_issues i ON i.id = n.issue_id
		WHERE n.source = $1 AND i.state <> 'cancelled' ORDER BY i.number DESC`, sourceOf(id))
	if err != nil {
		return nil, fmt.Errorf("issues with item %d: %w", id, err)
	}
	return all, nil
}

// mostProposals bounds how many proposals are offered to an editor at a time, mostWaiting among how many they are looked for.
const (
	mostProposals = 50
	mostWaiting   = 1000
)

// waiting are the proposals that may be drawn into an issue of the month: accepted, in no other issue, of an approved office, and open to
// the person.
func (s *Service) waiting(ctx context.Context, who identity.User, month date.Date) ([]proposal, error) {
	found, err := database.Rows[proposal](ctx, s.db.Read(), `SELECT id, not_before, link, themes, regions, sectors, texts FROM newsletter_proposals p
		WHERE taken_back_at IS NULL AND (not_before IS NULL OR not_before < $1::date + interval '1 month')
			AND NOT EXISTS (SELECT FROM newsletter_items n JOIN newsletter_issues i ON i.id = n.issue_id AND i.state <> 'cancelled' WHERE n.source = '`+proposalSource+`' || p.id)
		ORDER BY accepted_at, id LIMIT $2`, month, mostWaiting)
	if err != nil {
		return nil, fmt.Errorf("items that wait for an issue: %w", err)
	}
	var all []proposal
	for _, p := range found {
		if len(all) == mostProposals {
			break
		}
		sub, err := workflow.Find(ctx, s.db.Read(), p.ID, who)
		switch {
		case errors.Is(err, problem.NotFound): // they have an interest in it
		case err != nil:
			return nil, err
		case sub.MayPublish():
			p.Office = sub.OfficeName
			all = append(all, p)
		}
	}
	return all, nil
}

// takenOut are the titles of what was taken back from the issue.
func (s *Service) takenOut(ctx context.Context, issue int64) ([]Texts, error) {
	return database.Values[Texts](ctx, s.db.Read(), `SELECT texts FROM newsletter_proposals WHERE taken_out_of = $1 ORDER BY taken_back_at, id`, issue)
}

// Draw puts a proposal that waits into an issue. One that waits no more is problem.Stale.
func (s *Service) Draw(ctx context.Context, who identity.User, id int64, proposed workflow.ID) error {
	i, err := s.Issue(ctx, who, id)
	if err != nil {
		return err
	}
	all, err := s.waiting(ctx, who, i.Month)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(p proposal) bool { return p.ID == proposed })
	if at < 0 {
		return problem.Stale
	}
	return s.change(ctx, who, id, "item", func(tx database.Tx, i Issue) error {
		if len(i.Items) >= MaxItems {
			return problem.Invalid(problem.Field{Key: "newsletter.wrong.items", Args: []any{MaxItems}})
		}
		_, err := s.draw(ctx, tx, i.ID, all[at])
		return err
	})
}

// draw adds a proposal to an issue unless it was taken back, or drawn into one, meanwhile.
func (s *Service) draw(ctx context.Context, tx database.Tx, issue int64, p proposal) (bool, error) {
	back, err := database.Value[bool](ctx, tx, `SELECT taken_back_at IS NOT NULL FROM newsletter_proposals WHERE id = $1 FOR UPDATE`, p.ID)
	if err != nil || back {
		return false, err
	}
	if carried, err := carriedBy(ctx, tx, p.ID); err != nil || len(carried) > 0 {
		return false, err
	}
	_, err = addItem(ctx, tx, p.item(issue))
	return err == nil, err
}

// tellCarried tells those who proposed items of an issue that it goes out.
func (s *Service) tellCarried(ctx context.Context, tx database.Tx, i Issue) error {
	for _, item := range i.Items {
		number, ok := strings.CutPrefix(item.Source, proposalSource)
		if !ok {
			continue
		}
		id, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return err
		}
		sub, err := workflow.FindForPortal(ctx, tx, id)
		if err != nil {
			return err
		}
		people, err := workflow.OwnerRecipients(ctx, tx, sub)
		if err != nil {
			return err
		}
		for _, p := range people {
			in := ui.WithSite(i18n.WithLang(ctx, i18n.Lang(p.Lang).OrEnglish()), s.Site)
			title, _ := item.Texts.In(i18n.From(in))
			subject := i18n.T(in, "newsletter.mail.carried.subject", title.Title)
			var html strings.Builder
			if err := carriedMail(i, subject).Render(in, &html); err != nil {
				return fmt.Errorf("write the mail newsletter.carried: %w", err)
			}
			if err := mail.Queue(ctx, tx, mail.Message{To: p.Email, ToUser: p.ID, Lang: i18n.From(in), Kind: "newsletter.carried", Subject: subject, HTML: html.String()}); err != nil {
				return err
			}
		}
	}
	return nil
}

// About shows on the owner's page of a proposal what became of it; nil until it is accepted.
func (s *Service) About(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	if sub.State != workflow.Accepted {
		return nil, nil
	}
	carried, err := carriedBy(ctx, s.db.Read(), sub.ID)
	if err != nil {
		return nil, err
	}
	return aboutProposal(carried), nil
}

// ForDesk is About for the desk.
func (s *Service) ForDesk(ctx context.Context, sub workflow.Submission, _ form.Answers) (templ.Component, error) {
	return s.About(ctx, sub)
}

// InTheMaking is the issue that goes out next, as far as it was begun: that with the earliest month; false when there is none.
func (s *Service) InTheMaking(ctx context.Context) (i Issue, ok bool, err error) {
	i, err = database.Row[Issue](ctx, s.db.Read(), `SELECT `+issueColumns+` FROM newsletter_issues WHERE state IN ('draft', 'proposed', 'approved', 'scheduled') ORDER BY month, number LIMIT 1`)
	if errors.Is(err, problem.NotFound) {
		return i, false, nil
	}
	return i, err == nil, err
}
