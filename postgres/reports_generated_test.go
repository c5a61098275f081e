package postgres_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
)

// wanderMap is a map whose cases go on, back, round and round, into negotiations (R21), and to both ends.
const wanderMap = `
id: wander
process: deal
name: {en: %s, ru: %s}
settings: {manual_mode: allowed}
outcomes:
  - {id: bought, name: {en: Bought, ru: Купил}, finish: positive}
  - {id: gone, name: {en: Gone, ru: Ушёл}, finish: negative}
stages:
  - id: ask
    name: {en: Ask, ru: Спросить}
    performer: responsible
    outcomes:
      - {id: again, name: {en: Again, ru: Ещё раз}, to: ask}
      - {id: on, name: {en: On, ru: Дальше}, to: offer}
      - {id: refused, name: {en: Refused, ru: Отказ}, finish: negative}
  - id: offer
    name: {en: Offer, ru: Предложить}
    performer: responsible
    outcomes:
      - {id: again, name: {en: Again, ru: Ещё раз}, to: offer}
      - {id: back, name: {en: Back, ru: Назад}, to: ask}
      - {id: on, name: {en: On, ru: Дальше}, to: order}
      - {id: talk, name: {en: Talk, ru: Говорим}, to: talks}
  - id: order
    name: {en: Order, ru: Заказ}
    performer: responsible
    outcomes:
      - {id: back, name: {en: Back, ru: Назад}, to: ask}
      - {id: paid, name: {en: Paid, ru: Оплатил}, finish: positive}
      - {id: refused, name: {en: Refused, ru: Отказ}, finish: negative}
  - id: talks
    name: {en: Talks, ru: Переговоры}
    performer: responsible
`

var wanderStages = []string{"ask", "offer", "order", "talks"}

// wanderWays are the outcomes of the stages: where each leads, or the status that it ends with.
var wanderWays = map[string]map[string]string{
	"ask": {"again": "ask", "on": "offer", "refused": "negative"}, "offer": {"again": "offer", "back": "ask", "on": "order", "talk": "talks"},
	"order": {"back": "ask", "paid": "positive", "refused": "negative"}, "talks": {},
}

// lived is what a test saw a case do: the log that reports are checked against.
type lived struct {
	id                     uuid.UUID
	client                 uuid.UUID
	version                int
	responsible            *crm.User
	source, channel        string
	created, closed        time.Time
	visits                 []visit
	taken                  []taken
	status                 crm.Status
	manual, planned        bool
	potential, probability int64 // hundredths, per cent; -1: none
	amount                 int64 // agreed on; -1: none
	reason                 string
	competitor             uuid.UUID
	lines                  []string // asked for, one of each, for 10.50
}

type visit struct {
	stage      string
	came, left time.Time
	result     string // empty: it is there
}

type taken struct {
	stage, outcome, kind string
	at                   time.Time
}

func (l *lived) stage() string { return l.visits[len(l.visits)-1].stage }

// talking is R21: reports leave it out.
func (l *lived) talking() bool {
	return l.status == crm.StatusOpen && !l.manual && l.stage() == "talks"
}

func (l *lived) leave(result string, at time.Time) {
	last := &l.visits[len(l.visits)-1]
	last.left, last.result = at, result
}

func (l *lived) enter(stage string, at time.Time) {
	result := "returned"
	if slices.Index(wanderStages, stage) > slices.Index(wanderStages, l.stage()) {
		result = "passed"
	}
	l.leave(result, at)
	l.visits = append(l.visits, visit{stage: stage, came: at})
}

func (l *lived) end(status crm.Status, at time.Time) {
	l.leave(map[crm.Status]string{crm.StatusPositive: "passed", crm.StatusNegative: "lost", crm.StatusCancelled: "cancelled"}[status], at)
	l.status, l.closed = status, at
}

// world is an office with cases that have lived.
type world struct {
	*office
	now      time.Time
	pass     func(time.Duration)
	random   *rand.Rand
	seller   *crm.User // of another department
	all      []*lived
	clients  []uuid.UUID
	rivals   []uuid.UUID
	versions int
}

func newWorld(t *testing.T, seed uint64) *world {
	t.Helper()
	begin := time.Date(2026, 2, 26, 20, 30, 0, 0, time.UTC) // three and a half hours before a day of Moscow ends
	of, pass := newOfficeOn(t, begin)
	w := &world{office: of, now: begin, pass: pass, random: rand.New(rand.NewPCG(seed, 14))}
	w.seller = of.user("seller", of.department("far", uuid.Nil).ID, crm.RoleManager)
	w.clients = []uuid.UUID{of.client, of.newClient("Второй")}
	w.rivals = []uuid.UUID{uuid.Nil, of.newClient("Соперник")}
	for version := range 2 {
		of.publish(fmt.Sprintf(wanderMap, fmt.Sprint("Wander ", version+1), fmt.Sprint("Блуждать ", version+1)))
		w.versions++
		for range 15 {
			w.live()
		}
	}
	return w
}

func choose[T any](w *world, of ...T) T { return of[w.random.IntN(len(of))] }

func (w *world) later() {
	d := time.Duration(1+w.random.IntN(60)) * time.Hour
	w.pass(d)
	w.now = w.now.Add(d)
}

