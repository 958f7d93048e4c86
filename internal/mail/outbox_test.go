package mail

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail/mailtest"
	"portal/internal/problem"
)

// people are the kinds of person that the outbox tells apart, and a submission of one of them.
type people struct {
	submission, author int64
	all                map[string]identity.User
}

// cast makes them: a submission at the pledges desk, from an office in which an officer of that desk holds a post.
func cast(t *testing.T, db *database.DB) people {
	t.Helper()
	value := func(sql string, args ...any) int64 {
		t.Helper()
		id, err := database.Value[int64](t.Context(), db.Read(), sql, args...)
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	p := people{all: map[string]identity.User{}}
	add := func(name string, roles ...identity.StaffRole) int64 {
		id := value(`INSERT INTO users (email, name, created_at) VALUES ($1 || '@example.org', $1, now()) RETURNING id`, name)
		for _, r := range roles {
			execute(t, db, `INSERT INTO staff_roles (user_id, role, desk, created_at) VALUES ($1, $2, $3, now())`, id, string(r.Role), string(r.Desk))
		}
		user, err := identity.Load(t.Context(), db.Read(), id)
		if err != nil {
			t.Fatal(err)
		}
		p.all[name] = user
		return id
	}
	at := func(role identity.Role, desk identity.Desk) identity.StaffRole {
		return identity.StaffRole{Role: role, Desk: desk}
	}
	p.author = add("author")
	add("officer", at(identity.Officer, identity.PledgesDesk))
	add("lead", at(identity.Lead, identity.PledgesDesk))
	add("officer of another desk", at(identity.Officer, identity.FundDesk))
	conflicted := add("conflicted officer", at(identity.Officer, identity.PledgesDesk))
	add("reviewer", at(identity.Reviewer, ""))
	add("administrator", at(identity.Administrator, ""))
	office := value(`INSERT INTO offices (name, category, state, created_at) VALUES ('Ministry', 'member_state', 'approved', now()) RETURNING id`)
	for _, id := range []int64{p.author, conflicted} {
		execute(t, db, `INSERT INTO posts (user_id, office_id, role, state, from_on, created_at) VALUES ($1, $2, 'head', 'approved', current_date, now())`, id, office)
	}
	p.submission = value(`INSERT INTO submissions (kind, desk, state, office_id, author_id, submitted_revision, created_at, changed_at)
		VALUES ('pledge', 'pledges', 'submitted', $1, $2, 1, now(), now()) RETURNING id`, office, p.author)
	return p
}

func TestWhoSeesWhichMail(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	p := cast(t, db)
	about := message("author@example.org")
	about.ToUser, about.About = p.author, p.submission
	aboutID := queue(t, db, about)
	account := message("somebody@example.org")
	account.Kind, account.Secret = "account.confirm", true
	accountID := queue(t, db, account)
	execute(t, db, `UPDATE outbox SET state = 'failed', finished_at = now(), last_error = 'no such user somebody'`)

	for _, c := range []struct {
		who     string
		listed  []int64
		readsOf []int64
	}{
		{"author", nil, nil},
		{"officer", []int64{accountID, aboutID}, []int64{aboutID}},
		{"lead", []int64{accountID, aboutID}, []int64{aboutID}},
		{"officer of another desk", []int64{accountID}, nil},
		{"conflicted officer", []int64{accountID}, nil},
		{"reviewer", nil, nil},
		{"administrator", []int64{accountID}, []int64{accountID}},
	} {
		t.Run(c.who, func(t *testing.T) {
			who := p.all[c.who]
			entries, err := List(t.Context(), db.Read(), who, Filter{})
			if err != nil {
				t.Fatal(err)
			}
			var listed []int64
			for _, e := range entries {
				listed = append(listed, e.ID)
				readable := slices.Contains(c.readsOf, e.ID)
				if e.Hidden == readable || readable == (e.Subject == "" || e.ToAddress == "" || e.LastError == "") || e.MayResend() != readable {
					t.Errorf("it is shown as %+v", e)
				}
			}
			if !slices.Equal(listed, c.listed) {
				t.Errorf("the list has %v, not %v", listed, c.listed)
			}
			counts, err := Count(t.Context(), db.Read(), who)
			if err != nil {
				t.Fatal(err)
			}
			if counts[Failed] != len(c.listed) {
				t.Errorf("the count is %v, not %d", counts, len(c.listed))
			}
			for _, id := range []int64{aboutID, accountID} {
				m, err := Read(t.Context(), db, who, id, time.Now())
				if slices.Contains(c.readsOf, id) {
					if err != nil {
						t.Error(err)
					}
					if secret := id == accountID; secret != (m.Body == "") || secret != (m.HTML == "") {
						t.Errorf("mail %d reads %q", id, m.Body)
					}
				} else {
					if !errors.Is(err, problem.NotFound) {
						t.Errorf("mail %d can be read: %v", id, err)
					}
					if err := Resend(t.Context(), db, who, id, time.Now()); !errors.Is(err, problem.NotFound) {
						t.Errorf("mail %d can be sent again: %v", id, err)
					}
				}
			}
		})
	}
}

func TestListIsFilteredAndPaged(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	p := cast(t, db)
	officer, administrator := p.all["officer"], p.all["administrator"]
	mine := message("author@example.org")
	mine.ToUser, mine.About = p.author, p.submission
	first, second, third := queue(t, db, mine), queue(t, db, mine), queue(t, db, mine)
	other := message("somebody@example.org")
	other.ToUser = p.author
	fourth := queue(t, db, other)
	execute(t, db, `UPDATE outbox SET state = 'sent', finished_at = now() WHERE id = $1`, second)
	for _, c := range []struct {
		name   string
		who    identity.User
		filter Filter
		want   []int64
	}{
		{"by state", officer, Filter{State: Sent}, []int64{second}},
		{"by submission", officer, Filter{About: p.submission}, []int64{third, second, first}},
		{"by person", administrator, Filter{ToUser: p.author}, []int64{fourth}},
		{"by person, without telling to whom an account mail went", officer, Filter{ToUser: p.author}, []int64{third, second, first}},
		{"the first page", officer, Filter{Limit: 2}, []int64{fourth, third}},
		{"the next page", officer, Filter{Limit: 2, Before: third}, []int64{second, first}},
		{"nothing", officer, Filter{State: Unsure}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			entries, err := List(t.Context(), db.Read(), c.who, c.filter)
			if err != nil {
				t.Fatal(err)
			}
			var ids []int64
			for _, e := range entries {
				ids = append(ids, e.ID)
			}
			if !slices.Equal(ids, c.want) {
				t.Errorf("the list has %v, not %v", ids, c.want)
			}
		})
	}
}

