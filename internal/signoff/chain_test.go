package signoff_test

import (
	"net/http"
	"testing"

	"portal/internal/database"
	"portal/internal/signoff"
)

// The desk's lead sets who signs; every version is kept, and two who set it at once are told.
func TestTheChainIsSetByTheLead(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := "/en" + signoff.ChainsPath + "/national"
	w.OtherOfficer.In(t).Get("/en" + signoff.ChainsPath).Want(http.StatusOK)
	w.OtherOfficer.In(t).Get(form).Want(http.StatusForbidden)
	w.Officer.In(t).Get("/en" + signoff.ChainsPath).Want(http.StatusNotFound)
	w.FundLead.In(t).Get("/en" + signoff.ChainsPath + "/other").Want(http.StatusNotFound)
	page := w.FundLead.In(t).Get(form).Want(http.StatusOK)
	old := w.FundLead.In(t).Get(form)
	bad := page.Form("main form").Set("place.organizations", "2").Submit().Want(http.StatusUnprocessableEntity)
	if !bad.Contains("Place 2 is taken by another party") {
		t.Errorf("two at one place: %s", bad.Text("#errors"))
	}
	page.Form("main form").Set("place.organizations", "").Set("place.governments", "").Set("place.coordinators", "").Submit().Want(http.StatusUnprocessableEntity)
	for _, quorum := range []string{"-1", "11", "x", ""} {
		page.Form("main form").Forge("quorum.governments", quorum).Submit().Want(http.StatusUnprocessableEntity)
	}
	page.Form("main form").Set("place.organizations", "2").Set("place.governments", "1").Set("quorum.governments", "2").Submit().WantRedirect("/en" + signoff.ChainsPath)
	page.Form("main form").Set("place.organizations", "2").Set("place.governments", "1").Set("quorum.governments", "2").Submit().WantRedirect("/en" + signoff.ChainsPath) // twice is once
	stale := old.Form("main form").Set("quorum.coordinators", "1").Submit().Want(http.StatusConflict)
	if !stale.Contains("Somebody else has set this chain") || stale.Form("main form").Value("quorum.coordinators") != "1" {
		t.Errorf("a stale form: %s", stale.Text("main"))
	}
	now := w.FundLead.In(t).Get("/en" + signoff.ChainsPath).Want(http.StatusOK)
	if !now.Contains("Version 2, set on") || !now.Contains("Version 1, as the portal came") || !now.Contains("Government partners (At least 2 sign)") {
		t.Errorf("the page says %s", now.Text("main"))
	}
	if err := w.db.InTx(t.Context(), func(tx database.Tx) error {
		_, err := tx.Exec(t.Context(), `UPDATE signoff_chains SET version = 9`)
		return err
	}); err == nil {
		t.Error("a version can be changed")
	}
}
