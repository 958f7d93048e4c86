package app

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"portal/internal/account"
	"portal/internal/attachment"
	"portal/internal/calendar"
	"portal/internal/champion"
	"portal/internal/committee"
	"portal/internal/cycle"
	"portal/internal/database"
	"portal/internal/dbtest"
	"portal/internal/expert"
	"portal/internal/follow"
	"portal/internal/fund"
	"portal/internal/gcm"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/missed"
	"portal/internal/newsletter"
	"portal/internal/participation"
	"portal/internal/peer"
	"portal/internal/pledge"
	"portal/internal/practice"
	"portal/internal/programme"
	"portal/internal/request"
	"portal/internal/review"
	"portal/internal/search"
	"portal/internal/signoff"
	"portal/internal/submission"
	"portal/internal/workflow"
)

// words are the values of constants, with others that only the table has.
func words[T ~string](values []T, others ...string) []string {
	var all []string
	for _, v := range values {
		all = append(all, string(v))
	}
	return append(all, others...)
}

// enumerations are the values that the program knows, by the CHECK of the table that lets in no others. Where the program
// has no constant, since only SQL names the values, they stand here as they are.
func enumerations() map[string][]string {
	kept := slices.DeleteFunc(slices.Clone(mail.Paces), func(p mail.Pace) bool { return p == mail.AtOnce }) // no row says at once
	links := []account.Purpose{account.SignInLink, account.ResetLink}
	parties := []workflow.Party{workflow.ForNobody, workflow.ForDesk, workflow.ForSubmitter, workflow.ForReviewers, workflow.ForOffice}
	return map[string][]string{
		"users_lang_known":                       words(i18n.All),
		"offices_state_known":                    words(account.OfficeStates),
		"posts_role_known":                       words(identity.PostRoles),
		"posts_state_known":                      words(account.PostStates),
		"staff_roles_role_known":                 words(identity.Roles),
		"staff_roles_desk_known":                 words(identity.Desks, ""),
		"tokens_purpose_known":                   words(links, string(account.SetUpLink)),
		"link_requests_purpose_known":            words(links),
		"countries_un_status_known":              {"member", "observer"},
		"countries_continent_known":              {"Africa", "Americas", "Asia", "Europe", "Oceania"},
		"champions_status_known":                 words(champion.Statuses),
		"champions_statement_lang_known":         words(i18n.All),
		"champion_events_act_known":              words(champion.Acts),
		"champion_commitments_lang_known":        words(i18n.All),
		"champion_documents_kind_known":          words(champion.DocumentKinds),
		"champion_documents_lang_known":          words(i18n.All),
		"champion_exchanges_kind_known":          words(champion.ExchangeKinds),
		"champion_exchanges_lang_known":          words(i18n.All),
		"facilitator_guides_lang_known":          words(i18n.All),
		"submissions_desk_known":                 words(identity.Desks),
		"submissions_state_known":                words(workflow.States),
		"submissions_waiting_for_known":          words(parties),
		"submission_notes_shown_to_known":        words([]workflow.Audience{workflow.ToSubmitter, workflow.ToStaff}),
		"edit_proposals_outcome_known":           words(workflow.ProposalOutcomes, ""),
		"experts_state_known":                    words(expert.States),
		"experts_lang_known":                     words(i18n.All),
		"committee_entries_outcome_known":        words(committee.Outcomes, ""),
		"talks_state_known":                      words(request.TalkStates),
		"talks_level_known":                      words(request.Levels),
		"talks_format_known":                     words(request.Formats),
		"newsletter_subscribers_frequency_known": words(newsletter.Frequencies),
		"follows_frequency_known":                words(follow.Frequencies),
		"follows_languages_known":                words(i18n.All),
		"follow_readers_lang_known":              words(i18n.All),
		"newsletter_subscribers_lang_known":      words(i18n.All),
		"newsletter_subscribers_state_known":     {"unconfirmed", "confirmed", "away"},
		"newsletter_issues_state_known":          words(newsletter.States),
		"newsletter_issue_texts_lang_known":      words(i18n.All),
		"newsletter_items_section_known":         newsletter.Sections,
		"newsletter_item_texts_lang_known":       words(i18n.All),
		"newsletter_deliveries_state_known":      {"queued", "handing", "sent", "bounced", "failed", "unsure"},
		"newsletter_suppressions_reason_known":   newsletter.Reasons,
		"review_participations_review_known":     participation.Reviews,
		"review_dates_kind_known":                cycle.Kinds,
		"events_type_known":                      calendar.Types,
		"events_format_known":                    calendar.Formats,
		"events_registration_known":              calendar.Registrations,
		"event_registrations_state_known":        words(calendar.Standings),
		"event_organizers_role_known":            calendar.Roles,
		"talk_organizers_role_known":             words(request.Roles),
		"fund_meetings_state_known":              words(fund.MeetingStates),
		"programmes_stage_known":                 words(programme.Stages),
		"programme_stages_stage_known":           words(programme.Stages),
		"programmes_lang_known":                  words(i18n.All),
		"fund_meetings_zone_known":               words(fund.Zones),
		"missed_searches_list_known":             words(missed.Lists),
		"missed_searches_lang_known":             words(i18n.All),
		"missed_searches_how_known":              words(search.Misses),
		"practices_lang_known":                   words(i18n.All),
		"practices_retired_lang_known":           words(i18n.All, ""),
		"practice_reminders_answer_known":        words(practice.Choices, ""),
		"practice_pledges_state_known":           words(practice.LinkedStates),
		"practice_reuses_lang_known":             words(i18n.All),
		"practice_reuses_state_known":            words(practice.ReuseStates),
		"calls_state_known":                      words(practice.CallStates),
		"calls_lang_known":                       words(i18n.All),
		"call_texts_lang_known":                  words(i18n.All),
		"call_takeaways_lang_known":              words(i18n.All),
		"call_practices_standing_known":          words(practice.Standings),
		"practices_type_known":                   words(practice.Types),
		"practices_completion_known":             words(practice.Completions),
		"practices_scope_known":                  words(practice.Scopes),
		"pledges_lang_known":                     words(i18n.All),
		"pledges_type_known":                     words(pledge.Types),
		"pledges_natures_known":                  words(pledge.Natures),
		"pledge_updates_lang_known":              words(i18n.All),
		"pledge_sheets_lang_known":               words(i18n.All),
		"pledge_updates_means_known":             words(pledge.AllMeans),
		"pledge_updates_status_known":            words(pledge.Statuses[1:]),
		"pledge_reminders_stage_known":           words(pledge.Stages),
		"pledge_standings_status_known":          words(pledge.Statuses),
		"pledge_partners_state_known":            words(pledge.PartnerStates),
		"signoff_chains_type_known":              words(signoff.NoteTypes),
		"note_signatures_party_known":            words(signoff.Parties),
		"note_signatures_state_known":            words(signoff.States),
		"note_signatures_means_known":            words(signoff.AllMeans, ""),
		"note_signature_events_action_known":     words(signoff.Actions),
		"pledge_interests_support_known":         words(pledge.Supports),
		"pledge_interests_state_known":           words(pledge.InterestStates),
		"pledge_interest_events_action_known":    words(pledge.InterestActions),
		"pledge_interest_events_side_known":      words(pledge.Sides),
		"pledge_interest_events_lang_known":      words(i18n.All, ""),
		"outbox_lang_known":                      words(i18n.All),
		"outbox_state_known":                     words(mail.States),
		"attachments_format_known":               slices.Concat(attachment.Formats, attachment.ImageFormats),
		"attachments_scan_state_known":           words(attachment.ScanStates),
		"notification_choices_pace_known":        words(kept),
		"post_offers_kind_known":                 words(account.OfferKinds),
		"post_offers_state_known":                words(account.OfferStates),
		"post_offers_role_known":                 words(identity.PostRoles),
		"draft_invitations_rights_known":         words(submission.AllRights),
		"desk_settings_desk_known":               words(identity.Desks),
		"desk_views_desk_known":                  words(identity.Desks, ""),
		"release_items_outcome_known":            words(review.Outcomes),
		"letter_templates_lang_known":            words(i18n.All),
		"reviewers_side_known":                   words(peer.Sides),
		"reviewers_languages_known":              words(i18n.All),
		"review_settings_visibility_known":       words(peer.Visibilities),
		"review_rounds_visibility_known":         words(peer.Visibilities),
		"review_rounds_lacks_known":              words(peer.Sides, "", string(peer.Either), "third"),
		"review_assignments_side_known":          words(peer.Sides),
		"review_assignments_state_known":         words(peer.States),
		"review_assignments_cause_known":         words([]peer.Cause{peer.ByDesk, peer.StepsApart, peer.MeansApart}),
		"reviews_recommendation_known":           words(peer.Recommendations, ""),
		"conflict_declarations_source_known":     {"person", "staff"},
		"submission_links_kind_known":            words([]review.LinkKind{review.Related, review.Duplicate}),
		"assignment_rules_desk_known":            words(identity.Desks),
	}
}

