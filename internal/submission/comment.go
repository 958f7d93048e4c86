package submission

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
)

// MaxComment is the longest comment, in characters as a person counts them.
const MaxComment = 3000

// commentsPerHour is how many comments one person may write: each is a mail to others.
const commentsPerHour = 60

// Thread is what the people who write a draft say to each other about one question, or about the whole. Nobody else ever
// sees it: not the desk, not the public, no export.
type Thread struct {
	ID int64
	// Field is the question, "" for the whole. It may be one that the form does not have any more.
	Field      string
	ResolvedAt *time.Time
	Resolver   string
	Comments   []Comment
}

// Open says whether the thread still waits for something.
func (t Thread) Open() bool { return t.ResolvedAt == nil }

// Comment is one thing that was said.
type Comment struct {
	ID       int64
	ThreadID int64
	AuthorID int64
	Author   string
	Body     string
	At       time.Time
}

// Threads returns what is said about the submission, the oldest first; nothing to those who take no part in it.
func (s *Service) Threads(ctx context.Context, c Case) ([]Thread, error) {
	if !c.MayComment() {
		return nil, nil
	}
	return threadsOf(ctx, s.db.Read(), c.ID)
}

// NewComment is what somebody says: in a thread, or, with Thread 0, at a question or ("") about the whole.
type NewComment struct {
	Thread int64
	Field  string
	Text   string
}

// Comment keeps a comment and tells those whom it concerns: who takes part in the thread, and who wrote the answer. The
// same words twice in ten minutes are one comment. A blank or long text is a problem.Invalid at "text"; a question or a
// thread that there is not is problem.NotFound; what is put away or erased is problem.NotAllowedNow.
func (s *Service) Comment(ctx context.Context, who identity.User, id workflow.ID, n NewComment) error {
	n.Text = clean(n.Text)
	if n.Text == "" {
		return problem.Invalid(problem.Field{Name: "text", Key: "submission.comment.blank"})
	}
	if length := form.Length(n.Text); length > MaxComment {
		return problem.Invalid(problem.Field{Name: "text", Key: "submission.comment.long", Args: []any{MaxComment, length}})
	}
	err := s.change(ctx, who, id, func(tx database.Tx, sub *workflow.Submission, kind *workflow.Kind) error {
		n := n
		if err := mayComment(*sub); err != nil {
			return err
		}
		if n.Thread != 0 {
			field, err := reopenThread(ctx, tx, id, n.Thread)
			if err != nil {
				return err
			}
			n.Field = field
		} else if _, _, ok := kind.Form.Field(n.Field); !ok && n.Field != "" {
			return problem.NotFound
		}
		if twice, err := saidAlready(ctx, tx, id, n, who.ID, s.now().Add(-sameReply)); err != nil || twice {
			return err
		}
		if err := web.Limit(ctx, tx, fmt.Sprintf("submission.comment:%d", who.ID), commentsPerHour, time.Hour); err != nil {
			return err
		}
		var err error
		if n.Thread == 0 {
			if n.Thread, err = addThread(ctx, tx, id, n.Field); err != nil {
				return err
			}
		}
		comment, err := addComment(ctx, tx, n, who.ID, s.now())
		if err != nil {
			return err
		}
		if err := workflow.Touch(ctx, tx, sub, s.now()); err != nil {
			return err
		}
		if err := audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "comment", Subject: "comment", SubjectID: comment, At: s.now()}); err != nil {
			return err
		}
		return s.tellOfComment(ctx, tx, kind, *sub, n, who)
	})
	if err != nil {
		return fmt.Errorf("comment on submission %d: %w", id, err)
	}
	return nil
}

// mayComment says why the person may not comment now.
func mayComment(sub workflow.Submission) error {
	switch {
	case !sub.MayComment():
		return problem.Forbidden
	case sub.State == workflow.PutAway || sub.State == workflow.Erased:
		return problem.NotAllowedNow
	}
	return nil
}

