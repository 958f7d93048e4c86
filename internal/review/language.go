package review

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"portal/internal/date"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/search"
	"portal/internal/workflow"
	"portal/web/ui"
)

// The fields of the search language. They are English words in every language of the portal, so that an address means the
// same to everybody.
const (
	fieldIs        = "is"
	fieldIn        = "in"
	fieldState     = "state"
	fieldKind      = "kind"
	fieldCountry   = "country"
	fieldObjective = "objective"
	fieldCall      = "call"
	fieldOffice    = "office"
	fieldAssigned  = "assigned"
	fieldWaiting   = "waiting"
	fieldAge       = "age"
	fieldDue       = "due"
	fieldSent      = "sent"
	fieldSort      = "sort"
	fieldSize      = "size"
)

// The values that the code knows by name.
const (
	isOverdue    = "overdue"
	isSoon       = "soon"
	isOnTime     = "ontime"
	isPaused     = "paused"
	isUnassigned = "unassigned"
	isPending    = "pending"

	AssignedMe   = "me"
	AssignedNone = "none"

	waitingDesk      = "desk"
	waitingSubmitter = "submitter"
	waitingReviewers = "reviewers"
	waitingOffice    = "office"
	waitingNobody    = "nobody"
)

// Field is a field of the search language: what the help says of it, and what it takes.
type Field struct {
	Name string
	// Words are the values that it takes, if they can be listed.
	Words []string
	// Example is a term with it.
	Example string
	// alias are other words for some of its values.
	alias map[string]string
	// read brings a value that is no word into its one form; nil where there are only words.
	read func(l Language, value string) (string, bool)
}

// fields are the fields in the order of the help.
var fields = []Field{
	{Name: fieldIs, Words: []string{isOverdue, isSoon, isOnTime, isPaused, isUnassigned, isPending}, Example: "is:overdue",
		alias: map[string]string{"late": isOverdue, "on-time": isOnTime, "waiting": isPaused, "undecided": isPending}},
	{Name: fieldIn, Words: texts(Groups), Example: "in:decided"},
	{Name: fieldState, Words: texts(All.States()), Example: "state:in_review", alias: map[string]string{"reviewed": string(workflow.InReview), "review": string(workflow.InReview)}},
	{Name: fieldAssigned, Words: []string{AssignedMe, AssignedNone}, Example: "assigned:me", alias: map[string]string{"nobody": AssignedNone}, read: readNumber},
	{Name: fieldKind, Example: "kind:pledge", read: func(l Language, v string) (string, bool) { return v, slices.Contains(l.Kinds, v) }},
	{Name: fieldCountry, Example: "country:KE", read: func(l Language, v string) (string, bool) { return l.Country(v) }},
	{Name: fieldObjective, Example: "objective:7", read: readObjective},
	{Name: fieldCall, Example: "call:3", read: readNumber},
	{Name: fieldOffice, Example: `office:"Ministry of Labour"`, read: readWords},
	{Name: fieldWaiting, Words: []string{waitingDesk, waitingSubmitter, waitingReviewers, waitingOffice, waitingNobody}, Example: "waiting:submitter"},
	{Name: fieldDue, Words: []string{"none"}, Example: "due:<2026-12-01", read: func(_ Language, v string) (string, bool) { return readSpan(v, readDay) }},
	{Name: fieldAge, Example: "age:>10", read: func(_ Language, v string) (string, bool) { return readSpan(v, readDays) }},
	{Name: fieldSent, Example: "sent:2026-11-01..2026-11-30", read: func(_ Language, v string) (string, bool) { return readSpan(v, readDay) }},
	{Name: fieldSort, Words: texts(Orders), Example: "sort:due"},
	{Name: fieldSize, Words: []string{"25", "50", "100"}, Example: "size:50"},
}

func texts[T ~string](all []T) []string {
	out := make([]string, len(all))
	for i, v := range all {
		out[i] = string(v)
	}
	return out
}

func fieldOf(name string) (Field, bool) {
	i := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name })
	if i < 0 {
		return Field{}, false
	}
	return fields[i], true
}

// Language is what the search language must know of the portal to read it.
type Language struct {
	// Kinds are the names of the kinds of submission.
	Kinds []string
	// Country finds the ISO 3166-1 alpha-2 code of a country by its code or its name.
	Country func(typed string) (code string, ok bool)
}

// Bounds of what is read of a search; more is not asked by a person.
const (
	maxSearch = 500 // characters
	maxTerms  = 40
	maxValue  = 100 // characters of one value
)

// Mistake is a part of a search that was left out, and why: a key of the texts with its arguments.
type Mistake struct {
	Key  string
	Args []any
}

