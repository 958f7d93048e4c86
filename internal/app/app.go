// Package app is the wiring: it builds the areas on one database, connects them where one needs another's data, mounts
// their routes and starts the workers. It is the only package that knows all areas.
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"portal/internal/account"
	"portal/internal/attachment"
	"portal/internal/calendar"
	"portal/internal/champion"
	"portal/internal/committee"
	"portal/internal/conceptnote"
	"portal/internal/config"
	"portal/internal/content"
	"portal/internal/country"
	"portal/internal/cycle"
	"portal/internal/database"
	"portal/internal/expert"
	"portal/internal/facilitator"
	"portal/internal/follow"
	"portal/internal/form"
	"portal/internal/fund"
	"portal/internal/gcm"
	"portal/internal/home"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/missed"
	"portal/internal/newsletter"
	"portal/internal/participation"
	"portal/internal/pdf"
	"portal/internal/peer"
	"portal/internal/pledge"
	"portal/internal/practice"
	"portal/internal/programme"
	"portal/internal/record"
	"portal/internal/request"
	"portal/internal/review"
	"portal/internal/search"
	"portal/internal/signoff"
	"portal/internal/submission"
	"portal/internal/terms"
	"portal/internal/topic"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// App is the portal, ready to serve.
type App struct {
	config     *config.Config
	db         *database.DB
	log        *slog.Logger
	vocabulary func() *gcm.Vocabulary
	// configurations are those of the fund.
	configurations func() conceptnote.Versions
	content        *content.Watch
	missing        *missed.Gatherer // nil without a database
	site           ui.Site
	areas          *areas
	router         *web.Router
	close          func()
}

// areas are the services of all areas, connected.
type areas struct {
	kinds        workflow.Kinds
	additions    map[string]additions // by kind
	accounts     *account.Service
	pledges      *pledge.Service
	practices    *practice.Service
	notes        *conceptnote.Service
	requests     *request.Service
	calendar     *calendar.Service
	submissions  *submission.Service
	desk         *review.Service
	peer         *peer.Service
	files        *attachment.Store
	record       *record.Service
	missed       *missed.Service
	facilitators *facilitator.Service
	// participations are who took part in reviews.
	participations *participation.Service
	cycle          *cycle.Service
	experts        *expert.Service
	fund           *fund.Service
	programmes     *programme.Service
	champions      *champion.Service
	committee      *committee.Service
	signoff        *signoff.Service
	news           *newsletter.Service
	follows        *follow.Service
}