// live is a life of one case.
func (w *world) live() {
	l := &lived{
		responsible: choose(w, w.manager, w.other, w.seller), source: choose(w, "site", "call", "recommendation"), channel: choose(w, "phone", "website", ""),
		client: choose(w, w.clients...), version: w.versions, created: w.now, status: crm.StatusOpen,
		potential: choose(w, int64(-1), 10025, 300, 99999), probability: choose(w, int64(-1), 10, 35, 100), amount: choose(w, int64(-1), 4242),
	}
	fields := map[string]any{"currency": "RUB"}
	for name, value := range map[string]string{"channel": l.channel, "potential": money(l.potential), "probability": fmt.Sprint(l.probability)} {
		if value != "" && value != "-1" {
			fields[name] = value
		}
	}
	var lines []any
	for _, name := range []string{"Станок", "станок", "Резец"}[:w.random.IntN(4)] {
		l.lines = append(l.lines, strings.ToLower(name))
		lines = append(lines, map[string]any{"name": name, "price": "10.50"})
	}
	if len(lines) > 0 {
		fields["demand"] = lines
	}
	c := w.create(crm.NewCase{
		Kind: crm.Deal, MapID: "wander", By: l.responsible.ID, ResponsibleID: l.responsible.ID, ClientID: l.client, Topic: "Продажа", Source: l.source, Fields: fields,
	})
	l.id, l.visits = c.ID, []visit{{stage: c.Stage, came: w.now}}
	for range w.random.IntN(9) {
		w.later()
		w.step(c, l)
	}
	more := map[string]any{}
	if l.amount >= 0 {
		more["amount"] = money(l.amount)
	}
	if l.status == crm.StatusNegative {
		l.reason, l.competitor = choose(w, "price", "competitor", ""), choose(w, w.rivals...)
		more["reason"], more["competitor"] = l.reason, l.competitor.String()
		if l.competitor == uuid.Nil {
			delete(more, "competitor")
		}
	}
	w.exec("update cases set fields = fields || $2 where id = $1", l.id, more)
	w.all = append(w.all, l)
}

func money(hundredths int64) string {
	if hundredths < 0 {
		return ""
	}
	return fmt.Sprintf("%d.%02d", hundredths/100, hundredths%100)
}

// step does one thing with the case.
func (w *world) step(c *crm.Case, l *lived) {
	command := crm.Command{CaseID: c.ID, UserID: l.responsible.ID}
	stage := l.stage()
	switch {
	case l.status != crm.StatusOpen:
		if w.random.IntN(3) > 0 {
			return
		}
		command.UserID, command.Kind, command.Payload = w.director.ID, crm.CommandReopen, crm.CommandPayload{Reason: "Вернулся"}
		l.status = crm.StatusOpen
		l.visits = append(l.visits, visit{stage: stage, came: w.now})
	case l.manual && w.random.IntN(4) > 0:
		to := choose(w, wanderStages...)
		if to == stage {
			return
		}
		command.Kind, command.Payload = crm.CommandMove, crm.CommandPayload{Stage: to}
		l.enter(to, w.now)
	case l.manual || stage == "talks" || w.random.IntN(12) == 0:
		outcome, status, kind := "bought", crm.StatusPositive, "positive"
		if w.random.IntN(2) == 0 {
			outcome, status, kind = "gone", crm.StatusNegative, "negative"
		}
		if stage == "talks" && !l.manual && w.random.IntN(3) > 0 {
			return // it goes on
		}
		command.Kind, command.Payload = crm.CommandClose, crm.CommandPayload{Outcome: outcome}
		l.taken = append(l.taken, taken{stage, outcome, kind, w.now})
		l.end(status, w.now)
	case w.random.IntN(12) == 0:
		command.Kind, command.Payload = crm.CommandSwitchToManual, crm.CommandPayload{Reason: "Иначе"}
		l.manual = true
	case w.random.IntN(15) == 0:
		command.UserID, command.Kind, command.Payload = w.director.ID, crm.CommandCancel, crm.CommandPayload{Reason: "Ошибка"}
		l.end(crm.StatusCancelled, w.now)
	default:
		outcome := choose(w, slices.Sorted(maps.Keys(wanderWays[stage]))...)
		command.Kind, command.Payload = crm.CommandComplete, crm.CommandPayload{TaskID: w.open(c).ID, Outcome: outcome}
		switch to := wanderWays[stage][outcome]; to {
		case "positive", "negative":
			l.taken = append(l.taken, taken{stage, outcome, to, w.now})
			l.end(crm.Status(to), w.now)
		case stage:
			l.taken = append(l.taken, taken{stage, outcome, "cyclic", w.now})
		default:
			l.taken = append(l.taken, taken{stage, outcome, "on", w.now})
			l.enter(to, w.now)
		}
	}
	w.applied(command)
}

// asking is one way to ask for a report.
type asking struct {
	name    string
	ctx     context.Context
	filter  crm.ReportFilter
	version int
	counts  func(*lived) bool
}

