package pledge

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// newUpdateKind is what the machine of submissions knows of reports on one pledge.
func (s *Service) newUpdateKind() *workflow.Kind {
	return &workflow.Kind{
		Name: UpdateKindName, Plan: workflow.Recording, Desk: identity.PledgesDesk, Form: newUpdateForm(s.reportWrong),
		Lang: reportLang, Publish: s.publishUpdate, Path: updatePath,
	}
}

// newSheetKind is the same of reports on many pledges at once.
func (s *Service) newSheetKind() *workflow.Kind {
	return &workflow.Kind{
		Name: SheetKindName, Plan: workflow.Recording, Desk: identity.PledgesDesk, Form: newSheetForm(s.sheetWrong),
		Lang: func(_ form.Answers, fallback string) string { return fallback }, Publish: s.publishSheet,
		Path: func(string) string { return "/pledges" },
	}
}

// Kinds are what the machine of submissions knows of pledges and of reports on them; always the same values.
func (s *Service) Kinds() []*workflow.Kind {
	return []*workflow.Kind{s.kind, s.updateKind, s.sheetKind}
}

// reportLang is the language of the texts of a report.
func reportLang(a form.Answers, fallback string) string {
	if lang := a.First("language"); knownLang(lang) {
		return lang
	}
	return fallback
}

// subjects are the pledges that a submission is about.
func subjects(ctx context.Context, q database.Querier, id workflow.ID) ([]workflow.ID, error) {
	ids, err := database.Values[workflow.ID](ctx, q, `SELECT subject_id FROM submission_subjects WHERE submission_id = $1 ORDER BY 1`, id)
	if err != nil {
		return nil, fmt.Errorf("what submission %d is about: %w", id, err)
	}
	return ids, nil
}

// lookUp returns how the subjects of a submission stand, and its office. While the database does not answer nothing is called wrong:
// the request will fail on its own.
func (s *Service) lookUp(submission int64) (map[workflow.ID]stands, int64, bool) {
	ctx, cancel := context.WithTimeout(context.Background(), lookupWithin)
	defer cancel()
	q := s.db.Read()
	ids, err := subjects(ctx, q, submission)
	if err == nil {
		var office int64
		if office, err = database.Value[int64](ctx, q, `SELECT office_id FROM submissions WHERE id = $1`, submission); err == nil {
			var all map[workflow.ID]stands
			if all, err = s.standing(ctx, q, ids...); err == nil {
				return all, office, true
			}
		}
	}
	slog.Warn("pledges that are reported on not looked up", "error", err)
	return nil, 0, false
}

// wrongIn is checked for a form that is being written: what is missing is the form's to say.
func (s *Service) wrongIn(office int64, filings []Filing) [][]form.Wrong {
	ctx, cancel := context.WithTimeout(context.Background(), lookupWithin)
	defer cancel()
	_, wrong, err := s.checked(ctx, s.db.Read(), office, filings)
	if err != nil {
		slog.Warn("reports not checked", "error", err)
		return make([][]form.Wrong, len(filings))
	}
	for i := range wrong {
		wrong[i] = slices.DeleteFunc(wrong[i], func(w form.Wrong) bool { return strings.HasSuffix(w.Key, ".missing") })
	}
	return wrong
}

// reportWrong is the ruleBook of reports on one pledge.
func (s *Service) reportWrong(submission int64, r Report) []form.Wrong {
	all, office, ok := s.lookUp(submission)
	if !ok {
		return nil
	}
	for id := range all {
		return s.wrongIn(office, []Filing{{id, r}})[0]
	}
	return []form.Wrong{{Name: "status", Key: "pledge.report.wrong.pledge"}} // taken down
}

// sheetWrong finds what is wrong in a sheet, row by row.
func (s *Service) sheetWrong(a form.Answers, env form.Env) []form.Wrong {
	all, office, ok := s.lookUp(env.Submission)
	if !ok || env.Submission == 0 {
		return nil
	}
	ids := map[string]workflow.ID{}
	for id, p := range all {
		ids[p.PublicID] = id
	}
	reports := readSheet(a)
	var filings []Filing
	for n := range a.Rows("reports") {
		publicID := a.First(form.RowName("reports", n, "pledge"))
		filings = append(filings, Filing{ids[publicID], reports[publicID]})
	}
	var wrong []form.Wrong
	for n, row := range s.wrongIn(office, filings) {
		for _, w := range row {
			if strings.HasPrefix(w.Name, "progress.") || strings.HasPrefix(w.Name, "milestones.") {
				w.Name = "pledge"
			}
			wrong = append(wrong, form.Wrong{Name: form.RowName("reports", n, w.Name), Key: w.Key, Args: w.Args})
		}
	}
	return wrong
}

