package pledge

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Update is a report that is before the public. It stays as it is for good.
type Update struct {
	ID       int64
	PledgeID workflow.ID
	// Number counts the updates of the pledge from 1, the first one.
	Number int
	// Revision is the one of the pledge that it speaks of.
	Revision int
	// SubmissionID is that of the submission it came in with; nil for none.
	SubmissionID *workflow.ID
	// SubmissionRevision is the revision of it; nil for none.
	SubmissionRevision *int
	Means              Means
	Status             Status
	SupersededBy       string
	OnDay              date.Date
	Lang               string
	Evidence           string
	Link               string
	Obstacles          string
	Support            string
	Progress           []Progress
	Milestones         []Reached
	NextReportOn       *date.Date
	// OfficeName is the office's name on that day.
	OfficeName  string
	PublishedAt time.Time
}

// NextReport is the day of the next report; zero when none is due any more.
func (u Update) NextReport() date.Date {
	if u.NextReportOn == nil {
		return date.Date{}
	}
	return *u.NextReportOn
}

// updateID is the public ID of an update of a pledge: GCM-P-0225-U3.
func updateID(publicID string, number int) string { return publicID + "-U" + strconv.Itoa(number) }

// ofUpdate takes the public ID of an update apart; ok is false for any other.
func ofUpdate(id string) (publicID string, number int, ok bool) {
	publicID, tail, found := strings.Cut(id, "-U")
	number, err := strconv.Atoi(tail)
	return publicID, number, found && err == nil && number > 0
}

// anchor is where an update stands on the page of its pledge.
func anchor(number int) string { return "update-" + strconv.Itoa(number) }

// updatePath is the address of an update, without the language: the page of its pledge, at the part of the history that holds it.
func updatePath(id string) string {
	publicID, number, _ := ofUpdate(id)
	return Path(publicID) + "?update=" + strconv.Itoa(number) + "#" + anchor(number)
}

// updateColumns of Update but for its number; u is pledge_updates.
const updateColumns = `u.id, u.pledge_id, u.revision, u.submission_id, u.submission_revision, u.means, u.status, u.superseded_by, u.on_day, u.lang, u.evidence, u.link, u.obstacles, u.support,
	u.progress, u.milestones, u.next_report_on, u.office_name, u.published_at`

// numberedUpdates are all updates of the pledges @ids as x, with their numbers.
const numberedUpdates = ` FROM (SELECT ` + updateColumns + `, (row_number() OVER (PARTITION BY u.pledge_id ORDER BY u.id))::int AS number
	FROM pledge_updates u WHERE u.pledge_id = ANY (@ids)) x`

// updatesOf returns all updates of the pledges, by pledge, the first one first.
func updatesOf(ctx context.Context, q database.Querier, ids ...workflow.ID) (map[workflow.ID][]Update, error) {
	rows, err := database.Rows[Update](ctx, q, `SELECT x.*`+numberedUpdates+` ORDER BY x.pledge_id, x.id`, database.Args{"ids": ids})
	if err != nil {
		return nil, fmt.Errorf("updates of pledges: %w", err)
	}
	of := map[workflow.ID][]Update{}
	for _, u := range rows {
		of[u.PledgeID] = append(of[u.PledgeID], u)
	}
	return of, nil
}

// standsColumns of stands, before what is read from the content; p is pledges, s the standing, sub the submission, o its
// office.
const standsSQL = `SELECT p.id, p.public_id, p.revision, sub.office_id, o.name AS office_name, p.title, p.lang, p.first_published_at, p.due_on, p.content,
		coalesce(u.on_day::text, '') AS last_day, ` + standingColumns + `
	FROM pledges p` + joinStanding + ` JOIN submissions sub ON sub.id = p.id JOIN offices o ON o.id = sub.office_id LEFT JOIN pledge_updates u ON u.id = s.update_id
	WHERE p.until IS NULL`

