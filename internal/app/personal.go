package app

import (
	"portal/internal/account"
	"portal/internal/attachment"
	"portal/internal/audit"
	"portal/internal/calendar"
	"portal/internal/champion"
	"portal/internal/committee"
	"portal/internal/conceptnote"
	"portal/internal/expert"
	"portal/internal/facilitator"
	"portal/internal/follow"
	"portal/internal/guest"
	"portal/internal/mail"
	"portal/internal/missed"
	"portal/internal/newsletter"
	"portal/internal/peer"
	"portal/internal/personal"
	"portal/internal/pledge"
	"portal/internal/practice"
	"portal/internal/programme"
	"portal/internal/request"
	"portal/internal/review"
	"portal/internal/signoff"
	"portal/internal/submission"
	"portal/internal/workflow"
	"portal/web"
)

// personalData is what the portal keeps of people, in the order of the copy that they may take. The row of the person is
// closed last, by the account area.
func personalData(kinds workflow.Kinds) personal.Data {
	all := personal.All(account.Personal, web.Personal, workflow.Personal(kinds), submission.Personal, attachment.Personal, pledge.Personal, practice.Personal, programme.Personal, mail.Personal, peer.Personal, request.Personal, committee.Personal, calendar.Personal, champion.Personal, expert.Personal, facilitator.Personal, review.Personal, signoff.Personal, conceptnote.Personal, missed.Personal, newsletter.Personal, follow.Personal, guest.Personal, audit.Personal)
	own := len(account.Personal.Erasures)
	all.Erasures = append(all.Erasures[own:len(all.Erasures):len(all.Erasures)], all.Erasures[:own]...)
	return all
}
