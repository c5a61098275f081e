package activities

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/notify"
	"marshrut/routemaps"
)

// Maps finds published route maps.
type Maps interface {
	Map(ctx context.Context, id string, version int) (*routemaps.Map, error)
}

// Writer makes messages out of templates and cases.
type Writer struct {
	Maps    Maps
	Shipped *notify.Library
	Brand   notify.Brand
	BaseURL string // of the pages, for links
	Domain  string // of message ids
}

// messageID is made from the notification's key, so that a message that went out twice can be told to be the same.
func (w *Writer) messageID(notification uuid.UUID) string {
	return fmt.Sprintf("<%s@%s>", notification, w.Domain)
}

// threadOf names the messages before one, first one first (RFC 5322, 3.6.4), so that mail programs show them as one thread.
func (w *Writer) threadOf(before []uuid.UUID) map[string]string {
	if len(before) == 0 {
		return nil
	}
	ids := make([]string, len(before))
	for i, notification := range before {
		ids[i] = w.messageID(notification)
	}
	return map[string]string{"In-Reply-To": ids[len(ids)-1], "References": strings.Join(ids, " ")}
}

// Write renders the notification's template in the recipient's language, or in the other one where it is missing. Its errors
// name templates, lines and what is unknown there, never a value.
func (w *Writer) Write(ctx context.Context, n *crm.Notification, d *crm.Delivery) (notify.Rendered, error) {
	// A company's own text that does not parse gives way to the shipped one: better a plain message than none.
	library, faults := w.Shipped.With(sources(d.Templates))
	template, err := library.Template(n.Template, string(d.Recipient.Lang))
	if err != nil {
		return notify.Rendered{}, fmt.Errorf("find a template: %w", errors.Join(err, faults))
	}
	source := template.Source()
	if string(source.Channel) != n.Channel {
		return notify.Rendered{}, fmt.Errorf("template %s is for %s", n.Template, source.Channel)
	}
	rendered, err := template.Render(w.Data(ctx, n, d, crm.Lang(source.Lang)))
	if err != nil {
		return notify.Rendered{}, fmt.Errorf("render template %s: %w", n.Template, err)
	}
	return rendered, nil
}

func sources(templates []crm.Template) []notify.Source {
	all := make([]notify.Source, len(templates))
	for i := range templates {
		t := &templates[i]
		all[i] = notify.Source{
			Key: t.Key, Lang: string(t.Lang), Channel: notify.Channel(t.Channel), Subject: t.Subject, Text: t.Text, HTML: t.HTML,
			Version: t.Version,
		}
	}
	return all
}

// Data is what a template shows of a case, in the language of the message. A map that cannot be read leaves names out, but
// holds up no message.
func (w *Writer) Data(ctx context.Context, n *crm.Notification, d *crm.Delivery, lang crm.Lang) notify.Data {
	data := notify.Data{
		Number: d.Case.Number, Kind: kindNames[d.Case.Kind].In(lang), Client: d.ClientName, Recipient: d.Recipient.Name,
		Responsible: d.Responsible.Name, ResponsibleEmail: d.Responsible.Email, ResponsiblePhone: d.Responsible.Phone,
		Performer: performerText(&d.Performer, lang), Topic: d.Case.Topic, Fields: map[string]string{}, Brand: w.Brand,
	}
	handler := d.Performer.Person
	if handler.Name == "" {
		handler = d.Responsible
	}
	data.Handler, data.HandlerEmail, data.HandlerPhone = handler.Name, handler.Email, handler.Phone
	if d.Recipient.Kind == "contact" {
		data.Contact = d.Recipient.Name
	}
	if d.Recipient.Kind == "user" && w.BaseURL != "" {
		data.URL = w.BaseURL + "/cases/" + d.Case.Number
	}
	if d.Due != nil {
		data.Due = *d.Due
	}
	if location, err := time.LoadLocation(d.Recipient.TimeZone); err == nil {
		data.Location = location
	}
	m, err := w.Maps.Map(ctx, d.Case.MapID, d.Case.MapVersion)
	if err != nil {
		return data
	}
	data.Map = m.Name.In(lang)
	if stage, ok := m.StageAt(n.Path); ok {
		data.Stage = stage.Name.In(lang)
		for _, outcome := range m.OutcomesAt(n.Path) {
			if outcome.ID == d.Outcome {
				data.Outcome = outcome.Name.In(lang)
			}
		}
	}
	for id, value := range d.Case.Fields {
		if field, ok := m.Field(id); ok {
			data.Fields[id] = fieldText(field, value, lang, data.Location)
		}
	}
	return data
}

