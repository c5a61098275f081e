// Package demo fills an empty database with a small company, so that whoever tries Marshrut finds something to work with.
// It exists in the standalone program only: nowhere else is there a known password.
package demo

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// Password is what every demo user signs in with.
const Password = "demo"

// Logins are those of all demo users, in the order they are shown.
func Logins() []string {
	logins := make([]string, len(people))
	for i := range people {
		logins[i] = people[i].login
	}
	return logins
}

// Store is where the company is put.
type Store interface {
	ListUsers(ctx context.Context) ([]crm.User, error)
	CreateUser(ctx context.Context, u crm.User, passwordHash string) (*crm.User, error)
	CreateDepartment(ctx context.Context, d crm.Department) (*crm.Department, error)
	SetHead(ctx context.Context, department, head uuid.UUID) error
	CreateMailbox(ctx context.Context, m crm.Mailbox) (*crm.Mailbox, error)
	CreateClient(ctx context.Context, c crm.Client) (*crm.Client, error)
	CreateContact(ctx context.Context, c crm.Contact) (*crm.Contact, error)
	CreateCase(ctx context.Context, n crm.NewCase) (*crm.Case, bool, error)
}

type person struct {
	login, name, email, phone string
	lang                      crm.Lang
	department                string
	roles                     []string
}

var people = []person{
	{"admin", "Ольга Смирнова", "admin@demo.example", "+7 495 000-00-01", crm.RU, "", []string{crm.RoleAdmin}},
	{"director", "Сергей Волков", "director@demo.example", "+7 495 000-00-02", crm.RU, "sales", []string{crm.RoleDirector}},
	{"dispatcher", "Анна Орлова", "dispatcher@demo.example", "+7 495 000-00-03", crm.RU, "service", []string{crm.RoleDispatcher}},
	{"manager", "Иван Петров", "manager@demo.example", "+7 495 000-00-04", crm.RU, "sales", []string{crm.RoleManager}},
	{"manager2", "Kate Brown", "kate@demo.example", "+44 20 7946 0001", crm.EN, "sales", []string{crm.RoleManager}},
}

var departments = []struct {
	key  string
	name crm.Text
	head string
}{
	{"sales", crm.Text{EN: "Sales", RU: "Отдел продаж"}, "director"},
	{"service", crm.Text{EN: "Service", RU: "Отдел сервиса"}, "director"},
}

// What has no mailbox of its department goes from the default one.
var mailboxes = []struct{ department, name, email string }{
	{"", "Marshrut", "office@demo.example"},
	{"service", "Marshrut, отдел сервиса", "service@demo.example"},
}

type company struct {
	name, email, phone string
	lang               crm.Lang
	zone               string
	contact, position  string
	mailing, mobile    string
}

var companies = []company{
	{"ООО «Ромашка»", "info@romashka.example", "+7 495 123-45-67", crm.RU, "Europe/Moscow", "Мария Кузнецова", "Закупки", "m.kuznetsova@romashka.example", "+7 916 123-45-67"},
	{"АО «Северный лес»", "office@severles.example", "+7 8182 20-20-20", crm.RU, "Europe/Moscow", "Павел Лебедев", "Директор", "lebedev@severles.example", "+7 921 555-10-10"},
	{"ИП Сидоров А. В.", "sidorov@pochta.example", "+7 383 200-30-40", crm.RU, "Asia/Novosibirsk", "", "", "", ""},
	{"Harbour Tea Ltd", "hello@harbourtea.example", "+44 20 7946 0958", crm.EN, "Europe/London", "Jane Carter", "Buyer", "jane@harbourtea.example", "+44 7700 900123"},
}

type story struct {
	kind          crm.Kind
	mapID         string
	client        int
	topic, source string
	by            string
}