// publishUpdate puts the report of a submission before the public as an update of its pledge.
func (s *Service) publishUpdate(ctx context.Context, tx database.Tx, sub workflow.Submission, a form.Answers, now time.Time) (string, error) {
	ids, err := subjects(ctx, tx, sub.ID)
	if err != nil {
		return "", err
	}
	if len(ids) != 1 {
		return "", fmt.Errorf("report %d is about %d pledges", sub.ID, len(ids))
	}
	if err := lockPledges(ctx, tx, ids); err != nil {
		return "", err
	}
	number, err := database.Value[int](ctx, tx, `SELECT count(*)::int + 1 FROM pledge_updates WHERE pledge_id = $1`, ids[0])
	if err != nil {
		return "", fmt.Errorf("number the report %d: %w", sub.ID, err)
	}
	entries, err := s.entriesOf(ctx, tx, sub, map[workflow.ID]Report{ids[0]: readReport(s.updateKind.Form.Public(a))}, now)
	if err != nil {
		return "", err
	}
	if len(entries) == 0 { // the pledge has been taken down
		return "", problem.NotAllowedNow
	}
	return updateID(entries[0].pledge.PublicID, number), publishUpdates(ctx, tx, entries, now)
}

// publishSheet puts the reports of a sheet before the public, but for those on pledges that were taken down meanwhile.
func (s *Service) publishSheet(ctx context.Context, tx database.Tx, sub workflow.Submission, a form.Answers, now time.Time) (string, error) {
	ids, err := subjects(ctx, tx, sub.ID)
	if err != nil {
		return "", err
	}
	if err := lockPledges(ctx, tx, ids); err != nil {
		return "", err
	}
	all, err := s.standing(ctx, tx, ids...)
	if err != nil {
		return "", err
	}
	sheet, reports := readSheet(s.sheetKind.Form.Public(a)), map[workflow.ID]Report{}
	for id, p := range all {
		if r, ok := sheet[p.PublicID]; ok {
			reports[id] = r
		}
	}
	entries, err := s.entriesOf(ctx, tx, sub, reports, now)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("GCM-PS-%04d", sub.ID), publishUpdates(ctx, tx, entries, now)
}

