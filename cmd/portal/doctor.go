package main

import (
	"context"
	"errors"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"portal/internal/config"
	"portal/internal/database"
	"portal/internal/mail"
	"portal/internal/pdf"
	"portal/internal/pledge"
	"portal/internal/practice"
	"portal/internal/programme"
)

type doctorCommand struct {
	MailTo string `placeholder:"EMAIL" help:"Send a test message to this address."`
}

// verdict is how a check came out.
type verdict string

const (
	good    verdict = "ok"
	warning verdict = "warning"
	bad     verdict = "FAILED"
)

// finding is the result of one check. Advice says what to do about it.
type finding struct {
	verdict     verdict
	what        string
	found       string
	advice      string
	unavailable bool // what other checks need is not there
}

const (
	// checkTime is how long one check may take.
	checkTime = 15 * time.Second
	// clockTolerance is how far our clock may be from the database's: links expire and deadlines fall by either.
	clockTolerance = 2 * time.Second
	// littleSpace and hardlySpace are bytes free on the disk that make a warning and a failure.
	littleSpace, hardlySpace = 2 << 30, 200 << 20
	// lateJob is how long a job may wait before somebody should ask whether a worker runs.
	lateJob = 5 * time.Minute
)

// Run makes all checks, prints what it finds, and fails if anything is broken.
func (c *doctorCommand) Run(s *surroundings) error {
	report := &report{out: s.out}
	cfg, err := config.Load(s.environ)
	if err != nil {
		for _, line := range strings.Split(err.Error(), "\n") {
			report.add(finding{verdict: bad, what: "settings", found: line})
		}
		return report.end() // the other checks would look at the wrong things
	}
	report.add(checkSettings(cfg)...)
	report.add(checkStorage(cfg))
	c.checkDatabase(s.ctx, cfg, report)
	report.add(within(s.ctx, func(ctx context.Context) finding { return c.checkMail(ctx, cfg) }))
	if cfg.Clamd != "" {
		report.add(within(s.ctx, func(ctx context.Context) finding { return checkScanner(ctx, cfg) }))
	}
	report.add(within(s.ctx, func(ctx context.Context) finding { return checkBrowser(ctx, cfg) }))
	if cfg.Production() {
		report.add(within(s.ctx, func(ctx context.Context) finding { return checkPublicURL(ctx, cfg) }))
	}
	return report.end()
}

func within(ctx context.Context, check func(context.Context) finding) finding {
	ctx, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	return check(ctx)
}

// report prints findings and remembers the worst.
type report struct {
	out    io.Writer
	all    []finding
	failed bool
}

func (r *report) add(findings ...finding) {
	for _, f := range findings {
		r.all = append(r.all, f)
		r.failed = r.failed || f.verdict == bad
	}
}

