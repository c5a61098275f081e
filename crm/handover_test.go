package crm

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

func TestR61_WorkIsDealtOut(t *testing.T) {
	t.Parallel()
	anna, boris, vera := uuid.New(), uuid.New(), uuid.New()
	client, case1, case2 := uuid.New(), uuid.New(), uuid.New()

	t.Run("by shares, mixed", func(t *testing.T) {
		t.Parallel()
		d := NewDealer(&Handover{To: []Share{{UserID: anna, Weight: 2}, {UserID: boris, Weight: 1}}})
		var got []uuid.UUID
		for range 6 {
			got = append(got, d.Give(WorkTasks, uuid.New(), uuid.Nil))
		}
		require.Equal(t, []uuid.UUID{anna, boris, anna, anna, boris, anna}, got)
	})
	t.Run("what belongs together stays together", func(t *testing.T) {
		t.Parallel()
		d := NewDealer(&Handover{To: []Share{{UserID: anna}, {UserID: boris}}})
		owner := d.Give(WorkClients, client, uuid.Nil)
		require.Equal(t, owner, d.Give(WorkCases, case1, client))
		require.Equal(t, owner, d.Give(WorkCases, case2, client))
		require.Equal(t, owner, d.Give(WorkTasks, uuid.New(), case2))
		require.NotEqual(t, owner, d.Give(WorkTasks, uuid.New(), uuid.New()), "work on a colleague's case is dealt out")
	})
	t.Run("a kind of its own", func(t *testing.T) {
		t.Parallel()
		d := NewDealer(&Handover{To: []Share{{UserID: anna}}, ByKind: map[WorkKind][]Share{WorkCases: {{UserID: vera}}}})
		require.Equal(t, anna, d.Give(WorkClients, client, uuid.Nil))
		require.Equal(t, vera, d.Give(WorkCases, case1, client))
		require.Equal(t, vera, d.Give(WorkInteractions, uuid.New(), case1), "it goes with its case")
	})
	t.Run("nobody named: it stays", func(t *testing.T) {
		t.Parallel()
		d := NewDealer(&Handover{ByKind: map[WorkKind][]Share{WorkCases: {{UserID: vera}}}})
		require.Equal(t, uuid.Nil, d.Give(WorkClients, client, uuid.Nil))
		require.Equal(t, vera, d.Give(WorkCases, case1, client))
		require.Equal(t, uuid.Nil, d.Give(WorkDepartments, uuid.New(), uuid.Nil))
	})
}

func TestR61_OpenWorkIsToldKindByKind(t *testing.T) {
	t.Parallel()
	require.Nil(t, OpenWork{}.Refusal())
	require.Nil(t, OpenWork{WorkCases: 0}.Refusal())
	refusal := OpenWork{WorkCases: 3, WorkTasks: 1}.Refusal()
	require.Equal(t, "user_has_open_work", refusal.Code)
	require.Equal(t, "3", refusal.Params["cases"])
	require.Equal(t, "0", refusal.Params["clients"])
}
