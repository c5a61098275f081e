package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
	"marshrut/engine"
)

// fitParties is R65 for the client and the contact of a case: who directs it may change them. The contact is one of the client;
// with another client the case begins anew without one, unless one is named. What has been recorded with the former client stays
// with it. The patch gets the client that has taken a merged one in.
func (db *DB) fitParties(ctx context.Context, tx pgx.Tx, directory *engine.Directory, c *crm.Case, p *crm.CasePatch, by uuid.UUID) error {
	if p.ClientID == nil && p.ContactID == nil {
		return nil
	}
	if !engine.MayDirect(directory, c, by) {
		return crm.Errorf(crm.KindForbidden, "not_your_case", "only the responsible, the head of his department or a director may do this")
	}
	client := c.ClientID
	if p.ClientID != nil && *p.ClientID != client {
		if *p.ClientID == uuid.Nil {
			return invalidField("/client_id", "required")
		}
		var err error
		if client, err = fitClient(ctx, tx, *p.ClientID, crm.Block(c.Kind+"s")); err != nil {
			return err
		}
		p.ClientID = &client
		if p.ContactID == nil {
			p.ContactID = &uuid.Nil
		}
	}
	return contactOf(ctx, tx, client, p.ContactID)
}

// contactOf refuses a contact of another client; nil and zero are nobody.
func contactOf(ctx context.Context, q querier, client uuid.UUID, contact *uuid.UUID) error {
	if contact == nil || *contact == uuid.Nil {
		return nil
	}
	// The client comes before the contact, as in his move.
	if _, err := q.Exec(ctx, "select keep_clients($1::uuid)", client); err != nil {
		return fmt.Errorf("hold the client of a contact: %w", err)
	}
	var of uuid.UUID
	err := q.QueryRow(ctx, "select client_id from contacts where id = $1 for key share", *contact).Scan(&of)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return invalidField("/contact_id", "not_found")
	case err != nil:
		return fmt.Errorf("look for a contact: %w", err)
	case of != client:
		return invalidField("/contact_id", "other_client")
	}
	return nil
}
