package sheets_test

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"marshrut/sheets"
)

func TestATableComesBackAsItWasAndItsTextsAreNoFormulas(t *testing.T) {
	t.Parallel()
	table := sheets.Table{Name: "Воронка", Columns: []string{"Этап", "Пришло"}, Rows: [][]any{{"=1+1", 2}, {"@cmd", nil}, {"Новая", 0.5}}}
	content, err := table.XLSX()
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	rows, err := book.GetRows("Воронка")
	want := [][]string{{"Этап", "Пришло"}, {"=1+1", "2"}, {"@cmd"}, {"Новая", "0.5"}}
	if err != nil || !reflect.DeepEqual(rows, want) {
		t.Errorf("rows %q, %v, want %q", rows, err, want)
	}
	for _, cell := range []string{"A2", "A3"} {
		if formula, err := book.GetCellFormula("Воронка", cell); err != nil || formula != "" {
			t.Errorf("%s holds the formula %q, %v", cell, formula, err)
		}
	}
}

func TestR14_TimesAreThoseOfTheTablesZone(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	for want, zone := range map[string]*time.Location{"2026-03-02 09:00:00": nil, "2026-03-02 12:00:00": time.FixedZone("MSK", 3*60*60)} {
		table := sheets.Table{Name: "Control", Columns: []string{"Last touch"}, Rows: [][]any{{at}}, Zone: zone}
		content, err := table.XLSX()
		if err != nil {
			t.Fatal(err)
		}
		book, err := excelize.OpenReader(bytes.NewReader(content))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := book.GetCellValue("Control", "A2"); err != nil || got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
}

func TestATableWithoutRowsHasItsHeadings(t *testing.T) {
	t.Parallel()
	content, err := (&sheets.Table{Name: "Empty", Columns: []string{"One"}}).XLSX()
	if err != nil {
		t.Fatal(err)
	}
	book, err := excelize.OpenReader(bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := book.GetRows("Empty"); err != nil || len(rows) != 1 {
		t.Errorf("rows %q, %v", rows, err)
	}
}
