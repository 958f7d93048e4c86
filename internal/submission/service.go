package submission

import (
	"context"
	"fmt"
	"time"

	"github.com/a-h/templ"

	"portal/internal/attachment"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// Options are what a Service needs to know.
type Options struct {
	DB    *database.DB
	Kinds workflow.Kinds
	// Vocabulary returns the vocabulary as it is now.
	Vocabulary func() *gcm.Vocabulary
	// Site is what the mails say of the operator.
	Site ui.Site
	// Starts are the paths, without the language, of the pages on which a submission of each kind is begun, by kind.
	Starts map[string]string
	// DeskPath is the desk's page of a submission, without the language: where the desk's mails lead.
	DeskPath func(id workflow.ID) string
	// Files keeps what is uploaded.
	Files *attachment.Store
	// Suggest returns answers to show on a step that nobody has opened yet, by what is known of the person and the office;
	// nothing of them is kept until somebody saves. nil suggests nothing.
	Suggest func(ctx context.Context, who identity.User, sub workflow.Submission, step string) (form.Answers, error)
	// Beside returns what stands below the questions of a step, by their ids: what a search found, advice. nil is nothing.
	Beside func(ctx context.Context, sub workflow.Submission, step string, a form.Answers, find ui.Finding) (map[string]templ.Component, error)
	// Above returns what stands above the questions of a step, or nil; step "" is the whole form, above the answers of a Word
	// file that are to take the place of its own. nil has nothing.
	Above func(ctx context.Context, sub workflow.Submission, step string) (templ.Component, error)
	// Advice returns what the kind advises before it is sent in, or nil. nil advises nothing.
	Advice func(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error)
	// Live returns the texts of what Beside shows for answers that are being typed, by the places of the page where they
	// stand. nil has none.
	Live func(ctx context.Context, sub workflow.Submission, a form.Answers) map[string]string
	// About returns what the kind has to say on the page of a submission beside its state, or nil. nil says nothing.
	About func(ctx context.Context, sub workflow.Submission) (templ.Component, error)
	// Says returns what the kind says to those who send a submission in, before they do and afterwards: what comes of it by its
	// arriving at the instant. "" says nothing. If it changes between reading and sending, the page is shown again and nothing is
	// sent. nil says nothing.
	Says func(ctx context.Context, q database.Querier, sub workflow.Submission, at time.Time) (string, error)
	// HandedIn is called in the transaction in which a submission was handed in, after the step; nil does nothing.
	HandedIn func(ctx context.Context, tx database.Tx, id workflow.ID) error
	// Replied is called in the transaction in which an office has written to the desk, with its words; nil does nothing.
	Replied func(ctx context.Context, tx database.Tx, sub workflow.Submission, text string) error
	// OfficeMoved is called in the transaction that has given a submission to another office, so that what waited for the
	// approval of its own is published. nil does nothing.
	OfficeMoved func(ctx context.Context, tx database.Tx, officeID int64) error
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Service is what an office can do with its submissions. Each method is one use case and, where it writes, one
// transaction: state, event, audit record and mail commit together or not at all.
type Service struct {
	db         *database.DB
	kinds      workflow.Kinds
	vocabulary func() *gcm.Vocabulary
	site       ui.Site
	starts     map[string]string
	deskPath   func(id workflow.ID) string
	files      *attachment.Store
	suggest    func(ctx context.Context, who identity.User, sub workflow.Submission, step string) (form.Answers, error)
	beside     func(ctx context.Context, sub workflow.Submission, step string, a form.Answers, find ui.Finding) (map[string]templ.Component, error)
	above      func(ctx context.Context, sub workflow.Submission, step string) (templ.Component, error)
	advice     func(ctx context.Context, sub workflow.Submission, a form.Answers) (templ.Component, error)
	live       func(ctx context.Context, sub workflow.Submission, a form.Answers) map[string]string
	about      func(ctx context.Context, sub workflow.Submission) (templ.Component, error)
	says       func(ctx context.Context, q database.Querier, sub workflow.Submission, at time.Time) (string, error)
	moved      func(ctx context.Context, tx database.Tx, officeID int64) error
	handedIn   func(ctx context.Context, tx database.Tx, id workflow.ID) error
	replied    func(ctx context.Context, tx database.Tx, sub workflow.Submission, text string) error
	now        func() time.Time
}

// NewService returns the owner's side of the given kinds.
func NewService(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Says == nil {
		o.Says = func(context.Context, database.Querier, workflow.Submission, time.Time) (string, error) {
			return "", nil
		}
	}
	if o.Above == nil {
		o.Above = func(context.Context, workflow.Submission, string) (templ.Component, error) { return nil, nil }
	}
	return &Service{
		db: o.DB, kinds: o.Kinds, vocabulary: o.Vocabulary, site: o.Site, starts: o.Starts, deskPath: o.DeskPath,
		files: o.Files, suggest: o.Suggest, beside: o.Beside, above: o.Above, advice: o.Advice, live: o.Live, about: o.About, says: o.Says, moved: o.OfficeMoved, handedIn: o.HandedIn, replied: o.Replied, now: o.Now,
	}
}

// Env is what the form is checked against: the vocabulary, and today in Geneva. A revision of something published may
// name days that have passed since, so for that no day is today.
func (s *Service) Env(sub workflow.Submission) form.Env {
	env := form.Env{Vocabulary: s.vocabulary(), Submission: sub.ID}
	if !sub.Published() {
		env.Today = date.Today(s.now(), i18n.Geneva)
	}
	return env
}

// envOf is Env for a submission whose files are known.
func (s *Service) envOf(c Case) form.Env {
	env := s.Env(c.Submission)
	env.HasImage = hasImage(c.Files)
	return env
}

// Start opens a draft of the kind for the office and returns its number. The person needs a post in the office that may
// write, else it is problem.Forbidden; an unknown kind is problem.NotFound. A draft of theirs into which nothing has been
// written yet is taken up again, so that pressing the button twice does not leave an empty one behind.
func (s *Service) Start(ctx context.Context, who identity.User, kind string, office int64) (workflow.ID, error) {
	return s.StartWith(ctx, who, kind, office, Beginning{})
}

// Open returns one submission of the person's offices; any other is problem.NotFound.
func (s *Service) Open(ctx context.Context, who identity.User, id workflow.ID) (Case, error) {
	sub, err := workflow.Find(ctx, s.db.Read(), id, who)
	if err != nil {
		return Case{}, s.ended(ctx, who, id, err)
	}
	c, err := s.load(ctx, s.db.Read(), sub)
	if err != nil {
		return c, err
	}
	if c.IsGuest() {
		if c.GuestUntil, err = guestUntil(ctx, s.db.Read(), who.ID, id); err != nil {
			return c, err
		}
	}
	if c.Says, err = s.says(ctx, s.db.Read(), sub, s.now()); err != nil {
		return c, err
	}
	c.Problems = c.Kind.Form.Problems(c.Answers, s.envOf(c))
	if c.Kind.Held == nil || !sub.State.Writable() {
		return c, nil
	}
	held, err := c.Kind.Held(ctx, s.db.Read(), sub)
	c.Problems = append(c.Problems, held...)
	return c, err
}

// load completes what Find or Lock has found, but for the problems: the rules of a kind may ask the database, and that
// is not done while a transaction holds a connection.
func (s *Service) load(ctx context.Context, q database.Querier, sub workflow.Submission) (Case, error) {
	kind, err := s.owned(sub)
	if err != nil {
		return Case{}, err
	}
	c := Case{Submission: sub, Kind: kind}
	revision := sub.Revision
	if sub.State == workflow.Published && sub.PublishedRevision != nil {
		revision = *sub.PublishedRevision // a later one was given up or declined
	}
	if c.Text, err = workflow.ReadText(ctx, q, sub.ID, revision); err != nil {
		return c, err
	}
	if sub.WaitingFor != workflow.ForNobody {
		desks, err := workflow.ReadDesks(ctx, q)
		if err != nil {
			return c, err
		}
		c.Clocks = desks[sub.Desk]
	}
	c.Answers = c.Text.Answers()
	if c.Files, err = attachment.List(ctx, q, sub.ID, revision); err != nil {
		return c, err
	}
	if c.Proposal, err = workflow.OpenProposal(ctx, q, sub); err != nil {
		return c, err
	}
	if sub.State == workflow.ChangesRequested && sub.SubmittedRevision != nil {
		if c.Asked, err = s.asked(ctx, q, c); err != nil {
			return c, err
		}
	}
	return c, nil
}

// owned returns the kind of a submission that the person sees from the owner's side; from the desk's side this area shows
// nothing.
func (s *Service) owned(sub workflow.Submission) (*workflow.Kind, error) {
	kind, ok := s.kinds[sub.Kind]
	if !ok || sub.Side != workflow.ByOwner {
		return nil, fmt.Errorf("submission %d: %w", sub.ID, problem.NotFound)
	}
	return kind, nil
}

// asked returns what the desk asked for when it read the last revision handed in, in the order of the form.
func (s *Service) asked(ctx context.Context, q database.Querier, c Case) ([]Asked, error) {
	requested, err := workflow.RequestedChanges(ctx, q, c.ID, *c.SubmittedRevision)
	if err != nil || len(requested) == 0 {
		return nil, err
	}
	read, err := workflow.ReadText(ctx, q, c.ID, *c.SubmittedRevision)
	if err != nil {
		return nil, err
	}
	files, err := attachment.List(ctx, q, c.ID, *c.SubmittedRevision)
	if err != nil {
		return nil, err
	}
	changed := map[string]bool{}
	for _, change := range c.Kind.Form.Compare(read.Answers(), c.Answers) {
		changed[change.Field.ID] = true
	}
	before := Case{Files: files}
	var all []Asked
	for _, step := range c.Kind.Form.Steps {
		for _, f := range step.Fields {
			body, ok := requested[f.ID]
			if !ok {
				continue
			}
			if f.Type == form.Files {
				changed[f.ID] = !sameFiles(before.FilesOf(f.ID), c.FilesOf(f.ID))
			}
			all = append(all, Asked{Field: f, Step: step, Body: body, Changed: changed[f.ID]})
		}
	}
	return all, nil
}

func sameFiles(a, b []attachment.Attachment) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].ID != b[i].ID {
			return false
		}
	}
	return true
}