// askings are filters with what they mean, of the whole time, of a part of it that begins and ends with days of a zone, of nothing,
// and of a viewer who sees little.
func (w *world) askings() []asking {
	ctx := context.Background()
	zone, err := time.LoadLocation("Asia/Vladivostok")
	require.NoError(w.t, err)
	whole := crm.ReportFilter{From: w.all[0].created, To: w.now.Add(time.Hour), Zone: "Europe/Moscow"}
	with := func(change func(*crm.ReportFilter)) crm.ReportFilter {
		f := whole
		change(&f)
		return f
	}
	everything := func(*lived) bool { return true }
	return []asking{
		{"everything", ctx, whole, 0, everything},
		{"a week of Vladivostok", ctx, crm.ReportFilter{From: time.Date(2026, 3, 9, 0, 0, 0, 0, zone), To: time.Date(2026, 3, 16, 0, 0, 0, 0, zone), Zone: zone.String()}, 0, everything},
		{"nothing", ctx, crm.ReportFilter{From: whole.From.AddDate(-1, 0, 0), To: whole.From}, 0, func(*lived) bool { return false }},
		{"one's", ctx, with(func(f *crm.ReportFilter) { f.ResponsibleID = w.other.ID }), 0, func(l *lived) bool { return l.responsible == w.other }},
		{"nobody's", ctx, with(func(f *crm.ReportFilter) { f.Unassigned = true }), 0, func(*lived) bool { return false }},
		{"of a department", ctx, with(func(f *crm.ReportFilter) { f.Departments = []uuid.UUID{w.departmentID()} }), 0, func(l *lived) bool { return l.responsible != w.seller }},
		{"from the site", ctx, with(func(f *crm.ReportFilter) { f.Source, f.Kind = "site", crm.Deal }), 0, func(l *lived) bool { return l.source == "site" }},
		{"by no known channel", ctx, with(func(f *crm.ReportFilter) { f.Channel = crm.NotKnown }), 0, func(l *lived) bool { return l.channel == "" }},
		{"claims", ctx, with(func(f *crm.ReportFilter) { f.Kind = crm.Claim }), 0, func(*lived) bool { return false }},
		{"a version", ctx, whole, 2, func(l *lived) bool { return l.version == 2 }},
		{"what a manager sees", w.seeing(w.manager, crm.SeesOwn), whole, 0, func(l *lived) bool { return l.responsible == w.manager }},
	}
}

// counted are those that reports may count (R21).
func (a *asking) counted(all []*lived) []*lived {
	return slices.DeleteFunc(slices.Clone(all), func(l *lived) bool { return l.talking() || !a.counts(l) })
}

func (a *asking) within(at time.Time) bool {
	return !at.Before(a.filter.From) && at.Before(a.filter.To)
}

// keyOf is the group that a case is in, at a time.
func (w *world) keyOf(f *crm.ReportFilter, l *lived, at time.Time) string {
	zone, err := time.LoadLocation(f.Zone)
	require.NoError(w.t, err)
	local := at.In(zone)
	switch f.By {
	case crm.ByDay:
		return local.Format(time.DateOnly)
	case crm.ByWeek:
		return local.AddDate(0, 0, -(int(local.Weekday())+6)%7).Format(time.DateOnly)
	case crm.ByMonth:
		return local.Format("2006-01") + "-01"
	case crm.ByResponsible:
		return l.responsible.ID.String()
	case crm.ByDepartment:
		return l.responsible.DepartmentID.String()
	case crm.BySource:
		return l.source
	case crm.ByChannel:
		return l.channel
	case crm.ByVersion:
		return fmt.Sprint(l.version)
	case crm.ByStage:
		return "wander/" + l.stage()
	}
	return ""
}

// behind lists all cases behind a figure, a few at a time.
func (w *world) behind(ctx context.Context, f crm.ReportFigure) []string {
	w.t.Helper()
	var ids []string
	f.Limit = 4
	for {
		page, err := w.ReportCases(ctx, f)
		require.NoError(w.t, err)
		for i := range page.Items {
			ids = append(ids, page.Items[i].ID.String())
		}
		if f.After = page.Next; f.After == nil {
			require.True(w.t, slices.IsSortedFunc(ids, func(a, b string) int { return cmp.Compare(b, a) }), "newest first")
			return ids
		}
	}
}

func (w *world) channelClients(ctx context.Context, f crm.ReportFilter) []uuid.UUID {
	w.t.Helper()
	var ids []uuid.UUID
	var after *crm.Cursor
	for {
		page, err := w.ChannelClients(ctx, f, after, 4)
		require.NoError(w.t, err)
		for i := range page.Items {
			ids = append(ids, page.Items[i].ID)
		}
		if after = page.Next; after == nil {
			return ids
		}
	}
}

// figures are cases by the cells of a report: row and column.
type figures map[string][]string

func (f figures) add(cell string, l *lived) {
	if id := l.id.String(); !slices.Contains(f[cell], id) {
		f[cell] = append(f[cell], id)
	}
}

// same compares what is listed behind a figure with those that are to be there, in no order.
func (f figures) same(t *testing.T, cell string, counted int, listed []string) {
	t.Helper()
	require.Equal(t, len(f[cell]), counted, cell)
	require.ElementsMatch(t, f[cell], listed, cell)
}

