package ui

import (
	"net/url"
	"strconv"
	"strings"
)

// Press is the name of every button of a step of a form; its value says what was pressed. ReadPress reads it. A form
// posted by the autosave of the script has no button, but AutosaveField.
const Press = "do"

// AutosaveField is "1" in a post of the script's autosave. It is answered with JSON {"version": 4, "saved": "09:42
// Geneva time"}: the version to send next time and the time to show; an answer of status 409 stops the autosave and
// leaves the conflict to the next ordinary save, any other failure is tried again.
const AutosaveField = "autosave"

// VersionField carries the version of the step at which the page was read.
const VersionField = "version"

// Act is what a button of a form asks for.
type Act string

// The acts.
const (
	Continue   Act = "continue" // save and go on to the next step
	Later      Act = "later"    // save and leave
	Upload     Act = "upload"   // save and take the chosen files
	AddRow     Act = "add"      // save and show another row of a group
	RemoveRow  Act = "remove"   // save without a row of a group
	RemoveFile Act = "unfile"   // save and remove a file
	Comments   Act = "comments" // save and go to what is said about a question
	TakeTheirs Act = "theirs"   // of two texts take what is kept, at one question
	Autosave   Act = "autosave" // save quietly
	Find       Act = "find"     // save and look for something to choose
	AddUp      Act = "sum"      // save and show the totals of a matrix
	Tick       Act = "tick"     // save and tick a box of the form, on whatever step it is
)

// Pressed is a button that was pressed.
type Pressed struct {
	Act Act
	// Field is the group of AddRow and RemoveRow, and the field of AddUp, Upload, Comments, TakeTheirs, Find and Tick.
	Field string
	// Row is the row of RemoveRow, or the page of Find, from 0; File the id of the file of RemoveFile.
	Row  int
	File int64
}

// Value is the button's value.
func (p Pressed) Value() string {
	switch p.Act {
	case AddRow, AddUp, Upload, Comments, TakeTheirs, Tick:
		return string(p.Act) + ":" + p.Field
	case RemoveRow, Find:
		return string(p.Act) + ":" + p.Field + "." + strconv.Itoa(p.Row)
	case RemoveFile:
		return string(p.Act) + ":" + strconv.FormatInt(p.File, 10)
	}
	return string(p.Act)
}

// Finding is what is looked for at a question whose answer is chosen from what is found (form.Field.Search).
type Finding struct {
	// Words are what was typed to look for it, and Page the part of what was found, from 0.
	Words string
	Page  int
}

// FindField and FoundField are the controls of the words to look for at a question, and of the words that the page was made
// for: when they differ, somebody has typed words and not pressed the button.
func FindField(question string) string  { return question + "_words" }
func FoundField(question string) string { return question + "_found" }

// ReadPress says which button of a step was pressed. Anything that cannot be read is Continue, so that nothing typed is
// lost.
func ReadPress(posted url.Values) Pressed {
	if posted.Get(AutosaveField) == "1" {
		return Pressed{Act: Autosave}
	}
	act, what, _ := strings.Cut(posted.Get(Press), ":")
	switch Act(act) {
	case Later:
		return Pressed{Act: Later}
	case Upload, AddRow, AddUp, Comments, TakeTheirs, Tick:
		if what != "" {
			return Pressed{Act: Act(act), Field: what}
		}
	case RemoveRow, Find:
		field, number, _ := strings.Cut(what, ".")
		if row, err := strconv.Atoi(number); err == nil && row >= 0 && field != "" {
			return Pressed{Act: Act(act), Field: field, Row: row}
		}
	case RemoveFile:
		if id, err := strconv.ParseInt(what, 10, 64); err == nil && id > 0 {
			return Pressed{Act: RemoveFile, File: id}
		}
	}
	return Pressed{Act: Continue}
}