// performerText names whom a task is addressed to.
func performerText(p *crm.DeliveryPerformer, lang crm.Lang) string {
	switch {
	case p.Person.Name != "":
		return p.Person.Name
	case p.Role != "" && !p.RoleName.Empty():
		return p.RoleName.In(lang)
	case p.Role != "":
		return p.Role // of a role that has been deleted
	}
	return p.Department.In(lang)
}

var kindNames = map[crm.Kind]crm.Text{
	crm.Appeal:   {EN: "Request", RU: "Обращение"},
	crm.Deal:     {EN: "Deal", RU: "Сделка"},
	crm.Interest: {EN: "Opportunity", RU: "Интерес"},
	crm.Claim:    {EN: "Claim", RU: "Претензия"},
}

// fieldText is a field's value as people read it, times in their zone.
func fieldText(field *routemaps.Field, value any, lang crm.Lang, zone *time.Location) string {
	switch v := value.(type) {
	case string:
		return textOf(field, v, lang, zone)
	case bool:
		if v {
			return crm.Text{EN: "yes", RU: "да"}.In(lang)
		}
		return crm.Text{EN: "no", RU: "нет"}.In(lang)
	case []any:
		return linesText(v)
	}
	return ""
}

func textOf(field *routemaps.Field, value string, lang crm.Lang, zone *time.Location) string {
	switch field.Type { //nolint:exhaustive // all other types are shown as they are stored
	case routemaps.FieldChoice:
		for i := range field.Options {
			if field.Options[i].ID == value {
				return field.Options[i].Name.In(lang)
			}
		}
	case routemaps.FieldDate:
		if at, err := time.Parse(time.DateOnly, value); err == nil {
			if lang == crm.EN {
				return at.Format("2 January 2006")
			}
			return at.Format("02.01.2006")
		}
	case routemaps.FieldDateTime:
		if at, err := time.Parse(time.RFC3339Nano, value); err == nil {
			return notify.FormatTime(at, string(lang), zone)
		}
	case routemaps.FieldMoney:
		return moneyText(value, field.Currency, lang)
	case routemaps.FieldNumber:
		if lang == crm.RU {
			return strings.ReplaceAll(value, ".", ",")
		}
	}
	return value
}

// moneyText is an amount with its currency, thousands apart: "RUB 1,234.50", «1 234,50 RUB».
func moneyText(amount, currency string, lang crm.Lang) string {
	thousands, point := ",", "."
	if lang == crm.RU {
		thousands, point = "\u00a0", ","
	}
	whole, fraction, fractional := strings.Cut(amount, ".")
	digits, negative := strings.CutPrefix(whole, "-")
	var b strings.Builder
	if negative {
		b.WriteByte('-')
	}
	for i, digit := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(thousands)
		}
		b.WriteRune(digit)
	}
	if fractional {
		b.WriteString(point + fraction)
	}
	switch {
	case currency == "":
		return b.String()
	case lang == crm.RU:
		return b.String() + "\u00a0" + currency
	}
	return currency + " " + b.String()
}

func linesText(lines []any) string {
	var names []string
	for _, line := range lines {
		if object, ok := line.(map[string]any); ok {
			if name, ok := object["name"].(string); ok {
				names = append(names, name)
			}
		}
	}
	return strings.Join(names, ", ")
}
