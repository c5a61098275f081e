package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype/zeronull"

	"marshrut/crm"
	"marshrut/routemaps"
)

// mapCache keeps compiled versions. They never change, so they are never dropped.
type mapCache struct {
	mu    sync.Mutex
	byKey map[mapKey]*routemaps.Map
}

type mapKey struct {
	id      string
	version int
}

func newMapCache() *mapCache { return &mapCache{byKey: map[mapKey]*routemaps.Map{}} }

func (c *mapCache) get(key mapKey) (*routemaps.Map, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	m, ok := c.byKey[key]
	return m, ok
}

func (c *mapCache) put(key mapKey, m *routemaps.Map) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.byKey[key] = m
}

// Map is a published version, compiled, with its nested maps; crm.KindNotFound when there is none.
func (db *DB) Map(ctx context.Context, id string, version int) (*routemaps.Map, error) {
	return db.mapVersion(ctx, db.pool, id, version)
}

func (db *DB) mapVersion(ctx context.Context, q querier, id string, version int) (*routemaps.Map, error) {
	key := mapKey{id: id, version: version}
	if m, ok := db.maps.get(key); ok {
		return m, nil
	}
	var source []byte
	var nested map[string]int
	err := q.QueryRow(ctx, "select convert_to(source, 'UTF8'), nested from route_map_versions where map_id = $1 and version = $2", id, version).
		Scan(&source, &nested)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, mapNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read route map %s version %d: %w", id, version, err)
	}
	m, err := db.compile(ctx, q, id, source, nested)
	if err != nil {
		return nil, fmt.Errorf("compile route map %s version %d: %w", id, version, err)
	}
	db.maps.put(key, m)
	return m, nil
}

// compile loads a stored source and links it with the very versions it was published with.
func (db *DB) compile(ctx context.Context, q querier, id string, source []byte, nested map[string]int) (*routemaps.Map, error) {
	m, err := routemaps.Load(id+".yaml", source)
	if err != nil {
		return nil, err
	}
	linked := map[string]*routemaps.Map{}
	for nestedID, version := range nested {
		if linked[nestedID], err = db.mapVersion(ctx, q, nestedID, version); err != nil {
			return nil, err
		}
	}
	err = routemaps.Link(m, func(id string) (*routemaps.Map, bool) {
		found, ok := linked[id]
		return found, ok
	})
	return m, err
}

func mapNotFound() *crm.Error {
	return crm.Errorf(crm.KindNotFound, "route_map_not_found", "no such route map")
}

// RouteMaps lists the route maps by id. Those of blocks that are switched off are not there (R22).
func (db *DB) RouteMaps(ctx context.Context) ([]crm.RouteMap, error) {
	return db.keptMaps(ctx, "", nil)
}

// keptMaps lists the maps that meet a condition on a value; empty: all.
func (db *DB) keptMaps(ctx context.Context, condition string, value any) ([]crm.RouteMap, error) {
	var w where
	if condition != "" {
		w.add(condition, value)
	}
	if off := crm.SightOf(ctx).KindsOff(); len(off) > 0 {
		w.add("process <> all(%s)", off)
	}
	return readRouteMaps(ctx, db.pool, w.sql()+" order by id", w.args...)
}

// RouteMap reads what belongs to a map and not to a version; crm.KindNotFound when there is none.
func (db *DB) RouteMap(ctx context.Context, id string) (*crm.RouteMap, error) {
	maps, err := db.keptMaps(ctx, "id = %s", id)
	if err != nil {
		return nil, err
	}
	if len(maps) == 0 {
		return nil, mapNotFound()
	}
	return &maps[0], nil
}

const routeMapColumns = `id, process, state, available_to, latest, updated_at, revision,
	exists (select from route_map_versions v where v.map_id = route_maps.id and v.version = 1 and v.published_by is null),
	exists (select from route_map_versions v where v.map_id = route_maps.id and v.version = latest and v.published_by is not null)`

func scanRouteMap(row pgx.Row) (*crm.RouteMap, error) {
	var m crm.RouteMap
	err := row.Scan(&m.ID, &m.Process, &m.State, &m.AvailableTo, &m.Latest, &m.UpdatedAt, &m.Revision, &m.Shipped, &m.Replaced)
	return &m, err
}

