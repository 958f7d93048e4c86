package app

import (
	"context"

	"portal/internal/pledge"
	"portal/internal/practice"
	"portal/internal/workflow"
)

// Practices serve pledges, and grow out of them: the two areas know each other's from here.

func (b *areas) grownOut(ctx context.Context, id workflow.ID) ([]pledge.GrownOut, error) {
	found, err := b.practices.GrownOutOf(ctx, id)
	var all []pledge.GrownOut
	for _, p := range found {
		all = append(all, pledge.GrownOut{PledgeID: p.PledgeID, PublicID: p.PublicID, Title: p.Title, Lang: p.Lang, Path: practice.Path(p.PublicID)})
	}
	return all, err
}

func (b *areas) pledgesByID(ctx context.Context, ids []workflow.ID) ([]practice.Pledge, error) {
	found, err := b.pledges.ByIDs(ctx, ids)
	return servedPledges(found), err
}

func (b *areas) findPledges(ctx context.Context, words string) ([]practice.Pledge, error) {
	found, err := b.pledges.Find(ctx, words)
	return servedPledges(found), err
}

func servedPledges(found []pledge.Found) []practice.Pledge {
	var all []practice.Pledge
	for _, p := range found {
		all = append(all, practice.Pledge{ID: p.ID, PublicID: p.PublicID, Title: p.Title, Lang: p.Lang, Entity: p.Entity, OfficeID: p.OfficeID, Path: pledge.Path(p.PublicID)})
	}
	return all
}
