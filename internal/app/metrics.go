package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"portal/internal/database"
	"portal/internal/jobs"
	"portal/internal/mail"
)

// queues are the figures of the job queue and the outbox, counted when /metrics is read.
type queues struct {
	db   *database.DB
	jobs *prometheus.Desc
	wait *prometheus.Desc
	mail *prometheus.Desc
}

func newQueues(db *database.DB) *queues {
	return &queues{
		db:   db,
		jobs: prometheus.NewDesc("portal_jobs", "Jobs that are not done, by state.", []string{"state"}, nil),
		wait: prometheus.NewDesc("portal_jobs_oldest_ready_seconds", "How long the job that waits longest could have been running.", nil, nil),
		mail: prometheus.NewDesc("portal_mails", "Mails in the outbox, by state.", []string{"state"}, nil),
	}
}

// Describe names the figures.
func (q *queues) Describe(to chan<- *prometheus.Desc) {
	to <- q.jobs
	to <- q.wait
	to <- q.mail
}

// countTime is how long counting may take; without an answer the figures are left out.
const countTime = 3 * time.Second

// Collect counts. While the database does not answer there are no figures, which is a figure too.
func (q *queues) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), countTime)
	defer cancel()
	counts, err := jobs.Count(ctx, q.db.Read())
	if err != nil {
		slog.WarnContext(ctx, "jobs not counted", "error", err)
		return
	}
	for state, n := range map[string]int{"ready": counts.Ready, "scheduled": counts.Scheduled, "running": counts.Running, "retrying": counts.Retrying, "failed": counts.Failed} {
		to <- prometheus.MustNewConstMetric(q.jobs, prometheus.GaugeValue, float64(n), state)
	}
	to <- prometheus.MustNewConstMetric(q.wait, prometheus.GaugeValue, counts.OldestReady)
	mails, err := mail.CountAll(ctx, q.db.Read())
	if err != nil {
		slog.WarnContext(ctx, "mails not counted", "error", err)
		return
	}
	for _, state := range mail.States {
		to <- prometheus.MustNewConstMetric(q.mail, prometheus.GaugeValue, float64(mails[state]), string(state))
	}
}
