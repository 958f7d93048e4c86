package app

import (
	"context"

	"github.com/a-h/templ"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/practice"
	"portal/internal/record"
	"portal/internal/workflow"
	"portal/web/ui"
)

// What a kind adds to the pages of submissions comes from its own area.

func (b *areas) suggest(ctx context.Context, who identity.User, sub workflow.Submission, step string) (form.Answers, error) {
	if sub.Kind == practice.KindName {
		return b.practices.Suggest(ctx, who, sub, step)
	}
	return b.pledges.Suggest(ctx, who, sub, step)
}

func (b *areas) beside(ctx context.Context, sub workflow.Submission, step string, a form.Answers, find ui.Finding) (map[string]templ.Component, error) {
	if sub.Kind == practice.KindName {
		return b.practices.Beside(ctx, sub, step, a, find)
	}
	return b.pledges.Beside(ctx, sub, step, a, find)
}

func (b *areas) about(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
	if sub.Kind == practice.KindName {
		return b.practices.About(ctx, sub)
	}
	return b.pledges.Partners(ctx, sub)
}

func (b *areas) advice(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error) {
	if sub.Kind == practice.KindName {
		return b.practices.Advice(ctx, sub, a)
	}
	return b.pledges.Advice(ctx, sub, a)
}

func (b *areas) live(ctx context.Context, sub workflow.Submission, a form.Answers) map[string]string {
	if sub.Kind == practice.KindName {
		return nil
	}
	return b.pledges.Coach(ctx, sub, a)
}

func (b *areas) forDesk(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error) {
	if sub.Kind == practice.KindName {
		return b.practices.ForDesk(ctx, sub, a)
	}
	return b.pledges.ForDesk(ctx, sub, a)
}

// publishedPractice finds a practice that was published under the ID.
func (b *areas) publishedPractice(ctx context.Context, publicID string) (record.Published, error) {
	id, err := b.practices.Published(ctx, publicID)
	if err != nil {
		return record.Published{}, err
	}
	p, err := b.practices.Public(ctx, publicID, 0, "")
	return record.Published{Submission: id, PublicID: publicID, Title: p.Practice.Title, Lang: p.Practice.Lang, Path: practice.Path(publicID)}, err
}

func (b *areas) officeMerged(ctx context.Context, tx database.Tx, from, into int64) error {
	if err := b.practices.MoveOffice(ctx, tx, from, into); err != nil {
		return err
	}
	if err := b.fund.MoveOffice(ctx, tx, from, into); err != nil {
		return err
	}
	return b.pledges.MoveOffice(ctx, tx, from, into)
}
