package account

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web/ui"
)

func TestPasswords(t *testing.T) {
	t.Parallel()
	about := []string{"Amara Diallo", "a.diallo@labour.example.ke", "State Department for Labour, Kenya"}
	tests := []struct {
		name, password, want string
	}{
		{"nothing", "", "account.password.missing"},
		{"eleven characters", "blue herons", "account.password.short"},
		{"twelve characters", "blue heronsX", ""},
		{"a sentence with spaces", "I never eat before the 9 o'clock news", ""},
		{"no rule asks for digits or capitals", "herons wade at dawn", ""},
		{"200 characters", strings.Repeat("herons wade at dawn ", 10), ""},
		{"201 characters", strings.Repeat("herons wade at dawn ", 10) + "x", "account.password.long"},
		{"a million characters", strings.Repeat("x", 1_000_000), "account.password.long"},
		{"Arabic", "تفاحة وكرسي وبحر بعيد", ""},
		{"Chinese: characters are counted, not octets", "白鹭清晨涉过浅水湾静静地", ""},
		{"emoji", "🦩🦩 wading at 🌅 in reeds", ""},
		{"a common password", "password1234", "account.password.common"},
		{"a common password in other letters", "P@ssw0rd2024!", "account.password.common"},
		{"two common words", "Summer-Sunshine", "account.password.common"},
		{"a common word with a year and signs", "Welcome2026!!", "account.password.common"},
		{"digits in a row", "12345678901234", "account.password.common"},
		{"a row of keys", "qwertyuiop[]", "account.password.common"},
		{"a walk over the keyboard", "1qaz2wsx3edc", "account.password.common"},
		{"the alphabet backwards", "zyxwvutsrqponm", "account.password.common"},
		{"one character", strings.Repeat("a", 20), "account.password.common"},
		{"a piece repeated", "ab!ab!ab!ab!ab!", "account.password.common"},
		{"Russian keys in a row", "йцукенгшщзхъ", "account.password.common"},
		{"an accent does not help", "Pässwörd2024", "account.password.common"},
		{"the name of a club", "ManchesterUnited1", "account.password.common"},
		{"the person's name", "AmaraDiallo2026", "account.password.personal"},
		{"the person's address", "a.diallo@labour", "account.password.personal"},
		{"the office", "DepartmentLabour!", "account.password.personal"},
		{"the name among other words", "Amara feeds four grey parrots", ""},
		{"four words that have nothing to do with each other", "correct stapler gravel onion", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := ""
			if wrong := checkPassword("password", test.password, about...); len(wrong) > 0 {
				got = wrong[0].Key
			}
			if got != test.want {
				t.Errorf("checkPassword is %q, want %q", got, test.want)
			}
		})
	}
}

func TestTheSamePasswordFromAnotherKeyboard(t *testing.T) {
	t.Parallel()
	h := newHasher()
	composed, decomposed := "h\u00e9rons wade at dawn", "he\u0301rons wade at dawn"
	hash, err := h.hash(t.Context(), composed)
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, err := h.matches(t.Context(), decomposed, hash); err != nil || !ok {
		t.Errorf("the password does not match in another composition: %v, %v", ok, err)
	}
	if ok, _, err := h.matches(t.Context(), composed+" ", hash); err != nil || ok {
		t.Errorf("a password with a space more matches: %v, %v", ok, err)
	}
}

