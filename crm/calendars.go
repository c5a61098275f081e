package crm

import (
	"time"

	"github.com/google/uuid"
)

// Calendar is one version of a business calendar (R43).
type Calendar struct {
	ID        string
	Version   int       // 0: as it comes with the program
	Shipped   bool      // one of this id comes with the program
	Deleted   bool      // with this version the company's own was deleted; Source is what it said last
	Source    string    // YAML
	CreatedAt time.Time // zero for a shipped one
	CreatedBy uuid.UUID // zero: the program itself
}
