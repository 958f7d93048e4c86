package app

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The ways in which a query that reads submissions does without the wall. Each says why nobody learns of a submission by
// it that the wall hides from them (review.md, Conflict wall).
const (
	// found: the caller has found the submission for the person with workflow.Find or Lock, through the view of access, and
	// asks here by its number.
	found = "by the number of a submission that was found for the person"
	// portal: the portal asks for itself; what it then writes to whom goes by the view of access.
	portal = "the portal asks for itself, and shows nobody"
	// own: what the person wrote, or wrote with, themself: the wall stands between judges and what they would judge.
	own = "the owner's side, which the wall is not for"
	// locks: it only locks the row; what is read of it afterwards asks the wall.
	locks = "it locks the row, and then asks through the view of access"
	// public: only what is published.
	public = "only what everybody may read"
)

// exceptions are the queries that read submissions without the wall, by file and declaration.
var exceptions = map[string]string{
	"internal/review/rule_store.go loadOf":                  portal,
	"internal/facilitator/request.go Tasks":                 "the wall is in hasSQL, for people who are at no desk",
	"internal/facilitator/request.go had":                   "as Tasks",
	"internal/facilitator/request.go Message":               locks,
	"internal/app/seed_talk.go announceTalk":                "the invented data as they come in",
	"internal/app/seed_peer.go peers":                       "the invented data as they come in",
	"internal/app/seed_committee.go rule":                   "the invented data as they come in",
	"internal/app/seed_report.go recordByDesk":              "the invented data as they come in",
	"internal/app/scale_desk.go copyDesk":                   "the invented data as they come in",
	"internal/review/queue_store.go listed":                 "workflow.OnDesk is in its condition, a few lines above",
	"internal/committee/beside.go toldOn":                   found,
	"internal/committee/store.go answers":                   found,
	"internal/committee/store.go candidates":                "workflow.OnDesk is in its condition, a few lines above",
	"internal/peer/answer.go others":                        found,
	"internal/peer/answer.go Answer":                        "what a person has answered themself",
	"internal/review/bulk.go Plan":                          found,
	"internal/review/bulk.go DoBulk":                        "of the lines that Plan has found for the person",
	"internal/review/link.go linked":                        found,
	"internal/review/pending.go PendingCondition":           "the queue adds workflow.OnDesk to it",
	"internal/review/pending.go pendingJoins":               "each query that has it joins what was found for the person",
	"internal/review/pending.go pendingOf":                  found,
	"internal/review/pending.go seenPending":                found,
	"internal/review/release.go ReleaseTogether":            "it locks the rows, and then asks with workflow.OnDesk",
	"internal/review/release.go releaseDesk":                "of those that pendingItems has found for the person",
	"internal/review/release_go.go GoRelease":               portal,
	"internal/review/release_go.go goItem":                  portal,
	"internal/review/release_go.go endRelease":              portal,
	"internal/review/rule_store.go rulingOf":                found,
	"internal/peer/settle.go AllIn":                         "the radar adds workflow.OnDeskWalled to it",
	"internal/peer/settle.go Unreviewed":                    "the desk asks it of what was found for the person",
	"internal/review/decide.go isUnreviewed":                found,
	"internal/peer/settle.go letGo":                         portal,
	"internal/peer/answer.go lockOwn":                       locks,
	"internal/peer/service.go lock":                         locks,
	"internal/peer/store.go assignments":                    found,
	"internal/peer/store.go rounds":                         found,
	"internal/peer/store.go roundOf":                        found,
	"internal/peer/store.go reviewsOf":                      found,
	"internal/peer/store.go ownReview":                      found,
	"internal/review/merge.go Successor":                    public,
	"internal/review/pending.go hold":                       found,
	"internal/review/release_store.go releaseJoins":         "workflow.OnDesk is added to it by each query that has it",
	"internal/signoff/care.go Care":                         portal,
	"internal/signoff/list.go ownSignatures":                "of offices that sign, for their own people: the wall is for judges",
	"internal/signoff/care.go remindDue":                    portal,
	"internal/signoff/care.go tellUntold":                   portal,
	"internal/workflow/clock_store.go recountSome":          portal,
	"internal/workflow/office.go HoldOffices":               "it locks offices, and tells nothing",
	"internal/workflow/recipient.go RecipientsOf":           found,
	"internal/conceptnote/configuration_service.go reached": "it tells the fund's lead how many drafts a change concerns, and nothing of any of them",
	"internal/conceptnote/configuration_service.go used":    "as reached",
	"internal/conceptnote/meeting.go Concerned":             portal,
	"internal/conceptnote/filer.go filerWrong":              "it finds the category of the office for a rule of the form, and tells nothing else",
	"internal/pledge/partner_store.go dueQuestions":         portal,
	"internal/pledge/reminder_store.go reportWaits":         portal,
	"internal/pledge/reminder_store.go fromDue":             portal,
	"internal/pledge/reminder_store.go findReminder":        "it says what became of the report that the person sent by this very link",
	"internal/pledge/reminder_store.go whoAnswered":         "it is asked for a person of the office, by their own link",
	"internal/practice/call_mail.go tellWriters":            portal,
	"internal/practice/call_mail.go remindOfCalls":          portal,
	"internal/practice/living_store.go dueQuestions":        portal,
	"internal/practice/living_store.go lockSubmission":      "it locks the practice, and tells nothing",
	"internal/practice/living_store.go findVouched":         public,
	"internal/practice/personal.go Personal":                own,
	"internal/pledge/trust.go proposedSQL":                  "the radar adds workflow.OnDeskWalled to it",
	"internal/pledge/sheet_service.go sheetStates":          public,
	"internal/pledge/sheet_store.go waitingReports":         "of pledges of the person's own office, by its own reports",
	"internal/pledge/sheet_store.go lockSheet":              "it locks published pledges of the person's office, and tells nothing",
	"internal/pledge/update.go standsSQL":                   public,
	"internal/pledge/update.go lockPledges":                 "it locks published pledges, and tells nothing",
	"internal/pledge/update_kind.go lookUp":                 found,
	"internal/pledge/update_kind.go entriesOf":              found,
	"internal/pledge/personal.go Personal":                  own,
	"internal/workflow/subject.go StartAbout":               found,
	"internal/request/talk_store.go insertTalk":             found,
	"internal/calendar/store.go setOrganizers":              found,
	"internal/request/statistics.go statistics":             "of what the condition beside it has found: workflow.OnDesk for the desk; without it only counts and medians are made of it, for everybody",
	"internal/workflow/record.go RecordFor":                 found,
	"internal/pledge/recorded.go recordedBy":                own,
	"internal/pledge/recorded.go Record":                    "it locks the office of a published pledge, and then asks through the view of access",
	"internal/pledge/update_kind.go lastHandedIn":           "each query that has it joins what it may read",
	"internal/review/store.go waitingForOffice":             portal,
	"internal/review/store.go holdOffice":                   found,
	"internal/submission/invitation.go answerOffer":         own,
	"internal/submission/invitation_store.go offerColumns":  own,
	"internal/submission/store.go begun":                    own,
	"internal/workflow/proposal.go OpenProposal":            found,
	"internal/workflow/apply.go effects":                    found,
	"internal/workflow/conflict.go StandingOf":              "what a person has said themself",
	"internal/workflow/note.go Events":                      found,
	"internal/workflow/note.go HandedIn":                    found,
	"internal/workflow/note.go RequestedChanges":            found,
	"internal/workflow/office.go MoveAll":                   portal,
	"internal/workflow/personal.go Personal":                own,
	"internal/workflow/rest.go Resting":                     portal,
	"internal/workflow/retention.go EraseDeclined":          portal,
	"internal/champion/case.go Stands":                      "who has begun the case of a State is told to its other offices: the name of the office, and no more",
	"internal/workflow/submission.go columns":               found,
	"internal/workflow/submission.go FindPublic":            public,
	"internal/workflow/submission.go Lock":                  locks,
	"internal/workflow/submission.go LockForPortal":         portal,
	"internal/workflow/submission.go FindForPortal":         portal,
	"internal/workflow/submission.go ReadText":              found,
}

