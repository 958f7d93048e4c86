package practice

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// ErrTied says that practices are tied to the call: it can be withdrawn, but not deleted.
var ErrTied = errors.New("practices are tied to the call")

// MakeCall drafts a call from the form as posted and returns its number. What is wrong with it is a problem.Invalid; who
// is not of the hub desk gets problem.NotFound.
func (s *Service) MakeCall(ctx context.Context, who identity.User, posted url.Values) (CallID, error) {
	if !MayCall(who, ActMake) {
		return 0, problem.NotFound
	}
	c, err := callForm{posted}.call(nil, s.vocabulary(), s.now())
	if err == nil {
		err = s.impersonal(ctx, c)
	}
	if err != nil {
		return 0, err
	}
	var id CallID
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if id, err = insertCall(ctx, tx, c); err != nil {
			return err
		}
		return s.recordCall(ctx, tx, who, id, ActMake, nil)
	})
	return id, wrap("make a call", err)
}

// impersonal refuses the address of somebody's account: a contact before the public is a desk's (README rule 3).
func (s *Service) impersonal(ctx context.Context, c Call) error {
	if c.Contact == "" {
		return nil
	}
	personal, err := database.Value[bool](ctx, s.db.Read(), `SELECT EXISTS (SELECT FROM users WHERE lower(email) = lower($1))`, c.Contact)
	if err == nil && personal {
		err = problem.Invalid(problem.Field{Name: "contact", Key: "practice.call.wrong.personal"})
	}
	return err
}

func (s *Service) recordCall(ctx context.Context, tx database.Tx, who identity.User, id CallID, act CallAct, fields []string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "call." + string(act), Subject: "call", SubjectID: id, Fields: fields, At: s.now()})
}

// changeCall takes one act on a call, locked, on top of the version that was seen. Somebody who may not see it gets
// problem.NotFound, who may not do it problem.Forbidden, one in another phase problem.NotAllowedNow, and a call that
// was changed since problem.Stale.
func (s *Service) changeCall(ctx context.Context, who identity.User, id CallID, seen int, act CallAct, do func(tx database.Tx, c *Call) (fields []string, err error)) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		c, err := lockCall(ctx, tx, id)
		if err != nil {
			return err
		}
		switch err := c.allowed(who, act, s.now()); {
		case errors.Is(err, problem.NotAllowedNow) && c.Version != seen: // it has moved on since
			return problem.Stale
		case err != nil:
			return err
		case c.Version != seen:
			return problem.Stale
		}
		fields, err := do(tx, &c)
		if err != nil {
			return err
		}
		return s.recordCall(ctx, tx, who, id, act, fields)
	})
	return wrap(fmt.Sprintf("%s call %d", act, id), err)
}

// DeskCall is a call as the desk sees it.
type DeskCall struct {
	Call
	// Counts are how many practices stand how to it: drafts among them, of which the desk knows no more.
	Counts  map[Standing]int
	History []audit.Line
}

// DeskCall returns a call for the hub desk; for others it is problem.NotFound.
func (s *Service) DeskCall(ctx context.Context, who identity.User, id CallID) (DeskCall, error) {
	if !who.OnDesk(identity.HubDesk) {
		return DeskCall{}, problem.NotFound
	}
	var d DeskCall
	var err error
	if d.Call, err = findCall(ctx, s.db.Read(), id); err != nil {
		return d, wrap(fmt.Sprintf("call %d", id), err)
	}
	if d.Counts, err = tiedCounts(ctx, s.db.Read(), id, who.ID); err != nil {
		return d, err
	}
	d.History, err = audit.List(ctx, s.db.Read(), audit.Query{Subject: "call", SubjectID: id, Limit: 100})
	return d, err
}

