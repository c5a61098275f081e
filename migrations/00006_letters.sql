-- +goose Up

-- R63: e-mail that a person wrote from a case. The letter is an interaction of the case, and its delivery a line of the ledger.
create table letters (
    id              uuid primary key,
    case_id         uuid not null references cases,
    interaction_id  uuid not null unique references interactions,
    notification_id uuid not null unique references notifications, -- its Message-ID is made of this
    author_id       uuid not null references users,
    to_name         text not null default '',
    to_email        text not null check (to_email <> ''),
    subject         text not null check (subject <> ''),
    body            text not null check (body <> ''),
    signature       text not null default '',                      -- the author's, as it was then
    reply_to_id     uuid references letters,                       -- the letter that it goes on from
    created_at      timestamptz not null default now()
);
create index letters_case on letters (case_id, created_at, id);
create index letters_reply on letters (reply_to_id) where reply_to_id is not null;

-- +goose Down
drop table letters;
