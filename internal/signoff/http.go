package signoff

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"portal/internal/attachment"
	"portal/internal/audit"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
)

// Path is the page of the signatures of a note, without the language.
func Path(id workflow.ID) string {
	return "/concept-notes/" + strconv.FormatInt(id, 10) + "/signatures"
}

func signaturePath(id workflow.ID, signature int64) string {
	return Path(id) + "/" + strconv.FormatInt(signature, 10)
}

func documentPath(id workflow.ID, file int64) string {
	return "/concept-notes/" + strconv.FormatInt(id, 10) + "/documents/" + strconv.FormatInt(file, 10)
}

const (
	letterBody = attachment.MaxBytes + 1<<20
	letterTime = time.Hour
	// downloadTime is how long a document may be under way to a slow reader.
	downloadTime = 30 * time.Minute
)

type handlers struct{ service *Service }

// Routes adds the pages of signatures.
func Routes(r *web.Router, s *Service) {
	h := handlers{s}
	listRoutes(r, h)
	const note = "/concept-notes/{id}"
	r.Member("GET "+note+"/signatures", h.show)
	r.Member("GET "+note+"/signatures/ask", h.askForm)
	r.Member("POST "+note+"/signatures/ask", h.ask)
	r.Member("GET "+note+"/signatures/{signature}", h.signForm)
	r.Member("POST "+note+"/signatures/{signature}", h.sign)
	r.Member("POST "+note+"/signatures/{signature}/reminder", h.remind)
	r.Member("GET "+note+"/signatures/{signature}/letter", h.letterForm)
	r.Member("POST "+note+"/signatures/{signature}/letter", h.letter, web.Streamed(), web.Body(letterBody), web.Timeout(letterTime))
	r.Member("GET "+note+"/documents/{file}", h.document, web.Timeout(downloadTime))
	r.Public("GET /t/signature/{token}", h.asking, web.Private())
	r.Public("POST /t/signature/{token}", h.signByLink, web.Private())
	r.Public("POST /t/signature/{token}/link", h.freshLink, web.Private())
	r.Public("GET /t/signature/{token}/documents/{file}", h.linkDocument, web.Private(), web.Timeout(downloadTime))
	r.Staff("GET "+ChainsPath, h.chains)
	r.Staff("GET "+ChainsPath+"/{type}", h.chainForm)
	r.Staff("POST "+ChainsPath+"/{type}", h.setChain)
}

// open returns the note of the request as the person sees it.
func (h handlers) open(r *http.Request) (Standing, error) {
	id, err := web.ParamID(r, "id")
	if err != nil {
		return Standing{}, err
	}
	return h.service.Standing(r.Context(), identity.Must(r.Context()), id)
}

// openSignature returns the note and the signature of the request.
func (h handlers) openSignature(r *http.Request) (Standing, Signature, error) {
	v, err := h.open(r)
	if err != nil {
		return v, Signature{}, err
	}
	id, err := web.ParamID(r, "signature")
	if err != nil {
		return v, Signature{}, err
	}
	for _, p := range v.stations {
		for _, g := range p.Signatures {
			if g.ID == id {
				return v, g, nil
			}
		}
	}
	return v, Signature{}, problem.NotFound
}

func (h handlers) show(w http.ResponseWriter, r *http.Request) error {
	v, err := h.open(r)
	if err != nil {
		return err
	}
	if v.Side == workflow.ByDesk { // it names people of the parties
		reading := audit.Reading{Actor: identity.Must(r.Context()).ID, Subject: "submission", IDs: []int64{v.ID}, Fields: []string{"signatures"}, At: h.service.now()}
		if err := audit.RecordRead(r.Context(), h.service.db.Read(), reading); err != nil {
			return err
		}
	}
	return h.showPage(w, r, http.StatusOK, pageView{Standing: v})
}