// New builds the portal on a database with the current schema. With a nil database it only knows its routes. In
// production a database with demonstration data is ErrDemonstration.
func New(ctx context.Context, cfg *config.Config, db *database.DB, log *slog.Logger) (*App, error) {
	a := &App{config: cfg, db: db, log: log, vocabulary: func() *gcm.Vocabulary { return &gcm.Vocabulary{} }, configurations: func() conceptnote.Versions { return nil }, close: func() {}}
	if db != nil {
		if demonstration, err := hasDemonstration(ctx, db); err != nil {
			return nil, err
		} else if demonstration && cfg.Production() {
			return nil, ErrDemonstration
		}
		holder, err := gcm.Hold(ctx, db.Read())
		if err != nil {
			return nil, fmt.Errorf("load the vocabulary: %w", err)
		}
		configurations, err := conceptnote.Hold(ctx, db.Read())
		if err != nil {
			return nil, err
		}
		a.configurations = configurations.Versions
		a.content = content.Start(ctx, db, log, func(ctx context.Context) error {
			return errors.Join(holder.Refresh(ctx), configurations.Refresh(ctx))
		})
		a.missing = missed.Gather(ctx, db, []byte(cfg.Secret), log, time.Now)
		a.vocabulary, a.close = holder.Current, func() {
			a.missing.Stop()
			a.content.Stop()
		}
	}
	if err := a.assemble(ctx); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// assemble builds what requests meet: again after demonstration data have come in, since every page then says so.
func (a *App) assemble(ctx context.Context) error {
	var err error
	if a.site, err = a.newSite(ctx); err != nil {
		return err
	}
	if a.areas, err = a.build(time.Now); err != nil {
		return err
	}
	a.router, err = a.mount()
	return err
}

// newSite is what all pages say of the portal and its operator. Only areas that exist are in the navigation.
func (a *App) newSite(ctx context.Context) (ui.Site, error) {
	site := ui.Site{
		Name: names(a.config.SiteName), Operator: names(a.config.Operator), Email: a.config.SecretariatEmail, PublicURL: a.config.PublicURL,
		Nav:     []ui.NavItem{{Key: "ui.nav.practices", Path: practice.ListPath}, {Key: "ui.nav.pledges", Path: "/pledges"}, {Key: "ui.nav.dashboard", Path: pledge.BoardPath}, {Key: "ui.nav.fund", Path: fund.Path}, {Key: "country.list.title", Path: country.Path}, {Key: "ui.nav.make", Path: "/pledges/new"}, {Key: "ui.nav.drafts", Path: "/drafts"}},
		DeskNav: deskNav(),
		Footer: []ui.FooterColumn{
			{Key: "ui.footer.take_part", Links: []ui.NavItem{
				{Key: "practice.share", Path: practice.StartPath},
				{Key: "ui.nav.make", Path: "/pledges/new"},
				{Key: "concept_note.start.title", Path: conceptnote.StartPath},
				{Key: "request.start.title", Path: request.StartPath},
				{Key: "calendar.start.title", Path: calendar.StartPath},
				{Key: "newsletter.propose.title", Path: newsletter.ProposePath},
				{Key: "champion.start.title", Path: champion.StartPath},
				{Key: "ui.nav.register", Path: "/register"},
				{Key: "ui.nav.questions", Path: "/pledges/questions"},
			}},
			{Key: "ui.footer.find", Links: []ui.NavItem{
				{Key: "practice.list.title", Path: practice.ListPath},
				{Key: "practice.call.list.title", Path: practice.CallsPath},
				{Key: "expert.list.title", Path: expert.Path},
				{Key: "facilitator.list.title", Path: facilitator.Path},
				{Key: "ui.nav.pledges", Path: "/pledges"},
				{Key: "ui.nav.dashboard", Path: pledge.BoardPath},
				{Key: "pledge.needs.title", Path: pledge.NeedsPath},
				{Key: "pledge.newest.title", Path: pledge.NewestPath},
				{Key: "calendar.title", Path: calendar.Path},
				{Key: "request.talks.title", Path: request.TalksPath},
				{Key: "newsletter.archive.title", Path: newsletter.Path},
				{Key: "follow.title", Path: follow.Path},
				{Key: "fund.meetings.title", Path: fund.MeetingsPath},
				{Key: "programme.list.title", Path: programme.ListPath},
				{Key: "champion.list.title", Path: champion.Path},
				{Key: "country.list.title", Path: country.Path},
				{Key: "topic.objective.all", Path: ui.ObjectivesPath},
				{Key: "topic.principle.all", Path: ui.PrinciplesPath},
			}},
			{Key: "ui.footer.help", Links: []ui.NavItem{
				{Key: "contact.title", Path: request.ContactPath},
			}},
			{Key: "ui.footer.about", Links: []ui.NavItem{
				{Key: "home.accessibility.title", Path: "/accessibility"},
				{Key: "home.privacy.title", Path: "/privacy"},
				{Key: "home.terms.title", Path: "/terms"},
				{Key: "record.nav", Path: "/audit"},
			}},
		},
		Newsletter: newsletter.SubscribePath, Account: "/account", SignIn: "/sign-in", SignOut: "/sign-out", Desk: "/desk", Search: ui.NavItem{Key: "home.search.label", Path: "/search"},
	}
	var err error
	if site.Logo, err = a.config.LogoSVG(); err != nil {
		return site, err
	}
	if a.db != nil {
		if site.Demonstration, err = hasDemonstration(ctx, a.db); err != nil {
			return site, err
		}
	}
	return site, nil
}

// names are the configured names by language; the one without a language holds for all others.
func names(configured config.Names) map[i18n.Lang]string {
	all := map[i18n.Lang]string{}
	for _, l := range i18n.All {
		if name := configured.In(string(l)); name != "" {
			all[l] = name
		}
	}
	return all
}

// build makes the areas' services, with a clock, and connects them.
func (a *App) build(now func() time.Time) (*areas, error) {
	b := &areas{kinds: workflow.Kinds{}, additions: map[string]additions{}}
	b.files = attachment.NewStore(attachment.Options{DB: a.db, Clamd: a.config.Clamd, Log: a.log, Now: now})
	b.pledges = pledge.NewService(pledge.Options{
		DB: a.db, Vocabulary: a.vocabulary, Now: now, Site: a.site, OwnerPath: submission.Path, DeskPath: review.Path,
		Start: func(ctx context.Context, who identity.User, office int64) (workflow.ID, error) {
			return b.submissions.Start(ctx, who, pledge.KindName, office)
		},
		Send: func(ctx context.Context, tx database.Tx, who identity.User, id workflow.ID) error {
			return b.submissions.HandIn(ctx, tx, who, id)
		},
		Waits: func(ctx context.Context, tx database.Tx, id workflow.ID) error {
			return b.desk.AssignByRule(ctx, tx, id)
		},
		Files: func(ctx context.Context, id workflow.ID, revision int) (map[string][]ui.FileItem, error) {
			return submission.PublicFiles(ctx, a.db.Read(), id, revision)
		},
		Missed:   a.missed(missed.Pledges),
		GrownOut: b.grownOut,
	})
	b.practices = practice.NewService(practice.Options{
		DB: a.db, Vocabulary: a.vocabulary, Now: now, Site: a.site, OwnerPath: submission.Path, DeskPath: review.Path,
		Pledges: practice.Pledges{ByIDs: b.pledgesByID, Find: b.findPledges},
		Start: func(ctx context.Context, who identity.User, office int64, with practice.Beginning) (workflow.ID, error) {
			return b.submissions.StartWith(ctx, who, practice.KindName, office, submission.Beginning(with))
		},
		Files: func(ctx context.Context, id workflow.ID, revision int) (map[string][]ui.FileItem, error) {
			return submission.PublicFiles(ctx, a.db.Read(), id, revision)
		},
		Missed: a.missed(missed.Practices),
	})
	b.programmes = programme.NewService(programme.Options{DB: a.db, Vocabulary: a.vocabulary, Areas: func() []programme.Area { return a.fundAreas(now()) }, Now: now})
	b.notes = conceptnote.NewService(conceptnote.Options{
		DB: a.db, Vocabulary: a.vocabulary, Configurations: a.configurations, Meeting: meetingFor, Coordinators: coordinatorsOf, MeetingsPath: fund.MeetingsPath, Now: now,
		StepPath: func(id workflow.ID, step string) string { return submission.Path(id) + "/steps/" + step },
		Endorsed: b.endorsed, Withdrawn: b.programmes.Leave,
		Start: func(ctx context.Context, who identity.User, office int64, with form.Answers) (workflow.ID, error) {
			return b.submissions.StartWith(ctx, who, conceptnote.KindName, office, submission.Beginning{Answers: with})
		},
	})
	b.requests = request.NewService(request.Options{
		DB: a.db, Vocabulary: a.vocabulary, PledgeKind: pledge.KindName, Site: a.site, OwnerPath: submission.Path,
		Waits: func(ctx context.Context, tx database.Tx, id workflow.ID) error {
			return b.desk.AssignByRule(ctx, tx, id)
		},
		FindPledges: b.talkPledge, FindPractices: b.talkPractice, Now: now, CasePath: review.Path, RoleAddresses: a.config.Contact.ByTopic(),
		HandIn: func(ctx context.Context, tx database.Tx, who identity.User, id workflow.ID) error {
			return b.submissions.HandIn(ctx, tx, who, id)
		},
		Guests: request.Guests{
			Person: func(ctx context.Context, tx database.Tx, email, name string, lang i18n.Lang, proven bool) (identity.User, error) {
				return b.accounts.PersonOf(ctx, tx, account.Writer{Email: email, Name: name, Lang: lang, Proven: proven})
			},
			Join: func(ctx context.Context, tx database.Tx, who identity.User, office int64) (identity.User, int64, error) {
				return b.accounts.AskToJoin(ctx, tx, who, office)
			},
			FindOffices: func(ctx context.Context, words string) (all []request.Office, more bool, err error) {
				found, more, err := b.accounts.SearchOffices(ctx, words)
				for _, o := range found {
					all = append(all, request.Office{ID: o.ID, Name: o.Name, Country: o.Country})
				}
				return all, more, err
			},
			LetIn: func(ctx context.Context, tx database.Tx, who identity.User) (identity.User, bool, error) {
				return b.accounts.LetGuestIn(ctx, tx, who)
			},
		},
		Start: func(ctx context.Context, who identity.User, kind string, office int64, with form.Answers) (workflow.ID, error) {
			return b.submissions.StartWith(ctx, who, kind, office, submission.Beginning{Answers: with})
		},
	})
	b.calendar = calendar.NewService(calendar.Options{
		DB: a.db, Vocabulary: a.vocabulary, Sources: b.dates(), Site: a.site, Now: now,
		Start: func(ctx context.Context, who identity.User, office int64, with form.Answers) (workflow.ID, error) {
			return b.submissions.StartWith(ctx, who, calendar.KindName, office, submission.Beginning{Answers: with})
		},
	})
	b.champions = champion.NewService(champion.Options{
		DB: a.db, Vocabulary: a.vocabulary, Files: b.files, Site: a.site, OwnerPath: submission.Path, Now: now,
		Waits: func(ctx context.Context, tx database.Tx, id workflow.ID) error {
			return b.desk.AssignByRule(ctx, tx, id)
		},
	})
	b.news = newsletter.NewService(newsletter.Options{DB: a.db, Vocabulary: a.vocabulary, Site: a.site, Secret: []byte(a.config.Secret), Now: now, Published: a.newsSources(b, now),
		OpenDraft: func(ctx context.Context, who identity.User, office int64, with form.Answers) (workflow.ID, error) {
			return b.submissions.StartWith(ctx, who, newsletter.ProposalKind, office, submission.Beginning{Answers: with})
		},
	})
	b.missed = missed.NewService(a.db, now)
	b.facilitators = facilitator.NewService(facilitator.Options{
		DB: a.db, Vocabulary: a.vocabulary, Kinds: b.facilitatedKinds, Files: b.files, Site: a.site, OwnerPath: submission.Path, DeskPath: review.Path, RequestPath: request.StartPath, Now: now,
	})
	b.cycle = cycle.NewService(a.db, a.vocabulary, now)
	b.participations = participation.NewService(a.db, a.vocabulary, now)
	b.experts = expert.NewService(expert.Options{DB: a.db, Vocabulary: a.vocabulary, Site: a.site, Files: b.files, Now: now})
	b.fund = fund.NewService(fund.Options{DB: a.db, Vocabulary: a.vocabulary, Site: a.site, Concerned: concerned, Cancelled: b.meetingCancelled, Now: now})
	b.signoff = signoff.NewService(signoff.Options{
		DB: a.db, Kind: b.notes.Kind(), Vocabulary: a.vocabulary, Site: a.site, Files: b.files, Now: now, Coordinators: signingCoordinators, LastSafeDay: lastSafeDay,
		OwnerPath: submission.Path, DeskPath: review.Path, CheckPath: submission.CheckPath,
		Env: func(sub workflow.Submission) form.Env { return b.submissions.Env(sub) },
		Decided: func(ctx context.Context, sub workflow.Submission) (templ.Component, error) {
			return b.committee.About(ctx, sub)
		},
	})
	b.follows = b.newFollow(a, now)
	b.registerKinds()
	b.submissions = submission.NewService(submission.Options{
		DB: a.db, Kinds: b.kinds, Vocabulary: a.vocabulary, Site: a.site, Files: b.files, Now: now,
		Starts: b.starts(), DeskPath: review.Path, HandedIn: b.handedIn, Replied: b.facilitators.Replied,
		OfficeMoved: func(ctx context.Context, tx database.Tx, office int64) error {
			return b.desk.PublishWaiting(ctx, tx, office)
		},
		Suggest: b.suggest, Beside: b.beside, Above: b.above, About: b.about, Advice: b.advice, Live: b.live, Says: b.says,
	})
	b.desk = review.NewService(review.Options{DB: a.db, Kinds: b.kinds, Site: a.site, Now: now, About: b.forDesk,
		Facilitators: b.facilitators.Able, Facilitate: b.facilitators.Give, FacilitatedDesk: identity.NetworkDesk,
		Unreviewed: "(" + peer.Unreviewed + ") OR (" + committee.Undecided(conceptnote.KindName) + ")", Call: practice.CameFor,
		Alarms: append([]review.Alarm{{Name: "all_in", Where: peer.AllIn, Order: "s.waiting_since"}, {Name: "left_over", Where: committee.LeftOver, Order: "s.waiting_since"}}, reportAlarms()...)})
	b.record = record.NewService(record.Options{DB: a.db, Find: b.published})
	b.peer = peer.NewService(peer.Options{
		DB: a.db, Kinds: b.kinds, Vocabulary: a.vocabulary, Site: a.site, Files: b.files, DeskPath: review.Path, Now: now,
		Ready: func(ctx context.Context, q database.Querier, sub workflow.Submission) error {
			return b.committee.Reviewable(ctx, q, sub)
		},
		Invite: func(ctx context.Context, tx database.Tx, by identity.User, email, name string, lang i18n.Lang) (int64, string, error) {
			return b.accounts.InviteReviewer(ctx, tx, by, email, name, lang)
		},
	})
	b.committee = b.newCommittee(a, now)
	b.accounts = account.NewService(a.db, account.Options{
		Site: a.site, Secret: []byte(a.config.Secret), Vocabulary: a.vocabulary, Now: now, OfficeApproved: b.desk.PublishWaiting,
		Personal: personalData(b.kinds), OfficeMerged: b.officeMerged, EmailMoved: b.follows.Moved, OwnPages: []ui.NavItem{{Key: "expert.own.title", Path: expert.OwnPath}, {Key: "signoff.list.title", Path: signoff.ListPath}, {Key: "facilitator.own.title", Path: facilitator.OwnPath}, {Key: "follow.own.title", Path: follow.OwnPath}}, DeskActs: []account.DeskAct{{Path: "/trust", Key: "pledge.trust.link"}}, Invited: b.submissions.IsInvited,
	})
	return b, nil
}

// missed counts what people look for in the list and do not find.
func (a *App) missed(list missed.List) func(network string, l i18n.Lang, words string, how search.Miss) {
	return func(network string, l i18n.Lang, words string, how search.Miss) {
		a.missing.Note(list, network, l, words, how)
	}
}

// reportAlarms are the radar's about reports on pledges, and about practices that nobody answers for.
func reportAlarms() []review.Alarm {
	var all []review.Alarm
	for _, a := range practice.Alarms {
		all = append(all, review.Alarm{Name: a.Name, Where: a.Where, Order: a.Order, Says: a.Says})
	}
	for _, a := range pledge.ReportAlarms {
		all = append(all, review.Alarm{Name: a.Name, Where: a.Where, Order: a.Order, Says: a.Says})
	}
	return all
}

// published finds what was published under the ID, of any kind.
func (b *areas) published(ctx context.Context, publicID string) (record.Published, error) {
	if own, ok := practice.WholeID(publicID); ok && own == publicID {
		return b.publishedPractice(ctx, own)
	}
	if own, ok := programme.WholeID(publicID); ok && own == publicID {
		return b.publishedProgramme(ctx, own)
	}
	p, err := b.pledges.Provable(ctx, publicID)
	return record.Published{Submission: p.Submission, PublicID: publicID, Title: p.Title, Lang: p.Lang, Path: p.Path, Acts: p.Acts, At: p.At}, err
}

// mount adds the routes of all areas.
func (a *App) mount() (*web.Router, error) {
	o := web.Options{
		DB: a.db, Site: a.site, Terms: func() string { return terms.Current(time.Now()).Number }, TrustedProxies: a.config.TrustedProxies, MetricsToken: string(a.config.MetricsToken), Secret: []byte(a.config.Secret), Log: a.log,
	}
	if a.content != nil {
		o.Content, o.PageCache = a.content, int64(a.config.PageCache)<<20
	}
	r, err := web.New(o)
	if err != nil {
		return nil, err
	}
	if a.db != nil {
		r.Metrics().MustRegister(newQueues(a.db))
	}
	home.Routes(r, home.Sources{Vocabulary: a.vocabulary, Figures: a.figures, Practices: a.latestPractices, Pledges: a.latestPledges, Calls: a.areas.practices.OpenCards, Coming: a.areas.calendar.Coming, Searched: a.searched(), AnswerDays: a.answerDays}, a.config.SecretariatEmail)
	topic.Routes(r, a.topics())
	account.Routes(r, a.areas.accounts)
	pledge.Routes(r, a.areas.pledges, pledge.Pages{Submission: submission.Path, Register: "/register", SignIn: "/sign-in", Account: "/account", Import: submission.ImportPath(pledge.KindName), Proof: record.Path, Successor: a.areas.desk.Successor})
	printer, err := pdf.Find(a.config.Chromium)
	if err != nil {
		return nil, err
	}
	pages := practice.Pages{Submission: submission.Path, Register: "/register", SignIn: "/sign-in", Account: "/account", Import: submission.ImportPath(practice.KindName), Proof: record.Path, Successor: a.areas.desk.Successor}
	if printer != nil {
		pages.Print = printer.Print
	}
	practice.Routes(r, a.areas.practices, pages)
	conceptnote.Routes(r, a.areas.notes, conceptnote.Pages{Submission: submission.Path, Register: "/register", SignIn: "/sign-in", Account: "/account", Import: submission.ImportPath(conceptnote.KindName)})
	request.Routes(r, a.areas.requests, request.Pages{Submission: submission.Path, Register: "/register", SignIn: "/sign-in", Account: "/account", Import: submission.ImportPath, Case: review.Path})
	calendar.Routes(r, a.areas.calendar, calendar.Pages{Submission: submission.Path, Register: "/register", SignIn: "/sign-in", Account: "/account", Import: submission.ImportPath(calendar.KindName), Talk: func(id string) string { return request.TalksPath + "/" + id }})
	submission.Routes(r, a.areas.submissions)
	record.Routes(r, a.areas.record)
	expert.Routes(r, a.areas.experts)
	fund.Routes(r, a.areas.fund, fund.Pages{Start: conceptnote.StartPath, Questions: conceptnote.QuestionsPath, Shortlist: committee.ShortlistPath, Pipeline: programme.ListPath})
	programme.Routes(r, a.areas.programmes, programme.Pages{Print: pages.Print, Proof: record.Path, Case: review.Path})
	committee.Routes(r, a.areas.committee)
	signoff.Routes(r, a.areas.signoff)
	country.Routes(r, a.countries(pages.Print))
	champion.Routes(r, a.areas.champions, champion.Pages{Country: country.PathOf, Case: review.Path, Submission: submission.Path, Register: "/register", SignIn: "/sign-in", Account: "/account"})
	participation.Routes(r, a.areas.participations)
	cycle.Routes(r, a.areas.cycle)
	facilitator.Routes(r, a.areas.facilitators)
	missed.Routes(r, a.areas.missed, map[missed.List]string{missed.Practices: practice.ListPath, missed.Pledges: "/pledges"})
	review.Routes(r, a.areas.desk, a.vocabulary)
	peer.Routes(r, a.areas.peer)
	newsletter.Routes(r, a.areas.news, newsletter.Pages{Submission: submission.Path, Register: "/register", SignIn: "/sign-in", Account: "/account", Import: submission.ImportPath(newsletter.ProposalKind)})
	follow.Routes(r, a.areas.follows)
	if a.site.Demonstration && !a.config.Production() {
		var staff []string
		for _, p := range demoStaff {
			staff = append(staff, p.email)
		}
		for _, r := range demoReviewers[1:] { // the first is one of the staff
			staff = append(staff, r.email)
		}
		account.ShowCodes(r, CodesPath, a.areas.accounts, staff)
	}
	if !a.config.Production() {
		caught := mail.DevHandler(a.db)
		for _, pattern := range []string{"GET /dev/mail", "GET /dev/mail/{id}", "GET /dev/mail/{id}/html"} {
			r.Bare(web.Public, pattern, func(w http.ResponseWriter, r *http.Request) error {
				caught.ServeHTTP(w, r)
				return nil
			}, web.Stateless())
		}
	}
	return r, nil
}

func (a *App) figures(ctx context.Context) (home.Figures, error) {
	f, err := a.areas.pledges.Figures(ctx)
	if err != nil {
		return home.Figures{}, err
	}
	p, err := a.areas.practices.Figures(ctx)
	if err != nil {
		return home.Figures{}, err
	}
	programmes, err := a.areas.programmes.Count(ctx)
	all := home.Figures{Programmes: programmes, Practices: p.Practices, Pledges: f.Pledges, Actors: f.Actors, Countries: f.Countries}
	for i := range all.Objectives {
		all.Objectives[i] = home.Gathered{Practices: p.Objectives[i], Pledges: f.Objectives[i]}
	}
	return all, err
}

func (a *App) latestPractices(ctx context.Context, n int) ([]ui.Card, error) {
	return a.areas.practices.Latest(ctx, practice.Filter{}, n)
}

func (a *App) latestPledges(ctx context.Context, n int) ([]ui.Card, error) {
	return a.areas.pledges.Latest(ctx, pledge.Filter{}, n)
}

// searched are the kinds of the one search.
func (a *App) searched() []home.Searched {
	return []home.Searched{
		{Name: "practices", Path: practice.ListPath, Search: a.areas.practices.Search},
		{Name: "pledges", Path: "/pledges", Search: a.areas.pledges.Search},
		{Name: "programmes", Path: programme.ListPath, Search: a.areas.programmes.Search},
		{Name: "countries", Path: country.Path, Search: a.countries(nil).Search},
	}
}

func (a *App) answerDays(ctx context.Context, kind string) (int, error) {
	times, err := workflow.ReadServiceTimes(ctx, a.db.Read())
	return times[kind].AnswerDays, err
}

// Close ends what New has started. Workers have their own end.
func (a *App) Close() { a.close() }

// Handler answers every request.
func (a *App) Handler() http.Handler { return a.router }

// Drain makes /readyz say no, so that a proxy sends new requests elsewhere before the server shuts down.
func (a *App) Drain() { a.router.Drain() }

// PrintRoutes writes the route table, a line a route with its audience.
func (a *App) PrintRoutes(w io.Writer) error { return a.router.PrintRoutes(w) }

// CodesAddress is where the sign-in codes of the demonstration's staff are shown.
func (a *App) CodesAddress() string { return a.config.PublicURL + CodesPath }

// ResetFactors takes the second factor of the address away, and with it all sessions. An address without account is
// problem.NotFound, one without a factor problem.NotAllowedNow.
func (a *App) ResetFactors(ctx context.Context, email string) error {
	return a.areas.accounts.ResetFactorOf(ctx, email)
}

// NewStaff is a person who gets a role at the secretariat.
type NewStaff struct {
	Email, Name string
	Role        identity.Role
	// Desk is "" for reviewers and administrators.
	Desk identity.Desk
}

// AddStaff gives a person a role, making the account if there is none, and returns the one-time address where they set
// their password.
func (a *App) AddStaff(ctx context.Context, n NewStaff) (link string, err error) {
	return a.areas.accounts.AddStaff(ctx, n.Email, n.Name, i18n.English, []identity.StaffRole{{Role: n.Role, Desk: n.Desk}})
}
