package request

import "portal/internal/personal"

// Personal is what this package keeps of a person: what waits for the proof of their address. What somebody asked for is in the
// submissions.
var Personal = personal.Data{Erasures: []personal.Erasure{eraseUnproven}}
