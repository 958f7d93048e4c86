package locales_test

import (
	"go/scanner"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"portal/internal/i18n"
)

// root is the module's folder.
const root = "../.."

// dynamic are the beginnings of keys that no literal in the code spells out, with where they come from.
var dynamic = []string{
	"common.day.", "common.month.", "common.language.", // package i18n, by number and code
	"pledge.field.", "pledge.step.", // package form, from the definition
	"pledge.declaration.", // package submission, for each kind
	"pledge_update.field.", "pledge_update.step.", "pledge_update.declaration.", "pledge_update.word.",
	"pledge_sheet.field.", "pledge_sheet.step.", "pledge_sheet.declaration.", "pledge_sheet.word.",
	"practice.field.", "practice.step.", "practice.declaration.", "practice.word.",
	"concept_note.field.", "concept_note.step.", "concept_note.declaration.", "concept_note.word.",
	"champion.field.", "champion.step.", "champion.declaration.", "champion.word.",
	"talk.field.", "talk.step.", "talk.declaration.", "talk.word.",
	"event.field.", "event.step.", "event.declaration.", "event.word.",
	"newsletter_item.field.", "newsletter_item.step.", "newsletter_item.declaration.", "newsletter_item.word.",
	"guidance.field.", "guidance.step.", "guidance.declaration.", "guidance.word.",
	"support.field.", "support.step.", "support.declaration.", "support.word.",
	"capacity.field.", "capacity.step.", "capacity.declaration.", "capacity.word.",
	"statement.field.", "statement.step.", "statement.declaration.", "statement.word.",
	"social.field.", "social.step.", "social.declaration.", "social.word.",
	"partnership.field.", "partnership.step.", "partnership.declaration.", "partnership.word.",
	"asset.field.", "asset.step.", "asset.declaration.", "asset.word.",
	"pledge_support.field.", "pledge_support.step.", "pledge_support.declaration.", "pledge_support.word.",
	"review.letter.approve.", "review.letter.decline.", // package review, in the words of a kind
	"pledge.word.", // package word and package submission, for each kind
	"mail.dev.",    // the pages of /dev/mail, which are html/template
}

// names are what comes before a string that looks like a key and names something else: an act in the audit log, a kind
// of mail or job.
var names = [][]string{
	{"Act", ":"}, {"Kind", ":"}, {"Periodic", "("}, {"Kind", "(", ")", "string", "{", "return"},
}

// use is one place in the code that names a text: a key, or a key with gaps that are filled when the program runs.
type use struct {
	where   string
	literal string         // the beginning, up to the first gap
	pattern *regexp.Regexp // nil for a key without gaps
}

func TestKeysInCode(t *testing.T) {
	t.Parallel()
	english := read(t, i18n.English)
	keys := slices.Sorted(maps.Keys(english))
	used := map[string]bool{}
	for _, u := range uses(t, areas(keys)) {
		found := false
		for _, key := range u.candidates(keys) {
			// A literal is also the start of keys that are made elsewhere: key + ".hint".
			if u.pattern != nil && u.pattern.MatchString(key) || u.pattern == nil && (key == u.literal || strings.HasPrefix(key, u.literal+".")) {
				used[key], found = true, true
			}
		}
		if !found {
			t.Errorf("%s: no text has the key %s", u.where, u)
		}
	}
	for _, key := range keys {
		if !used[key] && !slices.ContainsFunc(dynamic, func(start string) bool { return strings.HasPrefix(key, start) }) {
			t.Errorf("%s is not used by any code; take it out, or add the start of its key to the list in this file", key)
		}
	}
}

// candidates are the sorted keys among which is what is used: those that start as the literal, or the pattern, does.
func (u use) candidates(keys []string) []string {
	from, _ := slices.BinarySearch(keys, u.literal)
	to := from
	for to < len(keys) && strings.HasPrefix(keys[to], u.literal) {
		to++
	}
	return keys[from:to]
}

func (u use) String() string {
	if u.pattern != nil {
		return u.pattern.String()
	}
	return u.literal
}

