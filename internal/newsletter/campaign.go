package newsletter

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/internal/problem"
)

// How each reader gets an issue exactly once.
//
// SMTP has no way to take back a message or to ask whether one was taken: the server has it from the moment in which it reads the
// line that ends it. So the sending of one message is cut into parts:
//
//	queued ──► the whole message but the line that ends it is sent: should the process die, the server forgets it
//	       ──► "handing" is committed                              : from here on nobody sends it a second time by itself
//	       ──► the journal is marked, and the line is sent         : two steps of a processor, one after the other
//	       ──► the server's answer; "sent", "bounced", or "queued" again is committed together with the next "handing"
//
// Of a process that was killed the next one finds rows that are "handing", at most one a connection. The journal, a file that
// the operating system keeps, says of each whether its line was sent: then it is sent, else it is queued again. Where there is
// no journal, since another machine has taken over, such a row is "unsure", and nobody sends it by itself.
//
// What remains: a process that is killed within the instant between mark and line, some hundred nanoseconds of each message,
// leaves one reader out. A connection that breaks after the line leaves it unknown whether the server took it ("unsure"). And
// should the whole machine lose power, what was in its network buffers is lost, whatever the journal says.
//
// One process at a time works at an issue: the one whose database connection holds the advisory lock. It commits over that very
// connection, so that it cannot hand over anything once it has lost the lock.

const (
	// perFetch is how many readers are read from the database at a time.
	perFetch = 500
	// runFor is how long a job works at a campaign before the next takes over; periodic jobs and others get their turn.
	runFor = 10 * time.Minute
	// mostAttempts is how often the server may put a message off; the pauses between grow from a minute to hours.
	mostAttempts = 8
	// lockClass is the first number of the advisory locks of campaigns.
	lockClass = 0x6e657773
	// reconnectPause is how long a line waits that cannot be opened, growing to longestReconnect.
	reconnectPause   = 500 * time.Millisecond
	longestReconnect = 30 * time.Second
)

// delivery is what is written down of a message.
type delivery struct {
	subscriber int64
	state      string
	reply      string
	wait       time.Duration // until it is tried again
}

// recipient is a reader who waits for an issue.
type recipient struct {
	ID       int64
	Email    string
	Lang     i18n.Lang
	Themes   []int
	Regions  []string
	Sector   string
	Attempts int
}

// campaign is the sending of one issue by this process.
type campaign struct {
	service  *Service
	post     *mail.Sender
	from     sender
	issue    Issue
	settings Settings
	conn     *pgxpool.Conn
	journal  *journal
	commits  chan commit
	work     chan recipient

	mu       sync.Mutex
	editions map[string]message
}

// commit asks for rows to be written, and to be told whether the second of them may go on.
type commit struct {
	done, next delivery // either may be empty
	granted    chan error
}

// errHalted says that the message may not go out: the issue was paused, or the reader has left.
var errHalted = errors.New("the message is not to go out")

// Send works at an issue that is being sent until it is done, halted, or the time of a job is over. It returns at once when
// another process is at it. folder is where journals are kept.
func (s *Service) Send(ctx context.Context, post *mail.Sender, folder string, id int64) error {
	ctx, cancel := context.WithTimeout(ctx, runFor)
	defer cancel()
	conn, err := s.db.Pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("send issue %d: %w", id, err)
	}
	defer conn.Release()
	var locked bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1, $2)`, lockClass, int32(id)).Scan(&locked); err != nil || !locked { //nolint:gosec // there are few issues
		return err
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1, $2)`, lockClass, int32(id)) //nolint:gosec // as above; a connection that is gone has let go
	}()
	issue, err := findIssue(ctx, conn, `id = $1 AND state = 'sending'`, id)
	if errors.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	c := &campaign{service: s, post: post, issue: issue, conn: conn, editions: map[string]message{}}
	if c.settings, err = readSettings(ctx, conn); err != nil {
		return err
	}
	if post.Catches() {
		return c.catch(ctx)
	}
	c.from.address, c.from.header, c.from.host = post.From()
	name := strings.ToLower(rand.Text())
	if err := c.settle(ctx, folder, name); err != nil {
		return err
	}
	if c.journal, err = createJournal(folder, name, c.settings.Connections); err != nil {
		return err
	}
	defer c.journal.release()
	if err := c.run(ctx); err != nil && ctx.Err() == nil { // what is "handing" is settled by the next, with this journal
		return fmt.Errorf("send issue %d: %w", id, err)
	}
	return nil
}

