package engine

import (
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
)

// Limits of a form's values, in characters or items.
const (
	maxText     = 500
	maxLongText = 20_000
	maxLines    = 500
	maxUnit     = 40
)

// What numbers and amounts of money look like: what numeric columns and people can hold.
var (
	decimalForm = regexp.MustCompile(`^-?[0-9]{1,15}(\.[0-9]{1,6})?$`)
	moneyForm   = regexp.MustCompile(`^-?[0-9]{1,13}(\.[0-9]{1,2})?$`)
)

// form is an outcome's or the intake's form as filled in, its values in their stored shapes.
type form struct {
	values       map[string]any
	interactions []Interaction
	selected     []uuid.UUID // interactions that there are already
}

// formKnows names fields that the case itself holds and that need not be in the form.
type formKnows map[string]bool

// Reference is a record named in a form; the caller looks whether it exists.
type Reference struct {
	Type  routemaps.FieldType
	Kind  crm.InteractionKind // that an interaction has to be of; empty: any
	Value string
}

// Key names the reference in Input.Missing and Input.Own.
func (r Reference) Key() string { return string(r.Type) + ":" + string(r.Kind) + ":" + r.Value }

// withStandardFields is the map that knows the standard fields too: a case that no outcome of its map ends, or that has no
// map, keeps why it was lost and for how much it was won in them.
func withStandardFields(kind crm.Kind, m *routemaps.Map) *routemaps.Map {
	if m == nil {
		m = &routemaps.Map{}
	}
	all := *m
	all.Fields = slices.Clone(m.Fields)
	for _, standard := range append(KindFields(kind), routemaps.StandardFields()...) {
		if _, known := all.AnyField(standard.ID); !known {
			all.Fields = append(all.Fields, standard)
		}
	}
	return &all
}

// References lists the records a form's values name in a case of the kind, whatever else is wrong with them.
func References(kind crm.Kind, m *routemaps.Map, values map[string]any) []Reference {
	m = withStandardFields(kind, m)
	var references []Reference
	for id, value := range values {
		asked, known := m.AnyField(id)
		text, isText := value.(string)
		if known && isText && listed(asked.Type) {
			references = append(references, Reference{Type: asked.Type, Value: text})
		}
		if known && isText && refers(asked.Type) {
			if parsed, err := uuid.Parse(text); err == nil {
				references = append(references, Reference{Type: asked.Type, Kind: asked.Kind, Value: parsed.String()})
			}
		}
	}
	return references
}

func refers(t routemaps.FieldType) bool {
	switch t {
	case routemaps.FieldUser, routemaps.FieldDepartment, routemaps.FieldClient, routemaps.FieldContact,
		routemaps.FieldCompetitor, routemaps.FieldInteraction, routemaps.FieldPlannedInteraction, routemaps.FieldFile:
		return true
	default:
		return false
	}
}

// readForm checks what was filled in against the form: every value has its field's type, nothing required is missing,
// nothing unasked is there. All that is wrong is told at once.
func (d *decision) readForm(items []routemaps.FormItem, values map[string]any, knows formKnows) (*form, *crm.Error) {
	f := &form{values: map[string]any{}}
	var wrong []crm.FieldError
	for id, value := range values {
		if problem := d.readValue(f, items, id, value); problem != nil {
			problem.Pointer = "/fields/" + escapePointer(id)
			wrong = append(wrong, *problem)
		}
	}
	for i := range items {
		if code := d.misses(&items[i], f, values, knows); code != "" {
			pointer := "/fields/" + items[i].Field
			if !isFilled(values[items[i].Field]) && d.in.Start != nil {
				pointer = intakePointer(items[i].Field)
			}
			wrong = append(wrong, crm.FieldError{Pointer: pointer, Code: code})
		}
	}
	if len(wrong) > 0 {
		sortFieldErrors(wrong)
		return nil, &crm.Error{Kind: crm.KindUnprocessed, Code: "validation_failed", Detail: "some values are missing or wrong", Fields: wrong}
	}
	return f, nil
}