// entriesOf makes entries of the reports of a submission. They were checked when they were handed in. Of what has happened
// since, two things matter: a next report whose day has come meanwhile is due a year from now, and two pledges do not take
// each other's place, which is problem.NotAllowedNow. (A report of an earlier day than the last one changes no standing:
// migration 00033.)
func (s *Service) entriesOf(ctx context.Context, tx database.Tx, sub workflow.Submission, reports map[workflow.ID]Report, now time.Time) ([]entry, error) {
	var ids []workflow.ID
	for id := range reports {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	all, err := s.standing(ctx, tx, ids...)
	if err != nil {
		return nil, err
	}
	sent, err := database.Row[struct {
		ID       int64
		Recorded bool
	}](ctx, tx, `SELECT coalesce(e.actor_id, s.author_id) AS id, coalesce(e.action = 'record', false) AS recorded FROM submissions s LEFT JOIN LATERAL `+lastHandedIn("s.id")+` e ON true WHERE s.id = $1`, sub.ID)
	if err != nil {
		return nil, fmt.Errorf("who sent report %d: %w", sub.ID, err)
	}
	means, sender := ByPage, sent.ID
	if sent.Recorded {
		means = ByDesk
	} else if sub.Kind == SheetKindName {
		means = BySheet
	} else if byMail, err := database.Value[bool](ctx, tx, `SELECT EXISTS (SELECT FROM pledge_reminders WHERE submission_id = $1)`, sub.ID); err != nil {
		return nil, fmt.Errorf("how report %d came in: %w", sub.ID, err)
	} else if byMail {
		means = ByMail
	}
	var entries []entry
	for _, id := range ids {
		p, ok := all[id]
		if !ok {
			continue
		}
		r := reports[id].settled(p, dayOf(now))
		if !r.NextReport.IsZero() && !dayOf(now).Before(r.NextReport) {
			r.NextReport = yearAfter(dayOf(now))
		}
		if r.Status == Superseded {
			by, err := followers(ctx, tx, []string{r.SupersededBy})
			if err != nil {
				return nil, err
			}
			if by[r.SupersededBy] == p.PublicID {
				return nil, fmt.Errorf("pledge %s has taken the place of %s: %w", p.PublicID, r.SupersededBy, problem.NotAllowedNow)
			}
		}
		if r.Status == Superseded && r.SupersededBy == "" || r.On.IsZero() || !knownLang(r.Lang) {
			return nil, fmt.Errorf("report %d on pledge %s is not complete", sub.ID, p.PublicID)
		}
		entries = append(entries, entry{pledge: p, Report: r, means: means, submission: &sub.ID, sent: sub.SubmittedRevision, author: sender})
	}
	return entries, nil
}

// lastHandedIn is the SQL of the event by which a submission was handed in last: by its office, or recorded by the desk.
func lastHandedIn(submission string) string {
	return `(SELECT e.actor_id, e.action FROM submission_events e WHERE e.submission_id = ` + submission + ` AND e.action IN ('submit', 'record') ORDER BY e.id DESC LIMIT 1)`
}

// PublishTrusted publishes a report that was handed in just now, if its office is trusted; done says that it has. The caller is
// the transaction in which it was handed in.
func (s *Service) PublishTrusted(ctx context.Context, tx database.Tx, id workflow.ID) (done bool, err error) {
	sub, err := workflow.LockForPortal(ctx, tx, id)
	if err != nil || sub.Kind != UpdateKindName && sub.Kind != SheetKindName || !sub.MayPublish() {
		return false, err
	}
	if ok, err := trusted(ctx, tx, sub.OfficeID); err != nil || !ok {
		return false, err
	}
	kind := s.updateKind
	if sub.Kind == SheetKindName {
		kind = s.sheetKind
	}
	if _, err := workflow.ApplyForPortal(ctx, tx, kind, &sub, workflow.Publish, s.now()); err != nil {
		return false, fmt.Errorf("publish report %d at once: %w", id, err)
	}
	return true, nil
}

// StartReport opens a report on a published pledge of one of the person's offices and returns its number: one that somebody of the
// office has begun and not sent in, else a new one. A pledge that is not of their offices is problem.Forbidden.
func (s *Service) StartReport(ctx context.Context, who identity.User, publicID string) (workflow.ID, error) {
	id, err := pledgeOf(ctx, s.db.Read(), publicID)
	if err != nil {
		return 0, err
	}
	all, err := s.standing(ctx, s.db.Read(), id)
	if err != nil {
		return 0, err
	}
	p, ok := all[id]
	if !ok {
		return 0, fmt.Errorf("report on pledge %s: %w", publicID, problem.NotFound)
	}
	if !mayReport(who, p.OfficeID) {
		return 0, fmt.Errorf("report on pledge %s: %w", publicID, problem.Forbidden)
	}
	if begun, err := workflow.OpenAbout(ctx, s.db.Read(), UpdateKindName, id, who); err != nil || begun != 0 {
		return begun, err
	}
	var report workflow.ID
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if err := lockPledges(ctx, tx, []workflow.ID{id}); err != nil { // two presses at once open one
			return err
		}
		if report, err = workflow.OpenAbout(ctx, tx, UpdateKindName, id, who); err != nil || report != 0 {
			return err
		}
		report, err = workflow.StartAbout(ctx, tx, s.updateKind, workflow.About{Office: p.OfficeID, Subjects: []workflow.ID{id}, Title: p.Title, Lang: p.Lang}, who, s.now())
		return err
	})
	return report, wrap("report on pledge "+publicID, err)
}

// mayReport says whether the person may write reports for the office.
func mayReport(who identity.User, office int64) bool {
	return slices.ContainsFunc(MayFileFor(who), func(p identity.Post) bool { return p.OfficeID == office })
}
