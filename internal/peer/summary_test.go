package peer_test

import (
	"testing"

	"portal/internal/database"
	"portal/internal/peer"
	"portal/internal/workflow"
)

// A summary counts what is in, is sealed for who reviews themself, and is not there for who has a conflict.
func TestSummariesOfReviews(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id, other := w.sent("Fees of recruiters"), w.sent("Nobody has reviewed it")
	asked := w.round(id, w.One, w.Two, w.Three)
	of := func(who int64) peer.Summary {
		t.Helper()
		reader := w.Officer.User
		reader.ID = who
		all, err := w.peer.Summaries(t.Context(), w.db.Read(), reader, []workflow.ID{id, other})
		if err != nil {
			t.Fatal(err)
		}
		if _, there := all[other]; there {
			t.Error("there is a summary of no reviews")
		}
		return all[id]
	}
	if s := of(w.Officer.User.ID); s.N != 0 || s.Complete || s.Sealed || s.Mean != 0 {
		t.Errorf("nothing is in: %+v", s)
	}
	w.hand(w.One, asked[0], whole(5, peer.RecommendAccept))
	w.hand(w.Two, asked[1], whole(4, peer.RecommendAccept))
	if s := of(w.Officer.User.ID); s.N != 2 || s.Complete || s.Mean != 4.5 || s.Median != 4.5 {
		t.Errorf("two are in: %+v", s)
	}
	// The third is an officer of the desk as well, and has not handed in.
	w.exec(`INSERT INTO staff_roles (user_id, role, desk, created_at) VALUES ($1, 'officer', 'pledges', now())`, w.Three.User.ID)
	if s := of(w.Three.User.ID); !s.Sealed || s.Mean != 0 || s.Median != 0 || s.Most != 0 || s.N != 2 {
		t.Errorf("the third reads %+v", s)
	}
	w.hand(w.Three, asked[2], whole(4, peer.RecommendAccept))
	if s := of(w.Officer.User.ID); s.N != 3 || !s.Complete || s.Mean != 4.33 || s.Median != 4 {
		t.Errorf("all are in: %+v", s)
	}
	if s := of(w.Three.User.ID); s.Sealed || s.Mean != 4.33 {
		t.Errorf("the third reads, after their own: %+v", s)
	}
	for who, person := range map[string]int64{"officer in conflict": w.Conflicted.User.ID, "officer of another desk": w.OtherOfficer.User.ID, "reviewer": w.One.User.ID} {
		if s := of(person); s != (peer.Summary{}) {
			t.Errorf("the %s is told %+v", who, s)
		}
	}
}

// Concept notes are reviewed by the criteria of fund.md, whose weights are parts of a hundred, by two reviewers of whichever
// side; practices by the Network's rule.
func TestWhatKindsAreReviewedBy(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for kind, want := range map[string]struct{ un, external, either, version int }{"concept_note": {0, 0, 2, 2}, "practice": {1, 2, 0, 1}} {
		type row struct{ UnNeeded, ExternalNeeded, EitherNeeded int }
		s, err := database.Row[row](t.Context(), w.db.Read(), `SELECT un_needed, external_needed, either_needed FROM review_settings WHERE kind = $1 AND enabled`, kind)
		if err != nil || s != (row{want.un, want.external, want.either}) {
			t.Errorf("%s asks for %+v, %v", kind, s, err)
		}
		criteria, err := database.Rows[peer.Criterion](t.Context(), w.db.Read(), `SELECT c.n, c.weight, c.names, c.levels FROM review_criteria c JOIN review_criteria_sets s ON s.id = c.set_id
			WHERE s.kind = $1 AND s.version = $2 AND NOT EXISTS (SELECT FROM review_criteria_sets later WHERE later.kind = s.kind AND later.version > s.version) ORDER BY c.n`, kind, want.version)
		if err != nil || len(criteria) != 5 || len(peer.CheckCriteria(criteria)) > 0 {
			t.Errorf("%s is judged by %+v, %v: %v", kind, criteria, err, peer.CheckCriteria(criteria))
		}
		sum := 0
		for _, c := range criteria {
			sum += c.Weight
			if len(c.Levels["en"]) != 5 || len(c.Levels["ar"]) != 5 {
				t.Errorf("%s, %s: not every score has its words", kind, c.Names["en"])
			}
		}
		if sum != 100 {
			t.Errorf("the weights of %s add up to %d", kind, sum)
		}
	}
}