// Read reads a filter from the query of an address: from q in the language of the search, and from one parameter a field,
// as the controls of the form send them, which have the same meaning. canonical says that Filter.Values writes the same
// address.
func (l Language) Read(q url.Values) (f Filter, wrong []Mistake, canonical bool) {
	f, wrong = l.Parse(q.Get("q"))
	canonical = true
	for _, field := range append(slices.Clone(fields), Field{Name: "group"}, Field{Name: "overdue"}) {
		for _, value := range q[field.Name] {
			canonical = false
			switch {
			case value == "":
				continue
			case field.Name == "group":
				field.Name = fieldIn
			case field.Name == "overdue":
				field.Name, value = fieldIs, isOverdue
			}
			wrong = append(wrong, l.add(&f, false, field.Name, value)...)
		}
	}
	if n, err := strconv.Atoi(q.Get("page")); err == nil && n > 1 {
		f.Page = min(n, ui.NumberedPages)
	}
	if n, err := strconv.ParseInt(q.Get("after"), 10, 64); err == nil && n > 0 {
		f.After, f.Page = n, 0
	}
	f.At = strings.ReplaceAll(strings.ToValidUTF8(q.Get("at"), ""), "\x00", "")
	return f, wrong, canonical
}

// Parse reads a search. What it does not know is left out and explained; the rest holds. Any text is accepted.
func (l Language) Parse(typed string) (f Filter, wrong []Mistake) {
	typed = strings.ToValidUTF8(typed, "")
	if utf8.RuneCountInString(typed) > maxSearch {
		typed = string([]rune(typed)[:maxSearch])
		wrong = append(wrong, Mistake{"review.search.wrong.long", []any{maxSearch}})
	}
	rest := typed
	for n := 0; ; n++ {
		token, after, ok := cutToken(rest)
		if !ok {
			return f, wrong
		}
		if n == maxTerms {
			return f, append(wrong, Mistake{"review.search.wrong.many", []any{maxTerms}})
		}
		rest = after
		if token.field == "" {
			wrong = append(wrong, l.addWord(&f, Term{Value: token.value, Not: token.not, Quoted: token.quoted})...)
			continue
		}
		values := []string{token.value}
		if !token.quoted {
			values = strings.Split(token.value, ",")
		}
		for _, value := range values {
			wrong = append(wrong, l.add(&f, token.not, token.field, value)...)
		}
	}
}

// addWord adds a word to look for.
func (l Language) addWord(f *Filter, t Term) []Mistake {
	t.Value = strings.Join(strings.FieldsFunc(t.Value, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if r := []rune(t.Value); len(r) > maxValue {
		t.Value = strings.TrimSpace(string(r[:maxValue]))
	}
	if search.Query(t.Value) == "" {
		if t.Value == "" {
			return nil
		}
		return []Mistake{{"review.search.wrong.no_letter", []any{t.Value}}}
	}
	t.Quoted = t.Quoted && strings.Contains(t.Value, " ")
	f.add(t)
	return nil
}

// add adds a term with a field, or explains why not.
func (l Language) add(f *Filter, not bool, name, value string) []Mistake {
	name = strings.ToLower(name)
	field, ok := fieldOf(name)
	if !ok {
		if like := nearest(name, fieldNames()); like != "" {
			return []Mistake{{"review.search.wrong.field", []any{name + ":", like + ":"}}}
		}
		return []Mistake{{"review.search.wrong.no_field", []any{name + ":"}}}
	}
	value = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(value, ""), func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(quotes, r) || !unicode.IsPrint(r) }), " ")
	if value == "" {
		return []Mistake{{"review.search.wrong.empty", []any{name + ":", field.Example}}}
	}
	if utf8.RuneCountInString(value) > maxValue {
		return []Mistake{{"review.search.wrong.value_long", []any{name + ":", maxValue}}}
	}
	known, ok := field.value(l, value)
	switch {
	case ok && not && slices.Contains([]string{fieldIn, fieldSort, fieldSize}, name):
		return []Mistake{{"review.search.wrong.not", []any{"-" + name + ":" + value}}}
	case ok:
		f.set(Term{Field: name, Value: known, Not: not})
		return nil
	}
	words := field.Words
	if name == fieldKind {
		words = l.Kinds
	}
	if like := nearest(strings.ToLower(value), slices.Concat(words, field.others())); like != "" {
		return []Mistake{{"review.search.wrong.value", []any{name + ":" + value, name + ":" + like}}}
	}
	if field.read == nil || name == fieldKind {
		return []Mistake{{"review.search.wrong.words", []any{name + ":" + value, name + ":", strings.Join(words, ", ")}}}
	}
	return []Mistake{{"review.search.wrong." + name, []any{name + ":" + value, field.Example}}}
}

// value brings a value of the field into its one form.
func (f Field) value(l Language, typed string) (string, bool) {
	small := strings.ToLower(typed)
	if slices.Contains(f.Words, small) {
		return small, true
	}
	if known, ok := f.alias[small]; ok {
		return known, true
	}
	if f.read == nil {
		return "", false
	}
	if f.Name == fieldOffice || f.Name == fieldCountry {
		return f.read(l, typed)
	}
	return f.read(l, small)
}

// others are the other words for its values.
func (f Field) others() []string {
	var all []string
	for word := range f.alias {
		all = append(all, word)
	}
	slices.Sort(all)
	return all
}

func fieldNames() []string {
	var names []string
	for _, f := range fields {
		names = append(names, f.Name)
	}
	return names
}

