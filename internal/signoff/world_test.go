package signoff_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/signoff"
	"portal/internal/webtest"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// questions is a small concept note. Its ids are those of the real one, so that their texts are in the catalogue.
func questions() *form.Definition {
	return &form.Definition{Kind: "concept_note", Steps: []form.Step{
		{ID: "note", Fields: []form.Field{{ID: "title", Type: form.Text, Required: true}, {ID: "purpose", Type: form.LongText}}},
		{ID: "where", Fields: []form.Field{{ID: "scope", Type: form.Choice, Values: []string{"national", "multi_country"}}, {ID: "countries", Type: form.Choices, Options: countries}}},
		{ID: "organizations", Fields: []form.Field{{ID: "organizations", Type: form.Group, Fields: []form.Field{{ID: "name", Type: form.Text}}}}},
		{ID: "partners", Fields: []form.Field{{ID: "governments", Type: form.Group, Fields: []form.Field{{ID: "name", Type: form.Text}, {ID: "country", Type: form.Text}}}}},
		{ID: "contacts", Fields: []form.Field{{ID: "contacts", Type: form.Group, Private: true, Fields: []form.Field{{ID: "name", Type: form.Text, Private: true}}}}},
		{ID: "attachments", Fields: []form.Field{{ID: "files", Type: form.Files}}},
	}}
}

func countries(context.Context, *gcm.Vocabulary) []form.Option {
	return []form.Option{{Value: "KE", Label: "Kenya"}, {Value: "UG", Label: "Uganda"}, {Value: "TZ", Label: "Tanzania"}}
}

// answers are a note of one country: two organizations, of which one has an office in the portal, and two governments.
func answers() form.Answers {
	return form.Answers{
		"title": {"Skills that cross the border"}, "purpose": {"Workers use what they learned."}, "scope": {"national"}, "countries": {"KE"},
		"organizations.0.name": {"RC Office Kenya"}, "organizations.1.name": {"Labour Agency"}, "organizations.2.name": {"Fund for Women"},
		"governments.0.name": {"Ministry of Trade"}, "governments.0.country": {"KE"}, "governments.1.name": {"Busia County"}, "governments.1.country": {"KE"},
		"contacts.0.name": {"Secret Contact"},
	}
}

const (
	fundMail  = "women.marker@fund.example"
	tradeMail = "trade.marker@gov.example"
)

// request names who signs by a link.
var request = signoff.Request{Contacts: map[string]signoff.Contact{
	"organizations:fund for women": {Name: "Ms Link", Email: fundMail}, "governments:KE:ministry of trade": {Name: "Mr Trade", Email: tradeMail},
}}