func (h handlers) showPage(w http.ResponseWriter, r *http.Request, status int, v pageView) error {
	v.service, v.Now = h.service, h.service.now()
	if !v.asked {
		v.Wrong = h.service.kind.Form.Problems(v.answers, h.service.env(v.Submission))
	}
	var err error
	if v.Events, err = events(r.Context(), h.service.db.Read(), v.ID); err != nil {
		return err
	}
	if v.Decided, err = h.service.decided(r.Context(), v.Submission); err != nil {
		return err
	}
	return web.Render(w, r, status, signaturesPage(v))
}

func (h handlers) askForm(w http.ResponseWriter, r *http.Request) error {
	v, err := h.open(r)
	switch {
	case err != nil:
		return err
	case !v.mayManage():
		return problem.Forbidden
	case !v.State.Writable():
		return web.Redirect(w, r, Path(v.ID), "signoff.flash.over")
	}
	return h.showAsk(w, r, http.StatusOK, v, web.Held(r.Context()), nil)
}

func (h handlers) showAsk(w http.ResponseWriter, r *http.Request, status int, v Standing, typed url.Values, wrong []problem.Field) error {
	ctx := r.Context()
	a := askView{Standing: v, Typed: typed, Wrong: wrong}
	a.Open = len(h.service.kind.Form.Problems(v.answers, h.service.env(v.Submission)))
	a.CheckPath = h.service.checkPath(v.ID)
	var err error
	if a.chain, err = chainOf(ctx, h.service.db.Read(), typeOf(v.answers.First("scope")), 0); err != nil {
		return err
	}
	parties, err := h.service.parties(ctx, h.service.db.Read(), v.Submission, v.answers)
	if err != nil {
		return err
	}
	for i, p := range parties {
		if !a.chain.asks(p.party) {
			continue
		}
		line := askLine{N: i, named: p}
		for _, g := range v.signatures {
			if g.Key == p.key {
				line.Signature = g
			}
		}
		office, err := officeOf(ctx, h.service.db.Read(), p)
		if err != nil {
			return err
		}
		line.Office = office != 0
		a.Lines = append(a.Lines, line)
	}
	return web.Render(w, r, status, askPage(a))
}

// readRequest reads the contacts that were typed; each line says which party it is of.
func readRequest(posted url.Values) Request {
	asked := Request{Contacts: map[string]Contact{}, Again: map[string]bool{}, Was: map[string]int64{}}
	for n := range maxLines {
		key := posted.Get(contactControl(n, "key"))
		if key == "" {
			continue
		}
		asked.Contacts[key] = Contact{posted.Get(contactControl(n, "name")), posted.Get(contactControl(n, "email"))}
		asked.Again[key] = posted.Get(contactControl(n, "again")) == "yes"
		if was, err := strconv.ParseInt(posted.Get(contactControl(n, "was")), 10, 64); err == nil {
			asked.Was[key] = was
		}
	}
	return asked
}

func (h handlers) ask(w http.ResponseWriter, r *http.Request) error {
	v, err := h.open(r)
	if err != nil {
		return err
	}
	err = h.service.Ask(r.Context(), identity.Must(r.Context()), v.ID, readRequest(r.PostForm))
	wrong, invalid := problem.InvalidFields(err)
	switch {
	case invalid:
		return h.showAsk(w, r, http.StatusUnprocessableEntity, v, r.PostForm, wrong)
	case errors.Is(err, problem.NotAllowedNow):
		return web.Redirect(w, r, Path(v.ID), "signoff.flash.over")
	case err != nil:
		return err
	}
	return web.Redirect(w, r, Path(v.ID), "signoff.flash.asked")
}

func (h handlers) signForm(w http.ResponseWriter, r *http.Request) error {
	v, g, err := h.openSignature(r)
	switch {
	case err != nil:
		return err
	case !v.maySign(g) && !v.mayTakeBack(g):
		return web.Redirect(w, r, Path(v.ID), "")
	}
	return h.showSign(w, r, http.StatusOK, v, g, Act{}, nil)
}

