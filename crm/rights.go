package crm

import "slices"

// Right is something that a role lets its people do. Whoever is signed in reads what he sees; everything else wants a right.
type Right string

// The rights. They are few on purpose: what somebody may do with one record is decided by what he is to it.
const (
	RightWork       Right = "work"       // to change records: without it one only reads
	RightLead       Right = "lead"       // to act for others, to hand work over, to set up calendars and attributes
	RightDesign     Right = "design"     // to publish route maps and templates, to write the tests of maps, to change lists, to see what failed (R15)
	RightAdminister Right = "administer" // to change users, roles and departments
	RightSettings   Right = "settings"   // to switch parts of the CRM off and on for the whole company (R22)
	RightReport     Right = "report"     // to read reports about others' work, as far as one sees it; without it: about one's own
	RightExport     Right = "export"     // to take lists out as files
	RightAudit      Right = "audit"      // to read who has changed what
)

// Rights lists all rights, in the order they are shown.
func Rights() []Right {
	return []Right{RightWork, RightLead, RightDesign, RightAdminister, RightSettings, RightReport, RightExport, RightAudit}
}

// Known tells whether there is such a right.
func (r Right) Known() bool { return slices.Contains(Rights(), r) }

// Visibility is whose records one sees.
type Visibility string

// The visibilities, from the narrowest to the widest.
const (
	SeesOwn        Visibility = "own"        // what one has to do with oneself
	SeesDepartment Visibility = "department" // what anybody has to do with of the departments one is in or heads, and of those below
	SeesAll        Visibility = "all"
)

// Visibilities lists them, from the narrowest to the widest.
func Visibilities() []Visibility { return []Visibility{SeesOwn, SeesDepartment, SeesAll} }

// Known tells whether there is such a visibility.
func (v Visibility) Known() bool { return slices.Contains(Visibilities(), v) }

func (v Visibility) wider(than Visibility) bool {
	return slices.Index(Visibilities(), v) > slices.Index(Visibilities(), than)
}

// Role is what a company calls a kind of work: route maps address tasks to it, and its people have its rights. It may give none.
type Role struct {
	Key        string // kebab-case, as route maps name it
	Name       Text
	Rights     []Right // each once, in the order of Rights
	Visibility Visibility
	Shipped    bool // comes with the program, and cannot be deleted
	Version    int
}

// Granted is what all roles of somebody give together: each right that one of them gives, and the widest visibility. The zero
// value gives nothing, and the narrowest visibility.
type Granted struct {
	Rights     []Right
	Visibility Visibility
}

// Grant puts together what the roles of these keys give. A key without its role gives nothing.
func Grant(roles []Role, keys ...string) Granted {
	g := Granted{Visibility: SeesOwn}
	for i := range roles {
		if !slices.Contains(keys, roles[i].Key) {
			continue
		}
		g.Rights = append(g.Rights, roles[i].Rights...)
		if roles[i].Visibility.wider(g.Visibility) {
			g.Visibility = roles[i].Visibility
		}
	}
	g.Rights = OrderedRights(g.Rights)
	return g
}

// OrderedRights gives each of the rights once, in the order of Rights; unknown ones are left out.
func OrderedRights(rights []Right) []Right {
	return slices.DeleteFunc(Rights(), func(r Right) bool { return !slices.Contains(rights, r) })
}

// ShippedRoles are the roles as they come with the program; companies change them and add their own. All see everything but the
// head of a department, so that a small company begins to work at once.
func ShippedRoles() []Role {
	return []Role{
		{
			Key: RoleAdmin, Name: Text{EN: "Administrator", RU: "Администратор"}, Visibility: SeesAll, Shipped: true, Version: 1,
			Rights: Rights(),
		},
		{
			Key: RoleDirector, Name: Text{EN: "Director", RU: "Директор"}, Visibility: SeesAll, Shipped: true, Version: 1,
			Rights: []Right{RightWork, RightLead, RightDesign, RightReport, RightExport, RightAudit},
		},
		{
			Key: RoleHead, Name: Text{EN: "Head of department", RU: "Руководитель отдела"}, Visibility: SeesDepartment, Shipped: true, Version: 1,
			Rights: []Right{RightWork, RightReport, RightExport},
		},
		{
			Key: RoleManager, Name: Text{EN: "Manager", RU: "Менеджер"}, Visibility: SeesAll, Shipped: true, Version: 1,
			Rights: []Right{RightWork, RightExport},
		},
		{
			Key: RoleDispatcher, Name: Text{EN: "Dispatcher", RU: "Диспетчер"}, Visibility: SeesAll, Shipped: true, Version: 1,
			Rights: []Right{RightWork, RightExport},
		},
		{
			Key: RoleDesigner, Name: Text{EN: "Process designer", RU: "Проектировщик процессов"}, Visibility: SeesAll, Shipped: true, Version: 1,
			Rights: []Right{RightWork, RightDesign, RightExport},
		},
		{
			Key: RoleAuditor, Name: Text{EN: "Auditor", RU: "Аудитор"}, Visibility: SeesAll, Shipped: true, Version: 1,
			Rights: []Right{RightReport, RightExport, RightAudit},
		},
	}
}