// Story returns what happened to the submission so far.
func (s *Service) Story(ctx context.Context, c Case) (Story, error) {
	events, err := workflow.Events(ctx, s.db.Read(), c.Submission)
	if err != nil {
		return Story{}, fmt.Errorf("events of submission %d: %w", c.ID, err)
	}
	notes, err := workflow.Notes(ctx, s.db.Read(), c.Submission)
	if err != nil {
		return Story{}, fmt.Errorf("notes of submission %d: %w", c.ID, err)
	}
	return Story{Events: events, Notes: notes}, nil
}

// SaveStep keeps the answers of one step, whatever they are, and returns the step as kept. A step that was saved
// elsewhere since is a *workflow.ConflictError; an unknown step is problem.NotFound; what is not open for writing is
// problem.NotAllowedNow, and a viewer is problem.Forbidden.
func (s *Service) SaveStep(ctx context.Context, who identity.User, id workflow.ID, step string, on workflow.Origin, a form.Answers) (workflow.Saved, error) {
	var saved workflow.Saved
	err := s.change(ctx, who, id, func(tx database.Tx, sub *workflow.Submission, kind *workflow.Kind) error {
		if _, ok := kind.Form.Step(step); !ok {
			return problem.NotFound
		}
		var err error
		saved, err = workflow.SaveStepFrom(ctx, tx, kind, sub, step, on, a, who, s.now())
		return err
	})
	if err != nil {
		return saved, fmt.Errorf("save step of submission %d: %w", id, err)
	}
	return saved, nil
}

