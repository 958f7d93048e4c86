package pledge

import (
	"regexp"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"portal/internal/form"
	"portal/internal/search"
	"portal/web/ui"
)

// refugeesAt names the questions whose answers speak of refugees or asylum seekers, in the order of the form. Pledges here
// concern migrants, and the Global Compact on Refugees has its own (pledges.md, scope guard): it is advice, never a gate.
// Once the pledge is marked as filed there too, there is nothing to advise.
func refugeesAt(a form.Answers) []string {
	if a.Has("mirror", "yes") {
		return nil
	}
	a = beginnings(a)
	var at []string
	for _, question := range []struct {
		id     string
		fields []string // of each row of a group; nil for a single answer
	}{
		{"title", nil}, {"description", nil}, {"indicators", []string{"what", "target", "unit"}}, {"milestones", []string{"what"}}, {"versions", []string{"title", "description"}},
	} {
		texts := a.All(question.id)
		for n := range a.Rows(question.id) {
			for _, field := range question.fields {
				texts = append(texts, a.First(form.RowName(question.id, n, field)))
			}
		}
		if slices.ContainsFunc(texts, func(text string) bool { return speaksOfRefugees(ui.PlainText(text)) }) {
			at = append(at, question.id)
		}
	}
	return at
}

// mostAdvised is how much of an answer advice looks at, in bytes: more than the form takes in any script.
const mostAdvised = 30_000

// beginnings are the answers as far as advice looks at them, so that a text of a million characters costs no more than a
// long one.
func beginnings(a form.Answers) form.Answers {
	short := make(form.Answers, len(a))
	for name, values := range a {
		for _, v := range values {
			short[name] = append(short[name], strings.ToValidUTF8(v[:min(len(v), mostAdvised)], ""))
		}
	}
	return short
}

// The words for refugees and asylum, as search.Fold writes them: small letters, without accents, Arabic without the article.
var (
	// refugee are words that mean a refugee wherever they stand, in all forms of the word.
	refugee = regexp.MustCompile(`^(refugees?|asylum|asylees?|refugi[ea]e?s?|refugiad[oa]s?|беженец|беженц(а|у|ем|е|ы|ев|ам|ами|ах)|бежен(к(а|и|е|у|ой|ам|ами|ах)|ок)|беженск[а-я]+|` +
		`[وفبلك]{0,2}(ال|ل)?ل?اجي(ء|ه|ين|ون|ات|ي|و|ان|ا)?)$`)
	// shelter are words that mean asylum only in company: asylum, but also a shelter, a home for the old, a recourse to a court.
	shelter = regexp.MustCompile(`^(asiles?|asilos?|убежищ(е|а|у|ем)|[وفبلك]{0,2}(ال|ل)?ل?جوء)$`)
	// seeking are the companions, at most three words before or one behind.
	seeking = regexp.MustCompile(`^(demande\w*|requerant\w*|droits?|procedures?|solicit\w*|derechos?|peticion\w*|busca\w*|politic[oa]s?|politiques?|` +
		`ищущ[а-я]+|искател[а-я]+|просител[а-я]+|соискател[а-я]+|ходатайств[а-я]+|прав(о|а|ом|у)|политическ[а-я]+|` +
		`[وفبلك]?(ال)?(طالب|طالبي|طالبو|طالبين|طالبات|طالبه|طلب|طلبات|ملتمس|ملتمسي|ملتمسو|حق))$`)
	// commissioner is who is named after refugees.
	commissioner = regexp.MustCompile(`^(commissioner|commissariat|commissaire|comisionad[oa]|[وبل]?(ال)?مفوضي?ه?|комиссар[а-я]*)$`)
	// chinese words stand without spaces.
	chinese = regexp.MustCompile(`难民|難民|寻求庇护|尋求庇護|庇护寻求|申请庇护|庇护申请|政治庇护|請求庇護`)
	// chineseNames are names that have the words.
	chineseNames = strings.NewReplacer("联合国难民署", "", "难民署", "", "難民署", "", "联合国难民事务高级专员", "", "难民事务高级专员", "")
)

// speaksOfRefugees says whether the text speaks of refugees or asylum seekers, in any of the six languages. The name of the
// High Commissioner does not count.
func speaksOfRefugees(text string) bool {
	if chinese.MatchString(chineseNames.Replace(norm.NFKC.String(text))) {
		return true
	}
	words := strings.Fields(search.Fold(text))
	for i, w := range words {
		before := words[max(0, i-3):i]
		behind := words[min(len(words), i+1):min(len(words), i+2)]
		switch {
		case refugee.MatchString(w):
			if !slices.ContainsFunc(words[max(0, i-7):i], commissioner.MatchString) && !tookRefuge(w, before) {
				return true
			}
		case shelter.MatchString(w):
			if slices.ContainsFunc(before, seeking.MatchString) || slices.ContainsFunc(behind, seeking.MatchString) {
				return true
			}
		}
	}
	return false
}

// tookRefuge says that a French or Spanish word is the past of a verb: they took refuge from the flood.
func tookRefuge(w string, before []string) bool {
	if !strings.HasPrefix(w, "refugi") || len(before) < 2 {
		return false
	}
	auxiliary, reflexive := before[len(before)-1], before[len(before)-2]
	return (reflexive == "se" || reflexive == "s") && slices.Contains([]string{"est", "sont", "etait", "etaient", "ha", "han", "habia", "habian"}, auxiliary)
}
