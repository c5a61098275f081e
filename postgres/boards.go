package postgres

import (
	"context"
	"fmt"
	"reflect"

	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// BoardStages are the stages of a map at which open cases stand, of whatever version. It goes from stage to stage along the
// board's index, and reads one case of each.
func (db *DB) BoardStages(ctx context.Context, kind crm.Kind, mapID string) ([]crm.BoardStage, error) {
	var w where
	w.add("c.kind = %s", kind)
	w.add("c.map_id = %s", mapID)
	w.plain("c.status = 'open'")
	w.seen(ctx, crm.CardCase, "c.id")
	rows, err := db.pool.Query(ctx, `with recursive found as (
			(select c.stage, c.map_version from cases c`+w.sql()+` order by c.stage, c.id limit 1)
			union all
			select next.* from found cross join lateral (select c.stage, c.map_version from cases c`+w.sql()+`
				and c.stage > found.stage order by c.stage, c.id limit 1) next
		) select stage, map_version from found`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("find a board's stages: %w", err)
	}
	return collectRows(rows, "find a board's stages", func(row pgx.Row) (*crm.BoardStage, error) {
		var s crm.BoardStage
		err := row.Scan(&s.Stage, &s.Version)
		return &s, err
	})
}

// ClientStages counts, up to crm.BoardBound, the clients with open cases at the stages of a map, in the order of the stages (R16).
func (db *DB) ClientStages(ctx context.Context, kind crm.Kind, mapID string, stages []string) ([]crm.Count, error) {
	var w where
	w.add("c.kind = %s", kind)
	w.add("c.map_id = %s", mapID)
	w.plain("c.status = 'open' and c.stage = s.stage and c.client_id is not null")
	w.seen(ctx, crm.CardCase, "c.id")
	rows, err := db.pool.Query(ctx, `select (select count(*) from (select distinct c.client_id from cases c`+w.sql()+" limit "+w.arg(crm.BoardBound+1)+`) clients)
		from unnest(`+w.arg(stages)+`::text[]) with ordinality s (stage, place) order by s.place`, w.args...)
	if err != nil {
		return nil, fmt.Errorf("count clients by stages: %w", err)
	}
	return collectRows(rows, "count clients by stages", func(row pgx.Row) (*crm.Count, error) {
		var c crm.Count
		err := row.Scan(&c.N)
		if c.N > crm.BoardBound {
			c = crm.Count{N: crm.BoardBound, More: true}
		}
		return &c, err
	})
}

// Board reads the columns of a board with their first cards, in one round trip.
func (db *DB) Board(ctx context.Context, f crm.BoardFilter) ([]crm.BoardColumn, error) {
	batch := &pgx.Batch{}
	queueBoardPlan(batch, &f)
	db.queueBoardSums(ctx, batch, &f)
	db.queueBoardCards(ctx, batch, &f)
	results := db.pool.SendBatch(ctx, batch)
	columns := make([]crm.BoardColumn, len(f.Stages))
	byStage := map[string]*crm.BoardColumn{}
	for i, stage := range f.Stages {
		columns[i].Stage, byStage[stage] = stage, &columns[i]
	}
	_, err := results.Exec()
	if err == nil {
		err = readBoard(results, byStage, f.Cards)
	}
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return nil, fmt.Errorf("read a board: %w", err)
	}
	return columns, nil
}

// BoardCards reads a page of one column.
func (db *DB) BoardCards(ctx context.Context, f crm.BoardFilter) (crm.Page[crm.CaseItem], error) {
	batch := &pgx.Batch{}
	queueBoardPlan(batch, &f)
	db.queueBoardCards(ctx, batch, &f)
	results := db.pool.SendBatch(ctx, batch)
	var cards []crm.CaseItem
	_, err := results.Exec()
	if err == nil {
		cards, err = collect(results, scanCaseItem)
	}
	if closeErr := results.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return crm.Page[crm.CaseItem]{}, fmt.Errorf("read a board's column: %w", err)
	}
	return cut(cards, f.Cards, cardCursor), nil
}

