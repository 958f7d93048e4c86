package practice_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"portal/internal/practice"
)

// hostile is a citation of which each part tries to end the line, the field or the file.
func hostile() practice.Citation {
	return practice.Citation{
		ID: "GCM-PR-0291", Title: "50% of {all} \\input{x} & <b>\"x\"</b>\nER  - \nTY  - BOOK\u2028next", Lang: "ar", Author: "وزارة العمل #1_~^$",
		Publisher: "Portal", Address: "https://portal.example/en/practices/GCM-PR-0291", Abstract: "One\r\ntwo},\n  note = {x", Licence: practice.ByAttribution,
		Published: time.Date(2026, 3, 12, 10, 0, 0, 0, time.UTC), Version: 2,
	}
}

func written(t *testing.T, form string) string {
	t.Helper()
	body, err := hostile().As(form)
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestBibTeXHasItsBracesAndNothingOfTeX(t *testing.T) {
	t.Parallel()
	text := written(t, practice.BibTeX)
	for _, want := range []string{
		"@misc{GCM-PR-0291,\n", `title = {{50\% of \{all\} \textbackslash{}input\{x\} \& <b>"x"</b> ER - TY - BOOK next}}`,
		`author = {{وزارة العمل \#1\_\textasciitilde{}\textasciicircum{}\$}}`, "year = {2026}", "month = {mar}", `abstract = {One two\}, note = \{x}`,
		"url = {https://portal.example/en/practices/GCM-PR-0291}", "note = {https://creativecommons.org/licenses/by/4.0/}",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
	depth := 0
	for i, r := range text {
		escaped := i > 0 && text[i-1] == '\\'
		switch {
		case r == '{' && !escaped:
			depth++
		case r == '}' && !escaped:
			depth--
		}
		if depth < 0 {
			t.Fatalf("a brace is closed that is not open:\n%s", text[:i])
		}
	}
	if depth != 0 || strings.Count(text, "\n") != 13 {
		t.Errorf("depth %d, %d lines:\n%s", depth, strings.Count(text, "\n"), text)
	}
}

func TestRISHasOneRecord(t *testing.T) {
	t.Parallel()
	text := written(t, practice.RIS)
	if !strings.HasPrefix(text, "TY  - GEN\r\n") || !strings.HasSuffix(text, "\r\nER  - \r\n") {
		t.Errorf("it begins or ends otherwise:\n%s", text)
	}
	tags := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\r\n"), "\r\n") {
		if len(line) < 6 || line[2:6] != "  - " || strings.ContainsAny(line, "\r\n") {
			t.Errorf("the line %q is none", line)
		}
		if line[:2] == "ER" || line[:2] == "TY" {
			tags++
		}
	}
	if tags != 2 {
		t.Errorf("%d beginnings and ends", tags)
	}
}

func TestCSLIsOneDocument(t *testing.T) {
	t.Parallel()
	var items []struct {
		ID, Type, Title, URL string
		Author               []struct{ Literal string }
		Issued               struct {
			Parts [][]int `json:"date-parts"`
		}
	}
	if err := json.Unmarshal([]byte(written(t, practice.CSL)), &items); err != nil {
		t.Fatal(err)
	}
	if len(items) != 1 || items[0].ID != "GCM-PR-0291" || items[0].Type != "document" || strings.ContainsAny(items[0].Title, "\n\u2028") ||
		items[0].Author[0].Literal != "وزارة العمل #1_~^$" || items[0].Issued.Parts[0][1] != 3 {
		t.Errorf("it reads %+v", items)
	}
	if _, err := hostile().As("pdf"); err == nil {
		t.Error("it is cited as a PDF")
	}
}

func TestPlacesAreCoarse(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]string{
		"9.4034, -0.8424": "9.4, -0.8", "9,4034; −0,8424": "9.4, -0.8", "9.4° N 0.8° W": "9.4, -0.8", "٣٣٫٨، ٣٥٫٥": "33.8, 35.5", "-33.9 151.2": "-33.9, 151.2",
		"0.04, -0.04": "0, 0", "90, 180": "90, 180", "90.01, 0": "", "0, 181": "", "-9 S, 0": "", "Tamale": "", "9.4": "", "9.4, -0.8, 3": "", "": "",
	} {
		got := ""
		if p := practice.Read(with(map[string][]string{"point": {typed}}), "Office", seeded(t)).Point; p != nil {
			got = p.String()
		}
		if got != want {
			t.Errorf("%q is at %q, want %q", typed, got, want)
		}
	}
}
