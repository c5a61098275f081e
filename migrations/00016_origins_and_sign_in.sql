-- +goose Up

-- The interaction that a case was made from (R30, R36). It makes one case of a kind at most, however many ask at once.
alter table cases add interaction_id uuid references interactions;
create unique index cases_interaction on cases (interaction_id, kind) where interaction_id is not null;

-- What a program's token may do of what its user may, besides reading; null: all of it.
alter table tokens
    add scopes text[] check (scopes <@ '{work,lead,design,administer,report,export}'::text[]),
    add check (scopes is null or kind = 'api');

-- From where a token was last used. It is written once in a while, and is not in the audit, which knows what was done.
create table token_uses (
    token_id uuid primary key references tokens (id) on delete cascade,
    at       timestamptz not null,
    address  text not null default '' check (length(address) <= 45),
    agent    text not null default '' check (length(agent) <= 200)      -- the program that was used, as it calls itself
);

-- What people sign in with at an OpenID Connect provider: with one identity of each.
create table identities (
    id        uuid primary key,
    user_id   uuid not null references users on delete cascade,
    issuer    text not null check (issuer <> ''),
    subject   text not null check (subject <> ''),
    linked_at timestamptz not null,
    unique (issuer, subject)
);
create unique index identities_user on identities (user_id, issuer);
create index users_email on users (lower(email)) where email <> '';

-- +goose Down
drop index users_email;
drop table identities;
drop table token_uses;
alter table tokens drop scopes;
drop index cases_interaction;
alter table cases drop interaction_id;
