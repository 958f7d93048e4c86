package app

import (
	"context"
	"fmt"
	"strconv"

	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/pledge"
	"portal/internal/review"
	"portal/internal/workflow"
)

// demoReports are what becomes of demonstration pledges, one after the other by their place in the list: some in every status, and
// some of which nobody ever hears.
var demoReports = [][]pledge.Status{
	{pledge.Planned, pledge.InProgress, pledge.InProgress},
	{pledge.InProgress, pledge.Delayed},
	{},
	{pledge.InProgress, pledge.InProgress, pledge.Fulfilled},
	{pledge.Planned},
	{pledge.InProgress, pledge.Withdrawn},
	{},
	{pledge.InProgress, pledge.Delayed, pledge.InProgress},
	{pledge.InProgress, pledge.Superseded},
}

// demoWords are what offices write about each status, in the language of the pledge.
var demoWords = map[string]map[pledge.Status]string{
	"en": {
		pledge.Planned: "The team has been named, and the budget of the first year is approved.", pledge.InProgress: "The first offices work by the new rules. Their staff were trained in **two weeks**.",
		pledge.Delayed: "The tender had to be repeated, so that the second phase begins half a year later.", pledge.Fulfilled: "All that was promised is in place. An independent review has confirmed the figures.",
		pledge.Withdrawn: "The law on which this pledge rested was repealed. We shall make a new pledge under the new law.", pledge.Superseded: "The new pledge goes further, and takes in what was promised here.",
	},
	"fr": {
		pledge.Planned: "L’équipe est nommée et le budget de la première année est approuvé.", pledge.InProgress: "Les premiers bureaux appliquent les nouvelles règles. Le personnel a été formé en **deux semaines**.",
		pledge.Delayed: "L’appel d’offres a dû être relancé ; la deuxième phase commencera six mois plus tard.", pledge.Fulfilled: "Tout ce qui avait été promis est en place. Une évaluation indépendante a confirmé les chiffres.",
		pledge.Withdrawn: "La loi sur laquelle reposait cet engagement a été abrogée.", pledge.Superseded: "Le nouvel engagement va plus loin et reprend celui-ci.",
	},
	"es": {
		pledge.Planned: "El equipo está nombrado y el presupuesto del primer año, aprobado.", pledge.InProgress: "Las primeras oficinas trabajan con las nuevas reglas. Su personal se formó en **dos semanas**.",
		pledge.Delayed: "Hubo que repetir la licitación; la segunda fase empezará medio año más tarde.", pledge.Fulfilled: "Todo lo prometido está en marcha. Una revisión independiente confirmó las cifras.",
		pledge.Withdrawn: "Se derogó la ley en la que se apoyaba esta promesa.", pledge.Superseded: "La nueva promesa va más lejos e incluye esta.",
	},
	"ar": {
		pledge.Planned: "عُيّن الفريق وأُقرّت ميزانية السنة الأولى.", pledge.InProgress: "تعمل المكاتب الأولى وفق القواعد الجديدة، ودُرّب موظفوها خلال **أسبوعين**.",
		pledge.Delayed: "أُعيد طرح المناقصة، فتبدأ المرحلة الثانية بعد نصف سنة.", pledge.Fulfilled: "أُنجز كل ما وُعد به، وأكدت مراجعة مستقلة الأرقام.",
		pledge.Withdrawn: "أُلغي القانون الذي استند إليه هذا التعهد.", pledge.Superseded: "يذهب التعهد الجديد أبعد من ذلك ويشمل ما وُعد به هنا.",
	},
	"ru": {
		pledge.Planned: "Группа назначена, бюджет первого года утверждён.", pledge.InProgress: "Первые отделения работают по новым правилам. Сотрудники прошли обучение за **две недели**.",
		pledge.Delayed: "Конкурс пришлось повторить, второй этап начнётся на полгода позже.", pledge.Fulfilled: "Всё обещанное выполнено. Независимая проверка подтвердила цифры.",
		pledge.Withdrawn: "Закон, на котором основывалось обязательство, отменён.", pledge.Superseded: "Новое обязательство идёт дальше и включает это.",
	},
	"zh": {
		pledge.Planned: "工作组已经成立，第一年的预算已获批准。", pledge.InProgress: "首批办事处已按新规则运作，工作人员接受了**两周**培训。",
		pledge.Delayed: "招标需要重新进行，第二阶段将推迟半年。", pledge.Fulfilled: "承诺的内容均已落实，独立审查确认了数据。",
		pledge.Withdrawn: "本承诺所依据的法律已被废止。", pledge.Superseded: "新的承诺更进一步，并包含了本承诺。",
	},
}

