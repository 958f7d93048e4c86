package request

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/riverqueue/river"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/jobs"
	"portal/internal/mail"
	"portal/internal/onetime"
	"portal/internal/personal"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// What somebody writes who is not signed in is kept until they have proven their address (requests.md, publishing.md): a job
// mails a link to it, whether or not the address is known, and what the link's page says goes on only by its button.

// UnprovenLasts is how long the link may be used; then what was written is removed (quality.md, retention: as unconfirmed
// accounts).
const UnprovenLasts = 7 * 24 * time.Hour

// The limits of what is written without signing in, in an hour: each network's, and the mails to each address, so that nobody's
// mailbox is filled in their name. againAfter is how long the first link stands before the same words make a new one.
const (
	unprovenPerNetwork = 30
	unprovenByAddress  = 3
	againAfter         = 10 * time.Minute
)

// unproven is what waits for its proof.
type unproven struct {
	ID          int64
	Kind        string
	Topic       string
	OfficeID    *int64 // for which a request is begun
	OfficeName  string // "" when there is none
	Email, Name string
	Lang        i18n.Lang
	Title, Body string
	ExpiresAt   time.Time
	MailedAt    *time.Time
	// SubmissionID is as which it has gone on; then the texts are empty.
	SubmissionID *workflow.ID
}

const unprovenColumns = `SELECT u.id, u.kind, u.topic, u.office_id, coalesce((SELECT o.name FROM offices o WHERE o.id = u.office_id), '') AS office_name, u.email, u.name, u.lang,
	u.title, u.body, u.expires_at, u.mailed_at, u.submission_id FROM unproven_requests u WHERE `

// message is the message that it is.
func (u unproven) message() Message {
	return Message{Topic: u.Topic, Title: u.Title, Text: u.Body, Lang: u.Lang, Email: u.Email, Name: u.Name}
}

// Leave keeps a message until its writer has proven their address. It never looks whether the address is known. A message that is
// not as it should be is problem.Invalid, too much from one network is problem.TooMany.
func (s *Service) Leave(ctx context.Context, m Message, network string) error {
	if wrong := m.check(); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	return s.keep(ctx, unproven{Kind: Contact, Topic: m.Topic, Email: m.Email, Name: m.Name, Lang: m.Lang, Title: m.Title, Body: m.Text}, network)
}

// keep stores what waits, once, and has a job write to the address.
func (s *Service) keep(ctx context.Context, u unproven, network string) error {
	if err := web.Limit(ctx, s.db.Read(), "request.unproven:"+network, unprovenPerNetwork, time.Hour); err != nil {
		return err
	}
	digest := sha256.Sum256([]byte(strings.Join([]string{u.Kind, u.Topic, u.OfficeName, strings.ToLower(u.Email), u.Name, string(u.Lang), u.Title, u.Body}, "\x00")))
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		id, err := database.Value[int64](ctx, tx, `INSERT INTO unproven_requests AS u (kind, topic, office_id, email, name, lang, title, body, digest, created_at, expires_at)
			VALUES (@kind, @topic, @office, @email, @name, @lang, @title, @body, @digest, @now, @expires)
			ON CONFLICT ON CONSTRAINT unproven_requests_once DO UPDATE SET expires_at = excluded.expires_at WHERE u.submission_id IS NULL RETURNING u.id`,
			database.Args{
				"kind": u.Kind, "topic": u.Topic, "office": u.OfficeID, "email": u.Email, "name": u.Name, "lang": u.Lang, "title": u.Title, "body": u.Body,
				"digest": digest[:], "now": s.now(), "expires": s.now().Add(UnprovenLasts),
			})
		if errors.Is(err, problem.NotFound) { // it has gone on already
			return nil
		}
		if err != nil {
			return err
		}
		return jobs.Enqueue(ctx, tx, proofArgs{Request: id}, nil)
	})
	if err != nil {
		return fmt.Errorf("keep what is not proven: %w", err)
	}
	return nil
}

// proofArgs asks to write to the address of what waits for its proof.
type proofArgs struct {
	Request int64 `json:"request"`
}

// Kind is the job's name in the queue.
func (proofArgs) Kind() string { return "request.proof" }

// AddWorkers registers the background work of requests.
func AddWorkers(workers *river.Workers, s *Service) {
	river.AddWorker(workers, &proofWorker{service: s})
}

type proofWorker struct {
	river.WorkerDefaults[proofArgs]
	service *Service
}

// Work writes to the address.
func (w *proofWorker) Work(ctx context.Context, job *river.Job[proofArgs]) error {
	return w.service.MailProof(ctx, job.Args.Request)
}