func TestR14_R35_R21_FunnelsOfCasesThatWander(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	divisions := []crm.Dimension{"", crm.ByDay, crm.ByWeek, crm.ByMonth, crm.ByResponsible, crm.ByDepartment, crm.BySource, crm.ByChannel, crm.ByVersion}
	reopened := 0
	for k, a := range w.askings() {
		for n, by := range divisions {
			a.filter.By = by
			got, err := w.Funnel(a.ctx, "wander", a.version, a.filter)
			require.NoError(t, err, a.name)
			cells, spent := figures{}, map[string][]time.Duration{}
			for _, l := range a.counted(w.all) {
				for _, stage := range wanderStages {
					reopened += w.funnelOf(&a, l, stage, cells, spent)
				}
			}
			rows := 0
			for _, g := range got {
				row := g.Key + "|" + g.Stage
				for column, count := range map[string]int{
					"entered": g.Entered, "passed": g.Passed, "here": g.Here, "left": g.Left(), "returned": g.Returned, "lost": g.Lost, "cancelled": g.Cancelled,
				} {
					require.Len(t, cells[row+"|"+column], count, "%s by %q: %s %s", a.name, by, row, column)
					if (k+n)%3 == 0 || by == "" { // a list costs a question for each cell
						f := crm.ReportFigure{Report: crm.ReportFunnel, Filter: a.filter, MapID: "wander", Version: a.version, Row: map[string]string{"stage": g.Stage, "group": g.Key}, Column: column}
						cells.same(t, row+"|"+column, count, w.behind(a.ctx, f))
					}
				}
				times := spent[row]
				slices.Sort(times)
				var median, p90 time.Duration
				if n := len(times); n > 0 {
					median, p90 = times[(n+1)/2-1], times[(n*9+9)/10-1]
				}
				require.Equal(t, []time.Duration{median, p90}, []time.Duration{g.Median, g.P90}, "%s by %q: %s", a.name, by, row)
				require.Equal(t, by != "" && by != crm.ByVersion && by != crm.ByDay && by != crm.ByWeek && by != crm.ByMonth && g.Key != "", g.Name != nil, "%q has a name", g.Key)
				rows++
			}
			want := map[string]bool{}
			for cell := range cells {
				want[cell[:strings.LastIndexByte(cell, '|')]] = true
			}
			require.Len(t, want, rows, "%s by %q", a.name, by)
		}
	}
	require.Positive(t, reopened, "no case was reopened: the seed tries nothing")
}

// funnelOf puts a case into the cells of a stage; it tells how often it came back to where it had ended.
func (w *world) funnelOf(a *asking, l *lived, stage string, cells figures, spent map[string][]time.Duration) (reopened int) {
	var first, last *visit
	var sum time.Duration
	passed, left := false, true
	for i := range l.visits {
		v := &l.visits[i]
		if v.stage != stage {
			continue
		}
		if first == nil {
			first = v
		}
		if i > 0 && l.visits[i-1].stage == stage {
			reopened++
		}
		last, passed = v, passed || v.result == "passed"
		if left = v.result != ""; left {
			sum += v.left.Sub(v.came)
		}
	}
	if first == nil || !a.within(first.came) {
		return reopened
	}
	row := w.keyOf(&a.filter, l, first.came) + "|" + stage
	cells.add(row+"|entered", l)
	switch {
	case passed:
		cells.add(row+"|passed", l)
	case last.result == "":
		cells.add(row+"|here", l)
	default:
		cells.add(row+"|"+last.result, l)
		cells.add(row+"|left", l)
	}
	if left {
		spent[row] = append(spent[row], sum)
	}
	return reopened
}

func TestR20_R21_OutcomesOfCasesThatWander(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 2)
	kinds := map[string]bool{}
	for _, a := range w.askings() {
		cells, times := figures{}, map[string]int{}
		for _, l := range a.counted(w.all) {
			for _, one := range l.taken {
				if a.within(one.at) {
					row := one.stage + "|" + one.outcome + "|" + one.kind
					cells.add(row, l)
					times[row]++
				}
			}
		}
		got, err := w.Outcomes(a.ctx, "wander", a.version, a.filter)
		require.NoError(t, err, a.name)
		require.Len(t, got, len(cells), a.name)
		for _, g := range got {
			row := g.Stage + "|" + g.Outcome + "|" + g.Kind
			require.Equal(t, times[row], g.Times, "%s: %s", a.name, row)
			f := crm.ReportFigure{
				Report: crm.ReportOutcomes, Filter: a.filter, MapID: "wander", Version: a.version, Column: "cases",
				Row: map[string]string{"stage": g.Stage, "outcome": g.Outcome, "kind": g.Kind},
			}
			cells.same(t, row, g.Cases, w.behind(a.ctx, f))
			kinds[g.Kind] = true
		}
	}
	require.Len(t, kinds, 4, "the seed does not try all kinds of outcome")
}

func TestR30_R21_LossesChannelsDemandAndPotentialOfCasesThatWander(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 3)
	for _, a := range w.askings() {
		if a.version != 0 {
			continue // these know no versions
		}
		all := a.counted(w.all)
		w.checkLosses(&a, all)
		w.checkChannels(&a, all)
		w.checkDemand(&a, all)
		for _, by := range []crm.Dimension{crm.ByStage, crm.ByResponsible, crm.ByDepartment, crm.BySource, crm.ByChannel} {
			a.filter.By = by
			w.checkPotential(&a, all)
		}
	}
}

// rubles is what a report shows for a sum of hundredths.
func rubles(sum int64, known bool) []crm.Amount {
	if !known {
		return []crm.Amount{}
	}
	return []crm.Amount{{Currency: "RUB", Sum: money(sum)}}
}

func (w *world) checkLosses(a *asking, all []*lived) {
	w.t.Helper()
	cells, sums, known := figures{}, map[string]int64{}, map[string]bool{}
	for _, l := range all {
		if l.status == crm.StatusNegative && a.within(l.closed) {
			row := l.reason + "|" + l.competitor.String()
			cells.add(row, l)
			if l.potential >= 0 {
				sums[row], known[row] = sums[row]+l.potential, true
			}
		}
	}
	got, err := w.Losses(a.ctx, a.filter)
	require.NoError(w.t, err)
	require.Len(w.t, got, len(cells), "losses, %s", a.name)
	for _, g := range got {
		row, competitor := g.Reason+"|"+g.CompetitorID.String(), g.CompetitorID.String()
		if g.CompetitorID == uuid.Nil {
			competitor = ""
		}
		require.Equal(w.t, rubles(sums[row], known[row]), g.Potential, "losses, %s: %s", a.name, row)
		cells.same(w.t, row, g.Cases, w.behind(a.ctx, crm.ReportFigure{Report: crm.ReportLosses, Filter: a.filter, Row: map[string]string{"reason": g.Reason, "competitor": competitor}, Column: "cases"}))
	}
}

