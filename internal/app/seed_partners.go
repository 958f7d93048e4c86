package app

import (
	"context"
	"fmt"
	"regexp"
	"strconv"

	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/pledge"
)

// demoPartner is an invented partner of a demonstration pledge, with what they answer one day after the other.
type demoPartner struct {
	name, country, part string
	answers             []pledge.PartnerAnswer
}

// The answers of the demonstration's partners.
var (
	says       = pledge.PartnerAnswer{Choice: "confirm", Name: "Rosa Almeida", Position: "Director"}
	saysOther  = pledge.PartnerAnswer{Choice: "amend", Name: "Jonas Lindqvist", Position: "Head of section"}
	saysNo     = pledge.PartnerAnswer{Choice: "decline", Reason: "Our budget for next year does not have it.", Name: "Amina Sow", Position: "Secretary-General"}
	saysNoMore = pledge.PartnerAnswer{Choice: "decline", Reason: "The department has been closed.", Name: "Amina Sow", Position: "Secretary-General"}
)

// amends is an answer in the partner's own words.
func amends(part string) []pledge.PartnerAnswer {
	a := saysOther
	a.Part = part
	return []pledge.PartnerAnswer{a}
}

// demoPartners are the partners of demonstration pledges by their place in the list: some in every state.
var demoPartners = map[int][]demoPartner{
	5:  {{"Federation of Jamaican Nurses Abroad", "GB", "Finds the nurses who teach for a month", nil}, {"University Hospital of the Harbour", "JM", "Houses the visitors", nil}},
	9:  {{"Ministry of Health, Malawi", "MW", "Says which posts may be filled abroad", []pledge.PartnerAnswer{says}}, {"Nursing Council of the Lakes", "MW", "Keeps the register", nil}},
	15: {{"Border Agency of Rwanda", "RW", "Shares the building and the shifts", []pledge.PartnerAnswer{says}}, {"Revenue Authority of Kenya", "KE", "Opens its system to the joint desk", []pledge.PartnerAnswer{says}}},
	16: {{"Statistics Office of Djibouti", "DJ", "Adds the same eleven questions", []pledge.PartnerAnswer{says}}, {"Bureau of Statistics of Somalia", "SO", "Adds the same eleven questions", amends("We add six of the eleven questions, in the survey of 2027.")}},
	20: {{"Growers of the Murray Valley", "AU", "Pays for the interpreters", nil}},
	28: {{"Chambre des métiers du Sénégal", "SN", "Choisit les boursiers", []pledge.PartnerAnswer{says}}, {"Compagnons du littoral", "FR", "Accueille cent apprentis", []pledge.PartnerAnswer{saysNo}}},
	40: {{"Ministerio de Trabajo de Honduras", "HN", "Selecciona y forma a los trabajadores", []pledge.PartnerAnswer{says}}, {"Cooperativa Huertas del Sur", "ES", "Ofrece contratos y vivienda", []pledge.PartnerAnswer{says, saysNoMore}}},
	47: {{"Fundació Sostre Obert", "ES", "Gestiona los pisos", nil}},
	53: {{"جمعية الطريق الآمن", "SD", "تدير عيادتين", amends("ندير عيادة واحدة حتى نهاية العام")}, {"وزارة الصحة في تشاد", "TD", "تستقبل الحالات عبر الحدود", nil}},
	54: {{"غرفة التجارة المغربية في بروكسل", "BE", "ترشد المستثمرين", []pledge.PartnerAnswer{says}}, {"بنك الساحل", "MA", "يفتح الحسابات عن بعد", []pledge.PartnerAnswer{says}}},
	56: {{"Пенсионный фонд Казахстана", "KZ", "Засчитывает стаж", []pledge.PartnerAnswer{says}}, {"Союз мигрантов Урала", "RU", "Собирает справки", nil}},
	61: {{"湄公河工资观察站", "TH", "每季度提供工资数据", nil}, {"群岛汇款研究中心", "PH", "每月发布汇款价格", nil}},
}

// mailboxOf is the invented address of a partner.
func mailboxOf(i, n int) string {
	return "partner" + strconv.Itoa(i+1) + "." + strconv.Itoa(n+1) + "@partner.example"
}

// named puts the partners of a demonstration pledge into its answers.
func named(a form.Answers, i int) {
	for n, p := range demoPartners[i] {
		for field, value := range map[string]string{"name": p.name, "country": p.country, "part": p.part, "email": mailboxOf(i, n)} {
			a[form.RowName("partners", n, field)] = []string{value}
		}
	}
}

var partnerToken = regexp.MustCompile(`/t/partner/([A-Z2-7]+)`)

// partners lets the partners of a demonstration pledge answer, through the links that they were sent.
func (s *seeder) partners(ctx context.Context, i, sent int) error {
	for n, p := range demoPartners[i] {
		for day, answer := range p.answers {
			s.at(max(0, sent-1-day), 9)
			html, err := database.Value[string](ctx, s.db.Read(), `SELECT html FROM outbox WHERE to_address = $1 ORDER BY id DESC LIMIT 1`, mailboxOf(i, n))
			if err != nil {
				return fmt.Errorf("mail to %s: %w", p.name, err)
			}
			token := partnerToken.FindStringSubmatch(html)
			if token == nil {
				return nil // the mail has been sent meanwhile, and its text is erased
			}
			if err := s.areas.pledges.Answer(ctx, token[1], answer, "demonstration"); err != nil {
				return fmt.Errorf("answer of %s: %w", p.name, err)
			}
		}
	}
	return nil
}