// SaveCall changes a call's facts and its first text. When the deadline of a public call moves, the people of each draft
// that is tied to it are told.
func (s *Service) SaveCall(ctx context.Context, who identity.User, id CallID, seen int, posted url.Values) error {
	return s.changeCall(ctx, who, id, seen, ActEdit, func(tx database.Tx, c *Call) ([]string, error) {
		before := *c
		changed, err := callForm{posted}.call(&before, s.vocabulary(), s.now())
		if err == nil && changed.Contact != before.Contact {
			err = s.impersonal(ctx, changed)
		}
		if err != nil {
			return nil, err
		}
		moved := !changed.DeadlineAt.Equal(before.DeadlineAt)
		if moved && before.FeaturedAt != nil {
			return nil, problem.Invalid(problem.Field{Name: "deadline.day", Key: "practice.call.wrong.deadline_over"})
		}
		if err := updateCall(ctx, tx, changed); err != nil {
			return nil, err
		}
		if err := putCallText(ctx, tx, id, changed.Texts[0]); err != nil {
			return nil, err
		}
		if moved && before.State == CallOpen {
			changed.Texts = append(changed.Texts, before.Texts[1:]...)
			if err := s.tellWriters(ctx, tx, changed, mailCallMoved); err != nil {
				return nil, err
			}
		}
		return before.differs(changed), nil
	})
}

// differs names what of the call is another now.
func (c Call) differs(o Call) []string {
	a, b := c.In(c.Lang), o.In(o.Lang)
	var fields []string
	for _, f := range []struct {
		name string
		same bool
	}{
		{"title", a.Title == b.Title}, {"theme", a.Theme == b.Theme}, {"who", a.Who == b.Who}, {"criteria", a.Criteria == b.Criteria}, {"body", a.Body == b.Body},
		{"objectives", slices.Equal(c.Objectives, o.Objectives)}, {"sectors", slices.Equal(c.Sectors, o.Sectors)}, {"languages", slices.Equal(c.Languages, o.Languages)},
		{"deadline", c.DeadlineAt.Equal(o.DeadlineAt)}, {"contact", c.Contact == o.Contact},
	} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	return fields
}

// SaveCallText writes what a call says in a language other than its first.
func (s *Service) SaveCallText(ctx context.Context, who identity.User, id CallID, seen int, lang string, posted url.Values) error {
	return s.changeCall(ctx, who, id, seen, ActEdit, func(tx database.Tx, c *Call) ([]string, error) {
		if !knownLang(lang) || lang == c.Lang {
			return nil, problem.NotFound
		}
		t, wrong := callForm{posted}.text(lang)
		if len(wrong) > 0 {
			return nil, problem.Invalid(wrong...)
		}
		if own := c.In(lang); own.Lang == lang {
			t.Intro = own.Intro
		}
		if err := putCallText(ctx, tx, id, t); err != nil {
			return nil, err
		}
		return []string{"text." + lang}, updateCall(ctx, tx, *c)
	})
}

// OpenCall puts a drafted call before the public.
func (s *Service) OpenCall(ctx context.Context, who identity.User, id CallID, seen int) error {
	return s.changeCall(ctx, who, id, seen, ActOpen, func(tx database.Tx, c *Call) ([]string, error) {
		now := s.now()
		if !c.DeadlineAt.After(now) {
			return nil, problem.Invalid(problem.Field{Name: "deadline.day", Key: "practice.call.wrong.deadline_past"})
		}
		c.State, c.OpenedAt = CallOpen, &now
		return nil, updateCall(ctx, tx, *c)
	})
}

// DeleteCall removes a call to which no practice is tied; else it is ErrTied.
func (s *Service) DeleteCall(ctx context.Context, who identity.User, id CallID, seen int) error {
	err := s.changeCall(ctx, who, id, seen, ActDelete, func(tx database.Tx, _ *Call) ([]string, error) {
		_, err := tx.Exec(ctx, `DELETE FROM calls WHERE id = $1`, id)
		return nil, err
	})
	if database.Constraint(err) == "call_practices_call_fkey" {
		return ErrTied
	}
	return err
}

