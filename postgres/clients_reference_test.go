package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/postgres"
)

const (
	omsk        = "Asia/Omsk"
	novosibirsk = "Asia/Novosibirsk"
	moscow      = "Europe/Moscow"
)

// livesInOmsk makes a client of the region; zone: his own, empty: the region's.
func (of *office) livesInOmsk(zone string) *crm.Client {
	of.t.Helper()
	c, err := of.CreateClient(context.Background(), crm.Client{Kind: crm.ClientCompany, Name: "Клиент", Lang: crm.RU, Region: "RU-OMS", TimeZone: zone})
	require.NoError(of.t, err)
	return c
}

// correctOmsk gives the region another zone.
func (of *office) correctOmsk(zone string, by *crm.User) *crm.Region {
	of.t.Helper()
	region := of.omsk()
	region.TimeZone = zone
	put, err := of.PutRegion(context.Background(), region, region.Version, by.ID)
	require.NoError(of.t, err)
	return put
}

func (of *office) omsk() crm.Region {
	of.t.Helper()
	all, err := of.Regions(context.Background())
	require.NoError(of.t, err)
	return all[slices.IndexFunc(all, func(r crm.Region) bool { return r.Key == "RU-OMS" })]
}

// zoned is the client as he is now: "Asia/Omsk 2" with his version.
func (of *office) zoned(id uuid.UUID) string {
	of.t.Helper()
	c := of.cardOf(id)
	return fmt.Sprint(c.TimeZone, " ", c.Version)
}

// moves are the lines of a client's history that tell of another zone: "Asia/Omsk > Asia/Novosibirsk by director".
func (of *office) moves(id uuid.UUID) []string {
	of.t.Helper()
	page, err := of.ClientHistory(context.Background(), id, nil, 100)
	require.NoError(of.t, err)
	logins := map[uuid.UUID]string{of.director.ID: "director", of.manager.ID: "manager"}
	var lines []string
	for _, line := range page.Items {
		fields, _ := line.Data["fields"].(map[string]any)
		if zone, ok := fields["time_zone"].(map[string]any); ok {
			lines = append(lines, fmt.Sprint(zone["from"], " > ", zone["to"], " by ", logins[line.ActorID]))
		}
	}
	return lines
}

func (of *office) correct(limit int) int {
	of.t.Helper()
	corrected, err := of.CorrectZones(context.Background(), limit)
	require.NoError(of.t, err)
	return corrected
}

// TestR8_ACorrectedRegionIsRightAtOnceAndToldInBatches: whoever reads a client meanwhile reads the corrected zone.
func TestR8_ACorrectedRegionIsRightAtOnceAndToldInBatches(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	var following []uuid.UUID
	for range 5 {
		following = append(following, of.livesInOmsk("").ID)
	}
	following = append(following, of.livesInOmsk(omsk).ID) // the region's zone is not one of his own
	own := of.livesInOmsk(moscow)
	require.Zero(t, of.correct(10), "nothing was corrected")

	require.True(t, of.correctOmsk(novosibirsk, of.director).Correcting)
	for _, id := range following {
		require.Equal(t, novosibirsk+" 1", of.zoned(id))
		require.Empty(t, of.moves(id))
	}
	page, err := of.ListClients(t.Context(), crm.ClientFilter{Region: "RU-OMS", Limit: 50})
	require.NoError(t, err)
	require.Len(t, page.Items, 7)
	for i := range page.Items {
		require.Equal(t, page.Items[i].ID == own.ID, page.Items[i].TimeZone == moscow)
	}
	of.create(crm.NewCase{Kind: crm.Deal, ClientID: following[0], By: of.manager.ID})
	of.create(crm.NewCase{Kind: crm.Deal, ClientID: own.ID, By: of.manager.ID})
	cases, err := of.ListCases(t.Context(), crm.CaseFilter{Limit: 50})
	require.NoError(t, err)
	require.Len(t, cases.Items, 2)
	for i := range cases.Items {
		require.Equal(t, cases.Items[i].ClientID == own.ID, cases.Items[i].ClientTimeZone == moscow, "beside a case's client")
	}

	require.Equal(t, 4, of.correct(4))
	other := of.again() // as after a crash, or another server beside this one
	told, err := other.CorrectZones(t.Context(), 4)
	require.NoError(t, err)
	require.Equal(t, 2, told)
	require.True(t, of.omsk().Correcting)
	require.Zero(t, of.correct(4))
	require.False(t, of.omsk().Correcting)
	for _, id := range following {
		require.Equal(t, novosibirsk+" 2", of.zoned(id))
		require.Equal(t, []string{omsk + " > " + novosibirsk + " by director"}, of.moves(id))
	}
	require.Equal(t, moscow+" 1", of.zoned(own.ID))
	require.Empty(t, of.moves(own.ID))
	require.Zero(t, of.count("select count(*) from clients k join regions r on r.key = k.region where not k.own_zone and k.time_zone <> r.time_zone"))
}