func (w *world) checkChannels(a *asking, all []*lived) {
	w.t.Helper()
	cells, clients, sums, known := figures{}, map[string]map[uuid.UUID]bool{}, map[string]int64{}, map[string]bool{}
	for _, l := range all {
		if !a.within(l.created) {
			continue
		}
		row := l.channel + "|" + l.source
		cells.add(row+"|cases", l)
		cells.add(row+"|deals", l)
		if clients[row] == nil {
			clients[row] = map[uuid.UUID]bool{}
		}
		clients[row][l.client] = true
		if l.status == crm.StatusPositive {
			cells.add(row+"|won", l)
			if worth := max(l.amount, -1); worth >= 0 || l.potential >= 0 {
				if worth < 0 {
					worth = l.potential
				}
				sums[row], known[row] = sums[row]+worth, true
			}
		}
	}
	got, err := w.Channels(a.ctx, a.filter)
	require.NoError(w.t, err)
	require.Len(w.t, got, len(clients), "channels, %s", a.name)
	for _, g := range got {
		row, f := g.Channel+"|"+g.Source, a.filter
		f.Channel, f.Source = cmp.Or(g.Channel, crm.NotKnown), cmp.Or(g.Source, crm.NotKnown)
		require.Len(w.t, clients[row], g.Clients, "channels, %s: %s", a.name, row)
		require.ElementsMatch(w.t, slices.Collect(maps.Keys(clients[row])), w.channelClients(a.ctx, f), "channels, %s: %s", a.name, row)
		require.Equal(w.t, rubles(sums[row], known[row]), g.Amounts, "channels, %s: %s", a.name, row)
		for column, count := range map[string]int{"cases": g.Cases, "deals": g.Deals, "won": g.Won} {
			cells.same(w.t, row+"|"+column, count, w.behind(a.ctx, crm.ReportFigure{Report: crm.ReportChannels, Filter: f, Column: column}))
		}
	}
}

func (w *world) checkDemand(a *asking, all []*lived) {
	w.t.Helper()
	cells, lines, names := figures{}, map[string]int64{}, map[string]bool{}
	for _, l := range all {
		for _, name := range l.lines {
			if !a.within(l.created) {
				continue
			}
			names[name] = true
			lines[name]++
			cells.add(name+"|cases", l)
			if l.status == crm.StatusPositive {
				cells.add(name+"|won", l)
			}
		}
	}
	got, err := w.Demand(a.ctx, a.filter, 100)
	require.NoError(w.t, err)
	require.Len(w.t, got, len(names), "demand, %s", a.name)
	for _, g := range got {
		name := strings.ToLower(g.Name)
		require.Equal(w.t, fmt.Sprint(lines[name]), g.Quantity, "demand, %s: %s", a.name, name)
		require.Equal(w.t, rubles(lines[name]*1050, true), g.Amounts, "demand, %s: %s", a.name, name)
		for column, count := range map[string]int{"cases": g.Cases, "won": g.Won} {
			cells.same(w.t, name+"|"+column, count, w.behind(a.ctx, crm.ReportFigure{Report: crm.ReportDemand, Filter: a.filter, Row: map[string]string{"name": g.Name}, Column: column}))
		}
	}
}

// checkPotential is of what is open now, whatever the period.
func (w *world) checkPotential(a *asking, all []*lived) {
	w.t.Helper()
	if a.name == "nothing" {
		return
	}
	cells, potential, weighted := figures{}, map[string]int64{}, map[string]int64{}
	for _, l := range all {
		if l.status != crm.StatusOpen {
			continue
		}
		key := w.keyOf(&a.filter, l, l.created)
		cells.add(key+"|cases", l)
		if l.potential < 0 {
			cells.add(key+"|unknown", l)
			continue
		}
		potential[key] += l.potential
		weighted[key] += l.potential * max(l.probability, 0) // hundredths of hundredths
	}
	got, err := w.Potential(a.ctx, a.filter)
	require.NoError(w.t, err)
	rows := 0
	for _, g := range got {
		sums := []crm.BoardSum{}
		if len(cells[g.Key+"|cases"]) > len(cells[g.Key+"|unknown"]) {
			sums = append(sums, crm.BoardSum{Currency: "RUB", Potential: money(potential[g.Key]), Weighted: money((weighted[g.Key] + 50) / 100)})
		}
		require.Equal(w.t, sums, g.Sums, "potential, %s by %s: %s", a.name, a.filter.By, g.Key)
		for column, count := range map[string]int{"cases": g.Cases, "unknown": g.Unknown} {
			f := crm.ReportFigure{Report: crm.ReportPotential, Filter: a.filter, Row: map[string]string{"group": g.Key}, Column: column}
			cells.same(w.t, g.Key+"|"+column, count, w.behind(a.ctx, f))
		}
		rows += g.Cases
	}
	total := 0
	for cell, ids := range cells {
		if strings.HasSuffix(cell, "|cases") {
			total += len(ids)
		}
	}
	require.Equal(w.t, total, rows, "potential, %s by %s", a.name, a.filter.By)
}

