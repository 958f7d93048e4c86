package submission

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"portal/internal/attachment"
	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// downloadTime is how long a file may be under way to a slow reader.
const downloadTime = 30 * time.Minute

// AddFile keeps an uploaded document at a question of the open revision, or an image at a Group of images. It reads content to its end before it opens a
// transaction. What is wrong with the file is a problem.Invalid at the question; one that is too large is
// problem.TooLarge besides.
func (s *Service) AddFile(ctx context.Context, who identity.User, id workflow.ID, field form.Field, name string, content io.Reader) (attachment.Attachment, error) {
	received, err := s.files.Receive(ctx, attachment.Upload{SubmissionID: id, Field: field.ID, Name: name, By: who.ID, Image: field.Type != form.Files}, content)
	if err != nil {
		return attachment.Attachment{}, fmt.Errorf("add a file to submission %d: %w", id, err)
	}
	var added attachment.Attachment
	err = s.change(ctx, who, id, func(tx database.Tx, sub *workflow.Submission, kind *workflow.Kind) error {
		if err := mayWrite(*sub); err != nil {
			return err
		}
		received.Revision = sub.Revision
		if added, err = s.files.Add(ctx, tx, received); err != nil {
			return err
		}
		return s.filesChanged(ctx, tx, sub, kind)
	})
	if err = errors.Join(err, received.Close()); err != nil {
		return added, fmt.Errorf("add a file to submission %d: %w", id, err)
	}
	return added, nil
}

// RemoveFile takes a document out of the open revision; earlier revisions keep it. A document that the revision does not
// have, or that answers no question of the form, is problem.NotFound.
func (s *Service) RemoveFile(ctx context.Context, who identity.User, id workflow.ID, file int64) error {
	return s.change(ctx, who, id, func(tx database.Tx, sub *workflow.Submission, kind *workflow.Kind) error {
		if err := mayWrite(*sub); err != nil {
			return err
		}
		f, err := attachment.Find(ctx, tx, file)
		if err != nil {
			return err
		}
		if _, _, ok := kind.Form.Field(f.Field); !ok {
			return fmt.Errorf("remove file %d of submission %d: %w", file, id, problem.NotFound)
		}
		if err := attachment.Remove(ctx, tx, id, file, sub.Revision); err != nil {
			return err
		}
		return s.filesChanged(ctx, tx, sub, kind)
	})
}

// filesChanged says of a submission that its files have changed.
func (s *Service) filesChanged(ctx context.Context, tx database.Tx, sub *workflow.Submission, kind *workflow.Kind) error {
	now := s.now()
	if err := workflow.Touch(ctx, tx, sub, now); err != nil || kind.Changed == nil {
		return err
	}
	return kind.Changed(ctx, tx, *sub, now)
}

// mayWrite says why the person may not write now: problem.NotAllowedNow for everybody, else problem.Forbidden.
func mayWrite(sub workflow.Submission) error {
	switch {
	case !sub.State.Writable():
		return problem.NotAllowedNow
	case !sub.MayWrite():
		return problem.Forbidden
	}
	return nil
}

// PublicFiles returns the documents of a published revision, by question, with their public addresses. Those of private
// questions are for the caller to leave out: to the public their addresses open nothing.
func PublicFiles(ctx context.Context, q database.Querier, id workflow.ID, revision int) (map[string][]ui.FileItem, error) {
	files, err := attachment.List(ctx, q, id, revision)
	if err != nil {
		return nil, err
	}
	return fileItems(ctx, slices.DeleteFunc(files, func(f attachment.Attachment) bool { return !f.Servable() }), false), nil
}

// File returns a document that the person may have: everybody what belongs to the published revision, but for images, of
// which they have the picture; the office all of its own; the desk what was handed in once, which is recorded. Any other is
// problem.NotFound.
func (s *Service) File(ctx context.Context, who identity.User, id int64) (attachment.Attachment, error) {
	f, by, err := s.findFile(ctx, who, id)
	if err == nil && by == byAnybody && f.IsImage() { // the file may say where it was taken
		by, err = s.ownFile(ctx, who, f)
	}
	if err != nil || by != byDesk {
		return f, err
	}
	return f, audit.RecordRead(ctx, s.db.Read(), audit.Reading{Actor: who.ID, Subject: "attachment", IDs: []int64{id}, Fields: []string{f.Field}, At: s.now()})
}

// reader is as what somebody may have a file.
type reader int

const (
	byAnybody reader = iota
	byOffice
	byDesk
)

// findFile returns a file that the person may have, and as what.
func (s *Service) findFile(ctx context.Context, who identity.User, id int64) (attachment.Attachment, reader, error) {
	q := s.db.Read()
	f, err := attachment.Find(ctx, q, id)
	if err != nil {
		return f, byAnybody, err
	}
	public, err := workflow.FindPublic(ctx, q, f.SubmissionID)
	if err == nil && f.In(public.Revision) && s.isPublic(public.Kind, f.Field) {
		return f, byAnybody, nil
	}
	if err != nil && !errors.Is(err, problem.NotFound) {
		return f, byAnybody, err
	}
	by, err := s.ownFile(ctx, who, f)
	return f, by, err
}

// ownFile says as what the person may have a file that is not for everybody.
func (s *Service) ownFile(ctx context.Context, who identity.User, f attachment.Attachment) (reader, error) {
	q := s.db.Read()
	sub, err := workflow.Find(ctx, q, f.SubmissionID, who)
	if err != nil || sub.Side != workflow.ByDesk {
		return byOffice, err
	}
	handedIn, err := workflow.HandedIn(ctx, q, sub.ID)
	if err == nil && !slices.ContainsFunc(handedIn, f.In) {
		err = fmt.Errorf("file %d of an unsent revision: %w", f.ID, problem.NotFound)
	}
	return byDesk, err
}

// isPublic says whether the answers to the question are published.
func (s *Service) isPublic(kind, field string) bool {
	k, ok := s.kinds[kind]
	if !ok {
		return false
	}
	f, _, ok := k.Form.Field(field)
	return ok && !f.Private
}

// file sends a document to whoever may have it.
func (h handlers) file(w http.ResponseWriter, r *http.Request) error {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return err
	}
	if _, err := h.service.File(r.Context(), identity.From(r.Context()), id); err != nil {
		return err
	}
	f, content, err := h.service.files.Open(r.Context(), id)
	if err != nil {
		return err
	}
	attachment.Serve(w, r, f, content)
	return nil
}
