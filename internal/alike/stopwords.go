package alike

import (
	"strings"

	"portal/internal/search"
)

// stopWords are words that say nothing of what a text is about, by language and as search.Fold writes them: those of
// grammar, and those that stand in nearly every pledge or practice.
var stopWords = map[string]map[string]bool{
	"en": wordSet(`a an the and or of in on at by to for from with without within into over under after before between through
		as is are be been was were will shall can may must has have had do does not no nor than then that this these those which who whom whose
		what when where while each every all any some more most less least other its it their they them we our us he she his her
		migrant migrants migration pledge programme national government ministry country countries person people year years day days
		until up out per one two three new`),
	"fr": wordSet(`le la les l un une des de du d et ou a au aux en dans sur sous par pour avec sans entre vers chez ne pas plus que qu qui
		quoi dont ou ce cet cette ces son sa ses leur leurs notre nos nous il elle ils elles on se s est sont sera seront ete etre avoir a ont
		aura chaque tout toute tous toutes autre meme si y ici apres avant afin ainsi comme
		migrant migrants migration engagement programme national nationale gouvernement ministere pays personne personnes an ans annee annees jour jours deux trois`),
	"es": wordSet(`el la los las un una unos unas de del y e o u a al en con sin por para entre sobre bajo desde hasta hacia que quien cual cuyo
		como cuando donde no ni mas menos muy se su sus le les lo nos nuestro nuestra ser es son sera seran ha han haber este esta estos estas ese esa
		cada todo toda todos todas otro otra antes despues segun tambien
		migrante migrantes migracion compromiso programa nacional gobierno ministerio pais paises persona personas ano anos dia dias dos tres`),
	"ar": wordSet(`في من الى على عن مع كل كما او و ثم ان لا ما هذا هذه ذلك تلك التي الذي الذين هو هي هم بعد قبل خلال بين عند حتى دون غير قد لم لن
		له لها لهم منها منه فيها فيه عليه عليها بما مما كان يكون تكون كانت اي بعض جميع عدد
		مهاجر مهاجرين مهاجرون هجره تعهد برنامج وطني وطنيه حكومه وزاره بلد بلدان دوله دول شخص اشخاص سنه سنوات عام يوم ايام`),
	"ru": wordSet(`и в во на с со к ко о об от до по за из у для без при через между над под не ни но а или что чтобы как так же бы ли это этот эта эти
		тот та те который которая которые которых его ее их им он она они мы наш наши каждый каждая каждого все всех весь быть есть будет будут был
		были также после перед
		мигрант мигранты мигрантов миграции миграция обязательство программа национальный национальная правительство министерство страна страны стран человек людей год года лет день дней`),
	"zh": wordSet(`我们 们将 移民 民的 的人 以及 并在 其中 每年 年内 提供 进行 国家 政府 人员 工作 以上 之一 为了 通过`),
}

func wordSet(words string) map[string]bool {
	all := map[string]bool{}
	for _, w := range strings.Fields(search.Fold(words)) {
		all[w] = true
	}
	return all
}
