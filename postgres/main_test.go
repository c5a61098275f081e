package postgres_test

import (
	"context"
	"io/fs"
	"os"
	"testing"
	"time"

	"github.com/google/uuid"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
	"marshrut/postgres/postgrestest"
	"marshrut/routemaps"
)

var server *postgrestest.Server

func TestMain(m *testing.M) { os.Exit(postgrestest.Main(m, &server)) }

// office is a database with the shipped maps and a small company.
type office struct {
	*postgres.DB
	t *testing.T

	director, dispatcher, manager, other *crm.User
	client                               uuid.UUID
}

func newOffice(t *testing.T, o postgres.Options) *office {
	t.Helper()
	o.EmailTemplates = []string{
		"appeal-accepted", "appeal-closed", "overdue", "offer-sent", "order-placed", "order-completed", "deal-idle",
		"invoice-issued", "payment-received", "order-shipped", "claim-registered", "claim-decision",
	}
	of := &office{DB: server.New(t, o), t: t}
	t.Cleanup(of.viewersAreRight)
	ctx := context.Background()
	department := of.must(of.CreateDepartment(ctx, crm.Department{Key: "sales", Name: crm.Text{EN: "Sales", RU: "Продажи"}}))
	of.director = of.user("director", department.ID, crm.RoleDirector)
	of.dispatcher = of.user("dispatcher", department.ID, crm.RoleDispatcher)
	of.manager = of.user("manager", department.ID, crm.RoleManager)
	of.other = of.user("other", department.ID, crm.RoleManager)
	if _, err := of.Pool().Exec(ctx, "update departments set head_id = $1", of.director.ID); err != nil {
		t.Fatal(err)
	}
	of.publishShipped()
	client, err := of.CreateClient(ctx, crm.Client{
		Kind: crm.ClientCompany, Name: "ООО Ромашка", Lang: crm.RU, TimeZone: "Europe/Moscow",
		Details: []crm.ContactDetail{{Kind: crm.DetailEmail, Value: "info@romashka.example"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	of.client = client.ID
	return of
}

func (of *office) must(d *crm.Department, err error) *crm.Department {
	of.t.Helper()
	if err != nil {
		of.t.Fatal(err)
	}
	return d
}

func (of *office) user(login string, department uuid.UUID, roles ...string) *crm.User {
	of.t.Helper()
	u, err := of.CreateUser(context.Background(), crm.User{
		Login: login, Name: "Имя " + login, Email: login + "@office.example", Lang: crm.RU, TimeZone: "Europe/Moscow",
		DepartmentID: department, Roles: roles, Active: true,
	}, "")
	if err != nil {
		of.t.Fatal(err)
	}
	return u
}

func (of *office) publishShipped() {
	of.t.Helper()
	// Maps that others name come first.
	for _, name := range []string{"new-clients", "appeal", "claim", "free-sale", "typical-sale"} {
		source, err := fs.ReadFile(routemaps.Shipped(), name+".yaml")
		if err != nil {
			of.t.Fatal(err)
		}
		if _, _, err := of.PublishRouteMap(context.Background(), source, uuid.Nil); err != nil {
			of.t.Fatalf("publish %s: %v", name, err)
		}
	}
}

func (of *office) create(n crm.NewCase) *crm.Case {
	of.t.Helper()
	if n.ClientID == uuid.Nil {
		n.ClientID = of.client
	}
	if n.By == uuid.Nil {
		n.By = of.dispatcher.ID
	}
	if n.Topic == "" {
		n.Topic, n.Source = "Вопрос о доставке", "site"
	}
	c, created, err := of.CreateCase(context.Background(), n)
	if err != nil || !created {
		of.t.Fatalf("create a case: created %v, %v", created, err)
	}
	return c
}

// open is the only open task of a case.
func (of *office) open(c *crm.Case) crm.TaskItem {
	of.t.Helper()
	page, err := of.ListTasks(context.Background(), crm.TaskFilter{CaseID: c.ID, Status: crm.TaskOpen, Limit: 10})
	if err != nil {
		of.t.Fatal(err)
	}
	if len(page.Items) != 1 {
		of.t.Fatalf("%d open tasks, want 1: %+v", len(page.Items), page.Items)
	}
	return page.Items[0]
}

// submit stores a command and advances the case as its workflow would.
func (of *office) submit(c crm.Command) *crm.Command {
	of.t.Helper()
	ctx := context.Background()
	if c.IdempotencyKey == "" {
		c.IdempotencyKey = uuid.NewString()
	}
	stored, _, err := of.InsertCommand(ctx, c)
	if err != nil {
		of.t.Fatalf("store a command: %v", err)
	}
	of.advance(activities.AdvanceRequest{Case: c.CaseID, EventID: "command/" + stored.ID.String(), Kind: activities.EventCommand, Ref: stored.ID})
	decided, err := of.Command(ctx, stored.ID)
	if err != nil {
		of.t.Fatal(err)
	}
	return decided
}

func (of *office) advance(request activities.AdvanceRequest) activities.AdvanceResult {
	of.t.Helper()
	for {
		result, err := of.Advance(context.Background(), request)
		if err != nil {
			of.t.Fatalf("advance: %v", err)
		}
		if !result.Behind {
			return result
		}
		request.Seq = result.Seq
	}
}

// complete completes the open task of a case.
func (of *office) complete(c *crm.Case, by *crm.User, outcome string, fields map[string]any) *crm.Command {
	of.t.Helper()
	task := of.open(c)
	return of.submit(crm.Command{
		CaseID: c.ID, UserID: by.ID, Kind: crm.CommandComplete,
		Payload: crm.CommandPayload{TaskID: task.ID, Outcome: outcome, Fields: fields},
	})
}

// now is the time, as the database keeps it.
func (of *office) now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

func (of *office) reload(c *crm.Case) *crm.Case {
	of.t.Helper()
	again, err := of.Case(context.Background(), c.ID)
	if err != nil {
		of.t.Fatal(err)
	}
	return again
}

// feedKinds are the kinds of a case's lines, in the order in which they were written.
func (of *office) feedKinds(c *crm.Case) string {
	of.t.Helper()
	var kinds string
	err := of.Pool().QueryRow(context.Background(), "select string_agg(kind, ' ' order by at, id) from feed where case_id = $1", c.ID).Scan(&kinds)
	if err != nil {
		of.t.Fatal(err)
	}
	return kinds
}