func (h handlers) showSign(w http.ResponseWriter, r *http.Request, status int, v Standing, g Signature, typed Act, wrong []problem.Field) error {
	s := signView{standing: v.standing, service: h.service, Signature: g, Act: typed, Wrong: wrong, Path: signaturePath(v.ID, g.ID), Stale: status == http.StatusConflict}
	s.Document = func(file int64) string { return documentPath(v.ID, file) }
	return web.Render(w, r, status, signPage(s))
}

// readAct reads what somebody signs or declines.
func readAct(r *http.Request) Act {
	return Act{
		AsRead: r.PostFormValue("read"), Declines: r.PostFormValue("answer") == "decline", Reason: r.PostFormValue("reason"),
		Name: r.PostFormValue("name"), Position: r.PostFormValue("position"),
	}
}

// unanswered is what is wrong with a form on which neither answer was chosen.
func unanswered(r *http.Request) []problem.Field {
	if a := r.PostFormValue("answer"); a == "sign" || a == "decline" {
		return nil
	}
	return []problem.Field{{Name: "answer", Key: "signoff.sign.wrong.answer"}}
}

func (h handlers) sign(w http.ResponseWriter, r *http.Request) error {
	v, g, err := h.openSignature(r)
	if err != nil {
		return err
	}
	act := readAct(r)
	if wrong := unanswered(r); len(wrong) > 0 && v.maySign(g) {
		return h.showSign(w, r, http.StatusUnprocessableEntity, v, g, act, wrong)
	}
	err = h.service.Sign(r.Context(), identity.Must(r.Context()), v.ID, g.ID, act)
	wrong, invalid := problem.InvalidFields(err)
	switch {
	case invalid:
		return h.showSign(w, r, http.StatusUnprocessableEntity, v, g, act, wrong)
	case errors.Is(err, ErrSigned):
		return web.Redirect(w, r, Path(v.ID), "signoff.flash.signed_already")
	case errors.Is(err, problem.Stale), errors.Is(err, problem.NotAllowedNow):
		if v, g, err = h.openSignature(r); err != nil {
			return err
		}
		if !v.maySign(g) && !v.mayTakeBack(g) {
			return h.showPage(w, r, http.StatusConflict, pageView{Standing: v, Stale: true})
		}
		return h.showSign(w, r, http.StatusConflict, v, g, act, nil)
	case err != nil:
		return err
	case act.Declines:
		return web.Redirect(w, r, Path(v.ID), "signoff.flash.declined")
	}
	return web.Redirect(w, r, Path(v.ID), "signoff.flash.signed")
}

func (h handlers) remind(w http.ResponseWriter, r *http.Request) error {
	v, g, err := h.openSignature(r)
	if err != nil {
		return err
	}
	err = h.service.Remind(r.Context(), identity.Must(r.Context()), v.ID, g.ID)
	switch {
	case errors.Is(err, problem.NotAllowedNow):
		return h.showPage(w, r, http.StatusConflict, pageView{Standing: v, Stale: true})
	case err != nil:
		return err
	}
	return web.Redirect(w, r, Path(v.ID), "signoff.flash.reminded", g.Name)
}

func (h handlers) letterForm(w http.ResponseWriter, r *http.Request) error {
	v, g, err := h.openSignature(r)
	switch {
	case err != nil:
		return err
	case !v.mayManage():
		return problem.Forbidden
	case !v.mayUpload(g):
		return web.Redirect(w, r, Path(v.ID), "")
	}
	return h.showLetter(w, r, http.StatusOK, v, g, web.Held(r.Context()), nil)
}

func (h handlers) showLetter(w http.ResponseWriter, r *http.Request, status int, v Standing, g Signature, typed url.Values, wrong []problem.Field) error {
	return web.Render(w, r, status, letterFormPage(letterView{Standing: v, Signature: g, Typed: typed, Wrong: wrong}))
}