func TestHashes(t *testing.T) {
	t.Parallel()
	params, _, _, err := argon2id.DecodeHash(noPassword)
	if err != nil || *params != *hashing {
		t.Fatalf("the hash for accounts without password has the parameters %v (%v), want %v: it must cost the same", params, err, hashing)
	}
	h := newHasher()
	if ok, _, err := h.matches(t.Context(), "anything at all", ""); err != nil || ok || h.made.Load() != 1 {
		t.Errorf("no password: matches %v, error %v, hashes made %d; want no match after the work of one", ok, err, h.made.Load())
	}
	old, err := argon2id.CreateHash("herons wade at dawn", &argon2id.Params{Memory: 8 * 1024, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	if ok, outdated, err := h.matches(t.Context(), "herons wade at dawn", old); err != nil || !ok || !outdated {
		t.Errorf("a hash with older parameters: match %v, outdated %v, error %v", ok, outdated, err)
	}
}

func TestCommonPasswordsAreRefused(t *testing.T) {
	t.Parallel()
	n := 0
	for line := range strings.Lines(commonFile) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "#") || len([]rune(line)) < MinPassword {
			continue
		}
		n++
		if line != foldPassword(line) {
			t.Errorf("%q is not written as it is compared", line)
		}
		if wrong := checkPassword("password", line); len(wrong) == 0 {
			t.Errorf("%q is on the list and accepted", line)
		}
	}
	if n < 150 {
		t.Errorf("the list has %d passwords that are long enough to be chosen", n)
	}
}

func TestStamps(t *testing.T) {
	t.Parallel()
	secret := []byte("the secret of all replicas")
	shown := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	stamp := newStamp(secret, shown)
	id := strings.Split(stamp, ".")[0]
	tests := []struct {
		name  string
		stamp string
		after time.Duration
		want  error
	}{
		{"sent at once", stamp, 0, errStampFresh},
		{"sent within two seconds", stamp, 1900 * time.Millisecond, errStampFresh},
		{"filled in by a person", stamp, 40 * time.Second, nil},
		{"sent after a long day", stamp, 24 * time.Hour, nil},
		{"sent the day after", stamp, 25 * time.Hour, errStampOld},
		{"from the future", newStamp(secret, shown.Add(time.Hour)), time.Minute, errStampFresh},
		{"made up", "a.b.c", time.Minute, errStampOld},
		{"missing", "", time.Minute, errStampOld},
		{"with another time", strings.Replace(stamp, ".17", ".16", 1), time.Minute, errStampOld},
		{"signed by somebody else", newStamp([]byte("another secret"), shown), time.Minute, errStampOld},
		{"very long", strings.Repeat("x.", 1_000_000), time.Minute, errStampOld},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := readStamp(secret, test.stamp, shown.Add(test.after))
			if !errors.Is(err, test.want) {
				t.Errorf("the error is %v, want %v", err, test.want)
			}
			if err == nil && got != id {
				t.Errorf("the form's number is %q, want %q", got, id)
			}
		})
	}
}

func TestWhatIsTypedIsCleaned(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, typed, line, email string }{
		{"spaces", "  Amara \t Diallo\u00a0 ", "Amara Diallo", "Amara \u00a0 Diallo"},
		{"a NUL", "Ama\x00ra", "Amara", "Amara"},
		{"a line break", "Amara\r\nBcc: x@example.org", "Amara Bcc: x@example.org", "AmaraBcc: x@example.org"},
		{"an override of the direction", "Amara\u202eollaiD\u202c", "AmaraollaiD", "AmaraollaiD"},
		{"marks of direction that belong to the text stay", "أمارة\u200f (KE)", "أمارة\u200f (KE)", "أمارة (KE)"},
		{"a joiner of an emoji stays", "👩\u200d🔬 Amara", "👩\u200d🔬 Amara", "👩\u200d🔬 Amara"},
		{"combining marks are composed", "Zoe\u0308", "Zoë", "Zoe\u0308"},
		{"octets that are no text", "Am\xffara", "Amara", "Amara"},
		{"HTML is text", "<b>Amara</b>", "<b>Amara</b>", "<b>Amara</b>"},
		{"a copied link", " mailto:a@example.org\u200e ", "mailto:a@example.org\u200e", "a@example.org"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := cleanLine(test.typed); got != test.line {
				t.Errorf("cleanLine is %q, want %q", got, test.line)
			}
			if test.name == "spaces" {
				return
			}
			if got := form.CleanEmail(test.typed); got != test.email {
				t.Errorf("CleanEmail is %q, want %q", got, test.email)
			}
		})
	}
}

