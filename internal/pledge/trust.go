package pledge

import (
	"context"
	"fmt"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
)

// ProposedAfter is after how many reports that the desk has published as they were sent in it is proposed to trust the office.
const ProposedAfter = 3

// maxTrustReason bounds the reason, in characters as a person counts them.
const maxTrustReason = 1000

// Trust is whether the reports of an office are published without being looked at first, and why.
type Trust struct {
	Trusted bool
	// Accepted is how many reports the desk has published as they were sent in since that was last decided, Proposed that they
	// are enough to trust the office.
	Accepted int
	Proposed bool
	// Open says that the office is approved: no other can be trusted.
	Open    bool
	History []TrustDecision
}

// TrustDecision is one decision about it; the last one holds.
type TrustDecision struct {
	ID      int64
	Trusted bool
	Reason  string
	By      string // name
	At      time.Time
}

// Alarm is a reason for the desk's radar to show a submission: name, condition and order in SQL, and what is said of it.
type Alarm struct {
	Name, Where, Order string
	Says               func(ctx context.Context, q database.Querier, ids []int64) (map[int64]string, error)
}

// ReportAlarms are those about reports on pledges: late ones, silent pledges, those of offices in which nobody reports, and
// offices that could be trusted. s is the submission, d.today the day at its desk.
var ReportAlarms = []Alarm{
	{Name: "report_silent", Where: lit("= 'silent'"), Order: reportDay, Says: reportSays},
	{Name: "report_late", Where: lit("= 'late'"), Order: reportDay, Says: reportSays},
	{Name: "report_nobody", Where: lit("IN ('due', 'late')") + ` AND NOT EXISTS (SELECT FROM offices o` + reporters + ` WHERE o.id = s.office_id)`, Order: reportDay, Says: reportSays},
	{Name: "trust_proposed", Where: proposedSQL, Order: "s.decided_at", Says: func(ctx context.Context, _ database.Querier, ids []int64) (map[int64]string, error) {
		says := map[int64]string{}
		for _, id := range ids {
			says[id] = i18n.T(ctx, "pledge.trust.proposed", ProposedAfter)
		}
		return says, nil
	}},
}

// lit is the condition that the submission s is a published pledge whose light is as said.
func lit(light string) string {
	return `s.kind = 'pledge' AND EXISTS (SELECT FROM pledge_standings t JOIN pledges p ON p.id = t.pledge_id AND p.until IS NULL
		WHERE t.pledge_id = s.id AND t.until IS NULL AND t.next_report_on <= d.today + 60 AND pledge_light(t.next_report_on, d.today) ` + light + `)`
}

// reportDay is the day on which the report on a pledge s is due.
const reportDay = `(SELECT t.next_report_on FROM pledge_standings t WHERE t.pledge_id = s.id AND t.until IS NULL)`