// letter takes the official letter of a government. The file is read to its end before a transaction is opened.
func (h handlers) letter(w http.ResponseWriter, r *http.Request) error {
	v, g, err := h.openSignature(r)
	if err != nil {
		return err
	}
	if !v.mayManage() {
		return problem.Forbidden
	}
	who := identity.Must(r.Context())
	var received *attachment.Received
	var wrong []problem.Field
	posted, err := web.Parts(r, func(field, name string, content io.Reader) error {
		if field != letterField(g.ID) || received != nil {
			return nil
		}
		got, err := h.service.files.Receive(r.Context(), attachment.Upload{SubmissionID: v.ID, Field: letterField(g.ID), Name: name, By: who.ID}, content)
		if refused, ok := problem.InvalidFields(err); ok {
			wrong = append(wrong, refused...)
			return nil
		}
		received = got
		return err
	})
	if received != nil {
		defer func() { _ = received.Close() }() // what was added stays
	}
	if err != nil {
		return err
	}
	letter := Letter{File: received, Signer: posted.Get("name"), Position: posted.Get("position")}
	day, given, ok, part := form.DateOf(form.Answers(posted), "on")
	switch {
	case !given:
		wrong = append(wrong, problem.Field{Name: "on.day", Key: "signoff.letter.wrong.day"})
	case !ok:
		wrong = append(wrong, problem.Field{Name: "on." + part, Key: "signoff.letter.wrong.no_day"})
	}
	letter.On = day
	if received == nil && len(wrong) == 0 {
		wrong = append(wrong, problem.Field{Name: letterField(g.ID), Key: "signoff.letter.wrong.file"})
	}
	wrong = append(wrong, letter.check(date.Today(v.CreatedAt, i18n.Geneva), date.Today(h.service.now(), i18n.Geneva))...)
	if len(wrong) > 0 {
		return h.showLetter(w, r, http.StatusUnprocessableEntity, v, g, posted, wrong)
	}
	err = h.service.SignByLetter(r.Context(), who, v.ID, g.ID, posted.Get("read"), letter)
	refused, invalid := problem.InvalidFields(err)
	switch {
	case invalid:
		return h.showLetter(w, r, http.StatusUnprocessableEntity, v, g, posted, refused)
	case errors.Is(err, ErrSigned):
		return web.Redirect(w, r, Path(v.ID), "signoff.flash.signed_already")
	case errors.Is(err, problem.Stale), errors.Is(err, problem.NotAllowedNow):
		if v, err = h.open(r); err != nil {
			return err
		}
		return h.showPage(w, r, http.StatusConflict, pageView{Standing: v, Stale: true})
	case err != nil:
		return err
	}
	return web.Redirect(w, r, Path(v.ID), "signoff.flash.letter", g.Name)
}

// document sends a document of the note, or a letter, to whoever sees the page of its signatures; that the desk reads it is
// recorded.
func (h handlers) document(w http.ResponseWriter, r *http.Request) error {
	v, err := h.open(r)
	if err != nil {
		return err
	}
	f, err := v.fileOf(r)
	if err != nil {
		return err
	}
	if v.Side == workflow.ByDesk {
		reading := audit.Reading{Actor: identity.Must(r.Context()).ID, Subject: "attachment", IDs: []int64{f.ID}, Fields: []string{f.Field}, At: h.service.now()}
		if err := audit.RecordRead(r.Context(), h.service.db.Read(), reading); err != nil {
			return err
		}
	}
	return h.serve(w, r, f)
}

// fileOf returns the file of the request: a document of the note as its parties read it, or one of its letters; any other is
// problem.NotFound.
func (st standing) fileOf(r *http.Request) (attachment.Attachment, error) {
	id, err := web.ParamID(r, "file")
	if err != nil {
		return attachment.Attachment{}, err
	}
	for _, f := range st.files {
		if f.ID == id && f.Servable() {
			return f, nil
		}
	}
	return attachment.Attachment{}, fmt.Errorf("file %d of note %d: %w", id, st.ID, problem.NotFound)
}

func (h handlers) serve(w http.ResponseWriter, r *http.Request, f attachment.Attachment) error {
	f, content, err := h.service.files.Open(r.Context(), f.ID)
	if err != nil {
		return err
	}
	attachment.Serve(w, r, f, content)
	return nil
}