func readRouteMaps(ctx context.Context, q querier, tail string, args ...any) ([]crm.RouteMap, error) {
	rows, err := q.Query(ctx, "select "+routeMapColumns+" from route_maps "+tail, args...)
	if err != nil {
		return nil, fmt.Errorf("list route maps: %w", err)
	}
	return collectRows(rows, "list route maps", scanRouteMap)
}

const versionColumns = "map_id, version, sha256, convert_to(source, 'UTF8'), published_at, published_by"

func scanVersion(row pgx.CollectableRow) (crm.RouteMapVersion, error) {
	var v crm.RouteMapVersion
	err := row.Scan(&v.MapID, &v.Version, &v.SHA256, &v.Source, &v.PublishedAt, (*zeronull.UUID)(&v.PublishedBy))
	return v, err
}

// RouteMapVersions lists a map's versions, newest first.
func (db *DB) RouteMapVersions(ctx context.Context, id string) ([]crm.RouteMapVersion, error) {
	if _, err := db.RouteMap(ctx, id); err != nil {
		return nil, err
	}
	rows, err := db.pool.Query(ctx, "select "+versionColumns+" from route_map_versions where map_id = $1 order by version desc", id)
	if err != nil {
		return nil, fmt.Errorf("list a map's versions: %w", err)
	}
	versions, err := pgx.CollectRows(rows, scanVersion)
	if err != nil {
		return nil, fmt.Errorf("list a map's versions: %w", err)
	}
	if len(versions) == 0 {
		return nil, mapNotFound()
	}
	return versions, nil
}

// RecordFields are the fields that name records (routemaps.FieldType.NamesRecord), by their ids: the standard ones, and those of any
// version of any map.
func (db *DB) RecordFields(ctx context.Context) (map[string]bool, error) {
	rows, err := db.pool.Query(ctx, "select map_id, version from route_map_versions")
	if err != nil {
		return nil, fmt.Errorf("list the versions of maps: %w", err)
	}
	keys, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (mapKey, error) {
		var k mapKey
		err := row.Scan(&k.id, &k.version)
		return k, err
	})
	if err != nil {
		return nil, fmt.Errorf("list the versions of maps: %w", err)
	}
	fields := map[string]bool{}
	note := func(all []routemaps.Field) {
		for i := range all {
			if all[i].Type.NamesRecord() {
				fields[all[i].ID] = true
			}
		}
	}
	note(routemaps.StandardFields())
	for _, key := range keys {
		m, err := db.Map(ctx, key.id, key.version)
		if err != nil {
			return nil, err
		}
		note(m.Fields)
	}
	return fields, nil
}

// RouteMapVersion reads one version; crm.KindNotFound when there is none.
func (db *DB) RouteMapVersion(ctx context.Context, id string, version int) (*crm.RouteMapVersion, error) {
	if _, err := db.RouteMap(ctx, id); err != nil {
		return nil, err
	}
	rows, err := db.pool.Query(ctx, "select "+versionColumns+" from route_map_versions where map_id = $1 and version = $2", id, version)
	if err != nil {
		return nil, fmt.Errorf("read a map's version: %w", err)
	}
	v, err := pgx.CollectExactlyOneRow(rows, scanVersion)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, mapNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("read a map's version: %w", err)
	}
	return &v, nil
}

// LintRouteMap checks a map as PublishRouteMap would. What is wrong with the map comes in the Errors, not in the error.
func (db *DB) LintRouteMap(ctx context.Context, source []byte) (*routemaps.Map, []routemaps.Warning, routemaps.Errors, error) {
	m, warnings, _, err := db.check(ctx, db.pool, "map.yaml", source)
	if wrong, ok := errors.AsType[routemaps.Errors](err); ok {
		return m, warnings, wrong, nil
	}
	return m, warnings, nil, err
}

