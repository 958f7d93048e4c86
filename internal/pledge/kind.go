package pledge

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/search"
	"portal/internal/workflow"
	"portal/web/ui"
)

// newKind is what the machine of submissions knows of pledges.
func (s *Service) newKind() *workflow.Kind {
	return &workflow.Kind{
		Name: KindName, Plan: workflow.Publishing, Desk: identity.PledgesDesk, Form: s.form,
		Title: func(a form.Answers) string { return a.First("title") },
		Lang: func(a form.Answers, fallback string) string {
			if lang := a.First("language"); knownLang(lang) {
				return lang
			}
			return fallback
		},
		Objectives: func(a form.Answers) []int {
			var numbers []int
			for _, text := range a.All("objectives") {
				if n, err := strconv.Atoi(text); err == nil {
					numbers = append(numbers, n)
				}
			}
			return numbers
		},
		Submitted: s.submitted,
		Publish:   s.publish,
		TakeDown: func(ctx context.Context, tx database.Tx, sub workflow.Submission, now time.Time) error {
			if err := closeCurrent(ctx, tx, sub.ID, now); err != nil {
				return fmt.Errorf("take down pledge %d: %w", sub.ID, err)
			}
			return s.closeInterests(ctx, tx, sub.ID, now)
		},
		Path: Path,
	}
}

// publish puts the submitted revision before the public in place of an earlier one. The public ID is given at first
// publication and stays.
func (s *Service) publish(ctx context.Context, tx database.Tx, sub workflow.Submission, a form.Answers, now time.Time) (string, error) {
	v := s.vocabulary()
	content := s.form.Public(a)
	r := Record{ID: sub.ID, Revision: *sub.SubmittedRevision, PublishedAt: now, OfficeName: sub.OfficeName, Content: content}
	of, err := questions(ctx, tx, sub.ID)
	if err != nil {
		return "", err
	}
	shown, states := answered(content, r.Revision, of)
	r.Pledge = Read(shown, Filer{Office: sub.OfficeName, Country: sub.Country}, v)
	r.Pledge.withStates(states)
	first, err := firstPublished(ctx, tx, sub.ID)
	if err != nil {
		return "", fmt.Errorf("publish pledge %d: %w", sub.ID, err)
	}
	r.FirstPublishedAt = first
	if first.IsZero() {
		r.FirstPublishedAt = now
	}
	if sub.PublicID != nil {
		r.PublicID = *sub.PublicID
	} else {
		number, err := database.Value[int64](ctx, tx, `SELECT nextval('pledge_numbers')`)
		if err != nil {
			return "", fmt.Errorf("publish pledge %d: %w", sub.ID, err)
		}
		r.PublicID = FormatID(number)
	}
	if err := closeCurrent(ctx, tx, sub.ID, now); err != nil {
		return "", fmt.Errorf("publish pledge %d: %w", sub.ID, err)
	}
	if err := put(ctx, tx, r, sub.OfficeID, indexed(r.Pledge, v)); err != nil {
		return "", err
	}
	return r.PublicID, s.askWaiting(ctx, tx, sub, now)
}

// maxIndexed bounds how much of each part of a pledge is searchable, in bytes of folded words: PostgreSQL takes no more than
// 1 MB of words a row, and no honest pledge comes near these limits.
var maxIndexed = [3]int{40_000, 60_000, 120_000}

// indexed returns the words by which a pledge is found, in the order of their weight: titles; who and where, in all
// languages; the text, its other versions and its objectives.
func indexed(p Pledge, v *gcm.Vocabulary) [3]string {
	titles := []string{p.Title}
	who := []string{p.Entity, p.Place, p.CategoryOther}
	text := []string{ui.PlainText(p.Description), p.NatureOther, p.MirrorReference}
	for _, m := range p.Partners {
		who = append(who, m.Name)
		text = append(text, m.Part)
	}
	for _, o := range p.Versions {
		titles = append(titles, o.Title)
		text = append(text, ui.PlainText(o.Description))
	}
	for _, code := range p.countries() {
		if c, ok := v.Country(code); ok {
			for _, l := range i18n.All {
				who = append(who, c.Name(l))
			}
		}
	}
	for _, i := range p.Indicators {
		text = append(text, i.What, i.Unit)
	}
	for _, m := range p.Milestones {
		text = append(text, m.What)
	}
	for _, md := range []string{p.Barriers, p.SupportNeeded, p.SupportOffered} {
		text = append(text, ui.PlainText(md))
	}
	for _, n := range p.Objectives {
		if o, ok := v.Objective(n); ok {
			for _, l := range i18n.All {
				text = append(text, o.Name(l))
			}
		}
	}
	return [3]string{folded(titles, maxIndexed[0]), folded(who, maxIndexed[1]), folded(text, maxIndexed[2])}
}

// folded are the words of the texts, at most so many bytes of them.
func folded(texts []string, most int) string {
	all := search.Fold(strings.Join(texts, "\n"))
	if len(all) <= most {
		return all
	}
	return all[:max(0, strings.LastIndexByte(all[:most+1], ' '))]
}