// misses is the code of what is wrong with an item that was left out, or that was filled in where it is not asked for: the
// competitor of a deal that was lost to none (R30).
func (d *decision) misses(item *routemaps.FormItem, f *form, values map[string]any, knows formKnows) string {
	filled := isFilled(values[item.Field])
	if d.rests(item.Field) {
		if filled {
			return "not_asked"
		}
		return ""
	}
	if filled && item.When == nil || !filled && (!item.Required || knows[item.Field]) {
		return ""
	}
	asked, err := d.isAsked(item, f)
	switch {
	case err != nil || asked == filled:
		return ""
	case filled:
		return "not_asked"
	}
	return "required"
}

// rests tells whether a form's field is for an interaction where none are kept: it is asked of nobody (R22).
func (d *decision) rests(id string) bool {
	asked, known := d.field(id)
	return known && asked.Type.ForInteraction() && !d.snapshot.Keeps(crm.BlockInteractions)
}

func (d *decision) readValue(f *form, items []routemaps.FormItem, id string, value any) *crm.FieldError {
	asked, known := d.field(id)
	if !known || !asksFor(items, id) && !d.opensWith(id) {
		return &crm.FieldError{Code: "unknown_field"}
	}
	if !isFilled(value) {
		return nil
	}
	stored, problem := d.stored(f, asked, value)
	if problem != "" {
		return &crm.FieldError{Code: problem}
	}
	f.values[id] = stored
	return nil
}

func asksFor(items []routemaps.FormItem, id string) bool {
	for i := range items {
		if items[i].Field == id {
			return true
		}
	}
	return false
}

// field finds a field as the map whose form is filled in declares it, or else the case's map or one nested in it.
func (d *decision) field(id string) (*routemaps.Field, bool) {
	if d.owner != nil {
		if found, ok := d.owner.Field(id); ok {
			return found, true
		}
	}
	if found, ok := d.snapshot.Map.AnyField(id); ok {
		return found, true
	}
	return kindField(d.snapshot.Case.Kind, id)
}

// isAsked evaluates the item's condition over the case's values and the form's own.
func (d *decision) isAsked(item *routemaps.FormItem, f *form) (bool, error) {
	if item.When == nil {
		return true, nil
	}
	values := d.values()
	for id, value := range f.values {
		if asked, ok := d.field(id); ok {
			if fact, ok := factOf(asked.Type, value); ok {
				values[id] = fact
			}
		}
	}
	asked, err := item.When.Bool(values)
	if err != nil {
		return false, fmt.Errorf("condition of field %s: %w", item.Field, err)
	}
	return asked, nil
}

func isFilled(value any) bool {
	switch v := value.(type) {
	case nil:
		return false
	case string:
		return !crm.Blank(v)
	case []any:
		return len(v) > 0
	}
	return true
}

// stored is the value in the shape the case keeps it in, or the code of what is wrong with it.
func (d *decision) stored(f *form, field *routemaps.Field, value any) (stored any, problem string) {
	switch field.Type {
	case routemaps.FieldText:
		return readLineOfText(value)
	case routemaps.FieldLongText:
		return readText(value, maxLongText)
	case routemaps.FieldNumber, routemaps.FieldMoney, routemaps.FieldPercent:
		return readNumber(field, value)
	case routemaps.FieldDate:
		return d.readDay(field, value)
	case routemaps.FieldDateTime:
		return readTime(value)
	case routemaps.FieldFlag:
		return readFlag(value)
	case routemaps.FieldChoice:
		return readChoice(field, value)
	case routemaps.FieldPlannedInteraction:
		return d.readInteraction(f, field, value, crm.InteractionPlanned)
	case routemaps.FieldInteraction:
		return d.readHeldInteraction(f, field, value)
	case routemaps.FieldLines:
		return readLines(value)
	case routemaps.FieldCurrency:
		return readCurrency(value)
	case routemaps.FieldLossReason, routemaps.FieldClaimReason, routemaps.FieldChannel, routemaps.FieldPurpose:
		return d.readListed(field, value)
	default:
		return d.readNamed(field, value)
	}
}

// readHeldInteraction takes an interaction that is registered in the form itself, or the id of one that there is.
func (d *decision) readHeldInteraction(f *form, field *routemaps.Field, value any) (any, string) {
	if _, registered := value.(map[string]any); registered {
		return d.readInteraction(f, field, value, crm.InteractionCompleted)
	}
	named, problem := d.readReference(field, value)
	text, _ := named.(string)
	if id, err := uuid.Parse(text); problem == "" && err == nil {
		f.selected = append(f.selected, id)
	}
	return named, problem
}

