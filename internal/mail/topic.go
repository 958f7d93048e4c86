package mail

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"portal/internal/database"
	"portal/internal/i18n"
)

// Topic is a group of kinds of mail that a person chooses about as one (accounts.md, People: notification choices). Its
// name and what is in it are texts of the account page: account.notifications.topic.….
type Topic string

// The topics.
const (
	// Always mails are sent at once whatever somebody has chosen: links to sign in, what protects an account, the desk's
	// decisions and what starts a clock.
	Always Topic = "always"
	// Submissions is what happens to the submissions of one's office.
	Submissions Topic = "submissions"
	// Reports are the reminders to report on one's pledges, and what colleagues have answered to them.
	Reports Topic = "reports"
	// CoWriting is about drafts that are written together.
	CoWriting Topic = "co_writing"
	// Offices is about one's offices, posts and colleagues.
	Offices Topic = "offices"
	// DeskWork is what comes to a desk of the secretariat.
	DeskWork Topic = "desk"
	// Reviews is about what a reviewer has promised to review.
	Reviews Topic = "reviews"
)

// Topics are those that a person chooses about, in the order of the page.
var Topics = []Topic{Submissions, Reports, CoWriting, Offices, Reviews, DeskWork}

// topics says to which topic each kind of mail belongs, by area. A kind that is not here is sent as Always, and a test
// fails.
var topics = map[string]map[string]Topic{
	"account": {
		"confirm": Always, "known": Always, "sign_in": Always, "reset": Always, "password_changed": Always, "digest": Always, "uninvited": Always,
		"factor.set": Always, "factor.removed": Always, "factor.reset": Always, "factor.renewed": Always, "factor.recovery": Always, "factor.guessed": Always, "factor.undone": Always,
		"email_asked": Always, "email_confirm": Always, "email_known": Always, "email_done": Always, "email_changed": Always, "closed": Always,
		"post_refused": Always, "office_refused": Always,
		"newcomer": Offices, "post_approved": Offices, "post_ended": Offices,
		"office_invitation": Always, "office_head": Always, "office_handover": Always, "office_delegation": Always,
		"office_handed_over": Always, "office_closed": Always, "office_merged": Always,
		"office_asked_handover": Offices, "office_asked_delegation": Offices, "office_welcome": Offices, "office_joined": Offices,
		"office_succession": Offices, "office_declined": Offices, "office_delegate": Offices, "office_delegated": Offices,
		"office_delegation_told": Offices, "office_delegation_ended": Offices, "office_renamed": Offices, "office_reopened": Offices,
		"office_vacant": DeskWork, "office_joined_desk": DeskWork,
	},
	"champion":    {"entered": Always, "exchange": Submissions},
	"expert":      {"message": Always, "hidden": Always, "shown": Always},
	"facilitator": {"assigned": Always, "reply": Reviews, "message": Submissions},
	"follow":      {"confirm": Always, "known": Always, "news": Always},
	"request":     {"talk_moved": Always, "talk_cancelled": Always, "talk_asked": Submissions, "filed": Always, "proof": Always, "arrived": Always, "begun": Always},
	"newsletter":  {"confirm": Always, "known": Always, "issue": Always, "test": Always, "carried": Submissions},
	"fund":        {"meeting_moved": Always, "meeting_cancelled": Always},
	"calendar":    {"asked": Always, "placed": Always, "waiting": Always, "promoted": Always, "moved": Always, "cancelled": Always},
	"peer": {
		"invited": Always, "asked": Always, "set_aside": Always, "reminder": Reviews, "late": Reviews, "withdrawn": Reviews, "closed": Reviews,
		"declined": DeskWork, "called_in": DeskWork, "nobody": DeskWork, "all_in": DeskWork, "set_aside_desk": DeskWork, "left": DeskWork,
	},
	"pledge": {
		"partner_ask": Always, "partner_ask_again": Always, "partner_reminder": Always, "partner_fresh": Always, "partner_answered": Always,
		"partner_removed": Always,
		"partner_news":    Submissions, "partner_desk": DeskWork,
		"report_due": Reports, "report_told": Reports, "report_answered": Always, "report_recorded": Always,
		"interest": Submissions, "interest_news": Submissions,
	},
	"practice": {
		"call_reminder": Submissions, "call_moved": Always, "call_withdrawn": Always, "call_accepted": Always,
		"still_true": Reports, "told": Reports, "answered": Always,
		"reuse": Submissions, "reuse_confirmed": Always, "reuse_refused": Always, "reuse_removed": Always,
		"pledge_named": Submissions, "pledge_refused": Submissions,
	},
	"review": {
		"chase":   Always,
		"publish": Always, "approve": Always, "request_changes": Always, "edits": Always, "decline": Always, "archive": Always,
		"message": Submissions, "release_left": Always, "radar": DeskWork,
	},
	"signoff": {
		"ask": Always, "reminder": Always, "fresh": Always, "given": Always, "reopened": Always, "void": Always, "withdrawn": Always,
		"complete": Submissions, "declined": Submissions,
	},
	"submission": {
		"receipt":    Submissions,
		"invitation": Always, "invitation_changed": Always, "invitation_ended": Always, "invitation_accepted": CoWriting,
		"comment": CoWriting, "rest_warning": Always, "rest_put_away": Always,
		"desk_new": DeskWork, "desk_again": DeskWork, "desk_reply": DeskWork, "desk_back": DeskWork, "desk_edits_taken": DeskWork, "desk_edits_refused": DeskWork,
	},
}

