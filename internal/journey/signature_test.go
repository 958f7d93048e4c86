package journey

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"testing"

	"portal/internal/conceptnote"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/identity"
	"portal/internal/onetime"
	"portal/internal/signoff"
	"portal/internal/webtest"
	"portal/internal/workflow"
)

// signedNote writes a whole concept note of an office of the United Nations without a Resident Coordinator: three organizations,
// of which the first has an office in the portal, and two governments.
func (c *correspondence) signedNote(filer identity.User, agency string) string {
	c.t.Helper()
	lang := string(c.lang)
	a := form.Answers{
		"language": {lang}, "title": {"Skills / مهارات"}, "purpose": {"Workers use what they learned. / يستخدم العمال ما تعلموه."}, "months": {"24"},
		"scope": {"national"}, "countries": {"AD"}, "way": {"other"}, "reason": {"There is no coordinator."}, "objectives": {"18"}, "areas": {"ta-4"}, "targets": {"8.8"},
		"organizations.0.name": {agency}, "organizations.0.role": {"convening"}, "organizations.1.name": {"Women " + lang}, "organizations.1.role": {"participating"}, "organizations.2.name": {"Health " + lang}, "organizations.2.role": {"participating"},
		"budget.0.party": {agency}, "budget.0.staff": {"250000"}, "budget.1.party": {"Women " + lang}, "budget.1.travel": {"12500"}, "budget.2.party": {"Health " + lang}, "budget.2.travel": {"100"},
		"governments.0.name": {"Ministry of Labour"}, "governments.0.level": {"national"}, "governments.0.country": {"AD"},
		"governments.1.name": {"A county"}, "governments.1.level": {"local"}, "governments.1.country": {"AD"},
		"participation": {"Yes"}, "context": {"Yes"}, "partnerships": {"Yes"}, "results": {"Yes"}, "theory": {"Yes"}, "sustainability": {"Yes"},
		"risks.0.risk": {"Delay"}, "risks.0.mitigation": {"Time"}, "rights": {"A"}, "rights_why": {"Yes"}, "gender": {"2"}, "gender_why": {"Yes"}, "child": {"1"}, "child_why": {"Yes"},
		"contacts.0.name": {"Amina"}, "contacts.0.position": {"Adviser"}, "contacts.0.organization": {agency}, "contacts.0.email": {"amina@example.org"},
	}
	for n := range conceptnote.Principles {
		a["principle_"+strconv.Itoa(n+1)] = []string{"Yes"}
	}
	id := value[int64](c.t, c.db, `INSERT INTO submissions (kind, desk, title, country, lang, office_id, author_id, created_at, changed_at)
		VALUES ($1, $2, 'Skills / مهارات', 'AD', $3, $4, $5, now(), now()) RETURNING id`, conceptnote.KindName, identity.FundDesk, lang, filer.Posts[0].OfficeID, filer.ID)
	for _, step := range conceptnote.NewForm(nil, nil).Steps {
		only := form.Answers{}
		for _, f := range step.Fields {
			only = form.Merge(only, a.Of(f))
		}
		if _, err := c.db.Pool.Exec(c.t.Context(), `INSERT INTO submission_steps (submission_id, revision, step, version, answers, saved_by, saved_at) VALUES ($1, 1, $2, 1, $3, $4, now())`, id, step.ID, only, filer.ID); err != nil {
			c.t.Fatal(err)
		}
	}
	return strconv.FormatInt(id, 10)
}

var linkOfSigner = regexp.MustCompile(`/(en|ar)/t/signature/[A-Z2-7]+`)

// signerLink waits for a mail with a link to the signer, after as many as were seen, and returns the link's address.
func (c *correspondence) signerLink(to string, seen int) string {
	c.t.Helper()
	path := ""
	eventually(c.t, "a link for "+to, func() bool {
		left := seen
		for _, m := range c.sink.Messages() {
			if found := linkOfSigner.FindString(m.HTML); found != "" && len(m.To) == 1 && m.To[0] == to {
				if left == 0 {
					path = found
					return true
				}
				left--
			}
		}
		return false
	})
	return path
}

