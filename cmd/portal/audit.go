package main

import (
	"fmt"
	"log/slog"
	"time"

	"portal/internal/audit"
	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/date"
)

type auditCommand struct {
	Verify auditVerifyCommand `cmd:"" help:"Compare the record of acts with its chain and its signed digests; exit code 1 when something is wrong."`
}

type auditVerifyCommand struct {
	From date.Date `help:"First day (UTC, as 2026-11-29) whose digest is verified; without it from the beginning."`
	To   date.Date `help:"Last day; without it to the end, with what is not signed yet."`
}

// Run says what it has looked at and what is wrong.
func (c *auditVerifyCommand) Run(s *surroundings) error {
	if !c.From.IsZero() && !c.To.IsZero() && c.To.Before(c.From) {
		return fmt.Errorf("--from %s is after --to %s: give the earlier day first", c.From, c.To)
	}
	return s.withDatabase(func(_ *config.Config, db *database.DB, _ *slog.Logger) error {
		report, err := audit.Verify(s.ctx, db, audit.Range{From: c.From, To: c.To}, time.Now())
		if err != nil {
			return err
		}
		return c.say(s, report)
	})
}

func (c *auditVerifyCommand) say(s *surroundings, r audit.Report) error {
	fmt.Fprintf(s.out, "Looked at %s of the chain and %s", counted(r.Entries, "entry", "entries"), counted(r.Digests, "signed digest", "signed digests"))
	if !c.From.IsZero() || !c.To.IsZero() {
		fmt.Fprint(s.out, " (of the days that were asked for)")
	}
	fmt.Fprintln(s.out, ".")
	if r.Unsigned > 0 {
		fmt.Fprintf(s.out, "%d of the entries are in no digest yet: until tonight nothing but the chain itself speaks for them.\n", r.Unsigned)
	}
	if r.Waiting > 0 {
		fmt.Fprintf(s.out, "%d rows of the log wait to be chained. If the number does not go down within minutes, no worker runs: `portal serve`.\n", r.Waiting)
	}
	for _, k := range r.Keys {
		fmt.Fprintf(s.out, "Key %s has signed since %s. Compare it with the one that was published then.\n", k.ID, k.FirstUsedAt.UTC().Format(time.DateOnly))
	}
	if len(r.Findings) == 0 {
		fmt.Fprintln(s.out, "Everything is as it was chained and signed.")
		return nil
	}
	fmt.Fprintln(s.out)
	for _, f := range r.Findings {
		fmt.Fprintln(s.out, "WRONG:", f)
	}
	if r.More {
		fmt.Fprintln(s.out, "WRONG: and more than is listed here.")
	}
	fmt.Fprint(s.out, "\nThe record has been changed, or the database is damaged. Keep it as it is, copy it, and compare it with the last good\n"+
		"backup (docs/audit.md, When something is wrong).\n")
	return exit(1)
}

// counted is a number with its noun.
func counted[N int | int64](n N, one, many string) string {
	if n == 1 {
		return fmt.Sprintf("1 %s", one)
	}
	return fmt.Sprintf("%d %s", n, many)
}
