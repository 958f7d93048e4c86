package review

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"

	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// hold keeps the decision of the page's form as pending.
func (h handlers) hold(w http.ResponseWriter, r *http.Request, c Case, t typed) error {
	if err := h.desk.Hold(r.Context(), identity.Must(r.Context()), c.ID, t.Decision); err != nil {
		return h.refuse(w, r, t, err)
	}
	sent := t.Decision.names()
	t.Decision = Decision{}
	return h.done(w, r, c, t, sent, "review.pending.flash.held")
}

// unhold withdraws the pending decision that the page has shown.
func (h handlers) unhold(w http.ResponseWriter, r *http.Request) error {
	c, t, err := h.read(r)
	if err != nil {
		return err
	}
	err = h.desk.Unhold(r.Context(), identity.Must(r.Context()), c.ID, int64(number(r.PostFormValue("pending"))))
	if errors.Is(err, problem.Stale) {
		return h.show(w, r, http.StatusConflict, caseView{typed: t, Stale: true})
	}
	if err != nil {
		return err
	}
	sent := t.Decision.names()
	t.Decision = Decision{}
	return h.done(w, r, c, t, sent, "review.pending.flash.withdrawn")
}

// names are those under which the page's form sends the decision.
func (d Decision) names() []string {
	names := []string{"action", "note", exceptionField, "pending", "step"}
	for _, change := range d.Changes {
		names = append(names, changePrefix+change.Field)
	}
	return names
}

// pendingSeen is the pending decision that the page shows; 0 for none.
func (v caseView) pendingSeen() int64 {
	if v.Case.Pending == nil {
		return 0
	}
	return v.Case.Pending.ID
}

// pendingMoved says why the pending decision cannot leave as it is; "" when it can.
func (v caseView) pendingMoved() Reason { return v.Case.Pending.Moved(v.Case.Kind, v.Case.Submission) }

// pendingSince are the steps taken since the pending decision.
func (v caseView) pendingSince() []workflow.Event {
	var since []workflow.Event
	for _, e := range v.Case.Events {
		if e.ID > v.Case.Pending.EventID {
			since = append(since, e)
		}
	}
	return since
}

// pendingCompared says whether another text was handed in since, which can be compared.
func (v caseView) pendingCompared() bool { return v.Case.Text.Number > v.Case.Pending.Revision }

// deciderName names who decided; somebody whose account is closed is a former colleague.
func deciderName(ctx context.Context, name string) string {
	if name == "" {
		return i18n.T(ctx, "review.pending.former")
	}
	return name
}

// compareQuery leads to what changed between what was read for the pending decision and what is there.
func (v caseView) compareQuery() url.Values {
	q := v.Filter.Values()
	q.Set("from", strconv.Itoa(v.Case.Pending.Revision))
	q.Set("to", strconv.Itoa(v.Case.Text.Number))
	return q
}
