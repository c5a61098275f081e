package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/postgres"
)

// walkCases reads a list to its end, in pages, and gives the topics in its order.
func (of *office) walkCases(f crm.CaseFilter, limit int) []string {
	of.t.Helper()
	topics := []string{}
	for f.Limit = limit; ; {
		page, err := of.ListCases(context.Background(), f)
		if err != nil {
			of.t.Fatal(err)
		}
		if len(page.Items) > limit || len(topics) > 100 {
			of.t.Fatalf("a page of %d, %d before it", len(page.Items), len(topics))
		}
		for i := range page.Items {
			topics = append(topics, page.Items[i].Topic)
		}
		if f.After = page.Next; f.After == nil {
			return topics
		}
	}
}

func TestR13_CasesAreListedInEveryOrder(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ids := map[string]uuid.UUID{}
	for _, topic := range []string{"a", "b", "c", "d", "e"} {
		ids[topic] = of.create(crm.NewCase{Kind: crm.Deal, Topic: topic, Source: "site", NoStages: true, By: of.manager.ID}).ID
	}
	of.create(crm.NewCase{Kind: crm.Appeal, Topic: "f", Source: "site", By: of.manager.ID})
	of.exec("update cases set created_at = '2026-03-01', last_activity_at = '2026-03-01', due_at = null, responsible_id = $1", of.manager.ID)
	for topic, set := range map[string]string{
		"a": `due_at = '2026-03-05', fields = '{"potential": "10"}'`,
		"b": `due_at = '2026-03-04', fields = '{"potential": "200.50"}', last_activity_at = '2026-03-03'`,
		"c": `created_at = '2026-03-02', fields = '{"potential": "30"}'`,
		"d": `due_at = '2026-03-05', last_activity_at = '2026-03-02'`,
		"e": `status = 'positive', closed_at = '2026-03-03', fields = '{"potential": "30"}'`,
		"f": `due_at = '2026-03-04'`,
	} {
		of.exec("update cases set "+set+" where topic = $1", topic)
	}
	plan := func(topic, at, status string) {
		of.exec(`insert into interactions (id, case_id, kind, status, at, topic) values (gen_random_uuid(), $1, 'call', $3, $2, 'Звонок')`, ids[topic], at, status)
	}
	plan("b", "2026-03-10", "planned")
	plan("b", "2026-03-09", "completed")
	plan("d", "2026-03-08", "planned")
	plan("d", "2026-03-12", "planned")
	for name, c := range map[string]struct {
		filter crm.CaseFilter
		want   string
	}{
		"newest first":        {crm.CaseFilter{}, "cfedba"},
		"oldest first":        {crm.CaseFilter{Reverse: true}, "abdefc"},
		"by activity":         {crm.CaseFilter{Sort: crm.SortActivity}, "bdfeca"},
		"longest idle":        {crm.CaseFilter{Sort: crm.SortActivity, Reverse: true}, "acefdb"},
		"due first":           {crm.CaseFilter{Sort: crm.SortDue}, "bfadce"},
		"due last":            {crm.CaseFilter{Sort: crm.SortDue, Reverse: true}, "dafbec"},
		"greatest first":      {crm.CaseFilter{Sort: crm.SortAmount}, "becafd"},
		"smallest first":      {crm.CaseFilter{Sort: crm.SortAmount, Reverse: true}, "acebdf"},
		"planned first":       {crm.CaseFilter{Sort: crm.SortPlanned, Responsible: of.manager.ID}, "dbacef"},
		"open deals, due":     {crm.CaseFilter{Sort: crm.SortDue, Kinds: []crm.Kind{crm.Deal}, Status: crm.StatusOpen}, "badc"},
		"mine, due":           {crm.CaseFilter{Sort: crm.SortDue, Responsible: of.manager.ID}, "bfadce"},
		"deals and interests": {crm.CaseFilter{Kinds: []crm.Kind{crm.Deal, crm.Interest}, Responsible: of.manager.ID}, "cedba"},
		"no such status":      {crm.CaseFilter{Status: "lost"}, ""},
	} {
		for _, limit := range []int{1, 2, 4, 50} {
			if got := strings.Join(of.walkCases(c.filter, limit), ""); got != c.want {
				t.Errorf("%s, %d at a time: %s, want %s", name, limit, got, c.want)
			}
		}
	}
}