// Tick ticks a box of the form, on whatever step it is, as if the person had done it there. What is no box of the form is
// problem.NotFound; else the errors are those of SaveStep.
func (s *Service) Tick(ctx context.Context, who identity.User, id workflow.ID, field string) error {
	err := s.change(ctx, who, id, func(tx database.Tx, sub *workflow.Submission, kind *workflow.Kind) error {
		f, step, ok := kind.Form.Field(field)
		if !ok || f.Type != form.Check {
			return problem.NotFound
		}
		text, err := workflow.ReadText(ctx, tx, id, sub.Revision)
		if err != nil {
			return err
		}
		kept := text.Steps[step.ID]
		_, err = workflow.SaveStep(ctx, tx, kind, sub, step.ID, kept.Version, form.Merge(kept.Answers, form.Answers{field: {"yes"}}), who, s.now())
		return err
	})
	if err != nil {
		return fmt.Errorf("tick %q of submission %d: %w", field, id, err)
	}
	return nil
}

// change runs one use case on a submission of the person's offices, locked.
func (s *Service) change(ctx context.Context, who identity.User, id workflow.ID, do func(tx database.Tx, sub *workflow.Submission, kind *workflow.Kind) error) error {
	return s.changeAfter(ctx, who, id, func(database.Tx) error { return nil }, do)
}

// changeAfter is change where something else is locked before the submission.
func (s *Service) changeAfter(ctx context.Context, who identity.User, id workflow.ID, first func(tx database.Tx) error,
	do func(tx database.Tx, sub *workflow.Submission, kind *workflow.Kind) error,
) error {
	err := s.db.InTx(ctx, func(tx database.Tx) error {
		if err := first(tx); err != nil {
			return err
		}
		sub, err := workflow.Lock(ctx, tx, id, who)
		if err != nil {
			return err
		}
		kind, err := s.owned(sub)
		if err != nil {
			return err
		}
		return do(tx, &sub, kind)
	})
	return s.ended(ctx, who, id, err)
}