// readsThem finds a query that reads submissions, or what the desk and reviewers keep by submission.
var readsThem = regexp.MustCompile(`(?:(?:^\s*|[^E\s]\s+)FROM|\bJOIN)\s+(submissions|submission_steps|submission_notes|submission_events|change_requests|review_rounds|review_assignments|reviews|conflict_declarations|pending_decisions|release_items|submission_links|edit_proposals|bulk_items|assignment_outcomes)\b|\bUPDATE\s+submissions\b[\s\S]*\bRETURNING\b`)

// walled finds that a query asks the wall: by one of its views, or by a piece of SQL of internal/workflow that does.
var walled = regexp.MustCompile(`\bsubmission_access\b|\bsubmission_conflicts\b|\bbehind_wall\b|\{workflow\.(OnDesk|OnDeskWalled|Select|SelectOnDesk|From)\}|\{(OnDesk|Select|From|access)\}|\bonDesks\(`)

type query struct{ where, sql string }

// Every query of the program that reads submissions joins the wall, or is in the short list of exceptions with its reason.
func TestEveryQueryThatReadsSubmissionsAsksTheWall(t *testing.T) {
	t.Parallel()
	used := map[string]bool{}
	seen, walledSeen := 0, 0
	for _, q := range queries(t, "../..") {
		if !readsThem.MatchString(q.sql) {
			continue
		}
		seen++
		if walled.MatchString(q.sql) {
			walledSeen++
			continue
		}
		reason := exceptions[q.where]
		used[q.where] = true
		if reason == "" {
			t.Errorf("%s reads submissions and does not ask the wall: join submission_access, or use workflow.OnDesk, Select or From; or say in this test why not:\n%s", q.where, q.sql)
		}
	}
	for where := range exceptions {
		if !used[where] {
			t.Errorf("%s is in the list of exceptions, but reads no submissions without the wall", where)
		}
	}
	if seen < 30 || walledSeen < 7 {
		t.Errorf("only %d queries were found, %d of them behind the wall: the test looks at the wrong thing", seen, walledSeen)
	}
}

