-- +goose Up

-- What is recorded with a contact is with his client, and he may just be going to another one (his move holds both clients and then him).
-- Whoever records holds the client and then the contact until the end: contact_elsewhere is raised when he is no longer there, and what was
-- decided on that has to be decided anew.
-- +goose StatementBegin
create function keep_contact_at(contact uuid, client uuid) returns void language plpgsql as $$
declare
    at uuid;
begin
    perform keep_clients(client);
    select client_id into at from contacts where id = contact_now(contact) for key share;
    if at is distinct from client_now(client) then
        raise exception 'the contact has gone to another client' using errcode = 'check_violation', constraint = 'contact_elsewhere';
    end if;
end $$;
-- +goose StatementEnd

-- +goose Down
drop function keep_contact_at;
