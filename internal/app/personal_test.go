package app

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/webtest"
)

// Every column that refers to a person is in the copy of their data or left out for a reason, and it is known what becomes
// of it when their account is closed. The package that owns the table says so in its Personal.
func TestEveryColumnThatNamesAPersonIsThoughtOf(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	data := personalData(portal.areas.kinds)
	columns, err := database.Values[string](t.Context(), db.Read(), `SELECT c.conrelid::regclass::text || '.' || a.attname
		FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
		WHERE c.contype = 'f' AND c.confrelid = 'users'::regclass
		UNION SELECT table_name || '.' || column_name FROM information_schema.columns
		WHERE table_schema = 'public' AND column_name = 'actor_id' AND table_name NOT LIKE 'river%'
		UNION SELECT 'users.id' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	if len(columns) < 20 {
		t.Fatalf("the schema has only %d columns that name a person: %v", len(columns), columns)
	}
	for _, c := range columns {
		if !data.Exported(c) {
			t.Errorf("%s is neither in the copy of a person's data nor left out for a reason: add it to a section, or to LeftOut, of its package's Personal", c)
		}
		if !data.Settled(c) {
			t.Errorf("it is not said what becomes of %s when an account is closed: add it to Erasures or Kept of its package's Personal", c)
		}
	}
	var known []string
	for _, s := range data.Sections {
		known = append(known, s.Columns...)
		for _, l := range []i18n.Lang{i18n.English, i18n.Arabic} {
			if !i18n.Has(l, "account.export.section."+s.Name) {
				t.Errorf("the section %s has no heading in %s", s.Name, l)
			}
		}
	}
	for c := range data.LeftOut {
		known = append(known, c)
	}
	for c := range data.Kept {
		known = append(known, c)
	}
	for _, c := range known {
		if !slices.Contains(columns, c) {
			t.Errorf("%s is not in the schema (or names no person)", c)
		}
	}
}

// copyOf takes the copy of somebody's data as they do, and returns its files.
func copyOf(t *testing.T, c *webtest.Client, lang string) map[string]string {
	t.Helper()
	page := c.Get("/" + lang + "/account/data.zip").Want(http.StatusOK)
	if got := page.Header.Get("Content-Disposition"); !strings.HasPrefix(got, `attachment; filename="my-data-`) || page.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("the copy comes as %q, %q", got, page.Header.Get("Cache-Control"))
	}
	archive, err := zip.NewReader(bytes.NewReader(page.Body), int64(len(page.Body)))
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		files[f.Name] = string(content)
	}
	return files
}