func readFlag(value any) (any, string) {
	if _, ok := value.(bool); !ok {
		return nil, "not_a_flag"
	}
	return value, ""
}

// readLineOfText keeps a short text to one line.
func readLineOfText(value any) (any, string) {
	text, problem := readText(value, maxText)
	if problem != "" {
		return nil, problem
	}
	return crm.OneLine(text.(string)), "" //nolint:forcetypeassert // readText gives texts
}

func readText(value any, most int) (any, string) {
	text, ok := value.(string)
	switch {
	case !ok:
		return nil, "not_a_text"
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return nil, "bad_text"
	case utf8.RuneCountInString(text) > most:
		return nil, "too_long"
	}
	return crm.Lines(text), ""
}

func readNumber(field *routemaps.Field, value any) (any, string) {
	switch field.Type {
	case routemaps.FieldMoney:
		return readMoney(value, field.Negative)
	case routemaps.FieldPercent:
		return readPercent(value)
	default:
		return readDecimal(value)
	}
}

// readDecimal keeps numbers as text, so that no binary fraction ever rounds them.
func readDecimal(value any) (any, string) {
	text, ok := decimalText(value)
	if !ok || !decimalForm.MatchString(text) {
		return nil, "not_a_number"
	}
	return text, ""
}

// ReadAmount reads a sum of money that is not of a form: whole units and hundredths above zero, as a number or a text. problem
// is the code of what is wrong with it, empty when nothing is.
func ReadAmount(value any) (amount, problem string) {
	read, problem := readMoney(value, false)
	if problem != "" {
		return "", problem
	}
	if sum, ok := new(big.Rat).SetString(read.(string)); !ok || sum.Sign() == 0 { //nolint:forcetypeassert // readMoney gives texts
		return "", "not_an_amount"
	}
	return read.(string), "" //nolint:forcetypeassert // as above
}

// readMoney wants an amount in whole units and hundredths.
func readMoney(value any, negative bool) (any, string) {
	text, ok := decimalText(value)
	switch {
	case !ok || !moneyForm.MatchString(text):
		return nil, "not_an_amount"
	case !negative && strings.HasPrefix(text, "-"):
		return nil, "negative_amount"
	}
	return text, ""
}

func readPercent(value any) (any, string) {
	text, problem := readDecimal(value)
	if problem != "" {
		return nil, problem
	}
	percent, ok := new(big.Rat).SetString(text.(string)) //nolint:forcetypeassert // readDecimal gives texts
	if !ok || percent.Sign() < 0 || percent.Cmp(big.NewRat(100, 1)) > 0 {
		return nil, "not_a_percent"
	}
	return text, ""
}

// readQuantity wants more than nothing.
func readQuantity(value any) (any, string) {
	text, problem := readDecimal(value)
	if problem != "" {
		return nil, problem
	}
	quantity, ok := new(big.Rat).SetString(text.(string)) //nolint:forcetypeassert // readDecimal gives texts
	if !ok || quantity.Sign() <= 0 {
		return nil, "not_positive"
	}
	return text, ""
}

// decimalText is a number of the request, a text or a JSON number, written in decimals.
func decimalText(value any) (string, bool) {
	switch v := value.(type) {
	case string:
		return strings.TrimSpace(v), true
	case float64:
		text := new(big.Float).SetPrec(60).SetFloat64(v).Text('f', -1)
		if len(text) > 24 {
			text = fmt.Sprintf("%.6f", v)
		}
		return text, true
	}
	return "", false
}

// readDay takes a day; of what has happened already, none that is still to come.
func (d *decision) readDay(field *routemaps.Field, value any) (any, string) {
	text, _ := value.(string)
	day, err := time.Parse(time.DateOnly, text)
	switch {
	case err != nil || !ofOurAge(day):
		return nil, "expected_date"
	case happened(d.snapshot.Case.Kind, field.ID) && crm.NotYet(day, d.in.At):
		return nil, "in_the_future"
	}
	return text, ""
}

