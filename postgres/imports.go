package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

const importColumns = `i.id, i.subject, i.file_name, i.format, i.encoding, i.delimiter, i.columns, i.mapping, i.duplicates, i.status, i.created_at,
	i.created_by, i.finished_at`

// rowCounts counts the rows of import i by their results. Those of a finished one are kept with it.
const rowCounts = `(select coalesce(jsonb_object_agg(result, many), '{}')
	from (select result, count(*) as many from import_rows where import_id = i.id group by result) by_result)`

const importCounts = `, coalesce(i.counts, ` + rowCounts + `)`

func scanImport(row pgx.Row) (*crm.Import, error) {
	var i crm.Import
	err := row.Scan(&i.ID, &i.Of, &i.FileName, &i.Format, &i.Encoding, &i.Delimiter, &i.Columns, &i.Mapping, &i.Duplicates, &i.Status,
		&i.CreatedAt, (*zeronull.UUID)(&i.CreatedBy), &i.FinishedAt, &i.Counts)
	return &i, err
}

// CreateImport keeps a table whose columns are to be mapped. One of this id is given as it is.
func (db *DB) CreateImport(ctx context.Context, i crm.Import, rows [][]string) (*crm.Import, error) {
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		var err error
		if i.ID, err = idOr(i.ID); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `insert into imports (id, subject, file_name, format, encoding, delimiter, columns, mapping, created_at, created_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) on conflict (id) do nothing`,
			i.ID, i.Of, i.FileName, i.Format, i.Encoding, i.Delimiter, i.Columns, i.Mapping, db.now(), nullID(i.CreatedBy))
		if err != nil || tag.RowsAffected() == 0 {
			return err
		}
		_, err = tx.CopyFrom(ctx, pgx.Identifier{"import_rows"}, []string{"import_id", "n", "cells"}, pgx.CopyFromSlice(len(rows), func(n int) ([]any, error) {
			return []any{i.ID, n + 1, rows[n]}, nil
		}))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("keep an import: %w", err)
	}
	return db.Import(ctx, i.ID)
}

