package imports

import (
	"testing"
	"time"

	"marshrut/crm"
)

func TestWhatAnEarlierRowHasSaidIsARepetition(t *testing.T) {
	t.Parallel()
	now := time.Date(2031, 3, 1, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		of      crm.AttributeSubject
		mapping []string
		rows    [][]string
		want    []int // by row: the earlier one that it repeats
	}{
		"a name to the letter": {crm.AttributeOfClient, []string{"name"}, [][]string{{"Ромашка"}, {"Лютик"}, {" РОМАШКА "}, {"Ромашки"}}, []int{0, 0, 1, 0}},
		"a number, however written": {
			crm.AttributeOfClient, []string{"name", "phone"}, [][]string{{"А", "8 (495) 123-45-67"}, {"Б", "+7 495 1234567"}, {"В", "+7 495 1234568"}}, []int{0, 1, 0},
		},
		"an address of his contact": {
			crm.AttributeOfClient,
			[]string{"name", "email", "contact_name", "contact_email"},
			[][]string{{"А", "a@example.org", "", ""}, {"Б", "", "Анна", "A@example.org"}},
			[]int{0, 1},
		},
		"the first of several": {
			crm.AttributeOfClient, []string{"name", "inn"}, [][]string{{"А", ""}, {"Б", "7707083893"}, {"А", "7707083893"}}, []int{0, 0, 1},
		},
		"contacts of one client alone": {
			crm.AttributeOfContact, []string{"name", "client"}, [][]string{{"Анна", "А"}, {"Анна", "Б"}, {"анна", "а"}}, []int{0, 0, 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			said := NewRepeats()
			for i, cells := range tt.rows {
				record, wrong := Read(tt.of, tt.mapping, cells, &Known{}, now)
				if len(wrong) > 0 {
					t.Fatalf("row %d: %v", i+1, wrong)
				}
				if got := said.Of(i+1, &record); got != tt.want[i] {
					t.Errorf("row %d repeats %d, want %d", i+1, got, tt.want[i])
				}
			}
		})
	}
}
