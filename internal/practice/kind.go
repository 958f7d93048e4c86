package practice

import (
	"context"
	"fmt"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/workflow"
)

// newKind is what the machine of submissions knows of practices.
func (s *Service) newKind() *workflow.Kind {
	return &workflow.Kind{
		Name: KindName, Plan: workflow.Living, Desk: identity.HubDesk, Form: s.form,
		Title: func(a form.Answers) string { return a.First("title") },
		Lang: func(a form.Answers, fallback string) string {
			if lang := a.First("language"); knownLang(lang) {
				return lang
			}
			return fallback
		},
		Objectives: func(a form.Answers) []int { return a.Ints("objectives") },
		Publish:    s.publish,
		TakeDown: func(ctx context.Context, tx database.Tx, sub workflow.Submission, now time.Time) error {
			if err := closeCurrent(ctx, tx, sub.ID, now); err != nil {
				return fmt.Errorf("take down practice %d: %w", sub.ID, err)
			}
			return nil
		},
		Path: Path,
	}
}

// publish puts the submitted revision before the public in place of an earlier one. The public ID is given at first
// publication and stays.
func (s *Service) publish(ctx context.Context, tx database.Tx, sub workflow.Submission, a form.Answers, now time.Time) (string, error) {
	r := Record{ID: sub.ID, Revision: *sub.SubmittedRevision, PublishedAt: now, FirstPublishedAt: now, OfficeName: sub.OfficeName, Content: s.form.Public(a)}
	r.Practice = Read(r.Content, sub.OfficeName, s.vocabulary())
	if p := r.Practice.Point; p != nil { // nothing finer leaves the draft
		r.Content["point"] = []string{p.String()}
	}
	first, err := firstPublished(ctx, tx, sub.ID)
	if err != nil {
		return "", fmt.Errorf("publish practice %d: %w", sub.ID, err)
	}
	if !first.IsZero() {
		r.FirstPublishedAt = first
	}
	if sub.PublicID != nil {
		r.PublicID = *sub.PublicID
	} else {
		number, err := database.Value[int64](ctx, tx, `SELECT nextval('practice_numbers')`)
		if err != nil {
			return "", fmt.Errorf("publish practice %d: %w", sub.ID, err)
		}
		r.PublicID = FormatID(number)
	}
	if err := closeCurrent(ctx, tx, sub.ID, now); err != nil {
		return "", fmt.Errorf("publish practice %d: %w", sub.ID, err)
	}
	if err := put(ctx, tx, r, sub.OfficeID, s.texts(r.Practice)); err != nil {
		return "", err
	}
	call, err := answeredCall(ctx, tx, sub.ID)
	if err != nil || call == 0 {
		return r.PublicID, err
	}
	return r.PublicID, markAnswered(ctx, tx, sub.ID, call)
}