func keys(wrong []problem.Field) string {
	var all []string
	for _, f := range wrong {
		all = append(all, f.Name+"="+f.Key)
	}
	return strings.Join(all, " ")
}

func TestRegistrationsAreChecked(t *testing.T) {
	t.Parallel()
	whole := func(change func(r *Registration)) Registration {
		r := Registration{
			Profile: Profile{Name: "Amara Diallo", Position: "Focal point", Country: "KE", Lang: i18n.English, Interests: []int{1, 23}},
			Email:   "a.diallo@example.org", Office: OfficeChoice{Name: "Ministry of Labour", Category: "member_state", Country: "KE"}, Terms: true,
		}
		change(&r)
		return r
	}
	tests := []struct {
		name   string
		change func(r *Registration)
		want   string
	}{
		{"complete", func(*Registration) {}, ""},
		{"an existing office", func(r *Registration) { r.Office = OfficeChoice{ID: 17} }, ""},
		{
			"nothing at all", func(r *Registration) { *r = Registration{} },
			"name=account.name.missing email=account.email.missing position=account.position.missing country=account.country.missing lang=account.lang.missing " +
				"office_name=account.office.name.missing office_category=account.office.category.missing terms=account.terms.missing",
		},
		{"a name as long as it may be", func(r *Registration) { r.Name = strings.Repeat("é", MaxName) }, ""},
		{"a name that is too long", func(r *Registration) { r.Name = strings.Repeat("é", MaxName+1) }, "name=account.name.long"},
		{"letters are counted as a person counts", func(r *Registration) { r.Name = strings.Repeat("e\u0301", MaxName) }, ""},
		{"a million characters", func(r *Registration) { r.Position = strings.Repeat("x", 1_000_000) }, "position=account.position.long"},
		{"an unknown country", func(r *Registration) { r.Country = "XX" }, "country=account.country.missing"},
		{"a language that is not offered", func(r *Registration) { r.Lang = i18n.French }, "lang=account.lang.missing"},
		{"an objective that does not exist", func(r *Registration) { r.Interests = []int{24} }, "interests=account.interests.unknown"},
		{"two addresses", func(r *Registration) { r.Email = "a@example.org, b@example.org" }, "email=account.email.wrong"},
		{"an address with a line break", func(r *Registration) { r.Email = "a@example.org\r\nBcc: b@example.org" }, "email=account.email.wrong"},
		{"an address without a domain", func(r *Registration) { r.Email = "a@localhost" }, "email=account.email.wrong"},
		{"an unknown type of office", func(r *Registration) { r.Office.Category = "empire" }, "office_category=account.office.category.missing"},
		{"a ministry without a country", func(r *Registration) { r.Office.Country = "" }, "office_country=account.office.country.missing"},
		{"a United Nations entity without a country", func(r *Registration) { r.Office.Category, r.Office.Country = "un_entity", "" }, ""},
		{"an office of a country that does not exist", func(r *Registration) { r.Office.Category, r.Office.Country = "un_entity", "XX" }, "office_country=account.office.country.missing"},
		{"the terms not accepted", func(r *Registration) { r.Terms = false }, "terms=account.terms.missing"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := keys(whole(test.change).Check(gcm.Reference())); got != test.want {
				t.Errorf("wrong is\n%s, want\n%s", got, test.want)
			}
		})
	}
}

func TestTheCategoriesThatNeedACountryExist(t *testing.T) {
	t.Parallel()
	n := 0
	for _, c := range gcm.Reference().Categories {
		if needsCountry(c.ID) {
			n++
		}
	}
	if n != 4 {
		t.Errorf("%d categories need a country, want all 4 that the rule names", n)
	}
}