// aboutSignatures asks for the signatures of a concept note: one party declines and is asked again, one is reminded, another asks
// for a second link; all sign, and in the end the note changes and names one of them no longer.
func (c *correspondence) aboutSignatures() {
	c.t.Helper()
	un := func(name string) (identity.User, *webtest.Client) {
		office := webtest.NewOffice(c.t, c.db, name+" "+string(c.lang), "AD")
		if _, err := c.db.Pool.Exec(c.t.Context(), `UPDATE offices SET category = 'un_entity' WHERE id = $1`, office); err != nil {
			c.t.Fatal(err)
		}
		who := c.reads(webtest.NewUser(c.t, c.db, "Head of "+name+" "+string(c.lang), map[int64]identity.PostRole{office: identity.Head}))
		return who, c.client(c.t, who)
	}
	filer, files := un("Filing Agency")
	_, agency := un("Labour Agency")
	id := c.signedNote(filer, "Labour Agency "+string(c.lang))
	page := "/en/concept-notes/" + id + "/signatures"
	signature := func(name string) string {
		return page + "/" + value[string](c.t, c.db, `SELECT id::text FROM note_signatures WHERE submission_id = $1::bigint AND name = $2`, id, name)
	}
	address := func(who string) string { return who + "-" + string(c.lang) + "@signer.example" }
	ask := func(again bool) {
		f := files.Get(page + "/ask").Want(http.StatusOK).Form("main form")
		people := map[string]string{"organizations:women " + string(c.lang): "women", "organizations:health " + string(c.lang): "health", "governments:AD:ministry of labour": "ministry"}
		for n := range 6 {
			at := fmt.Sprintf("contact.%d.", n)
			key := f.Value(at + "key")
			if who, ok := people[key]; ok && f.Values().Has(at+"email") {
				f.Set(at+"name", "Ms "+who).Set(at+"email", address(who))
			}
			if again && key == "organizations:labour agency "+string(c.lang) {
				f.Set(at+"again", "yes")
			}
		}
		f.Submit().Want(http.StatusSeeOther)
	}
	answer := func(by *webtest.Client, path, choice string) {
		by.Get(path).Want(http.StatusOK).Form("main form").Set("answer", choice).Set("reason", "Not yet. / ليس بعد.").Submit().Want(http.StatusSeeOther)
	}
	byLink := func(path string) {
		c.visitor(c.t).Get(path).Want(http.StatusOK).Form("main form").Set("answer", "sign").Set("name", "Okello").Set("position", "Director").Submit().Want(http.StatusSeeOther)
	}
	ask(false)
	answer(agency, signature("Labour Agency "+string(c.lang)), "decline")
	ask(true)
	answer(agency, signature("Labour Agency "+string(c.lang)), "sign")
	women := c.signerLink(address("women"), 0)
	byLink(women)
	c.visitor(c.t).Get(women).Want(http.StatusGone).Form("main form").Submit().Want(http.StatusSeeOther)
	if _, err := c.db.Pool.Exec(c.t.Context(), `UPDATE note_signatures SET asked_at = asked_at - interval '2 days' WHERE submission_id = $1::bigint AND state = 'asked'`, id); err != nil {
		c.t.Fatal(err)
	}
	files.Post(signature("Health "+string(c.lang))+"/reminder", nil).Want(http.StatusSeeOther)
	byLink(c.signerLink(address("health"), 1))
	byLink(c.signerLink(address("ministry"), 0))
	files.Get("/en"+stepsOf(id)+"note").Want(http.StatusOK).Form("form.step").Set("months", "30").Press("do=continue").Want(http.StatusSeeOther)
	files.Get("/en" + stepsOf(id) + "organizations").Want(http.StatusOK).Form("form.step").Press("do=remove:organizations.2").Want(http.StatusSeeOther)
	// The clock tells who has signed, once nobody writes any more; then the note is given up.
	for _, sql := range []string{
		`UPDATE submissions SET changed_at = now() - interval '1 hour' WHERE id = ` + id,
		`INSERT INTO river_job (args, kind, max_attempts, queue, state) VALUES ('{"name": "signoff.care"}', 'periodic', 3, 'default', 'available')`,
	} {
		if _, err := c.db.Pool.Exec(c.t.Context(), sql); err != nil {
			c.t.Fatal(err)
		}
	}
	eventually(c.t, "the parties are told", func() bool {
		return value[int](c.t, c.db, `SELECT count(*)::int FROM note_signatures WHERE untold AND submission_id = $1::bigint`, id) == 0
	})
	files.Post("/en/submissions/"+id+"/withdrawal", nil).Want(http.StatusSeeOther)
}

