package crm

import (
	"time"

	"github.com/google/uuid"
)

// Delivery is what the message of a notification is made of, read when it is sent.
type Delivery struct {
	Case       Case
	ClientName string
	Off        bool // the case is of a block that is switched off (R22)
	Recipient  DeliveryRecipient
	// Responsible and Performer are shown in messages.
	Responsible DeliveryUser
	Performer   DeliveryPerformer
	Due         *time.Time // of the notification's task
	Outcome     string     // that completed it
	// Templates are the company's own texts of the notification's template, newest version of each language.
	Templates []Template
}

// DeliveryRecipient is whom a notification goes to. An empty Kind: nobody was found.
type DeliveryRecipient struct {
	Kind     string // client, contact, user
	ID       uuid.UUID
	Name     string
	Lang     Lang
	TimeZone string
	Inactive bool            // a user who does not work here any more
	Muted    []string        // what a user wants no letters about: of Subjects
	Details  []ContactDetail // of a user: his e-mail and phone
}

// DeliveryPerformer is whom the notification's task is or was addressed to: a person (or who took the task, or did it), else a
// role, else a department.
type DeliveryPerformer struct {
	Person     DeliveryUser
	Role       string
	RoleName   Text
	Department Text
}

// DeliveryUser is a user as messages show him.
type DeliveryUser struct {
	Name  string
	Email string
	Phone string
}