// settle says what became of the messages of a process that was killed, and takes the issue over under a journal's name.
func (c *campaign) settle(ctx context.Context, folder, name string) error {
	var before string
	if err := c.conn.QueryRow(ctx, `SELECT journal FROM newsletter_issues WHERE id = $1`, c.issue.ID).Scan(&before); err != nil {
		return err
	}
	ended, ok := readJournal(folder, before)
	ids := []int64{}
	for id := range ended {
		ids = append(ids, id)
	}
	tx, err := c.conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }() // does nothing once it has committed
	tag, err := tx.Exec(ctx, `UPDATE newsletter_deliveries SET done_at = CASE WHEN NOT @found OR subscriber_id = ANY (@ended) THEN @now::timestamptz END,
			state = CASE WHEN NOT @found THEN 'unsure' WHEN subscriber_id = ANY (@ended) THEN 'sent' ELSE 'queued' END
		WHERE issue_id = @id AND state = 'handing'`, database.Args{"id": c.issue.ID, "found": ok, "ended": ids, "now": c.service.now()})
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `UPDATE newsletter_issues SET journal = $2 WHERE id = $1`, c.issue.ID, name); err != nil {
		return err
	}
	if err := tx.Commit(ctx); err != nil {
		return err
	}
	if n := tag.RowsAffected(); n > 0 {
		slog.WarnContext(ctx, "a process ended in the middle of an issue; its last messages are settled", "issue", c.issue.ID, "messages", n, "journal", ok)
	}
	dropJournal(folder, before)
	return nil
}

// run sends what is queued and due.
func (c *campaign) run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	c.commits, c.work = make(chan commit), make(chan recipient)
	var lines, writer sync.WaitGroup
	writer.Go(func() { c.write(ctx, stop) })
	var left sync.WaitGroup // messages that are with a line
	for n := range c.settings.Connections {
		lines.Go(func() { c.line(ctx, n, &left) })
	}
	err := c.feed(ctx, &left)
	close(c.work)
	lines.Wait()
	close(c.commits)
	writer.Wait()
	if cause := context.Cause(ctx); err == nil && cause != nil {
		err = cause
	}
	if err != nil {
		return err
	}
	return c.finish(ctx)
}

