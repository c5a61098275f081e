package crm

import (
	"strconv"
	"testing"
)

func TestR64_INN(t *testing.T) {
	t.Parallel()
	for inn, valid := range map[string]bool{
		"7707083893": true, "7736050003": true, "500100732259": true,
		"7707083894": false, "500100732258": false, "500100732269": false,
		"": false, "770708389": false, "77070838930": false, "770708389x": false, "٧٧٠٧٠٨٣٨٩٣": false, "0000000000": false, "000000000000": false,
	} {
		if ValidINN(inn) != valid {
			t.Errorf("ИНН %q: valid is %v", inn, !valid)
		}
	}
}

// TestR64_OneWrongDigitIsSeen: of all numbers that differ in one digit from a good one, only those are taken whose check
// digit falls together, which the remainder 10 allows for.
func TestR64_OneWrongDigitIsSeen(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"7707083893", "500100732259"} {
		missed := 0
		for at := range good {
			for digit := range 10 {
				changed := good[:at] + strconv.Itoa(digit) + good[at+1:]
				if changed != good && ValidINN(changed) {
					missed++
				}
			}
		}
		if missed > 2 {
			t.Errorf("%s: %d changes of one digit are not seen", good, missed)
		}
	}
}

func TestR64_KPP(t *testing.T) {
	t.Parallel()
	for kpp, valid := range map[string]bool{"773601001": true, "7736AB001": true, "77360100": false, "7736ab001": false, "77360100А": false} {
		if ValidKPP(kpp) != valid {
			t.Errorf("КПП %q: valid is %v", kpp, !valid)
		}
	}
	for _, c := range []struct {
		entity LegalEntity
		code   string
	}{
		{LegalEntity{INN: "7707083893", KPP: "773601001"}, ""},
		{LegalEntity{}, ""},
		{LegalEntity{INN: "1"}, "wrong_inn"},
		{LegalEntity{INN: "7707083893", KPP: "1"}, "wrong_kpp"},
		{LegalEntity{INN: "500100732259", KPP: "773601001"}, "kpp_of_a_person"},
	} {
		wrong := CheckLegalEntity(&c.entity)
		if (c.code == "") != (len(wrong) == 0) || c.code != "" && wrong[0].Code != c.code {
			t.Errorf("%+v: %v", c.entity, wrong)
		}
	}
}
