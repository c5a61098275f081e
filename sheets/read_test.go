package sheets

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

const table = "Название;Телефон\r\n\"ООО \"\"Ромашка\"\"; филиал\";+7 495 123-45-67\r\n;;\r\nЛютик\r\n"

func TestTablesAreReadInEveryEncoding(t *testing.T) {
	t.Parallel()
	old, err := charmap.Windows1251.NewEncoder().String(table)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(table, ";", "\t"))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct{ content, encoding, delimiter string }{
		"utf-8":        {table, "utf-8", ";"},
		"with a mark":  {"\ufeff" + table, "utf-8", ";"},
		"windows-1251": {old, "windows-1251", ";"},
		"utf-16":       {wide, "utf-16", "\t"},
		"commas":       {"Название,Телефон\n\"ООО \"\"Ромашка\"\"; филиал\",+7 495 123-45-67\nЛютик\n", "utf-8", ","},
	} {
		found, err := Read(t.Context(), []byte(c.content))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		filial := `ООО "Ромашка"; филиал`
		if c.delimiter == "\t" {
			filial = strings.ReplaceAll(filial, ";", "\t")
		}
		want := [][]string{{filial, "+7 495 123-45-67"}, {"Лютик", ""}}
		if found.Encoding != c.encoding || found.Delimiter != c.delimiter || !reflect.DeepEqual(found.Columns, []string{"Название", "Телефон"}) || !reflect.DeepEqual(found.Rows, want) {
			t.Errorf("%s: %+v", name, found)
		}
	}
}

func TestWhatIsNoTable(t *testing.T) {
	t.Parallel()
	var bomb bytes.Buffer
	packed := zip.NewWriter(&bomb)
	sheet, err := packed.Create("xl/worksheets/sheet1.xml")
	if err != nil {
		t.Fatal(err)
	}
	for range 110 {
		if _, err := sheet.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := packed.Close(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		content string
		want    error
	}{
		"nothing":     {"", ErrEmpty},
		"one line":    {"a;b\n", ErrEmpty},
		"binary":      {"a\x00b;c\nd\n", ErrNotATable},
		"broken zip":  {"PK\x03\x04xxxx", ErrNotATable},
		"a zip bomb":  {bomb.String(), ErrNotATable},
		"too wide":    {strings.Repeat("a;", MaxColumns+1) + "a\nb\n", ErrTooWide},
		"too long":    {"a\n" + strings.Repeat("b\n", MaxRows+1), ErrTooManyRows},
		"much text":   {"a\n" + strings.Repeat(strings.Repeat("b", maxCell)+"\n", maxText/maxCell+1), ErrTooLarge},
		"a long cell": {"a\n" + strings.Repeat("b", maxCell+1), ErrLongCell},
	} {
		if _, err := Read(t.Context(), []byte(c.content)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestFormulasAreDefusedAndReadBack(t *testing.T) {
	t.Parallel()
	cells := []any{"=1+1", "+7 495 123-45-67", "-1", "@SUM(A1)", "'quoted", "a=b", 1500000.0, true}
	out := Table{Name: "x", Columns: []string{"a", "b", "c", "d", "e", "f", "g", "h"}, Rows: [][]any{cells, {"\tx", "＝1+1"}}}
	asCSV, err := out.CSV()
	if err != nil {
		t.Fatal(err)
	}
	want := "\ufeffa;b;c;d;e;f;g;h\r\n'=1+1;'+7 495 123-45-67;'-1;'@SUM(A1);'quoted;a=b;1500000;true\r\n'\tx;'＝1+1\r\n"
	if string(asCSV) != want {
		t.Errorf("CSV %q, want %q", asCSV, want)
	}
	asXLSX, err := out.XLSX()
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"CSV": asCSV, "XLSX": asXLSX} {
		found, err := Read(t.Context(), content)
		if err != nil || found.Rows[0][0] != "=1+1" || found.Rows[0][1] != "+7 495 123-45-67" || found.Rows[0][3] != "@SUM(A1)" {
			t.Errorf("%s is read back as %+v, %v", name, found, err)
		}
	}
}

// TestR45_EveryTextIsReadBack as it was written, and no cell of a CSV file begins as a formula does.
func TestR45_EveryTextIsReadBack(t *testing.T) {
	t.Parallel()
	texts := []string{""}
	for from := 0; len(texts[from]) < 4; from++ {
		for _, sign := range []string{"'", "=", "+", "-", "@", "a", "＝", "＋", "－", "＠"} {
			texts = append(texts, texts[from]+sign)
		}
	}
	out := Table{Name: "x", Columns: []string{"text", "n"}}
	for i, text := range texts {
		out.Rows = append(out.Rows, []any{text, "n" + strconv.Itoa(i)})
		if cell := harmless(text); computed(cell) || plain(cell) != text {
			t.Errorf("%q is written as %q, read as %q", text, cell, plain(cell))
		}
	}
	for name, write := range map[string]func() ([]byte, error){"CSV": out.CSV, "XLSX": out.XLSX} {
		content, err := write()
		if err != nil {
			t.Fatal(err)
		}
		found, err := Read(t.Context(), content)
		if err != nil || len(found.Rows) != len(texts) {
			t.Fatalf("%s: %v", name, err)
		}
		for i, text := range texts {
			if found.Rows[i][0] != text {
				t.Errorf("%s: %q is read back as %q", name, text, found.Rows[i][0])
			}
		}
	}
}

// sheetOf is a workbook whose sheet has these rows, written as the file has them.
func sheetOf(t *testing.T, rows string) []byte {
	t.Helper()
	book := excelize.NewFile()
	book.Pkg.Store("xl/sharedStrings.xml", []byte(`<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>text</t></si></sst>`))
	book.Sheet.Delete("xl/worksheets/sheet1.xml")
	book.Pkg.Store("xl/worksheets/sheet1.xml", []byte(`<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>`+rows+`</sheetData></worksheet>`))
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestSheetsThatLieAboutTheirNumbers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rows string
		want error
	}{
		"a row far away":      {`<row r="1"><c t="str"><v>a</v></c></row><row r="9000000000000000000"><c t="str"><v>b</v></c></row>`, ErrTooManyRows},
		"a text of number -1": {`<row r="1"><c r="A1" t="s"><v>0</v></c></row><row r="2"><c r="A2" t="s"><v>-1</v></c></row>`, ErrNotATable},
	} {
		if found, err := Read(t.Context(), sheetOf(t, c.rows)); !errors.Is(err, c.want) {
			t.Errorf("%s: %+v, %v, want %v", name, found, err, c.want)
		}
	}
}

func TestReadingASheetEndsWithItsRequest(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Read(ctx, sheetOf(t, `<row r="1"><c t="str"><v>a</v></c></row>`)); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestDaysOfASheetAreReadAsDays(t *testing.T) {
	t.Parallel()
	book := excelize.NewFile()
	day, err := book.NewStyle(&excelize.Style{NumFmt: 14})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(book.SetCellValue("Sheet1", "A1", "Birth date"), book.SetCellValue("Sheet1", "A2", 32932), book.SetCellStyle("Sheet1", "A2", "A2", day)); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		t.Fatal(err)
	}
	if found, err := Read(t.Context(), out.Bytes()); err != nil || found.Rows[0][0] != "1990-02-28" {
		t.Errorf("%+v, %v", found, err)
	}
}
