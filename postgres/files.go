package postgres

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

const fileColumns = `f.id, f.case_id, f.name, f.media_type, f.size, f.sha256, f.created_at, f.created_by`

func fileTargets(f *crm.File) []any {
	return []any{&f.ID, &f.CaseID, &f.Name, &f.MediaType, &f.Size, &f.SHA256, &f.CreatedAt, (*zeronull.UUID)(&f.CreatedBy)}
}

// ListFiles lists a case's files, oldest first.
func (db *DB) ListFiles(ctx context.Context, caseID uuid.UUID) ([]crm.File, error) {
	rows, err := db.pool.Query(ctx, "select "+fileColumns+" from files f where f.case_id = $1 order by f.id", caseID)
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	files, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (crm.File, error) {
		var f crm.File
		err := row.Scan(fileTargets(&f)...)
		return f, err
	})
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	return files, nil
}

// File reads a file with its content; crm.KindNotFound when there is none.
func (db *DB) File(ctx context.Context, id uuid.UUID) (*crm.File, []byte, error) {
	var f crm.File
	var content []byte
	err := db.pool.QueryRow(ctx, "select "+fileColumns+", f.content from files f where f.id = $1", id).Scan(append(fileTargets(&f), &content)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, crm.Errorf(crm.KindNotFound, "file_not_found", "no such file")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read a file: %w", err)
	}
	return &f, content, nil
}

// CreateFile attaches a file to a case and tells the feed (R10).
func (db *DB) CreateFile(ctx context.Context, f crm.File, content []byte) (*crm.File, error) {
	id, err := newID()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	f.ID, f.CreatedAt, f.Size, f.SHA256 = id, db.now(), int64(len(content)), sum[:]
	batch := &pgx.Batch{}
	batch.Queue("update cases set last_activity_at = $2 where id = $1", f.CaseID, f.CreatedAt)
	batch.Queue(`insert into files (id, case_id, name, media_type, size, sha256, content, created_at, created_by)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		f.ID, f.CaseID, f.Name, f.MediaType, f.Size, f.SHA256, content, f.CreatedAt, nullID(f.CreatedBy))
	err = queueFeed(batch, []crm.FeedEntry{{
		CaseID: f.CaseID, At: f.CreatedAt, Kind: "file_added", ActorID: f.CreatedBy,
		Data: map[string]any{"file_id": f.ID, "name": f.Name, "size": f.Size},
	}}, 0)
	if err != nil {
		return nil, err
	}
	if err := db.pool.SendBatch(ctx, batch).Close(); err != nil {
		if violates(err, "files_case_id_fkey") {
			return nil, caseNotFound()
		}
		return nil, fmt.Errorf("attach a file: %w", err)
	}
	return &f, nil
}
