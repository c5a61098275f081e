package postgres_test

import (
	"context"
	"testing"

	"github.com/google/uuid"

	"marshrut/activities"
	"marshrut/crm"
	"marshrut/postgres"
)

func TestR9_R63_ALetterIsAnInteractionAndALineOfTheLedger(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	ctx := context.Background()
	of.exec("update users set signature = 'С уважением, Имя manager' where login = 'manager'")
	c := of.create(crm.NewCase{Kind: crm.Interest, MapID: "new-clients", ResponsibleID: of.manager.ID})
	first := of.write(c, "INFO@romashka.example", uuid.Nil)
	if first.ToName != "ООО Ромашка" || first.ToEmail != "info@romashka.example" || first.Signature == "" || first.Status != crm.NotificationPending {
		t.Errorf("%+v", first)
	}
	again, err := of.CreateLetter(ctx, crm.Letter{
		ID: first.ID, CaseID: c.ID, AuthorID: of.manager.ID, ToEmail: "info@romashka.example", Subject: "Предложение", Body: "Здравствуйте!",
	})
	if err != nil || again.NotificationID != first.NotificationID {
		t.Errorf("asked again: %+v, %v", again, err)
	}
	second := of.write(c, "info@romashka.example", first.ID)
	third := of.write(c, "info@romashka.example", second.ID)
	out, err := of.OutgoingLetter(ctx, third.NotificationID)
	if err != nil {
		t.Fatal(err)
	}
	if out.AuthorEmail != "manager@office.example" || len(out.Thread) != 2 || out.Thread[0] != first.NotificationID || out.Thread[1] != second.NotificationID {
		t.Errorf("%+v", out)
	}
	i, err := of.Interaction(ctx, first.InteractionID)
	if err != nil || i.Kind != crm.InteractionEmail || i.Direction != "out" || i.CaseID != c.ID || i.Topic != "Предложение" {
		t.Errorf("%+v, %v", i, err)
	}
	letters, err := of.Letters(ctx, c.ID)
	if err != nil || len(letters) != 3 || letters[0].ID != first.ID {
		t.Errorf("%+v, %v", letters, err)
	}
	view := of.advance(activities.AdvanceRequest{Case: c.ID, EventID: "sync", Kind: activities.EventSync})
	if len(view.Pending) != 0 {
		t.Errorf("the case's workflow would send %v as well", view.Pending)
	}
}

// write writes a letter from the case.
func (of *office) write(c *crm.Case, to string, replyTo uuid.UUID) *crm.Letter {
	of.t.Helper()
	made, err := of.CreateLetter(context.Background(), crm.Letter{
		CaseID: c.ID, AuthorID: of.manager.ID, ToEmail: to, Subject: "Предложение", Body: "Здравствуйте!", ReplyTo: replyTo,
	})
	if err != nil {
		of.t.Fatal(err)
	}
	return made
}

func TestR63_WhatIsNoLetter(t *testing.T) {
	t.Parallel()
	of := newOffice(t, postgres.Options{})
	c := of.create(crm.NewCase{Kind: crm.Interest, MapID: "new-clients", ResponsibleID: of.manager.ID})
	elsewhere := of.write(of.create(crm.NewCase{Kind: crm.Interest, MapID: "new-clients", ResponsibleID: of.manager.ID}), "info@romashka.example", uuid.Nil)
	letter := crm.Letter{CaseID: c.ID, AuthorID: of.manager.ID, ToEmail: "info@romashka.example", Subject: "Тема", Body: "Текст"}
	for name, test := range map[string]struct {
		change  func(l *crm.Letter)
		kind    crm.ErrorKind
		pointer string
		code    string
	}{
		"a stranger's address":    {func(l *crm.Letter) { l.ToEmail = "nobody@elsewhere.example" }, crm.KindUnprocessed, "/to", "not_the_clients_address"},
		"another case's letter":   {func(l *crm.Letter) { l.ReplyTo = elsewhere.ID }, crm.KindUnprocessed, "/reply_to", "not_found"},
		"a case of somebody else": {func(l *crm.Letter) { l.AuthorID = of.other.ID }, crm.KindForbidden, "", "not_on_the_case"},
		"no case":                 {func(l *crm.Letter) { l.CaseID = uuid.New() }, crm.KindNotFound, "", "case_not_found"},
	} {
		wrong := letter
		test.change(&wrong)
		_, err := of.CreateLetter(context.Background(), wrong)
		t.Log(name)
		wantCode(t, err, test.kind, test.pointer, test.code)
	}
	if n := of.count("select count(*) from letters"); n != 1 {
		t.Errorf("%d letters are stored", n)
	}
}
