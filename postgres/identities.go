package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// UserOfIdentity finds the active user who signs in with an identity. Where nobody does yet, it is linked to the one active user
// with its verified e-mail, or, with roles, a user is made who has these. identity_unknown: there is none, or nobody can tell.
func (db *DB) UserOfIdentity(ctx context.Context, who crm.Identity, roles []string) (*crm.User, error) {
	var user *crm.User
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		// Two first sign-ins of one person wait for each other.
		if _, err := tx.Exec(ctx, "select pg_advisory_xact_lock(hashtextextended('identity/' || $1, 0))", who.Issuer+"\n"+who.Subject); err != nil {
			return fmt.Errorf("look for an identity: %w", err)
		}
		var err error
		user, err = scanUser(tx.QueryRow(ctx, "select "+userColumns+` from identities i join users u on u.id = i.user_id
			where i.issuer = $1 and i.subject = $2`, who.Issuer, who.Subject))
		if errors.Is(err, pgx.ErrNoRows) {
			user, err = db.linkFirst(ctx, tx, &who, roles)
		}
		switch {
		case err != nil:
			return err
		case !user.Active:
			return identityUnknown()
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sign in with an identity: %w", err)
	}
	return user, nil
}

func identityUnknown() *crm.Error {
	return crm.Errorf(crm.KindForbidden, "identity_unknown", "nobody here signs in with this identity")
}

// linkFirst links an identity that nobody signs in with yet. An e-mail that several people share tells nobody apart.
func (db *DB) linkFirst(ctx context.Context, tx pgx.Tx, who *crm.Identity, roles []string) (*crm.User, error) {
	if who.Email == "" {
		return nil, identityUnknown()
	}
	rows, err := tx.Query(ctx, "select "+userColumns+" from users u where u.email <> '' and lower(u.email) = lower($1) limit 2", who.Email)
	if err != nil {
		return nil, fmt.Errorf("look for a user by e-mail: %w", err)
	}
	found, err := collectRows(rows, "look for a user by e-mail", scanUser)
	switch {
	case err != nil:
		return nil, err
	case len(found) == 1 && found[0].Active:
		_, err := linkIdentity(ctx, tx, crm.LinkedIdentity{UserID: found[0].ID, Issuer: who.Issuer, Subject: who.Subject, LinkedAt: db.now()})
		if violates(err, "identities_user") {
			err = identityUnknown() // he signs in with another one of this provider
		}
		return &found[0], err
	case len(found) > 0 || len(roles) == 0:
		return nil, identityUnknown()
	}
	return db.userFor(ctx, tx, who, roles)
}

// userFor makes a user of somebody whom the provider knows. His login is his e-mail; who has it already is somebody else.
func (db *DB) userFor(ctx context.Context, tx pgx.Tx, who *crm.Identity, roles []string) (*crm.User, error) {
	if err := rolesExist(ctx, tx, roles); err != nil {
		return nil, errors.New("the roles of users made by signing in do not exist") // the operator's fault, not the person's
	}
	id, err := newID()
	if err != nil {
		return nil, err
	}
	u := &crm.User{
		ID: id, Login: strings.ToLower(who.Email), Name: orText(who.Name, who.Email), Email: who.Email, Lang: crm.RU,
		TimeZone: defaultTimeZone, Roles: roles, Active: true,
	}
	made, err := db.insertUser(ctx, tx, u, "")
	if _, refused := crm.AsError(err); refused {
		return nil, identityUnknown()
	}
	if err != nil {
		return nil, err
	}
	_, err = linkIdentity(ctx, tx, crm.LinkedIdentity{UserID: made.ID, Issuer: who.Issuer, Subject: who.Subject, LinkedAt: db.now()})
	return made, err
}

const identityColumns = "id, user_id, issuer, subject, linked_at"

func scanIdentity(row pgx.Row) (*crm.LinkedIdentity, error) {
	var i crm.LinkedIdentity
	err := row.Scan(&i.ID, &i.UserID, &i.Issuer, &i.Subject, &i.LinkedAt)
	return &i, err
}

func linkIdentity(ctx context.Context, q querier, i crm.LinkedIdentity) (*crm.LinkedIdentity, error) {
	var err error
	if i.ID, err = idOr(i.ID); err != nil {
		return nil, err
	}
	made, err := scanIdentity(q.QueryRow(ctx, `insert into identities (id, user_id, issuer, subject, linked_at) values ($1, $2, $3, $4, $5)
		returning `+identityColumns, i.ID, i.UserID, i.Issuer, i.Subject, i.LinkedAt))
	if err != nil {
		return nil, fmt.Errorf("link an identity: %w", err)
	}
	return made, nil
}

// LinkIdentity lets a user sign in with an identity. One of this id is given as it is; identity_taken: somebody signs in with it,
// or the user with another one of the provider; crm.KindNotFound when there is no such user.
func (db *DB) LinkIdentity(ctx context.Context, i crm.LinkedIdentity) (*crm.LinkedIdentity, error) {
	var made *crm.LinkedIdentity
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		var err error
		if i.ID != uuid.Nil {
			made, err = scanIdentity(tx.QueryRow(ctx, "select "+identityColumns+" from identities where id = $1", i.ID))
			if !errors.Is(err, pgx.ErrNoRows) {
				return err
			}
		}
		i.LinkedAt = db.now()
		made, err = linkIdentity(ctx, tx, i)
		return err
	})
	switch {
	case violates(err, "identities_user_id_fkey"):
		return nil, userNotFound()
	case violates(err, "identities_user"), violates(err, "identities_issuer_subject_key"):
		return nil, crm.Errorf(crm.KindConflict, "identity_taken", "the identity or the user is linked already")
	case err != nil:
		return nil, fmt.Errorf("link an identity: %w", err)
	}
	return made, nil
}

// Identities lists what a user signs in with, the oldest first.
func (db *DB) Identities(ctx context.Context, user uuid.UUID) ([]crm.LinkedIdentity, error) {
	rows, err := db.pool.Query(ctx, "select "+identityColumns+" from identities where user_id = $1 order by linked_at, id", user)
	if err != nil {
		return nil, fmt.Errorf("list identities: %w", err)
	}
	return collectRows(rows, "list identities", scanIdentity)
}

// UnlinkIdentity keeps a user from signing in with an identity, and ends his sessions; crm.KindNotFound when he has none of
// this id.
func (db *DB) UnlinkIdentity(ctx context.Context, user, id uuid.UUID) error {
	return db.inTx(ctx, func(tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, "delete from identities where id = $1 and user_id = $2", id, user)
		if err != nil {
			return fmt.Errorf("unlink an identity: %w", err)
		}
		if tag.RowsAffected() == 0 {
			return crm.Errorf(crm.KindNotFound, "identity_not_found", "no such identity")
		}
		return db.endSessions(ctx, tx, user, nil, false)
	})
}
