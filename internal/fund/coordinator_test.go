package fund_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"portal/internal/database"
	"portal/internal/fund"
	"portal/internal/problem"
	"portal/internal/webtest"
)

// rc is the form of an office of a Resident Coordinator.
func rc(name, office string, countries ...string) url.Values {
	return url.Values{"name": {name}, "countries": countries, "office": {office}}
}

func (w *world) addRC(t *testing.T, form url.Values) fund.RCOfficeID {
	t.Helper()
	id, err := w.service.AddRCOffice(t.Context(), w.OtherOfficer.User, form, false)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Which offices a note for some countries concerns: each once, open ones only; and which countries have none.
func TestTheCoordinatorsOfCountries(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	kenya, pacific := w.addRC(t, rc("RC Kenya", "", "KE")), w.addRC(t, rc("RC Pacific", "", "TO", "FJ", "VU", "FJ", "XX"))
	w.addRC(t, rc("RC Horn", "", "KE", "SO"))
	closed := w.addRC(t, rc("RC Peru", "", "PE"))
	if err := w.service.CloseRCOffice(t.Context(), w.OtherOfficer.User, closed, 1, true); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		countries        []string
		offices, missing string
	}{
		{nil, "", ""},
		{[]string{"KE"}, "RC Horn, RC Kenya", ""},
		{[]string{"FJ", "VU", "TO"}, "RC Pacific", ""},
		{[]string{"SO", "FJ", "KE"}, "RC Horn, RC Kenya, RC Pacific", ""},
		{[]string{"PE"}, "", "PE"},
		{[]string{"CH", "KE", "PE", "CH"}, "RC Horn, RC Kenya", "CH, PE"},
		{[]string{"'; DROP TABLE rc_offices; --"}, "", "'; DROP TABLE rc_offices; --"},
	} {
		offices, missing, err := fund.CoordinatorsOf(t.Context(), w.db.Read(), c.countries)
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, o := range offices {
			names = append(names, o.Name)
		}
		if strings.Join(names, ", ") != c.offices || strings.Join(missing, ", ") != c.missing {
			t.Errorf("%v: %v, without %v", c.countries, names, missing)
		}
	}
	if o, err := w.service.RCOffice(t.Context(), w.OtherOfficer.User, pacific); err != nil || !slices.Equal(o.Countries, []string{"FJ", "TO", "VU"}) {
		t.Errorf("the countries are %v, %v", o.Countries, err)
	}
	// Where two offices of the portal become one, the tie goes along.
	un := w.unOffice(t, "UN in Kenya")
	form := rc("RC Kenya", strconv.FormatInt(un, 10), "KE")
	if err := w.service.SaveRCOffice(t.Context(), w.OtherOfficer.User, kenya, 1, form); err != nil {
		t.Fatal(err)
	}
	into := w.unOffice(t, "UN Kenya")
	if err := w.db.InTx(t.Context(), func(tx database.Tx) error { return w.service.MoveOffice(t.Context(), tx, un, into) }); err != nil {
		t.Fatal(err)
	}
	if o, err := w.service.RCOffice(t.Context(), w.OtherOfficer.User, kenya); err != nil || o.OfficeID != into || o.OfficeName != "UN Kenya" {
		t.Errorf("after the merger: %+v, %v", o, err)
	}
}

// unOffice is an approved office of the United Nations in the portal.
func (w *world) unOffice(t *testing.T, name string) int64 {
	t.Helper()
	id := webtest.NewOffice(t, w.db, name, "KE")
	if _, err := w.db.Read().Exec(t.Context(), `UPDATE offices SET category = 'un_entity' WHERE id = $1`, id); err != nil {
		t.Fatal(err)
	}
	return id
}