func cardCursor(i *crm.CaseItem) crm.Cursor { return crm.Cursor{ID: i.ID} }

// boardConditions are those of a column's cases c; s.stage is the column's.
func (db *DB) boardConditions(ctx context.Context, w *where, f *crm.BoardFilter) where {
	cases := f.Cases
	cases.Status = crm.StatusOpen
	common := caseConditions(ctx, w, &cases, db.now())
	return where{conditions: append(append(common, kindAndStatus(w, &cases)...), "c.stage = s.stage")}
}

const boardStages = " from unnest(%s::text[]) with ordinality s (stage, place) cross join lateral "

// queueBoardPlan lets one plan serve all stages of a board that nothing narrows: for each of them the database would plan the
// questions of this transaction anew, to come to the same, which takes several times as long as answering them. What is
// narrowed is planned for what it is narrowed to.
func queueBoardPlan(batch *pgx.Batch, f *crm.BoardFilter) {
	mode := "auto"
	if reflect.DeepEqual(f.Cases, crm.CaseFilter{Kinds: f.Cases.Kinds, MapID: f.Cases.MapID}) {
		mode = "force_generic_plan"
	}
	batch.Queue("select set_config('plan_cache_mode', $1, true)", mode)
}

func (db *DB) queueBoardSums(ctx context.Context, batch *pgx.Batch, f *crm.BoardFilter) {
	w := &where{}
	stages, bound := w.arg(f.Stages), w.arg(crm.BoardBound+1)
	conditions := db.boardConditions(ctx, w, f)
	batch.Queue("select s.stage, sums.*"+fmt.Sprintf(boardStages, stages)+`(
			select currency, count(*), sum(potential)::text, round(coalesce(sum(potential * probability), 0) / 100, 2)::text
			from (select c.currency, c.potential, c.probability from cases c`+conditions.sql()+" limit "+bound+`) counted group by currency
		) sums (currency, cases, potential, weighted) order by s.place, sums.currency`, w.args...)
}

func (db *DB) queueBoardCards(ctx context.Context, batch *pgx.Batch, f *crm.BoardFilter) {
	w := &where{}
	stages, limit := w.arg(f.Stages), w.arg(f.Cards+1)
	conditions := db.boardConditions(ctx, w, f)
	if f.After != nil {
		conditions.conditions = append(conditions.conditions, "c.id < "+w.arg(f.After.ID))
	}
	batch.Queue("select "+caseItemColumns+fmt.Sprintf(boardStages, stages)+"(select c.id from cases c"+conditions.sql()+
		" order by c.id desc limit "+limit+") page join cases c on c.id = page.id"+caseItemJoins+" order by s.place, c.id desc", w.args...)
}

func readBoard(results pgx.BatchResults, columns map[string]*crm.BoardColumn, limit int) error {
	if err := readBoardSums(results, columns); err != nil {
		return err
	}
	cards, err := collect(results, scanCaseItem)
	if err != nil {
		return err
	}
	byStage := map[string][]crm.CaseItem{}
	for i := range cards {
		byStage[cards[i].Stage] = append(byStage[cards[i].Stage], cards[i])
	}
	for stage, column := range columns {
		column.Cards = cut(byStage[stage], limit, cardCursor)
	}
	return nil
}

func readBoardSums(results pgx.BatchResults, columns map[string]*crm.BoardColumn) error {
	rows, err := results.Query()
	if err != nil {
		return err
	}
	var stage, weighted string
	var sum crm.BoardSum
	var cases int
	var potential *string
	_, err = pgx.ForEachRow(rows, []any{&stage, &sum.Currency, &cases, &potential, &weighted}, func() error {
		column := columns[stage]
		column.Count.N += cases
		if potential != nil {
			column.Sums = append(column.Sums, crm.BoardSum{Currency: sum.Currency, Potential: *potential, Weighted: weighted})
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, column := range columns {
		if column.Count.N > crm.BoardBound {
			column.Count, column.Sums = crm.Count{N: crm.BoardBound, More: true}, nil
		}
	}
	return nil
}