// check loads, links with the newest published versions, and proves a map sound.
func (db *DB) check(ctx context.Context, q querier, file string, source []byte) (*routemaps.Map, []routemaps.Warning, map[string]int, error) {
	published, err := readRouteMaps(ctx, q, "order by id")
	if err != nil {
		return nil, nil, nil, err
	}
	known, err := db.known(ctx, q)
	if err != nil {
		return nil, nil, nil, err
	}
	compiled := map[string]*routemaps.Map{}
	latest := map[string]int{}
	for i := range published {
		if compiled[published[i].ID], err = db.mapVersion(ctx, q, published[i].ID, published[i].Latest); err != nil {
			return nil, nil, nil, err
		}
		latest[published[i].ID] = published[i].Latest
	}
	known.Maps = func(id string) (*routemaps.Map, bool) {
		found, ok := compiled[id]
		return found, ok
	}
	nested := map[string]int{}
	m, warnings, err := routemaps.LoadChecked(file, source, func(id string) (*routemaps.Map, bool) {
		found, ok := compiled[id]
		if ok {
			nested[id] = latest[id]
		}
		return found, ok
	}, known)
	return m, warnings, nested, err
}

// known lists what a map may name.
func (db *DB) known(ctx context.Context, q querier) (routemaps.Known, error) {
	var known routemaps.Known
	batch := &pgx.Batch{}
	batch.Queue("select distinct key from " + ownTemplates + " and channel = 'email' and key not like 'staff-%'") // nor those of letters to staff
	batch.Queue("select distinct key from " + ownTemplates + " and channel = 'sms'")
	batch.Queue("select login from users where active order by login")
	batch.Queue("select key from roles order by key")
	batch.Queue("select key from departments where active order by key")
	batch.Queue("select id from " + ownCalendars)
	batch.Queue("select key from offices where active order by key")
	results := q.SendBatch(ctx, batch)
	lists := make([][]string, batch.Len())
	for i := range lists {
		rows, err := results.Query()
		if err == nil {
			lists[i], err = pgx.CollectRows(rows, pgx.RowTo[string])
		}
		if err != nil {
			_ = results.Close()
			return known, fmt.Errorf("read what route maps may name: %w", err)
		}
	}
	if err := results.Close(); err != nil {
		return known, fmt.Errorf("read what route maps may name: %w", err)
	}
	var err error
	if known.Attributes, err = knownAttributes(ctx, q); err != nil {
		return known, err
	}
	known.EmailTemplates = eachOnce(lists[0], db.emailTemplates)
	known.SMSTemplates = eachOnce(lists[1], db.smsTemplates)
	known.Users, known.Departments = orNone(lists[2]), orNone(lists[4])
	known.Roles = orNone(lists[3])
	known.Calendars, known.Offices = eachOnce(lists[5], shippedCalendars), orNone(lists[6])
	return known, nil
}

// eachOnce puts lists together, in the order of the alphabet; a name that stands in several of them is there once.
func eachOnce(lists ...[]string) []string {
	all := slices.Concat(lists...)
	slices.Sort(all)
	return slices.Compact(all)
}

// shippedCalendars are the ids of the calendars that come with the program.
var shippedCalendars = []string{"default", "ru"}

// orNone is an empty list for a missing one: nothing is known, rather than nothing checked.
func orNone(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// PublishRouteMap stores the map as the next version, or answers with the existing version of the same content and false. A
// map with errors is a routemaps.Errors.
func (db *DB) PublishRouteMap(ctx context.Context, source []byte, by uuid.UUID) (*crm.RouteMapVersion, bool, error) {
	return db.publish(ctx, source, by, nil)
}

// PublishRouteMapAfter is PublishRouteMap of a text that was made from this version, 0 for a new map; crm.KindStale when that is not
// the newest one any more.
func (db *DB) PublishRouteMapAfter(ctx context.Context, source []byte, by uuid.UUID, after int) (*crm.RouteMapVersion, bool, error) {
	return db.publish(ctx, source, by, &after)
}

func (db *DB) publish(ctx context.Context, source []byte, by uuid.UUID, after *int) (*crm.RouteMapVersion, bool, error) {
	var version *crm.RouteMapVersion
	var fresh bool
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		if err := lockRouteMaps(ctx, tx); err != nil {
			return err
		}
		m, _, nested, err := db.check(ctx, tx, "map.yaml", source)
		if err != nil {
			return err
		}
		if err := stillNewest(ctx, tx, m.ID, after); err != nil {
			return err
		}
		version, fresh, err = db.storeVersion(ctx, tx, m, nested, by)
		return err
	})
	return version, fresh, err
}

