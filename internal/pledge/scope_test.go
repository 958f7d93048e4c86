package pledge

import (
	"slices"
	"testing"

	"portal/internal/form"
)

func TestSpeaksOfRefugees(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"English, one", "Every refugee child goes to school.", true},
		{"English, several, in capitals", "Jobs for REFUGEES and hosts", true},
		{"English, asylum seekers", "Asylum-seekers get an answer in six months.", true},
		{"English, asylum", "A fair asylum procedure", true},
		{"English, a genitive", "The refugees’ own associations", true},
		{"English, a shelter for women", "A women’s refuge and three shelters will open.", false},
		{"English, the High Commissioner", "Together with the United Nations High Commissioner for Refugees we train nurses.", false},
		{"English, the Compact without the mark", "It also serves the Global Compact on Refugees.", true},
		{"English, migrants", "Migrant workers and their families", false},
		{"French, masculine", "Les réfugiés auront accès aux soins.", true},
		{"French, feminine", "Chaque réfugiée suit un cours.", true},
		{"French, asylum", "Les demandeurs d’asile sont logés.", true},
		{"French, the right", "Le droit d’asile est garanti.", true},
		{"French, a home for the old", "Un asile de nuit et une maison de retraite", false},
		{"French, the verb", "Les familles se sont réfugiées sur les hauteurs lors de la crue.", false},
		{"French, the High Commissioner", "avec le Haut-Commissariat des Nations Unies pour les réfugiés", false},
		{"French, a refuge", "Un refuge de montagne", false},
		{"Spanish, masculine", "Los refugiados podrán trabajar.", true},
		{"Spanish, feminine", "Una refugiada y su hija", true},
		{"Spanish, asylum", "Las solicitantes de asilo tendrán abogada.", true},
		{"Spanish, a home for the old", "Mejoraremos el asilo de ancianos del barrio.", false},
		{"Spanish, a shelter", "Un refugio temporal para víctimas de violencia", false},
		{"Spanish, the High Commissioner", "con el Alto Comisionado de las Naciones Unidas para los Refugiados", false},
		{"Arabic, singular", "لكل لاجئ الحق في العمل", true},
		{"Arabic, with article", "نفتح المدارس أمام أطفال اللاجئين", true},
		{"Arabic, nominative", "يحصل اللاجئون على تصاريح", true},
		{"Arabic, feminine plural", "دورات مهنية للاجئات", true},
		{"Arabic, with and", "للمهاجرين واللاجئين", true},
		{"Arabic, with for and and", "للمهاجرين وللاجئين", true},
		{"Arabic, with vowel marks", "اللَّاجِئُونَ في المدن", true},
		{"Arabic, asylum seekers", "ندعم طالبي اللجوء", true},
		{"Arabic, recourse to a court", "يمكن للعامل اللجوء إلى محكمة العمل", false},
		{"Arabic, generations", "من أجل الأجيال القادمة وللأجيال", false},
		{"Arabic, the High Commissioner", "بالتعاون مع مفوضية الأمم المتحدة السامية لشؤون اللاجئين", false},
		{"Arabic, migrants", "حماية العمال المهاجرين", false},
		{"Russian, nominative", "Беженцы получат доступ к школам", true},
		{"Russian, genitive", "Права беженцев и мигрантов", true},
		{"Russian, instrumental", "Работа с беженцами", true},
		{"Russian, a woman", "Помощь беженкам", true},
		{"Russian, asylum seekers", "Лица, ищущие убежища, получат адвоката", true},
		{"Russian, a shelter", "Откроем убежище для женщин, пострадавших от насилия", false},
		{"Russian, the High Commissioner", "вместе с Верховным комиссаром ООН по делам беженцев", false},
		{"Russian, migrants", "Трудовые мигранты и их семьи", false},
		{"Chinese, simplified", "为难民儿童提供教育", true},
		{"Chinese, traditional", "協助難民就業", true},
		{"Chinese, asylum seekers", "为寻求庇护者提供法律援助", true},
		{"Chinese, a shelter", "设立妇女庇护所和避难场所", false},
		{"Chinese, the High Commissioner", "与联合国难民署合作培训护士", false},
		{"Chinese, migrants", "保护外出务工者的权益", false},
		{"nothing", "", false},
	} {
		if got := speaksOfRefugees(c.text); got != c.want {
			t.Errorf("%s: %t, want %t: %s", c.name, got, c.want, c.text)
		}
	}
}

func TestWhereRefugeesAreSpokenOf(t *testing.T) {
	t.Parallel()
	a := form.Answers{
		"title": {"Schools for all"}, "description": {"**Refugees** and migrants"}, "barriers": {"Too few refugee teachers"},
		"indicators.0.what": {"Pupils"}, "indicators.0.unit": {"refugee children"}, "versions.0.title": {"مدارس للاجئين"},
	}
	if got, want := refugeesAt(a), []string{"description", "indicators", "versions"}; !slices.Equal(got, want) {
		t.Errorf("spoken of at %v, want %v", got, want)
	}
	a["mirror"] = []string{"yes"}
	if got := refugeesAt(a); got != nil {
		t.Errorf("with the mark there is nothing to advise, but: %v", got)
	}
}
