package app

import (
	"context"
	"slices"
	"time"

	"portal/internal/conceptnote"
	"portal/internal/database"
	"portal/internal/programme"
	"portal/internal/record"
	"portal/internal/workflow"
)

// endorsed puts a concept note into the pipeline.
func (b *areas) endorsed(ctx context.Context, tx database.Tx, id workflow.ID, revision int, e conceptnote.Endorsed, now time.Time) error {
	_, err := b.programmes.Enter(ctx, tx, id, revision, factsOf(e), now)
	return err
}

// publishedProgramme finds a concept note that was endorsed under the ID. What came before the public is its endorsement.
func (b *areas) publishedProgramme(ctx context.Context, publicID string) (record.Published, error) {
	id, err := b.programmes.Submission(ctx, publicID)
	if err != nil {
		return record.Published{}, err
	}
	p, err := b.programmes.Public(ctx, publicID)
	return record.Published{
		Submission: id, PublicID: publicID, Title: p.Facts.Title, Lang: p.Facts.Lang, Path: programme.Path(publicID), Acts: []string{string(workflow.Approve), string(workflow.Archive)},
	}, err
}

// factsOf are what the public reads of an endorsed note.
func factsOf(e conceptnote.Endorsed) programme.Facts {
	f := programme.Facts{
		Title: e.Title, Purpose: e.Purpose, Lang: e.Lang, Scope: string(e.Scope), Months: e.Months, Areas: e.Areas, Countries: e.Countries, Targets: e.Targets,
		Objectives: e.Objectives, Related: e.Related, Budget: e.Budget, Indirect: e.Indirect,
	}
	for _, o := range e.Organizations {
		f.Organizations = append(f.Organizations, programme.Organization{Name: o.Name, Part: o.Part, Convenes: o.Role == conceptnote.Convening, Budget: o.Budget})
	}
	for _, g := range e.Governments {
		f.Governments = append(f.Governments, programme.Government{Name: g.Name, Level: string(g.Level), Country: g.Country})
	}
	for _, p := range e.Partners {
		f.Partners = append(f.Partners, programme.Partner(p))
	}
	for _, c := range e.Contributions {
		f.Contributions = append(f.Contributions, programme.Contribution(c))
	}
	return f
}

// fundAreas are the thematic areas of the fund as they are now, then those that earlier configurations had and it has no more.
func (a *App) fundAreas(now time.Time) []programme.Area {
	var all []programme.Area
	for _, version := range slices.Backward(a.configurations()) {
		if version.InForce.After(now) {
			continue
		}
		for _, area := range version.Content.Areas {
			if !slices.ContainsFunc(all, func(known programme.Area) bool { return known.ID == area.ID }) {
				all = append(all, programme.Area{ID: area.ID, Names: area.Names})
			}
		}
	}
	return all
}