// Resolve says that a thread is done with, or (false) that it is not after all.
func (s *Service) Resolve(ctx context.Context, who identity.User, id workflow.ID, thread int64, resolved bool) error {
	err := s.change(ctx, who, id, func(tx database.Tx, sub *workflow.Submission, _ *workflow.Kind) error {
		if err := mayComment(*sub); err != nil {
			return err
		}
		act := "reopen_thread"
		if resolved {
			act = "resolve_thread"
		}
		changed, err := resolveThread(ctx, tx, id, thread, who.ID, resolved, s.now())
		if err != nil || !changed {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: act, Subject: "thread", SubjectID: thread, At: s.now()})
	})
	if err != nil {
		return fmt.Errorf("resolve thread %d: %w", thread, err)
	}
	return nil
}

// tellOfComment writes to those whom a comment concerns, but for its author.
func (s *Service) tellOfComment(ctx context.Context, tx database.Tx, kind *workflow.Kind, sub workflow.Submission, n NewComment, by identity.User) error {
	step := ""
	if _, on, ok := kind.Form.Field(n.Field); ok {
		step = on.ID
	}
	to, err := concerned(ctx, tx, sub, n.Thread, step, by.ID)
	if err != nil {
		return err
	}
	for _, r := range to {
		ctx := s.inLanguageOf(ctx, r)
		subject := i18n.T(ctx, "submission.comment.mail.subject", by.Name, titleOf(ctx, sub))
		m := mail.Message{To: r.Email, ToUser: r.ID, Kind: "submission.comment", Subject: subject, Secret: true}
		if err := queue(ctx, tx, m, commentMail(kind, sub, n, by, r, subject)); err != nil {
			return err
		}
	}
	return nil
}

func threadsOf(ctx context.Context, q database.Querier, id workflow.ID) ([]Thread, error) {
	type row struct {
		ID         int64
		Field      string
		ResolvedAt *time.Time
		Resolver   string
	}
	rows, err := database.Rows[row](ctx, q, `SELECT t.id, t.field, t.resolved_at, coalesce(u.name, '') AS resolver FROM draft_threads t
		LEFT JOIN users u ON u.id = t.resolved_by WHERE t.submission_id = $1 ORDER BY t.id`, id)
	if err != nil {
		return nil, fmt.Errorf("threads of submission %d: %w", id, err)
	}
	comments, err := database.Rows[Comment](ctx, q, `SELECT c.id, c.thread_id, c.author_id, u.name AS author, c.body, c.at
		FROM draft_threads t JOIN draft_comments c ON c.thread_id = t.id JOIN users u ON u.id = c.author_id WHERE t.submission_id = $1 ORDER BY c.id`, id)
	if err != nil {
		return nil, fmt.Errorf("comments on submission %d: %w", id, err)
	}
	threads := make([]Thread, len(rows))
	for i, r := range rows {
		threads[i] = Thread{ID: r.ID, Field: r.Field, ResolvedAt: r.ResolvedAt, Resolver: r.Resolver}
		for _, c := range comments {
			if c.ThreadID == r.ID {
				threads[i].Comments = append(threads[i].Comments, c)
			}
		}
	}
	return threads, nil
}

func addThread(ctx context.Context, tx database.Tx, id workflow.ID, field string) (int64, error) {
	thread, err := database.Value[int64](ctx, tx, `INSERT INTO draft_threads (submission_id, field) VALUES ($1, $2) RETURNING id`, id, field)
	if err != nil {
		return 0, fmt.Errorf("begin a thread on submission %d: %w", id, err)
	}
	return thread, nil
}

// reopenThread returns the question of a thread of the submission; who answers what was resolved takes it up again.
func reopenThread(ctx context.Context, tx database.Tx, id workflow.ID, thread int64) (string, error) {
	return database.Value[string](ctx, tx, `UPDATE draft_threads SET resolved_at = NULL, resolved_by = NULL WHERE id = $1 AND submission_id = $2 RETURNING field`, thread, id)
}

func addComment(ctx context.Context, tx database.Tx, n NewComment, author int64, now time.Time) (int64, error) {
	id, err := database.Value[int64](ctx, tx, `INSERT INTO draft_comments (thread_id, author_id, body, at) VALUES ($1, $2, $3, $4) RETURNING id`,
		n.Thread, author, n.Text, now)
	if err != nil {
		return 0, fmt.Errorf("keep a comment in thread %d: %w", n.Thread, err)
	}
	return id, nil
}

