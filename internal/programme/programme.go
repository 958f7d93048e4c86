// Package programme is the live pipeline of the Migration MPTF (fund.md, Review): the concept notes that the Steering
// Committee has endorsed, as joint programmes, with the stages of their life, their public pages and figures, and the fund
// desk's pages to keep them. What it shows is taken from the note once, when it is endorsed; it holds no contact person, no
// score and no file, so that none can leak (README rule 3).
package programme

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"portal/internal/money"
	"portal/internal/workflow"
)

// ID is the number of a programme: that of the concept note that it was.
type ID = workflow.ID

// Stage is how far a joint programme has come. Its name is a text: programme.stage.….
type Stage string

// The stages.
const (
	Pipeline Stage = "pipeline" // endorsed, and not funded yet
	Funded   Stage = "funded"   // the fund has granted its amount
	Running  Stage = "running"
	Closed   Stage = "closed"
)

// Stages lists the stages in the order of a programme's life.
var Stages = []Stage{Pipeline, Funded, Running, Closed}

// rank is the place of the stage in the order.
func (s Stage) rank() int { return slices.Index(Stages, s) }

// Facts are what the public may read of a concept note.
type Facts struct {
	// Title and Purpose were written in Lang, and so were all names.
	Title, Purpose, Lang string
	Scope                string
	Months               int
	// Areas are the ids of thematic areas of the fund; Objectives are primary ones of the Compact, Related secondary ones.
	Areas               []string
	Objectives, Related []int
	// Countries are codes of States.
	Countries []string
	// Targets are those of the Sustainable Development Goals: "8.8".
	Targets []string
	// Organizations are those of the United Nations, the one that convenes first.
	Organizations []Organization
	Governments   []Government
	Partners      []Partner
	Contributions []Contribution
	// Budget is all that is asked of the fund; Indirect are the support costs in it.
	Budget, Indirect money.Amount
}

// Organization is one of the United Nations in a programme; Budget is its part of what is asked for.
type Organization struct {
	Name, Part string
	Convenes   bool
	Budget     money.Amount
}

// Government is a partner that governs.
type Government struct{ Name, Level, Country string }

// Partner is another partner; Sector is the id of one of the vocabulary.
type Partner struct{ Name, Sector, Part string }

// Contribution is what others add to the budget.
type Contribution struct {
	From   string
	Amount money.Amount
}

// Goals are the numbers of the Sustainable Development Goals to which the targets belong, each once, in order.
func Goals(targets []string) []int {
	all := []int{}
	for _, target := range targets {
		goal, _, _ := strings.Cut(target, ".")
		if n, err := strconv.Atoi(goal); err == nil && !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all
}

// Added is the sum of what others add to the budget.
func (f Facts) Added() money.Amount {
	var sum money.Amount
	for _, c := range f.Contributions {
		sum += c.Amount
	}
	return sum
}

// named are the names of the organizations.
func (f Facts) named() []string {
	all := []string{}
	for _, o := range f.Organizations {
		if !slices.Contains(all, o.Name) {
			all = append(all, o.Name)
		}
	}
	return all
}

// publicID is a public ID as people type it.
var publicID = regexp.MustCompile(`^(?i)gcm[-‐‑‒–—\s]?jp[-‐‑‒–—\s]?0*([1-9][0-9]{0,8})$`)

// FormatID writes the number of a programme as its permanent public ID: GCM-JP-0012.
func FormatID(number int64) string { return fmt.Sprintf("GCM-JP-%04d", number) }

// WholeID reads a text that is nothing but a public ID: in any case, with any dash, without the zeros in front.
func WholeID(typed string) (id string, ok bool) {
	m := publicID.FindStringSubmatch(strings.TrimSpace(typed))
	if m == nil {
		return "", false
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	return FormatID(n), err == nil
}

// The public addresses, without the language.
const (
	ListPath    = "/fund/pipeline"
	FiguresPath = ListPath + "/figures"
	BookletPath = ListPath + "/booklet"
)

// Path is the address of a programme's public page, without the language.
func Path(publicID string) string { return "/fund/programmes/" + publicID }
