// Package terms is which version of the terms of use and the privacy notice is in force since when (accounts.md, People).
// The two have one version: who accepts, accepts both as they are.
package terms

import (
	"time"

	"portal/internal/date"
	"portal/internal/i18n"
)

// Version is one version of the terms and the notice. What it changed is the text home.terms.change.<Number>.
type Version struct {
	Number string
	// On is the day, in Geneva, from which it is in force.
	On date.Date
}

// Versions are all there have been, the earliest first. A new one is added here, with its texts; from its day on everybody
// who is signed in is asked to accept it.
var Versions = []Version{
	{"1", date.New(2026, time.November, 24)},
}

// Current returns the version that is in force; before the first one has begun, that one.
func Current(now time.Time) Version {
	today, current := date.Today(now, i18n.Geneva), Versions[0]
	for _, v := range Versions {
		if !today.Before(v.On) {
			current = v
		}
	}
	return current
}