// saidAlready finds the same words by the same person at the same place since then.
func saidAlready(ctx context.Context, q database.Querier, id workflow.ID, n NewComment, author int64, since time.Time) (bool, error) {
	return database.Value[bool](ctx, q, `SELECT EXISTS (SELECT FROM draft_comments c JOIN draft_threads t ON t.id = c.thread_id
		WHERE t.submission_id = @id AND t.field = @field AND (t.id = @thread OR @thread = 0) AND c.author_id = @author AND c.body = @body AND c.at > @since)`,
		database.Args{"id": id, "field": n.Field, "thread": n.Thread, "author": author, "body": n.Text, "since": since})
}

func resolveThread(ctx context.Context, tx database.Tx, id workflow.ID, thread, by int64, resolved bool, now time.Time) (bool, error) {
	if _, err := database.Value[int64](ctx, tx, `SELECT id FROM draft_threads WHERE id = $1 AND submission_id = $2`, thread, id); err != nil {
		return false, err
	}
	done, err := tx.Exec(ctx, `UPDATE draft_threads SET resolved_at = CASE WHEN @resolved THEN @now::timestamptz END, resolved_by = CASE WHEN @resolved THEN @by::bigint END
		WHERE id = @thread AND (resolved_at IS NULL) = @resolved`, database.Args{"thread": thread, "by": by, "resolved": resolved, "now": now})
	if err != nil {
		return false, err
	}
	return done.RowsAffected() > 0, nil
}

// concerned are the people to whom a comment is told: those who have said something in the thread, those who wrote the
// answers of the step, and, for the whole, the author. They must still take part in the draft.
func concerned(ctx context.Context, q database.Querier, sub workflow.Submission, thread int64, step string, but int64) ([]workflow.Recipient, error) {
	return database.Rows[workflow.Recipient](ctx, q, `SELECT u.id, u.name, u.email, u.lang FROM users u
		WHERE u.closed_at IS NULL AND u.id <> @but AND (
				EXISTS (SELECT FROM draft_comments c WHERE c.thread_id = @thread AND c.author_id = u.id)
				OR EXISTS (SELECT FROM submission_steps t WHERE t.submission_id = @id AND t.revision = @revision AND t.step = @step AND t.saved_by = u.id)
				OR @step = '' AND u.id = @author)
			AND EXISTS (SELECT FROM submission_access a WHERE a.submission_id = @id AND a.user_id = u.id AND a.side = 'owner' AND a.role NOT IN ('guest', 'author'))
			AND (u.id IN (SELECT c.author_id FROM draft_comments c WHERE c.thread_id = @thread
				UNION SELECT t.saved_by FROM submission_steps t WHERE t.submission_id = @id UNION SELECT @author))
		ORDER BY u.id`, database.Args{"but": but, "thread": thread, "id": sub.ID, "revision": sub.Revision, "step": step, "author": sub.AuthorID})
}

// eraseComments removes what was said about a submission for good, and the addresses of those who were invited to it and
// never came.
func eraseComments(ctx context.Context, tx database.Tx, id workflow.ID) error {
	if _, err := tx.Exec(ctx, `DELETE FROM draft_threads WHERE submission_id = $1`, id); err != nil {
		return fmt.Errorf("erase the comments on submission %d: %w", id, err)
	}
	if _, err := tx.Exec(ctx, `DELETE FROM draft_invitations WHERE submission_id = $1 AND user_id IS NULL`, id); err != nil {
		return fmt.Errorf("erase the invitations to submission %d: %w", id, err)
	}
	return nil
}

// openThreads counts the open threads by question.
func openThreads(threads []Thread) map[string]int {
	n := map[string]int{}
	for _, t := range threads {
		if t.Open() {
			n[t.Field]++
		}
	}
	return n
}

// threadsAt are the threads of one question.
func threadsAt(threads []Thread, field string) []Thread {
	return slices.DeleteFunc(slices.Clone(threads), func(t Thread) bool { return t.Field != field })
}

// refusedToComment says whether the error is about the person or the state, and not a fault.
func refusedToComment(err error) bool {
	return errors.Is(err, problem.Forbidden) || errors.Is(err, problem.NotAllowedNow)
}