// stillNewest refuses when the version that a text was made from is not the newest one of the map; nil: whichever it was made from.
func stillNewest(ctx context.Context, q querier, id string, after *int) error {
	if after == nil {
		return nil
	}
	var latest int
	if err := q.QueryRow(ctx, "select coalesce((select latest from route_maps where id = $1), 0)", id).Scan(&latest); err != nil {
		return fmt.Errorf("look for the newest version: %w", err)
	}
	if latest != *after {
		return stale()
	}
	return nil
}

// lockRouteMaps lets one at a time publish: the number of a version is the server's, and nothing that a map names goes away meanwhile.
func lockRouteMaps(ctx context.Context, tx pgx.Tx) error {
	if _, err := tx.Exec(ctx, "lock table route_maps in share row exclusive mode"); err != nil {
		return fmt.Errorf("lock the route maps: %w", err)
	}
	return nil
}

// mapsThat are the ids of the maps of which the newest version, be it archived, or one that open cases go by is so.
func (db *DB) mapsThat(ctx context.Context, q querier, is func(*routemaps.Map) bool) ([]string, error) {
	published, err := readRouteMaps(ctx, q, "order by id")
	if err != nil {
		return nil, err
	}
	var found []string
	for i := range published {
		used, err := db.usedVersion(ctx, q, &published[i], is)
		if err != nil {
			return nil, err
		}
		if used {
			found = append(found, published[i].ID)
		}
	}
	return found, nil
}

// usedVersion tells whether the newest version of a map, or another one that open cases go by, is so. Only these are compiled.
func (db *DB) usedVersion(ctx context.Context, q querier, of *crm.RouteMap, is func(*routemaps.Map) bool) (bool, error) {
	rows, err := q.Query(ctx, `select v.version from route_map_versions v where v.map_id = $1 and (v.version = $2
		or exists (select from cases c where c.map_id = v.map_id and c.map_version = v.version and c.status = 'open')) order by v.version desc`, of.ID, of.Latest)
	if err != nil {
		return false, fmt.Errorf("look for open cases of a map's versions: %w", err)
	}
	versions, err := pgx.CollectRows(rows, pgx.RowTo[int])
	if err != nil {
		return false, fmt.Errorf("look for open cases of a map's versions: %w", err)
	}
	for _, version := range versions {
		m, err := db.mapVersion(ctx, q, of.ID, version)
		if err != nil {
			return false, err
		}
		if is(m) {
			return true, nil
		}
	}
	return false, nil
}

func (db *DB) storeVersion(ctx context.Context, tx pgx.Tx, m *routemaps.Map, nested map[string]int, by uuid.UUID) (*crm.RouteMapVersion, bool, error) {
	rows, err := tx.Query(ctx, "select "+versionColumns+` from route_map_versions v join route_maps r on r.id = v.map_id and r.latest = v.version
		where v.map_id = $1 and v.sha256 = $2 and v.nested = $3`, m.ID, m.SHA256, nested)
	if err != nil {
		return nil, false, fmt.Errorf("look for the same version: %w", err)
	}
	same, err := pgx.CollectExactlyOneRow(rows, scanVersion)
	if err == nil {
		return &same, false, nil
	}
	if !errors.Is(err, pgx.ErrNoRows) {
		return nil, false, fmt.Errorf("look for the same version: %w", err)
	}
	if by == uuid.Nil {
		// The program itself never brings an earlier text back over what designers have published since.
		rows, err := tx.Query(ctx, "select "+versionColumns+` from route_map_versions
			where map_id = $1 and sha256 = $2 and nested = $3 order by version desc limit 1`, m.ID, m.SHA256, nested)
		if err != nil {
			return nil, false, fmt.Errorf("look for an earlier version: %w", err)
		}
		earlier, err := pgx.CollectExactlyOneRow(rows, scanVersion)
		if err == nil {
			return &earlier, false, nil
		}
		if !errors.Is(err, pgx.ErrNoRows) {
			return nil, false, fmt.Errorf("look for an earlier version: %w", err)
		}
	}
	v := &crm.RouteMapVersion{MapID: m.ID, SHA256: m.SHA256, Source: m.Source, PublishedAt: db.now(), PublishedBy: by}
	err = tx.QueryRow(ctx, `insert into route_maps (id, process, state, available_to, latest, updated_at) values ($1, $2, $3, $4, 1, $5)
		on conflict (id) do update set latest = route_maps.latest + 1, updated_at = excluded.updated_at
			where route_maps.process = excluded.process
		returning latest`, m.ID, m.Process, m.InitialState, m.AvailableTo, v.PublishedAt).Scan(&v.Version)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, crm.Errorf(crm.KindUnprocessed, "process_changed", "a route map cannot change its process: give the new one another id")
	}
	if err != nil {
		return nil, false, fmt.Errorf("number a version: %w", err)
	}
	_, err = tx.Exec(ctx, `insert into route_map_versions (map_id, version, sha256, source, nested, published_at, published_by, negotiation_stages)
		values ($1, $2, $3, $4, $5, $6, $7, $8)`, v.MapID, v.Version, v.SHA256, string(v.Source), nested, v.PublishedAt, nullID(by),
		orNone(m.NegotiationStages()))
	if err != nil {
		return nil, false, fmt.Errorf("store a version: %w", err)
	}
	return v, true, nil
}

