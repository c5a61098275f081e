package sheets

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
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
	maxText     = 50 << 20  // bytes in all cells: a packed file may name one long text in each of them
	maxNumber   = 1_048_576 // of a sheet's last row, as Excel has it: a file may leave out all rows before it
)

// What is wrong with a table that cannot be read.
var (
	ErrNotATable   = errors.New("the file is no table")
	ErrTooManyRows = errors.New("the table has too many rows")
	ErrTooWide     = errors.New("the table has too many columns")
	ErrLongCell    = errors.New("a cell of the table is too long")
	ErrTooLarge    = errors.New("the table has too much text")
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
// Excel was kept from computing by an apostrophe is read without it. It stops when ctx ends.
func Read(ctx context.Context, content []byte) (*Found, error) {
	var found Found
	var rows [][]string
	var err error
	if bytes.HasPrefix(content, []byte("PK\x03\x04")) {
		found.Format = "xlsx"
		rows, err = readXLSX(ctx, content)
	} else {
		found.Format = "csv"
		rows, err = found.readCSV(content)
	}
	if err != nil {
		return nil, err
	}
	return found.fill(rows)
}

func readXLSX(ctx context.Context, content []byte) (rows [][]string, err error) {
	// The library trusts the numbers in a file: a text of number -1 is looked for where there is none.
	defer func() {
		if recover() != nil {
			rows, err = nil, ErrNotATable
		}
	}()
	book, err := excelize.OpenReader(bytes.NewReader(content), excelize.Options{
		UnzipSizeLimit: maxUnpacked, UnzipXMLSizeLimit: maxUnpacked, ShortDatePattern: "yyyy-mm-dd",
	})
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
	return sheetRows(ctx, read)
}

// sheetRows reads the rows of a sheet. Those between two of its rows that are far from each other are turns of the loop too.
func sheetRows(ctx context.Context, read *excelize.Rows) ([][]string, error) {
	var all gathered
	for n := 1; read.Next(); n++ {
		if n > maxNumber {
			return nil, ErrTooManyRows
		}
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("read a sheet: %w", err)
		}
		row, err := read.Columns()
		if err != nil {
			return nil, ErrNotATable
		}
		if err := all.add(row); err != nil {
			return nil, err
		}
	}
	return all.rows, nil
}

func (f *Found) readCSV(content []byte) ([][]string, error) {
	text, err := f.decode(content)
	if err != nil || strings.ContainsRune(text, 0) {
		return nil, ErrNotATable
	}
	f.Delimiter = delimiterOf(text)
	lines := csv.NewReader(strings.NewReader(text))
	lines.Comma, lines.FieldsPerRecord, lines.LazyQuotes = rune(f.Delimiter[0]), -1, true
	var all gathered
	for {
		row, err := lines.Read()
		switch {
		case errors.Is(err, io.EOF):
			return all.rows, nil
		case err != nil:
			return nil, ErrNotATable
		}
		if err := all.add(row); err != nil {
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

// gathered are the rows read so far.
type gathered struct {
	rows  [][]string
	bytes int // in their cells
}

// add adds a row with its cells trimmed, unless all of them are empty.
func (g *gathered) add(row []string) error {
	cells := make([]string, 0, min(len(row), MaxColumns))
	last := 0
	for i, cell := range row {
		cell = plain(strings.TrimSpace(strings.ToValidUTF8(strings.ReplaceAll(cell, "\x00", ""), "")))
		if utf8.RuneCountInString(cell) > maxCell {
			return ErrLongCell
		}
		if cell != "" {
			last = i + 1
		}
		if i < MaxColumns {
			cells = append(cells, cell)
		}
		g.bytes += len(cell)
	}
	switch {
	case last > MaxColumns:
		return ErrTooWide
	case last == 0:
		return nil
	case len(g.rows) > MaxRows:
		return ErrTooManyRows
	case g.bytes > maxText:
		return ErrTooLarge
	}
	g.rows = append(g.rows, cells[:last])
	return nil
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

// dangerous are the beginnings of what a spreadsheet program would compute; the full-width ones where it takes them for the others.
const dangerous = "=+-@\t\r＝＋－＠"

// computed tells whether a spreadsheet program would compute the text.
func computed(text string) bool {
	first, _ := utf8.DecodeRuneInString(text)
	return text != "" && strings.ContainsRune(dangerous, first)
}

// guarded tells whether the text begins with apostrophes that keep the rest of it from being computed.
func guarded(text string) bool {
	return strings.HasPrefix(text, "'") && computed(strings.TrimLeft(text, "'"))
}

// plain is the text of a cell, without the apostrophe that keeps it from being computed.
func plain(cell string) string {
	if guarded(cell) {
		return cell[1:]
	}
	return cell
}

// marked is a text that plain gives back as it is: one that has such apostrophes of its own gets another.
func marked(text string) string {
	if guarded(text) {
		return "'" + text
	}
	return text
}

// harmless is marked for a file whose texts a spreadsheet program would compute: plain gives every text back.
func harmless(text string) string {
	if computed(text) {
		return "'" + text
	}
	return marked(text)
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
			case float64:
				cells[i] = strconv.FormatFloat(v, 'f', -1, 64) // 1500000, where fmt writes 1.5e+06
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
