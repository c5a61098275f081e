package crm_test

import (
	"testing"

	"github.com/google/uuid"

	"marshrut/crm"
)

// TestR39_ALetterGoesFromTheNearestMailbox above its department, then from the default one, then from the configured address.
func TestR39_ALetterGoesFromTheNearestMailbox(t *testing.T) {
	t.Parallel()
	company, sales, south, service := uuid.New(), uuid.New(), uuid.New(), uuid.New()
	tree := map[uuid.UUID]*crm.Department{
		company: {ID: company}, sales: {ID: sales, ParentID: company}, south: {ID: south, ParentID: sales}, service: {ID: service, ParentID: company},
	}
	ofSales := crm.Mailbox{ID: uuid.New(), Name: "Продажи", Email: "sales@firm.example", ReplyTo: "answers@firm.example", DepartmentID: sales, Active: true}
	ofSouth := crm.Mailbox{Email: "south@firm.example", DepartmentID: south}
	general := crm.Mailbox{Email: "office@firm.example", Active: true, Default: true}
	for name, test := range map[string]struct {
		mailboxes  []crm.Mailbox
		department uuid.UUID
		email      string
	}{
		"its own":               {[]crm.Mailbox{general, ofSales}, sales, "sales@firm.example"},
		"of the one above":      {[]crm.Mailbox{ofSouth, general, ofSales}, south, "sales@firm.example"},
		"the nearest":           {[]crm.Mailbox{ofSales, {Email: "all@firm.example", DepartmentID: company, Active: true}}, south, "sales@firm.example"},
		"beside another":        {[]crm.Mailbox{general, ofSales}, service, "office@firm.example"},
		"of no department":      {[]crm.Mailbox{general, ofSales}, uuid.Nil, "office@firm.example"},
		"of an unknown one":     {[]crm.Mailbox{general, ofSales}, uuid.New(), "office@firm.example"},
		"without a default one": {[]crm.Mailbox{ofSales}, service, ""},
		"without any":           {nil, sales, ""},
	} {
		from := crm.SenderFor(test.mailboxes, tree, test.department)
		if from.Email != test.email || from.IsZero() != (test.email == "") {
			t.Errorf("%s: %+v", name, from)
		}
	}
	want := crm.Sender{Mailbox: ofSales.ID, Name: "Продажи", Email: "sales@firm.example", ReplyTo: "answers@firm.example"}
	if from := crm.SenderFor([]crm.Mailbox{ofSales}, tree, sales); from != want {
		t.Errorf("%+v", from)
	}
}