// world is a portal with the signatures of concept notes only.
type world struct {
	*testing.T
	*webtest.Cast
	db      *database.DB
	service *signoff.Service
	router  *web.Router
	kind    *workflow.Kind
	// Filer and Colleague act for the office of the Resident Coordinator of Kenya, which files; Agent, Deputy and Reader are a
	// head, a contributor and a viewer of the Labour Agency; FundLead leads the fund desk, whose officer is OtherOfficer.
	Filer, Colleague, Agent, Deputy, Reader, FundLead webtest.Person
	rcOffice, agency                                  int64

	mu           sync.Mutex
	now          time.Time
	coordinators []signoff.Coordinator
	lastSafe     *date.Date
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) later(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, db: dbtest.New(t), now: time.Now().Truncate(time.Second)}
	vocabulary, err := gcm.Load(t.Context(), w.db.Read())
	if err != nil {
		t.Fatal(err)
	}
	site := ui.Site{PublicURL: "https://portal.example.org", SignIn: "/sign-in"}
	if w.router, err = web.New(web.Options{DB: w.db, Site: site, Secret: []byte("secret of the test"), Log: slog.New(slog.DiscardHandler), NetworkLimit: -1}); err != nil {
		t.Fatal(err)
	}
	w.kind = &workflow.Kind{
		Name: "concept_note", Plan: workflow.Deciding, Desk: identity.FundDesk, Form: questions(),
		Title: func(a form.Answers) string { return a.First("title") }, Lang: func(_ form.Answers, fallback string) string { return fallback },
	}
	path := func(id workflow.ID) string { return fmt.Sprintf("/submissions/%d", id) }
	w.service = signoff.NewService(signoff.Options{
		DB: w.db, Kind: w.kind, Vocabulary: func() *gcm.Vocabulary { return vocabulary }, Site: site, Now: w.clock,
		Files:     attachment.NewStore(attachment.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Now: w.clock}),
		OwnerPath: path, CheckPath: path, DeskPath: path,
		Env: func(workflow.Submission) form.Env { return form.Env{Vocabulary: vocabulary} },
		Coordinators: func(context.Context, database.Querier, []string) ([]signoff.Coordinator, error) {
			return w.coordinators, nil
		},
		LastSafeDay: func(context.Context, database.Querier, time.Time) (*date.Date, error) { return w.lastSafe, nil },
	})
	w.kind.Held, w.kind.Changed, w.kind.Withdrawn = w.service.Held, w.service.Changed, w.service.Withdrawn
	signoff.Routes(w.router, w.service)
	w.Cast = webtest.NewCast(t, w.db, w.router)
	w.rcOffice, w.agency = w.unOffice("RC Office Kenya"), w.unOffice("Labour Agency")
	w.Filer = w.person("filer", w.rcOffice, identity.Head)
	w.Colleague = w.person("colleague", w.rcOffice, identity.Viewer)
	w.Agent, w.Deputy, w.Reader = w.person("agent", w.agency, identity.Head), w.person("deputy", w.agency, identity.Contributor), w.person("reader", w.agency, identity.Viewer)
	w.FundLead = webtest.SignedIn(t, w.Visitor.Client, w.router, "lead of the fund", webtest.NewUser(t, w.db, "Lead of the fund", nil, identity.StaffRole{Role: identity.Lead, Desk: identity.FundDesk}))
	w.coordinators = []signoff.Coordinator{{ID: 1, Name: "RC Kenya", Office: w.rcOffice}}
	return w
}

func (w *world) unOffice(name string) int64 {
	w.Helper()
	id := webtest.NewOffice(w.T, w.db, name, "KE")
	w.exec(`UPDATE offices SET category = 'un_entity' WHERE id = $1`, id)
	return id
}

func (w *world) person(name string, office int64, role identity.PostRole) webtest.Person {
	w.Helper()
	return webtest.SignedIn(w.T, w.Visitor.Client, w.router, name, webtest.NewUser(w.T, w.db, name, map[int64]identity.PostRole{office: role}))
}

func (w *world) exec(sql string, args ...any) {
	w.Helper()
	if _, err := w.db.Read().Exec(w.Context(), sql, args...); err != nil {
		w.Fatal(err)
	}
}

func value[T any](w *world, sql string, args ...any) T {
	w.Helper()
	v, err := database.Value[T](w.Context(), w.db.Read(), sql, args...)
	if err != nil {
		w.Fatal(err)
	}
	return v
}

