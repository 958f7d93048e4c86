package signoff

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/problem"
)

// maxQuorum is the largest number that the form offers beside all.
const maxQuorum = 10

// Chains are all versions of the chain for a type of note, the last one first, for the fund desk; others get problem.NotFound.
func (s *Service) Chains(ctx context.Context, who identity.User, t NoteType) ([]Chain, error) {
	if !who.OnDesk(identity.FundDesk) || !slices.Contains(NoteTypes, t) {
		return nil, problem.NotFound
	}
	all, err := chains(ctx, s.db.Read(), t)
	if err != nil {
		return nil, fmt.Errorf("the chains of signatures of %s notes: %w", t, err)
	}
	return all, nil
}

// maySet says whether the person sets chains: the lead of the fund desk.
func maySet(who identity.User) bool {
	return slices.Contains(who.Staff, identity.StaffRole{Role: identity.Lead, Desk: identity.FundDesk})
}

// SetChain makes the stations the next version of the chain for a type of note, on top of the version that was seen. Only the
// lead of the fund desk may; others of the desk are problem.Forbidden. A chain that was set since is problem.Stale. What is in
// force already makes no version.
func (s *Service) SetChain(ctx context.Context, who identity.User, c Chain) error {
	switch {
	case !who.OnDesk(identity.FundDesk) || !slices.Contains(NoteTypes, c.NoteType):
		return problem.NotFound
	case !maySet(who):
		return problem.Forbidden
	}
	if wrong := c.check(); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		now, err := chainOf(ctx, tx, c.NoteType, 0)
		switch {
		case err != nil:
			return err
		case slices.Equal(now.Stations, c.Stations):
			return nil
		case now.Version != c.Version:
			return problem.Stale
		}
		if _, err := tx.Exec(ctx, `INSERT INTO signoff_chains (note_type, version, stations, set_by, set_at) VALUES ($1, $2, $3, $4, $5)`, c.NoteType, c.Version+1, c.Stations, who.ID, s.now()); err != nil {
			return err
		}
		return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "chain.set", Subject: "signoff_chain", SubjectID: int64(c.Version + 1), Fields: []string{string(c.NoteType)}, At: s.now()})
	})
	if database.Constraint(err) == "signoff_chains_pkey" {
		err = problem.Stale
	}
	if err != nil {
		return fmt.Errorf("set the chain of signatures of %s notes: %w", c.NoteType, err)
	}
	return nil
}

// formOf is a chain as its form is filled.
func formOf(c Chain) url.Values {
	q := url.Values{"version": {strconv.Itoa(c.Version)}}
	for i, s := range c.Stations {
		q.Set("place."+string(s.Party), strconv.Itoa(i+1))
		q.Set("quorum."+string(s.Party), strconv.Itoa(s.Quorum))
	}
	return q
}

// readChain reads the form of a chain: a place for each party that signs, each another, and its quorum.
func readChain(t NoteType, posted url.Values) (Chain, []problem.Field) {
	c := Chain{NoteType: t}
	c.Version, _ = strconv.Atoi(posted.Get("version"))
	places := map[int]Station{}
	var wrong []problem.Field
	for _, p := range Parties {
		typed := posted.Get("place." + string(p))
		if typed == "" {
			continue
		}
		place, err := strconv.Atoi(typed)
		quorum, failed := strconv.Atoi(posted.Get("quorum." + string(p)))
		switch _, taken := places[place]; {
		case err != nil || place < 1 || place > len(Parties):
			wrong = append(wrong, problem.Field{Name: "place." + string(p), Key: "signoff.chain.wrong.place"})
		case taken:
			wrong = append(wrong, problem.Field{Name: "place." + string(p), Key: "signoff.chain.wrong.twice", Args: []any{place}})
		case failed != nil || quorum < 0 || quorum > maxQuorum:
			wrong = append(wrong, problem.Field{Name: "quorum." + string(p), Key: "signoff.chain.wrong.quorum"})
		default:
			places[place] = Station{p, quorum}
		}
	}
	for place := range len(Parties) {
		if s, ok := places[place+1]; ok {
			c.Stations = append(c.Stations, s)
		}
	}
	if len(wrong) == 0 {
		wrong = c.check()
	}
	return c, wrong
}