func TestStaffSendAgain(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	p := cast(t, db)
	officer := p.all["officer"]
	sink := mailtest.Start(t, mailtest.Options{Answer: once(mailtest.End, mailtest.HangUp)})
	s := newSender(t, db, sink)
	m := message("author@example.org")
	m.ToUser, m.About = p.author, p.submission
	id := queue(t, db, m)

	if err := Resend(t.Context(), db, officer, id, time.Now()); !errors.Is(err, problem.Stale) {
		t.Errorf("a mail that waits is sent again: %v", err)
	}
	deliver(t, s, id)
	if r := read(t, db, id); r.State != Unsure {
		t.Fatalf("the outbox says %+v", r)
	}
	execute(t, db, `DELETE FROM river_job`) // its job is done
	if err := Resend(t.Context(), db, officer, id, time.Now()); err != nil {
		t.Fatal(err)
	}
	if err := Resend(t.Context(), db, officer, id, time.Now()); !errors.Is(err, problem.Stale) {
		t.Errorf("the second of two clicks is told that it was done: %v", err)
	}
	deliver(t, s, id)
	if r := read(t, db, id); r.State != Sent {
		t.Errorf("the outbox says %+v", r)
	}
	if n := len(sink.Messages()); n != 2 {
		t.Errorf("%d mails arrived", n)
	}
	jobs, err := database.Value[int](t.Context(), db.Read(), `SELECT count(*) FROM river_job WHERE kind = 'mail.send'`)
	if err != nil || jobs != 1 {
		t.Errorf("%d jobs: %v", jobs, err)
	}
	if _, err := Read(t.Context(), db, officer, id, time.Now()); err != nil {
		t.Fatal(err)
	}
	acts, err := database.Values[string](t.Context(), db.Read(), `SELECT act FROM audit_log WHERE subject = 'mail' AND subject_id = $1 AND actor_id = $2 ORDER BY id`, id, officer.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(acts, []string{"mail.resend", "mail.read"}) {
		t.Errorf("the audit says %v", acts)
	}

	execute(t, db, `UPDATE outbox SET state = 'failed', html = '', body = '', erased_at = now()`)
	if err := Resend(t.Context(), db, officer, id, time.Now()); !errors.Is(err, problem.NotAllowedNow) {
		t.Errorf("an erased mail is sent again: %v", err)
	}
}

func TestOldMailsAreErased(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		setting string
		days    int
		state   State
		secret  bool
		erased  bool
	}{
		{"younger than 90 days", "", 89, Sent, false, false},
		{"older than 90 days", "", 91, Sent, false, true},
		{"older, and failed", "", 91, Failed, false, true},
		{"older than the setting says", "30", 31, Sent, false, true},
		{"younger than the setting says", "365", 300, Sent, false, false},
		{"still waiting", "", 91, Queued, false, false},
		{"a secret whose time is over", "", 4, Failed, true, true},
		{"a secret whose time is not over", "", 2, Unsure, true, false},
		{"a secret that was caught", "", 4, Caught, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			db := dbtest.New(t)
			m := message("reader@example.org")
			m.Secret = c.secret
			id := queue(t, db, m)
			execute(t, db, `UPDATE outbox SET state = $1, finished_at = CASE WHEN $1 = 'queued' THEN NULL ELSE now() END,
				queued_at = queued_at - make_interval(days => $2), give_up_at = give_up_at - make_interval(days => $2)`, string(c.state), c.days)
			if c.setting != "" {
				execute(t, db, `INSERT INTO settings (name, value) VALUES ($1, $2)`, RetentionSetting, c.setting)
			}
			if err := erase(t.Context(), db); err != nil {
				t.Fatal(err)
			}
			r := read(t, db, id)
			if empty := r.HTML == "" && r.Body == "" && r.ToAddress == ""; r.Erased != c.erased || empty != c.erased {
				t.Errorf("the outbox says %+v", r)
			}
		})
	}
}