// reportSays says when the reports on pledges were or are due.
func reportSays(ctx context.Context, q database.Querier, ids []int64) (map[int64]string, error) {
	type row struct {
		PledgeID int64
		Due      date.Date
	}
	rows, err := database.Rows[row](ctx, q, `SELECT pledge_id, next_report_on AS due FROM pledge_standings WHERE until IS NULL AND next_report_on IS NOT NULL AND pledge_id = ANY ($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("when reports are due: %w", err)
	}
	says := map[int64]string{}
	for _, r := range rows {
		says[r.PledgeID] = i18n.T(ctx, "pledge.report.waits", r.Due)
	}
	return says, nil
}

// proposedSQL is the condition that it is proposed to trust the office of a submission s, on the last of its reports that the desk has
// accepted.
const proposedSQL = `s.id IN (SELECT max(a.id) FROM submissions a
		WHERE a.kind = 'pledge_update' AND a.published_revision = 1
			AND a.decided_at > coalesce((SELECT max(t.at) FROM office_trust t WHERE t.office_id = a.office_id), '-infinity')
			AND NOT EXISTS (SELECT FROM submission_events e WHERE e.submission_id = a.id AND e.action = 'record')
			AND NOT office_trusted(a.office_id) AND EXISTS (SELECT FROM offices o WHERE o.id = a.office_id AND o.state = 'approved')
		GROUP BY a.office_id HAVING count(*) >= 3)`

// TrustOf returns what was decided about the office; reports with which the person has a conflict do not count, nor those that the
// desk has recorded for the office. An office that there is not is problem.NotFound.
func (s *Service) TrustOf(ctx context.Context, who identity.User, office int64) (Trust, error) {
	q := s.db.Read()
	type row struct {
		Trusted, Open bool
		Accepted      int
	}
	r, err := database.Row[row](ctx, q, `SELECT office_trusted(o.id) AS trusted, o.state = 'approved' AS open,
			(SELECT count(*)::int FROM submissions a WHERE a.office_id = o.id AND a.kind = 'pledge_update' AND a.published_revision = 1
				AND a.decided_at > coalesce((SELECT max(t.at) FROM office_trust t WHERE t.office_id = o.id), '-infinity')
				AND NOT EXISTS (SELECT FROM submission_events e WHERE e.submission_id = a.id AND e.action = 'record')
				AND a.id NOT IN (SELECT behind_wall($2))) AS accepted
		FROM offices o WHERE o.id = $1`, office, who.ID)
	if err != nil {
		return Trust{}, fmt.Errorf("trust in office %d: %w", office, err)
	}
	t := Trust{Trusted: r.Trusted, Open: r.Open, Accepted: r.Accepted}
	t.Proposed = t.Open && !t.Trusted && t.Accepted >= ProposedAfter
	t.History, err = database.Rows[TrustDecision](ctx, q, `SELECT t.id, t.trusted, t.reason, u.name AS by, t.at FROM office_trust t JOIN users u ON u.id = t.by_id
		WHERE t.office_id = $1 ORDER BY t.id DESC`, office)
	return t, wrap(fmt.Sprintf("trust in office %d", office), err)
}

// SetTrust makes an office trusted, or trusted no more, for a lead of the pledges desk who has nothing to do with it: else
// problem.Forbidden. seen is the last decision that the person knew of, 0 for none: a later one is problem.Stale. A reason that
// is blank or too long is a problem.Invalid at "reason"; what is so already, or an office that is not approved, is
// problem.NotAllowedNow.
func (s *Service) SetTrust(ctx context.Context, who identity.User, office int64, trust bool, reason string, seen int64) error {
	if !MayTrust(who) {
		return fmt.Errorf("trust in office %d: %w", office, problem.Forbidden)
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		type row struct {
			State    string
			Trusted  bool
			Last     int64
			Involved bool
		}
		if _, err := tx.Exec(ctx, `SELECT FROM offices WHERE id = $1 FOR NO KEY UPDATE`, office); err != nil {
			return err
		}
		o, err := database.Row[row](ctx, tx, `SELECT o.state, office_trusted(o.id) AS trusted,
				coalesce((SELECT max(t.id) FROM office_trust t WHERE t.office_id = o.id), 0) AS last,
				EXISTS (SELECT FROM posts p WHERE p.office_id = o.id AND p.user_id = $2 AND p.state IN ('pending', 'approved', 'ended'))
					OR EXISTS (SELECT FROM declared_interests d WHERE d.user_id = $2 AND d.ended_at IS NULL AND (d.office_id = o.id OR d.country = o.country AND o.country <> '')) AS involved
			FROM offices o WHERE o.id = $1`, office, who.ID)
		reason = fit(reason)
		switch n := form.Length(reason); {
		case err != nil:
			return err
		case o.Involved:
			return problem.Forbidden
		case o.Last != seen:
			return problem.Stale
		case n == 0:
			return problem.Invalid(problem.Field{Name: "reason", Key: "pledge.trust.wrong.reason"})
		case n > maxTrustReason:
			return problem.Invalid(problem.Field{Name: "reason", Key: "pledge.report.wrong.long", Args: []any{maxTrustReason, n}})
		case o.Trusted == trust, trust && o.State != "approved":
			return problem.NotAllowedNow
		}
		if _, err := tx.Exec(ctx, `INSERT INTO office_trust (office_id, trusted, reason, by_id, at) VALUES ($1, $2, $3, $4, $5)`, office, trust, reason, who.ID, s.now()); err != nil {
			return err
		}
		act := "office.trust"
		if !trust {
			act = "office.distrust"
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: act, Subject: "office", SubjectID: office, Fields: []string{"reason"}, At: s.now()})
	})
	return wrap(fmt.Sprintf("trust in office %d", office), err)
}

// MayTrust says whether the person decides about trust: the leads of the pledges desk do.
func MayTrust(who identity.User) bool {
	for _, r := range who.Staff {
		if r.Role == identity.Lead && r.Desk == identity.PledgesDesk {
			return true
		}
	}
	return false
}