// TestR8_ARegionCorrectedTwice ends with the second zone, and nobody's history tells of a zone that he never had.
func TestR8_ARegionCorrectedTwice(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		last         string
		first, later []string
	}{
		"to a third zone": {
			moscow,
			[]string{omsk + " > " + novosibirsk + " by director", novosibirsk + " > " + moscow + " by manager"},
			[]string{omsk + " > " + moscow + " by manager"},
		},
		"back again": {omsk, []string{omsk + " > " + novosibirsk + " by director", novosibirsk + " > " + omsk + " by manager"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			of := newOffice(t, postgres.Options{})
			var all []uuid.UUID
			for range 4 {
				all = append(all, of.livesInOmsk("").ID)
			}
			// He had the zone of his own before the region had it, and keeps it when the region has another again.
			own := of.livesInOmsk(novosibirsk)
			of.correctOmsk(novosibirsk, of.director)
			require.Equal(t, 2, of.correct(2))
			of.correctOmsk(c.last, of.manager)
			for range 5 {
				of.correct(2)
			}
			require.False(t, of.omsk().Correcting)
			twice := 0
			for _, id := range all {
				lines := of.moves(id)
				if len(lines) == 2 {
					twice++
					require.Equal(t, c.first, lines)
				} else {
					require.Equal(t, c.later, lines)
				}
				require.Equal(t, fmt.Sprint(c.last, " ", 1+len(lines)), of.zoned(id))
			}
			require.Equal(t, 2, twice)
			require.Equal(t, novosibirsk+" 1", of.zoned(own.ID))
		})
	}
}

// TestR8_WhoIsChangedMeanwhile: his history tells of the region's zone before his own change, a zone given to him stays, and the
// version that was read is the one to be named.
func TestR8_WhoIsChangedMeanwhile(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	renamed, given, moved, into, from := of.livesInOmsk(""), of.livesInOmsk(""), of.livesInOmsk(""), of.livesInOmsk(""), of.livesInOmsk("")
	of.correctOmsk(novosibirsk, of.director)

	name, zone, region := "Омичи", omsk, "RU-MOW"
	patched, err := of.PatchClient(t.Context(), renamed.ID, renamed.Version, crm.ClientPatch{Name: &name}, of.manager.ID)
	require.NoError(t, err)
	require.Equal(t, novosibirsk, patched.TimeZone)
	require.Equal(t, renamed.Version+2, patched.Version)
	_, err = of.PatchClient(t.Context(), renamed.ID, renamed.Version, crm.ClientPatch{Name: &name}, of.manager.ID)
	require.ErrorContains(t, err, "stale")
	_, err = of.PatchClient(t.Context(), given.ID, given.Version, crm.ClientPatch{TimeZone: &zone}, of.manager.ID)
	require.NoError(t, err)
	_, err = of.PatchClient(t.Context(), moved.ID, moved.Version, crm.ClientPatch{Region: &region}, of.manager.ID)
	require.NoError(t, err)
	_, err = of.MergeClients(t.Context(), into.ID, from.ID, of.manager.ID)
	require.NoError(t, err)
	after := of.livesInOmsk("")
	require.Equal(t, novosibirsk, after.TimeZone)

	require.Zero(t, of.correct(10), "each was corrected when he was changed")
	corrected := omsk + " > " + novosibirsk + " by director"
	for id, want := range map[uuid.UUID][]string{
		renamed.ID: {corrected}, given.ID: {corrected, novosibirsk + " > " + omsk + " by manager"},
		moved.ID: {corrected, novosibirsk + " > " + moscow + " by manager"}, into.ID: {corrected}, from.ID: {corrected}, after.ID: nil,
	} {
		require.Equal(t, want, of.moves(id))
	}
	of.correctOmsk(moscow, of.director)
	require.Equal(t, 4, of.correct(10), "not the one with a zone of his own, and not the one who has moved away")
	require.Equal(t, omsk, of.cardOf(given.ID).TimeZone)
}

func (of *office) cardOf(id uuid.UUID) *crm.Client {
	of.t.Helper()
	c, err := of.Client(context.Background(), id)
	require.NoError(of.t, err)
	return c
}

