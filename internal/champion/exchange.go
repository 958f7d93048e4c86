package champion

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"portal/internal/audit"
	"portal/internal/database"
	"portal/internal/date"
	"portal/internal/form"
	"portal/internal/i18n"
	"portal/internal/identity"
	"portal/internal/mail"
	"portal/internal/problem"
	"portal/internal/workflow"
	"portal/web"
	"portal/web/ui"
)

// ExchangeKind says whether something is offered to other Champions or wished from them.
type ExchangeKind string

// The kinds of exchanges.
const (
	Offer ExchangeKind = "offer"
	Wish  ExchangeKind = "wish"
)

// ExchangeKinds lists them in the order of the page.
var ExchangeKinds = []ExchangeKind{Offer, Wish}

// other is the kind that answers it.
func (k ExchangeKind) other() ExchangeKind {
	if k == Offer {
		return Wish
	}
	return Offer
}

// The bounds of exchanges: in characters, how long ahead one may hold, and how often one may post and write.
const (
	MaxExchangeTitle, MaxExchangeText, MaxExchangeMessage = 200, 3000, 3000
	exchangeDays                                          = 730
	exchangesPerDay, exchangeMessagesPerHour              = 20, 30
	sameExchange                                          = 10 * time.Minute // for which the same words are sent once
)

// Exchange is an offer or a wish of a Champion's office.
type Exchange struct {
	ID               int64
	OfficeID         int64
	Office, Country  string
	Kind             ExchangeKind
	Objective        int
	Title, Text      string
	Lang             string
	Until            date.Date
	CreatedAt        time.Time
	EndedAt          *time.Time
	Matches, Letters int // open ones of the other kind of other countries, and messages that the reader's office may read
}

// open says whether it holds on a day.
func (e Exchange) open(today date.Date) bool { return e.EndedAt == nil && !e.Until.Before(today) }

// ExchangeMessage is what was written about an exchange, by its office or the other one.
type ExchangeMessage struct {
	ID       int64
	OfficeID int64 // the other office
	Office   string
	ByOther  bool
	Body     string
	At       time.Time
}

// Peers are the offices for which the person writes among the Champions: missions and ministries of confirmed ones.
func (s *Service) Peers(ctx context.Context, who identity.User) ([]Filer, error) {
	all, err := s.Filers(ctx, who)
	return slices.DeleteFunc(all, func(f Filer) bool {
		post, ok := who.Post(f.OfficeID)
		return !ok || !post.Approved || !post.OfficeApproved || !s.vocabulary().Champion(f.Country)
	}), err
}

// peers is Peers for who may read: problem.NotFound for everybody else but the network desk, which reads what is offered and wished.
func (s *Service) peers(ctx context.Context, who identity.User) ([]Filer, error) {
	own, err := s.Peers(ctx, who)
	if err == nil && len(own) == 0 && !Keeps(who) {
		err = problem.NotFound
	}
	return own, err
}

// exchangeSQL is one Exchange a row, for the offices @own; @today is the day.
const exchangeSQL = `SELECT e.id, e.office_id, o.name AS office, o.country, e.kind, e.objective, e.title, e.text, e.lang, e.until, e.created_at, e.ended_at,
		(SELECT count(*)::int FROM champion_exchanges m JOIN offices mo ON mo.id = m.office_id WHERE m.objective = e.objective AND m.kind <> e.kind AND m.ended_at IS NULL AND m.until >= @today AND mo.country <> o.country) AS matches,
		(SELECT count(*)::int FROM champion_exchange_messages w WHERE w.exchange_id = e.id AND (e.office_id = ANY (@own) OR w.office_id = ANY (@own))) AS letters
	FROM champion_exchanges e JOIN offices o ON o.id = e.office_id `

func ids(own []Filer) []int64 {
	all := []int64{}
	for _, f := range own {
		all = append(all, f.OfficeID)
	}
	return all
}

