package signoff

import (
	"context"
	"fmt"
	"slices"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// standing is a note with its signatures.
type standing struct {
	note
	// asked says that signatures have been asked for; chain is then the one under which, else the one in force.
	asked      bool
	chain      Chain
	askedAt    time.Time
	completeAt *time.Time
	signatures []Signature
	stations   []Progress
}

func (st standing) paused() bool { return paused(st.stations) }

func (st standing) complete() bool { return st.asked && complete(st.stations) && !st.paused() }

// mayAct says whether anybody can sign: the office writes, or waits, and has asked for what there is.
func (st standing) mayAct() bool { return st.asked && st.State.Writable() && !st.paused() }

// stand reads a note that was found with its signatures. A signature that no longer holds is shown as reopened, even before
// that is recorded.
func (s *Service) stand(ctx context.Context, q database.Querier, sub workflow.Submission) (standing, error) {
	n, err := s.read(ctx, q, sub)
	if err != nil {
		return standing{}, err
	}
	st := standing{note: n}
	o, ok, err := signOff(ctx, q, sub.ID)
	if err != nil {
		return st, err
	}
	if !ok {
		o.NoteType = typeOf(n.answers.First("scope"))
	}
	st.asked, st.askedAt, st.completeAt = ok, o.AskedAt, o.CompleteAt
	if st.chain, err = chainOf(ctx, q, o.NoteType, o.Version); err != nil {
		return st, err
	}
	if st.signatures, err = signatures(ctx, q, sub.ID); err != nil {
		return st, err
	}
	for i, g := range st.signatures {
		if g.State == Signed && sub.State.Writable() && sub.Side != workflow.ByDesk {
			if steps := changedSteps(s.kind.Form, g.Covered, n.covered); len(steps) > 0 {
				st.signatures[i].State, st.signatures[i].ChangedSteps = Reopened, steps
			}
		}
	}
	st.stations = st.chain.progress(st.signatures)
	return st, nil
}

// Held returns who keeps a note from being sent in: it needs the signatures of its chain for the text as it is.
func (s *Service) Held(ctx context.Context, q database.Querier, sub workflow.Submission) ([]form.Wrong, error) {
	st, err := s.stand(ctx, q, sub)
	if err != nil {
		return nil, err
	}
	if !st.asked {
		return []form.Wrong{{Name: heldAnchor, Key: "signoff.held.not_asked"}}, nil
	}
	at, err := s.parties(ctx, q, sub, st.answers)
	if err != nil {
		return nil, err
	}
	var wrong []form.Wrong
	for _, n := range at { // named since the signatures were last compared with the text
		if !slices.ContainsFunc(st.signatures, func(g Signature) bool { return g.Key == n.key && g.Named() }) && st.chain.asks(n.party) {
			wrong = append(wrong, form.Wrong{Name: heldAnchor, Key: "signoff.held.new", Args: []any{n.name}})
		}
	}
	for _, p := range st.stations {
		missing := p.Missing()
		if left := p.Needed - p.Given; left > 0 && left < len(missing) { // not all of them have to
			var names []string
			for _, g := range missing {
				names = append(names, g.Name)
			}
			wrong = append(wrong, form.Wrong{Name: heldAnchor, Key: "signoff.held.some", Args: []any{left, i18n.List(ctx, names)}})
			continue
		}
		for _, g := range missing {
			wrong = append(wrong, form.Wrong{Name: heldAnchor, Key: "signoff.held." + string(g.State), Args: []any{g.Name}})
		}
	}
	if len(wrong) == 0 && st.paused() {
		wrong = []form.Wrong{{Name: heldAnchor, Key: "signoff.held.paused"}}
	}
	return wrong, nil
}

// heldAnchor is where the page to check says who is missing.
const heldAnchor = "signatures"

// Standing returns a note with its signatures, for its office and those whom it has invited, for the people of the offices that
// sign it, and for the desk. For everybody else it is problem.NotFound.
func (s *Service) Standing(ctx context.Context, who identity.User, id workflow.ID) (Standing, error) {
	q := s.db.Read()
	view := Standing{}
	sub, err := workflow.Find(ctx, q, id, who)
	if isNotFound(err) || err == nil && sub.Side == workflow.ByOwner && sub.Role == workflow.Author {
		var party bool
		if party, err = isParty(ctx, q, id, who.ID); err != nil {
			return view, fmt.Errorf("note %d: %w", id, err)
		}
		if !party {
			return view, fmt.Errorf("note %d: %w", id, problem.NotFound)
		}
		sub, err = workflow.FindForPortal(ctx, q, id)
	}
	if err != nil {
		return view, err
	}
	if view.standing, err = s.stand(ctx, q, sub); err != nil {
		return view, err
	}
	if sub.Side != workflow.ByDesk && !view.asked && sub.Side != workflow.ByOwner {
		return view, fmt.Errorf("note %d: %w", id, problem.NotFound)
	}
	if view.offices, err = actsFor(ctx, q, id, who.ID); err != nil {
		return view, fmt.Errorf("note %d: %w", id, err)
	}
	return view, nil
}

// Standing is a note with its signatures, as somebody sees it.
type Standing struct {
	standing
	// offices are those among its parties for which the person acts.
	offices []int64
}

// mayManage says whether the person asks, reminds and uploads letters: who acts for the office of the note.
func (v Standing) mayManage() bool { return v.Side == workflow.ByOwner && v.MayInvite() }

// knows says whether the person learns who signed for a party, and why somebody declined: the office, the desk and the party.
func (v Standing) knows(g Signature) bool {
	return v.Side == workflow.ByDesk || v.Side == workflow.ByOwner && !v.IsOutside() || slices.Contains(v.offices, g.OfficeID) && g.OfficeID != 0
}

// maySign says whether the person can give the signature now.
func (v Standing) maySign(g Signature) bool {
	return g.OfficeID != 0 && slices.Contains(v.offices, g.OfficeID) && v.mayAct() && (g.State == Asked || g.State == Declined)
}

// mayTakeBack says whether the person can take back a signature that holds.
func (v Standing) mayTakeBack(g Signature) bool {
	return g.OfficeID != 0 && slices.Contains(v.offices, g.OfficeID) && v.mayAct() && g.State == Signed
}
