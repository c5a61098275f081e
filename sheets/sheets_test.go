package sheets_test

import (
	"bytes"
	"reflect"
	"testing"

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
