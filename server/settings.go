package server

import (
	"context"

	"marshrut/crm"
)

// settingsView is what the company has decided for all.
type settingsView struct {
	Blocks blocksView     `json:"blocks" doc:"What is kept (R22). Of a block that is switched off nothing is listed, found, counted or made; its records are not there, as long as it is off"`
	Open   *openBlockView `json:"open,omitempty" doc:"For those who may change the settings and see all records: what is open of each block, switched off or not"`
}

type blocksView struct {
	Interactions bool `json:"interactions"`
	Deals        bool `json:"deals"`
	Claims       bool `json:"claims"`
}

func viewBlocks(off []crm.Block) blocksView {
	v := blocksView{Interactions: true, Deals: true, Claims: true}
	for _, block := range off {
		*v.of(block) = false
	}
	return v
}

// of is where a block stands.
func (v *blocksView) of(block crm.Block) *bool {
	switch block {
	case crm.BlockDeals:
		return &v.Deals
	case crm.BlockClaims:
		return &v.Claims
	default:
		return &v.Interactions
	}
}

// off are the blocks that are switched off.
func (v *blocksView) off() []crm.Block {
	off := []crm.Block{}
	for _, block := range crm.Blocks() {
		if !*v.of(block) {
			off = append(off, block)
		}
	}
	return off
}

type openBlockView struct {
	Interactions openView `json:"interactions"`
	Deals        openView `json:"deals"`
	Claims       openView `json:"claims"`
}

// openView is what is open of a block. While it is switched off, its processes go on, but nobody sees their tasks.
type openView struct {
	Cases   countView `json:"open_cases" doc:"Counted up to 10000"`
	Tasks   countView `json:"open_tasks"`
	Planned countView `json:"planned_interactions"`
}

func viewOpen(o crm.OpenInBlock) openView {
	count := func(c crm.Count) countView { return countView{Count: c.N, More: c.More} }
	return openView{Cases: count(o.Cases), Tasks: count(o.Tasks), Planned: count(o.Planned)}
}

type settingsOutput struct {
	ETag string `header:"ETag"`
	Body settingsView
}

func (s *Server) showSettings(ctx context.Context, settings *crm.Settings) (*settingsOutput, error) {
	out := &settingsOutput{ETag: etag(settings.Version), Body: settingsView{Blocks: viewBlocks(settings.Off)}}
	if !deciders.allows(userOf(ctx)) || !crm.SightOf(ctx).Sees() {
		return out, nil // a count tells of what one does not see
	}
	open, err := s.services.Settings.OpenInBlocks(ctx)
	if err != nil {
		return nil, err
	}
	out.Body.Open = &openBlockView{
		Interactions: viewOpen(open[crm.BlockInteractions]), Deals: viewOpen(open[crm.BlockDeals]), Claims: viewOpen(open[crm.BlockClaims]),
	}
	return out, nil
}

func (s *Server) getSettings(ctx context.Context, _ *struct{}) (*settingsOutput, error) {
	settings, err := s.services.Settings.Settings(ctx)
	if err != nil {
		return nil, err
	}
	return s.showSettings(ctx, settings)
}

type putSettingsInput struct {
	MatchInput
	Body struct {
		Blocks  blocksView  `json:"blocks"`
		Confirm []crm.Block `json:"confirm,omitempty" maxItems:"3" enum:"interactions,deals,claims" doc:"Blocks to be switched off though they hold open work: their processes go on, unseen"`
	}
}

// putSettings switches blocks off and on. Nothing of them is lost.
func (s *Server) putSettings(ctx context.Context, in *putSettingsInput) (*settingsOutput, error) {
	version, err := in.version(func() (int, error) {
		settings, err := s.services.Settings.Settings(ctx)
		if err != nil {
			return 0, err
		}
		return settings.Version, nil
	})
	if err != nil {
		return nil, err
	}
	put, err := s.services.Settings.PutSettings(ctx, version, crm.SettingsChange{Off: in.Body.Blocks.off(), Confirmed: in.Body.Confirm})
	if err != nil {
		return nil, err
	}
	return s.showSettings(ctx, put)
}