func TestR14_R21_ControlOfCasesThatWander(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 4)
	for _, l := range w.all {
		for range w.random.IntN(3) {
			at := w.now.Add(time.Duration(w.random.IntN(72)) * time.Hour)
			w.record(crm.Interaction{CaseID: l.id, Kind: crm.InteractionCall, Status: crm.InteractionPlanned, At: at, ResponsibleID: l.responsible.ID, CreatedBy: l.responsible.ID})
			if w.random.IntN(2) == 0 { // its time passes, and nobody says what became of it
				w.exec("update interactions set at = $2 where case_id = $1 and at = $3", l.id, w.now.AddDate(0, 0, -3), at)
				continue
			}
			l.planned = true
		}
		w.exec("update cases set overdue = status = 'open' and abs(hashtext(id::text)) % 3 = 0, last_activity_at = $2 where id = $1", l.id, l.visits[len(l.visits)-1].came)
	}
	for _, a := range w.askings() {
		if a.version != 0 || a.name == "nothing" {
			continue
		}
		w.checkControl(&a)
	}
}

func (w *world) checkControl(a *asking) {
	w.t.Helper()
	cells, oldest, last, open := figures{}, map[string]time.Time{}, map[string]time.Time{}, map[string]int{}
	for _, l := range w.all {
		person := l.responsible.ID.String()
		if l.status == crm.StatusOpen && !l.manual && a.counts(l) {
			open[person]++ // its stage's task lies on his desk, under negotiation too
		}
		if l.status != crm.StatusOpen || l.talking() || !a.counts(l) {
			continue
		}
		cells.add(person+"|open", l)
		if !l.planned {
			cells.add(person+"|unplanned", l)
		}
		came := l.visits[len(l.visits)-1].came
		if at, ok := oldest[person]; !ok || came.Before(at) {
			oldest[person] = came
		}
		if came.After(last[person]) {
			last[person] = came
		}
	}
	got, err := w.Control(a.ctx, a.filter)
	require.NoError(w.t, err)
	for _, g := range got {
		person, f := g.ResponsibleID.String(), a.filter
		f.ResponsibleID = g.ResponsibleID
		for column, count := range map[string]int{"open": g.Open, "unplanned": g.Unplanned} {
			cells.same(w.t, person+"|"+column, count, w.behind(a.ctx, crm.ReportFigure{Report: crm.ReportControl, Filter: f, Column: column}))
		}
		require.Len(w.t, w.behind(a.ctx, crm.ReportFigure{Report: crm.ReportControl, Filter: f, Column: "overdue"}), g.Overdue, "%s: overdue of %s", a.name, person)
		if g.Open > 0 {
			require.Equal(w.t, []time.Time{oldest[person], last[person]}, []time.Time{g.OldestTouch.UTC(), g.LastTouch.UTC()}, "%s: touches of %s", a.name, person)
		}
		require.Equal(w.t, open[person], g.Tasks, "%s: tasks of %s", a.name, person)
		tasks, err := w.DeskTasks(a.ctx, f, false, nil, 1000)
		require.NoError(w.t, err)
		require.Len(w.t, tasks.Items, g.Tasks, "%s: tasks of %s", a.name, person)
		late, err := w.DeskTasks(a.ctx, f, true, nil, 1000)
		require.NoError(w.t, err)
		require.Len(w.t, late.Items, g.OverdueTasks, "%s: overdue tasks of %s", a.name, person)
		delete(cells, person+"|open")
	}
	for cell := range cells {
		require.False(w.t, strings.HasSuffix(cell, "|open"), "%s: %s is missing", a.name, cell)
	}
}

func TestR36_ClaimsBesideAnIndependentCount(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 2, 20, 59, 0, 0, time.UTC) // a minute before midnight in Moscow
	of, pass := newOfficeOn(t, begin)
	w := &world{office: of, now: begin, pass: pass, random: rand.New(rand.NewPCG(36, 1))}
	type made struct {
		id                         string
		at                         time.Time
		reason, department, person string
		status                     crm.Status
	}
	var all []made
	for range 40 {
		m := made{
			at: w.now, reason: choose(w, "quality", "delivery", ""), department: choose(w, of.departmentID().String(), ""), person: choose(w, of.other.ID.String(), of.manager.ID.String(), ""),
			status: choose(w, crm.StatusOpen, crm.StatusPositive, crm.StatusNegative, crm.StatusCancelled),
		}
		m.id = of.create(crm.NewCase{Kind: crm.Claim, By: of.manager.ID}).ID.String()
		fields := map[string]any{"reason": m.reason, "department_at_fault": m.department, "employee_at_fault": m.person}
		maps.DeleteFunc(fields, func(_ string, value any) bool { return value == "" })
		of.exec("update cases set fields = $2, status = $3, closed_at = case when $3 <> 'open' then $4::timestamptz end where id = $1", m.id, fields, m.status, w.now)
		all = append(all, m)
		d := time.Duration(w.random.IntN(120)) * time.Minute
		pass(d)
		w.now = w.now.Add(d)
	}
	columns := map[crm.Status]string{crm.StatusOpen: "under_review", crm.StatusPositive: "satisfied", crm.StatusNegative: "not_satisfied", crm.StatusCancelled: "cancelled"}
	midnight := begin.Add(time.Minute)
	for name, f := range map[string]crm.ReportFilter{
		"all": {From: begin, To: w.now}, "a day": {From: midnight, To: midnight.AddDate(0, 0, 1)}, "before": {From: begin.AddDate(0, 0, -1), To: begin},
	} {
		cells, rows := map[string][]string{}, map[string]bool{}
		for _, m := range all {
			if !m.at.Before(f.From) && m.at.Before(f.To) {
				row := strings.Join([]string{m.reason, m.department, m.person}, "|")
				cells[row+"|"+columns[m.status]] = append(cells[row+"|"+columns[m.status]], m.id)
				rows[row] = true
			}
		}
		got, err := of.Claims(t.Context(), f)
		require.NoError(t, err)
		require.Len(t, got, len(rows), name)
		for _, g := range got {
			text := func(id uuid.UUID) string {
				if id == uuid.Nil {
					return ""
				}
				return id.String()
			}
			row := map[string]string{"reason": g.Reason, "department_at_fault": text(g.DepartmentID), "employee_at_fault": text(g.UserID)}
			for column, count := range map[string]int{"under_review": g.UnderReview, "satisfied": g.Satisfied, "not_satisfied": g.NotSatisfied, "cancelled": g.Cancelled} {
				cell := strings.Join([]string{g.Reason, text(g.DepartmentID), text(g.UserID), column}, "|")
				figures(cells).same(t, cell, count, w.behind(t.Context(), crm.ReportFigure{Report: crm.ReportClaims, Filter: f, Row: row, Column: column}))
			}
		}
	}
}

