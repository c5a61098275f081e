package crm

import (
	"time"

	"github.com/google/uuid"
)

// Mailbox is an address that the company writes from: of a department, the default one of all that have none, or neither, which is
// there to be chosen as one of them.
type Mailbox struct {
	ID           uuid.UUID
	Name         string // what clients see as the sender
	Email        string
	ReplyTo      string    // where answers go; empty: to Email
	DepartmentID uuid.UUID // letters of its cases go from it, and of the departments below that have none; zero: of none
	Active       bool      // while it is not, nothing goes from it
	Default      bool      // one at most, and an active one
	CreatedAt    time.Time
	CreatedBy    uuid.UUID
	Version      int
}

// MailboxPatch is what changes of a mailbox; nil: stays.
type MailboxPatch struct {
	Name         *string
	Email        *string
	ReplyTo      *string    // empty: answers go to the address itself
	DepartmentID *uuid.UUID // zero: of none
	Active       *bool
	Default      *bool // true takes it from the one that had it
}

// Apply makes the mailbox what it is after the change.
func (p *MailboxPatch) Apply(m *Mailbox) {
	set(&m.Name, p.Name)
	set(&m.Email, p.Email)
	set(&m.ReplyTo, p.ReplyTo)
	set(&m.DepartmentID, p.DepartmentID)
	set(&m.Active, p.Active)
	set(&m.Default, p.Default)
}

// Sender is what letters from the mailbox go from.
func (m *Mailbox) Sender() Sender {
	return Sender{Mailbox: m.ID, Name: m.Name, Email: m.Email, ReplyTo: m.ReplyTo}
}

// Sender is what a letter goes from. The zero one is the configured address.
type Sender struct {
	Mailbox uuid.UUID `json:"mailbox,omitzero"`
	Name    string    `json:"name,omitempty"`
	Email   string    `json:"email,omitempty"`
	ReplyTo string    `json:"reply_to,omitempty"`
}

// IsZero tells that it is the configured address.
func (s *Sender) IsZero() bool { return s.Email == "" }

// SenderFor is what a letter of a department's case goes from: the mailbox of the department or of the nearest one above it that has
// one, else the default one, else the configured address. Of no department (zero) it is the default one at once.
func SenderFor(mailboxes []Mailbox, departments map[uuid.UUID]*Department, department uuid.UUID) Sender {
	of := map[uuid.UUID]*Mailbox{}
	var otherwise Sender
	for i := range mailboxes {
		m := &mailboxes[i]
		if !m.Active {
			continue
		}
		if m.DepartmentID != uuid.Nil {
			of[m.DepartmentID] = m
		}
		if m.Default {
			otherwise = m.Sender()
		}
	}
	for _, d := range Above(departments, department) {
		if m, ok := of[d.ID]; ok {
			return m.Sender()
		}
	}
	return otherwise
}

// TestLetter is a letter that shows that a mailbox can be written from.
type TestLetter struct {
	ID   uuid.UUID // its Message-ID is made of it
	From Sender
	To   string
	Lang Lang
}
