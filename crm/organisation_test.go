package crm_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
)

// company is a tree: everything over sales over retail, and stores beside sales.
type company struct {
	everything, sales, retail, stores *crm.Department
	moscow, omsk                      *crm.Office
	departments                       map[uuid.UUID]*crm.Department
	offices                           map[uuid.UUID]*crm.Office
}

func newCompany() *company {
	c := &company{
		moscow: &crm.Office{ID: uuid.New(), Calendar: "moscow"}, omsk: &crm.Office{ID: uuid.New()},
		departments: map[uuid.UUID]*crm.Department{}, offices: map[uuid.UUID]*crm.Office{},
	}
	add := func(key string, above *crm.Department) *crm.Department {
		d := &crm.Department{ID: uuid.New(), Key: key}
		if above != nil {
			d.ParentID = above.ID
		}
		c.departments[d.ID] = d
		return d
	}
	c.everything = add("everything", nil)
	c.sales, c.stores = add("sales", c.everything), add("stores", c.everything)
	c.retail = add("retail", c.sales)
	c.offices[c.moscow.ID], c.offices[c.omsk.ID] = c.moscow, c.omsk
	return c
}

func (c *company) list() []crm.Department {
	return []crm.Department{*c.everything, *c.sales, *c.retail, *c.stores}
}

func TestR38_ADepartmentIsInTheOfficeOfTheOneAboveItUnlessItHasItsOwn(t *testing.T) {
	t.Parallel()
	c := newCompany()
	require.Equal(t, uuid.Nil, crm.OfficeOf(c.departments, c.retail.ID))
	c.everything.OfficeID = c.moscow.ID
	require.Equal(t, c.moscow.ID, crm.OfficeOf(c.departments, c.retail.ID))
	c.sales.OfficeID = c.omsk.ID
	require.Equal(t, c.omsk.ID, crm.OfficeOf(c.departments, c.retail.ID))
	require.Equal(t, c.moscow.ID, crm.OfficeOf(c.departments, c.stores.ID))
	require.Equal(t, uuid.Nil, crm.OfficeOf(c.departments, uuid.New()))
}

func TestR43_TheDepartmentsCalendarComesBeforeTheOffices(t *testing.T) {
	t.Parallel()
	c := newCompany()
	calendar := func(d *crm.Department) string { return crm.CalendarOf(c.departments, c.offices, d.ID) }
	require.Empty(t, calendar(c.retail))
	c.everything.OfficeID = c.moscow.ID
	require.Equal(t, "moscow", calendar(c.retail))
	c.sales.Calendar = "shifts"
	require.Equal(t, "shifts", calendar(c.sales))
	require.Equal(t, "shifts", calendar(c.retail))
	require.Equal(t, "moscow", calendar(c.stores))
	c.retail.OfficeID = c.omsk.ID
	require.Empty(t, calendar(c.retail), "Omsk has none of its own, and Moscow's is not for Omsk")
	c.omsk.Calendar = "omsk"
	require.Equal(t, "omsk", calendar(c.retail))
}

func TestR43_AHeadHeadsAllBelow(t *testing.T) {
	t.Parallel()
	c := newCompany()
	head := uuid.New()
	c.sales.HeadID = head
	require.ElementsMatch(t, []uuid.UUID{c.sales.ID, c.retail.ID}, crm.Headed(c.list(), head))
	require.Empty(t, crm.Headed(c.list(), uuid.New()))
	require.ElementsMatch(t, []uuid.UUID{c.retail.ID}, crm.Below(c.list(), c.retail.ID))
	require.Len(t, crm.Below(c.list(), c.everything.ID), 4)
}

// TestATreeThatIsACircleEnds: the database refuses one, but a rule must not hang on it.
func TestATreeThatIsACircleEnds(t *testing.T) {
	t.Parallel()
	c := newCompany()
	c.everything.ParentID = c.retail.ID
	require.Len(t, crm.Above(c.departments, c.sales.ID), 3)
	require.Equal(t, uuid.Nil, crm.OfficeOf(c.departments, c.sales.ID))
	require.Len(t, crm.Below(c.list(), c.sales.ID), 4)
}