func TestTheChoiceOfAnOffice(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		form     officeForm
		button   string
		searches bool
		want     OfficeChoice
		wrong    string
	}{
		{"nothing typed", officeForm{}, "", false, OfficeChoice{}, "q=account.office.missing"},
		{"the button of the search", officeForm{Query: "labour"}, "find", true, OfficeChoice{}, ""},
		{"the button with nothing typed", officeForm{}, "find", true, OfficeChoice{}, ""},
		{"Enter in the field of the search", officeForm{Query: "labour"}, "", true, OfficeChoice{}, ""},
		{"results were shown, none chosen", officeForm{Query: "labour", Searched: "labour"}, "", false, OfficeChoice{}, "office=account.office.choose"},
		{"other words than the results are of", officeForm{Query: "work", Searched: "labour"}, "", true, OfficeChoice{}, ""},
		{"one is chosen", officeForm{Query: "labour", Searched: "labour", Office: "17"}, "", false, OfficeChoice{ID: 17}, ""},
		{"chosen by other words since", officeForm{Query: "work", Searched: "labour", Office: "17"}, "", false, OfficeChoice{ID: 17}, ""},
		{
			"a new one",
			officeForm{Searched: "x", Office: "new", Name: " Ministry\tof Labour ", Category: "member_state", Country: "KE"},
			"", false,
			OfficeChoice{Name: "Ministry of Labour", Category: "member_state", Country: "KE"},
			"",
		},
		{"made up", officeForm{Searched: "x", Office: "-3"}, "", false, OfficeChoice{}, "office=account.office.choose"},
		{"no number", officeForm{Searched: "x", Office: "17 OR 1=1"}, "", false, OfficeChoice{}, "office=account.office.choose"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := test.form.asksToSearch(test.button); got != test.searches {
				t.Fatalf("asks to search: %v, want %v", got, test.searches)
			}
			if test.searches {
				return
			}
			got, wrong := test.form.choice()
			if got != test.want || keys(wrong) != test.wrong {
				t.Errorf("choice is %+v, %s; want %+v, %s", got, keys(wrong), test.want, test.wrong)
			}
		})
	}
}

func TestTheSearchNamesTheNewOffice(t *testing.T) {
	t.Parallel()
	f := officeForm{Query: " Ministry  of Labour"}.search()
	if f.Name != "Ministry of Labour" || f.Searched != "Ministry of Labour" {
		t.Errorf("after the first search: %+v", f)
	}
	f.Query = "City of Cali"
	if f = f.search(); f.Name != "City of Cali" {
		t.Errorf("a name that nobody changed does not follow the search: %+v", f)
	}
	f.Name, f.Query = "Alcaldía de Cali", "Cali"
	if f = f.search(); f.Name != "Alcaldía de Cali" {
		t.Errorf("a name that was typed is overwritten: %+v", f)
	}
}

func TestWhoMayApproveOffices(t *testing.T) {
	t.Parallel()
	for role, want := range map[identity.StaffRole]bool{
		{Role: identity.Officer, Desk: identity.FundDesk}: true, {Role: identity.Lead, Desk: identity.PledgesDesk}: true,
		{Role: identity.Administrator}: true, {Role: identity.Reviewer}: false,
	} {
		if got := MayApproveOffices(identity.User{ID: 1, Staff: []identity.StaffRole{role}}); got != want {
			t.Errorf("%s may approve offices: %v, want %v", role.Role, got, want)
		}
	}
	if MayApproveOffices(identity.User{ID: 1}) {
		t.Error("a member may approve offices")
	}
}

func TestWherePeopleBegin(t *testing.T) {
	t.Parallel()
	ctx := ui.WithSite(t.Context(), ui.Site{Desk: "/desk", DeskNav: []ui.NavItem{
		{Path: "/desk", Roles: []identity.Role{identity.Officer, identity.Lead}}, {Path: "/reviews", Roles: []identity.Role{identity.Reviewer}},
	}})
	for role, want := range map[identity.Role]string{"": "/drafts", identity.Officer: "/desk", identity.Reviewer: "/reviews", identity.Administrator: "/desk"} {
		who := identity.User{ID: 1}
		if role != "" {
			who.Staff = []identity.StaffRole{{Role: role}}
		}
		if got := Home(ctx, who); got != want {
			t.Errorf("%q begins at %s, want %s", role, got, want)
		}
	}
}

