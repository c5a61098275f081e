package crm

import "github.com/google/uuid"

// ReferenceList names a list that people choose from and that directors may add to.
type ReferenceList string

// The reference lists.
const (
	LossReasons  ReferenceList = "loss_reason"  // why deals, interests (R30) and requests (R41) are lost
	ClaimReasons ReferenceList = "claim_reason" // what claims are about (R36)
	Channels     ReferenceList = "channel"      // by which clients come (R30)
	Purposes     ReferenceList = "purpose"      // what appeals are about (R37)
)

// Valid tells whether there is such a list.
func (l ReferenceList) Valid() bool {
	return l == LossReasons || l == ClaimReasons || l == Channels || l == Purposes
}

// ReferenceItem is one thing to choose of a reference list. It is put out of use, never deleted: cases name it.
type ReferenceItem struct {
	List     ReferenceList
	Key      string // kebab-case
	Name     Text
	Position int
	Active   bool // an inactive one is shown where it was chosen, and can be chosen no more
	// PerformerID is who deals with appeals of a purpose: they are handed to him unless somebody else is named (R37). Zero: nobody.
	PerformerID uuid.UUID
	Version     int
}