// trustedOffices is how many offices of the demonstration are trusted: each fifth of those that report.
const trustedOffices = 5

// reports lets the offices of the demonstration report on what is published. The office of the first pledge has reported three times
// without a change, so that it is proposed to trust it; the last report of another waits at the desk.
func (s *seeder) reports(ctx context.Context, all []demoPledge) error {
	found, err := s.publishedPledges(ctx)
	if err != nil {
		return err
	}
	for n, p := range found {
		people := s.offices[p.Office]
		demo := all[p.place(all)]
		steps := demoReports[n%len(demoReports)]
		if n == 0 {
			steps = []pledge.Status{pledge.Planned, pledge.InProgress, pledge.InProgress}
		}
		if p.Days < 150 && n > 1 {
			steps = nil // it is too early
		}
		if n == 2 && p.Days >= 150 {
			if err := s.recordByDesk(ctx, p, demo); err != nil {
				return fmt.Errorf("record a report on %s: %w", p.PublicID, err)
			}
			continue
		}
		writer := people[len(people)-1]
		if n > 0 && n%trustedOffices == 0 {
			s.at(p.Days-1, 10)
			if err := s.areas.pledges.SetTrust(ctx, s.lead(), writer.Posts[0].OfficeID, true, "Its reports on earlier commitments were complete and in time.", 0); err != nil {
				return fmt.Errorf("trust %s: %w", p.Office, err)
			}
		}
		for k, status := range steps {
			days := p.Days * (len(steps) - k) / (len(steps) + 2)
			if days < 2 || days >= p.Days {
				continue
			}
			wait := n == 1 && k == len(steps)-1
			if wait {
				days = 3
			}
			if err := s.report(ctx, p, demo, writer, status, days, k+1, wait); err != nil {
				return fmt.Errorf("report on %s: %w", p.PublicID, err)
			}
		}
	}
	return nil
}

// publishedDemo is a published pledge of the demonstration, with how many days ago it came before the public.
type publishedDemo struct {
	PublicID, Office, Title string
	Days                    int
}

func (p publishedDemo) place(all []demoPledge) int {
	for i, d := range all {
		if d.Title == p.Title {
			return i
		}
	}
	return 0
}

// report sends one report in, and lets the desk publish it unless its office is trusted, or it is to wait.
func (s *seeder) report(ctx context.Context, p publishedDemo, demo demoPledge, writer identity.User, status pledge.Status, days, step int, wait bool) error {
	s.at(days, 9)
	on := date.Of(s.now.In(i18n.Geneva))
	a := form.Answers{
		"status": {string(status)}, "language": {demo.Lang}, "evidence": {demoWords[demo.Lang][status]},
		"on.day": {strconv.Itoa(on.Day())}, "on.month": {strconv.Itoa(int(on.Month()))}, "on.year": {strconv.Itoa(on.Year())},
		"link": {"https://www.example.org/progress"},
	}
	switch status {
	case pledge.Delayed:
		a["obstacles"] = a["evidence"]
		delete(a, "evidence")
		setDay(a, "next_report", date.Of(s.start.In(i18n.Geneva)).AddDays(20)) // so that some are due
	case pledge.Superseded:
		a["superseded_by"] = []string{"GCM-P-0001"}
	}
	if status == pledge.Fulfilled {
		step = 4
	}
	if value, ok := onTheWay(demo.Indicator.Baseline, demo.Indicator.Target, step); ok && status != pledge.Withdrawn {
		a["progress.0.indicator"], a["progress.0.value"] = []string{demo.Indicator.What}, []string{value}
	}
	id, err := s.areas.pledges.StartReport(ctx, writer, p.PublicID)
	if err != nil {
		return err
	}
	for _, part := range s.areas.kinds[pledge.UpdateKindName].Form.Steps {
		if only := pick(part, a); len(only) > 0 {
			if _, err := s.areas.submissions.SaveStep(ctx, writer, id, part.ID, workflow.Origin{}, only); err != nil {
				return err
			}
		}
	}
	if err := s.submit(ctx, writer, id); err != nil || wait {
		return err
	}
	sub, err := workflow.Find(ctx, s.db.Read(), id, writer)
	if err != nil || !sub.State.Waiting() {
		return err
	}
	officer := s.officers[int(id)%len(s.officers)]
	s.at(days-1, 11)
	if err := s.decide(ctx, officer, id, "", review.Decision{}); err != nil {
		return err
	}
	return s.decide(ctx, officer, id, workflow.Publish, review.Decision{})
}