// feed gives the readers to the lines, at the pace of the settings.
func (c *campaign) feed(ctx context.Context, left *sync.WaitGroup) error {
	after, due := int64(0), time.Now()
	for {
		if settings, err := readSettings(ctx, c.service.db.Read()); err == nil {
			c.settings.PerSecond = settings.PerSecond
		}
		all, err := database.Rows[recipient](ctx, c.service.db.Read(), `SELECT b.id, b.email, b.lang, b.themes, b.regions, b.sector, d.attempts FROM newsletter_deliveries d
			JOIN newsletter_subscribers b ON b.id = d.subscriber_id JOIN newsletter_issues i ON i.id = d.issue_id AND i.state = 'sending'
			WHERE d.issue_id = $1 AND d.subscriber_id > $2 AND d.state = 'queued' AND (d.next_at IS NULL OR d.next_at <= $3) ORDER BY d.subscriber_id LIMIT $4`, c.issue.ID, after, c.service.now(), perFetch)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			left.Wait() // what a line has given back waits for its next time
			return nil
		}
		after = all[len(all)-1].ID
		for _, r := range all {
			if c.settings.PerSecond > 0 {
				if pause := time.Until(due); pause > 0 {
					select {
					case <-time.After(pause):
					case <-ctx.Done():
						return context.Cause(ctx)
					}
				}
				due = later(due.Add(time.Second/time.Duration(c.settings.PerSecond)), time.Now().Add(-time.Second/10))
			}
			left.Add(1)
			select {
			case c.work <- r:
			case <-ctx.Done():
				left.Done()
				return context.Cause(ctx)
			}
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// line sends over one connection, which it opens when there is something to send.
func (c *campaign) line(ctx context.Context, number int, left *sync.WaitGroup) {
	var line *mail.Line
	var done delivery // of the last message; written down with the next
	var buffer [][]byte
	pause := reconnectPause
	granted := make(chan error, 1)
	flush := func() {
		if done.state != "" {
			c.commits <- commit{done: done, granted: granted}
			<-granted
			done = delivery{}
		}
	}
	defer func() {
		flush()
		if line != nil {
			line.Close()
		}
	}()
	for r := range c.work {
		for line == nil || line.Broken() {
			var err error
			if line, err = c.post.Open(context.WithoutCancel(ctx)); err == nil { // what was begun is ended, also when the time of the job is over
				pause = reconnectPause
				break
			}
			line = nil
			flush()
			slog.WarnContext(ctx, "mail server cannot be used, the issue waits", "issue", c.issue.ID, "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(pause):
			}
			pause = min(2*pause, longestReconnect)
			if ctx.Err() != nil {
				break
			}
		}
		if ctx.Err() == nil {
			c.one(ctx, line, number, r, &done, &buffer, granted)
		}
		left.Done()
	}
}

// one hands over one message. What came of it is left in done.
func (c *campaign) one(ctx context.Context, line *mail.Line, number int, r recipient, done *delivery, buffer *[][]byte, granted chan error) {
	m, err := c.edition(ctx, r)
	if err != nil {
		slog.ErrorContext(ctx, "an issue cannot be rendered", "issue", c.issue.ID, "error", err)
		return
	}
	made := signed{r.ID, int32(c.issue.ID), c.service.now()} //nolint:gosec // there are few issues
	bounce := sign(c.service.Secret, forBounce, made)
	*buffer = m.to(*buffer, []byte(wireAddress(r.Email)), []byte(bounce), []byte(sign(c.service.Secret, forReader, made)))
	outcome, reply, err := line.Ready(c.from.bounceTo(bounce), r.Email, *buffer...)
	if outcome != mail.Accepted {
		c.commits <- commit{done: *done, granted: granted}
		<-granted
		*done = c.judged(ctx, r, outcome, reply, err)
		return
	}
	c.commits <- commit{done: *done, next: delivery{subscriber: r.ID, state: "handing"}, granted: granted}
	*done = delivery{}
	if err := <-granted; err != nil {
		line.Drop() // without the line that ends it, the message does not count
		return
	}
	if err := line.End(func() { c.journal.mark(number, r.ID) }); err != nil {
		line.Drop()
		*done = delivery{subscriber: r.ID, state: "unsure"}
		return
	}
	outcome, reply, err = line.Answer()
	*done = c.judged(ctx, r, outcome, reply, err)
}

// judged is what is written down of an outcome. An address that does not exist is kept away.
func (c *campaign) judged(ctx context.Context, r recipient, outcome mail.Outcome, reply mail.Reply, err error) delivery {
	d := delivery{subscriber: r.ID, reply: reply.String()}
	switch outcome {
	case mail.Accepted:
		d.state, d.reply = "sent", ""
	case mail.Unknown:
		d.state = "unsure"
	case mail.Refused:
		d.state = "bounced"
		if err := c.service.bounced(context.WithoutCancel(ctx), r.ID, reply.Code, reply.Status); err != nil {
			slog.ErrorContext(ctx, "a bounce cannot be written down", "issue", c.issue.ID, "error", err)
		}
	default:
		d.state, d.wait = "queued", time.Minute<<min(r.Attempts, 8)
		if reply.Code == 0 { // the connection broke: it was not the message
			d.wait = reconnectPause
		} else if r.Attempts+1 >= mostAttempts {
			d.state = "failed"
		}
	}
	if outcome != mail.Accepted {
		slog.WarnContext(ctx, "a message of an issue was not taken", "issue", c.issue.ID, "reply", reply.String(), "lost", err != nil && reply.Code == 0)
	}
	return d
}

// edition returns the message for a reader; it is rendered once for all who get the same.
func (c *campaign) edition(ctx context.Context, r recipient) (message, error) {
	items := c.issue.For(Choices{Lang: r.Lang, Themes: r.Themes, Regions: r.Regions, Sector: r.Sector})
	var key strings.Builder
	key.WriteString(string(r.Lang))
	for _, item := range items {
		fmt.Fprintf(&key, " %d", item.ID)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if m, ok := c.editions[key.String()]; ok {
		return m, nil
	}
	e, err := c.service.edit(ctx, c.issue, r.Lang, items)
	if err != nil {
		return message{}, err
	}
	m := newMessage(e, c.from, headerOf(c.service.Site.Email), c.service.Site.PublicURL, *c.issue.StartedAt)
	c.editions[key.String()] = m
	return m, nil
}

// write commits what the lines ask for, all that wait at once in one statement.
func (c *campaign) write(ctx context.Context, stop context.CancelCauseFunc) {
	var waiting []commit
	for first := range c.commits {
		waiting = append(waiting[:0], first)
		for more := true; more && len(waiting) < c.settings.Connections; {
			select {
			case next, ok := <-c.commits:
				if ok {
					waiting = append(waiting, next)
				}
				more = ok
			default:
				more = false
			}
		}
		granted, err := c.put(context.WithoutCancel(ctx), waiting)
		if err != nil {
			stop(err)
		}
		for _, w := range waiting {
			switch {
			case err != nil:
				w.granted <- err
			case w.next.state != "" && !granted[w.next.subscriber]:
				w.granted <- errHalted
			default:
				w.granted <- nil
			}
		}
	}
}

// putTime is how long the database may take to write down what was done.
const putTime = 30 * time.Second

// put writes rows and returns which of them may be handed over.
func (c *campaign) put(ctx context.Context, waiting []commit) (map[int64]bool, error) {
	ctx, cancel := context.WithTimeout(ctx, putTime)
	defer cancel()
	var ids []int64
	var states, replies []string
	var waits []float64
	for _, w := range waiting {
		for _, d := range []delivery{w.done, w.next} {
			if d.state != "" {
				ids, states, replies, waits = append(ids, d.subscriber), append(states, d.state), append(replies, d.reply), append(waits, d.wait.Seconds())
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	rows, err := database.Values[int64](ctx, c.conn, `UPDATE newsletter_deliveries d SET state = x.state, reply = x.reply,
			attempts = d.attempts + CASE WHEN x.state = 'queued' AND x.reply <> '' OR x.state = 'failed' THEN 1 ELSE 0 END,
			next_at = CASE WHEN x.state = 'queued' THEN $6::timestamptz + make_interval(secs => x.wait) END,
			done_at = CASE WHEN x.state NOT IN ('queued', 'handing') THEN $6::timestamptz END
		FROM unnest($2::bigint[], $3::text[], $4::text[], $5::float8[]) AS x (id, state, reply, wait), newsletter_issues i
		WHERE d.issue_id = $1 AND d.subscriber_id = x.id AND i.id = $1 AND (x.state <> 'handing' OR i.state = 'sending' AND d.state = 'queued')
		RETURNING CASE WHEN x.state = 'handing' THEN d.subscriber_id ELSE 0 END`, c.issue.ID, ids, states, replies, waits, c.service.now())
	if err != nil {
		return nil, err
	}
	granted := map[int64]bool{}
	for _, id := range rows {
		granted[id] = true
	}
	return granted, nil
}

// finish ends an issue of which nothing waits any more.
func (c *campaign) finish(ctx context.Context) error {
	_, err := c.conn.Exec(ctx, `UPDATE newsletter_issues SET state = 'sent', finished_at = $2 WHERE id = $1 AND state = 'sending'
		AND NOT EXISTS (SELECT FROM newsletter_deliveries WHERE issue_id = $1 AND state IN ('queued', 'handing'))`, c.issue.ID, c.service.now())
	return err
}

// catch puts an issue into the outbox where no mail server is configured, as all mails: to be seen, and not sent.
func (c *campaign) catch(ctx context.Context) error {
	s := c.service
	all, err := database.Rows[recipient](ctx, s.db.Read(), `SELECT b.id, b.email, b.lang, b.themes, b.regions, b.sector, d.attempts FROM newsletter_deliveries d JOIN newsletter_subscribers b ON b.id = d.subscriber_id
		WHERE d.issue_id = $1 AND d.state = 'queued' ORDER BY d.subscriber_id`, c.issue.ID)
	if err != nil {
		return err
	}
	for _, r := range all {
		items := c.issue.For(Choices{Lang: r.Lang, Themes: r.Themes, Regions: r.Regions, Sector: r.Sector})
		e, err := s.edit(ctx, c.issue, r.Lang, items)
		if err != nil {
			return err
		}
		token := sign(s.Secret, forReader, signed{r.ID, int32(c.issue.ID), s.now()}) //nolint:gosec // there are few issues
		err = s.db.InTx(ctx, func(tx database.Tx) error {
			tag, err := tx.Exec(ctx, `UPDATE newsletter_deliveries d SET state = 'sent', done_at = $3 FROM newsletter_issues i WHERE d.issue_id = $1 AND d.subscriber_id = $2 AND d.state = 'queued' AND i.id = $1 AND i.state = 'sending'`, c.issue.ID, r.ID, s.now())
			if err != nil || tag.RowsAffected() == 0 {
				return err
			}
			return mail.Queue(ctx, tx, mail.Message{To: r.Email, Lang: r.Lang.OrEnglish(), Kind: "newsletter.issue", Subject: e.Subject, HTML: withToken(e.HTML, token), Secret: true, Farewell: true})
		})
		if err != nil {
			return err
		}
	}
	return c.finish(ctx)
}
