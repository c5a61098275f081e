package crm

import "math/big"

// DemandSum adds up the lines of a demand that have a price, a line without a quantity as one; hundredths of the currency,
// halves up. The bool is false when no line has a price.
func DemandSum(lines any) (string, bool) {
	all, _ := lines.([]any)
	sum, priced := new(big.Rat), false
	for _, item := range all {
		line, _ := item.(map[string]any)
		text, _ := line["price"].(string)
		price, ok := new(big.Rat).SetString(text)
		if !ok {
			continue
		}
		priced = true
		if text, ok := line["quantity"].(string); ok {
			if quantity, ok := new(big.Rat).SetString(text); ok {
				price.Mul(price, quantity)
			}
		}
		sum.Add(sum, price)
	}
	return sum.FloatString(2), priced
}