// recordByDesk records a report that an office has given by telephone, and lets somebody else at the desk publish it.
func (s *seeder) recordByDesk(ctx context.Context, p publishedDemo, demo demoPledge) error {
	const days = 12
	s.at(days, 15)
	on := date.Of(s.now.In(i18n.Geneva))
	a := form.Answers{"status": {string(pledge.InProgress)}, "language": {demo.Lang}, "evidence": {demoWords[demo.Lang][pledge.InProgress]}}
	setDay(a, "on", on)
	published, err := s.areas.pledges.Record(ctx, s.lead(), p.PublicID, pledge.Recording{Answers: a, Source: "Telephone call with the focal point of the office, who has no connection this month."})
	if err != nil || published {
		return err
	}
	id, err := database.Value[workflow.ID](ctx, s.db.Read(), `SELECT max(id) FROM submissions WHERE kind = 'pledge_update' AND author_id = $1`, s.lead().ID)
	if err != nil {
		return err
	}
	for _, officer := range s.officers {
		if officer.ID == s.lead().ID || !officer.OnDesk(identity.PledgesDesk) {
			continue
		}
		s.at(days-1, 9)
		if err := s.decide(ctx, officer, id, "", review.Decision{}); err != nil {
			return err
		}
		return s.decide(ctx, officer, id, workflow.Publish, review.Decision{})
	}
	return nil
}

// onTheWay is a value between baseline and target after so many reports, where both are numbers.
func onTheWay(baseline, target string, step int) (string, bool) {
	number := func(text string) (float64, bool) {
		plain, ok := form.ParseNumber(text)
		if !ok {
			return 0, false
		}
		n, err := strconv.ParseFloat(plain, 64)
		return n, err == nil
	}
	from, ok := number(baseline)
	to, measured := number(target)
	if !ok || !measured {
		return "", false
	}
	return strconv.FormatFloat(from+(to-from)*float64(min(step, 4))/4, 'f', 0, 64), true
}

// lead is the lead of the pledges desk.
func (s *seeder) lead() identity.User {
	for _, u := range s.officers {
		if u.Is(identity.Lead) {
			return u
		}
	}
	return s.officers[0]
}

// publishedPledges are the pledges of the demonstration that are published, the first one first, of those offices that still act.
func (s *seeder) publishedPledges(ctx context.Context) ([]publishedDemo, error) {
	all, err := database.Rows[publishedDemo](ctx, s.db.Read(), `SELECT p.public_id, o.name AS office, p.title, ($1::date - (p.first_published_at AT TIME ZONE 'Europe/Zurich')::date) AS days
		FROM pledges p JOIN offices o ON o.id = p.office_id AND o.state = 'approved' WHERE p.until IS NULL ORDER BY p.first_published_at, p.id`, date.Today(s.start, i18n.Geneva))
	if err != nil {
		return nil, err
	}
	var own []publishedDemo
	for i, p := range all {
		if s.offices[p.Office] == nil {
			continue
		}
		if i > 0 && s.offices[p.Office][0].Email == "focal@demo.example" { // of which the lead is to decide
			own = append([]publishedDemo{p}, own...)
			continue
		}
		own = append(own, p)
	}
	return own, nil
}
