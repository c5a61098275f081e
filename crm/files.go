package crm

import (
	"time"

	"github.com/google/uuid"
)

// CardKind is a kind of card that files lie on (R10, R45).
type CardKind string

// The kinds of card.
const (
	CardCase        CardKind = "case"
	CardClient      CardKind = "client"
	CardContact     CardKind = "contact"
	CardInteraction CardKind = "interaction"
)

// Card names what a file lies on.
type Card struct {
	Kind CardKind
	ID   uuid.UUID
}

// File is a document on a card (R10, R45).
type File struct {
	ID        uuid.UUID
	Card      Card
	Name      string
	MediaType string
	Size      int64 // bytes
	SHA256    []byte
	CreatedAt time.Time
	CreatedBy uuid.UUID
	RemovedAt *time.Time // nil: it lies there
	RemovedBy uuid.UUID
}
