package app

import (
	"portal/internal/champion"
	"portal/internal/committee"
	"portal/internal/conceptnote"
	"portal/internal/cycle"
	"portal/internal/expert"
	"portal/internal/facilitator"
	"portal/internal/fund"
	"portal/internal/identity"
	"portal/internal/missed"
	"portal/internal/newsletter"
	"portal/internal/participation"
	"portal/internal/peer"
	"portal/internal/pledge"
	"portal/internal/practice"
	"portal/internal/programme"
	"portal/internal/request"
	"portal/internal/signoff"
	"portal/web/ui"
)

// deskNav is the navigation of the secretariat. Everybody is shown the pages that are open to them and have something for
// them; the first of these is where they begin (ui.DeskOf).
func deskNav() []ui.NavItem {
	desks := []identity.Role{identity.Officer, identity.Lead}
	leads := []identity.Role{identity.Lead}
	admins := []identity.Role{identity.Administrator}
	deciders := []identity.Role{identity.Officer, identity.Lead, identity.Administrator}
	setters := []identity.Role{identity.Lead, identity.Administrator}
	return []ui.NavItem{
		{Key: "review.nav.queue", Path: "/desk", Roles: desks},
		{Key: "peer.nav.reviews", Path: peer.HomePath, Roles: []identity.Role{identity.Reviewer}},
		{Key: "review.radar.nav", Below: []ui.NavItem{
			{Key: "review.radar.nav", Path: "/desk/radar", Roles: desks},
			{Key: "missed.nav", Path: missed.Path, Desks: []identity.Desk{identity.HubDesk, identity.PledgesDesk}},
			{Key: "request.statistics.title", Path: request.DeskStatisticsPath, Desks: []identity.Desk{identity.NetworkDesk, identity.CommunicationsDesk, identity.PledgesDesk}},
		}},
		{Key: "pledge.cases.desk.nav", Path: pledge.DeskCasesPath, Desks: []identity.Desk{identity.PledgesDesk}},
		{Key: "practice.call.desk.nav", Path: practice.DeskCallsPath, Desks: []identity.Desk{identity.HubDesk}},
		{Key: "fund.meeting.desk.nav", Below: []ui.NavItem{
			{Key: "fund.meetings.title", Path: fund.DeskMeetingsPath, Desks: []identity.Desk{identity.FundDesk}},
			{Key: "committee.title", Path: committee.Path, Desks: []identity.Desk{identity.FundDesk}},
			{Key: "programme.desk.title", Path: programme.DeskPath, Desks: []identity.Desk{identity.FundDesk}},
			{Key: "fund.rc.title", Path: fund.CoordinatorsPath, Desks: []identity.Desk{identity.FundDesk}},
			{Key: "signoff.chain.title", Path: signoff.ChainsPath, Desks: []identity.Desk{identity.FundDesk}},
			{Key: "concept_note.configuration.title", Path: conceptnote.ConfigurationPath, Desks: []identity.Desk{identity.FundDesk}},
		}},
		{Key: "champion.list.title", Below: []ui.NavItem{
			{Key: "champion.list.title", Path: champion.DeskPath, Desks: []identity.Desk{identity.NetworkDesk}},
			{Key: "cycle.title", Path: cycle.DeskPath, Desks: []identity.Desk{identity.NetworkDesk}},
			{Key: "participation.title", Path: participation.Path, Desks: []identity.Desk{identity.NetworkDesk}},
		}},
		{Key: "request.nav", Below: []ui.NavItem{
			{Key: "request.talks.title", Path: request.DeskTalksPath, Desks: []identity.Desk{identity.NetworkDesk}},
			{Key: "facilitator.list.title", Path: facilitator.DeskPath, Desks: []identity.Desk{identity.NetworkDesk}},
			{Key: "request.file.title", Path: request.FilingPath, Desks: []identity.Desk{identity.NetworkDesk, identity.CommunicationsDesk}},
		}},
		{Key: "newsletter.nav", Below: []ui.NavItem{
			{Key: "newsletter.nav", Path: newsletter.DeskPath, Desks: []identity.Desk{identity.CommunicationsDesk}},
			{Key: "newsletter.suppressions.title", Path: newsletter.SuppressionsPath, Desks: []identity.Desk{identity.CommunicationsDesk}},
			{Key: "newsletter.import.title", Path: newsletter.ImportsPath, Desks: []identity.Desk{identity.CommunicationsDesk}},
		}},
		{Key: "review.nav.release", Path: "/desk/release", Roles: leads},
		{Key: "review.nav.offices", Path: "/desk/offices", Roles: deciders},
		{Key: "peer.nav.reviewers", Below: []ui.NavItem{
			{Key: "peer.nav.reviewers", Path: peer.ReviewersPath, Roles: desks},
			{Key: "expert.nav", Path: expert.DeskPath, Desks: []identity.Desk{identity.HubDesk}},
		}},
		{Key: "review.setting.nav", Below: []ui.NavItem{
			{Key: "review.setting.clocks.title", Path: "/desk/settings/clocks", Roles: setters},
			{Key: "review.nav.letters", Path: "/desk/letters", Roles: leads},
			{Key: "review.nav.rules", Path: "/desk/settings/rules", Roles: leads},
			{Key: "peer.nav.settings", Path: peer.SettingsPath, Roles: leads},
			{Key: "review.nav.outbox", Path: "/desk/outbox", Roles: deciders},
			{Key: "review.nav.people", Path: "/desk/people", Roles: admins},
		}},
	}
}
