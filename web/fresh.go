package web

import (
	"context"
	"errors"
	"time"
)

// FreshFor is how long after showing who they are a person may take risky acts without being asked again (accounts.md:
// re-authentication for risky acts; see Fresh).
const FreshFor = 10 * time.Minute

// The pages, without the language, to which the router leads a signed-in person before they may go on: with the query
// next they lead back. The account area answers at them.
const (
	// ConfirmPath is where somebody shows once more who they are.
	ConfirmPath = "/account/confirm"
	// FactorPath is where somebody with a role at the secretariat sets up their second factor, or passes it.
	FactorPath = "/account/factor"
	// TermsPath is where somebody accepts the terms that are in force.
	TermsPath = "/account/terms"
)

var (
	errNotFresh = errors.New("the person has to show again who they are")
	errNoTerms  = errors.New("the person has not accepted the terms that are in force")
	errNoFactor = errors.New("the person has to pass a second factor first")
)

func (x *exchange) isFresh() bool {
	return x.router.now().Sub(x.session.Authenticated) <= FreshFor
}

// IsFresh says whether the person of the request may take risky acts: they have shown who they are within FreshFor.
func IsFresh(ctx context.Context) bool {
	x := exchangeOf(ctx)
	return x != nil && x.user.SignedIn() && x.isFresh()
}

// NeedsTerms says whether the person of the request has not accepted the terms that are in force: for a page for everybody
// on which a signed-in person acts.
func NeedsTerms(ctx context.Context) bool {
	x := exchangeOf(ctx)
	return x != nil && x.user.SignedIn() && x.mustAcceptTerms()
}

// PassedFactor says whether the session of the request has passed a second factor.
func PassedFactor(ctx context.Context) bool {
	x := exchangeOf(ctx)
	return x != nil && x.user.SignedIn() && x.session.Factor != nil
}
