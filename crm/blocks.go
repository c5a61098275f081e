package crm

import "slices"

// Block is a part of the CRM that the whole company, or one client, can do without (R22). Appeals and interests are no blocks: every
// company has them.
type Block string

// The blocks.
const (
	BlockInteractions Block = "interactions"
	BlockDeals        Block = "deals"
	BlockClaims       Block = "claims"
)

// Blocks lists them, in the order they are shown.
func Blocks() []Block { return []Block{BlockInteractions, BlockDeals, BlockClaims} }

// BlockOf is the block that cases of the kind are; empty: they cannot be switched off.
func BlockOf(kind Kind) Block {
	if b := Block(kind + "s"); b == BlockDeals || b == BlockClaims {
		return b
	}
	return ""
}

// KindsOff are the kinds of case that go with the blocks switched off, in the order of Kinds.
func KindsOff(off []Block) []Kind {
	var kinds []Kind
	for _, kind := range Kinds() {
		if slices.Contains(off, BlockOf(kind)) {
			kinds = append(kinds, kind)
		}
	}
	return kinds
}

// Settings are what the company has decided for all who work here.
type Settings struct {
	Off     []Block // blocks that are switched off (R22), in the order of Blocks
	Version int
}

// OpenInBlock is what a block holds that somebody would still have to do something about: what a switched-off one keeps out of sight.
// Each is counted up to BoardBound.
type OpenInBlock struct {
	Cases   Count // open ones
	Tasks   Count // open ones, of those cases
	Planned Count // interactions that are still to come or have been left lying
}

// Any tells whether there is anything.
func (o *OpenInBlock) Any() bool { return o.Cases.N+o.Tasks.N+o.Planned.N > 0 }

// SettingsChange is what becomes of the settings.
type SettingsChange struct {
	Off       []Block
	Confirmed []Block // those that may go though they hold open work
}
