package notify

// Channel is the way a notification travels.
type Channel string

const (
	Email      Channel = "email"
	SMSChannel Channel = "sms"
)

// RecipientKind says which rule of R40 applies to a recipient.
type RecipientKind string

const (
	ClientRecipient  RecipientKind = "client"
	ContactRecipient RecipientKind = "contact"
	// StaffRecipient is any user: performer, responsible, head of department, a named user or one found by role.
	StaffRecipient RecipientKind = "staff"
)

// DetailType tells an e-mail address from a phone number.
type DetailType string

const (
	EmailDetail DetailType = "email"
	PhoneDetail DetailType = "phone"
)

// Kinds of contact detail that R40 names. Other kinds (work, home, ...) are never written to.
const (
	MailingKind = "mailing"
	MobileKind  = "mobile"
)

// Detail is one e-mail address or phone number of a recipient.
type Detail struct {
	Type  DetailType
	Kind  string // of a contact's details: "mailing", "mobile" or another
	Value string
}

// Recipient is whom a notification is meant for. The zero value means that nobody was found.
type Recipient struct {
	Kind    RecipientKind
	Details []Detail // in order of preference
}

// Eligible applies R40: it returns the address or number to send to, or the reason why the notification cannot go.
// Exactly one of the two is empty. Of several details that qualify it takes the first valid one.
//
// E-mail goes to a client, a potential one included, at any e-mail address; to a contact only at one of kind
// "mailing"; to staff at their address. SMS goes only to a contact's phone of kind "mobile".
func Eligible(channel Channel, r Recipient) (to string, reason ReasonCode) {
	switch {
	case r.Kind == "":
		return "", CodeNoRecipient
	case channel == Email && r.Kind == ContactRecipient:
		return firstValid(r.Details, EmailDetail, MailingKind, CodeNoMailingEmail)
	case channel == Email:
		return firstValid(r.Details, EmailDetail, "", CodeNoEmail)
	case channel == SMSChannel && r.Kind == ContactRecipient:
		return firstValid(r.Details, PhoneDetail, MobileKind, CodeNoMobile)
	case channel == SMSChannel:
		return "", CodeSMSContactsOnly
	default:
		return "", CodeUnknownChannel
	}
}

// firstValid returns the first valid detail of the type and, unless kind is empty, of the kind; absent when there is
// none of them.
func firstValid(details []Detail, typ DetailType, kind string, absent ReasonCode) (string, ReasonCode) {
	parse := ParseEmail
	if typ == PhoneDetail {
		parse = ParsePhone
	}
	reason := absent
	for _, d := range details {
		if d.Type != typ || d.Value == "" || (kind != "" && d.Kind != kind) {
			continue
		}
		if to, err := parse(d.Value); err == nil {
			return to, ""
		}
		reason = CodeInvalidAddress
	}
	return "", reason
}