// Every CHECK that lists words lists those of the program, no more and no fewer (architecture.md, Data rules).
func TestEveryEnumerationOfTheSchemaIsThatOfTheProgram(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	type check struct{ Name, Definition string }
	checks, err := database.Rows[check](t.Context(), db.Read(), `SELECT c.conname AS name, pg_get_constraintdef(c.oid) AS definition FROM pg_constraint c
		JOIN pg_class r ON r.oid = c.conrelid WHERE c.contype = 'c' AND c.connamespace = 'public'::regnamespace AND r.relname NOT LIKE 'river%' ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	known, quoted := enumerations(), regexp.MustCompile(`'([^']*)'`)
	for _, c := range checks {
		var allowed []string
		for _, m := range quoted.FindAllStringSubmatch(c.Definition, -1) {
			allowed = append(allowed, m[1])
		}
		want, listed := known[c.Name]
		if !listed {
			if strings.HasSuffix(c.Name, "_known") && len(allowed) > 1 && !strings.Contains(c.Definition, " = (") {
				t.Errorf("%s is not held against the program: %s", c.Name, c.Definition)
			}
			continue
		}
		delete(known, c.Name)
		slices.Sort(allowed)
		want = slices.Sorted(slices.Values(want))
		if !slices.Equal(allowed, want) {
			t.Errorf("%s lets in %q, the program knows %q", c.Name, allowed, want)
		}
	}
	for name := range known {
		t.Errorf("there is no CHECK %s", name)
	}
}

