package scale

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/google/uuid"
)

// table is what one table is filled with.
type table struct {
	name    string
	stream  uint64
	rows    int
	columns []string
	row     func(r *rand.Rand, n int) []any
}

// tables are in an order in which each row finds those that it names.
func (f *filler) tables() []table {
	return []table{
		{"users", ofUser, f.Users - 1, []string{"id", "login", "name", "roles", "active"}, f.user},
		{"clients", ofClient, f.Clients, []string{"id", "kind", "name", "status", "owner_id", "created_at"}, f.client},
		{"contacts", ofContact, f.Clients / 3, []string{"id", "client_id", "name", "position"}, f.contact},
		{"contact_details", ofDetail, f.Clients, []string{"id", "client_id", "kind", "value", "number"}, f.detail},
		{"cases", ofCase, f.cases(), []string{
			"id", "kind", "number", "client_id", "responsible_id", "topic", "source", "fields", "map_id", "map_version", "mode", "status", "stage", "stage_since", "seq",
			"due_at", "overdue", "created_at", "created_by", "closed_at", "last_activity_at", "workflow_started_at",
		}, f.caseRow},
		{"case_stages", ofStage, f.cases(), []string{"case_id", "stage", "map_id", "map_version", "came_at", "entered_at", "left_at", "result"}, f.stage},
		{"stage_outcomes", ofOutcome, 2 * f.cases(), []string{"case_id", "seq", "stage", "outcome", "kind", "map_id", "map_version", "at"}, f.outcome},
		{"tasks", ofTask, f.Tasks, []string{"id", "case_id", "path", "visit", "kind", "user_id", "role", "due_at", "opened_seq", "opened_at"}, f.task},
		{"interactions", ofInteraction, 2 * f.cases(), []string{
			"id", "case_id", "client_id", "kind", "direction", "status", "at", "topic", "responsible_id", "created_at", "created_by",
		}, f.interaction},
		{"feed", ofEntry, f.Entries, []string{"id", "case_id", "at", "kind", "actor_id", "data"}, f.entry},
	}
}

func (f *filler) user(r *rand.Rand, n int) []any {
	return []any{f.users[n+1], fmt.Sprintf("user%d", n+1), person(r), []string{"manager"}, true}
}

func (f *filler) client(r *rand.Rand, n int) []any {
	kind, name := "company", companyName(r)
	if r.IntN(4) == 0 {
		kind, name = "individual", person(r)
	}
	return []any{rowID(ofClient, n), kind, name, pick(r, []string{"potential", "active"}), pick(r, f.users), f.at(n, f.Clients)}
}

func (f *filler) contact(r *rand.Rand, n int) []any {
	return []any{rowID(ofContact, n), rowID(ofClient, 3*n), person(r), pick(r, []string{"Директор", "Бухгалтер", "Менеджер по закупкам", "Инженер"})}
}

func (f *filler) detail(_ *rand.Rand, n int) []any {
	if n%3 == 0 {
		return []any{rowID(ofDetail, n), rowID(ofClient, n), "email", fmt.Sprintf("office%d@client.example", n), ""}
	}
	number := fmt.Sprintf("+7900%07d", n)
	return []any{rowID(ofDetail, n), rowID(ofClient, n), "mobile", number, number}
}

// route is a map that cases follow.
type route struct {
	kind, id, prefix string
	stages           []string
}

// routes are of the shipped maps; of ten cases four are appeals, four deals and two interests.
var routes = []route{
	{"appeal", "appeal", "A", []string{"classification", "processing"}},
	{"deal", "typical-sale", "D", []string{"primary-contact", "qualification", "offer", "presentation", "terms", "order", "obligations-confirmed", "obligations-monitored"}},
	{"appeal", "appeal", "A", []string{"classification", "processing"}},
	{"deal", "typical-sale", "D", []string{"primary-contact", "qualification", "offer", "presentation", "terms", "order", "obligations-confirmed", "obligations-monitored"}},
	{"interest", "new-clients", "I", []string{"acquaintance", "commercial-offer", "invoice", "payment", "shipment"}},
}

func (f *filler) routeOf(n int) *route { return &routes[n%len(routes)] }

// stageOf is the same for a case and its tasks.
func (f *filler) stageOf(n int) string {
	stages := f.routeOf(n).stages
	return stages[n/len(routes)%len(stages)]
}

// clientOf and responsibleOf spread cases over clients and users so that neighbours differ.
func (f *filler) clientOf(n int) uuid.UUID { return rowID(ofClient, n*7919%f.Clients) }

func (f *filler) responsibleOf(n int) uuid.UUID { return f.users[n/len(routes)%len(f.users)] }