func TestTheLastHeadStays(t *testing.T) {
	t.Parallel()
	head := func(id int64, state PostState) Colleague {
		return Colleague{PostID: id, Role: identity.Head, State: state}
	}
	member := Colleague{PostID: 9, Role: identity.Contributor, State: PostApproved}
	tests := []struct {
		name   string
		people []Colleague
		post   int64
		want   bool
	}{
		{"the only head", []Colleague{head(1, PostApproved), member}, 1, true},
		{"one of two heads", []Colleague{head(1, PostApproved), head(2, PostApproved)}, 1, false},
		{"a head who only waits does not count", []Colleague{head(1, PostApproved), head(2, PostPending)}, 1, true},
		{"a head who has left does not count", []Colleague{head(1, PostApproved), head(2, PostEnded)}, 1, true},
		{"somebody else", []Colleague{head(1, PostApproved), member}, 9, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := lastHead(test.people, test.post); got != test.want {
				t.Errorf("lastHead is %v, want %v", got, test.want)
			}
		})
	}
}

func TestDecisionsAreChecked(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		decision Decision
		want     string
	}{
		{"an approval needs no reason", Decision{Approve: true}, ""},
		{"a refusal needs a reason", Decision{}, "reason=account.desk.reason.missing"},
		{"a refusal with a reason", Decision{Reason: "Not a government office."}, ""},
		{"a reason that is too long", Decision{Reason: strings.Repeat("x", MaxReason+1)}, "reason=account.desk.reason.long"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := keys(test.decision.Check()); got != test.want {
				t.Errorf("wrong is %q, want %q", got, test.want)
			}
		})
	}
}

func TestFiltersSurviveTheAddress(t *testing.T) {
	t.Parallel()
	for _, query := range []string{"", "state=approved", "q=labour&country=KE&category=member_state&sort=name&page=3", "state=refused&sort=newest"} {
		q, _ := url.ParseQuery(query)
		if got := ReadDeskFilter(q).Values(); got.Encode() != q.Encode() {
			t.Errorf("the desk's filter %q becomes %q", q.Encode(), got.Encode())
		}
	}
	f := ReadDeskFilter(url.Values{"state": {"x"}, "sort": {"x; DROP"}, "country": {"KENYA"}, "page": {"-1"}, "q": {"  a\x00b  "}})
	if want := (DeskFilter{State: DeskWaiting, Q: "ab", Page: 1}); f != want {
		t.Errorf("what is not known becomes %+v, want %+v", f, want)
	}
	for _, query := range []string{"", "q=amara&role=officer%3Apledges&page=2", "role=administrator"} {
		q, _ := url.ParseQuery(query)
		if got := ReadPeopleFilter(q).Values(); got.Encode() != q.Encode() {
			t.Errorf("the filter of people %q becomes %q", q.Encode(), got.Encode())
		}
	}
	if f := ReadPeopleFilter(url.Values{"role": {"emperor"}}); f.Role != "" {
		t.Errorf("an unknown role is kept: %q", f.Role)
	}
}

func TestRoles(t *testing.T) {
	t.Parallel()
	for _, r := range AllRoles() {
		if got, ok := parseRole(roleText(r)); !ok || got != r {
			t.Errorf("%+v becomes %+v, %v", r, got, ok)
		}
	}
	if n := len(AllRoles()); n != 2*len(identity.Desks)+2 {
		t.Errorf("there are %d roles", n)
	}
	for _, text := range []string{"", "officer", "administrator:pledges", "officer:kitchen", "reviewer:hub"} {
		if _, ok := parseRole(text); ok {
			t.Errorf("%q is taken for a role", text)
		}
	}
}

func TestTheMailsSayHowLongLinksLast(t *testing.T) {
	t.Parallel()
	// The texts account.mail.….until name these times.
	if RegistrationLasts != 7*24*time.Hour || LinkLasts != time.Hour {
		t.Error("links last for another time than the mails say")
	}
}

