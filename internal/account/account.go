// Package account is people and their offices: registration, sign-in, the own profile, offices with the posts that people
// hold in them, and the roles at the secretariat (spec page accounts.md). It owns the tables users, offices, posts,
// staff_roles, registrations, tokens, factors, recovery_codes and pending_sign_ins.
//
// Nobody learns from it whether an address is known: what asks for an address does the same work and gives the same
// answer in either case, and the mail that tells the difference is written by a job.
package account

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/web/ui"
)

// How long things last.
const (
	// RegistrationLasts is how long the link that proves an address may be used; then the registration is removed
	// (quality.md, retention: unconfirmed accounts 7 days).
	RegistrationLasts = 7 * 24 * time.Hour
	// LinkLasts is how long a link for signing in or for a new password may be used.
	LinkLasts = time.Hour
	// SetUpLasts is how long the link may be used with which new staff set up their account.
	SetUpLasts = 7 * 24 * time.Hour
	// tokenKept is how long a link is remembered once it has run out, so that its page can say what happened.
	tokenKept = 30 * 24 * time.Hour
)

// The longest answers, in characters as a person counts them. An e-mail address has 254 octets at most (RFC 5321).
const (
	MaxName       = 200
	MaxPosition   = 200
	MaxOfficeName = 300
	MaxReason     = 2000
	maxQuery      = 200
)

// Profile is what a person says of themself. It is private, but for the name, which the person's own office sees.
type Profile struct {
	Name     string
	Position string
	// Country is an ISO 3166-1 alpha-2 code.
	Country string
	// Lang is the language of the portal's mails: one that is offered.
	Lang i18n.Lang
	// Interests are numbers of objectives, ascending.
	Interests []int
}

// Check returns what is wrong with the profile, in the order of the page.
func (p Profile) Check(v *gcm.Vocabulary) []problem.Field {
	var wrong []problem.Field
	bad := func(name, key string, args ...any) {
		wrong = append(wrong, problem.Field{Name: name, Key: key, Args: args})
	}
	if p.Name == "" {
		bad("name", "account.name.missing")
	} else if n := form.Length(p.Name); n > MaxName {
		bad("name", "account.name.long", MaxName, n)
	}
	if p.Position == "" {
		bad("position", "account.position.missing")
	} else if n := form.Length(p.Position); n > MaxPosition {
		bad("position", "account.position.long", MaxPosition, n)
	}
	if _, ok := v.Country(p.Country); !ok {
		bad("country", "account.country.missing")
	}
	if !p.Lang.IsOffered() {
		bad("lang", "account.lang.missing")
	}
	for _, n := range p.Interests {
		if _, ok := v.Objective(n); !ok {
			bad("interests", "account.interests.unknown")
			break
		}
	}
	return wrong
}

// OfficeChoice is the office for which a person asks to act: one that is there (ID), or one that they propose.
type OfficeChoice struct {
	ID       int64
	Name     string
	Category string
	// Country is an ISO 3166-1 alpha-2 code, or empty for an office of no single country.
	Country string
}

// Proposed says whether the office is a new one.
func (o OfficeChoice) Proposed() bool { return o.ID == 0 }

// Check returns what is wrong with a proposed office. Whether one that is there may be chosen is the database's to say.
func (o OfficeChoice) Check(v *gcm.Vocabulary) []problem.Field {
	if !o.Proposed() {
		return nil
	}
	var wrong []problem.Field
	bad := func(name, key string, args ...any) {
		wrong = append(wrong, problem.Field{Name: name, Key: key, Args: args})
	}
	if o.Name == "" {
		bad("office_name", "account.office.name.missing")
	} else if n := form.Length(o.Name); n > MaxOfficeName {
		bad("office_name", "account.office.name.long", MaxOfficeName, n)
	}
	if _, ok := v.Category(o.Category); !ok {
		bad("office_category", "account.office.category.missing")
	}
	if _, ok := v.Country(o.Country); !ok && (o.Country != "" || needsCountry(o.Category)) {
		bad("office_country", "account.office.country.missing")
	}
	return wrong
}

// needsCountry says whether an office of the category is always of one country.
func needsCountry(category string) bool {
	return slices.Contains([]string{"member_state", "city_or_local_authority", "parliamentarians", "nhris"}, category)
}

// MayApproveOffices says whether the person decides on offices and their first heads: officers and leads of every desk,
// and administrators. For an office in which they hold a post nobody decides; that is part of each query.
func MayApproveOffices(who identity.User) bool {
	return who.Is(identity.Officer) || who.Is(identity.Lead) || who.Is(identity.Administrator)
}

// Home is the page, without the language, on which the person begins when they wanted no other.
func Home(ctx context.Context, who identity.User) string {
	if who.IsStaff() {
		return ui.DeskOf(ctx, who)
	}
	return "/drafts"
}

// cleanLine makes one line of what was typed: composed, no control characters, no overrides of the writing direction,
// which could make a name read as another, and single spaces.
func cleanLine(typed string) string {
	typed = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069', r == utf8.RuneError:
			return -1
		}
		return r
	}, strings.ToValidUTF8(typed, ""))
	return norm.NFC.String(strings.Join(strings.Fields(typed), " "))
}

// checkEmail returns what is wrong with an address.
func checkEmail(email string) []problem.Field {
	switch {
	case email == "":
		return []problem.Field{{Name: "email", Key: "account.email.missing"}}
	case !form.ValidEmail(email):
		return []problem.Field{{Name: "email", Key: "account.email.wrong"}}
	}
	return nil
}

// cleanText makes paragraphs of what was typed.
func cleanText(typed string) string { return strings.TrimSpace(form.Clean(typed)) }

// cleanQuery makes search words of what was typed, short enough to look for.
func cleanQuery(typed string) string {
	typed = cleanLine(typed)
	if runes := []rune(typed); len(runes) > maxQuery {
		typed = strings.TrimSpace(string(runes[:maxQuery]))
	}
	return typed
}
