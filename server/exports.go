package server

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/sheets"
)

// maxExport is how many records one table has at most.
const maxExport = 50_000

// FormatInput says what a table is written as.
type FormatInput struct {
	Format string `query:"format" enum:"csv,xlsx" default:"csv"`
}

type exportClientsInput struct {
	ClientsInput
	FormatInput
}

type exportContactsInput struct {
	ContactsInput
	FormatInput
}

// exportClients answers with the clients of a list, all of its pages, as a table. What could be a formula is made harmless.
func (s *Server) exportClients(ctx context.Context, in *exportClientsInput) (*sheetOutput, error) {
	f, err := s.clientsAsked(ctx, &in.ClientsInput)
	if err != nil {
		return nil, err
	}
	t, attributes, err := s.exportTable(ctx, crm.AttributeOfClient, crm.Text{EN: "Clients", RU: "Клиенты"}, clientHeadings)
	if err != nil {
		return nil, err
	}
	logins, err := s.logins(ctx)
	if err != nil {
		return nil, err
	}
	if text := strings.TrimSpace(in.Q); text != "" {
		found, err := s.foundClients(ctx, text, f)
		if err != nil {
			return nil, err
		}
		for i := range found {
			t.Rows = append(t.Rows, clientRow(&found[i], logins, attributes))
		}
		return tableFile(t, "clients", in.Format)
	}
	err = everyPage(func(after *crm.Cursor) (*crm.Cursor, error) {
		f.After, f.Limit = after, maxPage
		page, err := s.services.Clients.ListClients(ctx, f)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			t.Rows = append(t.Rows, clientRow(&page.Items[i], logins, attributes))
		}
		return page.Next, tooLong(t)
	})
	if err != nil {
		return nil, err
	}
	return tableFile(t, "clients", in.Format)
}

// maxSearched is how many clients a search finds with none left out: each of its ways to look has room for as many.
const maxSearched = 100

// foundClients are all the clients that a search finds. One that finds too many is refused: of the most alike nobody could tell
// who was left out.
func (s *Server) foundClients(ctx context.Context, text string, f crm.ClientFilter) ([]crm.Client, error) {
	all, err := s.services.Clients.SearchClients(ctx, text, crm.ClientFilter{Limit: maxSearched + 1, Whole: true})
	if err != nil {
		return nil, err
	}
	if len(all) > maxSearched {
		return nil, searchTooWide()
	}
	f.After, f.Limit, f.Whole = nil, maxSearched, true
	return s.services.Clients.SearchClients(ctx, text, f)
}

// foundContacts is foundClients for contacts.
func (s *Server) foundContacts(ctx context.Context, text string, f crm.ContactFilter) ([]crm.ContactOfClient, error) {
	all, err := s.services.Clients.SearchContacts(ctx, text, crm.ContactFilter{ClientID: f.ClientID, Limit: maxSearched + 1, Whole: true})
	if err != nil {
		return nil, err
	}
	if len(all) > maxSearched {
		return nil, searchTooWide()
	}
	f.After, f.Limit, f.Whole = nil, maxSearched, true
	return s.services.Clients.SearchContacts(ctx, text, f)
}

func searchTooWide() error {
	return failed(http.StatusUnprocessableEntity, "validation_failed").
		field(ProblemField{Parameter: "q", Code: "search_too_wide", params: map[string]string{"limit": strconv.Itoa(maxSearched)}})
}

// exportContacts is exportClients for contacts.
func (s *Server) exportContacts(ctx context.Context, in *exportContactsInput) (*sheetOutput, error) {
	f, err := s.contactsAsked(ctx, &in.ContactsInput)
	if err != nil {
		return nil, err
	}
	t, attributes, err := s.exportTable(ctx, crm.AttributeOfContact, crm.Text{EN: "Contacts", RU: "Контактные лица"}, contactHeadings)
	if err != nil {
		return nil, err
	}
	if text := strings.TrimSpace(in.Q); text != "" {
		found, err := s.foundContacts(ctx, text, f)
		if err != nil {
			return nil, err
		}
		for i := range found {
			t.Rows = append(t.Rows, contactRow(&found[i], attributes))
		}
		return tableFile(t, "contacts", in.Format)
	}
	err = everyPage(func(after *crm.Cursor) (*crm.Cursor, error) {
		f.After, f.Limit = after, maxPage
		page, err := s.services.Clients.ListContacts(ctx, f)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			t.Rows = append(t.Rows, contactRow(&page.Items[i], attributes))
		}
		return page.Next, tooLong(t)
	})
	if err != nil {
		return nil, err
	}
	return tableFile(t, "contacts", in.Format)
}

// everyPage goes through a list.
func everyPage(page func(after *crm.Cursor) (*crm.Cursor, error)) error {
	after, err := page(nil)
	for err == nil && after != nil {
		after, err = page(after)
	}
	return err
}

func tooLong(t *sheets.Table) error {
	if len(t.Rows) > maxExport {
		return failed(http.StatusUnprocessableEntity, "export_too_long").with("limit", strconv.Itoa(maxExport))
	}
	return nil
}