var stories = []story{
	{crm.Appeal, "", 0, "Где мой заказ?", "Сайт", "dispatcher"},
	{crm.Appeal, "", 3, "Invoice copy needed", "E-mail", "dispatcher"},
	{crm.Deal, "typical-sale", 1, "Доски для пола, 40 м³", "Выставка", "manager"},
	{crm.Deal, "free-sale", 3, "Loose tea, trial order", "Website", "manager2"},
	{crm.Interest, "new-clients", 2, "Интересуется поставкой чая", "Звонок", "manager"},
	{crm.Claim, "", 0, "Повреждённая упаковка", "Звонок", "manager"},
}

// Fill makes the company, unless there is anyone in the database already. hash makes the stored form of a password.
func Fill(ctx context.Context, store Store, hash func(string) string) error {
	known, err := store.ListUsers(ctx)
	if err != nil {
		return fmt.Errorf("look for users: %w", err)
	}
	if len(known) > 0 {
		return nil
	}
	users, err := fillPeople(ctx, store, hash)
	if err != nil {
		return err
	}
	clients, err := fillClients(ctx, store, users["manager"])
	if err != nil {
		return err
	}
	for _, s := range stories {
		_, _, err := store.CreateCase(ctx, crm.NewCase{
			Kind: s.kind, MapID: s.mapID, ClientID: clients[s.client], Topic: s.topic, Source: s.source, By: users[s.by], At: time.Now(),
		})
		if err != nil {
			return fmt.Errorf("make the demo case %q: %w", s.topic, err)
		}
	}
	return nil
}

func fillPeople(ctx context.Context, store Store, hash func(string) string) (map[string]uuid.UUID, error) {
	ids := map[string]uuid.UUID{}
	for _, d := range departments {
		made, err := store.CreateDepartment(ctx, crm.Department{Key: d.key, Name: d.name})
		if err != nil {
			return nil, fmt.Errorf("make department %s: %w", d.key, err)
		}
		ids["department "+d.key] = made.ID
	}
	for _, p := range people {
		made, err := store.CreateUser(ctx, crm.User{
			Login: p.login, Name: p.name, Email: p.email, Phone: p.phone, Lang: p.lang, TimeZone: "Europe/Moscow",
			DepartmentID: ids["department "+p.department], Roles: p.roles, Active: true,
		}, hash(Password))
		if err != nil {
			return nil, fmt.Errorf("make user %s: %w", p.login, err)
		}
		ids[p.login] = made.ID
	}
	for _, d := range departments {
		if err := store.SetHead(ctx, ids["department "+d.key], ids[d.head]); err != nil {
			return nil, fmt.Errorf("name the head of %s: %w", d.key, err)
		}
	}
	for _, m := range mailboxes {
		_, err := store.CreateMailbox(ctx, crm.Mailbox{
			Name: m.name, Email: m.email, DepartmentID: ids["department "+m.department], Active: true, Default: m.department == "", CreatedBy: ids["admin"],
		})
		if err != nil {
			return nil, fmt.Errorf("make mailbox %s: %w", m.email, err)
		}
	}
	return ids, nil
}

func fillClients(ctx context.Context, store Store, by uuid.UUID) ([]uuid.UUID, error) {
	ids := make([]uuid.UUID, len(companies))
	for i, c := range companies {
		client, err := store.CreateClient(ctx, crm.Client{
			Kind: crm.ClientCompany, Name: c.name, Lang: c.lang, TimeZone: c.zone, CreatedBy: by,
			Details: []crm.ContactDetail{{Kind: crm.DetailEmail, Value: c.email}, {Kind: crm.DetailPhone, Value: c.phone}},
		})
		if err != nil {
			return nil, fmt.Errorf("make client %d: %w", i, err)
		}
		ids[i] = client.ID
		if c.contact == "" {
			continue
		}
		_, err = store.CreateContact(ctx, crm.Contact{
			ClientID: client.ID, Name: c.contact, Position: c.position, CreatedBy: by,
			Details: []crm.ContactDetail{{Kind: crm.DetailMailing, Value: c.mailing}, {Kind: crm.DetailMobile, Value: c.mobile}},
		})
		if err != nil {
			return nil, fmt.Errorf("make a contact of client %d: %w", i, err)
		}
	}
	return ids, nil
}