// Declaration is what a person confirms when they send something in.
type Declaration struct {
	// AsRead is Case.AsRead of the page that they read; "" does not ask.
	AsRead string
	// Made says that they ticked the box of the declaration.
	Made bool
}

// Submit hands the open revision to the desk: receipts go to the author and the heads, a notice to the desk. What is
// missing or wrong is a problem.Invalid, declaration last. Sending in twice is ErrSentAlready the second time, an answer
// that changed since it was read is ErrChanged.
func (s *Service) Submit(ctx context.Context, who identity.User, id workflow.ID, d Declaration) error {
	if err := s.submit(ctx, who, id, d); err != nil {
		return fmt.Errorf("send in submission %d: %w", id, err)
	}
	return nil
}

func (s *Service) submit(ctx context.Context, who identity.User, id workflow.ID, d Declaration) error {
	read, err := s.Open(ctx, who, id)
	if err != nil {
		return err
	}
	if read.MayInvite() && read.State.Writable() {
		wrong := read.Problems
		if !d.Made {
			wrong = append(wrong, form.Wrong{Name: declarationField, Key: read.Kind.Name + ".declaration.missing"})
		}
		switch {
		case read.HeadsOnlyForMe():
			return ErrHeadsOnly
		case d.AsRead != "" && d.AsRead != read.AsRead():
			return ErrChanged
		case len(wrong) > 0:
			return problem.Invalid(wrong...)
		}
	}
	return s.change(ctx, who, id, func(tx database.Tx, sub *workflow.Submission, kind *workflow.Kind) error {
		c, err := s.load(ctx, tx, *sub)
		switch {
		case err != nil:
			return err
		case c.Sent():
			return ErrSentAlready
		}
		at := s.now()
		if c.Says, err = s.says(ctx, tx, *sub, at); err != nil {
			return err
		}
		switch {
		case c.AsRead() != read.AsRead(): // what was checked is what is sent
			return ErrChanged
		}
		return s.handIn(ctx, tx, kind, sub, who, at)
	})
}

// HandIn is Submit for another area that has made the submission in the same transaction, and knows that it is complete.
func (s *Service) HandIn(ctx context.Context, tx database.Tx, who identity.User, id workflow.ID) error {
	sub, err := workflow.Lock(ctx, tx, id, who)
	if err != nil {
		return err
	}
	kind, err := s.owned(sub)
	if err != nil {
		return err
	}
	return s.handIn(ctx, tx, kind, &sub, who, s.now())
}

// handIn takes the step at the instant, and tells who is to know.
func (s *Service) handIn(ctx context.Context, tx database.Tx, kind *workflow.Kind, sub *workflow.Submission, who identity.User, at time.Time) error {
	first := sub.SubmittedRevision == nil
	if _, err := workflow.Apply(ctx, tx, kind, sub, workflow.Submit, who, workflow.Input{}, at); err != nil {
		return err
	}
	if s.handedIn != nil {
		if err := s.handedIn(ctx, tx, sub.ID); err != nil {
			return err
		}
		var err error
		if *sub, err = workflow.Find(ctx, tx, sub.ID, who); err != nil { // it may be somebody's by now
			return err
		}
	}
	if err := s.receipts(ctx, tx, kind, *sub, who); err != nil {
		return err
	}
	if !sub.State.Waiting() { // it was published at once: the desk has nothing to do
		return nil
	}
	notice := noticeAgain
	if first {
		notice = noticeNew
	}
	return s.tellDesk(ctx, tx, *sub, deskLetter{notice: notice})
}

// declarationField is the name of the declaration's box.
const declarationField = "declaration"

// Withdraw takes back what is not published; the desk is told if it had been sent in. Withdrawing twice is done once.
func (s *Service) Withdraw(ctx context.Context, who identity.User, id workflow.ID) error {
	return s.take(ctx, who, id, workflow.Withdraw, workflow.Withdrawn)
}

// Discard gives up the open revision of something published; what is published stays. Twice is done once.
func (s *Service) Discard(ctx context.Context, who identity.User, id workflow.ID) error {
	return s.take(ctx, who, id, workflow.Discard, workflow.Published)
}

