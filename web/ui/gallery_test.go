package ui_test

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/a-h/templ"

	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/web/ui"
)

// piece is one example: a component as it stands on a page.
type piece struct {
	name  string
	whole bool // it brings its own layout
	made  func(ctx context.Context) templ.Component
}

// words picks an example text by the language of the context.
func words(ctx context.Context, en, ar string) string {
	if i18n.From(ctx) == "ar" {
		return ar
	}
	return en
}

func stack(components ...templ.Component) templ.Component {
	return templ.Join(components...)
}

// with gives a component its children.
func with(c templ.Component, children ...templ.Component) templ.Component {
	return templ.ComponentFunc(func(ctx context.Context, w templWriter) error {
		return c.Render(templ.WithChildren(ctx, templ.Join(children...)), w)
	})
}

// p is a paragraph.
func p(text string) templ.Component {
	return templ.Raw("<p>" + templ.EscapeString(text) + "</p>")
}

func inWrap(c ...templ.Component) templ.Component {
	return stack(templ.Raw(`<div class="wrap band stack">`), stack(c...), templ.Raw(`</div>`))
}

// pieces are the examples: each is compared with a golden file in English and Arabic.
func pieces(t testing.TB) []piece {
	return []piece{
		{"messages", false, func(ctx context.Context) templ.Component {
			return inWrap(
				with(ui.DonePanel(words(ctx, "Pledge sent", "أُرسل التعهد")), p(words(ctx, "Your reference: 17", "رقمك المرجعي: 17"))),
				with(ui.Note(ui.Ok), p(words(ctx, "Draft saved.", "حُفظت المسودة."))),
				with(ui.Note(ui.Warn), p(words(ctx, "Your office is not yet approved.", "لم تُعتمد جهتك بعد."))),
				with(ui.Note(ui.Plain), p(words(ctx, "This text is in French.", "هذا النص بالفرنسية."))),
				templ.Raw("<h2>…</h2>"), with(ui.Empty(words(ctx, "No pledge matches all your filters", "لا يوجد تعهد يطابق عوامل التصفية")), p(words(ctx, "Remove one filter.", "أزل أحد عوامل التصفية."))),
				with(ui.Panel(words(ctx, "Your decision", "قرارك"), true), p(words(ctx, "Choose one.", "اختر واحدًا."))),
				with(ui.Disclosure(words(ctx, "Help with this step", "مساعدة في هذه الخطوة")), p("…")),
				stack(ui.Tag(ui.Plain, words(ctx, "Draft", "مسودة")), ui.Tag(ui.Sky, words(ctx, "In review", "قيد المراجعة")), ui.Tag(ui.Ok, words(ctx, "Published", "منشور")),
					ui.Tag(ui.Warn, words(ctx, "Changes requested", "طُلبت تغييرات")), ui.Tag(ui.Bad, words(ctx, "Declined", "مرفوض"))),
			)
		}},
		{"tasks", false, func(ctx context.Context) templ.Component {
			done, going, open := words(ctx, "Completed", "مكتمل"), words(ctx, "In progress", "قيد الإنجاز"), words(ctx, "Not started", "لم يبدأ")
			return inWrap(
				ui.TaskList([]ui.Task{
					{Href: "/en/a", Text: words(ctx, "Who makes the pledge", "مقدّم التعهد"), State: done, Tone: ui.Ok},
					{Href: "/en/b", Text: words(ctx, "What you pledge", "مضمون التعهد"), Hint: words(ctx, "At least one objective", "هدف واحد على الأقل"), State: going, Tone: ui.Sky},
					{Href: "/en/c", Text: words(ctx, "Files", "الملفات"), State: open},
					{Text: words(ctx, "Check your answers", "راجع إجاباتك"), State: words(ctx, "Cannot start yet", "لا يمكن البدء بعد")},
				}),
				ui.Steps([]ui.Mark{
					{Href: "/en/a", Text: words(ctx, "Who", "من"), State: done, Done: true},
					{Text: words(ctx, "What", "ماذا"), State: going, Current: true},
					{Text: words(ctx, "How", "كيف"), State: open},
				}),
				ui.Timeline([]ui.Event{
					{At: "3 November 2026, 08:12 UTC", Machine: "2026-11-03T08:12:00Z", What: words(ctx, "Version 2 sent", "أُرسلت النسخة 2"), By: "Wanjiru K.", Note: "3 answers changed <b>", Key: true},
					{At: "21 October 2026, 14:40 UTC", Machine: "2026-10-21T14:40:00Z", What: words(ctx, "Changes requested", "طُلبت تغييرات")},
				}),
				ui.Tabs(words(ctx, "Views", "طرق العرض"), []ui.Tab{{Href: "/en/x", Text: words(ctx, "Submission", "الطلب"), Current: true}, {Href: "/en/y", Text: words(ctx, "Changes", "التغييرات")}}),
				ui.Chips(words(ctx, "Filters in use", "عوامل التصفية المستخدمة"), []ui.Chip{{Href: "/en/pledges", Text: words(ctx, "Africa", "أفريقيا"), Remove: true}, {Href: "#a", Text: words(ctx, "Why", "لماذا")}}),
				ui.FileList(words(ctx, "Files", "الملفات"), []ui.FileItem{
					{Name: "Decree-draft-2026.pdf", Href: "/files/1", Facts: ui.FileFacts(ctx, "PDF", 317_440), State: words(ctx, "Checked", "فُحص"), Tone: ui.Ok},
					{Name: "مسودة.docx", Facts: ui.FileFacts(ctx, "DOCX", 2_726_297), Remove: ui.Pressed{Act: ui.RemoveFile, File: 9}.Value()},
				}),
				ui.Facts([]ui.Fact{
					{Term: words(ctx, "Title", "العنوان"), Values: []string{"Register every child"}, Lang: "en", Change: "/en/a#title"},
					{Term: words(ctx, "Objectives", "الأهداف"), Values: []string{"4", "7"}, Changed: true, ID: "objectives"},
					{Term: words(ctx, "Empty means absent", "الفارغ غائب")},
				}),
				ui.SideFacts([]ui.Fact{{Term: words(ctx, "Country", "البلد"), Values: []string{words(ctx, "Ghana", "غانا")}}}),
			)
		}},
		{"lists", false, func(ctx context.Context) templ.Component {
			region := ui.Facet{Name: "region", Legend: words(ctx, "Region", "المنطقة"), Open: true, Options: []ui.FacetOption{
				{Value: "africa", Label: words(ctx, "Africa", "أفريقيا"), Count: 96, Checked: true}, {Value: "asia", Label: words(ctx, "Asia and the Pacific", "آسيا والمحيط الهادئ"), Count: 1080},
			}}
			objective := ui.Facet{Name: "objective", Legend: words(ctx, "Objective", "الهدف"), Options: []ui.FacetOption{
				{Value: "7", Label: words(ctx, "Address and reduce vulnerabilities", "معالجة أوجه الضعف"), Count: 34, Number: 7, Class: "t2"},
			}}
			country := ui.Facet{Name: "country", Legend: words(ctx, "Country", "البلد"), Select: true, Any: words(ctx, "All countries", "كل البلدان"), Options: []ui.FacetOption{
				{Value: "GH", Label: words(ctx, "Ghana", "غانا"), Count: 3}, {Value: "KE", Label: words(ctx, "Kenya", "كينيا"), Count: -1},
			}}
			keep := url.Values{"q": {"birth <registration>"}, "page": {"3"}, "sort": {"title"}}
			return stack(
				with(ui.PageHead(ui.Head{Title: words(ctx, "Pledges", "التعهدات"), Lede: words(ctx, "Measurable commitments.", "التزامات قابلة للقياس."),
					Above: []ui.Link{{Href: ui.Href(ctx, "/"), Text: words(ctx, "Home", "الرئيسية")}}}),
					ui.SearchBar(ui.Search{ID: "q", Label: words(ctx, "Search in pledges", "ابحث في التعهدات"), Action: ui.Href(ctx, "/pledges"), Value: "birth", Keep: url.Values{"region": {"africa"}}})),
				templ.Raw(`<div class="wrap split split--filters band">`),
				ui.FilterForm(ui.Filters{Action: ui.Href(ctx, "/pledges"), Keep: keep, Facets: []ui.Facet{region, objective, country}, Clear: ui.Href(ctx, "/pledges?q=birth")}),
				templ.Raw(`<section aria-label="x"><h2>…</h2>`),
				ui.SortForm(ui.Sort{Action: ui.Href(ctx, "/pledges"), Keep: keep, Options: []ui.FacetOption{{Value: "", Label: words(ctx, "Newest first", "الأحدث أولًا")}, {Value: "title", Label: words(ctx, "Title, A to Z", "العنوان أبجديًا"), Checked: true}}}),
				ui.Results([]ui.Result{
					{Href: "/en/pledges/GCM-P-0001", Title: "Register every child born to migrant parents", Lang: "en", Meta: []string{words(ctx, "Ghana", "غانا"), "2026"}, Text: "Births are registered on the day.", Foot: ui.ObjectivesLine([]int{4, 7}, areas)},
					{Href: "/en/pledges/GCM-P-0002", Title: "سجل وطني للمهارات", Lang: "ar"},
				}),
				ui.Pages(ui.Pager{Label: words(ctx, "Pages of pledges", "صفحات التعهدات"), Page: 3, Pages: 28, Href: func(n int) string { return ui.Href(ctx, "/pledges?page="+strconv.Itoa(n)) }}),
				templ.Raw(`</section></div>`),
				inWrap(ui.DataTable(ui.Table{
					Caption: words(ctx, "All pledges, newest first", "كل التعهدات، الأحدث أولًا"), Cards: true,
					Columns: []ui.Column{{Text: words(ctx, "Pledge", "التعهد"), Sort: "?sort=title"}, {Text: words(ctx, "Practices", "الممارسات"), Num: true}, {Text: words(ctx, "Last report", "آخر تقرير"), Sort: "?sort=-report", Order: "descending", Nowrap: true}},
					Rows:    [][]ui.Cell{{{Text: "Legal aid at twelve crossings", Href: "/en/pledges/GCM-P-0188", Lang: "en"}, {Text: "7"}, {Component: ui.Tag(ui.Bad, words(ctx, "Late", "متأخر"))}}},
				})),
				inWrap(templ.Raw("<h2>…</h2>"), ui.BarTable(ui.Bars{Title: words(ctx, "Most pledges concern policy", "معظم التعهدات تخص السياسات"), Note: words(ctx, "A pledge can have several natures", "قد يكون للتعهد أكثر من طبيعة"), Of: words(ctx, "Nature", "الطبيعة"), Unit: words(ctx, "Pledges", "التعهدات"),
					Rows: []ui.Bar{{Text: words(ctx, "Policy", "سياسات"), Href: "/en/pledges?nature=policy", Value: 118, Shown: "118", Class: "t1"}, {Text: words(ctx, "Financial", "مالية"), Value: 41, Shown: "41", Class: "t3"}}})),
			)
		}},
		{"pictures", false, func(ctx context.Context) templ.Component {
			var values [ui.Objectives]int
			loom := ui.Loom{Label: words(ctx, "Pledges by objective", "التعهدات حسب الهدف"), Caption: words(ctx, "Each thread is as long as the pledges behind it.", "طول كل خيط بقدر ما وراءه من تعهدات."), Areas: areas,
				Legend: []ui.LegendItem{{Class: "t1", Text: words(ctx, "Data, discourse and policy", "البيانات والخطاب والسياسات")}, {Class: "t2", Text: words(ctx, "Rights and well-being", "الحقوق والرفاه")}}}
			for i := range values {
				values[i] = (i*37)%50 + 3
				loom.Items = append(loom.Items, ui.LoomItem{N: i + 1, Name: words(ctx, "An objective", "هدف"), Note: strconv.Itoa(values[i]), Value: values[i], Href: ui.Href(ctx, "/pledges?objective="+strconv.Itoa(i+1))})
			}
			return stack(
				templ.Raw(`<section class="hero on-navy"><div class="wrap"><div class="hero__text"><h1>`+words(ctx, "What works in migration, and who has committed to it", "ما الذي ينجح في مجال الهجرة، ومن الذي تعهَّد به")+`</h1>`),
				ui.SearchBar(ui.Search{ID: "hero", Label: words(ctx, "Search pledges", "ابحث في التعهدات"), Action: ui.Href(ctx, "/pledges"), Sun: true}),
				templ.Raw(`</div>`), ui.Weave(values, areas), templ.Raw(`</div></section><section class="band sand"><div class="wrap">`),
				ui.LoomChart(loom),
				templ.Raw(`</div></section>`),
				inWrap(templ.Raw("<h2>…</h2>"), ui.Cards([]ui.Card{
					{Href: "/en/a", Title: "Mobile registry teams", Lang: "en", Text: "Registrars travel to the border.", Meta: []string{"Costa Rica", "2024"}, Objectives: []int{4, 7, 15}, Foot: []string{ui.ObjectivesText(ctx, []int{4, 7, 15})}},
					{Href: "/en/b", Title: "A single desk", Lang: "en", Objectives: []int{18}, Foot: []string{ui.ObjectivesText(ctx, []int{18})}},
				}, areas), ui.Cloth([]int{18, 21}, areas, true), ui.ObjectiveLink(18, words(ctx, "Invest in skills", "الاستثمار في المهارات"), "/en/objectives/18", areas),
					ui.Figures([]ui.Figure{{Value: i18n.Number(ctx, 2318), Text: words(ctx, "pledges", "تعهدات"), Href: "/en/pledges"}, {Value: "71%", Text: words(ctx, "with a report", "لها تقرير"), Class: "t2"}})),
				templ.Raw(`<section class="band on-navy"><div class="wrap">`),
				ui.Map(ui.WorldMap{ID: "m", Title: words(ctx, "World map", "خريطة العالم"), Description: words(ctx, "Two countries", "بلدان"), List: ui.Href(ctx, "/countries"),
					Pins: []ui.Pin{{X: 343.1, Y: 160, Name: words(ctx, "Ghana", "غانا"), Href: ui.Href(ctx, "/countries/GH")}, {X: 421, Y: 190, Name: words(ctx, "Kenya", "كينيا")}}}),
				templ.Raw(`</div></section>`),
			)
		}},
		{"controls", false, func(ctx context.Context) templ.Component {
			options := []ui.Choice{{Value: "a", Label: words(ctx, "Approve", "موافقة"), Hint: words(ctx, "Then published", "ثم يُنشر")}, {Value: "b", Label: words(ctx, "Decline", "رفض")}}
			return inWrap(
				ui.ErrorSummaryLinks([]ui.ErrorLink{{Href: "#email", Text: words(ctx, "Enter your e-mail address", "أدخل بريدك الإلكتروني")}, {Text: words(ctx, "The sign-in did not work", "لم ينجح تسجيل الدخول")}}),
				ui.TextInput(ui.Control{Name: "email", Label: words(ctx, "E-mail address", "البريد الإلكتروني"), Type: "email", Autocomplete: "email", Error: words(ctx, "Enter your e-mail address", "أدخل بريدك الإلكتروني"), Values: []string{`a"b`}}),
				ui.PasswordInput(ui.Control{Name: "password", Label: words(ctx, "Password", "كلمة السر"), Hint: words(ctx, "At least 12 characters.", "12 حرفًا على الأقل."), Autocomplete: "current-password"}),
				ui.Radios(ui.Control{Name: "decision", Label: words(ctx, "Decision", "القرار"), Choices: options, Values: []string{"a"}}),
				ui.Checkboxes(ui.Control{Name: "kinds", Label: words(ctx, "Kinds", "الأنواع"), Choices: options, Error: words(ctx, "Choose one", "اختر واحدًا")}),
				ui.SelectBox(ui.Control{Name: "country", Label: words(ctx, "Country", "البلد"), Blank: words(ctx, "Choose one", "اختر واحدًا"), Choices: options, Values: []string{"zz"}}),
				ui.TextArea(ui.Control{Name: "note", Label: words(ctx, "Message", "الرسالة"), Optional: true, Values: []string{"\n<b>kept</b> exactly"}, Max: 3000, Min: 300, Length: 20, Notes: []string{"Say which employers."}}),
				ui.Checkbox(ui.Control{Name: "terms", Label: words(ctx, "I may commit my office.", "يحق لي الالتزام باسم جهتي."), Values: []string{"yes"}}),
				ui.DateInput(ui.DateControl{Control: ui.Control{Name: "due", Label: words(ctx, "When is it due?", "متى الموعد؟"), Error: words(ctx, "The date must include a month", "يجب أن يتضمن التاريخ الشهر")}, Day: "3", Year: "2027", Part: "month"}),
				ui.FileInput(ui.FileControl{Control: ui.Control{Name: "files", Label: words(ctx, "Documents", "الوثائق"), Optional: true}, Accept: ".pdf,.docx", MaxBytes: 25 << 20, MaxFiles: 10, Upload: "upload:files"}),
				ui.HoneypotField(), ui.HiddenInput("version", "3"),
			)
		}},
		{"step", false, func(ctx context.Context) templ.Component {
			s := sampleStep(ctx)
			return with(ui.FormFrame(ui.FormPage{
				Back: ui.Link{Href: "/en/drafts/17", Text: words(ctx, "All sections", "كل الأقسام")}, Wrong: s.Wrong, Eyebrow: words(ctx, "Make a pledge: step 2 of 5", "تقديم تعهد: الخطوة 2 من 5"),
				Title: words(ctx, "What you pledge", "مضمون التعهد"), Lede: words(ctx, "Say what will change, for whom and by when.", "اذكر ما الذي سيتغيّر، ولمن، ومتى."), Side: words(ctx, "Your pledge", "تعهدك"), State: words(ctx, "Draft, not sent yet", "مسودة لم تُرسل بعد"),
				Steps: []ui.Mark{{Text: words(ctx, "Who", "من"), Href: "/en/a", State: words(ctx, "Completed", "مكتمل"), Done: true}, {Text: words(ctx, "What", "ماذا"), State: words(ctx, "3 answers need attention", "3 إجابات تحتاج إلى مراجعة"), Current: true}},
			}), ui.FormStep(s))
		}},
		{"answers", false, func(ctx context.Context) templ.Component {
			f := sampleFilled(ctx)
			f.Change = func(s form.Step, q form.Field) string { return "/en/submissions/17/" + s.ID + "#" + q.ID }
			f.Wrong = []form.Wrong{{Name: "due.day", Key: "form.date.day", Args: []any{i18n.Key("sample.field.due.label")}}}
			f.Notes = map[string][]string{"title": {"Which district?"}}
			f.Changed = map[string]bool{"natures": true}
			return inWrap(ui.Answers(f))
		}},
		{"public-answers", false, func(ctx context.Context) templ.Component {
			f := sampleFilled(ctx)
			f.Public = true
			return inWrap(ui.Answers(f))
		}},
		{"differences", false, func(ctx context.Context) templ.Component {
			f := sampleFilled(ctx)
			after := form.Merge(f.Answers)
			after["title"] = []string{"Register all children born to migrant parents"}
			after["text"] = []string{"We will place a registrar in each of the 14 posts.\n\nNo data will be shared."}
			after["natures"] = []string{"other", "policy"}
			after["objectives"] = []string{"4", "7"}
			after["amount"] = []string{"2000"}
			after = after.WithoutRow("indicators", 0)
			after["indicators.1.what"] = []string{"Posts open"}
			return inWrap(
				ui.Differences(ui.Versions{Definition: f.Definition, Vocabulary: vocabulary, Before: f.Answers, After: after, Lang: "en", FilesBefore: f.Files}),
				ui.Differences(ui.Versions{Definition: f.Definition, Vocabulary: vocabulary, Before: f.Answers, After: f.Answers, FilesBefore: f.Files, FilesAfter: f.Files}),
				ui.Difference("All employers accept it.", "Forty employers accept it.", "en"),
			)
		}},
		{"paper", false, func(ctx context.Context) templ.Component {
			return inWrap(ui.Questionnaire(ui.Filled{Definition: sample, Vocabulary: vocabulary}))
		}},
		{"prose", false, func(ctx context.Context) templ.Component {
			return inWrap(ui.Prose("We **will**:\n\n- one\n- <script>two</script>\n\nسنفعل ذلك", "en"), ui.Written("Ministère du travail", "fr"))
		}},
		{"problem", true, func(ctx context.Context) templ.Component {
			return ui.Problem(ui.ProblemPage{Status: 503, Title: words(ctx, "The portal is busy", "البوابة مشغولة"), Text: []string{words(ctx, "Try again in a minute.", "حاول مجددًا بعد دقيقة.")}, Steps: []string{words(ctx, "Wait.", "انتظر.")}, RequestID: "abc123",
				Links: []ui.ProblemLink{{Href: ui.Href(ctx, "/"), Text: words(ctx, "Front page", "الصفحة الرئيسية")}}, Typed: []string{"A long text\nwith <lines>"},
				Retry: &ui.Retry{Action: "/en/submissions/17/steps/what", Upload: true, Text: words(ctx, "What you typed is kept on this page.", "ما كتبته محفوظ في هذه الصفحة."), Button: words(ctx, "Send again", "أرسل مجددًا"), Values: url.Values{"title": {"Line one\nline \"two\" <three>"}, "kinds": {"a", "b"}}}})
		}},
		{"not-found", true, func(ctx context.Context) templ.Component {
			return ui.Problem(ui.ProblemPage{Status: 404, Title: words(ctx, "Page not found", "الصفحة غير موجودة"), Links: []ui.ProblemLink{{Href: ui.Href(ctx, "/"), Text: words(ctx, "Front page", "الصفحة الرئيسية")}}})
		}},
		{"mail", true, func(ctx context.Context) templ.Component {
			return with(ui.Mail(ui.Letter{Subject: words(ctx, "Your pledge is published", "نُشر تعهدك"), Why: words(ctx, "You get this message because you wrote the pledge.", "تصلك هذه الرسالة لأنك كتبت التعهد.")}),
				ui.MailText(words(ctx, "Dear Amara,", "عزيزتي أمارا،")), ui.MailFacts([]ui.Fact{{Term: words(ctx, "Pledge", "التعهد"), Values: []string{"GCM-P-0001"}}}),
				ui.MailQuote("Thank you.\n\n<b>Good</b>", "en"), ui.MailButton(ui.Absolute(ctx, "/pledges/GCM-P-0001"), words(ctx, "See the pledge", "اطلع على التعهد")))
		}},
		{"layout", true, func(ctx context.Context) templ.Component {
			return with(ui.Layout(ui.Page{Title: words(ctx, "Pledges", "التعهدات"), Description: words(ctx, "All pledges", "كل التعهدات"), Feeds: []ui.Alternate{{Title: "Atom", Type: "application/atom+xml", Href: "/en/pledges.atom"}}}), ui.PageHead(ui.Head{Title: words(ctx, "Pledges", "التعهدات")}))
		}},
		{"desk", true, func(ctx context.Context) templ.Component {
			ctx = identity.With(ctx, identity.User{ID: 5, Name: "Noor H.", Staff: []identity.StaffRole{{Role: identity.Officer, Desk: identity.PledgesDesk}}})
			inner := with(ui.Layout(ui.Page{Title: words(ctx, "Queue", "القائمة"), Desk: true, Errors: true, Path: "/desk"}), ui.PageHead(ui.Head{Title: words(ctx, "Queue", "القائمة"), Slim: true, Actions: ui.Tag(ui.Warn, words(ctx, "Due", "مستحق"))}))
			return templ.ComponentFunc(func(_ context.Context, w templWriter) error { return inner.Render(ctx, w) })
		}},
	}
}

