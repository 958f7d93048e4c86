package fund

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
)

// The register of Resident Coordinators is the fund desk's: every officer and the lead maintain it. Nothing is deleted: an
// office that is no more is closed, and can be opened again. What was changed when is in the audit record.

// errTaken says that another open office has the name.
var errTaken = problem.Invalid(problem.Field{Name: "name", Key: "fund.rc.wrong.taken"})

// RCFilter says which offices of the register a list holds. The zero RCFilter is all that are open.
type RCFilter struct {
	// Q is part of the name, or of that of a country in the reader's language; Country is a code, "" for any.
	Q, Country string
	// Closed shows those that are closed, and not those that are open.
	Closed bool
}

// readRCFilter reads a filter from the query of an address; what it does not know is left out.
func readRCFilter(q url.Values, v *gcm.Vocabulary) RCFilter {
	f := RCFilter{Q: line(q.Get("q")), Closed: q.Get("state") == "closed"}
	if form.Length(f.Q) > MaxName {
		f.Q = ""
	}
	if c, ok := v.Country(strings.ToUpper(q.Get("country"))); ok {
		f.Country = c.ISO2
	}
	return f
}

// values is the inverse of readRCFilter.
func (f RCFilter) values() url.Values {
	q := url.Values{}
	if f.Q != "" {
		q.Set("q", f.Q)
	}
	if f.Country != "" {
		q.Set("country", f.Country)
	}
	if f.Closed {
		q.Set("state", "closed")
	}
	return q
}

// maxRCOffices bounds how many offices are listed: there are some 130 in the world.
const maxRCOffices = 1000

// RCOffices are the offices that the filter leaves, by name, for the fund desk; others get problem.NotFound.
func (s *Service) RCOffices(ctx context.Context, who identity.User, f RCFilter) ([]RCOffice, error) {
	if !who.OnDesk(identity.FundDesk) {
		return nil, problem.NotFound
	}
	all, err := database.Rows[RCOffice](ctx, s.db.Read(), `SELECT `+rcOfficeColumns+fromRCOffices+`
		WHERE (r.closed_at IS NOT NULL) = @closed AND (@q::text = '' OR strpos(fold_name(r.name), fold_name(@q::text)) > 0
				OR EXISTS (SELECT FROM rc_office_countries c WHERE c.rc_office_id = r.id AND c.country = ANY (@named::text[])))
			AND (@country::text = '' OR EXISTS (SELECT FROM rc_office_countries c WHERE c.rc_office_id = r.id AND c.country = @country::text)) ORDER BY lower(r.name), r.id LIMIT @most`,
		database.Args{"closed": f.Closed, "q": f.Q, "named": s.named(ctx, f.Q), "country": f.Country, "most": maxRCOffices})
	return all, wrap("list the RC offices", err)
}

// RCOffice is an office for the fund desk; problem.NotFound for everybody else.
func (s *Service) RCOffice(ctx context.Context, who identity.User, id RCOfficeID) (RCOffice, error) {
	if !who.OnDesk(identity.FundDesk) {
		return RCOffice{}, problem.NotFound
	}
	o, err := findRCOffice(ctx, s.db.Read(), id)
	return o, wrap(fmt.Sprintf("RC office %d", id), err)
}

// named are the countries whose names in the reader's language hold the words.
func (s *Service) named(ctx context.Context, words string) []string {
	codes := []string{}
	for _, c := range s.vocabulary().States {
		if strings.Contains(strings.ToLower(c.Name(i18n.From(ctx))), strings.ToLower(words)) {
			codes = append(codes, c.ISO2)
		}
	}
	return codes
}

func findRCOffice(ctx context.Context, q database.Querier, id RCOfficeID) (RCOffice, error) {
	return database.Row[RCOffice](ctx, q, `SELECT `+rcOfficeColumns+fromRCOffices+`WHERE r.id = $1`, id)
}

// PortalOffice is an office of the portal to which an office of a Resident Coordinator can be tied.
type PortalOffice struct {
	ID      int64
	Name    string
	Country string
}

