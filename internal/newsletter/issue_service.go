package newsletter

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/identity"
	"portal/internal/problem"
)

// Source is something that was published, of which an item can be drafted.
type Source struct {
	// Name is its own in the world, "practice:GCM-PR-0001": no issue has two items of it.
	Name    string
	Section string
	Link    string
	Texts   Texts
}

// Overview is the list of the desk.
type Overview struct {
	Issues   []Issue
	Readers  int // confirmed
	Pending  int // unconfirmed
	Settings Settings
}

// Overview returns all issues, the newest first, for the communications desk.
func (s *Service) Overview(ctx context.Context, who identity.User) (o Overview, err error) {
	if err := mayEdit(who); err != nil {
		return o, err
	}
	if o.Issues, err = listIssues(ctx, s.db.Read(), `true`); err != nil {
		return o, err
	}
	type counts struct{ Readers, Pending int }
	c, err := database.Row[counts](ctx, s.db.Read(), `SELECT count(*) FILTER (WHERE state = 'confirmed') AS readers, count(*) FILTER (WHERE state = 'unconfirmed') AS pending FROM newsletter_subscribers`)
	if err != nil {
		return o, fmt.Errorf("count readers: %w", err)
	}
	o.Readers, o.Pending = c.Readers, c.Pending
	o.Settings, err = readSettings(ctx, s.db.Read())
	return o, err
}