// created puts the closed cases among the open ones.
func (f *filler) created(n int) time.Time {
	if n < f.open() {
		return f.at(n, f.open())
	}
	return f.at(n-f.open(), f.cases()-f.open())
}

// closedAt is when a case was closed; nil: it is open.
func (f *filler) closedAt(n int) *time.Time {
	if n < f.open() {
		return nil
	}
	at := f.created(n).Add(time.Duration(n%30) * 24 * time.Hour)
	if at.After(f.now) {
		at = f.now
	}
	return &at
}

func (f *filler) caseRow(r *rand.Rand, n int) []any {
	route, created := f.routeOf(n), f.created(n)
	status, closed := "open", f.closedAt(n)
	if closed != nil {
		status = []string{"positive", "positive", "negative"}[n%3]
	}
	fields := map[string]any{}
	if route.kind != "appeal" {
		fields["potential"], fields["probability"] = fmt.Sprintf("%d.00", 1000*(1+r.IntN(5000))), fmt.Sprint(10*r.IntN(11))
		fields["channel"] = pick(r, []string{"phone", "email", "website", "messenger"})
	}
	due := f.now.Add(time.Duration(r.IntN(60*24)-10*24) * time.Hour)
	active := created.Add(time.Duration(r.Int64N(int64(f.now.Sub(created)) + 1)))
	return []any{
		rowID(ofCase, n), route.kind, fmt.Sprintf("%s-%07d", route.prefix, n+1_000_000), f.clientOf(n), f.responsibleOf(n), topic(r),
		pick(r, []string{"site", "advertising", "recommendation", "call"}), fields, route.id, 1, "process", status, f.stageOf(n), created, 1 + n%9,
		due, status == "open" && due.Before(f.now), created, f.responsibleOf(n), closed, active, created,
	}
}

// stage is the last one that a case came to.
func (f *filler) stage(_ *rand.Rand, n int) []any {
	var result *string
	closed := f.closedAt(n)
	if closed != nil {
		result = new([]string{"passed", "passed", "lost"}[n%3])
	}
	return []any{rowID(ofCase, n), f.stageOf(n), f.routeOf(n).id, 1, f.created(n), f.created(n), closed, result}
}

// outcome is one of two that each case's stages were left by: some went round, some on.
func (f *filler) outcome(_ *rand.Rand, n int) []any {
	of := n / 2
	outcome, kind := "on", "on"
	if n%5 == 0 {
		outcome, kind = "again", "cyclic"
	}
	return []any{rowID(ofCase, of), 1 + n%2, f.stageOf(of), outcome, kind, f.routeOf(of).id, 1, f.created(of).Add(time.Duration(1+n%2) * time.Hour)}
}

func (f *filler) task(r *rand.Rand, n int) []any {
	of := n / tasksPerCase
	kind := "rule"
	if n%tasksPerCase == 0 {
		kind = "stage"
	}
	var user *uuid.UUID
	var role *string
	if n%10 == 0 {
		role = new("dispatcher")
	} else {
		user = &f.users[n/10%len(f.users)]
	}
	return []any{
		rowID(ofTask, n), rowID(ofCase, of), f.stageOf(of), n%tasksPerCase + 1, kind, user, role,
		f.now.Add(time.Duration(r.IntN(30*24*60)) * time.Minute), 1, f.created(of),
	}
}

func (f *filler) interaction(r *rand.Rand, n int) []any {
	of := n / 2
	status, at := "completed", f.created(of).Add(time.Duration(r.IntN(72))*time.Hour)
	if n%4 == 0 && of < f.open() {
		status, at = "planned", f.now.Add(time.Duration(r.IntN(30*24*60))*time.Minute)
	}
	return []any{
		rowID(ofInteraction, n), rowID(ofCase, of), f.clientOf(of), pick(r, []string{"call", "call", "meeting", "email", "sms"}), pick(r, []string{"in", "out"}),
		status, at, topic(r), f.responsibleOf(of), f.created(of), f.responsibleOf(of),
	}
}

// entry spreads four of five over all cases, and the fifth over one case of a hundred: their feeds are long.
func (f *filler) entry(r *rand.Rand, n int) []any {
	of := (n/5*4 + n%5) % f.cases()
	if n%5 == 0 {
		of = n / 5 * longFeeds % f.cases()
	}
	at := f.created(of).Add(time.Duration(r.Int64N(int64(f.now.Sub(f.created(of))) + 1)))
	return []any{
		rowID(ofEntry, n), rowID(ofCase, of), at, "changed", f.responsibleOf(of),
		map[string]any{"changes": map[string]any{"topic": map[string]string{"from": topic(r), "to": topic(r)}}},
	}
}
