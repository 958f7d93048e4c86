package journey

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"portal/internal/i18n"
)

// wording is what somebody writes in one language.
type wording struct {
	title, description string
	// word is one that the search must find: written another way than in the text where people do that.
	word string
}

// The same pledge as people of five languages write it, with what real texts hold: letters beyond the basic plane,
// marks that combine, emoji of several code points, text in two directions, line ends, things that look like markup.
var wordings = map[i18n.Lang]wording{
	i18n.English: {
		title: "Fair recruitment for every worker who leaves the county by 2028 👩🏾‍🌾",
		description: "We will end recruitment fees for workers who leave the county of Kisumu, and we will publish what agencies charge.\n\n" +
			"- One register of agencies, in three languages (English, Kiswahili, Dholuo: “ndʿiko”).\n- A help line that people can reach from abroad 📞, also by text message.\n- Training for 120 labour officers, among them the team of Ms Nguyễn Thị Hằng and Mr Zo\u0308llner.\n\n" +
			"Families 👨‍👩‍👧‍👦 are told before departure what a contract must say: wages < 300 USD & “deposits” are <b>never</b> lawful. The register opens on the first working day of the year; its data are open.",
		word: "agencies",
	},
	i18n.French: {
		title: "Un recrutement équitable pour chaque travailleuse et chaque travailleur d’ici à 2028 🤝",
		description: "Nous mettrons fin aux frais de recrutement à la charge des personnes qui partent travailler à l’étranger : « aucun frais, aucune caution ».\n\n" +
			"Un registre public des agences sera ouvert en trois langues ; une ligne d’écoute restera joignable depuis l’étranger, même le dimanche. Cent vingt inspectrices et inspecteurs suivront une formation à Noël-sur-Œuvre, où l’équipe de Mme Goe\u0301lette les attend. Les données seront ouvertes.",
		word: "equitable",
	},
	i18n.Arabic: {
		title: "توظيف عادل لكل عاملة وعامل يغادران المقاطعة بحلول عام 2028 🌍",
		description: "سنُنهي رسوم التوظيف التي يدفعها العمال المغادرون للعمل في الخارج، وسننشر ما تتقاضاه الوكالات.\n\n" +
			"- سجل واحد للوكالات بثلاث لغات (العربية وEnglish والسواحيلية).\n- خط مساعدة يمكن الاتصال به من الخارج على الرقم ‎+254 20 123‎.\n- تدريب مئة وعشرين مفتشًا ومفتشةً على الإجراءات الجديدة.\n\n" +
			"وتُبلَّغ الأسر 👨‍👩‍👧 قبل السفر بما يجب أن ينص عليه العقد، ولا يجوز أخذ أي ضمان مالي من العامل. وتُفتح البيانات للجميع في أول يوم عمل من السنة، ويُراجع السجل كل ثلاثة أشهر.",
		word: "الاجراءات",
	},
	i18n.Russian: {
		title: "Справедливый наём для каждого, кто уезжает из округа, — к 2028 году",
		description: "Мы отменим сборы за трудоустройство, которые платят работники, уезжающие за рубеж, и будем публиковать расценки агентств.\n\n" +
			"Единый реестр агентств откроется на трёх языках; по горячей линии можно будет позвонить и из-за границы. Сто двадцать инспекторов пройдут обучение. Семьям ещё до отъезда объяснят, что должно быть в договоре: «залог» не допускается. Данные реестра будут открыты для всех.",
		word: "трех",
	},
	i18n.Chinese: {
		title:       "到2028年，让每一位外出务工者都得到公平招聘",
		description: strings.Repeat("我们将取消外出务工者负担的招聘费，并公布各中介机构的收费标准。统一的机构名录将以三种语言开放，求助热线可从国外拨打。一百二十名劳动监察员将接受培训。出发之前，家属会得知合同应当写明的内容；不得收取任何押金。名录数据向所有人开放，每三个月复查一次。", 3) + "𠮷野家的例子说明，罕用字也应当原样保存。",
		word:        "招聘",
	},
}

// document writes a small file of a kind that the portal takes, and returns where it is.
func document(t *testing.T, name string) string {
	t.Helper()
	content := "Décret n° 12: يُنشأ سجل للوكالات. 建立机构名录。\n"
	if strings.HasSuffix(name, ".pdf") {
		content = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 300]>>endobj\nxref\n0 4\n0000000000 65535 f \n0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \ntrailer<</Size 4/Root 1 0 R>>\nstartxref\n164\n%%EOF\n"
	}
	return file(t, name, []byte(content))
}

// file writes a file and returns where it is.
func file(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
