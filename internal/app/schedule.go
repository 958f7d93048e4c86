package app

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portal/internal/account"
	"portal/internal/audit"
	"portal/internal/jobs"
	"portal/internal/mail"
	"portal/internal/newsletter"
	"portal/internal/request"
	"portal/internal/review"
	"portal/internal/workflow"
	"portal/web"
)

// StartWorkers begins to work the job queue, and what is done by the clock. The caller stops it; stop lets running jobs
// finish until its context ends.
func (a *App) StartWorkers(ctx context.Context) (stop func(context.Context) error, err error) {
	sender, err := mail.NewSender(a.db, mail.Options{
		SMTP: a.config.SMTP, From: a.config.MailFrom, ReplyTo: a.config.SecretariatEmail, PublicURL: a.config.PublicURL, Refused: a.areas.refused,
	})
	if err != nil {
		return nil, err
	}
	key, err := audit.ReadKey(string(a.config.AuditKey))
	if err != nil {
		return nil, fmt.Errorf("PORTAL_AUDIT_KEY: %w", err)
	}
	workers := jobs.NewWorkers()
	sender.Register(workers)
	account.AddWorkers(workers, a.areas.accounts)
	review.AddWorkers(workers, a.areas.desk)
	request.AddWorkers(workers, a.areas.requests)
	newsletter.AddWorkers(workers, a.areas.news, sender, a.config.Data)
	schedule := append(slices.Concat(sender.Schedule(), a.areas.files.Schedule()),
		jobs.Periodic("account.clean_up", time.Hour, a.areas.accounts.CleanUp),
		jobs.Periodic("account.digest", 5*time.Minute, a.areas.accounts.SendDigests),
		jobs.Periodic("pledge.words", 24*time.Hour, a.areas.pledges.ChooseWords),
		jobs.Periodic("practice.calls", time.Minute, a.areas.practices.CareCalls),
		jobs.Periodic("practice.words", 24*time.Hour, a.areas.practices.ChooseWords),
		jobs.Periodic("programme.words", 24*time.Hour, a.areas.programmes.ChooseWords),
		jobs.Periodic("calendar.clean_up", time.Hour, a.areas.calendar.CleanUp),
		jobs.Periodic("missed.clean_up", time.Hour, a.areas.missed.CleanUp),
		jobs.Periodic("newsletter.care", newsletter.CareEvery, a.areas.news.Care),
		jobs.Periodic("newsletter.clean_up", time.Hour, a.areas.news.CleanUp),
		jobs.Periodic("follow.care", time.Minute, a.areas.follows.Care),
		jobs.Periodic("follow.clean_up", time.Hour, a.areas.follows.CleanUp),
		jobs.Periodic("review.add_up_counts", time.Hour, a.areas.desk.AddUpCounts),
		jobs.Periodic("review.assignments", 15*time.Minute, a.areas.desk.CareAssignments),
		jobs.Periodic("submission.drop_imports", time.Hour, a.areas.submissions.DropImports),
		jobs.Periodic("pledge.drop_sheets", time.Hour, a.areas.pledges.DropSheets),
		jobs.Periodic("peer.care", 5*time.Minute, a.areas.peer.Care),
		jobs.Periodic("pledge.reminders", time.Hour, a.areas.pledges.SendReminders),
		jobs.Periodic("practice.ask", time.Hour, a.areas.practices.Ask),
		jobs.Periodic("pledge.partners", time.Hour, a.areas.pledges.CarePartners),
		jobs.Periodic("request.clean_up", time.Hour, a.areas.requests.CleanUp),
		jobs.Periodic("request.talks", 15*time.Minute, a.areas.requests.CareTalks),
		jobs.Periodic("signoff.care", time.Hour, a.areas.signoff.Care),
		jobs.Periodic("submission.put_away", time.Hour, a.areas.submissions.PutAwayOld),
		jobs.Periodic("submission.presence", time.Hour, a.areas.submissions.SweepPresence),
		jobs.Periodic("review.radar", time.Hour, a.areas.desk.SendRadar),
		jobs.Periodic("workflow.recount", time.Minute, func(ctx context.Context) error { return workflow.Recount(ctx, a.db, a.areas.kinds, time.Now) }),
		jobs.Periodic("workflow.erase_declined", 24*time.Hour, func(ctx context.Context) error { return workflow.EraseDeclined(ctx, a.db, time.Now()) }),
		jobs.Periodic("audit.chain", time.Minute, func(ctx context.Context) error {
			_, err := audit.Chain(ctx, a.db, time.Now())
			return err
		}),
		jobs.Periodic("audit.digest", 24*time.Hour, func(ctx context.Context) error { return audit.Sign(ctx, a.db, key, time.Now()) }),
		jobs.Periodic("review.release", time.Minute, a.areas.desk.GoReleases),
		jobs.Periodic("web.sweep", time.Hour, func(ctx context.Context) error { return web.Sweep(ctx, a.db.Read()) }),
	)
	runner, err := jobs.Start(ctx, a.db, workers, jobs.Options{}, schedule...)
	if err != nil {
		return nil, fmt.Errorf("start the workers: %w", err)
	}
	return runner.Stop, nil
}
