// Package follow is "follow anything" (opendata.md): whoever wants to hear of what comes into a public list, or into the part of it
// that a filter leaves, is written to at once, daily or weekly, without an account.
//
// A reader is known by their address alone. They confirm what they asked for by a link (double opt-in), and from then on each
// mail has a signed link to all that they follow, and one that stops it. No answer of a public page tells whether an address is
// known.
//
// What is new comes from the functions that make the list's page and feed (web.Followed), in three steps, each of which may be
// repeated, ended and done by several processes:
//
//   - a list is asked what has come into it, and each thing gets a row, once (follow_news),
//   - each filter that somebody follows is asked once for all who do, and each of them gets a row to be told (follow_told); a thing
//     has one such row for a reader, whatever lists it is in,
//   - each reader gets one mail of all that is due, in the transaction that marks these rows; what is no longer before the public
//     is left out.
package follow

import (
	"context"
	"net/url"
	"slices"
	"time"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/web"
	"portal/web/ui"
)

// Frequency is how often a reader is told what is new.
type Frequency = mail.Pace

// Frequencies are those that there are: at once is within minutes, the others at 07:00 in Geneva, weekly on Mondays.
var Frequencies = []Frequency{mail.AtOnce, mail.Daily, mail.Weekly}

// due is when somebody is told of what is noticed now.
func due(f Frequency, now time.Time) time.Time {
	if f == mail.AtOnce {
		return now.Add(together)
	}
	return mail.NextDigest(f, now)
}

const (
	// ConfirmWithin is how long the link that confirms may be used; what is not confirmed by then is erased (quality.md, Retention).
	ConfirmWithin = 7 * 24 * time.Hour
	// MostFollows is how many lists one address may follow.
	MostFollows = 100
	// maxQuery is how long a filter may be in its one spelling, in bytes; the table has the same bound.
	maxQuery = 2000
	// together is for how long things that come before the public at about one time are collected for one mail.
	together = 2 * time.Minute
)

// Choices are how somebody follows a list.
type Choices struct {
	Frequency Frequency
	// Languages are those that the reader reads, in the order of the portal's six, the one of the mails first.
	Languages []string
}

// check puts the choices in order, for mails in a language, and returns what is wrong with them.
func (c Choices) check(l i18n.Lang) (Choices, []problem.Field) {
	var wrong []problem.Field
	if !slices.Contains(Frequencies, c.Frequency) {
		wrong = append(wrong, problem.Field{Name: "frequency", Key: "follow.wrong.frequency"})
	}
	var read []string
	for _, lang := range append([]i18n.Lang{l}, i18n.All...) {
		if slices.Contains(c.Languages, string(lang)) && !slices.Contains(read, string(lang)) {
			read = append(read, string(lang))
		}
	}
	if len(read) == 0 {
		wrong = append(wrong, problem.Field{Name: "languages", Key: "follow.wrong.languages"})
	}
	c.Languages = read
	return c, wrong
}

// Watch is a list with a filter.
type Watch struct {
	List, Query string // Query is in its one spelling
}

// Options are what a Service needs to know.
type Options struct {
	DB *database.DB
	// Lists are those that can be followed, in the order of the page.
	Lists []web.Followed
	// Site is what mails say of the operator.
	Site ui.Site
	// Secret signs the links of readers.
	Secret []byte
	// Unwanted says whether nothing may go to an address, though somebody asks for it; KeptAway whether nothing may that is sent to
	// many; Reached is told that mails arrive at it.
	Unwanted, KeptAway func(ctx context.Context, q database.Querier, email string) (bool, error)
	Reached            func(ctx context.Context, tx database.Tx, email string) error
	Now                func() time.Time
}

// Service is what can be done about following.
type Service struct {
	Options
	db *database.DB
}

// NewService returns the service.
func NewService(o Options) *Service { return &Service{Options: o, db: o.DB} }

// list finds a list by its name; one that there is not is problem.NotFound.
func (s *Service) list(name string) (web.Followed, error) {
	for _, l := range s.Lists {
		if l.Name == name {
			return l, nil
		}
	}
	return web.Followed{}, problem.NotFound
}

// watch reads a list and its filter as they were asked for. A list that there is not is problem.NotFound.
func (s *Service) watch(list string, q url.Values) (Watch, web.Followed, error) {
	l, err := s.list(list)
	if err != nil {
		return Watch{}, l, err
	}
	w := Watch{list, l.Query(clean(q)).Encode()}
	if len(w.Query) > maxQuery {
		return w, l, problem.Invalid(problem.Field{Name: "filter", Key: "follow.wrong.filter"})
	}
	return w, l, nil
}

// clean leaves out of a filter what nothing can keep: it comes as one field of a form, so that its values are typed texts.
func clean(q url.Values) url.Values {
	c := url.Values{}
	for name, values := range q {
		for _, v := range values {
			c.Add(form.Clean(name), form.Clean(v))
		}
	}
	return c
}

// filter is the query as values. It was written by this package.
func (w Watch) filter() url.Values {
	q, err := url.ParseQuery(w.Query)
	if err != nil {
		return url.Values{}
	}
	return q
}

// readEmail cleans a typed address and says what is wrong with it.
func readEmail(typed string) (string, []problem.Field) {
	email := form.CleanEmail(typed)
	switch {
	case email == "":
		return email, []problem.Field{{Name: "email", Key: "follow.wrong.email_missing"}}
	case !form.ValidEmail(email):
		return email, []problem.Field{{Name: "email", Key: "follow.wrong.email"}}
	}
	return email, nil
}