func TestASettingThatIsNoNumberIsSaid(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	execute(t, db, `INSERT INTO settings (name, value) VALUES ($1, 'for ever')`, RetentionSetting)
	if err := erase(t.Context(), db); err == nil || !strings.Contains(err.Error(), "for ever") {
		t.Error(err)
	}
}

func TestAPersonIsForgotten(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	p := cast(t, db)
	m := message("author@example.org")
	m.ToUser = p.author
	gone, kept := queue(t, db, m), queue(t, db, message("somebody@example.org"))
	if err := db.InTx(t.Context(), func(tx database.Tx) error { return Forget(t.Context(), tx, p.author) }); err != nil {
		t.Fatal(err)
	}
	if r := read(t, db, gone); r.State != Failed || r.ToAddress != "" || r.HTML != "" || r.Body != "" || !r.Erased {
		t.Errorf("the outbox says %+v", r)
	}
	if r := read(t, db, kept); r.State != Queued || r.ToAddress == "" {
		t.Errorf("somebody else's mail: %+v", r)
	}
}

func TestStatesAreThoseOfTheTable(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	definition, err := database.Value[string](t.Context(), db.Read(), `SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'outbox_state_known'`)
	if err != nil {
		t.Fatal(err)
	}
	var states, langs []string
	for _, s := range States {
		states = append(states, string(s))
	}
	if got := quoted(definition); !reflect.DeepEqual(got, states) {
		t.Errorf("the table knows %v, the program %v", got, states)
	}
	if definition, err = database.Value[string](t.Context(), db.Read(), `SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'outbox_lang_known'`); err != nil {
		t.Fatal(err)
	}
	for _, l := range i18n.All {
		langs = append(langs, string(l))
	}
	if got := quoted(definition); !reflect.DeepEqual(got, langs) {
		t.Errorf("the table knows %v, the program %v", got, langs)
	}
}

// quoted returns the words between quotation marks.
func quoted(s string) []string {
	var words []string
	for i, part := range strings.Split(s, "'") {
		if i%2 == 1 {
			words = append(words, part)
		}
	}
	return words
}
