// Package problem names the ways in which a request can fail as expected. Everything else is a fault of ours: it is
// logged and answered by a calm page with status 500.
//
// The kinds are told apart with errors.Is, so they may be wrapped with what was being done. One place, web.Fail, maps
// them to a status and a page.
package problem

import (
	"errors"
	"strings"
)

var (
	// NotFound says that there is no such thing, or none that this person may know of (status 404).
	NotFound = errors.New("not found")
	// Forbidden says that the person may see the thing, but not do this with it (status 403).
	Forbidden = errors.New("forbidden")
	// SignInNeeded says that a visitor asked for something of a member (303 to the sign-in page).
	SignInNeeded = errors.New("sign-in needed")
	// Stale says that the thing has moved on since the person read it (status 409).
	Stale = errors.New("stale")
	// NotAllowedNow says that the state of the thing does not allow the step, for anybody (status 409).
	NotAllowedNow = errors.New("not allowed in this state")
	// Unavailable says that something we depend on does not answer, usually the database (status 503).
	Unavailable = errors.New("unavailable")
	// TooLarge says that the request is larger than we take (status 413).
	TooLarge = errors.New("too large")
	// TooMany says that the person or network asks too often (status 429).
	TooMany = errors.New("too many requests")
)

// Field is one thing that is wrong with a form, at one of its questions.
type Field struct {
	// Name is the name of the form's control, and its id on the page; empty for the form as a whole.
	Name string
	// Key is the message's key in the catalogue; Args fill its placeholders.
	Key  string
	Args []any
}

// InvalidError carries all that is wrong with a form, in the order of the page, so that one round trip shows it all.
type InvalidError struct {
	Fields []Field
}

// Error lists names and message keys, never values: values are people's own words and stay out of logs.
func (e *InvalidError) Error() string {
	var b strings.Builder
	b.WriteString("invalid:")
	for _, f := range e.Fields {
		b.WriteString(" " + f.Name + "=" + f.Key)
	}
	return b.String()
}

// Invalid returns an error of the given fields, or nil when there are none (status 422).
func Invalid(fields ...Field) error {
	if len(fields) == 0 {
		return nil
	}
	return &InvalidError{Fields: fields}
}

// InvalidFields returns what is wrong with the form when err is, or wraps, an InvalidError.
func InvalidFields(err error) ([]Field, bool) {
	var invalid *InvalidError
	if errors.As(err, &invalid) {
		return invalid.Fields, true
	}
	return nil, false
}
