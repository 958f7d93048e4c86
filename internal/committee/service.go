package committee

import (
	"context"
	"fmt"
	"time"

	"portal/internal/attachment"
	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
)

// Options are what a Service needs to know.
type Options struct {
	DB *database.DB
	// Vocabulary returns the vocabulary as it is now.
	Vocabulary func() *gcm.Vocabulary
	// Kind is the kind of submission that the committee decides on.
	Kind string
	// Meeting finds a meeting, problem.NotFound for none; HoldMeeting does so for a transaction, until whose end it is neither
	// moved nor cancelled. Meetings are all there are, in their order.
	Meeting     func(ctx context.Context, q database.Querier, id MeetingID) (Meeting, error)
	HoldMeeting func(ctx context.Context, tx database.Tx, id MeetingID) (Meeting, error)
	Meetings    func(ctx context.Context, q database.Querier) ([]Meeting, error)
	// Areas are the thematic areas, in order; Facts are those of a note by its answers.
	Areas func(ctx context.Context) []Area
	Facts func(ctx context.Context, a form.Answers) Facts
	// Pipeline are the countries, areas and amounts of the endorsed programmes that are not over. They are public.
	Pipeline func(ctx context.Context, q database.Querier) ([]Facts, error)
	// Scores are those of the notes that the person may see, by note.
	Scores func(ctx context.Context, q database.Querier, who identity.User, notes []workflow.ID) (map[workflow.ID]Score, error)
	// Hold keeps what was decided on a note as a pending decision of the desk, in place of the one that was seen, and returns
	// its number. exception is why it may do without the reviews that the desk asks for. It fails as review.Service.Hold does.
	Hold func(ctx context.Context, tx database.Tx, who identity.User, note workflow.ID, d Ruling, exception string) (int64, error)
	// Files keeps the minutes that are files.
	Files *attachment.Store
	// DeskPath is the desk's page of a note, ReleasePath the one from which decisions leave, CountryPath the list to which a
	// State on the map leads; all without the language.
	DeskPath    func(id workflow.ID) string
	ReleasePath string
	CountryPath func(code string) string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what the fund desk can do around a meeting of the Steering Committee.
type Service struct{ Options }

// NewService returns the service.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Service{o}
}

// desk is problem.NotFound for who is not of the fund desk.
func desk(who identity.User) error {
	if !who.OnDesk(identity.FundDesk) {
		return problem.NotFound
	}
	return nil
}

func (s *Service) record(ctx context.Context, tx database.Tx, who identity.User, act, subject string, id int64, fields ...string) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: act, Subject: subject, SubjectID: id, Fields: fields, At: s.Now()})
}

// The subjects of the audit record. What is about a note stands in its history, behind the wall.
const (
	noteSubject    = "submission"
	meetingSubject = "fund_meeting"
)

// wrap says what was being done when the error came; nil stays nil.
func wrap(what string, err error) error {
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}