// PatchRouteMap changes what belongs to the map of this revision and not to a version (R38); crm.KindStale when it has another.
func (db *DB) PatchRouteMap(ctx context.Context, id string, revision int, p crm.RouteMapPatch) (*crm.RouteMap, error) {
	before, err := db.RouteMap(ctx, id)
	if err != nil {
		return nil, err
	}
	if before.Revision != revision {
		return nil, stale()
	}
	if err := db.checkAvailability(ctx, p.AvailableTo); err != nil {
		return nil, err
	}
	patched, err := scanRouteMap(db.changedRow(ctx, `update route_maps set state = coalesce($2, state), available_to = coalesce($3, available_to), updated_at = $4
		where id = $1 and revision = $5 returning `+routeMapColumns, id, p.State, p.AvailableTo, db.now(), revision))
	if err := staleItem(err, "change a route map"); err != nil {
		return nil, err
	}
	return patched, nil
}

// checkAvailability refuses offices, departments and users that do not exist: a map for nobody would look like one for somebody.
func (db *DB) checkAvailability(ctx context.Context, a *crm.Availability) error {
	if a == nil {
		return nil
	}
	for _, named := range []struct {
		pointer, sql string
		values       []string
	}{
		{"/available_to/offices", "select exists (select from offices where key = $1 or id::text = $1)", a.Offices},
		{"/available_to/departments", "select exists (select from departments where key = $1 or id::text = $1)", a.Departments},
		{"/available_to/users", "select exists (select from users where login = $1 or id::text = $1)", a.Users},
	} {
		for i, value := range named.values {
			var known bool
			if err := db.pool.QueryRow(ctx, named.sql, value).Scan(&known); err != nil {
				return fmt.Errorf("look for whom a route map is for: %w", err)
			}
			if !known {
				return invalidField(named.pointer+"/"+strconv.Itoa(i), "not_found")
			}
		}
	}
	return nil
}

// MapCases counts the open cases of a map by version and stage, the newest version first, of as many cases as crm.BoardBound; more tells
// that there are others.
func (db *DB) MapCases(ctx context.Context, kind crm.Kind, id string) (counts []crm.MapCases, more bool, err error) {
	var w where
	w.add("c.kind = %s", kind)
	w.add("c.map_id = %s", id)
	w.plain("c.status = 'open'")
	w.seen(ctx, crm.CardCase, "c.id")
	rows, err := db.pool.Query(ctx, "select map_version, stage, count(*) from (select c.map_version, c.stage from cases c"+w.sql()+
		" limit "+w.arg(crm.BoardBound+1)+") counted group by map_version, stage order by map_version desc, stage", w.args...)
	if err != nil {
		return nil, false, fmt.Errorf("count the cases of a map: %w", err)
	}
	counts, err = collectRows(rows, "count the cases of a map", func(row pgx.Row) (*crm.MapCases, error) {
		var c crm.MapCases
		err := row.Scan(&c.Version, &c.Stage, &c.Cases)
		return &c, err
	})
	total := 0
	for i := range counts {
		total += counts[i].Cases
	}
	return counts, total > crm.BoardBound, err
}
