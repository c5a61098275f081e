-- +goose Up

-- The interaction that a case was made from (R30, R36). It makes one case of a kind at most, however many ask at once.
alter table cases add interaction_id uuid references interactions;
create unique index cases_interaction on cases (interaction_id, kind) where interaction_id is not null;

-- +goose Down
drop index cases_interaction;
alter table cases drop interaction_id;
