package postgres

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// Settings are what the company has decided for all (R22).
func (db *DB) Settings(ctx context.Context) (*crm.Settings, error) {
	return readSettings(ctx, db.pool, "")
}

func readSettings(ctx context.Context, q querier, tail string) (*crm.Settings, error) {
	var s crm.Settings
	if err := q.QueryRow(ctx, "select off, version from settings "+tail).Scan(&s.Off, &s.Version); err != nil {
		return nil, fmt.Errorf("read the settings: %w", err)
	}
	s.Off = orderedBlocks(s.Off)
	return &s, nil
}

// orderedBlocks gives each of the blocks once, in their order.
func orderedBlocks(blocks []crm.Block) []crm.Block {
	return slices.DeleteFunc(crm.Blocks(), func(b crm.Block) bool { return !slices.Contains(blocks, b) })
}

// PutSettings changes the settings of this version; crm.KindStale when they have another. A block that holds open work goes only when
// that is confirmed: blocks_in_use, with what each holds. It loses nothing, and what runs of it goes on: it is only seen no more.
func (db *DB) PutSettings(ctx context.Context, version int, change crm.SettingsChange) (*crm.Settings, error) {
	var put *crm.Settings
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		before, err := readSettings(ctx, tx, "for update")
		if err != nil {
			return err
		}
		if before.Version != version {
			return stale()
		}
		put = &crm.Settings{Off: orderedBlocks(change.Off), Version: version}
		if slices.Equal(put.Off, before.Off) {
			return nil
		}
		if err := mayGo(ctx, tx, before.Off, put.Off, change.Confirmed); err != nil {
			return err
		}
		put.Version++
		if _, err := tx.Exec(ctx, "update settings set off = $1, version = $2", put.Off, put.Version); err != nil {
			return fmt.Errorf("write the settings: %w", err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return put, nil
}

// mayGo refuses blocks that hold open work and that nobody has confirmed.
func mayGo(ctx context.Context, q querier, before, off, confirmed []crm.Block) error {
	refusal := crm.Errorf(crm.KindConflict, "blocks_in_use", "what is open in the blocks would be seen no more")
	for _, block := range off {
		if slices.Contains(before, block) || slices.Contains(confirmed, block) {
			continue
		}
		open, err := openIn(ctx, q, block)
		if err != nil {
			return err
		}
		if open.Any() {
			refusal.Fields = append(refusal.Fields, crm.FieldError{Pointer: "/blocks/" + string(block), Code: "block_in_use", Params: map[string]string{
				"cases": countText(open.Cases), "tasks": countText(open.Tasks), "planned": countText(open.Planned),
			}})
		}
	}
	if len(refusal.Fields) > 0 {
		return refusal
	}
	return nil
}

func countText(c crm.Count) string {
	if c.More {
		return strconv.Itoa(c.N) + "+"
	}
	return strconv.Itoa(c.N)
}

// OpenInBlocks counts what every block holds that somebody would still have to do something about, switched off or not.
func (db *DB) OpenInBlocks(ctx context.Context) (map[crm.Block]crm.OpenInBlock, error) {
	all := map[crm.Block]crm.OpenInBlock{}
	for _, block := range crm.Blocks() {
		open, err := openIn(ctx, db.pool, block)
		if err != nil {
			return nil, err
		}
		all[block] = *open
	}
	return all, nil
}

// openQueries count up to $1 what is open of a block, each along its index.
var openQueries = map[crm.Block]string{
	crm.BlockInteractions: `select 0, 0, (select count(*) from (select from interactions where status = 'planned' and off_register_at is null limit $1) p)`,
	crm.BlockDeals:        openOfKind(crm.Deal),
	crm.BlockClaims:       openOfKind(crm.Claim),
}

func openOfKind(kind crm.Kind) string {
	return strings.ReplaceAll(`select (select count(*) from (select from cases where kind = '{kind}' and status = 'open' limit $1) c),
		(select count(*) from (select from cases c join tasks t on t.case_id = c.id and t.status = 'open' where c.kind = '{kind}' limit $1) t),
		(select count(*) from (select from cases c join interactions i on i.case_id = c.id and i.status = 'planned' and i.off_register_at is null
			where c.kind = '{kind}' and c.status = 'open' limit $1) p)`, "{kind}", string(kind))
}

func openIn(ctx context.Context, q querier, block crm.Block) (*crm.OpenInBlock, error) {
	var open crm.OpenInBlock
	err := q.QueryRow(ctx, openQueries[block], crm.BoardBound+1).Scan(&open.Cases.N, &open.Tasks.N, &open.Planned.N)
	if err != nil {
		return nil, fmt.Errorf("count what is open of %s: %w", block, err)
	}
	for _, c := range []*crm.Count{&open.Cases, &open.Tasks, &open.Planned} {
		if c.N > crm.BoardBound {
			*c = crm.Count{N: crm.BoardBound, More: true}
		}
	}
	return &open, nil
}

// refusedBlock is the answer to a request for what the company does without (R22).
func refusedBlock() *crm.Error {
	return crm.Errorf(crm.KindConflict, "block_off", "the company has switched this off")
}