// signatureWalks are the pages of signatures, as those see them who have to do with a note.
func (w *world) signatureWalks(t *testing.T) []walk {
	t.Helper()
	note := func(condition string) string {
		return value[string](t, w.db, `SELECT min(submission_id)::text FROM note_signoffs o JOIN submissions s ON s.id = o.submission_id WHERE `+condition)
	}
	with := func(state string) string {
		return note(`s.state = 'draft' AND EXISTS (SELECT FROM note_signatures g WHERE g.submission_id = s.id AND g.state = '` + state + `')`)
	}
	// The first waits for an organization, which signs by a link.
	open, reopened, sent := with("asked"), with("reopened"), note(`s.state = 'submitted'`)
	complete := note(`s.state = 'draft' AND o.complete_at IS NOT NULL`)
	of := func(id string) string { return signoff.Path(number(t, id)) }
	never := value[string](t, w.db, `SELECT min(id)::text FROM submissions WHERE kind = 'concept_note' AND state = 'draft' AND id NOT IN (SELECT submission_id FROM note_signoffs)`)
	asked := value[int64](t, w.db, `SELECT min(id) FROM note_signatures WHERE submission_id = $1::bigint AND state = 'asked'`, open)
	party := fmt.Sprintf("%s/%d", of(open), asked)
	for token, until := range map[string]string{"WALKOPEN": "1 day", "WALKEXPIRED": "-1 day"} {
		if _, err := w.db.Pool.Exec(t.Context(), `INSERT INTO note_signature_links (hash, signature_id, created_at, expires_at) VALUES ($1, $2, now(), now() + $3::interval)`, onetime.Hash(token), asked, until); err != nil {
			t.Fatal(err)
		}
	}
	letter := letterOf(t, w.db)
	return []walk{
		{"who signs by a link", identity.User{}, append(ok("/t/signature/WALKOPEN"), visit{"/t/signature/WALKEXPIRED", http.StatusGone}, visit{"/t/signature/unknown", http.StatusNotFound})},
		{"the office of a note that is being signed", w.ownerOf(t, open), ok(of(open), of(open)+"/ask", stepsOf(open)+"note", "/submissions/"+open+"/check")},
		{"the office of a note that has changed", w.ownerOf(t, reopened), ok(of(reopened), of(reopened)+"/ask", stepsOf(reopened)+"note", "/submissions/"+reopened)},
		{"the office of a note that is signed", w.ownerOf(t, complete), ok(of(complete), stepsOf(complete)+"note", "/submissions/"+complete+"/check")},
		{"the office of a note that nobody signs yet", w.ownerOf(t, never), ok(of(never), of(never)+"/ask")},
		{"the office that uploads a letter", w.ownerOf(t, letter.note), ok(letter.path)},
		{"who is asked to sign in the portal", w.person(t, "focal@demo.example"), ok(w.askedOf(t, "focal@demo.example"), signoff.ListPath, signoff.ListPath+"?state=all&q=clinic", signoff.ListPath+"?q=zzzz")},
		{"an officer at signatures", w.person(t, "fund@demo.example"), append(ok(of(sent), signoff.ChainsPath), visit{signoff.ChainsPath + "/national", http.StatusForbidden}, visit{party, http.StatusNotFound})},
		{"the lead who sets who signs", w.person(t, "fundlead@demo.example"), ok(signoff.ChainsPath, signoff.ChainsPath+"/multi")},
	}
}

// askedOf is the page on which the person signs a note.
func (w *world) askedOf(t *testing.T, email string) string {
	t.Helper()
	return value[string](t, w.db, `SELECT '/concept-notes/' || g.submission_id || '/signatures/' || g.id FROM note_signatures g JOIN posts p ON p.office_id = g.office_id JOIN users u ON u.id = p.user_id
		WHERE u.email = $1 AND g.state = 'asked' ORDER BY g.id LIMIT 1`, email)
}

type letterPage struct{ note, path string }

// letterOf is the page on which the letter of a government is uploaded, whose turn it is.
func letterOf(t *testing.T, db *database.DB) letterPage {
	t.Helper()
	return letterPage{
		value[string](t, db, `SELECT min(submission_id)::text FROM note_signatures WHERE state = 'asked' AND party = 'governments'`),
		value[string](t, db, `SELECT '/concept-notes/' || submission_id || '/signatures/' || id || '/letter' FROM note_signatures WHERE state = 'asked' AND party = 'governments' ORDER BY submission_id, id LIMIT 1`),
	}
}

func number(t *testing.T, id string) workflow.ID {
	t.Helper()
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
