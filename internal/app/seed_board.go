package app

import (
	"context"
	"fmt"

	"portal/internal/database"
	"portal/internal/identity"
	"portal/internal/pledge"
)

// demoSupport is what the pledges of the demonstration need and offer, by their place in the file, in their language.
var demoSupport = map[int]struct{ needed, offered string }{
	0:  {"Two trainers who have set up a refund bond for recruitment agencies elsewhere, for four weeks.", ""},
	1:  {"Partners in countries of destination who test the skills passport with their employers.", "The open technical standard of the record, with its source code."},
	2:  {"", "Our call centre can answer for consulates of other countries at night, in eight languages."},
	3:  {"A second partner country to test the shared switch, and an expert in postal banking.", ""},
	5:  {"Hospitals abroad that agree leave of two to six weeks with nurses and doctors.", ""},
	8:  {"", "Advisers and training material for public employment services that want to open a centre."},
	16: {"", "Twelve tested survey questions, with training for interviewers, free of charge."},
	18: {"Interpreters for Amharic and Sinhala, on the telephone, two evenings a week.", ""},
	27: {"Du matériel d’état civil mobile pour douze consulats.", "Notre logiciel d’enregistrement, libre de droits."},
	29: {"Des formations pour les comités de village et deux juristes pendant un an.", ""},
	40: {"", "Un módulo de contratos en cuatro idiomas y una visita de estudio para dos países al año."},
	43: {"Cooperación técnica para el registro de trabajadoras sin documentos.", ""},
	49: {"معلمون مساندون لمئتي صف دراسي، ومواد تعليمية بلغتين.", ""},
	53: {"سيارتا إسعاف وأدوية أساسية لستة أشهر.", "خبرتنا في تنظيم العيادات المتنقلة على طرق العبور."},
	57: {"", "Методические материалы для регистратур, не проверяющих документы."},
	59: {"", "行前培训教材,中英文对照,免费提供。"},
}

// cases are what became of two needs and an offer: one case that has just begun, one that is agreed, one not pursued.
func (s *seeder) cases(ctx context.Context, all []demoPledge) error {
	publicID := func(i int) (string, error) {
		return database.Value[string](ctx, s.db.Read(), `SELECT public_id FROM pledges WHERE title = $1 AND until IS NULL`, all[i].Title)
	}
	head := func(i int) (identity.User, error) {
		return identity.Load(ctx, s.db.Read(), s.offices[all[i].Office][0].ID)
	}
	type said struct {
		daysAgo int
		asked   bool // the office of the pledge says it
		action  pledge.InterestAction
		text    string
	}
	for _, c := range []struct {
		pledge, by int
		support    pledge.Support
		began      int
		text       string
		then       []said
	}{
		{0, 2, pledge.Needed, 6, "Our bond has refunded workers since 2019. Two colleagues could come for four weeks in spring.", nil},
		{16, 1, pledge.Offered, 48, "We prepare the next labour force survey and would like to use your twelve questions.", []said{
			{44, true, pledge.ActInContact, "Gladly. We propose a call next week; the questions are attached to our page."},
			{30, false, pledge.ActMessage, "Thank you for the call. Our statisticians agree to the wording."},
			{21, true, pledge.ActAgreed, "We train your interviewers in May."},
		}},
		{3, 8, pledge.Needed, 90, "One of our advisers knows postal banking well.", []said{
			{80, false, pledge.ActNotPursued, "Our adviser has left. We may come back to it next year."},
		}},
	} {
		id, err := publicID(c.pledge)
		if err != nil {
			return fmt.Errorf("%q: %w", all[c.pledge].Title, err)
		}
		from, err := head(c.by)
		if err != nil {
			return err
		}
		to, err := head(c.pledge)
		if err != nil {
			return err
		}
		s.at(c.began, 10)
		n := pledge.NewInterest{Support: c.support, OfficeID: from.Posts[0].OfficeID, Text: c.text, Lang: "en"}
		made, err := s.areas.pledges.Express(ctx, from, id, n)
		if err != nil {
			return err
		}
		for _, one := range c.then {
			s.at(one.daysAgo, 11)
			who := from
			if one.asked {
				who = to
			}
			if err := s.areas.pledges.Act(ctx, who, made, one.action, one.text, "en"); err != nil {
				return err
			}
		}
	}
	return nil
}
