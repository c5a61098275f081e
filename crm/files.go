package crm

import (
	"time"

	"github.com/google/uuid"
)

// File is a document attached to a case (R10).
type File struct {
	ID        uuid.UUID
	CaseID    uuid.UUID
	Name      string
	MediaType string
	Size      int64 // bytes
	SHA256    []byte
	CreatedAt time.Time
	CreatedBy uuid.UUID
}
