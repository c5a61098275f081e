package crm

import (
	"time"

	"github.com/google/uuid"
)

// Import is a table of clients or contacts on its way in.
type Import struct {
	ID         uuid.UUID
	Of         AttributeSubject // AttributeOfClient or AttributeOfContact
	FileName   string
	Format     string // "csv" or "xlsx"
	Encoding   string // of a CSV file
	Delimiter  string // of a CSV file
	Columns    []string
	Mapping    []string // where each column goes; empty: nowhere
	Duplicates DuplicatePolicy
	Status     ImportStatus
	Counts     ImportCounts
	CreatedAt  time.Time
	CreatedBy  uuid.UUID
	FinishedAt *time.Time
}

// ImportStatus is where an import stands.
type ImportStatus string

// The statuses of an import.
const (
	ImportUploaded ImportStatus = "uploaded" // its columns are being mapped
	ImportRunning  ImportStatus = "running"
	ImportStopped  ImportStatus = "stopped" // by somebody; it can be run on
	ImportFinished ImportStatus = "finished"
)

// DuplicatePolicy is what becomes of a row whose record may be there already.
type DuplicatePolicy string

// The policies for duplicates.
const (
	DuplicatesSkip   DuplicatePolicy = "skip"
	DuplicatesCreate DuplicatePolicy = "create"
)

// ImportResult is what became of a row.
type ImportResult string

// The results of a row.
const (
	RowPending   ImportResult = "pending"
	RowMade      ImportResult = "made"
	RowDuplicate ImportResult = "duplicate" // skipped: the record may be there already
	RowFailed    ImportResult = "failed"
)

// ImportCounts are rows by their results.
type ImportCounts struct {
	Pending, Made, Duplicate, Failed int
}

// ImportRow is a row of the table.
type ImportRow struct {
	N        int // from 1, the names of the columns not counted
	Cells    []string
	Result   ImportResult
	Problems []CellError
	RecordID uuid.UUID // made, or the one that it may be
}

// CellError is what is wrong with a cell.
type CellError struct {
	Column int    `json:"column"` // from 0; -1: the row itself
	Code   string `json:"code"`
}

// ImportRecord is what a row is to become: a client, with a contact or without, or a contact of the client that is named.
type ImportRecord struct {
	Client     *Client
	Contact    *Contact
	ClientName string // of a contact alone: whose it is, by name
	ClientINN  string // or by ИНН
}

// Personal are the contact details of the person who comes with a client: what is known of him is known of the client.
func (r *ImportRecord) Personal() []ContactDetail {
	if r.Client == nil || r.Contact == nil {
		return nil
	}
	return r.Contact.Details
}