// The bounds of numbers that the program checks are those of the tables.
func TestBoundsOfTheSchemaAreThoseOfTheProgram(t *testing.T) {
	t.Parallel()
	db := dbtest.New(t)
	days := fmt.Sprintf("<= %d", workflow.MaxDays)
	for name, bounds := range map[string][]string{
		"service_times_days_range":         {">= 1", days},
		"desk_settings_days_range":         {">= 1", days},
		"duty_stations_weekend_known":      {fmt.Sprint(int(time.Sunday)), fmt.Sprint(int(time.Saturday)), "<= 3"},
		"assignment_rules_objective_known": {">= 1", fmt.Sprintf("<= %d", gcm.Objectives)},
		"submissions_objectives_known":     {"ARRAY[1,", fmt.Sprintf(", %d]", gcm.Objectives)},
	} {
		definition, err := database.Value[string](t.Context(), db.Read(), `SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = $1`, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range bounds {
			if !strings.Contains(definition, b) {
				t.Errorf("%s does not say %s: %s", name, b, definition)
			}
		}
	}
}

// Whatever kind has service times has its name wherever a kind is named, and whatever kind there is has service times.
func TestEveryKindWithServiceTimesHasItsName(t *testing.T) {
	t.Parallel()
	portal, db := newPortal(t)
	times, err := workflow.ReadServiceTimes(t.Context(), db.Read())
	if err != nil {
		t.Fatal(err)
	}
	if len(times) < 11 {
		t.Errorf("only %d kinds have service times", len(times))
	}
	for kind := range times {
		for _, lang := range []i18n.Lang{i18n.English, i18n.Arabic} {
			for _, key := range []string{"review.kind." + kind, "submission.kind." + kind} {
				if !i18n.Has(lang, key) {
					t.Errorf("there is no text %s in %s", key, lang)
				}
			}
		}
	}
	for kind := range portal.areas.kinds {
		if _, ok := times[kind]; !ok {
			t.Errorf("the kind %s has no service times", kind)
		}
	}
}
