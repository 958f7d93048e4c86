package pledge

import (
	"context"
	"fmt"
	"strings"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Filing is a report on one pledge.
type Filing struct {
	Pledge workflow.ID
	Report
}

// RefusedError says what is wrong with reports that come in together, in their order.
type RefusedError struct{ Wrong [][]form.Wrong }

// Error counts what is wrong.
func (e *RefusedError) Error() string {
	n := 0
	for _, w := range e.Wrong {
		if len(w) > 0 {
			n++
		}
	}
	return fmt.Sprintf("%d of %d reports are refused", n, len(e.Wrong))
}

// checked returns the reports settled, with what is wrong with or missing from each; nothing is written. A pledge that is
// not of the office, or not before the public, is wrong as a whole: at the name "pledge".
func (s *Service) checked(ctx context.Context, q database.Querier, office int64, filings []Filing) ([]entry, [][]form.Wrong, error) {
	pledges, err := s.standing(ctx, q, pledgesOf(filings)...)
	if err != nil {
		return nil, nil, err
	}
	var named []string
	for _, f := range filings {
		if id, ok := ParseID(f.SupersededBy); ok {
			named = append(named, id)
		}
	}
	by, err := followers(ctx, q, notNil(named))
	if err != nil {
		return nil, nil, err
	}
	follows := func(publicID string) (string, bool) {
		next, ok := by[publicID]
		return next, ok
	}
	today := dayOf(s.now())
	entries, wrong := make([]entry, len(filings)), make([][]form.Wrong, len(filings))
	seen := map[workflow.ID]bool{}
	for i, f := range filings {
		p, ok := pledges[f.Pledge]
		switch {
		case !ok || p.OfficeID != office:
			wrong[i] = []form.Wrong{{Name: "pledge", Key: "pledge.report.wrong.pledge"}}
			continue
		case seen[f.Pledge]:
			wrong[i] = []form.Wrong{{Name: "pledge", Key: "pledge.report.wrong.pledge.twice", Args: []any{p.PublicID}}}
			continue
		}
		seen[f.Pledge] = true
		entries[i] = entry{pledge: p, Report: f.settled(p, today)}
		wrong[i] = append(entries[i].missing(), entries[i].check(p, today, follows)...)
	}
	return entries, wrong, nil
}

// report records what a person of the office says of its pledges, under all rules and in the caller's transaction, which may
// hold thousands: many at once and the answer from a mail are made of it. Of a trusted office they are published at once, one
// update each (published is true); else they go to the desk in the person's name, one as a report and many as sheets of
// sheetRows (published is false).
//
// The person needs an approved post in the office that sends in: else it is problem.Forbidden. What is wrong with any of them
// is a *RefusedError, and nothing is recorded. Nobody is told of what is published; what goes to the desk has its receipts.
func (s *Service) report(ctx context.Context, tx database.Tx, who identity.User, office int64, filings []Filing, means Means) (published bool, err error) {
	heads, err := database.Value[bool](ctx, tx, `SELECT heads_only FROM offices WHERE id = $1 FOR SHARE`, office)
	if err != nil {
		return false, fmt.Errorf("report for office %d: %w", office, err)
	}
	post, ok := who.Post(office)
	if !ok || !post.Approved || post.Role == identity.Viewer || heads && post.Role != identity.Head {
		return false, fmt.Errorf("report for office %d: %w", office, problem.Forbidden)
	}
	if err := lockPledges(ctx, tx, pledgesOf(filings)); err != nil {
		return false, err
	}
	entries, wrong, err := s.checked(ctx, tx, office, filings)
	if err != nil {
		return false, err
	}
	for _, w := range wrong {
		if len(w) > 0 {
			return false, &RefusedError{Wrong: wrong}
		}
	}
	if published, err = trusted(ctx, tx, office); err != nil {
		return false, err
	}
	if !published {
		return false, s.sendToDesk(ctx, tx, who, office, entries)
	}
	return true, s.record(ctx, tx, who, entries, means)
}

// record publishes checked reports in a person's name.
func (s *Service) record(ctx context.Context, tx database.Tx, who identity.User, entries []entry, means Means) error {
	for i := range entries {
		entries[i].means, entries[i].author = means, who.ID
	}
	now := s.now() // by which the entry of the record is found: Provable
	if err := publishUpdates(ctx, tx, entries, now); err != nil {
		return err
	}
	ids := make([]int64, len(entries))
	for i, e := range entries {
		ids[i] = e.pledge.ID
	}
	return audit.RecordEach(ctx, tx, audit.Entry{Actor: who.ID, Act: reportAct(means), Subject: "submission", Fields: []string{"status"}, At: now}, ids)
}

// sheetRows is how many reports one sheet holds at most.
const sheetRows = 200

// sendToDesk hands checked reports in as submissions about their pledges.
func (s *Service) sendToDesk(ctx context.Context, tx database.Tx, who identity.User, office int64, entries []entry) error {
	if len(entries) == 1 {
		e := entries[0]
		return s.handIn(ctx, tx, who, s.updateKind, workflow.About{Office: office, Subjects: []workflow.ID{e.pledge.ID}, Title: e.pledge.Title, Lang: e.pledge.Lang}, e.answers())
	}
	for from := 0; from < len(entries); from += sheetRows {
		part := entries[from:min(from+sheetRows, len(entries))]
		about := workflow.About{Office: office, Title: sheetTitle(part), Lang: who.Lang}
		for _, e := range part {
			about.Subjects = append(about.Subjects, e.pledge.ID)
		}
		if err := s.handIn(ctx, tx, who, s.sheetKind, about, sheetAnswers(part)); err != nil {
			return err
		}
	}
	return nil
}

// sheetTitle names a sheet by its first and last pledge.
func sheetTitle(part []entry) string {
	return strings.Join([]string{part[0].pledge.PublicID, part[len(part)-1].pledge.PublicID}, " – ")
}

// handIn starts a submission with answers, and sends it in.
func (s *Service) handIn(ctx context.Context, tx database.Tx, who identity.User, kind *workflow.Kind, about workflow.About, a form.Answers) error {
	id, err := workflow.StartAbout(ctx, tx, kind, about, who, s.now())
	if err != nil {
		return err
	}
	sub, err := workflow.Lock(ctx, tx, id, who)
	if err != nil {
		return err
	}
	for _, step := range kind.Form.Steps {
		answers := form.Answers{}
		for _, f := range step.Fields {
			answers = form.Merge(answers, a.Of(f))
		}
		if _, err := workflow.SaveStep(ctx, tx, kind, &sub, step.ID, 0, answers, who, s.now()); err != nil {
			return err
		}
	}
	return s.send(ctx, tx, who, id)
}
