package crm_test

import (
	"testing"

	"marshrut/crm"
)

func TestR30_CurrenciesAreThoseOfTheStandard(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"RUB", "USD", "EUR", "CNY", "KZT", "BYN", "AED", "CZK", "YER", "ZWL", "XCD"} {
		if !crm.Currency(code) {
			t.Errorf("%s is not known", code)
		}
	}
	for _, code := range []string{"", " ", "RUR", "ABC", "XXX", "XTS", "rub", "RU", "RUBL", "UB ", "B U", "CZ\n", "РУБ", "AED AFN"} {
		if crm.Currency(code) {
			t.Errorf("%q is a currency", code)
		}
	}
}
