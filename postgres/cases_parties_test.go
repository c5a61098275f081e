package postgres_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/postgres"
)

func TestR65_TheClientAndTheContactOfACaseAreChanged(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	c := of.create(crm.NewCase{Kind: crm.Deal, By: of.manager.ID})
	second, err := of.CreateClient(ctx, crm.Client{Kind: crm.ClientCompany, Name: "ООО Лампа", Lang: crm.RU, TimeZone: "Europe/Moscow"})
	require.NoError(t, err)
	first, err := of.CreateContact(ctx, crm.Contact{ClientID: of.client, Name: "Анна"})
	require.NoError(t, err)
	other, err := of.CreateContact(ctx, crm.Contact{ClientID: second.ID, Name: "Борис"})
	require.NoError(t, err)
	held, err := of.CreateInteraction(ctx, crm.Interaction{
		CaseID: c.ID, Kind: crm.InteractionCall, Status: crm.InteractionCompleted, At: of.now(), Topic: "Разговор", CreatedBy: of.manager.ID,
	})
	require.NoError(t, err)
	change := func(p crm.CasePatch, by *crm.User) (*crm.Case, error) {
		return of.PatchCase(ctx, c.ID, of.reload(c).Version, p, by.ID)
	}

	_, err = change(crm.CasePatch{ContactID: &first.ID}, of.dispatcher)
	require.Error(t, err)
	_, err = change(crm.CasePatch{ContactID: &other.ID}, of.manager)
	wantCode(t, err, crm.KindUnprocessed, "/contact_id", "other_client")
	nobody := uuid.New()
	_, err = change(crm.CasePatch{ClientID: &nobody}, of.manager)
	wantCode(t, err, crm.KindUnprocessed, "/client_id", "not_found")

	changed, err := change(crm.CasePatch{ContactID: &first.ID}, of.manager)
	require.NoError(t, err)
	require.Equal(t, first.ID, changed.ContactID)
	changed, err = change(crm.CasePatch{ClientID: &second.ID}, of.manager)
	require.NoError(t, err)
	require.Equal(t, []uuid.UUID{second.ID, uuid.Nil}, []uuid.UUID{changed.ClientID, changed.ContactID}, "Anna does not work there")
	changed, err = change(crm.CasePatch{ContactID: &other.ID}, of.manager)
	require.NoError(t, err)
	require.Equal(t, other.ID, changed.ContactID)

	kept, err := of.Interaction(ctx, held.ID)
	require.NoError(t, err)
	require.Equal(t, of.client, kept.ClientID, "the talk was with the former client")
	require.Contains(t, of.feedKinds(c), "changed changed changed")
}
