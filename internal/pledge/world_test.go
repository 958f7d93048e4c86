package pledge_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/pledge"
	"portal/internal/webtest"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// world is a portal with pledges only: a database, the service, its pages, and one person of every kind.
type world struct {
	*webtest.Cast
	db      *database.DB
	service *pledge.Service
	// files are the documents of a revision; nil for none.
	files func(revision int) map[string][]ui.FileItem
	clock atomic.Pointer[time.Time]
}

const publicURL = "https://portal.example"

func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{db: dbtest.New(t)}
	w.at(time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC))
	v := seeded(t)
	w.service = pledge.NewService(pledge.Options{
		DB: w.db, Vocabulary: func() *gcm.Vocabulary { return v }, Now: w.now,
		Start: w.start, Send: w.sendIn, Site: ui.Site{PublicURL: publicURL},
		OwnerPath: func(id workflow.ID) string { return fmt.Sprintf("/submissions/%d", id) },
		DeskPath:  func(id workflow.ID) string { return fmt.Sprintf("/desk/submissions/%d", id) },
		Files: func(_ context.Context, _ workflow.ID, revision int) (map[string][]ui.FileItem, error) {
			if w.files == nil {
				return nil, nil
			}
			return w.files(revision), nil
		},
	})
	router, err := web.New(web.Options{DB: w.db, Log: slog.New(slog.DiscardHandler), Site: ui.Site{PublicURL: publicURL, Search: ui.NavItem{Key: "pledge.list.search", Path: "/pledges"}}, NetworkLimit: -1})
	if err != nil {
		t.Fatal(err)
	}
	pledge.Routes(router, w.service, pledge.Pages{
		Submission: func(id workflow.ID) string { return fmt.Sprintf("/submissions/%d", id) },
		SignIn:     "/sign-in", Register: "/register", Account: "/account",
	})
	w.Cast = webtest.NewCast(t, w.db, router)
	return w
}

func (w *world) now() time.Time { return *w.clock.Load() }

// at sets the clock.
func (w *world) at(t time.Time) { w.clock.Store(&t) }

// later moves the clock on.
func (w *world) later(d time.Duration) { w.at(w.now().Add(d)) }

func (w *world) start(ctx context.Context, who identity.User, office int64) (id workflow.ID, err error) {
	err = w.db.InTx(ctx, func(tx database.Tx) error {
		id, err = workflow.Start(ctx, tx, w.service.Kind(), office, who, w.now())
		return err
	})
	return id, err
}

// sendIn hands in a submission, as the submission area does.
func (w *world) sendIn(ctx context.Context, tx database.Tx, who identity.User, id workflow.ID) error {
	sub, err := workflow.Lock(ctx, tx, id, who)
	if err != nil {
		return err
	}
	_, err = workflow.Apply(ctx, tx, w.kindOf(sub), &sub, workflow.Submit, who, workflow.Input{}, w.now())
	return err
}

// kindOf is the kind of a submission.
func (w *world) kindOf(sub workflow.Submission) *workflow.Kind {
	for _, k := range w.service.Kinds() {
		if k.Name == sub.Kind {
			return k
		}
	}
	panic("no kind " + sub.Kind)
}

// must runs a use case in a transaction.
func (w *world) must(t testing.TB, do func(ctx context.Context, tx database.Tx) error) {
	t.Helper()
	err := w.db.InTx(t.Context(), func(tx database.Tx) error { return do(t.Context(), tx) })
	if err != nil {
		t.Fatal(err)
	}
}

// apply takes a step of the plan with a submission.
func (w *world) apply(t testing.TB, id workflow.ID, who identity.User, action workflow.Action, note string) {
	t.Helper()
	w.must(t, func(ctx context.Context, tx database.Tx) error {
		sub, err := workflow.Lock(ctx, tx, id, who)
		if err != nil {
			return err
		}
		_, err = workflow.Apply(ctx, tx, w.kindOf(sub), &sub, action, who, workflow.Input{Note: note}, w.now())
		return err
	})
}

// write saves all answers into the open revision, step by step.
func (w *world) write(t testing.TB, id workflow.ID, who identity.User, a form.Answers) {
	t.Helper()
	w.must(t, func(ctx context.Context, tx database.Tx) error {
		sub, err := workflow.Lock(ctx, tx, id, who)
		if err != nil {
			return err
		}
		text, err := workflow.ReadText(ctx, tx, id, sub.Revision)
		if err != nil {
			return err
		}
		for _, step := range w.kindOf(sub).Form.Steps {
			answers, _ := step.Read(url.Values(a), i18n.English)
			if _, err := workflow.SaveStep(ctx, tx, w.kindOf(sub), &sub, step.ID, text.Steps[step.ID].Version, answers, who, w.now()); err != nil {
				return err
			}
		}
		return nil
	})
}

// send writes the answers and takes them through to publication.
func (w *world) send(t testing.TB, id workflow.ID, who identity.User, a form.Answers) string {
	t.Helper()
	w.write(t, id, who, a)
	w.apply(t, id, who, workflow.Submit, "")
	w.apply(t, id, w.Officer.User, workflow.Take, "")
	w.apply(t, id, w.Officer.User, workflow.Publish, "")
	sub, err := workflow.Find(t.Context(), w.db.Read(), id, w.Officer.User)
	if err != nil {
		t.Fatal(err)
	}
	return *sub.PublicID
}

// publish makes a pledge of the head's office, from draft to publication, and returns its number and public ID.
func (w *world) publish(t testing.TB, a form.Answers) (workflow.ID, string) {
	t.Helper()
	id, err := w.start(t.Context(), w.Head.User, w.Office)
	if err != nil {
		t.Fatal(err)
	}
	return id, w.send(t, id, w.Head.User, a)
}

// texts are pledges in the six languages, as answers on top of the complete ones.
var texts = map[string]form.Answers{
	"en": {"language": {"en"}, "title": {"Fair recruitment for every worker"}, "description": {long("We will license every private employment agency anew.")}},
	"fr": {"language": {"fr"}, "title": {"Un état civil numérique dans les consulats"}, "description": {long("Naissances et mariages seront enregistrés sur place, à Cotonou comme à Abidjan.")}},
	"es": {"language": {"es"}, "title": {"Ninguna niña en estación migratoria"}, "description": {long("Las niñas y los niños serán atendidos en espacios abiertos.")}},
	"ar": {"language": {"ar"}, "title": {"عقود موثّقة لكل عامل قبل السفر"}, "description": {long("سنوثق كل عقد عمل إلكترونياً بلغتين قبل إصدار تصريح السفر.")}},
	"ru": {"language": {"ru"}, "title": {"Курсы перед отъездом для каждого мигранта"}, "description": {long("До отъезда человек получает бесплатный двухдневный курс о договоре и ещё контакт юриста.")}},
	"zh": {"language": {"zh"}, "title": {"为外出务工者提供免费的行前培训"}, "description": {long("我们将在一百个县开设行前培训课，讲解合同、工资、保险、安全和申诉办法。")}},
}

// long repeats a sentence until it is long enough for a description.
func long(sentence string) string {
	return strings.TrimSpace(strings.Repeat(sentence+" ", pledge.MinDescription/form.Length(sentence)+1))
}