// set puts a term where it belongs: of the group, the order and the size the last one counts.
func (f *Filter) set(t Term) {
	switch t.Field {
	case fieldIn:
		f.In = Group(t.Value)
	case fieldSort:
		f.Sort = Order(t.Value)
	case fieldSize:
		f.Size, _ = strconv.Atoi(t.Value)
		if f.Size == PerPage {
			f.Size = 0
		}
	default:
		f.add(t)
	}
}

// add adds a condition that is not there yet.
func (f *Filter) add(t Term) {
	if !slices.Contains(f.Terms, t) && len(f.Terms) < maxTerms {
		f.Terms = append(f.Terms, t)
	}
}

// piece is a part of a search as it is typed.
type piece struct {
	not, quoted  bool
	field, value string
}

// quotes are the marks that begin or end words that stand together.
const quotes = "\"“”„«»"

// cutToken takes the first token off a search; ok is false when there is none.
func cutToken(s string) (t piece, rest string, ok bool) {
	s = strings.TrimLeftFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
	if s == "" {
		return t, "", false
	}
	if r, size := utf8.DecodeRuneInString(s); strings.ContainsRune("-−–", r) && len(s) > size {
		t.not, s = true, s[size:]
	}
	if i := strings.IndexByte(s, ':'); i > 0 && isName(s[:i]) {
		if next, _ := utf8.DecodeRuneInString(s[i+1:]); i+1 < len(s) && !unicode.IsSpace(next) {
			t.field, s = s[:i], s[i+1:]
		}
	}
	r, size := utf8.DecodeRuneInString(s)
	if strings.ContainsRune(quotes, r) && s != "" {
		s = s[size:]
		end := strings.IndexFunc(s, func(r rune) bool { return strings.ContainsRune(quotes, r) })
		if end < 0 {
			end = len(s)
		}
		t.quoted, t.value = true, s[:end]
		_, size = utf8.DecodeRuneInString(s[end:])
		return t, s[end+size:], true
	}
	end := strings.IndexFunc(s, unicode.IsSpace)
	if end < 0 {
		end = len(s)
	}
	t.value = strings.Map(func(r rune) rune {
		if strings.ContainsRune(quotes, r) || !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, s[:end])
	return t, s[end:], true
}

// isName says whether the text may be the name of a field: ASCII letters only, so that 10:30 is no field.
func isName(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }) < 0
}

func readNumber(_ Language, v string) (string, bool) {
	n, err := strconv.ParseInt(v, 10, 64)
	return strconv.FormatInt(n, 10), err == nil && n > 0
}

// readObjective takes the number of an objective of the Compact.
func readObjective(_ Language, v string) (string, bool) {
	n, err := strconv.Atoi(i18n.Digits(v))
	return strconv.Itoa(n), err == nil && n >= 1 && n <= gcm.Objectives
}

// readWords takes any words with a letter or digit.
func readWords(_ Language, v string) (string, bool) { return v, search.Query(v) != "" }

// The longest span of days that is taken; more is a slip of the finger.
const mostDays = 36_500

func readDays(v string) (string, bool) {
	n, err := strconv.Atoi(v)
	return strconv.Itoa(n), err == nil && 0 <= n && n <= mostDays
}

// readDay takes a day (2026-12-01), today, tomorrow or yesterday, or a number of days from today (+7, -7).
func readDay(v string) (string, bool) {
	switch v {
	case "today", "tomorrow", "yesterday":
		return v, true
	}
	if v != "" && (v[0] == '+' || v[0] == '-') {
		n, ok := readDays(v[1:])
		return v[:1] + n, ok
	}
	d, err := date.Parse(v)
	return v, err == nil && d.Year() >= 2000
}

// readSpan takes a value, one with <, <=, > or >= before it, or two with .. between them.
func readSpan(v string, read func(string) (string, bool)) (string, bool) {
	v = strings.NewReplacer("≤", "<=", "≥", ">=").Replace(v)
	if low, high, ok := strings.Cut(v, ".."); ok {
		low, lowOK := read(low)
		high, highOK := read(high)
		return low + ".." + high, lowOK && highOK
	}
	sign, rest := cutSign(v)
	one, ok := read(rest)
	return sign + one, ok
}

func cutSign(v string) (sign, rest string) {
	for _, sign := range []string{"<=", ">=", "<", ">"} {
		if rest, ok := strings.CutPrefix(v, sign); ok {
			return sign, rest
		}
	}
	return "", v
}

// nearest is the known word that a mistyped one most likely stands for; "" if none is near.
func nearest(typed string, known []string) string {
	best, least := "", 3
	for _, word := range known {
		most := 1
		if len(word) > 4 {
			most = 2
		}
		if d := distance(typed, word); d <= most && d < least {
			best, least = word, d
		}
	}
	return best
}

// distance is how many letters must be put in, taken out, changed or swapped with their neighbour to make one word the other.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 20 || len(y) > 20 {
		return 20
	}
	before, last, row := make([]int, len(y)+1), make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(y)]
}