// draft writes a note.
func (w *world) draft(a form.Answers) workflow.ID {
	w.Helper()
	var id workflow.ID
	err := w.db.InTx(w.Context(), func(tx database.Tx) error {
		var err error
		id, err = workflow.Start(w.Context(), tx, w.kind, w.rcOffice, w.Filer.User, w.clock())
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	w.save(id, a, workflow.Origin{})
	return id
}

// save saves all steps with the answers, on top of what is kept.
func (w *world) save(id workflow.ID, a form.Answers, on workflow.Origin) {
	w.Helper()
	if err := w.trySave(id, a, on); err != nil {
		w.Fatal(err)
	}
}

func (w *world) trySave(id workflow.ID, a form.Answers, on workflow.Origin) error {
	return w.db.InTx(w.Context(), func(tx database.Tx) error {
		sub, err := workflow.Lock(w.Context(), tx, id, w.Filer.User)
		if err != nil {
			return err
		}
		text, err := workflow.ReadText(w.Context(), tx, id, sub.Revision)
		if err != nil {
			return err
		}
		for _, step := range w.kind.Form.Steps {
			only := form.Answers{}
			for _, f := range step.Fields {
				only = form.Merge(only, a.Of(f))
			}
			if len(only) == 0 {
				continue
			}
			on.Version = text.Steps[step.ID].Version
			if _, err := workflow.SaveStepFrom(w.Context(), tx, w.kind, &sub, step.ID, on, only, w.Filer.User, w.clock()); err != nil {
				return err
			}
		}
		return nil
	})
}

// with are the answers with some changed.
func with(changes form.Answers) form.Answers {
	a := answers()
	for name, values := range changes {
		if a[name] = values; values == nil {
			delete(a, name)
		}
	}
	return a
}

// submit hands a note in.
func (w *world) submit(id workflow.ID) error {
	return w.db.InTx(w.Context(), func(tx database.Tx) error {
		sub, err := workflow.Lock(w.Context(), tx, id, w.Filer.User)
		if err == nil {
			_, err = workflow.Apply(w.Context(), tx, w.kind, &sub, workflow.Submit, w.Filer.User, workflow.Input{}, w.clock())
		}
		return err
	})
}

// asked is a note whose signatures have been asked for.
func (w *world) asked() workflow.ID {
	w.Helper()
	id := w.draft(answers())
	if err := w.service.Ask(w.Context(), w.Filer.User, id, request); err != nil {
		w.Fatal(err)
	}
	return id
}

// states are the states of the signatures of a note, by party: "Labour Agency signed, Fund for Women asked".
func (w *world) states(id workflow.ID) string {
	w.Helper()
	all, err := database.Values[string](w.Context(), w.db.Read(), `SELECT name || ' ' || state FROM note_signatures WHERE submission_id = $1 ORDER BY id`, id)
	if err != nil {
		w.Fatal(err)
	}
	return strings.Join(all, ", ")
}

func (w *world) signature(id workflow.ID, name string) int64 {
	w.Helper()
	return value[int64](w, `SELECT id FROM note_signatures WHERE submission_id = $1 AND name = $2`, id, name)
}

func pageOf(id workflow.ID) string { return "/en" + signoff.Path(id) }

func (w *world) pageOfSignature(id workflow.ID, name string) string {
	w.Helper()
	return fmt.Sprintf("%s/%d", pageOf(id), w.signature(id, name))
}

// sign signs in the portal.
func (w *world) sign(who webtest.Person, id workflow.ID, name string) {
	w.Helper()
	path := w.pageOfSignature(id, name)
	who.In(w.T).Get(path).Want(http.StatusOK).Form("main form").Set("answer", "sign").Submit().WantRedirect(pageOf(id))
}

var linkIn = regexp.MustCompile(`/t/signature/([A-Z2-7]+)`)

// link is the page of the last link that was sent to an address.
func (w *world) link(to string) string {
	w.Helper()
	all, err := database.Values[string](w.Context(), w.db.Read(), `SELECT html FROM outbox WHERE to_address = $1 ORDER BY id DESC`, to)
	if err != nil {
		w.Fatal(err)
	}
	for _, html := range all {
		if m := linkIn.FindString(html); m != "" {
			return "/en" + m
		}
	}
	w.Fatalf("no link was sent to %s", to)
	return ""
}

// signByLink signs with the last link that was sent to an address.
func (w *world) signByLink(to string) {
	w.Helper()
	path := w.link(to)
	w.Visitor.In(w.T).Get(path).Want(http.StatusOK).Form("main form").Set("answer", "sign").Set("name", "Joy Signer").Set("position", "Director").Submit().WantRedirect(path)
}

// letters are the kinds of mail to an address, in order.
func (w *world) letters(to string) string {
	w.Helper()
	all, err := database.Values[string](w.Context(), w.db.Read(), `SELECT replace(kind, 'signoff.', '') FROM outbox WHERE to_address = $1 ORDER BY id`, to)
	if err != nil {
		w.Fatal(err)
	}
	return strings.Join(all, " ")
}

// signAll gives all signatures of a note.
func (w *world) signAll(id workflow.ID) {
	w.Helper()
	w.sign(w.Agent, id, "Labour Agency")
	w.signByLink(fundMail)
	w.signByLink(tradeMail)
	w.sign(w.Filer, id, "RC Kenya")
}

func today(w *world) date.Date { return date.Today(w.clock(), i18n.Geneva) }