// Exchanges are what Champions offer and wish, the newest first: what holds, and what the person's offices have ended.
func (s *Service) Exchanges(ctx context.Context, who identity.User, kind ExchangeKind, objective int) ([]Exchange, []Filer, error) {
	own, err := s.peers(ctx, who)
	if err != nil {
		return nil, nil, err
	}
	all, err := database.Rows[Exchange](ctx, s.db.Read(), exchangeSQL+`WHERE (e.ended_at IS NULL AND e.until >= @today OR e.office_id = ANY (@own)) AND (@kind = '' OR e.kind = @kind) AND (@objective = 0 OR e.objective = @objective)
		ORDER BY e.ended_at IS NOT NULL OR e.until < @today, e.created_at DESC, e.id DESC LIMIT 500`, database.Args{"own": ids(own), "today": s.today(), "kind": string(kind), "objective": objective})
	return all, own, wrap("the exchanges of Champions", err)
}

// WholeExchange is an exchange with what answers it, and what was written about it as far as the reader's offices wrote it.
type WholeExchange struct {
	Exchange
	Answers  []Exchange
	Messages []ExchangeMessage
	// Own says that it is of an office of the reader; As is the reader's office that writes about it.
	Own bool
	As  Filer
	// Ends says that the reader may end it.
	Ends bool
}

// Exchange is one for who may read it; any other, and one that is over and not theirs, is problem.NotFound.
func (s *Service) Exchange(ctx context.Context, who identity.User, id int64) (w WholeExchange, err error) {
	return s.exchange(ctx, s.db.Read(), who, id)
}

func (s *Service) exchange(ctx context.Context, q database.Querier, who identity.User, id int64) (w WholeExchange, err error) {
	own, err := s.peers(ctx, who)
	if err != nil {
		return w, err
	}
	args := func() database.Args { return database.Args{"own": ids(own), "today": s.today(), "id": id} }
	if w.Exchange, err = database.Row[Exchange](ctx, q, exchangeSQL+`WHERE e.id = @id AND (e.ended_at IS NULL AND e.until >= @today OR e.office_id = ANY (@own)
		OR EXISTS (SELECT FROM champion_exchange_messages w WHERE w.exchange_id = e.id AND w.office_id = ANY (@own)))`, args()); err != nil {
		return w, wrap(fmt.Sprintf("exchange %d", id), err)
	}
	w.Own = slices.Contains(ids(own), w.OfficeID)
	w.Ends = w.open(s.today()) && (w.Own || Keeps(who))
	if !w.Own && len(own) > 0 {
		w.As = own[0]
	}
	if w.Messages, err = database.Rows[ExchangeMessage](ctx, q, `SELECT m.id, m.office_id, o.name AS office, m.by_other, m.body, m.at FROM champion_exchange_messages m JOIN offices o ON o.id = m.office_id
		WHERE m.exchange_id = @id AND (@all::boolean OR m.office_id = ANY (@own)) ORDER BY m.office_id, m.id`, database.Args{"id": id, "all": w.Own, "own": ids(own)}); err != nil {
		return w, wrap("what was written about an exchange", err)
	}
	for _, m := range w.Messages { // the conversation goes on as the office that began it
		if i := slices.IndexFunc(own, func(f Filer) bool { return f.OfficeID == m.OfficeID }); i >= 0 && !w.Own {
			w.As = own[i]
		}
	}
	w.Answers, err = database.Rows[Exchange](ctx, q, exchangeSQL+`WHERE e.kind = @kind AND e.objective = @objective AND o.country <> @country AND e.ended_at IS NULL AND e.until >= @today
		ORDER BY e.created_at DESC, e.id DESC LIMIT 20`, database.Args{"own": ids(own), "today": s.today(), "kind": w.Kind.other(), "objective": w.Objective, "country": w.Country})
	return w, wrap("what answers an exchange", err)
}

