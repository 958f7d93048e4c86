package app

import (
	"context"
	"fmt"
	"log/slog"

	"portal/internal/i18n"
	"portal/internal/missed"
	"portal/internal/search"
)

// demoMissed is what people looked for and did not find.
var demoMissed = []struct {
	list  missed.List
	lang  i18n.Lang
	words string
	how   search.Miss
	times int
}{
	{missed.Practices, i18n.English, "seafarers", search.Nothing, 14},
	{missed.Practices, i18n.English, "climate visa", search.Some, 9},
	{missed.Practices, i18n.English, "surrogacy", search.Nothing, 3},
	{missed.Practices, i18n.English, "digital nomads", search.Some, 7},
	{missed.Practices, i18n.English, "naturalisaton", search.Corrected, 5},
	{missed.Practices, i18n.French, "tontines", search.Nothing, 6},
	{missed.Practices, i18n.French, "orpaillage", search.Nothing, 4},
	{missed.Practices, i18n.Spanish, "jornaleros golondrina", search.Some, 8},
	{missed.Practices, i18n.Arabic, "نظام الكفالة", search.Some, 17},
	{missed.Practices, i18n.Arabic, "البحارة", search.Nothing, 5},
	{missed.Practices, i18n.Russian, "трудовой патент", search.Some, 6},
	{missed.Practices, i18n.Chinese, "海员", search.Nothing, 4},
	{missed.Pledges, i18n.English, "blockchain wallets", search.Nothing, 5},
	{missed.Pledges, i18n.English, "sports", search.Nothing, 11},
	{missed.Pledges, i18n.French, "carte bleue", search.Nothing, 3},
	{missed.Pledges, i18n.Arabic, "تأشيرة المناخ", search.Nothing, 4},
	{missed.Pledges, i18n.English, "somebody’s name", search.Nothing, 1}, // stays unseen
}

// missed lets people look for things in the last weeks. One of them is dealt with, and missed again since.
func (s *seeder) missed(ctx context.Context) error {
	gather := missed.Gather(ctx, s.db, s.secret, slog.New(slog.DiscardHandler), s.clock)
	defer gather.Stop()
	for daysAgo := 40; daysAgo >= 1; daysAgo-- {
		s.at(daysAgo, 12)
		for i, m := range demoMissed {
			if n := (daysAgo + i*3) % 40; n < m.times {
				gather.Note(m.list, fmt.Sprintf("network %d of %d", n, i), m.lang, m.words, m.how)
			}
		}
		if err := gather.Flush(ctx); err != nil {
			return err
		}
		if daysAgo == 5 {
			if err := s.dealtWith(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *seeder) dealtWith(ctx context.Context) error {
	for _, who := range s.officers {
		if len(missed.ListsOf(who)) == 0 {
			continue
		}
		all, err := s.areas.missed.Export(ctx, who, missed.Filter{State: missed.Open, Days: missed.KeepDays, Sort: missed.MostFirst})
		if err != nil {
			return err
		}
		if len(all) > 0 {
			return s.areas.missed.Deal(ctx, who, all[0].ID, true)
		}
	}
	return nil
}
