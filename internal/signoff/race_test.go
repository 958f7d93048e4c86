package signoff_test

import (
	"errors"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"testing"

	"portal/internal/form"
	"portal/internal/problem"
	"portal/internal/signoff"
	"portal/internal/workflow"
)

// Two sign for one party at once: it is signed once.
func TestTwoSignAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.asked()
	path := w.pageOfSignature(id, "Labour Agency")
	read := w.Agent.In(t).Get(path).Form("main form").Value("read")
	signature := w.signature(id, "Labour Agency")
	var done sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		who := w.Agent.User
		if i%2 == 1 {
			who = w.Deputy.User
		}
		done.Go(func() {
			errs[i] = w.service.Sign(t.Context(), who, id, signature, signoff.Act{AsRead: read})
		})
	}
	done.Wait()
	given := 0
	for _, err := range errs {
		if err == nil {
			given++
		} else if !errors.Is(err, signoff.ErrSigned) {
			t.Error(err)
		}
	}
	if n := value[int](w, `SELECT count(*)::int FROM note_signature_events WHERE signature_id = $1 AND action = 'signed'`, signature); given != 1 || n != 1 {
		t.Errorf("%d have signed, %d times", given, n)
	}
	w.Deputy.In(t).Post(path, url.Values{"answer": {"sign"}, "read": {read}}).WantRedirect(pageOf(id)) // by the second click
}

// Who writes and who signs take turns: what holds in the end is what was signed.
func TestSigningWhileSomebodyWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for n := range 6 {
		id := w.asked()
		read := w.Agent.In(t).Get(w.pageOfSignature(id, "Labour Agency")).Form("main form").Value("read")
		signature := w.signature(id, "Labour Agency")
		var done sync.WaitGroup
		var signErr, saveErr error
		done.Go(func() { signErr = w.service.Sign(t.Context(), w.Agent.User, id, signature, signoff.Act{AsRead: read}) })
		done.Go(func() {
			saveErr = w.trySave(id, with(form.Answers{"purpose": {"Purpose " + strconv.Itoa(n)}}), workflow.Origin{})
		})
		done.Wait()
		got := w.states(id)
		switch {
		case saveErr != nil:
			t.Error(saveErr)
		case signErr == nil && !strings.HasPrefix(got, "Labour Agency reopened"):
			t.Errorf("signed before the change: %s", got)
		case signErr != nil && (!errors.Is(signErr, problem.Stale) || !strings.HasPrefix(got, "Labour Agency asked")):
			t.Errorf("signed after the change: %s, %v", got, signErr)
		}
	}
}
