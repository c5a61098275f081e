package engine

import (
	"maps"
	"slices"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// KindFields are the fields that every case of a kind has, whatever its map asks for: a sale's figures (R30), a claim's
// matter (R36). A map that declares one of them decides its type, name and options.
func KindFields(kind crm.Kind) []routemaps.Field {
	opening, closing := kindFields(kind)
	return append(opening, closing...)
}

// kindFields tells those a case may be made with from those that are about its end.
func kindFields(kind crm.Kind) (opening, closing []routemaps.Field) {
	switch kind {
	case crm.Deal, crm.Interest:
		opening = []routemaps.Field{
			{ID: "potential", Type: routemaps.FieldMoney, Currency: routemaps.DefaultCurrency, Name: crm.Text{EN: "Potential amount", RU: "Потенциал"}},
			{ID: currencyField, Type: routemaps.FieldCurrency, Name: crm.Text{EN: "Currency", RU: "Валюта"}},
			{ID: "probability", Type: routemaps.FieldPercent, Name: crm.Text{EN: "Probability", RU: "Вероятность"}},
			{ID: "demand", Type: routemaps.FieldLines, Currency: routemaps.DefaultCurrency, Name: crm.Text{EN: "Initial demand", RU: "Первичный спрос"}},
			{ID: "channel", Type: routemaps.FieldChannel, Name: crm.Text{EN: "Channel", RU: "Канал"}},
		}
		closing = []routemaps.Field{
			{ID: "reason", Type: routemaps.FieldLossReason, Name: crm.Text{EN: "Reason of the loss", RU: "Причина проигрыша"}},
			{ID: competitorField, Type: routemaps.FieldCompetitor, Name: crm.Text{EN: "Competitor", RU: "Конкурент"}},
		}
	case crm.Claim:
		opening = []routemaps.Field{
			{ID: dateField, Type: routemaps.FieldDate, Name: crm.Text{EN: "Date", RU: "Дата"}},
			{ID: "description", Type: routemaps.FieldLongText, Name: crm.Text{EN: "Description", RU: "Описание"}},
			{ID: "reason", Type: routemaps.FieldClaimReason, Name: crm.Text{EN: "Reason of the claim", RU: "Причина возникновения"}},
			{ID: "department_at_fault", Type: routemaps.FieldDepartment, Name: crm.Text{EN: "Department at fault", RU: "Виновное подразделение"}},
			{ID: "employee_at_fault", Type: routemaps.FieldUser, Name: crm.Text{EN: "Employee at fault", RU: "Виновный сотрудник"}},
		}
		closing = []routemaps.Field{{ID: resultsField, Type: routemaps.FieldLongText, Name: crm.Text{EN: "Results of review", RU: "Результаты рассмотрения"}}}
	case crm.Appeal:
	}
	return opening, closing
}

// happened tells whether the field is the day of something that has happened already: of what a claim is about (R36).
func happened(kind crm.Kind, id string) bool { return kind == crm.Claim && id == dateField }

// Fields of cases that rules of their kinds read.
const (
	dateField       = "date"
	currencyField   = "currency"
	competitorField = "competitor"
	resultsField    = "results_of_review"
)

func kindField(kind crm.Kind, id string) (*routemaps.Field, bool) {
	fields := KindFields(kind)
	at := slices.IndexFunc(fields, func(f routemaps.Field) bool { return f.ID == id })
	if at < 0 {
		return nil, false
	}
	return &fields[at], true
}

// opensWith tells whether a new case may have the field though its map does not ask for it.
func (d *decision) opensWith(id string) bool {
	if d.in.Start == nil {
		return false
	}
	opening, _ := kindFields(d.snapshot.Case.Kind)
	return slices.ContainsFunc(opening, func(f routemaps.Field) bool { return f.ID == id })
}

// listed tells whether the type's values are keys of a reference list.
func listed(t routemaps.FieldType) bool {
	return t == routemaps.FieldLossReason || t == routemaps.FieldClaimReason || t == routemaps.FieldChannel || t == routemaps.FieldPurpose
}

// readListed wants a key of the field's reference list that is in use, or the one that the case has already.
func (d *decision) readListed(field *routemaps.Field, value any) (any, string) {
	text, ok := value.(string)
	switch {
	case !ok:
		return nil, "not_an_option"
	case d.in.Missing[Reference{Type: field.Type, Value: text}.Key()] && d.snapshot.Case.Fields[field.ID] != text:
		return nil, "not_an_option"
	}
	return text, ""
}

func readCurrency(value any) (any, string) {
	text, ok := value.(string)
	if !ok || !crm.Currency(text) {
		return nil, "not_a_currency"
	}
	return text, ""
}

// keepCurrency notes in a new case what its map counts the potential amount in, where that is not the usual currency.
func (d *decision) keepCurrency() {
	declared, known := d.snapshot.Map.AnyField("potential")
	if !known || declared.Currency == "" || declared.Currency == routemaps.DefaultCurrency || d.change.Fields[currencyField] != nil {
		return
	}
	if _, sale := kindField(d.snapshot.Case.Kind, currencyField); sale {
		d.change.Fields[currencyField] = declared.Currency
	}
}

// requireResults is R36: a claim is satisfied or not satisfied with the results of its review. What the route does by itself
// is never refused; there the lack is an incident.
func (d *decision) requireResults() *crm.Error {
	status := d.change.State.Status
	if d.snapshot.Case.Kind != crm.Claim || status != crm.StatusPositive && status != crm.StatusNegative || isFilled(d.change.Fields[resultsField]) {
		return nil
	}
	if c := d.in.Command; c != nil && (c.Kind == crm.CommandComplete || c.Kind == crm.CommandClose) {
		return fieldRequired("/fields/" + resultsField)
	}
	d.change.OpenIncident = append(d.change.OpenIncident, crm.Incident{
		CaseID: d.snapshot.Case.ID, Code: "claim_without_results", OpenedAt: d.in.At,
		Detail: "the claim was decided by its route without the results of a review",
	})
	d.feed("incident", map[string]any{"code": "claim_without_results"})
	return nil
}

// CarryOver is what a case made from another one begins with (R30, R36): the values of the parent's that the new case may
// have and nobody has given, in types that mean the same in any case. m is the new case's map, nil for none.
func CarryOver(kind crm.Kind, m *routemaps.Map, parent map[string]any, parentMap *routemaps.Map, parentKind crm.Kind, given map[string]any) map[string]any {
	fields := map[string]any{}
	maps.Copy(fields, given)
	opening, _ := kindFields(kind)
	from := withStandardFields(parentKind, parentMap)
	to := withStandardFields(kind, m)
	for id, value := range parent {
		wanted := slices.ContainsFunc(opening, func(f routemaps.Field) bool { return f.ID == id }) || m != nil && asksFor(m.Intake, id)
		had, known := from.AnyField(id)
		has, knows := to.AnyField(id)
		if _, isGiven := given[id]; isGiven || !wanted || !known || !knows || had.Type != has.Type || !carries(had, has, value) {
			continue
		}
		fields[id] = value
	}
	return fields
}

// carries tells whether a value means in the new case what it meant in the old one: what people have to look into anew (a
// performer, an interaction, a file) does not, nor an option that is not there.
func carries(had, has *routemaps.Field, value any) bool {
	switch had.Type {
	case routemaps.FieldUser, routemaps.FieldInteraction, routemaps.FieldPlannedInteraction, routemaps.FieldFile:
		return false
	case routemaps.FieldChoice:
		_, problem := readChoice(has, value)
		return problem == ""
	case routemaps.FieldMoney, routemaps.FieldLines:
		return had.Currency == has.Currency
	default:
		return true
	}
}

// Ownership is R18: who a client belongs to once a case of the map has come to an end that is one, its responsible first;
// nil: the end changes nothing.
func Ownership(m *routemaps.Map, c *crm.Case, participants []uuid.UUID) []uuid.UUID {
	ended := c.Status == crm.StatusPositive || c.Status == crm.StatusNegative
	if m == nil || m.Settings.ClientOwnershipOnFinish != routemaps.OwnershipShared || !ended || c.ClientID == uuid.Nil || c.ResponsibleID == uuid.Nil {
		return nil
	}
	owners := []uuid.UUID{c.ResponsibleID}
	for _, id := range participants {
		if !slices.Contains(owners, id) {
			owners = append(owners, id)
		}
	}
	return owners
}
