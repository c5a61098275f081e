package crm

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Office is a place where people of the company work (R38). Departments are in it, and through them their people.
type Office struct {
	ID        uuid.UUID
	Key       string // kebab-case, as route maps name it
	Name      Text
	TimeZone  string // IANA name
	Calendar  string // id of its business calendar; empty: the map's or the default one
	Active    bool   // nobody is put into one that is not
	Version   int
	CreatedAt time.Time
}

// OfficePatch is what changes of an office; nil: stays.
type OfficePatch struct {
	Name     *Text
	TimeZone *string
	Calendar *string // empty: none of its own
	Active   *bool
}

// Apply makes the office what it is after the change.
func (p *OfficePatch) Apply(o *Office) {
	set(&o.Name, p.Name)
	set(&o.TimeZone, p.TimeZone)
	set(&o.Calendar, p.Calendar)
	set(&o.Active, p.Active)
}

// Department is a part of the company. Departments are a tree: who heads one heads all below it, hears of what is overdue
// there (R43) and sees its reports.
type Department struct {
	ID        uuid.UUID
	Key       string // kebab-case, as route maps name it
	Name      Text
	HeadID    uuid.UUID // zero: that of the department above, if any
	ParentID  uuid.UUID // zero: at the top
	OfficeID  uuid.UUID // zero: that of the department above, if any
	Calendar  string    // id of its business calendar; empty: that of its office or of the department above
	Active    bool      // nobody is put into one that is not
	Version   int
	CreatedAt time.Time
}

// DepartmentPatch is what changes of a department; nil: stays.
type DepartmentPatch struct {
	Name     *Text
	HeadID   *uuid.UUID // zero: nobody
	ParentID *uuid.UUID // zero: to the top
	OfficeID *uuid.UUID // zero: that of the department above
	Calendar *string    // empty: none of its own
	Active   *bool
}

// Apply makes the department what it is after the change.
func (p *DepartmentPatch) Apply(d *Department) {
	set(&d.Name, p.Name)
	set(&d.HeadID, p.HeadID)
	set(&d.ParentID, p.ParentID)
	set(&d.OfficeID, p.OfficeID)
	set(&d.Calendar, p.Calendar)
	set(&d.Active, p.Active)
}

// Above lists a department and those above it, the nearest first. A tree that is broken into a circle is gone round once.
func Above(all map[uuid.UUID]*Department, id uuid.UUID) []*Department {
	var line []*Department
	for d, ok := all[id]; ok && !slices.Contains(line, d); d, ok = all[d.ParentID] {
		line = append(line, d)
	}
	return line
}

// Headed lists the departments that a user heads, with all below them.
func Headed(all []Department, user uuid.UUID) []uuid.UUID {
	return below(all, func(d *Department) bool { return d.HeadID == user })
}

// Below lists a department with all below it.
func Below(all []Department, id uuid.UUID) []uuid.UUID {
	return below(all, func(d *Department) bool { return d.ID == id })
}

func below(all []Department, top func(*Department) bool) []uuid.UUID {
	tree := make(map[uuid.UUID]*Department, len(all))
	for i := range all {
		tree[all[i].ID] = &all[i]
	}
	var found []uuid.UUID
	for i := range all {
		if slices.ContainsFunc(Above(tree, all[i].ID), top) {
			found = append(found, all[i].ID)
		}
	}
	return found
}

// OfficeOf is the office of a department: its own, or that of the nearest department above which has one; zero: none.
func OfficeOf(all map[uuid.UUID]*Department, id uuid.UUID) uuid.UUID {
	for _, d := range Above(all, id) {
		if d.OfficeID != uuid.Nil {
			return d.OfficeID
		}
	}
	return uuid.Nil
}

// CalendarOf is the id of the calendar that a department's people work by; empty: the map's or the default one. The
// department's own comes first, then that of its office, then what holds for the department above. An office has people of its
// own place in it, so an office without a calendar takes none from a department above that is elsewhere.
func CalendarOf(departments map[uuid.UUID]*Department, offices map[uuid.UUID]*Office, id uuid.UUID) string {
	for _, d := range Above(departments, id) {
		if d.Calendar != "" {
			return d.Calendar
		}
		if office, ok := offices[d.OfficeID]; ok {
			return office.Calendar
		}
	}
	return ""
}
