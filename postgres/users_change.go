package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"marshrut/crm"
)

// PatchUser changes a user of this version; crm.KindStale when he has another. user_has_open_work: he is not to leave, or to
// read only from now on, before what he has was handed over (R61). last_admin: somebody has to be left who can let people in.
// With a new password, and with the end of the account, all his sessions end but the one of keep, a token's hash.
func (db *DB) PatchUser(ctx context.Context, id uuid.UUID, version int, p crm.UserPatch, by uuid.UUID, keep []byte) (*crm.User, error) {
	var changed *crm.User
	err := db.inTx(ctx, func(tx pgx.Tx) error {
		// The roles before the user, as PutRole does, and only where one of them or the account is at stake.
		if p.Roles != nil || p.Active != nil {
			if err := lockRoles(ctx, tx); err != nil {
				return err
			}
		}
		if err := holdDepartments(ctx, tx, id, p.DepartmentID); err != nil {
			return err
		}
		u, err := lockUser(ctx, tx, id)
		if err != nil {
			return err
		}
		if u.Version != version {
			return crm.Errorf(crm.KindStale, "stale", "the user was changed by somebody else")
		}
		before := *u
		p.Apply(u)
		if p.Roles != nil {
			if err := rolesExist(ctx, tx, u.Roles); err != nil {
				return err
			}
		}
		if err := db.changeUser(ctx, tx, &before, u, p.PasswordHash, by); err != nil {
			return err
		}
		if p.PasswordHash != nil || !u.Active {
			if err := db.endSessions(ctx, tx, id, keep, !u.Active); err != nil {
				return err
			}
		}
		changed, err = lockUser(ctx, tx, id)
		return err
	})
	if err != nil {
		return nil, err
	}
	return changed, nil
}

// holdDepartments keeps the departments of a user, the one he is in and the one he joins, until the end. They come before his row, as
// whoever changes a department locks it and then its head; writing the user would hold them after it.
func holdDepartments(ctx context.Context, tx pgx.Tx, user uuid.UUID, joined *uuid.UUID) error {
	_, err := tx.Exec(ctx, `select from departments where id = $2 or id = (select department_id from users where id = $1)
		order by id for share`, user, joined)
	if err != nil {
		return fmt.Errorf("hold a user's departments: %w", err)
	}
	return nil
}

// lockUser waits for whatever is at work and gives the user something: a row that refers to him holds a lock of his own row.
func lockUser(ctx context.Context, tx pgx.Tx, id uuid.UUID) (*crm.User, error) {
	u, err := scanUser(tx.QueryRow(ctx, "select "+userColumns+" from users u where u.id = $1 for update", id))
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, userNotFound()
	}
	if err != nil {
		return nil, fmt.Errorf("lock a user: %w", err)
	}
	return u, nil
}

// mayRest refuses to let a user go who still has work, or who takes his own rights away.
func (db *DB) mayRest(ctx context.Context, tx pgx.Tx, before, after *crm.User, by uuid.UUID) error {
	if administers(before) && !administers(after) && before.ID == by {
		return crm.Errorf(crm.KindConflict, "own_account", "nobody takes his own account or rights away")
	}
	if works(after) || before.Active == after.Active && sameRights(before, after) {
		return nil
	}
	if err := seesWorkOf(ctx, before.ID); err != nil {
		return err
	}
	work, err := openWork(ctx, tx, before.ID)
	if err != nil {
		return err
	}
	if refusal := work.Refusal(); refusal != nil {
		return refusal
	}
	return nil
}

func works(u *crm.User) bool { return u.WhyNotWork() == "" }

func sameRights(a, b *crm.User) bool {
	return slices.Equal(crm.OrderedRights(a.Granted.Rights), crm.OrderedRights(b.Granted.Rights))
}

func administers(u *crm.User) bool { return u.Active && u.Can(crm.RightAdminister) }

// changeUser writes what has become of a user, unless he is still needed as he was. Where his roles or his account change, the roles
// are locked already.
func (db *DB) changeUser(ctx context.Context, tx pgx.Tx, before, after *crm.User, passwordHash *string, by uuid.UUID) error {
	if err := writeUser(ctx, tx, after, passwordHash); err != nil {
		return err
	}
	now, err := lockUser(ctx, tx, after.ID)
	if err != nil {
		return err
	}
	if err := db.mayRest(ctx, tx, before, now, by); err != nil {
		return err
	}
	if administers(before) && !administers(now) {
		return somebodyAdministers(ctx, tx)
	}
	return nil
}

func writeUser(ctx context.Context, tx pgx.Tx, u *crm.User, passwordHash *string) error {
	_, err := tx.Exec(ctx, `update users set name = $2, email = $3, phone = $4, lang = $5, time_zone = $6, department_id = $7, roles = $8, active = $9,
			signature = $10, muted = $11, password_hash = coalesce($12, password_hash), digest = $13, digest_at = $14,
			quiet_from = nullif($15, ''), quiet_to = nullif($16, ''), version = version + 1
		where id = $1`,
		u.ID, u.Name, u.Email, u.Phone, u.Lang, u.TimeZone, nullID(u.DepartmentID), u.Roles, u.Active, u.Signature, orNone(u.Muted), passwordHash, orNone(u.Digest), u.DigestAt,
		u.QuietFrom, u.QuietTo)
	switch {
	case violates(err, "users_department_id_fkey"):
		return invalidField("/department_id", "not_found")
	case violates(err, "users_department_active"):
		return invalidField("/department_id", "out_of_use")
	case err != nil:
		return fmt.Errorf("change a user: %w", err)
	}
	return nil
}

// endSessions ends a user's sessions of the page but the one of keep, and with his account the tokens of his programs too.
func (db *DB) endSessions(ctx context.Context, tx pgx.Tx, user uuid.UUID, keep []byte, programs bool) error {
	_, err := tx.Exec(ctx, `update tokens set revoked_at = $2
		where user_id = $1 and revoked_at is null and ($4 or kind = 'session') and hash <> $3`, user, db.now(), orNoBytes(keep), programs)
	if err != nil {
		return fmt.Errorf("end a user's sessions: %w", err)
	}
	return nil
}

// EndSessions ends a user's sessions of the page but the one of this hash; nil: all of them.
func (db *DB) EndSessions(ctx context.Context, user uuid.UUID, keep []byte) error {
	return db.inTx(ctx, func(tx pgx.Tx) error { return db.endSessions(ctx, tx, user, keep, false) })
}

// deactivate ends an account within a handover, which has locked the roles.
func (db *DB) deactivate(ctx context.Context, tx pgx.Tx, id, by uuid.UUID) error {
	before, err := lockUser(ctx, tx, id)
	if err != nil {
		return err
	}
	if !before.Active {
		return nil
	}
	after := *before
	after.Active = false
	if err := db.changeUser(ctx, tx, before, &after, nil, by); err != nil {
		return err
	}
	return db.endSessions(ctx, tx, id, nil, true)
}
