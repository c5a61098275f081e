package sheets

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// What a table that is read may have at most. A spreadsheet is packed: unpacked it may have 100 MiB, whatever it says of itself.
const (
	MaxRows     = 20_000
	MaxColumns  = 100
	maxCell     = 5_000 // characters
	maxUnpacked = 100 << 20
)

// What is wrong with a table that cannot be read.
var (
	ErrNotATable   = errors.New("the file is no table")
	ErrTooManyRows = errors.New("the table has too many rows")
	ErrTooWide     = errors.New("the table has too many columns")
	ErrLongCell    = errors.New("a cell of the table is too long")
	ErrEmpty       = errors.New("the table has no rows")
)

// Found is a table that was read: texts only, empty rows left out.
type Found struct {
	Format    string // "csv" or "xlsx"
	Encoding  string // of a CSV file: "utf-8", "utf-16" or "windows-1251"
	Delimiter string // of a CSV file
	Columns   []string
	Rows      [][]string // as many cells in each as there are columns
}

// Read reads a table out of a CSV or an XLSX file, of which the first sheet counts. Its first row names the columns. What
// Excel was kept from computing by an apostrophe is read without it.
func Read(content []byte) (*Found, error) {
	var found Found
	var rows [][]string
	var err error
	if bytes.HasPrefix(content, []byte("PK\x03\x04")) {
		found.Format = "xlsx"
		rows, err = readXLSX(content)
	} else {
		found.Format = "csv"
		rows, err = found.readCSV(content)
	}
	if err != nil {
		return nil, err
	}
	return found.fill(rows)
}

func readXLSX(content []byte) ([][]string, error) {
	book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked})
	if err != nil {
		return nil, ErrNotATable
	}
	defer func() { _ = book.Close() }() // all of it is in memory
	names := book.GetSheetList()
	if len(names) == 0 {
		return nil, ErrNotATable
	}
	read, err := book.Rows(names[0])
	if err != nil {
		return nil, ErrNotATable
	}
	defer func() { _ = read.Close() }()
	var rows [][]string
	for read.Next() {
		row, err := read.Columns()
		if err != nil {
			return nil, ErrNotATable
		}
		if rows, err = addRow(rows, row); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

func (f *Found) readCSV(content []byte) ([][]string, error) {
	text, err := f.decode(content)
	if err != nil || strings.ContainsRune(text, 0) {
		return nil, ErrNotATable
	}
	f.Delimiter = delimiterOf(text)
	lines := csv.NewReader(strings.NewReader(text))
	lines.Comma, lines.FieldsPerRecord, lines.LazyQuotes = rune(f.Delimiter[0]), -1, true
	var rows [][]string
	for {
		row, err := lines.Read()
		switch {
		case errors.Is(err, io.EOF):
			return rows, nil
		case err != nil:
			return nil, ErrNotATable
		}
		if rows, err = addRow(rows, row); err != nil {
			return nil, err
		}
	}
}

// decode reads a text in the encodings that Russian Excel writes.
func (f *Found) decode(content []byte) (string, error) {
	var way encoding.Encoding
	switch {
	case bytes.HasPrefix(content, []byte("\xff\xfe")), bytes.HasPrefix(content, []byte("\xfe\xff")):
		f.Encoding, way = "utf-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case utf8.Valid(content):
		f.Encoding = "utf-8"
		return strings.TrimPrefix(string(content), "\ufeff"), nil
	default:
		f.Encoding, way = "windows-1251", charmap.Windows1251
	}
	text, err := way.NewDecoder().Bytes(content)
	if err != nil {
		return "", fmt.Errorf("read a text in %s: %w", f.Encoding, err)
	}
	return string(text), nil
}

// delimiterOf is the mark that stands most often outside of quotes in the first line.
func delimiterOf(text string) string {
	counts := map[rune]int{}
	quoted := false
	for _, r := range text {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted && (r == '\n' || r == '\r') && len(counts) > 0 {
			break
		}
		if !quoted && strings.ContainsRune(";,\t|", r) {
			counts[r]++
		}
	}
	best := ','
	for _, r := range ";\t|" {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return string(best)
}

// addRow adds a row with its cells trimmed, unless all of them are empty.
func addRow(rows [][]string, row []string) ([][]string, error) {
	cells := make([]string, 0, len(row))
	last := 0
	for i, cell := range row {
		cell = plain(strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(cell, "\x00", ""), "")))
		if utf8.RuneCountInString(cell) > maxCell {
			return nil, ErrLongCell
		}
		if cell != "" {
			last = i + 1
		}
		if i < MaxColumns {
			cells = append(cells, cell)
		}
	}
	switch {
	case last > MaxColumns:
		return nil, ErrTooWide
	case last == 0:
		return rows, nil
	case len(rows) > MaxRows:
		return nil, ErrTooManyRows
	}
	return append(rows, cells[:last]), nil
}

// fill takes the names of the columns off the rows, and gives each row as many cells.
func (f *Found) fill(rows [][]string) (*Found, error) {
	if len(rows) < 2 {
		return nil, ErrEmpty
	}
	width := 0
	for _, row := range rows {
		width = max(width, len(row))
	}
	for i, row := range rows {
		rows[i] = append(row, make([]string, width-len(row))...)
	}
	f.Columns, f.Rows = rows[0], rows[1:]
	return f, nil
}

// dangerous are the beginnings of what a spreadsheet program would compute.
const dangerous = "=+-@\t\r"

// plain is a text without the apostrophe that keeps it from being computed.
func plain(cell string) string {
	if len(cell) > 1 && cell[0] == '\'' && strings.ContainsRune(dangerous, rune(cell[1])) {
		return cell[1:]
	}
	return cell
}

// harmless is a text that no spreadsheet program computes.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune(dangerous, rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// CSV writes the table in UTF-8 with a byte order mark and semicolons, as Russian Excel opens it. A text that looks like a
// formula gets an apostrophe before it.
func (t *Table) CSV() ([]byte, error) {
	var out bytes.Buffer
	out.WriteString("\ufeff")
	lines := csv.NewWriter(&out)
	lines.Comma, lines.UseCRLF = ';', true
	rows := make([][]any, 1, len(t.Rows)+1)
	for _, name := range t.Columns {
		rows[0] = append(rows[0], name)
	}
	for _, row := range append(rows, t.Rows...) {
		cells := make([]string, len(row))
		for i, value := range row {
			switch v := value.(type) {
			case nil:
			case string:
				cells[i] = harmless(v)
			default:
				cells[i] = fmt.Sprint(v)
			}
		}
		if err := lines.Write(cells); err != nil {
			return nil, fmt.Errorf("write a table: %w", err)
		}
	}
	lines.Flush()
	return out.Bytes(), nil
}
