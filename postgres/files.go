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

const fileColumns = `id, case_id, name, media_type, size, sha256, created_at, created_by`

func fileTargets(f *crm.File) []any {
	return []any{&f.ID, &f.CaseID, &f.Name, &f.MediaType, &f.Size, &f.SHA256, &f.CreatedAt, (*zeronull.UUID)(&f.CreatedBy)}
}

func scanFile(row pgx.Row) (*crm.File, error) {
	var f crm.File
	err := row.Scan(fileTargets(&f)...)
	return &f, err
}

// ListFiles lists the files of a case, oldest first.
func (db *DB) ListFiles(ctx context.Context, caseID uuid.UUID) ([]crm.File, error) {
	rows, err := db.pool.Query(ctx, "select "+fileColumns+" from files where case_id = $1 order by created_at, id", caseID)
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	return collectRows(rows, "list files", scanFile)
}

// File reads a file with its content; crm.KindNotFound when there is none.
func (db *DB) File(ctx context.Context, id uuid.UUID) (*crm.File, []byte, error) {
	var f crm.File
	var content []byte
	err := db.pool.QueryRow(ctx, "select "+fileColumns+", content from files where id = $1", id).Scan(append(fileTargets(&f), &content)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, crm.Errorf(crm.KindNotFound, "file_not_found", "no such file")
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read a file: %w", err)
	}
	return &f, content, nil
}

// CreateFile attaches a file to a case.
func (db *DB) CreateFile(ctx context.Context, f crm.File, content []byte) (*crm.File, error) {
	id, err := idOr(f.ID)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content)
	var made *crm.File
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		c, err := lockCase(ctx, tx, f.CaseID)
		if err != nil {
			return err
		}
		now := db.now()
		made, err = scanFile(tx.QueryRow(ctx, `insert into files (id, case_id, name, media_type, size, sha256, content, created_at, created_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing returning `+fileColumns,
			id, f.CaseID, f.Name, f.MediaType, len(content), sum[:], content, now, nullID(f.CreatedBy)))
		if errors.Is(err, pgx.ErrNoRows) {
			if made, err = scanFile(tx.QueryRow(ctx, "select "+fileColumns+" from files where id = $1", id)); err == nil {
				return nil
			}
		}
		if err != nil {
			return fmt.Errorf("store a file: %w", err)
		}
		batch := &pgx.Batch{}
		batch.Queue("update cases set last_activity_at = $2 where id = $1", f.CaseID, now)
		err = queueFeed(batch, []crm.FeedEntry{{
			CaseID: f.CaseID, At: now, Kind: "file", ActorID: f.CreatedBy,
			Data: map[string]any{"file_id": id, "name": f.Name},
		}}, 0)
		if err != nil {
			return err
		}
		if err := tx.SendBatch(ctx, batch).Close(); err != nil {
			return fmt.Errorf("tell a file in the feed: %w", err)
		}
		return db.documentHappened(ctx, tx, c, made.ID, f.CreatedBy)
	})
	return made, err
}