// Import reads an import with its counts; crm.KindNotFound when there is none.
func (db *DB) Import(ctx context.Context, id uuid.UUID) (*crm.Import, error) {
	i, err := scanImport(db.pool.QueryRow(ctx, "select "+importColumns+importCounts+" from imports i where i.id = $1", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, importNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read an import: %w", err)
	}
	return i, nil
}

// ListImports lists imports with their counts, the newest first.
func (db *DB) ListImports(ctx context.Context, f crm.ImportFilter) (crm.Page[crm.Import], error) {
	var w where
	w.equal("i.subject", string(f.Of))
	w.equal("i.status", string(f.Status))
	if s := w.sight(ctx); s != nil {
		w.plain(s.importOf("i.created_by"))
	}
	w.equalID("i.created_by", f.CreatedBy)
	if f.After != nil {
		w.plain("(i.created_at, i.id) < (" + w.arg(f.After.At) + ", " + w.arg(f.After.ID) + ")")
	}
	rows, err := db.pool.Query(ctx, "select "+importColumns+importCounts+" from imports i"+w.sql()+
		" order by i.created_at desc, i.id desc limit "+w.arg(f.Limit+1), w.args...)
	if err != nil {
		return crm.Page[crm.Import]{}, fmt.Errorf("list imports: %w", err)
	}
	items, err := collectRows(rows, "list imports", scanImport)
	if err != nil {
		return crm.Page[crm.Import]{}, err
	}
	return cut(items, f.Limit, func(i *crm.Import) crm.Cursor { return crm.Cursor{At: &i.CreatedAt, ID: i.ID} }), nil
}

func importNotFound() *crm.Error {
	return crm.Errorf(crm.KindNotFound, "import_not_found", "no such import")
}

// ImportRows lists rows in their order after row n; an empty result: all of them.
func (db *DB) ImportRows(ctx context.Context, id uuid.UUID, result crm.ImportResult, after, limit int) ([]crm.ImportRow, error) {
	w := where{}
	w.equalID("import_id", id)
	w.equal("result", string(result))
	w.add("n > %s", after)
	rows, err := db.pool.Query(ctx, "select n, cells, result, problems, record_id from import_rows"+w.sql()+" order by n limit "+w.arg(limit), w.args...)
	if err != nil {
		return nil, fmt.Errorf("read the rows of an import: %w", err)
	}
	return collectRows(rows, "read the rows of an import", func(row pgx.Row) (*crm.ImportRow, error) {
		var r crm.ImportRow
		err := row.Scan(&r.N, &r.Cells, &r.Result, &r.Problems, (*zeronull.UUID)(&r.RecordID))
		return &r, err
	})
}

// PendingImportRows lists rows that nothing has become of yet, of an import at work.
func (db *DB) PendingImportRows(ctx context.Context, id uuid.UUID, limit int) ([]crm.ImportRow, error) {
	return db.ImportRows(ctx, id, crm.RowPending, 0, limit)
}

// MapImport says where the columns go, before the import is run; import_at_work afterwards.
func (db *DB) MapImport(ctx context.Context, id uuid.UUID, mapping []string) (*crm.Import, error) {
	return db.turnImport(ctx, id, "update imports set mapping = $2 where id = $1 and status = 'uploaded'", mapping)
}

// RunImport lets the rows be worked on, or goes on with those that are left.
func (db *DB) RunImport(ctx context.Context, id uuid.UUID, policy crm.DuplicatePolicy) (*crm.Import, error) {
	return db.turnImport(ctx, id, "update imports set status = 'running', duplicates = $2 where id = $1 and status in ('uploaded', 'stopped', 'running')", policy)
}

// StopImport leaves the rows that are left as they are. Stopped once, it is stopped.
func (db *DB) StopImport(ctx context.Context, id uuid.UUID) (*crm.Import, error) {
	return db.turnImport(ctx, id, "update imports set status = 'stopped' where id = $1 and status in ('running', 'stopped')")
}

func (db *DB) turnImport(ctx context.Context, id uuid.UUID, sql string, more ...any) (*crm.Import, error) {
	tag, err := db.exec(ctx, sql, append([]any{id}, more...)...)
	if err != nil {
		return nil, fmt.Errorf("change an import: %w", err)
	}
	i, err := db.Import(ctx, id)
	if err == nil && tag.RowsAffected() == 0 {
		return nil, crm.Errorf(crm.KindConflict, "import_status", "the import does not stand there").With("status", string(i.Status))
	}
	return i, err
}

// RunningImports lists the imports at work, the oldest first.
func (db *DB) RunningImports(ctx context.Context) ([]crm.Import, error) {
	rows, err := db.pool.Query(ctx, "select "+importColumns+", '{}'::jsonb from imports i where i.status = 'running' order by i.created_at, i.id")
	if err != nil {
		return nil, fmt.Errorf("list imports: %w", err)
	}
	return collectRows(rows, "list imports", scanImport)
}

// FinishImport ends an import at work that has no pending rows.
func (db *DB) FinishImport(ctx context.Context, id uuid.UUID) error {
	_, err := db.exec(ctx, `update imports i set status = 'finished', finished_at = $2, counts = `+rowCounts+` where i.id = $1 and i.status = 'running'
		and not exists (select from import_rows r where r.import_id = i.id and r.result = 'pending')`, id, db.now())
	if err != nil {
		return fmt.Errorf("end an import: %w", err)
	}
	return nil
}

// applied is what became of a row.
type applied struct {
	result   crm.ImportResult
	record   uuid.UUID
	problems []crm.CellError
}

// ApplyImportRow makes the record of a row and notes what became of it, in one transaction: whatever crashes, the row is
// pending, or has become something whole. What the database refuses is noted as failed.
func (db *DB) ApplyImportRow(ctx context.Context, of *crm.Import, n int, record crm.ImportRecord, wrong []crm.CellError) error {
	err := db.settleRow(ctx, of, n, func(tx pgx.Tx) (*applied, error) {
		if len(wrong) > 0 {
			return &applied{result: crm.RowFailed, problems: wrong}, nil
		}
		return db.importRecord(ctx, tx, of, &record)
	})
	problems := rowProblems(of, err)
	if problems == nil {
		return err
	}
	return db.settleRow(ctx, of, n, func(pgx.Tx) (*applied, error) {
		return &applied{result: crm.RowFailed, problems: problems}, nil
	})
}

// settleRow does a pending row of a running import, unless somebody else is at it.
func (db *DB) settleRow(ctx context.Context, of *crm.Import, n int, do func(tx pgx.Tx) (*applied, error)) error {
	return db.inTx(ctx, func(tx pgx.Tx) error {
		var pending bool
		// Live pages hear of an import once, when it has ended.
		err := tx.QueryRow(ctx, `select set_config('marshrut.untold', 'clients', true) <> '' from import_rows r join imports i on i.id = r.import_id and i.status = 'running'
			where r.import_id = $1 and r.n = $2 and r.result = 'pending' for update of r skip locked`, of.ID, n).Scan(&pending)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("take a row of an import: %w", err)
		}
		done, err := do(tx)
		if err != nil {
			return err
		}
		if done.problems == nil {
			done.problems = []crm.CellError{}
		}
		_, err = tx.Exec(ctx, "update import_rows set result = $3, problems = $4, record_id = $5 where import_id = $1 and n = $2",
			of.ID, n, done.result, done.problems, nullID(done.record))
		if err != nil {
			return fmt.Errorf("note what became of a row: %w", err)
		}
		return nil
	})
}

// refusals are the classes of SQLSTATE that say that a value cannot be stored: its form, a rule, its size.
var refusals = []string{"22", "23", "54"}

// rowProblems are what the database has against a row; nil: the error, if any, is of another sort, and the row is tried again.
func rowProblems(of *crm.Import, err error) []crm.CellError {
	if err == nil {
		return nil
	}
	known, ok := crm.AsError(err)
	if !ok {
		var pg *pgconn.PgError
		if errors.As(err, &pg) && slices.ContainsFunc(refusals, func(class string) bool { return strings.HasPrefix(pg.Code, class) }) {
			return []crm.CellError{{Column: -1, Code: "row_refused"}}
		}
		return nil
	}
	if len(known.Fields) == 0 {
		return []crm.CellError{{Column: -1, Code: known.Code}}
	}
	var problems []crm.CellError
	for _, f := range known.Fields {
		problems = append(problems, crm.CellError{Column: columnOf(of, f.Pointer), Code: f.Code})
	}
	return problems
}

