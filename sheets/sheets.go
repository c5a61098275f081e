// Package sheets writes tables as spreadsheets.
package sheets

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/xuri/excelize/v2"
)

// MediaType is the media type of an XLSX file.
const MediaType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

// Table is one sheet: a heading for every column, and rows of texts, numbers, booleans, times and nil. A text is always text:
// one that looks like a formula is not computed.
type Table struct {
	Name    string // of the sheet; at most 31 characters, none of []:*?/\
	Columns []string
	Rows    [][]any
	Zone    *time.Location // of its times; nil: UTC
}

// XLSX writes the table as a workbook of one sheet, its headings bold and kept in sight.
func (t *Table) XLSX() ([]byte, error) {
	book := excelize.NewFile()
	defer func() { _ = book.Close() }() // all of it is in memory
	if err := book.SetSheetName("Sheet1", t.Name); err != nil {
		return nil, fmt.Errorf("name the sheet %q: %w", t.Name, err)
	}
	if err := t.write(book); err != nil {
		return nil, fmt.Errorf("write the sheet %q: %w", t.Name, err)
	}
	var out bytes.Buffer
	if err := book.Write(&out); err != nil {
		return nil, fmt.Errorf("write a workbook: %w", err)
	}
	return out.Bytes(), nil
}

func (t *Table) write(book *excelize.File) error {
	bold, err := book.NewStyle(&excelize.Style{Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err //nolint:wrapcheck // XLSX says what was being written
	}
	stream, err := book.NewStreamWriter(t.Name)
	if err != nil {
		return err //nolint:wrapcheck // as above
	}
	if err := stream.SetColWidth(1, max(len(t.Columns), 1), 22); err != nil {
		return err //nolint:wrapcheck // as above
	}
	if err := stream.SetPanes(&excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err //nolint:wrapcheck // as above
	}
	heading := make([]any, len(t.Columns))
	for i, name := range t.Columns {
		heading[i] = excelize.Cell{StyleID: bold, Value: name}
	}
	if err := stream.SetRow("A1", heading); err != nil {
		return err //nolint:wrapcheck // as above
	}
	for i, row := range t.Rows {
		cell, err := excelize.CoordinatesToCellName(1, i+2)
		if err != nil {
			return err //nolint:wrapcheck // as above
		}
		if err := stream.SetRow(cell, t.cells(row)); err != nil {
			return err //nolint:wrapcheck // as above
		}
	}
	return stream.Flush() //nolint:wrapcheck // as above
}

// cells are those of a row, with texts that Read gives back, and times as they are in the table's zone.
func (t *Table) cells(row []any) []any {
	cells := slices.Clone(row)
	for i, value := range cells {
		switch value := value.(type) {
		case string:
			cells[i] = marked(value)
		case time.Time:
			cells[i] = value.In(cmp.Or(t.Zone, time.UTC)).Format(time.DateTime)
		}
	}
	return cells
}
