package postgres

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
)

const fileColumns = `id, case_id, client_id, contact_id, interaction_id, name, media_type, size, sha256, created_at, created_by, removed_at, removed_by`

// fileRow reads a file, whose card is in the column of its kind.
type fileRow struct {
	crm.File
	cases, clients, contacts, interactions uuid.UUID
}

func (f *fileRow) targets() []any {
	return []any{
		&f.ID, (*zeronull.UUID)(&f.cases), (*zeronull.UUID)(&f.clients), (*zeronull.UUID)(&f.contacts), (*zeronull.UUID)(&f.interactions),
		&f.Name, &f.MediaType, &f.Size, &f.SHA256, &f.CreatedAt, (*zeronull.UUID)(&f.CreatedBy), &f.RemovedAt, (*zeronull.UUID)(&f.RemovedBy),
	}
}

func (f *fileRow) file() *crm.File {
	for kind, id := range map[crm.CardKind]uuid.UUID{
		crm.CardCase: f.cases, crm.CardClient: f.clients, crm.CardContact: f.contacts, crm.CardInteraction: f.interactions,
	} {
		if id != uuid.Nil {
			f.Card = crm.Card{Kind: kind, ID: id}
		}
	}
	return &f.File
}

func scanFile(row pgx.Row) (*crm.File, error) {
	var f fileRow
	if err := row.Scan(f.targets()...); err != nil {
		return nil, err //nolint:wrapcheck // the caller says what was being read
	}
	return f.file(), nil
}

// ListFiles lists the files on a card, oldest first, removed ones only when they are asked for. A case has those of its interactions
// too: the documents of all of them are in one place (R1).
func (db *DB) ListFiles(ctx context.Context, on crm.Card, removed bool) ([]crm.File, error) {
	var w where
	if on.Kind == crm.CardCase {
		kept, err := keptElsewhere(ctx, db.pool, on.ID, caseColumn, dealColumn)
		if err != nil {
			return nil, err
		}
		w.plain("(id in (" + fmt.Sprintf(filesOfCase, w.arg(on.ID)) + ") or interaction_id = any(" + w.arg(kept) + "))")
	} else {
		w.equalID(string(on.Kind)+"_id", on.ID)
	}
	if !removed {
		w.plain("removed_at is null")
	}
	rows, err := db.pool.Query(ctx, "select "+fileColumns+" from files"+w.sql()+" order by created_at, id", w.args...)
	if err != nil {
		return nil, fmt.Errorf("list files: %w", err)
	}
	return collectRows(rows, "list files", scanFile)
}

// File reads a file with its content; crm.KindNotFound when there is none, or when it has been taken off its card.
func (db *DB) File(ctx context.Context, id uuid.UUID) (*crm.File, []byte, error) {
	var f fileRow
	var content []byte
	err := db.pool.QueryRow(ctx, "select "+fileColumns+", content from files where id = $1 and removed_at is null", id).Scan(append(f.targets(), &content)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, nil, noSuchFile()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read a file: %w", err)
	}
	return f.file(), content, nil
}

func noSuchFile() error { return crm.Errorf(crm.KindNotFound, "file_not_found", "no such file") }

// CreateFile puts a file on a card and tells it in the feed or the history of what the card is of.
func (db *DB) CreateFile(ctx context.Context, f crm.File, content []byte) (*crm.File, error) {
	id, err := idOr(f.ID)
	if err != nil {
		return nil, err
	}
	f.ID = id
	sum := sha256.Sum256(content)
	var made *crm.File
	err = db.inTx(ctx, func(tx pgx.Tx) error {
		card, err := lockCard(ctx, tx, f.Card)
		if err != nil {
			return err
		}
		made, err = scanFile(tx.QueryRow(ctx, `insert into files (id, `+string(f.Card.Kind)+`_id, name, media_type, size, sha256, content, created_at, created_by)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (id) do nothing returning `+fileColumns,
			id, f.Card.ID, f.Name, f.MediaType, len(content), sum[:], content, db.now(), nullID(f.CreatedBy)))
		if errors.Is(err, pgx.ErrNoRows) {
			made, err = readFile(ctx, tx, id, "")
			return err
		}
		if err != nil {
			return fmt.Errorf("store a file: %w", err)
		}
		if err := db.tellFile(ctx, tx, card, "file", made, f.CreatedBy); err != nil {
			return err
		}
		if card.of == nil {
			return nil
		}
		return db.documentHappened(ctx, tx, card.of, id, f.CreatedBy)
	})
	return made, err
}