func TestR13_CasesAreNarrowed(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	of.exec("update users set department_id = null where login = 'other'")
	plain := of.create(crm.NewCase{Kind: crm.Appeal, Topic: "Вопрос о доставке", Source: "site", ResponsibleID: of.manager.ID})
	deal := of.create(crm.NewCase{
		Kind: crm.Deal, Topic: "Зелёные станки", Source: "fair", By: of.other.ID, Fields: map[string]any{"potential": "100", "currency": "EUR", "channel": "phone"},
	})
	second, err := of.CreateClient(ctx, crm.Client{Kind: crm.ClientCompany, Name: "Лютик", Lang: crm.RU, TimeZone: "Europe/Moscow"})
	if err != nil {
		t.Fatal(err)
	}
	contact, err := of.CreateContact(ctx, crm.Contact{ClientID: second.ID, Name: "Анна"})
	if err != nil {
		t.Fatal(err)
	}
	child := of.create(crm.NewCase{Kind: crm.Claim, Topic: "Брак", Source: "site", ClientID: second.ID, Parent: deal.ID, By: of.manager.ID})
	of.exec("update cases set closed_at = '2026-03-05', status = 'negative' where id = $1", child.ID)
	of.exec("update cases set overdue = true where id = $1", deal.ID)
	if _, err := of.AddParticipant(ctx, crm.CaseParticipant{CaseID: deal.ID, UserID: of.director.ID, Role: crm.ParticipantColleague, CreatedBy: of.other.ID}); err != nil {
		t.Fatal(err)
	}
	of.exec(`insert into interactions (id, case_id, contact_id, kind, status, at) values (gen_random_uuid(), $1, $2, 'call', 'planned', now() + interval '1 day')`,
		deal.ID, contact.ID)
	of.exec(`insert into interactions (id, case_id, kind, status, at) values (gen_random_uuid(), $1, 'call', 'planned', now() - interval '1 day')`, plain.ID)
	day := func(text string) *time.Time {
		at, err := time.Parse(time.DateOnly, text)
		if err != nil {
			t.Fatal(err)
		}
		return &at
	}
	tomorrow := of.now().Add(24 * time.Hour)
	for name, c := range map[string]struct {
		filter crm.CaseFilter
		want   []*crm.Case
	}{
		"mode":               {crm.CaseFilter{Mode: crm.ModeManual}, nil},
		"map and stage":      {crm.CaseFilter{MapID: "typical-sale", Stage: "primary-contact"}, []*crm.Case{deal}},
		"department":         {crm.CaseFilter{Department: of.manager.DepartmentID}, []*crm.Case{child, plain}},
		"participant":        {crm.CaseFilter{Participant: of.director.ID}, []*crm.Case{deal}},
		"client":             {crm.CaseFilter{Client: second.ID}, []*crm.Case{child}},
		"contact":            {crm.CaseFilter{Contact: contact.ID}, []*crm.Case{deal}},
		"parent":             {crm.CaseFilter{Parent: deal.ID}, []*crm.Case{child}},
		"source":             {crm.CaseFilter{Source: "site"}, []*crm.Case{child, plain}},
		"channel":            {crm.CaseFilter{Channel: "phone"}, []*crm.Case{deal}},
		"currency":           {crm.CaseFilter{Currency: "EUR"}, []*crm.Case{deal}},
		"numbers":            {crm.CaseFilter{Numbers: []string{plain.Number, child.Number}}, []*crm.Case{child, plain}},
		"beginning":          {crm.CaseFilter{Query: strings.ToLower(deal.Number[:4])}, []*crm.Case{deal}},
		"form of a word":     {crm.CaseFilter{Query: "зеленого станка"}, []*crm.Case{deal}},
		"client's name":      {crm.CaseFilter{Query: "лютика"}, []*crm.Case{child}},
		"nothing":            {crm.CaseFilter{Query: "%"}, nil},
		"overdue":            {crm.CaseFilter{Overdue: true}, []*crm.Case{deal}},
		"without a plan":     {crm.CaseFilter{Unplanned: true}, []*crm.Case{child, plain}},
		"closed in March":    {crm.CaseFilter{ClosedFrom: day("2026-03-01"), ClosedThrough: day("2026-04-01")}, []*crm.Case{child}},
		"closed later":       {crm.CaseFilter{ClosedFrom: day("2026-03-06")}, nil},
		"created later":      {crm.CaseFilter{CreatedFrom: &tomorrow}, nil},
		"created until then": {crm.CaseFilter{CreatedThrough: &tomorrow}, []*crm.Case{child, deal, plain}},
	} {
		want := []string{}
		for _, one := range c.want {
			want = append(want, one.Topic)
		}
		if got := of.walkCases(c.filter, 2); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		count, err := of.CountCases(ctx, c.filter, 2)
		if err != nil || count != (crm.Count{N: min(len(want), 2), More: len(want) > 2}) {
			t.Errorf("%s: counted %+v, %v", name, count, err)
		}
	}
	page, err := of.ListCases(ctx, crm.CaseFilter{Kinds: []crm.Kind{crm.Deal}, Limit: 5})
	if err != nil || len(page.Items) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	item := page.Items[0]
	if item.ClientName != "ООО Ромашка" || item.ResponsibleName != of.other.Name || item.Next == nil || item.Next.Kind != crm.InteractionCall ||
		item.Potential != "100.00" || item.Currency != "EUR" || item.Negotiating {
		t.Errorf("a deal is listed as %+v", item)
	}
}