func areas(keys []string) []string {
	all := map[string]bool{}
	for _, key := range keys {
		area, _, _ := strings.Cut(key, ".")
		all[area] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// uses finds what looks like the key of a text, in Go and templ files: a string that starts with the name of an area
// and a dot, with what is added to it.
func uses(t *testing.T, areas []string) []use {
	t.Helper()
	start := regexp.MustCompile(`^(` + strings.Join(areas, "|") + `)\.[a-z0-9_.-]*$`)
	var all []use
	for _, folder := range []string{"cmd", "internal", "web"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(name string, d fs.DirEntry, err error) error {
			if os.IsNotExist(err) && name == filepath.Join(root, folder) {
				return nil
			}
			if err != nil {
				return err
			}
			code := strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") && !strings.HasSuffix(name, "_templ.go")
			if d.IsDir() || !code && !strings.HasSuffix(name, ".templ") {
				return nil
			}
			found, err := usesIn(name, start)
			all = append(all, found...)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

type lexeme struct {
	line    int
	token   token.Token
	literal string
}

func usesIn(name string, start *regexp.Regexp) ([]use, error) {
	src, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	// The scanner is Go's; in a templ file it stumbles over the markup, which holds no keys, and goes on.
	var s scanner.Scanner
	file := token.NewFileSet().AddFile(name, -1, len(src))
	s.Init(file, src, func(token.Position, string) {}, 0)
	var lexemes []lexeme
	for {
		pos, tok, literal := s.Scan()
		if tok == token.EOF {
			break
		}
		lexemes = append(lexemes, lexeme{file.Line(pos), tok, literal})
	}
	var found []use
	for i, l := range lexemes {
		text, ok := l.text()
		if !ok || !start.MatchString(text) || i > 0 && lexemes[i-1].token == token.ADD || named(lexemes[:i]) {
			continue
		}
		// What ends in a dot is the beginning of keys, whatever is added to it elsewhere.
		open := func(text string) string {
			if strings.HasSuffix(text, ".") {
				return ".+"
			}
			return ""
		}
		u := use{where: strings.TrimPrefix(filepath.ToSlash(name), root+"/") + ":" + strconv.Itoa(l.line), literal: text}
		if pattern := continued(lexemes[i+1:]); pattern != "" {
			u.pattern = regexp.MustCompile("^" + regexp.QuoteMeta(text) + pattern + open(pattern) + "$")
		} else if more := open(text); more != "" {
			u.pattern = regexp.MustCompile("^" + regexp.QuoteMeta(text) + more + "$")
		}
		found = append(found, u)
	}
	return found, nil
}

// named says whether what comes before makes the next string a name of something else than a text.
func named(before []lexeme) bool {
	for _, name := range names {
		start := len(before) - len(name)
		if start < 0 {
			continue
		}
		if slices.EqualFunc(before[start:], name, lexeme.is) {
			return true
		}
	}
	return false
}

// is says whether the lexeme is the word or sign.
func (l lexeme) is(s string) bool {
	return l.literal == s || l.token.String() == s
}

// text is the value of a string literal.
func (l lexeme) text() (string, bool) {
	if l.token != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(l.literal)
	return text, err == nil
}

// continued is the pattern of what is added to a string: literals as they are, anything else as a gap.
func continued(rest []lexeme) string {
	pattern := ""
	for len(rest) > 1 && rest[0].token == token.ADD {
		rest = rest[1:]
		end := operand(rest)
		if text, ok := rest[0].text(); ok && end == 1 {
			pattern += regexp.QuoteMeta(text)
		} else {
			pattern += ".+"
		}
		rest = rest[end:]
	}
	return pattern
}

// operand is how many lexemes the operand of a + takes.
func operand(rest []lexeme) int {
	depth := 0
	for i, l := range rest {
		switch l.token {
		case token.LPAREN, token.LBRACK, token.LBRACE:
			depth++
		case token.RPAREN, token.RBRACK, token.RBRACE:
			depth--
			if depth < 0 {
				return i
			}
		case token.ADD, token.COMMA, token.SEMICOLON, token.COLON, token.EQL, token.NEQ, token.LAND, token.LOR:
			if depth == 0 {
				return i
			}
		}
	}
	return len(rest)
}