// MailProof writes to the address of what waits, with the link that proves it. What is gone, or was written to a moment ago, has
// been dealt with.
func (s *Service) MailProof(ctx context.Context, id int64) error {
	return s.db.InTx(ctx, func(tx database.Tx) error {
		u, err := database.Row[unproven](ctx, tx, unprovenColumns+`u.id = $1 FOR UPDATE`, id)
		if errors.Is(err, problem.NotFound) || err == nil && (u.SubmissionID != nil || u.MailedAt != nil && s.now().Sub(*u.MailedAt) < againAfter) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read what waits for its proof: %w", err)
		}
		err = web.Limit(ctx, tx, "request.proof:"+strings.ToLower(u.Email), unprovenByAddress, time.Hour)
		if errors.Is(err, problem.TooMany) {
			return nil
		}
		if err != nil {
			return err
		}
		token, hash := onetime.New()
		if _, err := tx.Exec(ctx, `UPDATE unproven_requests SET mailed_at = $2, token_hash = $3 WHERE id = $1`, id, s.now(), hash); err != nil {
			return fmt.Errorf("make the link of what waits for its proof: %w", err)
		}
		ctx := ui.WithSite(i18n.WithLang(ctx, u.Lang.OrEnglish()), s.Site)
		// What anybody typed into a form is not put into a mail to an address that is not proven.
		subject := i18n.T(ctx, "contact.mail.proof.subject."+u.Kind)
		var html strings.Builder
		if err := proofLetter(u.Kind, subject, proofPath(token), int(UnprovenLasts/(24*time.Hour))).Render(ctx, &html); err != nil {
			return fmt.Errorf("write a proof: %w", err)
		}
		return mail.Queue(ctx, tx, mail.Message{To: u.Email, Lang: i18n.From(ctx), Kind: "request" + ".proof", Subject: subject, HTML: html.String(), Secret: true, Within: UnprovenLasts})
	})
}

// proofPath is the page of a link that proves an address, without the language.
func proofPath(token string) string { return "/t/request/" + token }

// waiting returns what the link of a token is for; a link that is not known is problem.NotFound, of one that has run out nothing
// else is said.
func (s *Service) waiting(ctx context.Context, token string) (unproven, error) {
	u, err := database.Row[unproven](ctx, s.db.Read(), unprovenColumns+`token_hash = $1`, onetime.Hash(token))
	if err == nil && u.SubmissionID == nil && !u.ExpiresAt.After(s.now()) {
		return unproven{}, problem.NotFound
	}
	return u, err
}

// Proven is what became of a proof.
type Proven struct {
	Submission workflow.ID
	Who        identity.User
	// LetIn says that they are a guest and may come in at once; who has an account signs in.
	LetIn bool
}

// Prove takes the link of a token: what was written goes on, as the guest's, or the account's, of the address. A link that was
// used is problem.Stale, any other that is of no use problem.NotFound.
func (s *Service) Prove(ctx context.Context, token string) (Proven, error) {
	var done Proven
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		u, err := database.Row[unproven](ctx, tx, unprovenColumns+`token_hash = $1 FOR UPDATE`, onetime.Hash(token))
		switch {
		case err != nil:
			return err
		case u.SubmissionID != nil:
			return problem.Stale
		case !u.ExpiresAt.After(s.now()):
			return problem.NotFound
		}
		who, err := s.Guests.Person(ctx, tx, u.Email, u.calledBy(), u.Lang, true)
		if err != nil {
			return err
		}
		if u.OfficeID != nil {
			who, done.Submission, err = s.beginFor(ctx, tx, who, u)
		} else {
			done.Submission, err = s.deliver(ctx, tx, who, u.message())
		}
		if err != nil {
			return err
		}
		if done.Who, done.LetIn, err = s.Guests.LetIn(ctx, tx, who); err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE unproven_requests SET submission_id = $2, email = '', name = '', title = '', body = '', office_id = NULL WHERE id = $1`, u.ID, done.Submission)
		return err
	})
	if err != nil {
		return Proven{}, fmt.Errorf("prove an address: %w", err)
	}
	return done, nil
}

// calledBy is the name of the writer, or what stands before the @ of their address.
func (u unproven) calledBy() string {
	if u.Name != "" {
		return u.Name
	}
	before, _, _ := strings.Cut(u.Email, "@")
	return before
}

// CleanUp removes what was never proven, and the marks of what was. A job calls it every hour.
func (s *Service) CleanUp(ctx context.Context) error {
	if _, err := s.db.Read().Exec(ctx, `DELETE FROM unproven_requests WHERE expires_at <= $1`, s.now()); err != nil {
		return fmt.Errorf("remove what was not proven: %w", err)
	}
	return nil
}

// eraseUnproven removes what waits for the proof of one's addresses.
var eraseUnproven = personal.Erasure{Columns: []string{"unproven_requests.email"}, Do: func(ctx context.Context, tx database.Tx, p personal.Person) error {
	_, err := tx.Exec(ctx, `DELETE FROM unproven_requests WHERE lower(email) = ANY (SELECT lower(a) FROM unnest($1::text[]) a)`, p.Addresses)
	return err
}}
