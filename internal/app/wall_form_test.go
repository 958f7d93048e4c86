package app

import (
	"net/http"
	"net/url"
	"strconv"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/review"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// wallForm is a form by which somebody could act on a submission, or learn of it, filled in as its page would.
type wallForm struct {
	path string
	form url.Values
	// done is what somebody without a conflict is answered.
	done int
}

// forms fills in every form of the desk that names a submission by its number, in an order in which each can be done after
// the ones before. other are things that everybody at the desk sees; pending is a decision on the submission that nobody was
// told yet; reviewer and colleague have no conflict.
func forms(id workflow.ID, version int, pending int64, other things, otherVersion int, colleague, reviewer int64) []wallForm {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	desk, visible, v := "/en/desk/submissions/"+n(id), "/en/desk/submissions/", strconv.Itoa(version)
	item := n(id) + "." + v
	due := date.Today(time.Now(), i18n.Geneva).AddDays(20)
	decline := func(step string) url.Values {
		return url.Values{"action": {"decline"}, "note": {"It describes what has ended."}, "version": {v}, "step": {step}, "pending": {n(pending)}}
	}
	return []wallForm{
		{desk + "/notes", url.Values{"internal": {"Read it closely."}}, http.StatusSeeOther},
		{desk + "/messages", url.Values{"message": {"Thank you for writing."}}, http.StatusSeeOther},
		{desk + "/links", url.Values{"other": {other.publicID}, "reason": {"They are of the same work."}}, http.StatusSeeOther},
		{visible + n(other.review) + "/links", url.Values{"other": {"#" + n(id)}, "reason": {"They are of the same work."}}, http.StatusSeeOther},
		{visible + n(other.published) + "/merger", url.Values{"into": {n(id)}, "note": {"You have sent it twice."}, "version": {strconv.Itoa(otherVersion)}}, http.StatusOK},
		{desk + "/rounds", url.Values{"due.day": {strconv.Itoa(due.Day())}, "due.month": {strconv.Itoa(int(due.Month()))}, "due.year": {strconv.Itoa(due.Year())}, "reviewer": {n(reviewer)}, "version": {v}}, http.StatusSeeOther},
		{desk + "/rounds/end", url.Values{}, http.StatusSeeOther},
		{desk + "/conflicts", url.Values{"person": {n(reviewer)}, "standing": {"set"}, "reason": {"They used to work there."}}, http.StatusSeeOther},
		{"/en/desk/bulk", url.Values{"act": {"take"}, "item": {item}}, http.StatusOK},
		{"/en/desk/bulk", url.Values{"act": {"decline"}, "item": {item}}, http.StatusOK},
		{"/en/desk/bulk", url.Values{"act": {"release"}, "item": {item}}, http.StatusOK},
		{"/en/desk/letters/decline/en", url.Values{"step": {"preview"}, "sample": {n(id)}, "subject": {"{title}"}, "body": {"Dear {name}\n\n{note}\n\n{link}"}}, http.StatusOK},
		{desk + "/decision", decline(""), http.StatusOK},
		{desk + "/merger", url.Values{"into": {other.publicID}, "note": {"You have sent it twice."}, "version": {v}, "pending": {n(pending)}}, http.StatusOK},
		{"/en/desk/release", url.Values{"item": {n(pending)}}, http.StatusOK},
		{desk + "/pending", url.Values{"pending": {n(pending)}}, http.StatusSeeOther},
		{desk + "/decision", decline("pending"), http.StatusSeeOther},
		{desk + "/assignment", url.Values{"to": {"colleague"}, "colleague": {n(colleague)}, "version": {v}}, http.StatusSeeOther},
		{"/en/desk/bulk/acts", url.Values{"act": {"take"}, "item": {item}, "token": {"a token of the walk of forms"}}, http.StatusSeeOther},
	}
}

// The wall, walked with forms: whoever it keeps out is answered to every form on the submission, filled in as its page
// would, as where there is no such submission, byte for byte; and nothing comes of it. The same forms do their work for
// somebody without a conflict.
func TestNoFormPassesTheWall(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	other := makeThings(t, portal, db, cast)
	kept := keptOut(t, portal, db, cast)
	reviewPledges(t, db, cast)
	// Numbers that stand for nothing else on a page.
	mustExec(t, db, `ALTER TABLE submissions ALTER COLUMN id RESTART WITH 70001`)
	mustExec(t, db, `ALTER TABLE pending_decisions ALTER COLUMN id RESTART WITH 90001`)
	secret := secretPledge(t, portal, db, cast, kept)
	open := func(id workflow.ID) review.Case { return caseOf(t, portal, cast.Officer.User, id) }
	decision := review.Decision{Action: workflow.Decline, Note: "It has ended.", Version: open(secret).Version}
	if err := portal.areas.desk.Hold(t.Context(), cast.Officer.User, secret, decision); err != nil {
		t.Fatal(err)
	}
	all := func(shift int64) []wallForm {
		version, pending := open(secret).Version, int64(0)
		if p := open(secret).Pending; p != nil {
			pending = p.ID
		}
		return forms(secret+shift, version, pending+shift, other, open(other.published).Version, cast.Officer.User.ID, cast.Reviewer.User.ID)
	}
	state := func() string {
		t.Helper()
		text, err := database.Value[string](t.Context(), db.Read(), `SELECT concat_ws(' ', s.version, s.state, s.assigned_to,
			(SELECT count(*) FROM submission_events WHERE submission_id = s.id), (SELECT count(*) FROM submission_notes WHERE submission_id = s.id),
			(SELECT count(*) FROM submission_links WHERE s.id IN (from_id, to_id)), (SELECT count(*) FROM review_rounds WHERE submission_id = s.id),
			(SELECT count(*) FROM conflict_declarations WHERE submission_id = s.id), (SELECT count(*) FROM bulk_items WHERE submission_id = s.id),
			(SELECT count(*) FROM release_items WHERE submission_id = s.id), (SELECT max(id) FROM pending_decisions WHERE submission_id = s.id),
			(SELECT count(*) FROM outbox WHERE submission_id = s.id), (SELECT count(*) FROM audit_log WHERE subject = 'submission' AND subject_id = s.id AND act <> 'read'))
			FROM submissions s WHERE s.id = $1`, secret)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}

	before := state()
	const away = 1_000_000
	there, nowhere := all(0), all(away)
	for _, p := range kept {
		for i, f := range there {
			ids := []string{strconv.FormatInt(secret, 10), strconv.FormatInt(open(secret).Pending.ID, 10)}
			missing := []string{strconv.FormatInt(secret+away, 10), strconv.FormatInt(open(secret).Pending.ID+away, 10)}
			want := told(t, p, nowhere[i], missing...)
			if got := told(t, p, f, ids...); got != want {
				t.Errorf("%s is told something by the form of %s with %v: %s", p.Kind, f.path, f.form, firstDifference(want, got))
			}
		}
	}
	if after := state(); after != before {
		t.Errorf("something came of the forms: %s, before %s", after, before)
	}

	for i, f := range there {
		f = all(0)[i] // as the page is now
		if page := cast.Lead.In(t).Post(f.path, f.form); page.Status != f.done {
			t.Errorf("a lead without a conflict is answered %d, not %d, by the form of %s with %v: %s", page.Status, f.done, f.path, f.form, page.Text("#errors"))
		}
	}
	if after := state(); after == before {
		t.Error("nothing came of the forms of somebody without a conflict either")
	}
}

// told is all that somebody is told by the form, and by the page to which it leads; see answerOf.
func told(t *testing.T, p webtest.Person, f wallForm, without ...string) string {
	t.Helper()
	page := p.In(t).Post(f.path, f.form)
	text := answerOf(page, without...)
	if page.Location() != "" {
		text += "\n" + answerOf(page.Follow(), without...)
	}
	return text
}