// Revise opens the next revision of something published for writing; what is published stays until the desk publishes
// the new one. Twice is done once.
func (s *Service) Revise(ctx context.Context, who identity.User, id workflow.ID) error {
	return s.take(ctx, who, id, workflow.Revise, workflow.Draft)
}

// take takes a step of the plan that needs nothing but the wish. done is the state it leads to: what is there already,
// because somebody pressed twice, is left as it is.
func (s *Service) take(ctx context.Context, who identity.User, id workflow.ID, action workflow.Action, done workflow.State) error {
	err := s.change(ctx, who, id, func(tx database.Tx, sub *workflow.Submission, kind *workflow.Kind) error {
		if _, possible := kind.Plan.Find(action, sub.State, sub.Published()); !possible && sub.State == done {
			return nil
		}
		waiting := sub.State.Waiting()
		if _, err := workflow.Apply(ctx, tx, kind, sub, action, who, workflow.Input{}, s.now()); err != nil {
			return err
		}
		if waiting { // the desk had it before it
			return s.tellDesk(ctx, tx, *sub, deskLetter{notice: noticeBack})
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("%s submission %d: %w", action, id, err)
	}
	return nil
}

// repliesPerHour is how many replies one person may send: each is a mail to the desk.
const repliesPerHour = 30

// sameReply is how long the same words by the same person count as one reply, sent twice.
const sameReply = 10 * time.Minute

// Reply writes to the desk; the office and the desk can read it, and the desk gets a mail. Before anything was sent in
// there is nobody to reply to: problem.NotAllowedNow. A text that is blank or longer than workflow.MaxNote is a
// problem.Invalid at "text"; more than thirty in an hour are problem.TooMany.
func (s *Service) Reply(ctx context.Context, who identity.User, id workflow.ID, text string) error {
	text = clean(text)
	if text == "" {
		return problem.Invalid(problem.Field{Name: "text", Key: "workflow.note.blank"})
	}
	if n := form.Length(text); n > workflow.MaxNote {
		return problem.Invalid(problem.Field{Name: "text", Key: "submission.reply.too_long", Args: []any{workflow.MaxNote, n}})
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("submission.reply:%d", who.ID), repliesPerHour, time.Hour); err != nil {
		return err
	}
	err := s.change(ctx, who, id, func(tx database.Tx, sub *workflow.Submission, kind *workflow.Kind) error {
		c := Case{Submission: *sub, Kind: kind}
		switch {
		case c.IsViewer(), c.IsOutside():
			return problem.Forbidden
		case !c.MayReply():
			return problem.NotAllowedNow
		}
		notes, err := workflow.Notes(ctx, tx, *sub)
		if err != nil {
			return err
		}
		for _, n := range notes {
			if n.AuthorID == who.ID && n.Body == text && s.now().Sub(n.At) < sameReply {
				return nil
			}
		}
		if _, err := workflow.AddNote(ctx, tx, *sub, workflow.ToSubmitter, text, who.ID, s.now()); err != nil {
			return err
		}
		if s.replied != nil {
			if err := s.replied(ctx, tx, *sub, text); err != nil {
				return err
			}
		}
		return s.tellDesk(ctx, tx, *sub, deskLetter{notice: noticeReply, text: text})
	})
	if err != nil {
		return fmt.Errorf("reply on submission %d: %w", id, err)
	}
	return nil
}

// Version is one revision of a submission, to be compared with another.
type Version struct {
	Number  int
	Answers form.Answers
	Files   []attachment.Attachment
}

// Compare returns two revisions of a submission of the person's offices; 0 for before or after is the one before the
// last, and the last. A revision that there is not is problem.NotFound.
func (s *Service) Compare(ctx context.Context, who identity.User, id workflow.ID, before, after int) (c Case, from, to Version, err error) {
	c, err = s.Open(ctx, who, id)
	if err != nil {
		return c, from, to, err
	}
	if after == 0 {
		after = c.Revision
	}
	if before == 0 {
		before = max(1, after-1)
	}
	if from, err = s.version(ctx, c, before); err != nil {
		return c, from, to, err
	}
	to, err = s.version(ctx, c, after)
	return c, from, to, err
}

func (s *Service) version(ctx context.Context, c Case, number int) (Version, error) {
	v := Version{Number: number}
	if number < 1 || number > c.Revision {
		return v, fmt.Errorf("revision %d of submission %d: %w", number, c.ID, problem.NotFound)
	}
	text, err := workflow.ReadText(ctx, s.db.Read(), c.ID, number)
	if err != nil {
		return v, err
	}
	v.Answers = text.Answers()
	v.Files, err = attachment.List(ctx, s.db.Read(), c.ID, number)
	return v, err
}
