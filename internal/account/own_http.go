package account

import "portal/web"

// ownDataRoutes adds the pages on which people decide about their own data: the address, the messages, the copy of it,
// the end of the account, and the terms.
func (h handlers) ownDataRoutes(r *web.Router) {
	r.Member("GET /account/email", h.emailForm, web.Fresh())
	r.Member("POST /account/email", h.requestEmailChange, web.Fresh())
	r.Member("POST /account/email/stop", h.stopEmailChange)
	r.Public("GET /t/email/{token}", h.emailLink, web.Private())
	r.Public("POST /t/email/{token}", h.useEmailLink, web.Private())
	r.Member("GET /account/notifications", h.notifications)
	r.Member("POST /account/notifications", h.chooseNotifications)
	r.Member("GET "+web.TermsPath, h.termsForm, web.BeforeTerms())
	r.Member("POST "+web.TermsPath, h.acceptTerms, web.BeforeTerms())
	// Whoever does not accept the terms may take their data and leave.
	r.Member("GET /account/data", h.ownData, web.BeforeTerms())
	r.Member("GET /account/data.zip", h.export, web.Fresh(), web.BeforeTerms(), web.Timeout(exportTime))
	r.Member("GET /account/deletion", h.closingForm, web.Fresh(), web.BeforeTerms())
	r.Member("POST /account/deletion", h.closeAccount, web.Fresh(), web.BeforeTerms())
}
