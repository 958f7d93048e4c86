package web

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
)

// CSVMark is the byte-order mark that a CSV file begins with: it tells spreadsheets that the text is UTF-8.
const CSVMark = "\ufeff"

// WriteCSV answers with a table, its head first, as a file to be saved under the name, which is plain ASCII. Each cell
// goes through CSVText.
func WriteCSV(w http.ResponseWriter, r *http.Request, name string, lines [][]string) error {
	var body strings.Builder
	body.WriteString(CSVMark)
	out := csv.NewWriter(&body)
	for _, line := range lines {
		safe := make([]string, len(line))
		for i, cell := range line {
			safe[i] = CSVText(cell)
		}
		if err := out.Write(safe); err != nil {
			return fmt.Errorf("write the table %s: %w", name, err)
		}
	}
	out.Flush()
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	return Write(w, r, http.StatusOK, "text/csv; charset=utf-8", []byte(body.String()))
}

// CSVText is what to write into a cell of a CSV file, so that no spreadsheet takes people's text for a formula: one that
// begins as a formula does gets an apostrophe in front.
func CSVText(text string) string {
	if strings.IndexAny(text, "=+-@\t\r\n＝＋－＠") == 0 { // the wide ones are the same to a spreadsheet in East Asia
		return "'" + text
	}
	return text
}
