package app

import (
	"context"
	"errors"
	"fmt"

	"marshrut/audit"
	"marshrut/crm"
	"marshrut/postgres"
)

// keys reads the keys of the audit. Without them nothing that happens could be sealed, so the server does not start.
func (a *App) keys() (*audit.Keys, error) {
	if a.Settings.Keys == "" {
		return nil, errors.New("MARSHRUT_KEYS is not set: name the folder with the keys of the audit; `marshrut keys create` makes them")
	}
	keys, err := audit.LoadKeys(a.Settings.Keys)
	if err != nil {
		return nil, fmt.Errorf("MARSHRUT_KEYS: %w", err)
	}
	return keys, nil
}

// keeper seals the audit and exports its heads.
func (a *App) keeper(ctx context.Context, keys *audit.Keys) *audit.Keeper {
	if a.Settings.AuditHeads == "" {
		a.log.WarnContext(ctx, "MARSHRUT_AUDIT_HEADS is not set: no heads of the audit are exported, so that an alteration by whoever may do everything in the database would not be found")
	}
	return &audit.Keeper{Store: a.DB, Keys: keys, Heads: a.Settings.AuditHeads, Log: a.log}
}

// ExportAudit seals what waits and writes the heads of all chains that have grown into a folder. It answers how many there were.
func (a *App) ExportAudit(ctx context.Context, folder string) (int, error) {
	keys, err := a.keys()
	if err != nil {
		return 0, err
	}
	for {
		sealed, err := a.DB.SealAudit(ctx, keys)
		if err != nil {
			return 0, err
		}
		if sealed == 0 {
			break
		}
	}
	return a.DB.ExportAudit(ctx, &audit.Exporter{Folder: folder, Keys: keys})
}

// RewrapKeys wraps with the master key what the one before has wrapped. It answers how many keys there were.
func (a *App) RewrapKeys(ctx context.Context) (int, error) {
	keys, err := a.keys()
	if err != nil {
		return 0, err
	}
	return a.DB.RewrapDataKeys(ctx, keys)
}

// EraseAgain erases a client as postgres.Auditor does.
func (a *App) EraseAgain(ctx context.Context, e crm.Erasure) (bool, error) {
	keys, err := a.keys()
	if err != nil {
		return false, err
	}
	return postgres.NewAuditor(a.DB, keys).EraseAgain(ctx, e)
}