// The headings are those that an import understands.
var (
	clientHeadings = []crm.Text{
		{EN: "id", RU: "id"},
		{EN: "Name", RU: "Название"},
		{EN: "Kind", RU: "Вид"},
		{EN: "Status", RU: "Статус"},
		{EN: "Language", RU: "Язык"},
		{EN: "Region", RU: "Регион"},
		{EN: "Time zone", RU: "Часовой пояс"},
		{EN: "Source", RU: "Источник"},
		{EN: "Owner login", RU: "Логин ответственного"},
		{EN: "Email", RU: "Почта"},
		{EN: "Mailing", RU: "Почта для рассылки"},
		{EN: "Phone", RU: "Телефон"},
		{EN: "Mobile", RU: "Мобильный"},
		{EN: "Site", RU: "Сайт"},
		{EN: "Address", RU: "Адрес"},
		{EN: "Legal name", RU: "Юридическое лицо"},
		{EN: "INN", RU: "ИНН"},
		{EN: "KPP", RU: "КПП"},
	}
	contactHeadings = []crm.Text{
		{EN: "id", RU: "id"},
		{EN: "Client id", RU: "id клиента"},
		{EN: "Client", RU: "Клиент"},
		{EN: "INN", RU: "ИНН"},
		{EN: "Name", RU: "Имя"},
		{EN: "Position", RU: "Должность"},
		{EN: "Birth date", RU: "Дата рождения"},
		{EN: "Source", RU: "Источник"},
		{EN: "Email", RU: "Почта"},
		{EN: "Mailing", RU: "Почта для рассылки"},
		{EN: "Phone", RU: "Телефон"},
		{EN: "Mobile", RU: "Мобильный"},
		{EN: "Address", RU: "Адрес"},
	}
)

// exportTable begins a table with columns for own attributes in use at its end.
func (s *Server) exportTable(ctx context.Context, of crm.AttributeSubject, name crm.Text, headings []crm.Text) (*sheets.Table, []crm.Attribute, error) {
	attributes, err := s.services.Clients.Attributes(ctx, of)
	if err != nil {
		return nil, nil, err
	}
	attributes = slices.DeleteFunc(attributes, func(a crm.Attribute) bool { return a.Archived })
	lang := langOf(ctx)
	t := &sheets.Table{Name: name.In(lang)}
	for _, heading := range headings {
		t.Columns = append(t.Columns, heading.In(lang))
	}
	for i := range attributes {
		t.Columns = append(t.Columns, attributes[i].Name.In(lang))
	}
	return t, attributes, nil
}

// logins are those of all users.
func (s *Server) logins(ctx context.Context) (map[uuid.UUID]string, error) {
	users, err := s.services.Users.ListUsers(ctx)
	if err != nil {
		return nil, err
	}
	logins := make(map[uuid.UUID]string, len(users))
	for i := range users {
		logins[users[i].ID] = users[i].Login
	}
	return logins, nil
}

func clientRow(c *crm.Client, logins map[uuid.UUID]string, attributes []crm.Attribute) []any {
	var entity crm.LegalEntity
	if len(c.LegalEntities) > 0 {
		entity = c.LegalEntities[0]
	}
	row := []any{
		c.ID.String(), c.Name, string(c.Kind), string(c.Status), string(c.Lang), c.Region, c.TimeZone, c.Source, logins[c.OwnerID],
		valuesOf(c.Details, crm.DetailEmail), valuesOf(c.Details, crm.DetailMailing), valuesOf(c.Details, crm.DetailPhone), valuesOf(c.Details, crm.DetailMobile), valuesOf(c.Details, crm.DetailSite),
		valuesOf(c.Details, crm.DetailPostalAddress), entity.Name, entity.INN, entity.KPP,
	}
	return append(row, attributeCells(c.Attributes, attributes)...)
}

func contactRow(c *crm.ContactOfClient, attributes []crm.Attribute) []any {
	born := ""
	if c.BirthDate != nil {
		born = c.BirthDate.Format("2006-01-02")
	}
	row := []any{
		c.ID.String(), c.ClientID.String(), c.ClientName, c.ClientINN, c.Name, c.Position, born, c.Source, valuesOf(c.Details, crm.DetailEmail),
		valuesOf(c.Details, crm.DetailMailing), valuesOf(c.Details, crm.DetailPhone), valuesOf(c.Details, crm.DetailMobile), valuesOf(c.Details, crm.DetailPostalAddress),
	}
	return append(row, attributeCells(c.Attributes, attributes)...)
}

// valuesOf are the details of this kind in one cell.
func valuesOf(details []crm.ContactDetail, kind crm.DetailKind) string {
	var values []string
	for i := range details {
		if details[i].Kind == kind {
			values = append(values, details[i].Value)
		}
	}
	return strings.Join(values, "; ")
}

func attributeCells(values map[string]any, attributes []crm.Attribute) []any {
	cells := make([]any, len(attributes))
	for i := range attributes {
		cells[i] = values[attributes[i].Key]
	}
	return cells
}

func tableFile(t *sheets.Table, name, format string) (*sheetOutput, error) {
	out := &sheetOutput{ContentType: "text/csv; charset=utf-8", Disposition: `attachment; filename="` + name + "." + format + `"`}
	var err error
	if format == "xlsx" {
		out.ContentType = sheets.MediaType
		out.Body, err = t.XLSX()
	} else {
		out.Body, err = t.CSV()
	}
	if err != nil {
		return nil, fmt.Errorf("make a table of a list: %w", err)
	}
	return out, nil
}