// Post offers or wishes something in the name of one of the person's Peers, from what was typed; twice the same is one.
func (s *Service) Post(ctx context.Context, who identity.User, posted url.Values) (id int64, err error) {
	own, err := s.Peers(ctx, who)
	if err != nil {
		return 0, err
	}
	if len(own) == 0 {
		return 0, problem.NotFound
	}
	e := Exchange{Kind: ExchangeKind(posted.Get("kind")), Title: line(posted.Get("title")), Text: strings.TrimSpace(form.Clean(posted.Get("text"))), Lang: posted.Get("lang")}
	var wrong []problem.Field
	add := func(name, key string, args ...any) {
		wrong = append(wrong, problem.Field{Name: name, Key: "champion.exchange.wrong." + key, Args: args})
	}
	i := slices.IndexFunc(own, func(f Filer) bool { return strconv.FormatInt(f.OfficeID, 10) == posted.Get("office") })
	if len(own) == 1 && posted.Get("office") == "" {
		i = 0
	}
	if i < 0 {
		add("office", "office")
	}
	if !slices.Contains(ExchangeKinds, e.Kind) {
		add("kind", "kind")
	}
	e.Objective, _ = strconv.Atoi(posted.Get("objective")) // none is no objective
	if _, ok := s.vocabulary().Objective(e.Objective); !ok {
		add("objective", "objective")
	}
	if e.Title == "" {
		add("title", "title")
	}
	wrong = append(wrong, long("title", e.Title, MaxExchangeTitle)...)
	if e.Text == "" {
		add("text", "text")
	}
	wrong = append(wrong, long("text", e.Text, MaxExchangeText)...)
	if !i18n.Lang(e.Lang).Known() {
		wrong = append(wrong, problem.Field{Name: "lang", Key: "champion.wrong.lang"})
	}
	until, given, ok, part := form.DateOf(form.Answers(posted), "until")
	switch {
	case !given || !ok:
		if part == "" {
			part = "day"
		}
		add("until."+part, "until")
	case until.Before(s.today()):
		add("until.day", "past")
	case s.today().AddDays(exchangeDays).Before(until):
		add("until.day", "far")
	}
	if len(wrong) > 0 {
		return 0, problem.Invalid(wrong...)
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("champion.exchange:%d", who.ID), exchangesPerDay, 24*time.Hour); err != nil {
		return 0, err
	}
	e.OfficeID, e.Until = own[i].OfficeID, until
	err = s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM users WHERE id = $1 FOR UPDATE`, who.ID); err != nil { // the button is pressed twice
			return err
		}
		same, err := database.Values[int64](ctx, tx, `SELECT id FROM champion_exchanges WHERE author_id = $1 AND office_id = $2 AND kind = $3 AND objective = $4 AND title = $5 AND text = $6 AND created_at > $7`,
			who.ID, e.OfficeID, e.Kind, e.Objective, e.Title, e.Text, s.now().Add(-sameExchange))
		if err != nil || len(same) > 0 {
			id = slices.Max(append(same, 0))
			return err
		}
		if id, err = database.Value[int64](ctx, tx, `INSERT INTO champion_exchanges (office_id, author_id, kind, objective, title, text, lang, until, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING id`,
			e.OfficeID, who.ID, e.Kind, e.Objective, e.Title, e.Text, e.Lang, e.Until, s.now()); err != nil {
			return err
		}
		return s.recordExchange(ctx, tx, who, "post", id)
	})
	return id, wrap("post an exchange", err)
}

func (s *Service) recordExchange(ctx context.Context, tx database.Tx, who identity.User, act string, id int64) error {
	return audit.Record(ctx, tx, audit.Entry{Actor: who.ID, Act: "champion.exchange." + act, Subject: "champion_exchange", SubjectID: id, At: s.now()})
}

// EndExchange ends one before its day, for its office and the network desk; one that is over stays so.
func (s *Service) EndExchange(ctx context.Context, who identity.User, id int64) error {
	return wrap(fmt.Sprintf("end exchange %d", id), s.db.InTx(ctx, func(tx database.Tx) error {
		w, err := s.exchange(ctx, tx, who, id)
		switch {
		case err != nil:
			return err
		case !w.Own && !Keeps(who):
			return problem.NotFound
		case !w.Ends:
			return nil
		}
		if _, err := tx.Exec(ctx, `UPDATE champion_exchanges SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL`, id, s.now()); err != nil {
			return err
		}
		return s.recordExchange(ctx, tx, who, "end", id)
	}))
}

// WriteAbout writes to the other side of an exchange: to its office, or, from there, to the office that has written (to). Those who act
// for it get a mail; no address is shown.
func (s *Service) WriteAbout(ctx context.Context, who identity.User, id, to int64, body string) error {
	body = strings.TrimSpace(form.Clean(body))
	var wrong []problem.Field
	if body == "" {
		wrong = append(wrong, problem.Field{Name: messageField(to), Key: "champion.exchange.wrong.message"})
	}
	if wrong = append(wrong, long(messageField(to), body, MaxExchangeMessage)...); len(wrong) > 0 {
		return problem.Invalid(wrong...)
	}
	if err := web.Limit(ctx, s.db.Read(), fmt.Sprintf("champion.exchange.message:%d", who.ID), exchangeMessagesPerHour, time.Hour); err != nil {
		return err
	}
	return wrap(fmt.Sprintf("write about exchange %d", id), s.db.InTx(ctx, func(tx database.Tx) error {
		if _, err := tx.Exec(ctx, `SELECT FROM champion_exchanges WHERE id = $1 FOR UPDATE`, id); err != nil {
			return err
		}
		w, err := s.exchange(ctx, tx, who, id)
		switch {
		case err != nil:
			return err
		case w.Own && !slices.ContainsFunc(w.Messages, func(m ExchangeMessage) bool { return m.OfficeID == to }), !w.Own && w.As.OfficeID == 0:
			return problem.NotFound
		case !w.open(s.today()):
			return problem.NotAllowedNow
		}
		if !w.Own {
			to = w.As.OfficeID
		}
		if slices.ContainsFunc(w.Messages, func(m ExchangeMessage) bool {
			return m.OfficeID == to && m.ByOther == !w.Own && m.Body == body && s.now().Sub(m.At) < sameExchange
		}) {
			return nil
		}
		if _, err := tx.Exec(ctx, `INSERT INTO champion_exchange_messages (exchange_id, office_id, by_other, author_id, body, at) VALUES ($1, $2, $3, $4, $5, $6)`, id, to, !w.Own, who.ID, body, s.now()); err != nil {
			return err
		}
		if err := s.recordExchange(ctx, tx, who, "write", id); err != nil {
			return err
		}
		reader, writer := w.OfficeID, w.As.Name
		if w.Own {
			reader, writer = to, w.Office
		}
		return s.tellPeers(ctx, tx, w.Exchange, reader, writer, body)
	}))
}

// messageField is the control of the message to an office.
func messageField(office int64) string { return "message-" + strconv.FormatInt(office, 10) }

// mailExchange tells an office that another one has written about an exchange.
const mailExchange = "exchange"

// exchangeMail is what it is told.
type exchangeMail struct {
	Exchange
	subject, writer, body string
}

func (s *Service) tellPeers(ctx context.Context, tx database.Tx, e Exchange, office int64, writer, body string) error {
	people, err := workflow.Actors(ctx, tx, office)
	if err != nil {
		return err
	}
	for _, to := range people {
		in := ui.WithSite(i18n.WithLang(ctx, i18n.Lang(to.Lang).OrEnglish()), s.options.Site)
		subject := i18n.T(in, "champion.mail.exchange.subject", writer)
		var html strings.Builder
		if err := exchangeLetter(exchangeMail{e, subject, writer, body}, to).Render(in, &html); err != nil {
			return fmt.Errorf("write about an exchange: %w", err)
		}
		if err := mail.Queue(ctx, tx, mail.Message{To: to.Email, ToUser: to.ID, Lang: i18n.From(in), Kind: "champion." + mailExchange, Subject: subject, HTML: html.String()}); err != nil {
			return err
		}
	}
	return nil
}