func TestTheCopyHasAllThatIsTheirsAndNothingOfOthers(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	makeThings(t, portal, db, cast)
	data := personalData(portal.areas.kinds)
	for _, lang := range []string{"en", "ar"} {
		files := copyOf(t, cast.Member.In(t), lang)
		for _, s := range data.Sections {
			var rows []map[string]any
			if err := json.Unmarshal([]byte(files["data/"+s.Name+".json"]), &rows); err != nil {
				t.Errorf("%s: %v", s.Name, err)
			}
			for _, row := range rows {
				for column := range row {
					if !i18n.Has(i18n.Lang(lang), "account.export.column."+column) {
						t.Errorf("the column %s of %s has no name in %s", column, s.Name, lang)
					}
				}
			}
			want := map[string]bool{"profile": true, "posts": true, "submissions": true, "steps": true, "events": true, "files": true, "mails": true, "acts": true, "sessions": true}[s.Name]
			if want && len(rows) == 0 {
				t.Errorf("the section %s is empty", s.Name)
			}
		}
		page := files["index.html"]
		if !strings.Contains(page, `<html lang="`+lang+`"`) || !strings.Contains(page, cast.Member.User.Email) || !strings.Contains(page, "decree.txt") {
			t.Errorf("the page in %s is not whole", lang)
		}
		all := strings.Join(slices.Collect(func(yield func(string) bool) {
			for _, content := range files {
				if !yield(content) {
					return
				}
			}
		}), "\n")
		for _, other := range cast.All() {
			if e := other.User.Email; e != "" && e != cast.Member.User.Email && strings.Contains(all, e) {
				t.Errorf("the copy has the address %s of %s", e, other.Kind)
			}
		}
		for _, private := range []string{"contact_email", "contact_name", "second_email"} {
			if strings.Contains(all, private) {
				t.Errorf("the copy has the private answer %s: contact persons are the office's record", private)
			}
		}
	}
	if n, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*) FROM audit_log WHERE act = 'export.personal' AND subject_id = $1`, cast.Member.User.ID); err != nil || n != 2 {
		t.Errorf("%d copies are in the record, want 2 (%v)", n, err)
	}
}

// A closed account leaves nothing behind that is personal, in any table, and every page that named the person says
// "former user".
func TestAClosedAccountIsNobody(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	s := makeThings(t, portal, db, cast)
	exec := func(sql string, args ...any) {
		t.Helper()
		if _, err := db.Pool.Exec(t.Context(), sql, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec(`UPDATE users SET name = 'Zebedee Quux', position = 'Keeper of Zebras', interests = '{3}' WHERE id = $1`, cast.Member.User.ID)
	exec(`UPDATE users SET name = 'Officer Quux' WHERE id = $1`, cast.Officer.User.ID)
	review := fmt.Sprint(s.review)
	cast.Member.In(t).Post("/en/submissions/"+review+"/messages", url.Values{"text": {"From the office."}}).Want(http.StatusSeeOther)
	cast.Officer.In(t).Post("/en/desk/submissions/"+review+"/notes", url.Values{"note": {"From the desk."}})
	address, office := cast.Member.User.Email, cast.Officer.User.Email
	for _, p := range []webtest.Person{cast.Member, cast.Officer} {
		exec(`INSERT INTO notification_choices (user_id, topic, pace) VALUES ($1, 'offices', 'daily')`, p.User.ID)
		form := p.In(t).Get("/en/account/deletion").Want(http.StatusOK).Form("main form")
		form.Submit().Want(http.StatusUnprocessableEntity)
		if p.In(t).Get("/en/account").Status != http.StatusOK {
			t.Fatal("without the tick the account was closed")
		}
		form.Set("understood", "yes").Submit().WantRedirect("/en/")
		p.In(t).Get("/en/account").Want(http.StatusSeeOther)
	}

	// In no table is anything left of them, but for the farewell.
	tables, err := database.Values[string](t.Context(), db.Read(), `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE'`)
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range tables {
		for _, word := range []string{"Keeper of Zebras", address, office, "Quux"} {
			without := ""
			if table == "submission_steps" {
				continue // a contact person is the office's record, also when it is the one who left
			}
			if table == "outbox" {
				without = " AND kind <> 'account.closed' AND to_user IS DISTINCT FROM NULL AND html NOT LIKE '%' || $1 || '%'" // what others were told goes with its time
			}
			n, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*) FROM `+table+` x WHERE x::text ILIKE '%' || $1 || '%'`+without, word)
			if err != nil {
				t.Fatal(err)
			}
			if n > 0 {
				t.Errorf("%d rows of %s still have %q", n, table, word)
			}
		}
	}
	for what, sql := range map[string]string{
		"people whose row still says something": `SELECT count(*) FROM users WHERE id = ANY ($1) AND (closed_at IS NULL OR email NOT LIKE 'closed-%' OR name <> '[…]' OR password_hash <> '' OR interests <> '{}')`,
		"posts that go on":                      `SELECT count(*) FROM posts WHERE user_id = ANY ($1) AND state IN ('pending', 'approved')`,
		"roles":                                 `SELECT count(*) FROM staff_roles WHERE user_id = ANY ($1)`,
		"sessions":                              `SELECT count(*) FROM sessions WHERE user_id = ANY ($1)`,
		"choices":                               `SELECT count(*) FROM notification_choices WHERE user_id = ANY ($1)`,
		"mails to them with an address or text": `SELECT count(*) FROM outbox WHERE to_user = ANY ($1) AND (to_address <> '' OR html <> '' OR body <> '' OR subject <> '')`,
		"submissions on their desk":             `SELECT count(*) FROM submissions WHERE assigned_to = ANY ($1) AND state = 'in_review'`,
	} {
		n, err := database.Value[int](t.Context(), db.Read(), sql, []int64{cast.Member.User.ID, cast.Officer.User.ID})
		if err != nil || n != 0 {
			t.Errorf("%d %s (%v)", n, what, err)
		}
	}
	if n, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*) FROM submissions WHERE author_id = $1`, cast.Member.User.ID); err != nil || n != 7 {
		t.Errorf("the office has %d submissions, want 7 (%v)", n, err)
	}

	// Every page that anybody else may see is there, without the name and without the bare mark.
	for _, lang := range []string{"en", "ar"} {
		former := i18n.TL(i18n.Lang(lang), "ui.former_user")
		for address, who := range map[string]webtest.Person{
			"/submissions/" + fmt.Sprint(s.draft): cast.Head, "/submissions/" + review: cast.Head,
			"/desk/submissions/" + review: cast.Lead,
		} {
			page := who.In(t).Get("/" + lang + address).Want(http.StatusOK)
			if !page.Contains(former) {
				t.Errorf("%s in %s does not say %q", address, lang, former)
			}
		}
		for _, route := range portal.router.Routes() {
			if route.Method != http.MethodGet || strings.Contains(route.Pattern, "/t/") {
				continue
			}
			path := strings.Replace(s.address(route.Pattern), "/en", "/"+lang, 1)
			for _, who := range []webtest.Person{cast.Head, cast.Lead, cast.Administrator} {
				page := who.In(t).Get(path)
				if page.Status >= 500 || bytes.Contains(page.Body, []byte("Quux")) || page.Contains(identity.Former) {
					t.Errorf("%s as %s: status %d, with the name: %v, with the mark: %v", path, who.Kind, page.Status, bytes.Contains(page.Body, []byte("Quux")), page.Contains(identity.Former))
				}
			}
		}
	}

	// The address is free, and nobody comes back.
	var again int64
	err = db.InTx(t.Context(), func(tx database.Tx) error {
		var err error
		if again, err = database.Value[int64](t.Context(), tx, `INSERT INTO users (email, name, created_at) VALUES ($1, 'Somebody new', now()) RETURNING id`, address); err != nil {
			return err
		}
		_, err = tx.Exec(t.Context(), `UPDATE users SET name = 'Zebedee Quux', email = 'back@example.org' WHERE id = $1`, cast.Member.User.ID)
		return err
	})
	if err != nil || again == 0 {
		t.Errorf("the address is not free: %v", err)
	}
	if name, err := database.Value[string](t.Context(), db.Read(), `SELECT name || email FROM users WHERE id = $1`, cast.Member.User.ID); err != nil || strings.Contains(name, "Quux") || strings.Contains(name, "back@") {
		t.Errorf("a closed account was written to: %q (%v)", name, err)
	}
}

