-- +goose Up

-- What the company has decided for all: one row.
create table settings (
    only_row boolean primary key default true check (only_row),
    off      text[] not null default '{}'                -- R22: blocks that are switched off
        check (off <@ '{interactions,deals,claims}'::text[]),
    version  integer not null default 1
);
insert into settings default values;

-- Steps and requests read them with the people.
create trigger settings_raise_version after insert or update or delete on settings
    for each statement execute function raise_directory_version();
create trigger settings_audit after insert or update or delete on settings for each row execute function record_change('{only_row,version}', '{}');
create trigger settings_whole before truncate on settings for each statement execute function refuse_change();

-- Who may change them, and which programs.
alter table roles
    drop constraint roles_rights_check,
    add constraint roles_rights_check check (rights <@ '{work,lead,design,administer,settings,report,export,audit}'::text[]);
alter table tokens
    drop constraint tokens_scopes_check,
    add constraint tokens_scopes_check check (scopes <@ '{work,lead,design,administer,settings,report,export,audit}'::text[]);
update roles set rights = '{work,lead,design,administer,settings,report,export,audit}' where key = 'admin';

-- +goose Down
update tokens set scopes = array_remove(array_remove(scopes, 'settings'), 'audit');
update roles set rights = array_remove(rights, 'settings');
alter table tokens
    drop constraint tokens_scopes_check,
    add constraint tokens_scopes_check check (scopes <@ '{work,lead,design,administer,report,export}'::text[]);
alter table roles
    drop constraint roles_rights_check,
    add constraint roles_rights_check check (rights <@ '{work,lead,design,administer,report,export,audit}'::text[]);
drop table settings;