// negotiationsMap has a stage from which no outcome leads on.
const negotiationsMap = `id: talks
process: interest
name: {en: Talks, ru: Переговоры}
group: {en: Sales, ru: Продажи}
intake: [{field: client, required: true}]
stages:
  - id: first
    name: {en: First, ru: Первый}
    instructions: {en: Talk, ru: Поговорите}
    performer: responsible
    time_limit: 1 working day
    outcomes:
      - {id: on, name: {en: "On", ru: Дальше}, to: talking}
      - {id: no, name: {en: "No", ru: Нет}, finish: negative}
  - id: talking
    name: {en: Talking, ru: Переговоры}
    instructions: {en: Talk, ru: Поговорите}
    performer: responsible
    time_limit: 1 working day
`

// TestR21_NegotiationsAreMarkedInLists: a case at such a stage and its interactions, and no others.
func TestR21_NegotiationsAreMarkedInLists(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	if _, _, err := of.PublishRouteMap(ctx, []byte(negotiationsMap), uuid.Nil); err != nil {
		t.Fatal(err)
	}
	talking := of.create(crm.NewCase{Kind: crm.Interest, MapID: "talks", Topic: "talking", By: of.manager.ID})
	of.create(crm.NewCase{Kind: crm.Interest, MapID: "talks", Topic: "first", By: of.manager.ID})
	of.create(crm.NewCase{Kind: crm.Deal, NoStages: true, Topic: "deal", By: of.manager.ID})
	if command := of.complete(talking, of.manager, "on", nil); command.Status != crm.CommandApplied {
		t.Fatalf("the step was %+v", command)
	}
	for _, c := range []uuid.UUID{talking.ID, uuid.Nil} {
		i := crm.Interaction{CaseID: c, ClientID: of.client, Kind: crm.InteractionCall, Status: crm.InteractionCompleted, At: of.now(), CreatedBy: of.manager.ID, Alone: true}
		if _, err := of.CreateInteraction(ctx, i); err != nil {
			t.Fatal(err)
		}
	}
	yes, no := true, false
	for want, negotiating := range map[string]*bool{"talking": &yes, "deal first": &no, "deal first talking": nil} {
		if got := strings.Join(of.walkCases(crm.CaseFilter{Negotiating: negotiating}, 1), " "); got != want {
			t.Errorf("%s are listed, want %s", got, want)
		}
	}
	page, err := of.ListCases(ctx, crm.CaseFilter{Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	for i := range page.Items {
		if item := &page.Items[i]; item.Negotiating != (item.Topic == "talking") {
			t.Errorf("%s: negotiations %v", item.Topic, item.Negotiating)
		}
	}
	for want, negotiating := range map[string]*bool{"[true]": &yes, "[false]": &no, "[false true]": nil} {
		listed, err := of.ListInteractions(ctx, crm.InteractionFilter{Negotiating: negotiating, Limit: 10})
		if err != nil {
			t.Fatal(err)
		}
		var marks []bool
		for i := range listed.Items {
			marks = append(marks, listed.Items[i].Negotiating)
		}
		slices.SortFunc(marks, func(a, b bool) int { return strings.Compare(fmt.Sprint(a), fmt.Sprint(b)) })
		if got := fmt.Sprint(marks); got != want {
			t.Errorf("interactions' marks are %s, want %s", got, want)
		}
	}
	of.exec("update cases set status = 'cancelled', closed_at = now() where id = $1", talking.ID)
	if got := of.walkCases(crm.CaseFilter{Negotiating: &yes}, 1); len(got) != 0 {
		t.Errorf("%v are closed, and negotiated on", got)
	}
}
