package crm

import (
	"time"

	"github.com/google/uuid"
)

// Template is the text of a notification in one language (R39). Each change is a new version.
type Template struct {
	Key       string // kebab-case, as rules name it
	Lang      Lang
	Title     Text          // what it is for; empty: it did not come with the program
	Version   int           // 0: shipped with the program
	Deleted   bool          // with this version the company's own text was deleted; it repeats what was
	Shipped   *TemplateText // what comes with the program; nil: nothing does
	Channel   string        // email or sms
	Subject   string        // of an e-mail
	Text      string        // the plain part, or the SMS
	HTML      string        // of an e-mail; empty: plain only
	CreatedAt time.Time
	CreatedBy uuid.UUID
}

// TemplateText is what a template says.
type TemplateText struct {
	Subject string // of an e-mail
	Text    string // the plain part, or the SMS
	HTML    string // of an e-mail; empty: plain only
}

// TemplateVariable is a value that a template may show, written as {{.Name}}.
type TemplateVariable struct {
	Name         string
	What         Text // what it is
	PersonalData bool // of a person: a name, a telephone, an address
}

// RenderedTemplate is a template with values put in.
type RenderedTemplate struct {
	Subject string
	Text    string
	HTML    string
	Parts   int // of an SMS: how many messages a provider makes of it
}