// filesOfCase are the ids of the files of a case, %[1]s: on its card and on its interactions, those of its deal's chain included.
const filesOfCase = `select f.id from files f where f.case_id = %[1]s
	union all select f.id from interactions i join files f on f.interaction_id = i.id where i.case_id = %[1]s
	union all select f.id from interactions i join files f on f.interaction_id = i.id where i.deal_id = %[1]s and i.case_id is distinct from %[1]s`

func readFile(ctx context.Context, q querier, id uuid.UUID, lock string) (*crm.File, error) {
	f, err := scanFile(q.QueryRow(ctx, "select "+fileColumns+" from files where id = $1 "+lock, id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, noSuchFile()
	}
	if err != nil {
		return nil, fmt.Errorf("read a file: %w", err)
	}
	return f, nil
}

// RemoveFile takes a file off its card, or puts it back. Who put it there may, and who leads; a file that a form of its case
// names stays.
func (db *DB) RemoveFile(ctx context.Context, id uuid.UUID, removed bool, by *crm.User) (*crm.File, error) {
	var changed *crm.File
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		f, err := readFile(ctx, tx, id, "")
		if err != nil {
			return err
		}
		card, err := lockCard(ctx, tx, f.Card)
		if err != nil {
			return err
		}
		if f, err = readFile(ctx, tx, id, "for no key update"); err != nil {
			return err
		}
		changed = f
		if err := mayRemove(f, card.of, by); err != nil {
			return err
		}
		if (f.RemovedAt != nil) == removed {
			return nil
		}
		kind, at, who := "file_restored", (*time.Time)(nil), uuid.Nil
		if removed {
			now := db.now()
			kind, at, who = "file_removed", &now, by.ID
		}
		changed, err = scanFile(tx.QueryRow(ctx, "update files set removed_at = $2, removed_by = $3 where id = $1 returning "+fileColumns, id, at, nullID(who)))
		if err != nil {
			return fmt.Errorf("remove a file: %w", err)
		}
		return db.tellFile(ctx, tx, card, kind, changed, by.ID)
	})
	return changed, err
}

func mayRemove(f *crm.File, of *crm.Case, by *crm.User) error {
	if f.CreatedBy != by.ID && !by.Leads() {
		return crm.Errorf(crm.KindForbidden, "not_your_file", "only who put a file there removes it, and who leads")
	}
	if of == nil {
		return nil
	}
	for _, value := range of.Fields {
		if value == f.ID.String() {
			return crm.Errorf(crm.KindConflict, "file_in_use", "a form of the case names the file")
		}
	}
	return nil
}

// lockedCard is what a file lies on. of is its case, the interaction's one included; nil: it has none.
type lockedCard struct {
	client uuid.UUID
	of     *crm.Case
}

// lockCard locks what a card is of, so that it is there while a file is put on it.
func lockCard(ctx context.Context, tx pgx.Tx, on crm.Card) (lockedCard, error) {
	switch on.Kind {
	case crm.CardClient:
		c, err := lockClient(ctx, tx, on.ID)
		if err != nil {
			return lockedCard{}, err
		}
		return lockedCard{client: c.ID}, nil
	case crm.CardContact:
		c, err := lockContact(ctx, tx, on.ID)
		if err != nil {
			return lockedCard{}, err
		}
		return lockedCard{client: c.ClientID}, nil
	case crm.CardInteraction:
		i, err := readInteraction(ctx, tx, on.ID, "")
		if err != nil {
			return lockedCard{}, err
		}
		if i.Home() == uuid.Nil {
			return lockedCard{client: i.ClientID}, nil
		}
		c, err := lockCase(ctx, tx, i.Home())
		return lockedCard{of: c}, err
	case crm.CardCase:
	}
	c, err := lockCase(ctx, tx, on.ID)
	return lockedCard{of: c}, err
}

// tellFile tells of a file in its case's feed, or in its client's history.
func (db *DB) tellFile(ctx context.Context, tx pgx.Tx, card lockedCard, kind string, f *crm.File, by uuid.UUID) error {
	data := map[string]any{"file_id": f.ID, "name": f.Name}
	if f.Card.Kind == crm.CardContact || f.Card.Kind == crm.CardInteraction {
		data[string(f.Card.Kind)+"_id"] = f.Card.ID
	}
	if card.client != uuid.Nil {
		return db.tellClient(ctx, tx, card.client, kind, by, data)
	}
	if card.of == nil {
		return nil
	}
	now := db.now()
	batch := &pgx.Batch{}
	batch.Queue("update cases set last_activity_at = $2 where id = $1", card.of.ID, now)
	if err := queueFeed(batch, []crm.FeedEntry{{CaseID: card.of.ID, At: now, Kind: kind, ActorID: by, Data: data}}, 0); err != nil {
		return err
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("tell a file in the feed: %w", err)
	}
	return nil
}