func (r *report) end() error {
	table := tabwriter.NewWriter(r.out, 0, 0, 2, ' ', 0)
	for _, f := range r.all {
		fmt.Fprintf(table, "%s\t%s\t%s\n", f.verdict, f.what, strings.ReplaceAll(f.found, "\n", "; "))
		if f.advice != "" {
			fmt.Fprintf(table, "\t\t→ %s\n", f.advice)
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if r.failed {
		return exit(1)
	}
	return nil
}

func checkSettings(cfg *config.Config) []finding {
	findings := []finding{{verdict: good, what: "settings", found: string(cfg.Env) + ", " + cfg.PublicURL}}
	for _, line := range cfg.Unknown() {
		findings = append(findings, finding{verdict: warning, what: "settings", found: line})
	}
	if cfg.Production() && cfg.Embedded() {
		findings = append(findings, finding{
			verdict: warning, what: "settings", found: "production on the embedded database",
			advice: "set DATABASE_URL if the portal is to run on more than one machine",
		})
	}
	return findings
}

// checkStorage writes a file where the portal keeps its own, and looks at the space on that disk.
func checkStorage(cfg *config.Config) finding {
	f := finding{verdict: good, what: "storage"}
	fail := func(err error) finding {
		return finding{
			verdict: bad, what: "storage", found: err.Error(),
			advice: "make PORTAL_DATA a directory that the portal's account may write to",
		}
	}
	if err := os.MkdirAll(cfg.Data, 0o755); err != nil { // open: PostgreSQL's account must pass through
		return fail(err)
	}
	probe, err := os.CreateTemp(cfg.Data, ".doctor-*")
	if err != nil {
		return fail(err)
	}
	_, err = probe.WriteString("written by portal doctor\n")
	if err := errors.Join(err, probe.Sync(), probe.Close(), os.Remove(probe.Name())); err != nil {
		return fail(err)
	}
	var disk syscall.Statfs_t
	if err := syscall.Statfs(cfg.Data, &disk); err != nil {
		return fail(err)
	}
	free := disk.Bavail * uint64(disk.Bsize)
	path, err := filepath.Abs(cfg.Data)
	if err != nil {
		path = cfg.Data
	}
	f.found = fmt.Sprintf("%s can be written; %.1f GB are free", path, float64(free)/(1<<30))
	switch {
	case free < hardlySpace:
		f.verdict, f.advice = bad, "free some space now: without it PostgreSQL stops"
	case free < littleSpace:
		f.verdict, f.advice = warning, "free some space"
	}
	return f
}

// checkDatabase connects, and looks at the schema, the clocks and the job queue.
func (c *doctorCommand) checkDatabase(ctx context.Context, cfg *config.Config, report *report) {
	where := "of DATABASE_URL"
	advice := "check DATABASE_URL, and that the server runs and lets this machine in"
	if cfg.Embedded() {
		where, advice = "embedded in "+filepath.Join(cfg.Data, "pg"), ""
	}
	ctx, cancel := context.WithTimeout(ctx, 2*databaseWait)
	defer cancel()
	db, err := openDatabaseOnce(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		report.add(finding{verdict: bad, what: "database", found: err.Error(), advice: advice})
		return
	}
	defer func() {
		if err := db.close(); err != nil {
			report.add(finding{verdict: bad, what: "database", found: "it does not stop: " + err.Error()})
		}
	}()
	began := time.Now()
	version, err := database.Value[string](ctx, db.Read(), `SELECT current_setting('server_version')`)
	if err != nil {
		report.add(finding{verdict: bad, what: "database", found: err.Error(), advice: advice})
		return
	}
	report.add(finding{verdict: good, what: "database", found: fmt.Sprintf("PostgreSQL %s %s, answers in %.1f ms", version, where, float64(time.Since(began).Microseconds())/1000)})
	report.add(checkClock(ctx, db.DB))
	f := checkSchema(ctx, cfg, db.DB)
	report.add(f)
	if !f.unavailable {
		report.add(checkJobs(ctx, db.DB))
		report.add(checkCounts(ctx, db.DB))
	}
}

func checkSchema(ctx context.Context, cfg *config.Config, db *database.DB) finding {
	schema, err := database.ReadSchema(ctx, db)
	f := finding{verdict: good, what: "schema", found: fmt.Sprintf("version %d, as this program wants it", schema.Version)}
	switch {
	case err != nil:
		return finding{verdict: bad, what: "schema", found: err.Error(), unavailable: true}
	case schema.Ahead():
		f.verdict, f.found = bad, fmt.Sprintf("version %d is newer than this program's %d", schema.Version, schema.Wanted)
		f.advice = "start the newer program, or restore the backup from before it"
	case schema.Behind():
		f.verdict, f.found, f.unavailable = bad, fmt.Sprintf("version %d is older than this program's %d", schema.Version, schema.Wanted), true
		f.advice = "make a backup and run `portal migrate`"
		if cfg.Embedded() || cfg.Migrate {
			f.verdict, f.advice = warning, "`portal serve` will migrate it"
		}
	}
	return f
}

// checkClock compares our clock with the database's: both write times, and people see them side by side.
func checkClock(ctx context.Context, db *database.DB) finding {
	before := time.Now()
	theirs, err := database.Value[time.Time](ctx, db.Read(), `SELECT clock_timestamp()`)
	if err != nil {
		return finding{verdict: bad, what: "clock", found: err.Error()}
	}
	off := theirs.Sub(before.Add(time.Since(before) / 2)).Abs()
	if off > clockTolerance {
		return finding{
			verdict: bad, what: "clock", found: fmt.Sprintf("this machine's clock and the database's are %s apart", off.Round(time.Millisecond)),
			advice: "synchronize both with NTP",
		}
	}
	return finding{verdict: good, what: "clock", found: time.Now().UTC().Format("2006-01-02 15:04:05 UTC") + ", the same as the database's"}
}

// checkJobs looks whether anybody works the queue.
func checkJobs(ctx context.Context, db *database.DB) finding {
	type queue struct {
		Waiting, Lost int
		OldestSeconds float64
	}
	q, err := database.Row[queue](ctx, db.Read(), `SELECT count(*) FILTER (WHERE state = 'available') AS waiting,
			count(*) FILTER (WHERE state = 'discarded') AS lost,
			coalesce(extract(epoch FROM now() - min(scheduled_at) FILTER (WHERE state = 'available')), 0)::float8 AS oldest_seconds
		FROM river_job`)
	if err != nil {
		return finding{verdict: bad, what: "jobs", found: err.Error()}
	}
	oldest := time.Duration(q.OldestSeconds * float64(time.Second)).Round(time.Second)
	f := finding{verdict: good, what: "jobs", found: fmt.Sprintf("%d waiting, %d given up", q.Waiting, q.Lost)}
	switch {
	case oldest > lateJob:
		f.verdict, f.advice = warning, "start a worker: `portal serve`, or `portal serve --worker-only`"
		f.found += fmt.Sprintf("; the oldest has waited for %s", oldest)
	case q.Lost > 0:
		f.verdict, f.advice = warning, "look at the list of failed jobs on the desk, and at the log for their errors"
	}
	return f
}

// checkCounts compares what public lists are counted from with what is published.
func checkCounts(ctx context.Context, db *database.DB) finding {
	for _, list := range []struct {
		name  string
		check func(context.Context, database.Querier) ([]string, error)
	}{{"pledges", pledge.CheckModel}, {"practices", practice.CheckIndex}, {"programmes", programme.CheckIndex}} {
		wrong, err := list.check(ctx, db.Read())
		switch {
		case err != nil:
			return finding{verdict: bad, what: "counts", found: err.Error()}
		case len(wrong) > 0:
			return finding{
				verdict: bad, what: "counts", found: fmt.Sprintf("%d counts of the list of %s are not those of the %s, the first of them %q", len(wrong), list.name, list.name, wrong[0]),
				advice: "run `portal rebuild`",
			}
		}
	}
	return finding{verdict: good, what: "counts", found: "the lists of pledges, practices and programmes are counted right"}
}

// checkMail signs in at the mail server, and sends a message if it knows to whom.
func (c *doctorCommand) checkMail(ctx context.Context, cfg *config.Config) finding {
	if cfg.SMTP.Host == "" {
		f := finding{verdict: good, what: "mail", found: "caught, and shown at /dev/mail"}
		if c.MailTo != "" {
			f.verdict, f.advice = bad, "set PORTAL_SMTP_HOST to send a message"
		}
		return f
	}
	sender, err := mail.NewSender(nil, mail.Options{SMTP: cfg.SMTP, From: cfg.MailFrom, PublicURL: cfg.PublicURL})
	if err == nil && c.MailTo == "" {
		err = sender.Check(ctx)
	} else if err == nil {
		err = sender.Try(ctx, c.MailTo, "Test message of the portal", "<p>This message was sent by portal doctor to test the mail settings of "+
			html.EscapeString(cfg.PublicURL)+". There is nothing to do.</p>")
	}
	switch {
	case err != nil:
		return finding{
			verdict: bad, what: "mail", found: err.Error(),
			advice: "check PORTAL_SMTP_HOST, _PORT, _TLS, _USER and _PASSWORD, and that this machine may connect there",
		}
	case c.MailTo == "":
		return finding{verdict: good, what: "mail", found: cfg.SMTP.Address() + " takes our mails", advice: "send a test message with --mail-to"}
	}
	return finding{
		verdict: good, what: "mail", found: cfg.SMTP.Address() + " has taken a message to " + c.MailTo,
		advice: "see that it arrives, and not among the unwanted: SPF, DKIM and DMARC (docs/operate.md)",
	}
}

// checkBrowser prints an empty page where there is a browser that makes PDFs.
func checkBrowser(ctx context.Context, cfg *config.Config) finding {
	printer, err := pdf.Find(cfg.Chromium)
	switch {
	case err != nil:
		return finding{verdict: bad, what: "browser", found: err.Error(), advice: "set PORTAL_CHROMIUM to a Chromium, or to off"}
	case printer == nil:
		return finding{verdict: good, what: "browser", found: "none: booklets are there to print, and not as PDF"}
	}
	says, err := printer.Check(ctx)
	if err != nil {
		return finding{verdict: warning, what: "browser", found: err.Error(), advice: "see that PORTAL_CHROMIUM can print, or set it to off: until then there are no PDFs"}
	}
	return finding{verdict: good, what: "browser", found: printer.Path() + " makes PDFs, shut in by " + says}
}

// checkScanner asks clamd whether it is there.
func checkScanner(ctx context.Context, cfg *config.Config) finding {
	fail := func(err error) finding {
		return finding{verdict: bad, what: "scanner", found: err.Error(), advice: "check PORTAL_CLAMD, and that clamd runs: until then files are shown as not scanned, and scanned later"}
	}
	network, address := "tcp", cfg.Clamd
	if path, isSocket := strings.CutPrefix(address, "unix:"); isSocket {
		network, address = "unix", path
	}
	conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
	if err != nil {
		return fail(err)
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline() // within sets one
	if err := conn.SetDeadline(deadline); err != nil {
		return fail(err)
	}
	if _, err := conn.Write([]byte("zPING\x00")); err != nil {
		return fail(err)
	}
	answer := make([]byte, 5)
	if n, err := conn.Read(answer); err != nil || string(answer[:n]) != "PONG\x00" {
		return fail(errors.Join(fmt.Errorf("%s answers %q", cfg.Clamd, answer[:n]), err))
	}
	return finding{verdict: good, what: "scanner", found: cfg.Clamd + " answers"}
}

// checkPublicURL looks whether the portal can be reached as the world does. It need not run yet.
func checkPublicURL(ctx context.Context, cfg *config.Config) finding {
	unreached := func(found string) finding {
		return finding{
			verdict: warning, what: "address", found: found,
			advice: "if the portal is running, look at the proxy and its certificate; this machine may also be kept from its own public address",
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, cfg.PublicURL+"/healthz", http.NoBody)
	if err != nil {
		return unreached(err.Error())
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return unreached(err.Error())
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return unreached(fmt.Sprintf("%s/healthz answers %s", cfg.PublicURL, answer.Status))
	}
	return finding{verdict: good, what: "address", found: cfg.PublicURL + " is answered"}
}
