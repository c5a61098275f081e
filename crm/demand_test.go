package crm_test

import (
	"testing"

	"marshrut/crm"
)

func TestR30_DemandSum(t *testing.T) {
	t.Parallel()
	line := func(values ...string) any {
		made := map[string]any{"name": "Чай"}
		for i := 0; i+1 < len(values); i += 2 {
			made[values[i]] = values[i+1]
		}
		return made
	}
	for name, c := range map[string]struct {
		lines  any
		sum    string
		priced bool
	}{
		"none":                         {nil, "0.00", false},
		"without prices":               {[]any{line("quantity", "3")}, "0.00", false},
		"quantity by price":            {[]any{line("quantity", "3", "price", "19.99")}, "59.97", true},
		"one where none is said":       {[]any{line("price", "10"), line("quantity", "2.5", "price", "4")}, "20.00", true},
		"no binary fraction":           {[]any{line("quantity", "0.1", "price", "0.30"), line("quantity", "0.2", "price", "0.30")}, "0.09", true},
		"what cannot be read is none":  {[]any{line("price", "a lot"), "Чай"}, "0.00", false},
		"halves of hundredths go up":   {[]any{line("quantity", "0.5", "price", "0.01")}, "0.01", true},
		"a line without a price apart": {[]any{line("quantity", "7"), line("price", "5")}, "5.00", true},
	} {
		sum, priced := crm.DemandSum(c.lines)
		if sum != c.sum || priced != c.priced {
			t.Errorf("%s: %s, %v, want %s, %v", name, sum, priced, c.sum, c.priced)
		}
	}
}
