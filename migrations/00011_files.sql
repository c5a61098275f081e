-- +goose Up

-- Files lie on any card (R10, R45). One that was removed by mistake is put back.
alter table files
    alter column case_id drop not null,
    add column client_id      uuid references clients,
    add column contact_id     uuid references contacts,
    add column interaction_id uuid references interactions,
    add column removed_at     timestamptz,
    add column removed_by     uuid references users,
    add constraint files_card_check check (num_nonnulls(case_id, client_id, contact_id, interaction_id) = 1),
    add constraint files_removed_check check ((removed_at is null) = (removed_by is null));
create index files_client on files (client_id, created_at, id) where client_id is not null;
create index files_contact on files (contact_id, created_at, id) where contact_id is not null;
create index files_interaction on files (interaction_id, created_at, id) where interaction_id is not null;

-- +goose Down
delete from files where case_id is null;
alter table files
    drop constraint files_card_check,
    drop constraint files_removed_check,
    drop column client_id, drop column contact_id, drop column interaction_id, drop column removed_at, drop column removed_by,
    alter column case_id set not null;