// The desk maintains the register.
func TestTheRegisterOfCoordinators(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	officer := w.OtherOfficer
	un := strconv.FormatInt(w.unOffice(t, "UN in Kenya"), 10)
	wrong := officer.Post("/en/desk/fund/coordinators", rc(" ", "999999", "XX")).Want(http.StatusUnprocessableEntity)
	for _, words := range []string{"Enter the name of the office", "Choose at least one country"} {
		if !wrong.Contains(words) {
			t.Errorf("the form does not say %q", words)
		}
	}
	for _, office := range []string{"999999", "-1", "x", strconv.FormatInt(w.Office, 10)} { // the last is a ministry
		if p := officer.Post("/en/desk/fund/coordinators", rc("RC Kenya", office, "KE")).Want(http.StatusUnprocessableEntity); !p.Contains("Choose an approved office of the United Nations") {
			t.Errorf("office %s is not refused", office)
		}
	}
	officer.Post("/en/desk/fund/coordinators", rc(strings.Repeat("x", 151), "", "KE")).Want(http.StatusUnprocessableEntity)

	path := officer.Post("/en/desk/fund/coordinators", rc("RC\u202e Kenya", un, "KE")).Want(http.StatusSeeOther).Location()
	if again := officer.Post("/en/desk/fund/coordinators", rc("RC  Kenya", un, "KE")).Want(http.StatusSeeOther).Location(); again != path {
		t.Errorf("the same form twice made two offices: %s and %s", path, again)
	}
	if p := officer.Post("/en/desk/fund/coordinators", rc("rc kenya", "", "UG")).Want(http.StatusUnprocessableEntity); !p.Contains("Another open office has this name") {
		t.Error("two offices of one name are not refused")
	}
	form := officer.Get(path).Want(http.StatusOK).Form("main form.mt5")
	if form.Value("name") != "RC Kenya" || form.Value("office") != un {
		t.Error("the form is not filled with the office")
	}
	form.Set("name", "RC Kenya and Uganda").Set("countries", "KE", "UG").Submit().WantRedirect(path)
	form.Submit().WantRedirect(path) // the same again is nothing new
	stale := officer.Post(path, url.Values{"act": {"save"}, "version": {"1"}, "name": {"My own name"}, "countries": {"TZ"}}).Want(http.StatusConflict)
	if !stale.Contains("RC Kenya and Uganda") || stale.Form("main form.mt5").Value("name") != "My own name" {
		t.Error("the conflict does not show both")
	}

	other := w.addRC(t, rc("RC Fiji", "", "FJ", "TO"))
	list := officer.Get("/en/desk/fund/coordinators").Want(http.StatusOK)
	if !list.Contains("2 offices") || !list.Contains("Not tied yet") || !list.Contains("Kenya and Uganda") {
		t.Error("the list does not show the offices")
	}
	if p := officer.Get("/en/desk/fund/coordinators?country=ug&q=keny").Want(http.StatusOK); !p.Contains("1 office") || !p.Contains("RC Kenya and Uganda") {
		t.Error("the list is not filtered")
	}
	if p := officer.Get("/en/desk/fund/coordinators?q=TONGA").Want(http.StatusOK); !p.Contains("1 office") || !p.Contains("RC Fiji") {
		t.Error("an office is not found by a country of its")
	}
	if p := officer.Get("/en/desk/fund/coordinators?q=zzzz&country=XX&state=x").Want(http.StatusOK); !p.Contains("No office has all of this") {
		t.Error("nothing found is not said")
	}
	rows, err := csv.NewReader(bytes.NewReader(officer.Get("/en/desk/fund/coordinators.csv?country=UG").Want(http.StatusOK).Body)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][2] != "KE; UG" || rows[1][4] != "UN in Kenya" {
		t.Errorf("the file: %q, %v", rows, err)
	}
	officer.Get("/en/desk/fund/coordinators.xlsx").Want(http.StatusOK)
	officer.Get("/en/desk/fund/coordinators.json").Want(http.StatusOK)

	// Closed, it keeps its place in the record; its name is free, and until it is taken it can be opened again.
	shut := url.Values{"act": {"close"}, "version": {"2"}}
	officer.Post(path, shut).WantRedirect(path)
	officer.Post(path, shut).WantRedirect(path)
	if p := officer.Get(path).Want(http.StatusOK); p.Has("main form.mt5") || !p.Contains("Closed on") {
		t.Error("a closed office can be changed")
	}
	officer.Post(path, url.Values{"act": {"save"}, "version": {"3"}, "name": {"Again"}, "countries": {"KE"}}).Want(http.StatusConflict)
	if p := officer.Get("/en/desk/fund/coordinators?state=closed").Want(http.StatusOK); !p.Contains("1 office") {
		t.Error("the closed office is not listed")
	}
	w.addRC(t, rc("RC Kenya and Uganda", "", "KE"))
	officer.Post(path, url.Values{"act": {"reopen"}, "version": {"3"}}).Want(http.StatusUnprocessableEntity)
	officer.Post(path, url.Values{"act": {"delete"}, "version": {"3"}}).Want(http.StatusNotFound)
	if got := value[string](t, w.db, `SELECT string_agg(act, ' ' ORDER BY id) FROM audit_log WHERE subject = 'rc_office' AND subject_id <> $1 AND subject_id < $1`, other); got != "rc_office.add rc_office.change rc_office.close" {
		t.Errorf("the record: %s", got)
	}

	for _, person := range w.All() {
		if person.Kind == officer.Kind {
			continue
		}
		for _, at := range []string{"/en/desk/fund/coordinators", "/en/desk/fund/coordinators.csv", "/en/desk/fund/coordinators.xlsx", "/en/desk/fund/coordinators.json", "/en/desk/fund/coordinators/new", path} {
			if status := person.In(t).Get(at).Status; status == http.StatusOK {
				t.Errorf("%s sees %s", person.Kind, at)
			}
		}
		_, err := w.service.AddRCOffice(t.Context(), person.User, rc("Mine", "", "KE"), false)
		for _, err := range []error{err, w.service.SaveRCOffice(t.Context(), person.User, other, 1, rc("Mine", "", "KE")), w.service.CloseRCOffice(t.Context(), person.User, other, 1, true)} {
			if !errors.Is(err, problem.NotFound) {
				t.Errorf("%s gets %v", person.Kind, err)
			}
		}
	}
	officer.Get("/en/desk/fund/coordinators/999999").Want(http.StatusNotFound)
}

// Two people change one office at once: one of them does.
func TestTwoChangesOfAnOfficeAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.addRC(t, rc("RC Kenya", "", "KE"))
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			errs[i] = w.service.SaveRCOffice(t.Context(), w.OtherOfficer.User, id, 1, rc("RC Kenya "+strconv.Itoa(i), "", "KE"))
		})
	}
	all.Wait()
	done := 0
	for _, err := range errs {
		if err == nil {
			done++
		} else if !errors.Is(err, problem.Stale) {
			t.Error(err)
		}
	}
	if done != 1 {
		t.Errorf("%d changes, want one", done)
	}
}