func readTime(value any) (any, string) {
	text, _ := value.(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || !ofOurAge(at) {
		return nil, "expected_datetime"
	}
	return at.UTC().Truncate(time.Microsecond).Format(time.RFC3339Nano), ""
}

// ofOurAge tells whether people may mean the time, and have not only mistyped its year.
func ofOurAge(at time.Time) bool { return at.Year() >= 1900 && at.Year() <= 2200 }

func readChoice(field *routemaps.Field, value any) (any, string) {
	text, ok := value.(string)
	if !ok {
		return nil, "not_an_option"
	}
	for i := range field.Options {
		if field.Options[i].ID == text {
			return text, ""
		}
	}
	return nil, "not_an_option"
}

// readNamed reads what names something: a currency, an item of a list, or a record.
func (d *decision) readNamed(field *routemaps.Field, value any) (any, string) {
	switch {
	case field.Type == routemaps.FieldCurrency:
		return readCurrency(value)
	case listed(field.Type):
		return d.readListed(field, value)
	}
	return d.readReference(field, value)
}

func (d *decision) readReference(field *routemaps.Field, value any) (any, string) {
	text, ok := value.(string)
	if !ok {
		return nil, "not_an_id"
	}
	id, err := uuid.Parse(text)
	if err != nil {
		return nil, "not_an_id"
	}
	key := Reference{Type: field.Type, Kind: field.Kind, Value: id.String()}.Key()
	if field.Type == routemaps.FieldCompetitor && (id == d.snapshot.Case.ClientID || d.in.Own[key]) {
		return nil, "own_client"
	}
	if field.Type == routemaps.FieldUser {
		switch code := WhyNotOwn(d.snapshot.Directory, id); code {
		case "":
			return id.String(), ""
		case "user_reads_only":
			return nil, code
		}
		return nil, "not_found"
	}
	if !d.in.Missing[key] {
		return id.String(), ""
	}
	if field.Type.ForInteraction() {
		return nil, "no_such_interaction"
	}
	return nil, "not_found"
}

func (d *decision) readInteraction(f *form, field *routemaps.Field, value any, status crm.InteractionStatus) (any, string) {
	object, ok := value.(map[string]any)
	if !ok {
		return nil, "not_an_interaction"
	}
	interaction := Interaction{Field: field.ID, Status: status}
	kind, _ := object["kind"].(string)
	interaction.Kind = crm.InteractionKind(kind)
	switch {
	case !slices.Contains(crm.InteractionKinds(), interaction.Kind):
		return nil, "bad_interaction_kind"
	case field.Kind != "" && interaction.Kind != field.Kind:
		return nil, "wrong_interaction_kind"
	}
	text, _ := object["at"].(string)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || !ofOurAge(at) {
		return nil, "expected_datetime"
	}
	if problem := status.TimeProblem(at, d.in.At); problem != "" {
		return nil, problem
	}
	interaction.At = at.UTC().Truncate(time.Microsecond)
	topic, problem := readLineOfText(orEmpty(object["topic"]))
	if problem != "" {
		return nil, problem
	}
	content, problem := readText(orEmpty(object["content"]), maxLongText)
	if problem != "" {
		return nil, problem
	}
	interaction.Topic, _ = topic.(string)
	interaction.Content, _ = content.(string)
	f.interactions = append(f.interactions, interaction)
	// The record's id takes its place when it is written.
	return "", ""
}

func orEmpty(value any) any {
	if value == nil {
		return ""
	}
	return value
}

func readLines(value any) (any, string) {
	items, ok := value.([]any)
	if !ok {
		return nil, "not_lines"
	}
	if len(items) > maxLines {
		return nil, "too_many_lines"
	}
	lines := make([]any, 0, len(items))
	for _, item := range items {
		line, problem := readLine(item)
		if problem != "" {
			return nil, problem
		}
		lines = append(lines, line)
	}
	return lines, ""
}

func readLine(item any) (any, string) {
	object, ok := item.(map[string]any)
	if !ok {
		return nil, "not_lines"
	}
	name, problem := readLineOfText(orEmpty(object["name"]))
	if problem != "" || name == "" {
		return nil, "line_without_name"
	}
	line := map[string]any{"name": name}
	if isFilled(object["quantity"]) {
		if line["quantity"], problem = readQuantity(object["quantity"]); problem != "" {
			return nil, problem
		}
	}
	unit, problem := readLineOfText(orEmpty(object["unit"]))
	if text, _ := unit.(string); problem != "" || utf8.RuneCountInString(text) > maxUnit {
		return nil, "too_long"
	} else if text != "" {
		line["unit"] = text
	}
	if isFilled(object["price"]) {
		if line["price"], problem = readMoney(object["price"], false); problem != "" {
			return nil, problem
		}
	}
	return line, ""
}

// apply makes the form's values the case's.
func (d *decision) apply(f *form) {
	maps.Copy(d.change.Fields, f.values)
	d.change.Interactions = append(d.change.Interactions, f.interactions...)
	d.change.Selected = append(d.change.Selected, f.selected...)
}

func (f *form) performer() string {
	id, _ := f.values["performer"].(string)
	return id
}

func (f *form) time(field string) *time.Time {
	text, ok := f.values[field].(string)
	if !ok {
		return nil
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return &at
		}
	}
	return nil
}

