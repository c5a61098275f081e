package engine_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/engine"
	"marshrut/routemaps"
)

func TestR18_Ownership(t *testing.T) {
	t.Parallel()
	shared := &routemaps.Map{Settings: routemaps.Settings{ClientOwnershipOnFinish: routemaps.OwnershipShared}}
	none := &routemaps.Map{Settings: routemaps.Settings{ClientOwnershipOnFinish: routemaps.OwnershipNone}}
	client, responsible, other := uuid.New(), uuid.New(), uuid.New()
	won := crm.Case{Status: crm.StatusPositive, ClientID: client, ResponsibleID: responsible}
	with := func(change func(*crm.Case)) *crm.Case {
		c := won
		change(&c)
		return &c
	}
	for name, c := range map[string]struct {
		m    *routemaps.Map
		c    *crm.Case
		want []uuid.UUID
	}{
		"won":                 {shared, &won, []uuid.UUID{responsible, other}},
		"lost is an end too":  {shared, with(func(c *crm.Case) { c.Status = crm.StatusNegative }), []uuid.UUID{responsible, other}},
		"cancelled is none":   {shared, with(func(c *crm.Case) { c.Status = crm.StatusCancelled }), nil},
		"open":                {shared, with(func(c *crm.Case) { c.Status = crm.StatusOpen }), nil},
		"the map says no":     {none, &won, nil},
		"without a map":       {nil, &won, nil},
		"without a client":    {shared, with(func(c *crm.Case) { c.ClientID = uuid.Nil }), nil},
		"nobody to belong to": {shared, with(func(c *crm.Case) { c.ResponsibleID = uuid.Nil }), nil},
	} {
		require.Equal(t, c.want, engine.Ownership(c.m, c.c, []uuid.UUID{other, responsible}), name)
	}
}

func TestR30_R36_CarryOver(t *testing.T) {
	t.Parallel()
	choice := func(options ...string) routemaps.Field {
		f := routemaps.Field{ID: "size", Type: routemaps.FieldChoice}
		for _, id := range options {
			f.Options = append(f.Options, routemaps.Option{ID: id})
		}
		return f
	}
	parent := &routemaps.Map{Fields: []routemaps.Field{choice("small", "large"), {ID: "need", Type: routemaps.FieldText}}}
	asks := func(f routemaps.Field) *routemaps.Map {
		return &routemaps.Map{Fields: []routemaps.Field{f}, Intake: []routemaps.FormItem{{Field: f.ID}}}
	}
	had := map[string]any{
		"potential": "100.00", "currency": "USD", "demand": []any{map[string]any{"name": "Чай"}}, "size": "large", "need": "Чай",
		"reason": "price", "competitor": uuid.NewString(), "unknown": "x",
	}
	sale := map[string]any{"potential": "100.00", "currency": "USD", "demand": had["demand"]}

	require.Equal(t, sale, engine.CarryOver(crm.Deal, &routemaps.Map{}, had, parent, crm.Interest, nil), "figures of the sale, but not why the other was lost")
	require.Equal(t, "7", engine.CarryOver(crm.Deal, nil, had, parent, crm.Interest, map[string]any{"potential": "7"})["potential"], "what is given stands")
	require.Empty(t, engine.CarryOver(crm.Claim, nil, had, parent, crm.Deal, nil), "a claim's reason is not the deal's")
	require.Equal(t, "large", engine.CarryOver(crm.Appeal, asks(choice("large")), had, parent, crm.Deal, nil)["size"])
	require.NotContains(t, engine.CarryOver(crm.Appeal, asks(choice("huge")), had, parent, crm.Deal, nil), "size", "the option is not there")
	require.NotContains(t, engine.CarryOver(crm.Appeal, asks(routemaps.Field{ID: "need", Type: routemaps.FieldNumber}), had, parent, crm.Deal, nil), "need")
}
