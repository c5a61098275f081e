package crm

import (
	"time"

	"github.com/google/uuid"
)

// Calendar is one version of a business calendar (R43).
type Calendar struct {
	ID        string
	Version   int       // 0: as it comes with the program
	Source    string    // YAML
	CreatedAt time.Time // zero for a shipped one
	CreatedBy uuid.UUID // zero: the program itself
}
