package newsletter

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"net/textproto"
	"regexp"
	"strings"

	"portal/internal/database"
	"portal/internal/problem"
)

// returned is what a mail server says of a mail that came back: a delivery status notification (RFC 3464), or a complaint in the
// abuse reporting format (RFC 5965).
type returned struct {
	// Token is the mark that was in the mail: of the address to which it came back, or of its Message-ID.
	Token string
	// Recipients are the addresses of which the report speaks.
	Recipients []string
	// Failed says that delivery failed for good; Status is the status of RFC 3463.
	Failed bool
	Status string
	// Complaint says that the reader has called the mail unwanted.
	Complaint bool
}

// MaxReport is how much of a report is read, in bytes.
const MaxReport = 1 << 20

// ErrNoReport says that a mail is no report that we understand, or about no mail of ours.
var ErrNoReport = errors.New("this is no delivery status notification and no complaint about an issue of the newsletter")

var (
	inAddress   = regexp.MustCompile(`(?i)\+([a-z2-7]{40})@`)
	inMessageID = regexp.MustCompile(`(?i)<newsletter\.([a-z2-7]{40})@`)
)

// readReturned reads a report.
func readReturned(r io.Reader) (returned, error) {
	var out returned
	m, err := netmail.ReadMessage(bufio.NewReader(io.LimitReader(r, MaxReport)))
	if err != nil {
		return out, ErrNoReport
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/report" || params["boundary"] == "" {
		return out, ErrNoReport
	}
	for _, name := range []string{"X-Original-To", "Delivered-To", "To"} {
		if found := inAddress.FindStringSubmatch(m.Header.Get(name)); found != nil {
			out.Token = found[1]
			break
		}
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for n := 0; n < 10; n++ {
		part, err := parts.NextRawPart()
		if err != nil {
			break
		}
		content, err := io.ReadAll(io.LimitReader(part, MaxReport))
		if err != nil {
			break
		}
		kind, _, _ := mime.ParseMediaType(part.Header.Get("Content-Type"))
		switch kind {
		case "message/delivery-status", "message/global-delivery-status":
			out.readStatus(content)
		case "message/feedback-report":
			out.readFeedback(content)
		case "message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers":
			if found := inMessageID.FindSubmatch(content); found != nil && out.Token == "" {
				out.Token = string(found[1])
			}
		}
	}
	if out.Token == "" || !out.Failed && !out.Complaint {
		return out, ErrNoReport
	}
	out.Token = strings.ToLower(out.Token)
	return out, nil
}

// fields reads the groups of fields of a report, which are divided by empty lines.
func fields(content []byte) []textproto.MIMEHeader {
	var all []textproto.MIMEHeader
	for group := range strings.SplitSeq(strings.ReplaceAll(string(content), "\r\n", "\n"), "\n\n") {
		r := textproto.NewReader(bufio.NewReader(strings.NewReader(strings.TrimLeft(group, "\n") + "\n\n")))
		if h, err := r.ReadMIMEHeader(); err == nil {
			all = append(all, h)
		}
	}
	return all
}

// addressField is an address in a field with its type: "rfc822; ada@example.org".
func addressField(value string) string {
	_, address, ok := strings.Cut(value, ";")
	if !ok {
		address = value
	}
	return strings.Trim(strings.TrimSpace(address), "<>")
}

func (r *returned) readStatus(content []byte) {
	for _, h := range fields(content) {
		final, original := h.Get("Final-Recipient"), h.Get("Original-Recipient")
		if final == "" && original == "" {
			continue
		}
		for _, value := range []string{final, original} {
			if address := addressField(value); address != "" {
				r.Recipients = append(r.Recipients, address)
			}
		}
		status, _, _ := strings.Cut(strings.TrimSpace(h.Get("Status")), " ")
		if strings.EqualFold(strings.TrimSpace(h.Get("Action")), "failed") && strings.HasPrefix(status, "5.") {
			r.Failed, r.Status = true, status
		}
	}
}

func (r *returned) readFeedback(content []byte) {
	for _, h := range fields(content) {
		if kind := h.Get("Feedback-Type"); kind != "" && !strings.EqualFold(kind, "not-spam") {
			r.Complaint = true
		}
		for _, value := range append(h.Values("Original-Rcpt-To"), h.Values("Removal-Recipient")...) {
			r.Recipients = append(r.Recipients, addressField(value))
		}
	}
}

// TakeReport reads one report and does what follows: who has complained, and whose address does not exist, gets nothing more. A
// report that is forged, or speaks of another address than that of the reader whose mark it carries, is ErrNoReport, and so is
// one about an issue that the reader was never sent. It may be repeated.
func (s *Service) TakeReport(ctx context.Context, from io.Reader) error {
	r, err := readReturned(from)
	if err != nil {
		return err
	}
	t, ok := verify(s.Secret, forBounce, r.Token)
	if !ok {
		return ErrNoReport
	}
	type row struct{ Email, State string }
	reader, err := database.Row[row](ctx, s.db.Read(), `SELECT b.email, d.state FROM newsletter_deliveries d JOIN newsletter_subscribers b ON b.id = d.subscriber_id
		WHERE d.issue_id = $1 AND d.subscriber_id = $2 AND d.state IN ('sent', 'unsure', 'bounced')`, t.Issue, t.Subscriber)
	if errors.Is(err, problem.NotFound) {
		return ErrNoReport
	}
	if err != nil {
		return fmt.Errorf("take a report: %w", err)
	}
	theirs := false
	for _, address := range r.Recipients {
		theirs = theirs || keyOf(address) == keyOf(reader.Email)
	}
	if !theirs && (len(r.Recipients) > 0 || !r.Complaint) { // services leave the address out of complaints; the mark says whose it is
		return ErrNoReport
	}
	if reader.State == "bounced" { // it was counted
		return nil
	}
	if r.Complaint {
		return s.complained(ctx, t, reader.Email)
	}
	tag, err := s.db.Pool.Exec(ctx, `UPDATE newsletter_deliveries SET state = 'bounced', reply = $3 WHERE issue_id = $1 AND subscriber_id = $2 AND state IN ('sent', 'unsure')`, t.Issue, t.Subscriber, r.Status)
	if err != nil || tag.RowsAffected() == 0 {
		return err
	}
	return s.bounced(ctx, t.Subscriber, 0, r.Status)
}

func (s *Service) complained(ctx context.Context, t signed, email string) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		away, err := database.Value[bool](ctx, tx, `SELECT state = 'away' FROM newsletter_subscribers WHERE id = $1 FOR UPDATE`, t.Subscriber)
		if err != nil || away {
			return err
		}
		if _, err := tx.Exec(ctx, `UPDATE newsletter_issues SET complained = complained + 1 WHERE id = $1`, t.Issue); err != nil {
			return err
		}
		return s.sendAway(ctx, tx, t.Subscriber, email, complainedReason)
	})
	if err != nil {
		return fmt.Errorf("take a complaint: %w", err)
	}
	return nil
}

