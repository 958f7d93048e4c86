package pledge

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"

	"portal/internal/database"
	"portal/internal/i18n"
	"portal/internal/mail"
	"portal/internal/workflow"
	"portal/web/ui"
)

// The kinds of mail about cases, after "pledge.".
const (
	mailInterest     = "interest"      // to the pledge's office: somebody is interested
	mailInterestNews = "interest_news" // something has happened since
)

// interestNews is what an office is told of a case.
type interestNews struct {
	action InterestAction
	// by is who did it, "" the portal, and said what they wrote.
	by   string
	said words
	// to is the office that is told.
	to    int64
	about Interest
	name  string // of the recipient
}

// tellOfInterest writes to the heads and contributors of an office, each in their language.
func (s *Service) tellOfInterest(ctx context.Context, tx database.Tx, i Interest, n interestNews) error {
	people, err := officeReaders(ctx, tx, n.to)
	if err != nil {
		return fmt.Errorf("whom to tell of case %d: %w", i.ID, err)
	}
	n.about = i
	for _, to := range people {
		if err := s.writeOfInterest(ctx, tx, to, n); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) writeOfInterest(ctx context.Context, tx database.Tx, to workflow.Recipient, n interestNews) error {
	ctx = ui.WithSite(i18n.WithLang(ctx, i18n.Lang(to.Lang).OrEnglish()), s.site)
	kind := mailInterestNews
	if n.action == ActInterested {
		kind = mailInterest
	}
	n.name = to.Name
	subject := i18n.T(ctx, "pledge.interest.mail."+string(n.action)+".subject", n.other(), n.about.PublicID)
	var html strings.Builder
	if err := interestLetter(n, "pledge."+kind, subject).Render(ctx, &html); err != nil {
		return fmt.Errorf("write %s: %w", kind, err)
	}
	return mail.Queue(ctx, tx, mail.Message{
		To: to.Email, ToUser: to.ID, Lang: i18n.From(ctx), Kind: "pledge." + kind, Subject: subject, HTML: html.String(), About: n.about.PledgeID, Case: n.about.ID,
	})
}

// other is the office that the told one has to do with.
func (n interestNews) other() string {
	if n.to == n.about.OwnerID {
		return n.about.OfficeName
	}
	return n.about.OwnerName
}

// facts are what a mail says of the case.
func (n interestNews) facts(ctx context.Context) []ui.Fact {
	i := n.about
	return append([]ui.Fact{
		{Term: i18n.T(ctx, "pledge.partner.fact.pledge"), Values: notBlank(i.Title, i.PublicID), Lang: i.Lang},
		{Term: i18n.T(ctx, "pledge.interest.fact.support"), Values: []string{i18n.T(ctx, "pledge.support."+string(i.Support))}},
	}, i.ownFact(ctx)...)
}

// ownFact is the pledge of the interested office that it concerns.
func (i Interest) ownFact(ctx context.Context) []ui.Fact {
	if i.Own == "" {
		return nil
	}
	return []ui.Fact{{Term: i18n.T(ctx, "pledge.interest.fact.own"), Values: notBlank(i.OwnTitle, i.Own), Lang: cmp.Or(i.OwnLang, "und")}}
}

// casePath is the page of a case for its offices, without the language.
func casePath(id int64) string { return CasesPath + "/" + strconv.FormatInt(id, 10) }
