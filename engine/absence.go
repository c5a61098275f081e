package engine

import (
	"slices"
	"time"

	"github.com/google/uuid"

	"marshrut/crm"
)

// Desk is where what is addressed to somebody lies: with one user, or in the pool of a department or a role.
type Desk struct {
	UserID       uuid.UUID
	DepartmentID uuid.UUID
	Role         string
}

// Absent is the user's absence at a time; nil: he is there.
func (d *Directory) Absent(user uuid.UUID, at time.Time) *crm.Absence {
	for i := range d.Absences[user] {
		if a := &d.Absences[user][i]; a.At(at) {
			return a
		}
	}
	return nil
}

// DeskOf is where what comes to an active user at a time lies: with himself; or, while he is absent, with his substitute, and with
// that one's substitute where he is absent too; in the pool of his department, when anybody is there; or with the nearest head
// above who is there. Substitutes who stand in for each other in a circle, or have left, leave it to the head. Where there is no
// head, it lies in the pool of the directors.
func (d *Directory) DeskOf(user uuid.UUID, at time.Time) Desk {
	var passed []uuid.UUID
	for current := user; ; {
		who, ok := d.Users[current]
		if !ok || !who.Active || slices.Contains(passed, current) {
			return d.deskAbove(user, at)
		}
		absence := d.Absent(current, at)
		if absence == nil {
			return Desk{UserID: current}
		}
		passed = append(passed, current)
		switch absence.TasksTo {
		case crm.TasksToSubstitute:
			current = absence.SubstituteID
		case crm.TasksToPool:
			if who.DepartmentID != uuid.Nil && d.AnyoneThere(d.InDepartment(who.DepartmentID), at) {
				return Desk{DepartmentID: who.DepartmentID}
			}
			return d.deskAbove(current, at)
		case crm.TasksToHead:
			return d.deskAbove(current, at)
		}
	}
}

// deskAbove is the nearest head above the user who is there, else the directors' pool.
func (d *Directory) deskAbove(user uuid.UUID, at time.Time) Desk {
	for _, department := range d.above(user) {
		head, ok := d.Users[department.HeadID]
		if ok && head.Active && head.ID != user && d.Absent(head.ID, at) == nil {
			return Desk{UserID: head.ID}
		}
	}
	return Desk{Role: crm.RoleDirector}
}

// AnyoneThere tells whether one of the users is not absent at a time.
func (d *Directory) AnyoneThere(users []uuid.UUID, at time.Time) bool {
	return slices.ContainsFunc(users, func(id uuid.UUID) bool { return d.Absent(id, at) == nil })
}

// StandsInFor lists those who are absent at a time and whose desks are the user's meanwhile, in the order of their ids.
func (d *Directory) StandsInFor(user uuid.UUID, at time.Time) []uuid.UUID {
	who, ok := d.Users[user]
	if !ok || !who.Active {
		return nil
	}
	var absent []uuid.UUID
	for id := range d.Absences {
		if id == user || d.Absent(id, at) == nil {
			continue
		}
		desk := d.DeskOf(id, at)
		if desk.UserID == user || desk.DepartmentID != uuid.Nil && desk.DepartmentID == who.DepartmentID || desk.Role != "" && who.Has(desk.Role) {
			absent = append(absent, id)
		}
	}
	slices.SortFunc(absent, compareIDs)
	return absent
}

// MayPlanAbsence tells whether by may plan an absence of the user: he himself may, whoever heads him, and those who lead.
func MayPlanAbsence(d *Directory, user, by uuid.UUID) bool {
	who, ok := d.Users[by]
	return ok && who.Active && (by == user || who.Leads() || d.Heads(by, user))
}

// present are those of the users who are not absent at a time.
func (d *Directory) present(users []uuid.UUID, at time.Time) []uuid.UUID {
	return slices.DeleteFunc(slices.Clone(users), func(id uuid.UUID) bool { return d.Absent(id, at) != nil })
}

// there are those who do what is addressed to the user at a time: he, or whoever stands in for him.
func (d *Directory) there(user uuid.UUID, at time.Time) []uuid.UUID {
	desk := d.DeskOf(user, at)
	if desk.UserID != uuid.Nil {
		return []uuid.UUID{desk.UserID}
	}
	return d.pool(desk.Role, desk.DepartmentID)
}

// pool are the people of a role, or else of a department.
func (d *Directory) pool(role string, department uuid.UUID) []uuid.UUID {
	if role != "" {
		return d.WithRole(role)
	}
	return d.InDepartment(department)
}

// Uncovered lists those who are absent at a time and have nobody there who does their work, in the order of their ids.
func (d *Directory) Uncovered(at time.Time) []uuid.UUID {
	var alone []uuid.UUID
	for id := range d.Absences {
		if d.Absent(id, at) != nil && !d.AnyoneThere(d.there(id, at), at) {
			alone = append(alone, id)
		}
	}
	slices.SortFunc(alone, compareIDs)
	return alone
}

// Doers are those who would do an open task at a time: whoever has it or stands in for him, or those of its pool who are there.
func Doers(d *Directory, t *crm.Task, at time.Time) []uuid.UUID {
	return d.present(addressees(d, t, at), at)
}

// addressees are those whom an open task is for at a time, be they absent.
func addressees(d *Directory, t *crm.Task, at time.Time) []uuid.UUID {
	for _, holder := range []uuid.UUID{t.TakenBy, t.UserID} {
		if holder == uuid.Nil {
			continue
		}
		if user, ok := d.Users[holder]; !ok || !user.Active {
			return nil
		}
		return d.there(holder, at)
	}
	return d.pool(t.Role, t.DepartmentID)
}

// standIn addresses a new task of somebody absent to whoever it is to go to.
func (d *decision) standIn(task *crm.Task) {
	directory, at := d.snapshot.Directory, d.in.At
	if task.TakenBy != uuid.Nil && directory.Absent(task.TakenBy, at) != nil {
		task.TakenBy = uuid.Nil // back to the pool it was taken from
	}
	if task.UserID == uuid.Nil || directory.Absent(task.UserID, at) == nil {
		return
	}
	desk := directory.DeskOf(task.UserID, at)
	task.InPlaceOf = task.UserID
	task.UserID, task.DepartmentID, task.Role = desk.UserID, desk.DepartmentID, desk.Role
}

// standsIn tells whether the user of the command does the work of somebody absent.
func (d *decision) standsIn(absent uuid.UUID) bool {
	return absent != uuid.Nil && slices.Contains(d.snapshot.Directory.StandsInFor(d.in.Command.UserID, d.in.At), absent)
}

// inPlaceOf is in whose place the user of the command does the task; zero: it is his own, or he leads.
func (d *decision) inPlaceOf(task *crm.Task) uuid.UUID {
	by := d.in.Command.UserID
	for _, absent := range []uuid.UUID{task.TakenBy, task.UserID} {
		switch {
		case absent == by:
			return task.InPlaceOf
		case d.standsIn(absent):
			return absent
		}
	}
	return task.InPlaceOf
}

// inPlace adds to what a line of the feed says in whose place it was done, or to be done.
func inPlace(data map[string]any, of uuid.UUID) map[string]any {
	if of != uuid.Nil {
		data["in_place_of"] = of
	}
	return data
}
