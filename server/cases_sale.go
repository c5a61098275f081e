package server

import (
	"context"

	"marshrut/crm"
	"marshrut/routemaps"
)

// saleView are the figures of a sale (R30).
type saleView struct {
	Potential   string `json:"potential,omitempty" example:"150000.00"`
	Currency    string `json:"currency" example:"RUB"`
	Probability string `json:"probability,omitempty" doc:"Per cent" example:"60"`
	DemandSum   string `json:"demand_sum,omitempty" doc:"Of the lines that have a price"`
	Channel     string `json:"channel,omitempty"`
}

func viewSale(v *CaseView, c *crm.Case) {
	if c.Kind != crm.Deal && c.Kind != crm.Interest {
		return
	}
	sale := saleView{
		Potential: textIn(c.Fields, "potential"), Currency: textIn(c.Fields, "currency"), Probability: textIn(c.Fields, "probability"),
		Channel: textIn(c.Fields, "channel"),
	}
	if sum, priced := crm.DemandSum(c.Fields["demand"]); priced {
		sale.DemandSum = sum
	}
	if sale == (saleView{}) {
		return
	}
	if sale.Currency == "" {
		sale.Currency = routemaps.DefaultCurrency
	}
	v.Sale = &sale
}

// viewCaseHere shows a case with what its map says of it.
func (s *Server) viewCaseHere(ctx context.Context, c *crm.Case) (CaseView, error) {
	v := viewCase(c)
	if c.MapID == "" || c.Status.Closed() {
		return v, nil
	}
	m, err := s.services.Maps.Map(ctx, c.MapID, c.MapVersion)
	if err != nil {
		return v, err
	}
	v.Negotiations = m.Negotiations(c)
	return v, nil
}