// listIssues reads issues with their texts, the newest first.
func listIssues(ctx context.Context, q database.Querier, condition string, args ...any) ([]Issue, error) {
	all, err := database.Rows[Issue](ctx, q, `SELECT `+issueColumns+` FROM newsletter_issues WHERE `+condition+` ORDER BY number DESC LIMIT 500`, args...)
	if err != nil {
		return nil, fmt.Errorf("list issues: %w", err)
	}
	ids, place := make([]int64, len(all)), map[int64]int{}
	for n := range all {
		ids[n], place[all[n].ID], all[n].Texts = all[n].ID, n, Texts{}
	}
	texts, err := database.Rows[textRow](ctx, q, `SELECT issue_id AS id, lang, title, intro AS text FROM newsletter_issue_texts WHERE issue_id = ANY ($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("list issues: %w", err)
	}
	for _, t := range texts {
		all[place[t.ID]].Texts[t.Lang] = Text{t.Title, t.Text}
	}
	return all, nil
}

// Begin starts an issue for a month and returns its number in addresses.
func (s *Service) Begin(ctx context.Context, who identity.User, month date.Date, texts Texts) (id int64, err error) {
	if err := mayEdit(who); err != nil {
		return 0, err
	}
	texts, wrong := texts.clean(MaxIntro)
	if month.IsZero() {
		wrong = append(wrong, problem.Field{Name: "month", Key: "newsletter.wrong.month"})
	}
	if len(wrong) > 0 {
		return 0, problem.Invalid(wrong...)
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `LOCK TABLE newsletter_issues IN SHARE ROW EXCLUSIVE MODE`); err != nil { // two begin at once
			return err
		}
		if id, err = database.Value[int64](ctx, tx, `INSERT INTO newsletter_issues (number, month, state, created_by, created_at, changed_at)
			VALUES ((SELECT coalesce(max(number), 0) + 1 FROM newsletter_issues), $1, 'draft', $2, $3, $3) RETURNING id`, date.New(month.Year(), month.Month(), 1), who.ID, s.now()); err != nil {
			return err
		}
		if err := putIssueTexts(ctx, tx, id, texts); err != nil {
			return err
		}
		return s.touched(ctx, tx, who, id, "begin")
	})
	if err != nil {
		return 0, fmt.Errorf("begin an issue: %w", err)
	}
	return id, nil
}

// touched notes who has written in an issue, and makes it a draft again.
func (s *Service) touched(ctx context.Context, tx database.Tx, who identity.User, id int64, act string) error {
	if _, err := tx.Exec(ctx, `UPDATE newsletter_issues SET version = version + 1, changed_at = $2, state = 'draft', approved_by = NULL, approved_at = NULL, send_at = NULL WHERE id = $1`, id, s.now()); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO newsletter_issue_authors (issue_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, who.ID); err != nil {
		return err
	}
	return s.record(ctx, tx, who.ID, act, id)
}

// Issue returns an issue for the desk.
func (s *Service) Issue(ctx context.Context, who identity.User, id int64) (Issue, error) {
	if err := mayEdit(who); err != nil {
		return Issue{}, err
	}
	i, err := findIssue(ctx, s.db.Read(), `id = $1`, id)
	if err != nil {
		return i, err
	}
	i.Authors, err = authors(ctx, s.db.Read(), id)
	return i, err
}

// change does something to an issue that is locked, if it is open. What cannot be changed any more is problem.NotAllowedNow.
func (s *Service) change(ctx context.Context, who identity.User, id int64, act string, do func(tx database.Tx, i Issue) error) error {
	if err := mayEdit(who); err != nil {
		return err
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		i, err := findIssue(ctx, tx, `id = $1 FOR UPDATE`, id)
		if err != nil {
			return err
		}
		if !i.State.Open() {
			return problem.NotAllowedNow
		}
		if err := do(tx, i); err != nil {
			return err
		}
		return s.touched(ctx, tx, who, id, act)
	})
	if err != nil {
		return fmt.Errorf("change issue %d: %w", id, err)
	}
	return nil
}

// Conflict says that somebody else has saved first; it is problem.Stale, with what they have written.
type Conflict struct {
	Texts   Texts
	Version int
}

func (c *Conflict) Error() string { return "somebody else has saved first" }

// Unwrap makes it problem.Stale.
func (c *Conflict) Unwrap() error { return problem.Stale }

// SaveTitles keeps the titles and opening words of an issue that was read at the version; a newer one is a Conflict.
func (s *Service) SaveTitles(ctx context.Context, who identity.User, id int64, version int, texts Texts) error {
	texts, wrong := texts.clean(MaxIntro)
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.change(ctx, who, id, "titles", func(tx database.Tx, i Issue) error {
		if i.Version != version && !same(i.Texts, texts) {
			return &Conflict{i.Texts, i.Version}
		}
		return putIssueTexts(ctx, tx, id, texts)
	})
}

func same(a, b Texts) bool {
	if len(a) != len(b) {
		return false
	}
	for l := range a {
		if a[l] != b[l] {
			return false
		}
	}
	return true
}

// SaveItem keeps an item: a new one when its ID is 0. One that was saved since Version is a Conflict.
func (s *Service) SaveItem(ctx context.Context, who identity.User, item Item) error {
	item, wrong := item.check(s.Vocabulary())
	if len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.change(ctx, who, item.IssueID, "item", func(tx database.Tx, i Issue) error {
		if item.ID == 0 {
			if len(i.Items) >= MaxItems {
				return problem.Invalid(problem.Field{Key: "newsletter.wrong.items", Args: []any{MaxItems}})
			}
			_, err := addItem(ctx, tx, item)
			return err
		}
		at := slices.IndexFunc(i.Items, func(k Item) bool { return k.ID == item.ID })
		switch {
		case at < 0:
			return problem.NotFound
		case i.Items[at].Version != item.Version:
			return &Conflict{i.Items[at].Texts, i.Items[at].Version}
		}
		if _, err := tx.Exec(ctx, `UPDATE newsletter_items SET section = @section, link = @link, themes = @themes, regions = @regions, sectors = @sectors, version = version + 1 WHERE id = @id`,
			database.Args{"id": item.ID, "section": item.Section, "link": item.Link, "themes": item.Themes, "regions": item.Regions, "sectors": item.Sectors}); err != nil {
			return err
		}
		return putItemTexts(ctx, tx, item.ID, item.Texts)
	})
}

// Move changes the place of an item among its section: up, else down. With remove it is taken away.
func (s *Service) Move(ctx context.Context, who identity.User, issue, item int64, do string) error {
	return s.change(ctx, who, issue, "item", func(tx database.Tx, i Issue) error {
		at := slices.IndexFunc(i.Items, func(k Item) bool { return k.ID == item })
		if at < 0 {
			return problem.NotFound
		}
		if do == "remove" {
			_, err := tx.Exec(ctx, `DELETE FROM newsletter_items WHERE id = $1`, item)
			return err
		}
		other := at + 1
		if do == "up" {
			other = at - 1
		}
		if other < 0 || other >= len(i.Items) || i.Items[other].Section != i.Items[at].Section {
			return nil
		}
		i.Items[at], i.Items[other] = i.Items[other], i.Items[at]
		ids := make([]int64, len(i.Items))
		for n, k := range i.Items {
			ids[n] = k.ID
		}
		_, err := tx.Exec(ctx, `UPDATE newsletter_items n SET position = o.position FROM unnest($1::bigint[]) WITH ORDINALITY AS o (id, position) WHERE n.id = o.id`, ids)
		return err
	})
}

// DraftItems adds what was published since the last issue went out, and is not in the issue yet. It returns how many came.
func (s *Service) DraftItems(ctx context.Context, who identity.User, id int64) (added int, err error) {
	i, err := s.Issue(ctx, who, id)
	if err != nil {
		return 0, err
	}
	since, err := database.Value[*time.Time](ctx, s.db.Read(), `SELECT max(started_at) FROM newsletter_issues WHERE id <> $1`, id)
	if err != nil {
		return 0, fmt.Errorf("when the last issue went out: %w", err)
	}
	if since == nil {
		month := s.now().AddDate(0, -1, 0)
		since = &month
	}
	var found []Source
	for _, published := range s.Published {
		more, err := published(ctx, *since)
		if err != nil {
			return 0, err
		}
		found = append(found, more...)
	}
	proposed, err := s.waiting(ctx, who, i.Month)
	if err != nil {
		return 0, err
	}
	err = s.change(ctx, who, id, "draft", func(tx database.Tx, i Issue) error {
		added = 0
		for _, p := range proposed {
			if len(i.Items)+added >= MaxItems {
				break
			}
			drawn, err := s.draw(ctx, tx, id, p)
			if err != nil {
				return err
			}
			if drawn {
				added++
			}
		}
		for _, f := range found {
			if len(i.Items)+added >= MaxItems || slices.ContainsFunc(i.Items, func(k Item) bool { return k.Source == f.Name }) {
				continue
			}
			item, wrong := Item{IssueID: id, Section: f.Section, Link: f.Link, Texts: f.Texts}.check(s.Vocabulary())
			if len(wrong) > 0 {
				continue // such a title was published before there were limits
			}
			item.Source = f.Name
			if _, err := addItem(ctx, tx, item); err != nil {
				return err
			}
			added++
		}
		return nil
	})
	return added, err
}

// The steps of an issue.
const (
	stepPropose  = "propose"
	stepReturn   = "return"
	stepApprove  = "approve"
	stepSchedule = "schedule"
	stepCancel   = "cancel"
	stepPause    = "pause"
	stepResume   = "resume"
)

// Step takes an issue on, which was read at the version: to who approves it and back, to its time, to a halt. at is for
// stepSchedule alone. A step that the state does not allow is problem.NotAllowedNow, an issue that was changed meanwhile
// problem.Stale, the approval by one of its authors problem.Forbidden.
func (s *Service) Step(ctx context.Context, who identity.User, id int64, version int, step string, at time.Time) error {
	if err := mayEdit(who); err != nil {
		return err
	}
	from := map[string][]State{
		stepPropose: {Draft}, stepReturn: {Proposed, Approved, Scheduled}, stepApprove: {Proposed}, stepSchedule: {Approved, Scheduled},
		stepCancel: {Draft, Proposed, Approved, Scheduled, Paused}, stepPause: {Sending}, stepResume: {Paused},
	}[step]
	to := map[string]State{stepPropose: Proposed, stepReturn: Draft, stepApprove: Approved, stepSchedule: Scheduled, stepCancel: Cancelled, stepPause: Paused, stepResume: Sending}[step]
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		i, err := findIssue(ctx, tx, `id = $1 FOR UPDATE`, id)
		if err != nil {
			return err
		}
		if i.Authors, err = authors(ctx, tx, id); err != nil {
			return err
		}
		switch {
		case !slices.Contains(from, i.State):
			return problem.NotAllowedNow
		case i.Version != version:
			return problem.Stale
		case step == stepPropose && len(i.Items) == 0:
			return problem.Invalid(problem.Field{Key: "newsletter.wrong.empty"})
		case step == stepApprove && !i.MayApprove(who):
			return problem.Forbidden
		case step == stepSchedule && at.Before(s.now().Add(-time.Minute)):
			return problem.Invalid(problem.Field{Name: "at", Key: "newsletter.wrong.past"})
		}
		sql, args := `UPDATE newsletter_issues SET state = @state`, database.Args{"id": id, "state": string(to)}
		switch step {
		case stepApprove:
			sql += `, approved_by = @who, approved_at = @now`
			args["who"], args["now"] = who.ID, s.now()
		case stepReturn:
			sql += `, approved_by = NULL, approved_at = NULL, send_at = NULL`
		case stepSchedule:
			sql += `, send_at = @at`
			args["at"] = at
		}
		if _, err := tx.Exec(ctx, sql+` WHERE id = @id`, args); err != nil {
			return err
		}
		return s.record(ctx, tx, who.ID, step, id)
	})
	if err != nil {
		return fmt.Errorf("%s issue %d: %w", step, id, err)
	}
	return nil
}

// Archive returns the issues that everybody can read, the newest first.
func (s *Service) Archive(ctx context.Context) ([]Issue, error) {
	return listIssues(ctx, s.db.Read(), `state IN ('sending', 'paused', 'sent')`)
}

// Public returns an issue that everybody can read by its number.
func (s *Service) Public(ctx context.Context, number int) (Issue, error) {
	return findIssue(ctx, s.db.Read(), `number = $1 AND state IN ('sending', 'paused', 'sent')`, number)
}