// Progress is how an issue is going out, or has gone.
type Progress struct {
	Queued, Handing, Sent, Bounced, Failed, Unsure int
	// Deferred are those of the queued that the mail server has put off.
	Deferred int
	// LastMinute is how many were done within the last minute.
	LastMinute int
}

// Total is how many readers the issue has, or had at the time.
func (p Progress) Total() int { return p.Queued + p.Handing + p.Sent + p.Bounced + p.Failed + p.Unsure }

// Progress counts the deliveries of an issue.
func (s *Service) Progress(ctx context.Context, id int64) (Progress, error) {
	p, err := database.Row[Progress](ctx, s.db.Read(), `SELECT count(*) FILTER (WHERE state = 'queued') AS queued, count(*) FILTER (WHERE state = 'handing') AS handing, count(*) FILTER (WHERE state = 'sent') AS sent,
			count(*) FILTER (WHERE state = 'bounced') AS bounced, count(*) FILTER (WHERE state = 'failed') AS failed, count(*) FILTER (WHERE state = 'unsure') AS unsure,
			count(*) FILTER (WHERE state = 'queued' AND next_at > $2) AS deferred, count(*) FILTER (WHERE done_at > $2::timestamptz - interval '1 minute') AS last_minute
		FROM newsletter_deliveries WHERE issue_id = $1`, id, s.now())
	if err != nil {
		return p, fmt.Errorf("how issue %d goes out: %w", id, err)
	}
	return p, nil
}
