package app

import (
	"context"
	"fmt"
	"strconv"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/practice"
)

// demoReuses are invented reuses, by the place of the practice among the published ones; answer is what its office said, "" for
// nothing yet.
var demoReuses = []struct {
	practice                          int
	organization, country, lang, link string
	changed                           string
	answer                            practice.ReuseState
	reason                            string
	yearsAgo                          int
}{
	{0, "Agence nationale pour l’emploi", "SN", "fr", "https://example.org/guichet", "Un guichet au lieu de cinq ministères : le même dossier partagé, sans le volet santé, et des agents qui se déplacent dans deux régions.", practice.ReuseConfirmed, "", 1},
	{0, "City of Cali", "CO", "es", "", "Solo el expediente compartido y la primera entrevista; el pago lo hace la alcaldía.", practice.ReuseConfirmed, "", 0},
	{0, "Bureau of Migrant Workers", "PH", "en", "", "The intake form, translated, as part of the arrival desk at two airports.", "", "", 0},
	{1, "نقابة عمال المنازل", "LB", "ar", "https://example.org/hotline", "خط هاتفي يعاود الاتصال بالعاملات مساءً، مع مترجمات متطوعات بدل الموظفين.", practice.ReuseConfirmed, "", 1},
	{1, "Call centre association", "IN", "en", "", "A commercial hot line.", practice.ReuseRefused, "It charges the callers, which ours never does.", 1},
}

// practiceTies has others record reuses, which the offices answer, and practices name the pledges that they serve.
func (s *seeder) practiceTies(ctx context.Context, all []demoPractice, pledges []demoPledge) error {
	recorder := s.writerOf(all[2], pledges) // of another office
	ids, err := database.Values[string](ctx, s.db.Read(), `SELECT public_id FROM practices WHERE until IS NULL ORDER BY public_id`)
	if err != nil {
		return err
	}
	for n, r := range demoReuses {
		s.at(15-n, 11)
		typed := practice.NewReuse{Organization: r.organization, Country: r.country, Year: strconv.Itoa(s.now.Year() - r.yearsAgo), Changed: r.changed, Lang: r.lang, Link: r.link}
		id, err := s.areas.practices.RecordReuse(ctx, recorder, ids[r.practice], typed)
		if err != nil {
			return fmt.Errorf("reuse by %s: %w", r.organization, err)
		}
		if r.answer == "" {
			continue
		}
		if err := s.areas.practices.SettleReuse(ctx, s.writerOf(all[r.practice], pledges), ids[r.practice], id, r.answer, r.reason); err != nil {
			return fmt.Errorf("answer about %s: %w", r.organization, err)
		}
	}
	for n := range 3 {
		named, err := database.Value[string](ctx, s.db.Read(), `SELECT g.public_id FROM pledges g JOIN practices p ON p.public_id = $1 AND p.until IS NULL
			WHERE g.until IS NULL AND g.objectives && p.objectives ORDER BY g.office_id = p.office_id DESC, g.id LIMIT 1`, ids[n])
		if err != nil {
			return fmt.Errorf("a pledge for %s: %w", ids[n], err)
		}
		if err := s.areas.practices.NamePledge(ctx, s.writerOf(all[n], pledges), ids[n], named); err != nil {
			return err
		}
	}
	return nil
}

// writerOf is who has written a demonstration practice.
func (s *seeder) writerOf(p demoPractice, pledges []demoPledge) identity.User {
	people := s.offices[pledges[p.Office].Office]
	return people[len(people)-1]
}
