package engine

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
	"marshrut/routemaps"
	"marshrut/routemaps/calendar"
)

// facts are what the step may read: declared fields only, in the types conditions know.
func (d *decision) facts() routemaps.Facts {
	facts := routemaps.Facts{
		Values:       d.values(),
		Received:     d.snapshot.Received,
		LastActivity: d.snapshot.Case.LastActivityAt,
		Calendar:     d.calendar(),
	}
	facts.PerformerCalendars = d.performerCalendars()
	return facts
}

func (d *decision) values() map[string]any {
	values := make(map[string]any, len(d.change.Fields))
	for id, value := range d.change.Fields {
		declared, ok := d.field(id)
		if !ok {
			continue
		}
		if fact, ok := factOf(declared.Type, value); ok && declared.Attribute == "" {
			values[id] = fact
		}
	}
	d.readAttributes(values)
	return values
}

// readAttributes adds what fields read of own attributes (R45). A value that is not of the field's type any more is missing.
func (d *decision) readAttributes(values map[string]any) {
	if d.snapshot.Map == nil {
		return
	}
	for _, field := range d.snapshot.Map.Attributes() {
		of, key, _ := strings.Cut(field.Attribute, ".")
		value := d.snapshot.Case.Attributes[key]
		if of == "client" {
			value = d.snapshot.ClientAttributes[key]
		}
		if number, ok := value.(float64); ok && field.Type == routemaps.FieldNumber {
			values[field.ID] = number
		} else if fact, ok := factOf(field.Type, value); ok {
			values[field.ID] = fact
		}
	}
}

// factOf turns a stored value into what an expression sees; lists and forms of interactions are not seen.
func factOf(t routemaps.FieldType, value any) (any, bool) {
	text, isText := value.(string)
	switch t {
	case routemaps.FieldNumber, routemaps.FieldMoney, routemaps.FieldPercent:
		number, err := strconv.ParseFloat(text, 64)
		return number, isText && err == nil
	case routemaps.FieldDate:
		at, err := time.Parse(time.DateOnly, text)
		return at, isText && err == nil
	case routemaps.FieldDateTime:
		at, err := time.Parse(time.RFC3339Nano, text)
		return at, isText && err == nil
	case routemaps.FieldFlag:
		flag, ok := value.(bool)
		return flag, ok
	case routemaps.FieldLines:
		return nil, false
	default:
		return text, isText
	}
}

// storedFact is factOf the other way round: what an expression has given, in the shape that forms are stored in.
func (d *decision) storedFact(id string, value any) any {
	declared, ok := d.field(id)
	if !ok {
		return value
	}
	switch v := value.(type) {
	case float64:
		if declared.Type == routemaps.FieldMoney {
			return strconv.FormatFloat(v, 'f', 2, 64)
		}
		return strconv.FormatFloat(v, 'f', -1, 64)
	case time.Time:
		if declared.Type == routemaps.FieldDate {
			return v.Format(time.DateOnly)
		}
		return v.UTC().Format(time.RFC3339Nano)
	}
	return value
}

// calendar is the map's own, or the default one.
func (d *decision) calendar() *calendar.Calendar {
	if own := d.snapshot.Calendars.Find(d.snapshot.Map.Calendar); own != nil {
		return own
	}
	return d.snapshot.Calendars.Default
}

// performerCalendars: the calendar of a performer's department or office comes before the map's and the default one. Only those
// who differ are listed.
func (d *decision) performerCalendars() map[string]*calendar.Calendar {
	directory, found := d.snapshot.Directory, map[string]*calendar.Calendar{}
	own := map[uuid.UUID]*calendar.Calendar{} // of departments
	for id, department := range directory.Departments {
		if c := d.snapshot.Calendars.Find(directory.CalendarOf(id)); c != nil {
			own[id] = c
			found[routemaps.Performer{Kind: routemaps.PerformDepartment, Key: department.Key}.String()] = c
		}
	}
	if len(own) == 0 {
		return found
	}
	for id, user := range directory.Users {
		if c, ok := own[user.DepartmentID]; ok {
			found[routemaps.Performer{Kind: routemaps.PerformUser, Key: user.Login}.String()] = c
			found[routemaps.Performer{Kind: routemaps.PerformUserID, Key: id.String()}.String()] = c
		}
	}
	for kind, id := range d.byPosition() {
		if c, ok := own[directory.Users[id].DepartmentID]; ok {
			found[routemaps.Performer{Kind: kind}.String()] = c
		}
	}
	return found
}

// byPosition are the people whom a map names by what they are to the case.
func (d *decision) byPosition() map[routemaps.PerformerKind]uuid.UUID {
	people := map[routemaps.PerformerKind]uuid.UUID{}
	responsible := d.snapshot.Case.ResponsibleID
	if _, ok := d.snapshot.Directory.Users[responsible]; ok {
		people[routemaps.PerformResponsible] = responsible
	}
	if head, ok := d.snapshot.Directory.HeadOf(responsible); ok {
		people[routemaps.PerformHead] = head
	}
	return people
}

func sortFieldErrors(wrong []crm.FieldError) {
	slices.SortFunc(wrong, func(a, b crm.FieldError) int { return strings.Compare(a.Pointer, b.Pointer) })
}