// TopicOf returns the topic of a kind of mail; "" for a kind that has none.
func TopicOf(kind string) Topic {
	area, word, _ := strings.Cut(kind, ".")
	return topics[area][word]
}

// Chosen says whether a person may choose how often mails of the kind come; those carry a link to the choices.
func Chosen(kind string) bool { return slices.Contains(Topics, TopicOf(kind)) }

// Kinds returns the kinds of mail of a topic, sorted.
func (t Topic) Kinds() []string {
	var all []string
	for area, words := range topics {
		for word, topic := range words {
			if topic == t {
				all = append(all, area+"."+word)
			}
		}
	}
	slices.Sort(all)
	return all
}

// Pace is how often a person is written to about a topic.
type Pace string

// The paces.
const (
	AtOnce Pace = "at_once"
	Daily  Pace = "daily"
	Weekly Pace = "weekly"
	Never  Pace = "never"
)

// Paces lists them from the most often to the least.
var Paces = []Pace{AtOnce, Daily, Weekly, Never}

// digestHour is the hour in Geneva at which digests go out: each day, and on Mondays.
const digestHour = 7

// NextDigest returns when the next digest goes out after now: at 07:00 in Geneva, for Weekly on a Monday.
func NextDigest(p Pace, now time.Time) time.Time {
	local := now.In(i18n.Geneva)
	for day := 0; ; day++ {
		at := time.Date(local.Year(), local.Month(), local.Day()+day, digestHour, 0, 0, 0, i18n.Geneva)
		if at.After(now) && (p != Weekly || at.Weekday() == time.Monday) {
			return at.UTC()
		}
	}
}

// Choices returns the pace that the person has chosen for each topic.
func Choices(ctx context.Context, q database.Querier, user int64) (map[Topic]Pace, error) {
	type row struct {
		Topic Topic
		Pace  Pace
	}
	rows, err := database.Rows[row](ctx, q, `SELECT topic, pace FROM notification_choices WHERE user_id = $1`, user)
	if err != nil {
		return nil, fmt.Errorf("read the notification choices of person %d: %w", user, err)
	}
	choices := map[Topic]Pace{}
	for _, t := range Topics {
		choices[t] = AtOnce
	}
	for _, r := range rows {
		choices[r.Topic] = r.Pace
	}
	return choices, nil
}

// Choose writes down how often the person wants mails about the topic. What waits for a digest follows the new choice:
// it goes out with the next digest of that pace, or at once, or not at all; what was sent or queued before stays.
func Choose(ctx context.Context, tx database.Tx, user int64, t Topic, p Pace, now time.Time) error {
	var err error
	if p == AtOnce {
		_, err = tx.Exec(ctx, `DELETE FROM notification_choices WHERE user_id = $1 AND topic = $2`, user, t)
	} else {
		_, err = tx.Exec(ctx, `INSERT INTO notification_choices (user_id, topic, pace) VALUES ($1, $2, $3)
			ON CONFLICT ON CONSTRAINT notification_choices_pkey DO UPDATE SET pace = excluded.pace`, user, t, p)
	}
	if err == nil {
		err = moveCollected(ctx, tx, user, t, p, now)
	}
	if err != nil {
		return fmt.Errorf("choose %s for %s of person %d: %w", p, t, user, err)
	}
	return nil
}

func moveCollected(ctx context.Context, tx database.Tx, user int64, t Topic, p Pace, now time.Time) error {
	if p == Never {
		_, err := tx.Exec(ctx, `DELETE FROM outbox WHERE to_user = $1 AND state = 'collected' AND kind = ANY ($2)`, user, t.Kinds())
		return err
	}
	due := now
	if p != AtOnce {
		due = NextDigest(p, now)
	}
	_, err := tx.Exec(ctx, `UPDATE outbox SET next_attempt_at = $3 WHERE to_user = $1 AND state = 'collected' AND kind = ANY ($2)`, user, t.Kinds(), due)
	return err
}