// PortalOffices are the approved offices of the portal that are of the United Nations: an RC is the head of one of them.
func (s *Service) PortalOffices(ctx context.Context, who identity.User) ([]PortalOffice, error) {
	if !who.OnDesk(identity.FundDesk) {
		return nil, problem.NotFound
	}
	all, err := database.Rows[PortalOffice](ctx, s.db.Read(), `SELECT id, name, COALESCE(country, '') AS country FROM offices WHERE state = 'approved' AND category = ANY ($1) ORDER BY lower(name), id LIMIT 2000`, unCategories)
	return all, wrap("the offices of the United Nations", err)
}

// unCategories are the categories of offices of the United Nations.
var unCategories = []string{"un_entity"}

// rcForm is the form of an office as typed.
type rcForm struct{ url.Values }

func rcFormOf(o RCOffice) rcForm {
	f := rcForm{url.Values{"name": {o.Name}, "countries": o.Countries}}
	if o.OfficeID != 0 {
		f.Set("office", strconv.FormatInt(o.OfficeID, 10))
	}
	return f
}

// office reads the form into the office. What is wrong is told in the order of the page.
func (f rcForm) office(o *RCOffice, v *gcm.Vocabulary) (wrong []problem.Field) {
	o.Name = line(f.Get("name"))
	switch n := form.Length(o.Name); {
	case n == 0:
		wrong = append(wrong, problem.Field{Name: "name", Key: "fund.rc.wrong.name"})
	case n > MaxName:
		wrong = append(wrong, problem.Field{Name: "name", Key: "fund.meeting.wrong.long", Args: []any{MaxName, n}})
	}
	o.Countries = nil
	for _, code := range f.Values["countries"] {
		if c, ok := v.Country(code); ok && !slices.Contains(o.Countries, c.ISO2) {
			o.Countries = append(o.Countries, c.ISO2)
		}
	}
	slices.Sort(o.Countries)
	if len(o.Countries) == 0 {
		wrong = append(wrong, problem.Field{Name: "countries", Key: "fund.rc.wrong.countries"})
	}
	o.OfficeID = 0
	if typed := f.Get("office"); typed != "" {
		id, err := strconv.ParseInt(typed, 10, 64)
		if o.OfficeID = id; err != nil || id <= 0 {
			wrong = append(wrong, problem.Field{Name: "office", Key: "fund.rc.wrong.office"})
		}
	}
	return wrong
}

// AddRCOffice adds an office from the form as posted and returns its number; the same form again returns the same one. What is
// wrong with it is a problem.Invalid; who is not of the fund desk gets problem.NotFound.
func (s *Service) AddRCOffice(ctx context.Context, who identity.User, posted url.Values, invented bool) (id RCOfficeID, err error) {
	if !who.OnDesk(identity.FundDesk) {
		return 0, problem.NotFound
	}
	o := RCOffice{Invented: invented}
	if wrong := (rcForm{posted}).office(&o, s.vocabulary()); len(wrong) > 0 {
		return 0, problem.Invalid(wrong...)
	}
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if err := checkTied(ctx, tx, o); err != nil {
			return err
		}
		ids, err := database.Values[RCOfficeID](ctx, tx, `INSERT INTO rc_offices (name, office_id, invented) VALUES ($1, NULLIF($2, 0), $3)
			ON CONFLICT (lower(name)) WHERE closed_at IS NULL DO NOTHING RETURNING id`, o.Name, o.OfficeID, o.Invented)
		if err != nil {
			return err
		}
		if len(ids) == 1 {
			id = ids[0]
			if err := putCountries(ctx, tx, id, o.Countries); err != nil {
				return err
			}
			return s.recordRC(ctx, tx, who, id, "add", "name", "countries", "office")
		}
		there, err := database.Row[RCOffice](ctx, tx, `SELECT `+rcOfficeColumns+fromRCOffices+`WHERE r.closed_at IS NULL AND lower(r.name) = lower($1)`, o.Name)
		if err != nil {
			return err
		}
		if len(there.differs(o)) > 0 {
			return errTaken
		}
		id = there.ID
		return nil
	})
	return id, wrap("add an RC office", err)
}

// differs names what the form would change of the office.
func (o RCOffice) differs(to RCOffice) (fields []string) {
	if o.Name != to.Name {
		fields = append(fields, "name")
	}
	if !slices.Equal(o.Countries, to.Countries) {
		fields = append(fields, "countries")
	}
	if o.OfficeID != to.OfficeID {
		fields = append(fields, "office")
	}
	return fields
}

