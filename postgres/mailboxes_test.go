package postgres_test

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/postgres"
)

func (of *office) mailbox(m crm.Mailbox) *crm.Mailbox {
	of.t.Helper()
	m.Active, m.CreatedBy = true, of.manager.ID
	if m.Name == "" {
		m.Name = m.Email
	}
	made, err := of.CreateMailbox(of.t.Context(), m)
	require.NoError(of.t, err)
	return made
}

func TestMailboxesAreKeptByTheirVersions(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	m := of.mailbox(crm.Mailbox{Name: "Продажи", Email: "sales@firm.example"})
	require.Equal(t, 1, m.Version)
	again, err := of.CreateMailbox(ctx, *m)
	require.NoError(t, err)
	require.Equal(t, m, again, "a repeated request")
	name := "Отдел продаж"
	changed, err := of.PatchMailbox(ctx, m.ID, 1, crm.MailboxPatch{Name: &name})
	require.NoError(t, err)
	require.Equal(t, []any{2, name, "sales@firm.example", true}, []any{changed.Version, changed.Name, changed.Email, changed.Active})
	_, err = of.PatchMailbox(ctx, m.ID, 1, crm.MailboxPatch{Name: &name})
	require.True(t, isCode(err, "stale"), "%v", err)
	require.True(t, isCode(of.DeleteMailbox(ctx, m.ID, 1), "stale"))
	require.NoError(t, of.DeleteMailbox(ctx, m.ID, 2))
	_, err = of.Mailbox(ctx, m.ID)
	require.True(t, isCode(err, "mailbox_not_found"))
	require.True(t, isCode(of.DeleteMailbox(ctx, m.ID, 2), "mailbox_not_found"))
	require.Len(t, of.unsealed("mailboxes"), 3, "made, changed, deleted")
}

// TestOneMailboxIsTheDefaultOne: another one takes its place, whoever is told of it by a new version.
func TestOneMailboxIsTheDefaultOne(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	first := of.mailbox(crm.Mailbox{Email: "first@firm.example", Default: true})
	second := of.mailbox(crm.Mailbox{Email: "second@firm.example", Default: true})
	yes, off := true, false
	_, err := of.PatchMailbox(ctx, first.ID, first.Version, crm.MailboxPatch{Default: &yes})
	require.True(t, isCode(err, "stale"), "%v", err)
	former, err := of.Mailbox(ctx, first.ID)
	require.NoError(t, err)
	require.False(t, former.Default)
	_, err = of.PatchMailbox(ctx, first.ID, former.Version, crm.MailboxPatch{Default: &yes})
	require.NoError(t, err)
	all, err := of.ListMailboxes(ctx)
	require.NoError(t, err)
	require.Equal(t, []any{first.ID, true, second.ID, false}, []any{all[0].ID, all[0].Default, all[1].ID, all[1].Default})
	_, err = of.PatchMailbox(ctx, first.ID, all[0].Version, crm.MailboxPatch{Active: &off})
	require.Equal(t, "/default", fieldOf(t, err))
	_, err = of.PatchMailbox(ctx, first.ID, all[0].Version, crm.MailboxPatch{Active: &off, Default: &off})
	require.NoError(t, err)
}

// fieldOf is the field that an error tells of.
func fieldOf(t *testing.T, err error) string {
	t.Helper()
	known, ok := crm.AsError(err)
	require.True(t, ok, "%v", err)
	require.Len(t, known.Fields, 1)
	return known.Fields[0].Pointer
}

func TestADepartmentHasOneActiveMailbox(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := t.Context()
	sales, err := of.CreateDepartment(ctx, crm.Department{Key: "sales-of-mail", Name: crm.Text{RU: "Продажи"}})
	require.NoError(t, err)
	first := of.mailbox(crm.Mailbox{Email: "first@firm.example", DepartmentID: sales.ID})
	_, err = of.CreateMailbox(ctx, crm.Mailbox{Name: "x", Email: "second@firm.example", DepartmentID: sales.ID, Active: true})
	require.Equal(t, "/department_id", fieldOf(t, err))
	_, err = of.CreateMailbox(ctx, crm.Mailbox{Name: "x", Email: "FIRST@firm.example", Active: true})
	require.Equal(t, "/email", fieldOf(t, err))
	spare, err := of.CreateMailbox(ctx, crm.Mailbox{Name: "x", Email: "spare@firm.example", DepartmentID: sales.ID})
	require.NoError(t, err)
	yes, off, none := true, false, uuid.Nil
	_, err = of.PatchMailbox(ctx, spare.ID, spare.Version, crm.MailboxPatch{Active: &yes})
	require.Equal(t, "/department_id", fieldOf(t, err))
	_, err = of.PatchMailbox(ctx, first.ID, first.Version, crm.MailboxPatch{Active: &off, DepartmentID: &none})
	require.NoError(t, err)
	_, err = of.PatchMailbox(ctx, spare.ID, spare.Version, crm.MailboxPatch{Active: &yes})
	require.NoError(t, err)
}
