package crm

import "regexp"

// The weights of the check digits of an ИНН, as the Russian tax service sets them.
var (
	innCompany  = [...]int{2, 4, 10, 3, 5, 9, 4, 6, 8}
	innPerson11 = [...]int{7, 2, 4, 10, 3, 5, 9, 4, 6, 8}
	innPerson12 = [...]int{3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8}
)

// ValidINN tells whether the text is an ИНН: 10 digits of a company or 12 of a person, with right check digits (R64).
func ValidINN(inn string) bool {
	if !allDigits(inn) || inn == "000000000000" || inn == "0000000000" {
		return false
	}
	switch len(inn) {
	case 10:
		return checkDigit(inn, innCompany[:]) == inn[9]
	case 12:
		return checkDigit(inn, innPerson11[:]) == inn[10] && checkDigit(inn, innPerson12[:]) == inn[11]
	}
	return false
}

func allDigits(text string) bool {
	for _, r := range text {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// checkDigit is the digit that belongs after those that have weights.
func checkDigit(digits string, weights []int) byte {
	sum := 0
	for i, weight := range weights {
		sum += int(digits[i]-'0') * weight
	}
	return byte('0' + sum%11%10)
}

var kppForm = regexp.MustCompile(`^[0-9]{4}[0-9A-Z]{2}[0-9]{3}$`)

// ValidKPP tells whether the text is a КПП: four digits of the tax office, two signs of the reason, a number (R64).
func ValidKPP(kpp string) bool { return kppForm.MatchString(kpp) }

// CheckLegalEntity says what is wrong with an entity's ИНН and КПП; nil: nothing. Both may be missing. A person has no КПП.
func CheckLegalEntity(e *LegalEntity) []FieldError {
	var wrong []FieldError
	if e.INN != "" && !ValidINN(e.INN) {
		wrong = append(wrong, FieldError{Pointer: "/inn", Code: "wrong_inn"})
	}
	switch {
	case e.KPP == "":
	case !ValidKPP(e.KPP):
		wrong = append(wrong, FieldError{Pointer: "/kpp", Code: "wrong_kpp"})
	case len(e.INN) == 12:
		wrong = append(wrong, FieldError{Pointer: "/kpp", Code: "kpp_of_a_person"})
	}
	return wrong
}
