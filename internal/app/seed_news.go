package app

import (
	"context"
	"fmt"

	"portal/internal/config"
	"portal/internal/date"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/newsletter"
)

// demoReaders is a list of invented readers, as another office hands it over.
const demoReaders = `email,language,consent_date,consent_source,themes,regions,sector,frequency
reader1@demo.example,en,2025-03-04,Sign-up sheet of a review forum,,,,
reader2@demo.example,ar,2025-03-04,Sign-up sheet of a review forum,1,arab_states,,
reader3@demo.example,fr,2025-05-19,Form of the former newsletter,2,africa,,quarterly
reader4@demo.example,es,2025-05-19,Form of the former newsletter,,,,
reader5@demo.example,en,2025-06-30,Form of the former newsletter,"3,4",africa,,
reader6@demo.example,ar,2025-06-30,Form of the former newsletter,,,,
reader7@demo.example,zh,2025-09-01,Form of the former newsletter,,,,
reader8@demo.example,ru,2025-09-01,Form of the former newsletter,5,,,
moved@demo.example,en,2025-03-04,Sign-up sheet of a review forum,,,,
angry@demo.example,es,2025-03-04,Sign-up sheet of a review forum,,,,
left@demo.example,fr,2025-03-04,Sign-up sheet of a review forum,,,,
`

// demoIssues are the invented issues, the oldest first; the last one is still being written.
var demoIssues = []struct {
	daysAgo        int
	title, intro   [2]string // in English and Arabic
	item, itemText [2]string
	theme          int
}{
	{92, [2]string{"A season of first reports", "موسم التقارير الأولى"}, [2]string{"Twelve offices have reported on their pledges for the first time. This issue says what they found hard.", "قدمت اثنتا عشرة جهة تقاريرها عن تعهداتها لأول مرة. ويعرض هذا العدد ما وجدته صعبا."}, [2]string{"How to report in half an hour", "كيف تقدمون تقريرا في نصف ساعة"}, [2]string{"Start from the indicator, then write what changed for people.", "ابدأوا بالمؤشر، ثم اكتبوا ما تغير في حياة الناس."}, 0},
	{61, [2]string{"Cities that open doors", "مدن تفتح أبوابها"}, [2]string{"Practices of cities lead this issue, and so does a call that is open until the end of the quarter.", "تتصدر هذا العدد ممارسات المدن، وكذلك دعوة مفتوحة حتى نهاية الربع."}, [2]string{"What a welcome desk costs", "كم يكلف مكتب الاستقبال"}, [2]string{"Three cities share their budgets and what they would do otherwise today.", "تتقاسم ثلاث مدن ميزانياتها وما كانت ستفعله اليوم على نحو مختلف."}, 5},
	{30, [2]string{"Data that travels with workers", "بيانات ترافق العمال"}, [2]string{"Portable social security, recruitment registers and a talk on both.", "الضمان الاجتماعي القابل للنقل وسجلات الاستقدام وحوار عن كليهما."}, [2]string{"Registers that can be checked", "سجلات يمكن التحقق منها"}, [2]string{"Two countries show how a register of recruiters is kept honest.", "يعرض بلدان كيف يبقى سجل وكالات الاستقدام صادقا."}, 4},
	{0, [2]string{"What comes before the forum", "ما يسبق المنتدى"}, [2]string{"In preparation: what is due before the review forum.", "قيد الإعداد: ما يحين موعده قبل منتدى الاستعراض."}, [2]string{"Dates to keep", "مواعيد ينبغي تذكرها"}, [2]string{"Regional reviews end soon; reports handed in by then are in the background note.", "تنتهي الاستعراضات الإقليمية قريبا؛ والتقارير المقدمة قبل ذلك تدرج في مذكرة المعلومات الأساسية."}, 0},
}

// newsletters lets readers in, sends three issues and begins a fourth; offices of pledges propose items.
func (s *seeder) newsletters(ctx context.Context, pledges []demoPledge) error {
	news := s.areas.news
	editor, err := s.staffOf(ctx, "communications@demo.example")
	if err != nil {
		return err
	}
	lead, err := s.staffOf(ctx, "communicationslead@demo.example")
	if err != nil {
		return err
	}
	s.at(120, 10)
	list, err := news.ReadImport(ctx, editor, "readers.csv", []byte(demoReaders))
	if err != nil {
		return err
	}
	if _, err := news.TakeImport(ctx, editor, list); err != nil {
		return err
	}
	if err := news.KeepAway(ctx, editor, "nobody@demo.example"); err != nil {
		return err
	}
	post, err := mail.NewSender(s.db, mail.Options{SMTP: config.SMTP{}}) // demonstration mails are caught
	if err != nil {
		return err
	}
	for n, d := range demoIssues {
		if n == 2 {
			if err := s.proposal(ctx, carriedProposal, pledges); err != nil {
				return fmt.Errorf("a proposed item: %w", err)
			}
		}
		s.at(d.daysAgo, 10)
		id, err := news.Begin(ctx, editor, date.Today(s.now, i18n.Geneva), newsletter.Texts{i18n.English: {Title: d.title[0], Text: d.intro[0]}, i18n.Arabic: {Title: d.title[1], Text: d.intro[1]}})
		if err != nil {
			return err
		}
		item := newsletter.Item{IssueID: id, Section: "news", Link: "/pledges/newest", Texts: newsletter.Texts{i18n.English: {Title: d.item[0], Text: d.itemText[0]}, i18n.Arabic: {Title: d.item[1], Text: d.itemText[1]}}}
		if err := news.SaveItem(ctx, editor, item); err != nil {
			return err
		}
		if d.theme != 0 {
			item.Themes, item.Section, item.Link = []int{d.theme}, "members", ""
			if err := news.SaveItem(ctx, editor, item); err != nil {
				return err
			}
		}
		if _, err := news.DraftItems(ctx, editor, id); err != nil {
			return err
		}
		if n == len(demoIssues)-1 {
			break
		}
		for _, step := range []struct {
			who  identity.User
			name string
		}{{editor, "propose"}, {lead, "approve"}, {editor, "schedule"}} {
			i, err := news.Issue(ctx, editor, id)
			if err == nil {
				err = news.Step(ctx, step.who, id, i.Version, step.name, s.now)
			}
			if err != nil {
				return err
			}
		}
		if err := news.Start(ctx, id); err != nil {
			return err
		}
		if err := news.Send(ctx, post, "", id); err != nil {
			return err
		}
		if n == 1 {
			if err := news.Happen(ctx, id, "moved@demo.example", "angry@demo.example", "left@demo.example"); err != nil {
				return err
			}
		}
	}
	if err := news.Subscribe(ctx, "reader9@demo.example", newsletter.Choices{Lang: i18n.English, Frequency: newsletter.Monthly}); err != nil {
		return fmt.Errorf("a reader who has not confirmed: %w", err)
	}
	for _, p := range waitingProposals {
		if err := s.proposal(ctx, p, pledges); err != nil {
			return fmt.Errorf("a proposed item: %w", err)
		}
	}
	return nil
}