// checkTied refuses an office of the portal that is not an approved one of the United Nations.
func checkTied(ctx context.Context, tx database.Tx, o RCOffice) error {
	if o.OfficeID == 0 {
		return nil
	}
	ok, err := database.Value[bool](ctx, tx, `SELECT EXISTS (SELECT FROM offices WHERE id = $1 AND state = 'approved' AND category = ANY ($2))`, o.OfficeID, unCategories)
	if err == nil && !ok {
		err = problem.Invalid(problem.Field{Name: "office", Key: "fund.rc.wrong.office"})
	}
	return err
}

func putCountries(ctx context.Context, tx database.Tx, id RCOfficeID, countries []string) error {
	if _, err := tx.Exec(ctx, `DELETE FROM rc_office_countries WHERE rc_office_id = $1 AND country <> ALL ($2)`, id, countries); err != nil {
		return wrap(fmt.Sprintf("the countries of RC office %d", id), err)
	}
	_, err := tx.Exec(ctx, `INSERT INTO rc_office_countries (rc_office_id, country) SELECT $1, unnest($2::text[]) ON CONFLICT ON CONSTRAINT rc_office_countries_pkey DO NOTHING`, id, countries)
	return wrap(fmt.Sprintf("the countries of RC office %d", id), err)
}

func (s *Service) recordRC(ctx context.Context, tx database.Tx, who identity.User, id RCOfficeID, act string, fields ...string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "rc_office." + act, Subject: "rc_office", SubjectID: id, Fields: fields, At: s.now()})
}

// changeRC changes an office, locked, on top of the version that was seen; problem.Stale when it was changed since, unless it
// already is as it was to be.
func (s *Service) changeRC(ctx context.Context, who identity.User, id RCOfficeID, seen int, act string, do func(tx database.Tx, o *RCOffice) (fields []string, err error)) error {
	if !who.OnDesk(identity.FundDesk) {
		return problem.NotFound
	}
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM rc_offices WHERE id = $1 FOR UPDATE`, id); err != nil {
			return err
		}
		o, err := findRCOffice(ctx, tx, id)
		if err != nil {
			return err
		}
		version := o.Version
		fields, err := do(tx, &o)
		switch {
		case err != nil:
			return err
		case len(fields) == 0: // it is so already
			return nil
		case version != seen:
			return problem.Stale
		}
		_, err = tx.Exec(ctx, `UPDATE rc_offices SET version = version + 1, name = $2, office_id = NULLIF($3, 0), closed_at = $4 WHERE id = $1`, id, o.Name, o.OfficeID, o.ClosedAt)
		if err == nil {
			err = putCountries(ctx, tx, id, o.Countries)
		}
		if err != nil {
			return err
		}
		return s.recordRC(ctx, tx, who, id, act, fields...)
	})
	if database.Constraint(err) == "rc_offices_name" {
		return errTaken
	}
	return wrap(fmt.Sprintf("%s RC office %d", act, id), err)
}

// SaveRCOffice changes name, countries and tie of an office that is open.
func (s *Service) SaveRCOffice(ctx context.Context, who identity.User, id RCOfficeID, seen int, posted url.Values) error {
	return s.changeRC(ctx, who, id, seen, "change", func(tx database.Tx, o *RCOffice) ([]string, error) {
		before := *o
		if wrong := (rcForm{posted}).office(o, s.vocabulary()); len(wrong) > 0 {
			return nil, problem.Invalid(wrong...)
		}
		if !before.Open() {
			return nil, problem.NotAllowedNow
		}
		return before.differs(*o), checkTied(ctx, tx, *o)
	})
}

// CloseRCOffice closes an office, or opens it again: concept notes go through open ones only.
func (s *Service) CloseRCOffice(ctx context.Context, who identity.User, id RCOfficeID, seen int, closed bool) error {
	act := "reopen"
	if closed {
		act = "close"
	}
	return s.changeRC(ctx, who, id, seen, act, func(_ database.Tx, o *RCOffice) ([]string, error) {
		if o.Open() != closed {
			return nil, nil
		}
		o.ClosedAt = nil
		if closed {
			now := s.now()
			o.ClosedAt = &now
		}
		return []string{"closed"}, nil
	})
}

// errStale says whether an error is that the thing was changed since.
func errStale(err error) bool { return errors.Is(err, problem.Stale) }
