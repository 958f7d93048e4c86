package app

import (
	"context"
	"fmt"

	"portal/internal/account"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
)

// changes brings life into the offices of the demonstration: one that is vacant, one that went into another, somebody who
// stands in, and a post that is offered to a successor.
func (s *seeder) changes(ctx context.Context, all []demoPledge) error {
	accounts := s.areas.accounts
	introduce := func(email, office, country string, role identity.PostRole) (identity.User, error) {
		return accounts.Introduce(ctx, account.Introduction{
			Email: email, Profile: account.Profile{Name: s.name("en"), Position: positions["en"], Country: country, Lang: i18n.English},
			Office: account.OfficeChoice{Name: office, Category: "member_state", Country: country}, Role: role, Approved: true,
		})
	}
	s.at(300, 9)
	leaver, err := introduce("leaver@office.example", "National Observatory of Migration", "GH", identity.Head)
	if err != nil {
		return err
	}
	if _, err := introduce("analyst@office.example", "National Observatory of Migration", "GH", identity.Contributor); err != nil {
		return err
	}
	directorate, err := introduce("directorate@office.example", "Directorate for Labour Mobility", all[0].Country, identity.Head)
	if err != nil {
		return err
	}
	host := s.offices[all[0].Office]
	s.at(40, 11)
	if err := accounts.MergeOffice(ctx, s.officers[0], directorate.Posts[0].OfficeID, host[0].Posts[0].OfficeID); err != nil {
		return fmt.Errorf("merge an office: %w", err)
	}
	s.at(6, 10)
	if err := accounts.Leave(ctx, leaver, leaver.Posts[0].OfficeID, true); err != nil {
		return fmt.Errorf("leave an office vacant: %w", err)
	}
	s.now = s.start
	today := date.Of(s.start.UTC())
	away := s.offices[all[3].Office]
	stand := account.OfferForm{Colleague: away[len(away)-1].ID, FromOn: today, UntilOn: today.AddDays(12)}
	if _, err := accounts.Delegate(ctx, away[0], away[0].Posts[0].OfficeID, stand); err != nil {
		return fmt.Errorf("let somebody stand in: %w", err)
	}
	leaving := s.offices[all[2].Office][0]
	offer := account.OfferForm{Email: host[len(host)-1].Email, UntilOn: today.AddDays(20), Message: "The files are in good order; I stay within reach until the end of the month."}
	if _, err := accounts.Hand(ctx, leaving, leaving.Posts[0].OfficeID, offer); err != nil {
		return fmt.Errorf("hand over a post: %w", err)
	}
	return nil
}