// WithdrawCall takes a public call back, for a reason that everybody may read: the people of each draft that is tied to
// it are told, and no practice is said to have answered it any more.
func (s *Service) WithdrawCall(ctx context.Context, who identity.User, id CallID, seen int, reason string) error {
	reason = tidy(reason)
	return s.changeCall(ctx, who, id, seen, ActWithdraw, func(tx database.Tx, c *Call) ([]string, error) {
		switch n := form.Length(reason); {
		case n == 0:
			return nil, problem.Invalid(problem.Field{Name: "reason", Key: "practice.call.wrong.reason"})
		case n > MaxCallReason:
			return nil, problem.Invalid(problem.Field{Name: "reason", Key: "practice.call.wrong.long", Args: []any{MaxCallReason, n}})
		}
		now := s.now()
		c.State, c.WithdrawnAt, c.Reason = CallWithdrawn, &now, reason
		if err := updateCall(ctx, tx, *c); err != nil {
			return nil, err
		}
		_, err := tx.Exec(ctx, `UPDATE practices SET facets = array_remove(facets, 'call=' || $1::bigint) WHERE until IS NULL AND id IN (SELECT submission_id FROM call_practices WHERE call_id = $1)`, id)
		if err != nil {
			return nil, err
		}
		return nil, s.tellWriters(ctx, tx, *c, mailCallWithdrawn)
	})
}

// FeatureCall puts the results of a closed call before the public.
func (s *Service) FeatureCall(ctx context.Context, who identity.User, id CallID, seen int) error {
	return s.changeCall(ctx, who, id, seen, ActFeature, func(tx database.Tx, c *Call) ([]string, error) {
		if strings.TrimSpace(c.In(c.Lang).Intro) == "" {
			return nil, problem.Invalid(problem.Field{Name: "intro", Key: "practice.call.wrong.intro"})
		}
		now := s.now()
		c.FeaturedAt = &now
		return nil, updateCall(ctx, tx, *c)
	})
}

// AcceptLate takes a practice for the call that it came too late for, for a reason; its people are told. Who may not see
// the practice from the hub desk's side gets problem.NotFound.
func (s *Service) AcceptLate(ctx context.Context, who identity.User, id workflow.ID, reason string) error {
	reason = tidy(reason)
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		sub, err := workflow.Lock(ctx, tx, id, who)
		if err != nil {
			return err
		}
		if sub.Kind != KindName || sub.Side != workflow.ByDesk {
			return problem.NotFound
		}
		tie, err := findTie(ctx, tx, id)
		if err != nil {
			return err
		}
		c, err := lockCall(ctx, tx, tie.CallID)
		if err != nil {
			return err
		}
		if err := c.allowed(who, ActAcceptLate, s.now()); err != nil {
			return err
		}
		if tie.Standing != Late {
			return problem.NotAllowedNow
		}
		switch n := form.Length(reason); {
		case n == 0:
			return problem.Invalid(problem.Field{Name: "reason", Key: "practice.call.wrong.late_reason"})
		case n > MaxCallReason:
			return problem.Invalid(problem.Field{Name: "reason", Key: "practice.call.wrong.long", Args: []any{MaxCallReason, n}})
		}
		tie.Standing, tie.LateReason = Accepted, reason
		if err := putTie(ctx, tx, tie); err != nil {
			return err
		}
		if err := markAnswered(ctx, tx, id, c.ID); err != nil {
			return err
		}
		err = audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "call." + string(ActAcceptLate), Subject: "submission", SubjectID: id, Fields: []string{"call"}, At: s.now()})
		if err != nil {
			return err
		}
		return s.tellOwners(ctx, tx, sub, callNews{kind: mailCallAccepted, call: c, sub: sub})
	})
	return wrap(fmt.Sprintf("take practice %d although it is late", id), err)
}

// CareCalls closes the calls whose deadline has passed, so that pages that are kept are made anew, and reminds the people of
// drafts of deadlines that come. A job calls it each minute.
func (s *Service) CareCalls(ctx context.Context) error {
	now := s.now()
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		closed, err := database.Values[int64](ctx, tx, `UPDATE calls SET closed_at = $1 WHERE state = 'open' AND closed_at IS NULL AND deadline_at < $1 RETURNING id`, now)
		if err != nil || len(closed) == 0 {
			return err
		}
		return audit.RecordEach(ctx, tx, audit.Entry{Act: "call.close", Subject: "call", At: now}, closed)
	})
	if err != nil {
		return fmt.Errorf("close calls: %w", err)
	}
	return s.remindOfCalls(ctx, now)
}

// remindDays is how many days before the deadline the people of a draft are reminded.
const remindDays = 5