// site is a site with everything in it.
func site() ui.Site {
	return ui.Site{
		Email: "help@portal.example", PublicURL: "https://portal.example",
		Nav:     []ui.NavItem{{Key: "ui.search.button", Path: "/pledges"}},
		DeskNav: []ui.NavItem{{Key: "ui.desk", Path: "/desk"}},
		Footer:  []ui.FooterColumn{{Key: "ui.menu", Links: []ui.NavItem{{Key: "ui.search.button", Path: "/pledges"}}}, {Key: "ui.menu"}},
		Account: "/account", SignIn: "/sign-in", SignOut: "/sign-out", Desk: "/desk", Search: ui.NavItem{Key: "ui.search.button", Path: "/pledges"},
	}
}

// reader is the context of a reader of the pledges in a language.
func reader(t testing.TB, lang i18n.Lang) context.Context {
	ctx := i18n.WithLang(t.Context(), lang)
	return ui.WithRequest(ctx, ui.Request{Path: "/pledges", Query: "q=a%26b&page=2", Return: "/" + string(lang) + "/pledges?q=a%26b", Site: site()})
}

// titled puts the headings above an example that a page would have there.
func titled(name string, c templ.Component) templ.Component {
	switch name {
	case "lists", "step", "messages", "pictures":
		return c
	}
	return stack(ui.PageHead(ui.Head{Title: name}), c)
}

func render(t testing.TB, ctx context.Context, c templ.Component) string {
	t.Helper()
	var b strings.Builder
	if err := c.Render(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestGallery writes all examples as pages into the folder named by UI_GALLERY, to be looked at in a browser beside the
// prototypes; without it, it only checks that they can be drawn in the demonstration.
func TestGallery(t *testing.T) {
	t.Parallel()
	dir := os.Getenv("UI_GALLERY")
	for _, lang := range i18n.Offered() {
		for _, one := range pieces(t) {
			s := site()
			s.Demonstration = true
			ctx := ui.WithRequest(i18n.WithLang(t.Context(), lang), ui.Request{Path: "/pledges", Flash: words(i18n.WithLang(t.Context(), lang), "Saved.", "حُفظ."), Site: s})
			c := one.made(ctx)
			if !one.whole {
				c = with(ui.Layout(ui.Page{Title: one.name}), titled(one.name, c))
			}
			page := render(t, ctx, c)
			if dir == "" {
				continue
			}
			if err := os.WriteFile(filepath.Join(dir, one.name+"-"+string(lang)+".html"), []byte(page), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}