func (f *form) plans() bool {
	for i := range f.interactions {
		if f.interactions[i].Status == crm.InteractionPlanned {
			return true
		}
	}
	return false
}

func escapePointer(key string) string {
	return strings.ReplaceAll(strings.ReplaceAll(key, "~", "~0"), "/", "~1")
}

// CheckFields checks values that are changed on the snapshot's case outside its route, against its map's fields or, without
// a map, the standard ones, and gives them in the shapes they are stored in; a nil value removes one. Interactions are not
// made this way. Of the input it reads the time and the references that do not exist, of the snapshot case, map and directory.
func CheckFields(s *Snapshot, values map[string]any, in Input) (map[string]any, *crm.Error) {
	m := s.Map
	if m == nil {
		m = withStandardFields(s.Case.Kind, nil)
	}
	d := &decision{snapshot: &Snapshot{Case: s.Case, Map: m, Directory: s.Directory}, in: Input{At: in.At, Missing: in.Missing, Own: in.Own}}
	checked := map[string]any{}
	var wrong []crm.FieldError
	for id, value := range values {
		stored, problem := d.changed(id, value)
		if problem != "" {
			wrong = append(wrong, crm.FieldError{Pointer: "/fields/" + escapePointer(id), Code: problem})
			continue
		}
		checked[id] = stored
	}
	if len(wrong) > 0 {
		sortFieldErrors(wrong)
		return nil, &crm.Error{Kind: crm.KindUnprocessed, Code: "validation_failed", Detail: "some values are wrong", Fields: wrong}
	}
	return checked, nil
}

// KeepIntake refuses a change that empties what the map requires at intake: a case keeps what it could not have been made
// without. The patch's fields are as CheckFields gives them.
func KeepIntake(m *routemaps.Map, c *crm.Case, p crm.CasePatch) *crm.Error {
	if m == nil {
		return nil
	}
	d := &decision{snapshot: &Snapshot{Case: c, Map: m}, change: &Change{Fields: cloneFields(c.Fields)}}
	maps.Copy(d.change.Fields, p.Fields)
	emptied := map[string]bool{
		topicField:  p.Topic != nil && !isFilled(*p.Topic),
		sourceField: p.Source != nil && !isFilled(*p.Source),
	}
	var wrong []crm.FieldError
	for i := range m.Intake {
		item := &m.Intake[i]
		value, changes := p.Fields[item.Field]
		pointer := "/fields/" + item.Field
		if !changes {
			pointer = intakePointer(item.Field)
		}
		if !item.Required || !emptied[item.Field] && (!changes || isFilled(value)) {
			continue
		}
		if asked, err := d.isAsked(item, &form{}); err == nil && asked {
			wrong = append(wrong, crm.FieldError{Pointer: pointer, Code: "required"})
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	sortFieldErrors(wrong)
	return &crm.Error{Kind: crm.KindUnprocessed, Code: "validation_failed", Detail: "the map requires these values at intake", Fields: wrong}
}

// Fields that a case has a place of its own for.
const (
	clientField = "client"
	topicField  = "topic"
	sourceField = "source"
)

// intakePointer is where the request that makes a case has a value of the intake form.
func intakePointer(id string) string {
	switch id {
	case clientField:
		return "/client_id"
	case topicField, sourceField:
		return "/" + id
	}
	return "/fields/" + id
}

func (d *decision) changed(id string, value any) (stored any, problem string) {
	asked, known := d.field(id)
	switch {
	case !known:
		return nil, "unknown_field"
	case asked.Attribute != "":
		return nil, "reads_attribute"
	case !isFilled(value):
		return nil, ""
	case asked.Type.ForInteraction():
		return d.readReference(asked, value)
	}
	return d.stored(nil, asked, value)
}