// columnOf is the column that a value came from; -1: none.
func columnOf(of *crm.Import, pointer string) int {
	target := strings.Replace(strings.TrimPrefix(pointer, "/"), "attributes/", "attribute:", 1)
	for i, mapped := range of.Mapping {
		if mapped == target {
			return i
		}
	}
	return -1
}

func (db *DB) importRecord(ctx context.Context, tx pgx.Tx, of *crm.Import, record *crm.ImportRecord) (*applied, error) {
	if record.Client == nil {
		return db.importContact(ctx, tx, of, record)
	}
	record.Client.CreatedBy = of.CreatedBy
	var made *crm.Client
	var known []crm.Duplicate
	var err error
	if of.Duplicates == crm.DuplicatesSkip {
		made, known, err = db.createUnique(ctx, tx, *record.Client, record.Personal())
	} else {
		made, err = db.createClient(ctx, tx, *record.Client)
	}
	switch {
	case err != nil:
		return nil, err
	case len(known) > 0:
		return &applied{result: crm.RowDuplicate, record: known[0].Client.ID}, nil
	}
	if record.Contact != nil {
		record.Contact.ClientID, record.Contact.CreatedBy = made.ID, of.CreatedBy
		if _, err := db.createContact(ctx, tx, *record.Contact); err != nil {
			return nil, err
		}
	}
	return &applied{result: crm.RowMade, record: made.ID}, nil
}

func (db *DB) importContact(ctx context.Context, tx pgx.Tx, of *crm.Import, record *crm.ImportRecord) (*applied, error) {
	client, code, err := clientOfContact(ctx, tx, record)
	if err != nil {
		return nil, err
	}
	if code != "" {
		return &applied{result: crm.RowFailed, problems: []crm.CellError{{Column: of.ClientColumn(record), Code: code}}}, nil
	}
	if of.Duplicates == crm.DuplicatesSkip {
		known, err := namesake(ctx, tx, client, record.Contact.Name)
		if err != nil {
			return nil, err
		}
		if known != uuid.Nil {
			return &applied{result: crm.RowDuplicate, record: known}, nil
		}
	}
	record.Contact.ClientID, record.Contact.CreatedBy = client, of.CreatedBy
	made, err := db.createContact(ctx, tx, *record.Contact)
	if err != nil {
		return nil, err
	}
	return &applied{result: crm.RowMade, record: made.ID}, nil
}

// namesake finds a contact of the client that has this name; zero: there is none. Two that look for the same one wait for each
// other, so that only one of them makes it.
func namesake(ctx context.Context, tx pgx.Tx, client uuid.UUID, name string) (uuid.UUID, error) {
	if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended($1 || name_key($2), 0))", client.String(), name); err != nil {
		return uuid.Nil, fmt.Errorf("look for a contact: %w", err)
	}
	var known uuid.UUID
	err := tx.QueryRow(ctx, "select id from contacts where client_id = $1 and name_key = name_key($2) and merged_into is null order by id limit 1",
		client, name).Scan(&known)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return uuid.Nil, fmt.Errorf("look for a contact: %w", err)
	}
	return known, nil
}

// clientMeant finds the client of a contact by ИНН, or else by name, among those that are seen; two of them: it cannot be told. Its
// parameters are added to those of w.
func (w *where) clientMeant(ctx context.Context, record *crm.ImportRecord) (sql string) {
	if record.ClientINN != "" {
		return `select distinct e.client_id as id from legal_entities e join clients c on c.id = e.client_id and c.merged_into is null
			where e.inn <> '' and e.inn = ` + w.arg(record.ClientINN) + w.andSeen(ctx, crm.CardClient, "c.id") + " limit 2"
	}
	return "select c.id from clients c where c.merged_into is null and c.name_key = name_key(" + w.arg(record.ClientName) + ")" +
		w.andSeen(ctx, crm.CardClient, "c.id") + " limit 2"
}

// clientOfContact finds the one client that is meant. The code says why there is none.
func clientOfContact(ctx context.Context, q querier, record *crm.ImportRecord) (id uuid.UUID, code string, err error) {
	var w where
	sql := w.clientMeant(ctx, record)
	rows, err := q.Query(ctx, sql, w.args...)
	if err != nil {
		return id, "", fmt.Errorf("look for a contact's client: %w", err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	if err != nil {
		return id, "", fmt.Errorf("look for a contact's client: %w", err)
	}
	if code := unsureClient(len(found)); code != "" {
		return id, code, nil
	}
	return found[0], "", nil
}

// unsureClient says why a contact's client cannot be told, when so many are found.
func unsureClient(found int) (code string) {
	switch found {
	case 0:
		return "client_not_found"
	case 1:
		return ""
	default:
		return "client_ambiguous"
	}
}