// TestR8_ABatchThatIsBrokenOffLeavesNothing, and one who is being changed is left for the next.
func TestR8_ABatchThatIsBrokenOffLeavesNothing(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	held, free := of.livesInOmsk(""), of.livesInOmsk("")
	of.correctOmsk(novosibirsk, of.director)
	of.exec(`create function fail() returns trigger language plpgsql as $$ begin raise exception 'the machine is gone'; end $$`)
	of.exec(`create trigger fail before insert on client_history for each row execute function fail()`)
	_, err := of.CorrectZones(t.Context(), 10)
	require.ErrorContains(t, err, "the machine is gone")
	require.Equal(t, 2, of.count("select count(*) from clients where region = 'RU-OMS' and time_zone = 'Asia/Omsk' and version = 1"))
	of.exec("drop trigger fail on client_history")

	tx, err := of.Pool().Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "select from clients where id = $1 for update", held.ID)
	require.NoError(t, err)
	require.Equal(t, 1, of.correct(10))
	require.Equal(t, novosibirsk+" 2", of.zoned(free.ID))
	require.Zero(t, of.correct(10))
	require.True(t, of.omsk().Correcting, "one is left")
	require.NoError(t, tx.Rollback(t.Context()))
	require.Equal(t, 1, of.correct(10))
	require.Zero(t, of.correct(10))
	require.False(t, of.omsk().Correcting)
	require.Equal(t, []string{omsk + " > " + novosibirsk + " by director"}, of.moves(held.ID))
}

// TestR8_CorrectionsAtOnce: servers correct, people make and change clients, and the region is corrected again and again.
func TestR8_CorrectionsAtOnce(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	var all []uuid.UUID
	for range 30 {
		all = append(all, of.livesInOmsk("").ID)
	}
	ctx := context.Background()
	var group sync.WaitGroup
	for range 2 {
		server := of.again()
		group.Go(func() {
			for range 20 {
				if _, err := server.CorrectZones(ctx, 5); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Go(func() {
		for _, zone := range []string{novosibirsk, moscow, omsk, novosibirsk, "Asia/Tomsk"} {
			region := of.omsk()
			region.TimeZone = zone
			if _, err := of.PutRegion(ctx, region, region.Version, of.director.ID); err != nil {
				t.Error(err)
			}
		}
	})
	group.Go(func() {
		for _, id := range all {
			c, err := of.Client(ctx, id)
			if err != nil {
				t.Error(err)
				return
			}
			name := "Омичи " + c.TimeZone
			if _, err := of.PatchClient(ctx, id, c.Version, crm.ClientPatch{Name: &name}, of.manager.ID); err != nil {
				if known, ok := crm.AsError(err); !ok || known.Kind != crm.KindStale {
					t.Error(err)
				}
			}
		}
	})
	group.Go(func() {
		for range 10 {
			if _, err := of.CreateClient(ctx, crm.Client{Kind: crm.ClientCompany, Name: "Новый", Lang: crm.RU, Region: "RU-OMS"}); err != nil {
				t.Error(err)
			}
		}
	})
	group.Wait()
	for of.omsk().Correcting {
		of.correct(100)
	}
	require.Equal(t, 40, of.count("select count(*) from clients where region = 'RU-OMS' and not own_zone and time_zone = 'Asia/Tomsk'"))
	for _, id := range all { // each line goes on from the one before
		was := omsk
		for _, line := range of.moves(id) {
			var from, to, by string
			_, err := fmt.Sscanf(line, "%s > %s by %s", &from, &to, &by)
			require.NoError(t, err)
			require.Equal(t, was, from)
			was = to
		}
		require.Equal(t, "Asia/Tomsk", was)
	}
}

// TestR8_ManyClientsAreCorrected in as many batches as are wanted, however many have been corrected already.
func TestR8_ManyClientsAreCorrected(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	const many = 3000
	of.exec(`insert into clients (id, kind, name, status, lang, region, time_zone, created_at)
		select gen_random_uuid(), 'company', 'Клиент ' || n, 'potential', 'ru', 'RU-OMS', 'Asia/Omsk', now() from generate_series(1, $1::integer) n`, many)
	of.exec("analyze clients")
	begin := time.Now()
	of.correctOmsk(novosibirsk, of.director)
	asked, batches, longest := time.Since(begin), 0, time.Duration(0)
	for {
		began := time.Now()
		if of.correct(500) == 0 {
			break
		}
		batches, longest = batches+1, max(longest, time.Since(began))
	}
	require.Equal(t, (many+499)/500, batches)
	require.Equal(t, many, of.count("select count(*) from client_history where data->'fields'->'time_zone'->>'to' = 'Asia/Novosibirsk'"))
	t.Logf("%d clients: the request took %v, the longest batch %v, all of them %v", many, asked, longest, time.Since(begin))
}
