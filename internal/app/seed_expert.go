package app

import (
	"context"
	"errors"
	"fmt"

	"portal/internal/expert"
	"portal/internal/problem"
)

// demoExperts is what invented experts say of themselves, by language.
var demoExperts = map[string][]string{
	"en": {
		"I have set up complaint desks for workers abroad since 2014. Ask me about hotlines, interpreters and how to agree a response time with employers.",
		"For ten years I have designed surveys that count migrants without naming them. I share sampling plans, consent forms and the code.",
		"I advise cities on welcoming newcomers: one-stop centres, language courses and what they cost in a town of 40,000 people.",
		"I train consular staff in the field. I can help with mobile registration, emergency funds and the first hour after a crisis.",
		"I work on skills recognition between nursing councils. Ask me about bridging courses and agreements that last longer than a minister.",
		"I have negotiated two seasonal work agreements from the side of a country of origin. I share what we would do differently.",
		"I lead a network of diaspora entrepreneurs. We match savings with small loans, and publish what fails.",
		"I help ministries to write law on the detention of children, and on what takes its place.",
	},
	"fr": {
		"J’accompagne depuis douze ans des comités villageois qui accueillent les personnes de retour. Je partage nos outils d’écoute et de suivi.",
		"Juriste, je travaille sur l’état civil mobile dans les consulats. Posez-moi vos questions sur les coûts et la protection des données.",
		"J’ai mis en place des comptoirs d’envoi de fonds à bas coût avec des caisses rurales.",
		"Je forme des inspecteurs du travail au repérage de la traite dans l’agriculture et le travail domestique.",
	},
	"es": {
		"Coordino desde 2016 centros de atención para personas trabajadoras temporales. Comparto contratos en cuatro idiomas y lecciones aprendidas.",
		"Trabajo en la regularización de trabajadoras del hogar y en su acceso a la seguridad social.",
		"Asesoro a municipios de frontera en albergues, salud y escuela para niñas y niños en movimiento.",
		"Diseño sistemas de alerta temprana sobre desplazamiento por inundaciones, con las comunidades.",
	},
	"ar": {
		"أعمل منذ عام 2012 على التوظيف العادل في قطاع البناء. يمكنكم أن تسألوني عن ضمانات الأجور وآليات الشكاوى.",
		"أدرب العاملين في العيادات المتنقلة على طرق العبور، وأشارك خبرتنا في الإحالة وحماية البيانات.",
		"أساعد المدارس على استقبال الأطفال الوافدين في منتصف العام الدراسي، بلغتين.",
		"خبرتي في إحصاءات الهجرة وفي الربط بين السجلات الإدارية مع صون الخصوصية.",
	},
	"ru": {
		"Десять лет помогаю регистратурам и школам принимать детей без постоянной прописки. Делюсь памятками и образцами приказов.",
		"Занимаюсь взаимным признанием квалификаций в строительстве и переносом пенсионных прав.",
	},
	"zh": {
		"我从事劳务人员行前培训十五年,可以分享中英文教材和评估方法。",
		"我研究城市公共服务如何面向流动人口开放,欢迎就儿童入学和医疗保障与我交流。",
	},
}

// experts lets people of the offices publish a profile: one in nine keeps theirs for themself, and the desk has hidden one.
func (s *seeder) experts(ctx context.Context, all []demoPledge) error {
	said := map[string]int{}
	made := map[int64]bool{}
	for i, p := range all {
		people := s.offices[p.Office]
		if len(people) == 0 {
			continue
		}
		who := people[len(people)-1]
		if n := said[p.Lang]; n >= len(demoExperts[p.Lang]) || made[who.ID] {
			continue
		}
		s.at(300-(i*37)%280, 11)
		profile := expert.Profile{
			Name: who.Name, Lang: p.Lang, Text: demoExperts[p.Lang][said[p.Lang]], Languages: []string{p.Lang}, Objectives: p.Objectives, Indexed: i%4 != 3,
		}
		if i%5 != 0 {
			profile.Organization = p.Office
		}
		if p.Lang != "en" && i%2 == 0 {
			profile.Languages = append(profile.Languages, "en")
		}
		if p.Country != "" {
			profile.Countries = []string{p.Country}
		} else {
			profile.Regions = []string{"africa"}
		}
		if i%3 == 0 {
			profile.Links = []string{fmt.Sprintf("https://example.org/experts/%d", i+1)}
		}
		if err := s.areas.experts.Save(ctx, who, profile, len(made)%9 != 8, true); err != nil {
			return fmt.Errorf("%s: %w", who.Name, err)
		}
		said[p.Lang]++
		made[who.ID] = true
	}
	return s.hideExpert(ctx)
}

// hideExpert has the hub desk hide the profile that was published last.
func (s *seeder) hideExpert(ctx context.Context) error {
	hub, err := s.staffOf(ctx, "hub@demo.example")
	if err != nil {
		return err
	}
	s.at(3, 15)
	list, err := s.areas.experts.ForDesk(ctx, hub, expert.DeskFilter{State: expert.Public, Page: 1})
	if err != nil {
		return err
	}
	if len(list.Profiles) == 0 {
		return errors.New("there is no expert")
	}
	err = s.areas.experts.Hide(ctx, hub, list.Profiles[0].ID, true, "The text advertises a paid service. Take that out, and tell us.")
	if err != nil && !errors.Is(err, problem.NotAllowedNow) {
		return err
	}
	return nil
}