func TestTheLastAdministratorStays(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	page := cast.Administrator.In(t).Get("/en/account/deletion").Want(http.StatusOK)
	if !page.Contains(i18n.TL("en", "account.closing.last_administrator")) || len(page.All("main form")) != 0 {
		t.Error("the last administrator is offered to leave")
	}
	cast.Administrator.In(t).Post("/en/account/deletion", url.Values{"understood": {"yes"}}).Want(http.StatusUnprocessableEntity)
	// Of two who leave at the same time one stays.
	second := webtest.SignedIn(t, cast.Visitor.Client, portal.router, "another", webtest.NewUser(t, db, "Another", nil, identity.StaffRole{Role: identity.Administrator}))
	var group sync.WaitGroup
	statuses := make([]int, 2)
	for i, who := range []webtest.Person{cast.Administrator, second} {
		group.Go(func() {
			statuses[i] = who.Post("/en/account/deletion", url.Values{"understood": {"yes"}}).Status
		})
	}
	group.Wait()
	if statuses[0]+statuses[1] != http.StatusSeeOther+http.StatusUnprocessableEntity {
		t.Errorf("two administrators who leave at once get %v, want one 303 and one 422", statuses)
	}
}

func TestTheLastHeadIsTold(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	cast := webtest.NewCast(t, db, portal.router)
	page := cast.Head.In(t).Get("/en/account/deletion").Want(http.StatusOK)
	if !page.Contains(i18n.TL("en", "account.closing.headless.title")) || !page.Contains("Ministry of Labour") {
		t.Error("the page does not say that the office is left without a head")
	}
	if cast.Member.In(t).Get("/en/account/deletion").Contains(i18n.TL("en", "account.closing.headless.title")) {
		t.Error("somebody who is no head is told so")
	}
	page.Form("main form").Set("understood", "yes").Submit().WantRedirect("/en/")
	n, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*) FROM posts WHERE office_id = $1 AND role = 'head' AND state = 'ended' AND until_on = current_date`, cast.Office)
	if err != nil || n != 1 {
		t.Errorf("%d posts have ended today (%v)", n, err)
	}
}