func TestEveryTextExists(t *testing.T) {
	t.Parallel()
	var keys []string
	add := func(prefix string, names ...string) {
		for _, name := range names {
			keys = append(keys, "account."+prefix+name)
		}
	}
	for _, field := range append(slices.Clone(ProfileFields), "password") {
		add(field, ".change", ".label")
	}
	for _, p := range []Purpose{SignInLink, ResetLink} {
		add("request."+string(p), ".title", ".lede")
	}
	for _, p := range []Purpose{Confirm, SignInLink, ResetLink, SetUpLink} {
		add("link."+string(p), ".title", ".lede", ".button", ".not_you")
		for _, state := range []LinkState{LinkUsed, LinkExpired} {
			key := deadKey(Link{Purpose: p, State: state})
			keys = append(keys, key+".title", key+".text")
		}
	}
	add("dead.unknown", ".title", ".text")
	for _, s := range OfficeStates {
		add("office.state.", string(s))
	}
	for _, s := range PostStates {
		add("post.state.", string(s))
	}
	add("decided.", string(OfficeApproved), string(OfficeRefused), string(OfficeClosed), string(PostEnded))
	for _, r := range identity.PostRoles {
		add("role."+string(r), "", ".long")
	}
	for _, r := range identity.Roles {
		add("staff.", string(r))
	}
	for _, d := range identity.Desks {
		add("desk_name.", string(d))
	}
	for _, s := range DeskStates {
		add("desk.tab.", string(s))
		add("desk.empty.", string(s))
	}
	add("desk.sort.", "longest", "newest", "name")
	add("desk.column.", "number", "name", "category", "country", "state", "head", "since", "address")
	add("people.column.", "name", "roles", "offices")
	for _, what := range []string{"office.", "head."} {
		for _, decision := range []string{"approve", "refuse"} {
			add("desk.decision."+what+decision, "", ".hint")
			add("desk.confirm."+what+decision, ".title", ".text", ".button")
		}
	}
	for _, kind := range letterKinds {
		add("mail."+kind, ".subject", ".why", ".text")
	}
	for _, l := range i18n.Offered() {
		for _, key := range keys {
			if !i18n.Has(l, key) {
				t.Errorf("%s has no text %s", l, key)
			}
		}
	}
}

var letterKinds = []string{"confirm", "known", "sign_in", "reset", "password_changed", "newcomer", "post_approved", "post_refused", "post_ended", "office_refused",
	"factor.set", "factor.removed", "factor.reset", "factor.renewed", "factor.recovery", "factor.guessed", "factor.undone"}

func FuzzCleanLine(f *testing.F) {
	for _, seed := range []string{"", "Amara", "\x00", "\u202e", "e\u0301", "\xff", "أمارة", "👩\u200d🔬"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		line := cleanLine(typed)
		if strings.ContainsAny(line, "\x00\r\n\t\u202e") || line != strings.TrimSpace(line) {
			t.Errorf("%q becomes %q", typed, line)
		}
		if again := cleanLine(line); again != line {
			t.Errorf("%q becomes %q and then %q", typed, line, again)
		}
	})
}

func FuzzReadStamp(f *testing.F) {
	secret := []byte("secret")
	now := time.Date(2026, 3, 12, 9, 0, 0, 0, time.UTC)
	f.Add(newStamp(secret, now))
	f.Add("a.1.b")
	f.Fuzz(func(t *testing.T, stamp string) {
		if _, err := readStamp([]byte("another secret"), stamp, now.Add(time.Minute)); err == nil {
			t.Errorf("%q is accepted", stamp)
		}
	})
}

func FuzzGuessable(f *testing.F) {
	for _, seed := range []string{"password1234", "correct stapler gravel onion", "\xff\x00", strings.Repeat("a", 300), "йцукенгшщзхъ"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, password string) {
		checkPassword("password", password, password, "Amara Diallo") // must not panic, and must end soon
	})
}