func TestR43_StandardsBesideAnIndependentCount(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC) // a Monday
	of, pass := newOfficeOn(t, begin)
	w := &world{office: of, now: begin, pass: pass, random: rand.New(rand.NewPCG(43, 1))}
	wait := func() {
		d := time.Duration(10+w.random.IntN(600)) * time.Minute
		pass(d)
		w.now = w.now.Add(d)
	}
	type work struct {
		id, stage, purpose string
		opened, done       time.Time // zero: open
		due                *time.Time
	}
	var all []*work
	opened := func(c *crm.Case, purpose string) *work {
		task := of.open(c)
		one := &work{id: c.ID.String(), stage: task.Path, purpose: purpose, opened: w.now, due: task.DueAt}
		all = append(all, one)
		return one
	}
	for range 25 {
		c := of.create(crm.NewCase{Kind: crm.Appeal})
		first := opened(c, "")
		wait()
		if w.random.IntN(5) == 0 {
			continue
		}
		purpose := choose(w, "question", "complaint")
		of.complete(c, of.dispatcher, "hand-over", map[string]any{"purpose": purpose, "performer": of.manager.ID.String()})
		first.done, first.purpose = w.now, purpose
		last := opened(c, purpose)
		for range w.random.IntN(4) { // round and round
			wait()
			next := map[string]any{"kind": "call", "at": w.now.AddDate(0, 0, 1).Format(time.RFC3339), "topic": "Уточнить"}
			done := of.complete(c, of.manager, "continue", map[string]any{"answer": "Ещё нет", "next_interaction": next})
			require.Equal(t, crm.CommandApplied, done.Status, "%v", done.Refusal)
			last.done = w.now
			last = opened(c, purpose)
		}
		wait()
	}
	noon := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for name, f := range map[string]crm.ReportFilter{
		"all": {From: begin, To: w.now}, "in part": {From: noon, To: noon.AddDate(0, 0, 2)}, "nothing": {From: begin.AddDate(0, 0, -1), To: begin},
	} {
		counts, cells, times := map[string]int{}, map[string]map[string]bool{}, map[string][]time.Duration{}
		rows := map[string]bool{}
		for _, one := range all {
			if one.opened.Before(f.From) || !one.opened.Before(f.To) {
				continue
			}
			row := one.stage + "|" + one.purpose
			columns := []string{"tasks"}
			if one.due != nil {
				columns = append(columns, "limited")
			}
			switch {
			case one.done.IsZero() && one.due != nil && one.due.Before(w.now):
				columns = append(columns, "overdue")
			case !one.done.IsZero() && one.due != nil && one.done.After(*one.due):
				columns = append(columns, "late")
			case !one.done.IsZero() && one.due != nil:
				columns = append(columns, "in_time")
			}
			for _, column := range columns {
				counts[row+"|"+column]++
				if cells[row+"|"+column] == nil {
					cells[row+"|"+column] = map[string]bool{}
				}
				cells[row+"|"+column][one.id] = true
			}
			if rows[row] = true; !one.done.IsZero() {
				times[row] = append(times[row], one.done.Sub(one.opened))
			}
		}
		got, err := of.Standards(t.Context(), f, w.now)
		require.NoError(t, err)
		require.Len(t, got, len(rows), name)
		for _, g := range got {
			row := g.Stage + "|" + g.Purpose
			for column, count := range map[string]int{"tasks": g.Tasks, "limited": g.Limited, "in_time": g.InTime, "late": g.Late, "overdue": g.Overdue} {
				require.Equal(t, counts[row+"|"+column], count, "%s: %s %s", name, row, column)
				listed := w.behind(t.Context(), crm.ReportFigure{
					Report: crm.ReportStandards, Filter: f, Column: column, Row: map[string]string{"map": g.MapID, "stage": g.Stage, "purpose": g.Purpose},
				})
				require.ElementsMatch(t, slices.Collect(maps.Keys(cells[row+"|"+column])), listed, "%s: %s %s", name, row, column)
			}
			slices.Sort(times[row])
			var median, p90 time.Duration
			if n := len(times[row]); n > 0 {
				median, p90 = times[row][(n+1)/2-1], times[row][(n*9+9)/10-1]
			}
			require.Equal(t, []time.Duration{median, p90}, []time.Duration{g.Median, g.P90}, "%s: %s", name, row)
		}
	}
}