// queries are all texts of the program's source that could be SQL: string literals and sums of them, in which a name
// stands in braces. where is the file and the declaration.
func queries(t *testing.T, root string) []query {
	t.Helper()
	var all []query
	for _, dir := range []string{"internal", "web", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
				return err
			}
			source, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			name, _ := filepath.Rel(root, path)
			for _, decl := range file.Decls {
				for _, part := range declared(decl) {
					all = append(all, textsOf(name+" "+part.name, part.node)...)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

type declaration struct {
	name string
	node ast.Node
}

// declared are the functions, constants and variables of a declaration.
func declared(decl ast.Decl) []declaration {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		return []declaration{{d.Name.Name, d}}
	case *ast.GenDecl:
		var all []declaration
		for _, spec := range d.Specs {
			if v, ok := spec.(*ast.ValueSpec); ok {
				all = append(all, declaration{v.Names[0].Name, v})
			}
		}
		return all
	}
	return nil
}

// textsOf are the texts below a node; a sum is one text.
func textsOf(where string, node ast.Node) []query {
	var all []query
	ast.Inspect(node, func(n ast.Node) bool {
		expr, ok := n.(ast.Expr)
		if !ok {
			return true
		}
		if text, ok := textOf(expr); ok {
			all = append(all, query{where, text})
			return false
		}
		return true
	})
	return all
}

// textOf is the text of a string literal or a sum with one in it; other parts stand there as {name}.
func textOf(expr ast.Expr) (string, bool) {
	switch e := expr.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.ParenExpr:
		return textOf(e.X)
	case *ast.BinaryExpr:
		if e.Op != token.ADD {
			return "", false
		}
		left, isLeft := textOf(e.X)
		right, isRight := textOf(e.Y)
		if !isLeft && !isRight {
			return "", false
		}
		if !isLeft {
			left = "{" + nameOf(e.X) + "}"
		}
		if !isRight {
			right = "{" + nameOf(e.Y) + "}"
		}
		return left + right, true
	}
	return "", false
}

func nameOf(expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return nameOf(e.X) + "." + e.Sel.Name
	case *ast.CallExpr: // with what it is given, which may be the wall
		name := nameOf(e.Fun) + "("
		for _, arg := range e.Args {
			if text, ok := textOf(arg); ok {
				name += text
			} else {
				name += nameOf(arg)
			}
		}
		return name + ")"
	}
	return "…"
}

// The test above would say nothing if it did not see what a query is made of.
func TestTheWallsTestSeesTextsInSums(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "x.go", "package x\nfunc f() { q(`SELECT 1 FROM submissions s WHERE `+workflow.OnDesk+` AND `+more(`x`), 1); q(`SELECT 2 FROM ` + `submissions`) }", 0)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, q := range textsOf("f", file) {
		texts = append(texts, q.sql)
	}
	want := []string{"SELECT 1 FROM submissions s WHERE {workflow.OnDesk} AND {more(x)}", "SELECT 2 FROM submissions"}
	if !slices.Equal(texts, want) {
		t.Errorf("it sees %q", texts)
	}
	if walled.MatchString(texts[1]) || !readsThem.MatchString(texts[1]) || !walled.MatchString(texts[0]) {
		t.Error("what reads submissions and what asks the wall are mixed up")
	}
}
