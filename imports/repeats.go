package imports

import (
	"strings"

	"marshrut/crm"
)

// Repeats notes which rows of a table say what an earlier one has said, so that its author sees it before a record is made.
// The zero Repeats is not usable: NewRepeats.
type Repeats struct {
	first map[string]int
}

// NewRepeats is a table of which no row has been read.
func NewRepeats() *Repeats { return &Repeats{first: map[string]int{}} }

// Of is the first row that says the same name to the letter, number, e-mail or ИНН as row n, or of a contact the same name of the same
// client; 0: there is none. Rows are to be given in their order. Nearly the same names are looked for by the import alone.
func (r *Repeats) Of(n int, record *crm.ImportRecord) int {
	earlier := 0
	signs := signsOf(record)
	for _, sign := range signs {
		if row, said := r.first[sign]; said && (earlier == 0 || row < earlier) {
			earlier = row
		}
	}
	for _, sign := range signs {
		if _, said := r.first[sign]; !said {
			r.first[sign] = n
		}
	}
	return earlier
}

// signsOf are what two rows about one record have in common.
func signsOf(r *crm.ImportRecord) []string {
	if r.Client == nil {
		return []string{strings.Join([]string{r.ClientINN, letters(r.ClientName), letters(r.Contact.Name)}, "\x00")}
	}
	var signs []string
	add := func(kind, value string) {
		if value != "" {
			signs = append(signs, kind+"\x00"+value)
		}
	}
	add("name", letters(r.Client.Name))
	numbers, emails, inns := r.Client.Identities(r.Personal())
	for _, number := range numbers {
		add("phone", number)
	}
	for _, email := range emails {
		add("email", email)
	}
	for _, inn := range inns {
		add("inn", inn)
	}
	return signs
}

func letters(name string) string {
	return strings.ToLower(strings.Join(strings.Fields(name), " "))
}
