package crm

import (
	"slices"
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

// ClientColumn is the column by which the client of a contact is looked for; -1: none.
func (i *Import) ClientColumn(r *ImportRecord) int {
	if r.ClientINN != "" {
		return slices.Index(i.Mapping, "inn")
	}
	return slices.Index(i.Mapping, "client")
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

// ImportFilter says which imports are listed, the newest first. Zero fields do not narrow.
type ImportFilter struct {
	Of        AttributeSubject
	Status    ImportStatus
	CreatedBy uuid.UUID
	After     *Cursor // At, ID
	Limit     int
}

// RowOutlook is what the records there are have to say to a row before it is imported.
type RowOutlook struct {
	Code  string // why a contact's client cannot be told; empty: it can
	Known []KnownRecord
}

// KnownRecord is a record that a row's may be.
type KnownRecord struct {
	ID      uuid.UUID
	Name    string
	Reasons []string // what they have in common, as those of a Duplicate
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