func TestR47_R21_CommunicationBesideAnIndependentCount(t *testing.T) {
	t.Parallel()
	begin := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	of, pass := newOfficeOn(t, begin.AddDate(0, 1, 0))
	w := &world{office: of, pass: pass, random: rand.New(rand.NewPCG(47, 1)), clients: []uuid.UUID{of.client, of.newClient("Второй")}}
	of.publish(fmt.Sprintf(wanderMap, "Wander", "Блуждать"))
	talks := of.create(crm.NewCase{Kind: crm.Deal, MapID: "wander", By: of.manager.ID, ResponsibleID: of.manager.ID, Source: "site", Topic: "x"})
	for _, outcome := range []string{"on", "talk"} {
		of.complete(talks, of.manager, outcome, nil)
	}
	deal := of.create(crm.NewCase{Kind: crm.Deal, NoStages: true, By: of.manager.ID, ResponsibleID: of.manager.ID, Source: "site", Topic: "x"})
	type said struct {
		crm.Interaction
		talking bool
	}
	var all []said
	for range 60 {
		i := crm.Interaction{
			ClientID: choose(w, w.clients...), Kind: choose(w, crm.InteractionCall, crm.InteractionMeeting, crm.InteractionEmail), Direction: choose(w, "in", "out", ""),
			At: begin.Add(time.Duration(w.random.IntN(28*24)) * time.Hour), ResponsibleID: choose(w, of.manager.ID, of.other.ID), CreatedBy: of.manager.ID,
			Status: crm.InteractionCompleted, CaseID: choose(w, uuid.Nil, deal.ID, talks.ID),
		}
		if i.CaseID != uuid.Nil {
			i.ClientID = of.client
		}
		made := of.record(i)
		all = append(all, said{*made, i.CaseID == talks.ID})
		if w.random.IntN(6) == 0 {
			of.exec("update interactions set status = 'cancelled' where id = $1", made.ID)
			all = all[:len(all)-1]
		}
	}
	zone, err := time.LoadLocation("Asia/Vladivostok")
	require.NoError(t, err)
	for name, f := range map[string]crm.CommunicationFilter{
		"all": {ReportFilter: crm.ReportFilter{From: begin, To: begin.AddDate(0, 1, 0)}}, "one's": {ReportFilter: crm.ReportFilter{From: begin, To: begin.AddDate(0, 1, 0), ResponsibleID: of.other.ID}},
		"by weeks of Vladivostok": {ReportFilter: crm.ReportFilter{From: time.Date(2026, 3, 9, 0, 0, 0, 0, zone), To: time.Date(2026, 3, 23, 0, 0, 0, 0, zone), Zone: zone.String()}, Step: crm.StepWeek},
		"of deals":                {ReportFilter: crm.ReportFilter{From: begin, To: begin.AddDate(0, 1, 0), Kind: crm.Deal, Source: "site"}}, "a client's": {ReportFilter: crm.ReportFilter{From: begin, To: begin.AddDate(0, 1, 0)}, ClientID: w.clients[1]},
		"nothing": {ReportFilter: crm.ReportFilter{From: begin.AddDate(-1, 0, 0), To: begin}},
	} {
		counts, clients, behind := map[string]int{}, map[string]map[uuid.UUID]bool{}, map[string][]uuid.UUID{}
		for _, i := range all {
			switch {
			case i.talking, i.At.Before(f.From), !i.At.Before(f.To), f.ResponsibleID != uuid.Nil && i.ResponsibleID != f.ResponsibleID,
				f.ClientID != uuid.Nil && i.ClientID != f.ClientID, f.Kind != "" && i.CaseID == uuid.Nil:
				continue
			}
			step := f.From
			if f.Step == crm.StepWeek {
				local := i.At.In(zone)
				step = time.Date(local.Year(), local.Month(), local.Day()-(int(local.Weekday())+6)%7, 0, 0, 0, 0, zone)
			}
			means := string(i.Kind) + " " + i.Direction
			row := step.UTC().Format(time.RFC3339) + " " + means
			counts[row]++
			if clients[row] == nil {
				clients[row] = map[uuid.UUID]bool{}
			}
			clients[row][i.ClientID] = true
			behind[means] = append(behind[means], i.ID)
		}
		got, err := of.Communication(t.Context(), f)
		require.NoError(t, err)
		require.Len(t, got, len(counts), name)
		for _, g := range got {
			row := g.From.UTC().Format(time.RFC3339) + " " + string(g.Kind) + " " + g.Direction
			require.Equal(t, []int{counts[row], len(clients[row])}, []int{g.Count, g.Clients}, "%s: %s", name, row)
			var listed []uuid.UUID
			var after *crm.Cursor
			for {
				page, err := of.CommunicationItems(t.Context(), f, g.Kind, g.Direction, after, 3)
				require.NoError(t, err)
				for k := range page.Items {
					listed = append(listed, page.Items[k].ID)
				}
				if after = page.Next; after == nil {
					break
				}
			}
			require.ElementsMatch(t, behind[string(g.Kind)+" "+g.Direction], listed, "%s: %s", name, row)
		}
	}
}