// standing returns what the rules know of the pledges that are before the public, by number; others are left out.
func (s *Service) standing(ctx context.Context, q database.Querier, ids ...workflow.ID) (map[workflow.ID]stands, error) {
	type row struct {
		ID               int64
		PublicID         string
		Revision         int
		OfficeID         int64
		OfficeName       string
		Title, Lang      string
		FirstPublishedAt time.Time
		DueOn            *date.Date
		Content          map[string][]string
		LastDay          string
		Standing
	}
	rows, err := database.Rows[row](ctx, q, standsSQL+` AND p.id = ANY ($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("how pledges stand: %w", err)
	}
	all := map[workflow.ID]stands{}
	for _, r := range rows {
		one := stands{
			ID: r.ID, PublicID: r.PublicID, Revision: r.Revision, OfficeID: r.OfficeID, OfficeName: r.OfficeName, Title: r.Title, Lang: r.Lang,
			Published: date.Today(r.FirstPublishedAt, i18n.Geneva), Standing: r.Standing,
		}
		if r.DueOn != nil {
			one.Deadline = *r.DueOn
		}
		if r.LastDay != "" {
			if one.LastDay, err = date.Parse(r.LastDay); err != nil {
				return nil, err
			}
		}
		var p Pledge
		readMeasures(&p, r.Content)
		for _, i := range p.Indicators {
			one.Indicators = append(one.Indicators, i.What)
		}
		for _, m := range p.Milestones {
			one.Milestones = append(one.Milestones, m.What)
		}
		all[r.ID] = one
	}
	return all, nil
}

// followers returns, of the published pledges among the public IDs, what each was superseded by; "" for nothing.
func followers(ctx context.Context, q database.Querier, ids []string) (map[string]string, error) {
	type row struct{ PublicID, By string }
	rows, err := database.Rows[row](ctx, q, `SELECT p.public_id, coalesce(u.superseded_by, '') AS by FROM pledges p`+joinStanding+`
		LEFT JOIN pledge_updates u ON u.id = s.update_id WHERE p.until IS NULL AND p.public_id = ANY ($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("what superseded pledges: %w", err)
	}
	by := map[string]string{}
	for _, r := range rows {
		by[r.PublicID] = r.By
	}
	return by, nil
}

// entry is a settled report that becomes an update.
type entry struct {
	pledge stands
	Report
	means      Means
	submission *workflow.ID
	sent       *int  // the revision of submission
	author     int64 // 0 is the portal itself
}

// publishUpdates puts reports before the public, all at once. The caller has locked the pledges.
func publishUpdates(ctx context.Context, tx database.Tx, entries []entry, now time.Time) error {
	columns := []string{
		"pledge_id", "revision", "submission_id", "submission_revision", "means", "status", "superseded_by", "on_day", "lang", "evidence", "link", "obstacles", "support",
		"progress", "milestones", "next_report_on", "office_name", "author_id", "published_at",
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"pledge_updates"}, columns, pgx.CopyFromSlice(len(entries), func(i int) ([]any, error) {
		e := entries[i]
		r := e.said()
		progress, err := json.Marshal(notNil(r.Progress))
		if err != nil {
			return nil, err
		}
		milestones, err := json.Marshal(notNil(r.Milestones))
		if err != nil {
			return nil, err
		}
		var next, author any
		if !r.NextReport.IsZero() {
			next = r.NextReport
		}
		if e.author != 0 {
			author = e.author
		}
		return []any{
			e.pledge.ID, e.pledge.Revision, e.submission, e.sent, string(e.means), string(r.Status), r.SupersededBy, r.On, r.Lang, r.Evidence, r.Link, r.Obstacles, r.Support,
			progress, milestones, next, e.pledge.OfficeName, author, now,
		}, nil
	}))
	if err != nil {
		return fmt.Errorf("publish %d updates of pledges: %w", len(entries), err)
	}
	return nil
}

// lockPledges lets nobody else report on the pledges, publish or take them down until the transaction ends.
func lockPledges(ctx context.Context, tx database.Tx, ids []workflow.ID) error {
	if _, err := tx.Exec(ctx, `SELECT FROM submissions WHERE id = ANY ($1) ORDER BY id FOR UPDATE`, ids); err != nil {
		return fmt.Errorf("lock pledges to report on: %w", err)
	}
	return nil
}

// Trusted says whether the reports of the office are published without being looked at first.
func trusted(ctx context.Context, q database.Querier, office int64) (bool, error) {
	return database.Value[bool](ctx, q, `SELECT office_trusted($1) AND EXISTS (SELECT FROM offices WHERE id = $1 AND state = 'approved')`, office)
}

// pledgeOf returns the number of a published pledge; problem.NotFound for any other.
func pledgeOf(ctx context.Context, q database.Querier, publicID string) (workflow.ID, error) {
	id, err := database.Value[workflow.ID](ctx, q, `SELECT id FROM pledges WHERE public_id = $1 AND until IS NULL`, publicID)
	if errors.Is(err, problem.NotFound) {
		return 0, fmt.Errorf("pledge %s: %w", publicID, err)
	}
	return id, err
}

// pledgesOf are the different pledges of the filings, in order.
func pledgesOf(filings []Filing) []workflow.ID {
	ids := make([]workflow.ID, len(filings))
	for i, f := range filings {
		ids[i] = f.Pledge
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// gist is what all updates of a pledge together say of its indicators and milestones: the last value, and the day.
type gist struct {
	values  map[string]knownValue
	reached map[string]date.Date
}

// knownValue is what was last said of an indicator, with the day that it is of.
type knownValue struct {
	Value string
	On    date.Date
}

// sumUp sums up updates, the first one first.
func sumUp(updates []Update) gist {
	k := gist{values: map[string]knownValue{}, reached: map[string]date.Date{}}
	for _, u := range updates {
		for _, g := range u.Progress {
			k.values[g.Indicator] = knownValue{g.Value, u.OnDay}
		}
		for _, m := range u.Milestones {
			k.reached[m.Milestone] = m.Reached
		}
	}
	return k
}

// ownMost bounds the list of what the offices of one person have pledged.
const ownMost = 500

// Own are the published pledges of the offices in which the person holds an approved post: those of which a report is due first come
// first, and those of which none is due last. At most ownMost.
func (s *Service) Own(ctx context.Context, who identity.User) ([]stands, error) {
	q := s.db.Read()
	ids, err := database.Values[workflow.ID](ctx, q, `SELECT p.id FROM pledges p`+joinStanding+` JOIN submissions sub ON sub.id = p.id
		JOIN submission_access a ON a.submission_id = sub.id AND a.user_id = $1 AND a.side = 'owner' AND a.role IN ('head', 'contributor', 'viewer')
		WHERE p.until IS NULL GROUP BY p.id, s.next_report_on ORDER BY s.next_report_on NULLS LAST, p.id LIMIT $2`, who.ID, ownMost)
	if err != nil {
		return nil, fmt.Errorf("what the offices of person %d have pledged: %w", who.ID, err)
	}
	all, err := s.standing(ctx, q, ids...)
	if err != nil {
		return nil, err
	}
	var own []stands
	for _, id := range ids {
		if p, ok := all[id]; ok {
			own = append(own, p)
		}
	}
	return own, nil
}
