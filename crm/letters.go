package crm

import (
	"time"

	"github.com/google/uuid"
)

// LetterRule is what the ledger calls the rule of a letter: a person's wish, not a map's.
const LetterRule = "letter"

// Letter is an e-mail that a person writes from a case (R63). It goes out from his own address with his signature.
type Letter struct {
	ID             uuid.UUID
	CaseID         uuid.UUID
	InteractionID  uuid.UUID
	NotificationID uuid.UUID
	AuthorID       uuid.UUID
	ToName         string
	ToEmail        string // an address of the client or of one of its contacts
	Subject        string
	Body           string
	Signature      string
	ReplyTo        uuid.UUID   // the letter that it goes on from; zero: none
	Files          []uuid.UUID // that go with it, of the case or its client
	CreatedAt      time.Time
	// Status and Reason are its delivery's, as in the ledger.
	Status NotificationStatus
	Reason string
}

// SMS is a text message that a person writes from a case (R9, R42): an interaction of the case, whose delivery is a line of its
// ledger like a letter's.
type SMS struct {
	ID             uuid.UUID // of the interaction
	CaseID         uuid.UUID
	NotificationID uuid.UUID
	AuthorID       uuid.UUID
	ContactID      uuid.UUID // whose mobile it goes to (R40)
	ToName         string
	To             string // E.164
	Text           string
	CreatedAt      time.Time
	// Status and Reason are its delivery's, as in the ledger.
	Status NotificationStatus
	Reason string
}

// MaxAttached is how many bytes the files of one letter may have together; mail servers take little more.
const MaxAttached = 20 << 20

// AttachedFile is a file that goes with a letter.
type AttachedFile struct {
	Name      string
	MediaType string
	Content   []byte
}

// OutgoingLetter is a letter as it is sent.
type OutgoingLetter struct {
	Letter

	AuthorName, AuthorEmail string
	Attached                []AttachedFile
	// Thread are the notifications of the letters before it, first one first: their Message-IDs make the thread.
	Thread []uuid.UUID
}
