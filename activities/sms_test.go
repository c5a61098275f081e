package activities

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"

	"marshrut/crm"
	"marshrut/notify"
)

// oneSMS is a store with one text message in it.
type oneSMS struct {
	Store
	message crm.SMS
}

func (s *oneSMS) OutgoingSMS(context.Context, uuid.UUID) (*crm.SMS, error) { return &s.message, nil }

type phone struct{ got []notify.SMS }

func (p *phone) SendSMS(_ context.Context, sms notify.SMS) error {
	p.got = append(p.got, sms)
	return nil
}

// TestR42_WhatAPersonWritesGoesOutAsItIs: to the number, under the id that a provider knows a repetition by; without a provider
// the ledger says so.
func TestR42_WhatAPersonWritesGoesOutAsItIs(t *testing.T) {
	t.Parallel()
	n := &crm.Notification{ID: uuid.New(), Rule: crm.LetterRule, Channel: "sms"}
	a := &Activities{Store: &oneSMS{message: crm.SMS{To: "+79161234567", Text: "Ждём вас в 15:00"}}}
	a.attempt(t.Context(), n)
	require.Equal(t, crm.NotificationSkipped, n.Status)
	require.Equal(t, string(notify.CodeNoSMSProvider), n.Reason)

	to := &phone{}
	a.SMS = to
	a.attempt(t.Context(), n)
	require.Equal(t, crm.NotificationSent, n.Status)
	require.Equal(t, []notify.SMS{{ID: n.ID.String(), To: "+79161234567", Text: "Ждём вас в 15:00"}}, to.got)
}
