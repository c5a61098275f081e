-- +goose Up

-- Clients and contacts in full: reference lists, legal entities, own attributes, search, merging, files on every card, import.

-- Search forgives typing mistakes. Where the program's own role may not create extensions, somebody who may does it once:
-- create extension pg_trgm.
create extension if not exists pg_trgm;

-- ------------------------------------------------------------------------------------------------------ how names are compared

-- Small letters, whatever the locale of the database knows of Cyrillic; ё counts as е.
create function fold(text) returns text immutable strict parallel safe
    return lower(translate($1, 'АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯё', 'абвгдеежзийклмнопрстуфхцчшщъыьэюяе'));

-- A text in small Latin letters, so that trigrams do not depend on the locale and "Romashka" finds "Ромашка".
create function latin(text) returns text immutable strict parallel safe
    return translate(replace(replace(replace(replace(replace(replace(fold($1), 'щ', 'sch'), 'ж', 'zh'), 'ч', 'ch'), 'ш', 'sh'),
        'ю', 'yu'), 'я', 'ya'), 'абвгдезийклмнопрстуфхцыэъь', 'abvgdeziyklmnoprstufhcye');

-- What names are compared by: without marks and legal forms ("ООО «Ромашка»" and "Romashka LLC" are one).
create function name_key(text) returns text immutable strict parallel safe
    return (select coalesce(nullif(btrim(regexp_replace(regexp_replace(regexp_replace(' ' || w.words || ' ', ' +', '  ', 'g'),
        ' (ooo|oao|zao|pao|nao|ao|ip|too|chp|gup|mup|fgup|fgbu|gbu|ano|nko|llc|ltd|inc|jsc|pjsc|cjsc|ojsc|corp|gmbh|limited) ', ' ', 'g'),
        ' +', ' ', 'g')), ''), btrim(w.words), '')
    from (select regexp_replace(latin($1), '[][!-/:-@\\^_`{|}~«»“”„’‘…№–—[:space:]]+', ' ', 'g') as words) w);

-- Word forms of both languages.
create function words_of(text) returns tsvector immutable strict parallel safe
    return to_tsvector('pg_catalog.russian', fold($1)) || to_tsvector('pg_catalog.english', fold($1));

-- ------------------------------------------------------------------------------------------------------------ reference lists

create table regions (
    key       text primary key check (key ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$'),   -- ISO 3166-2
    name      jsonb not null,                         -- {en, ru}
    time_zone text not null check (time_zone <> ''),  -- IANA name (R8)
    archived  boolean not null default false
);

insert into regions (key, name, time_zone)
select key, jsonb_build_object('en', en, 'ru', ru), zone from (values
    ('RU-MOW', 'Moscow', 'Москва', 'Europe/Moscow'),
    ('RU-SPE', 'Saint Petersburg', 'Санкт-Петербург', 'Europe/Moscow'),
    ('RU-AD', 'Adygea', 'Республика Адыгея', 'Europe/Moscow'),
    ('RU-AL', 'Altai Republic', 'Республика Алтай', 'Asia/Barnaul'),
    ('RU-ALT', 'Altai Krai', 'Алтайский край', 'Asia/Barnaul'),
    ('RU-AMU', 'Amur Oblast', 'Амурская область', 'Asia/Yakutsk'),
    ('RU-ARK', 'Arkhangelsk Oblast', 'Архангельская область', 'Europe/Moscow'),
    ('RU-AST', 'Astrakhan Oblast', 'Астраханская область', 'Europe/Astrakhan'),
    ('RU-BA', 'Bashkortostan', 'Республика Башкортостан', 'Asia/Yekaterinburg'),
    ('RU-BEL', 'Belgorod Oblast', 'Белгородская область', 'Europe/Moscow'),
    ('RU-BRY', 'Bryansk Oblast', 'Брянская область', 'Europe/Moscow'),
    ('RU-BU', 'Buryatia', 'Республика Бурятия', 'Asia/Irkutsk'),
    ('RU-CE', 'Chechnya', 'Чеченская Республика', 'Europe/Moscow'),
    ('RU-CHE', 'Chelyabinsk Oblast', 'Челябинская область', 'Asia/Yekaterinburg'),
    ('RU-CHU', 'Chukotka', 'Чукотский автономный округ', 'Asia/Anadyr'),
    ('RU-CU', 'Chuvashia', 'Чувашская Республика', 'Europe/Moscow'),
    ('RU-DA', 'Dagestan', 'Республика Дагестан', 'Europe/Moscow'),
    ('RU-IN', 'Ingushetia', 'Республика Ингушетия', 'Europe/Moscow'),
    ('RU-IRK', 'Irkutsk Oblast', 'Иркутская область', 'Asia/Irkutsk'),
    ('RU-IVA', 'Ivanovo Oblast', 'Ивановская область', 'Europe/Moscow'),
    ('RU-KAM', 'Kamchatka Krai', 'Камчатский край', 'Asia/Kamchatka'),
    ('RU-KB', 'Kabardino-Balkaria', 'Кабардино-Балкарская Республика', 'Europe/Moscow'),
    ('RU-KC', 'Karachay-Cherkessia', 'Карачаево-Черкесская Республика', 'Europe/Moscow'),
    ('RU-KDA', 'Krasnodar Krai', 'Краснодарский край', 'Europe/Moscow'),
    ('RU-KEM', 'Kemerovo Oblast', 'Кемеровская область', 'Asia/Novokuznetsk'),
    ('RU-KGD', 'Kaliningrad Oblast', 'Калининградская область', 'Europe/Kaliningrad'),
    ('RU-KGN', 'Kurgan Oblast', 'Курганская область', 'Asia/Yekaterinburg'),
    ('RU-KHA', 'Khabarovsk Krai', 'Хабаровский край', 'Asia/Vladivostok'),
    ('RU-KHM', 'Khanty-Mansi', 'Ханты-Мансийский автономный округ — Югра', 'Asia/Yekaterinburg'),
    ('RU-KIR', 'Kirov Oblast', 'Кировская область', 'Europe/Kirov'),
    ('RU-KK', 'Khakassia', 'Республика Хакасия', 'Asia/Krasnoyarsk'),
    ('RU-KL', 'Kalmykia', 'Республика Калмыкия', 'Europe/Moscow'),
    ('RU-KLU', 'Kaluga Oblast', 'Калужская область', 'Europe/Moscow'),
    ('RU-KO', 'Komi', 'Республика Коми', 'Europe/Moscow'),
    ('RU-KOS', 'Kostroma Oblast', 'Костромская область', 'Europe/Moscow'),
    ('RU-KR', 'Karelia', 'Республика Карелия', 'Europe/Moscow'),
    ('RU-KRS', 'Kursk Oblast', 'Курская область', 'Europe/Moscow'),
    ('RU-KYA', 'Krasnoyarsk Krai', 'Красноярский край', 'Asia/Krasnoyarsk'),
    ('RU-LEN', 'Leningrad Oblast', 'Ленинградская область', 'Europe/Moscow'),
    ('RU-LIP', 'Lipetsk Oblast', 'Липецкая область', 'Europe/Moscow'),
    ('RU-MAG', 'Magadan Oblast', 'Магаданская область', 'Asia/Magadan'),
    ('RU-ME', 'Mari El', 'Республика Марий Эл', 'Europe/Moscow'),
    ('RU-MO', 'Mordovia', 'Республика Мордовия', 'Europe/Moscow'),
    ('RU-MOS', 'Moscow Oblast', 'Московская область', 'Europe/Moscow'),
    ('RU-MUR', 'Murmansk Oblast', 'Мурманская область', 'Europe/Moscow'),
    ('RU-NEN', 'Nenets', 'Ненецкий автономный округ', 'Europe/Moscow'),
    ('RU-NGR', 'Novgorod Oblast', 'Новгородская область', 'Europe/Moscow'),
    ('RU-NIZ', 'Nizhny Novgorod Oblast', 'Нижегородская область', 'Europe/Moscow'),
    ('RU-NVS', 'Novosibirsk Oblast', 'Новосибирская область', 'Asia/Novosibirsk'),
    ('RU-OMS', 'Omsk Oblast', 'Омская область', 'Asia/Omsk'),
    ('RU-ORE', 'Orenburg Oblast', 'Оренбургская область', 'Asia/Yekaterinburg'),
    ('RU-ORL', 'Oryol Oblast', 'Орловская область', 'Europe/Moscow'),
    ('RU-PER', 'Perm Krai', 'Пермский край', 'Asia/Yekaterinburg'),
    ('RU-PNZ', 'Penza Oblast', 'Пензенская область', 'Europe/Moscow'),
    ('RU-PRI', 'Primorsky Krai', 'Приморский край', 'Asia/Vladivostok'),
    ('RU-PSK', 'Pskov Oblast', 'Псковская область', 'Europe/Moscow'),
    ('RU-ROS', 'Rostov Oblast', 'Ростовская область', 'Europe/Moscow'),
    ('RU-RYA', 'Ryazan Oblast', 'Рязанская область', 'Europe/Moscow'),
    ('RU-SA', 'Yakutia', 'Республика Саха (Якутия)', 'Asia/Yakutsk'),
    ('RU-SAK', 'Sakhalin Oblast', 'Сахалинская область', 'Asia/Sakhalin'),
    ('RU-SAM', 'Samara Oblast', 'Самарская область', 'Europe/Samara'),
    ('RU-SAR', 'Saratov Oblast', 'Саратовская область', 'Europe/Saratov'),
    ('RU-SE', 'North Ossetia', 'Республика Северная Осетия — Алания', 'Europe/Moscow'),
    ('RU-SMO', 'Smolensk Oblast', 'Смоленская область', 'Europe/Moscow'),
    ('RU-STA', 'Stavropol Krai', 'Ставропольский край', 'Europe/Moscow'),
    ('RU-SVE', 'Sverdlovsk Oblast', 'Свердловская область', 'Asia/Yekaterinburg'),
    ('RU-TA', 'Tatarstan', 'Республика Татарстан', 'Europe/Moscow'),
    ('RU-TAM', 'Tambov Oblast', 'Тамбовская область', 'Europe/Moscow'),
    ('RU-TOM', 'Tomsk Oblast', 'Томская область', 'Asia/Tomsk'),
    ('RU-TUL', 'Tula Oblast', 'Тульская область', 'Europe/Moscow'),
    ('RU-TVE', 'Tver Oblast', 'Тверская область', 'Europe/Moscow'),
    ('RU-TY', 'Tuva', 'Республика Тыва', 'Asia/Krasnoyarsk'),
    ('RU-TYU', 'Tyumen Oblast', 'Тюменская область', 'Asia/Yekaterinburg'),
    ('RU-UD', 'Udmurtia', 'Удмуртская Республика', 'Europe/Samara'),
    ('RU-ULY', 'Ulyanovsk Oblast', 'Ульяновская область', 'Europe/Ulyanovsk'),
    ('RU-VGG', 'Volgograd Oblast', 'Волгоградская область', 'Europe/Volgograd'),
    ('RU-VLA', 'Vladimir Oblast', 'Владимирская область', 'Europe/Moscow'),
    ('RU-VLG', 'Vologda Oblast', 'Вологодская область', 'Europe/Moscow'),
    ('RU-VOR', 'Voronezh Oblast', 'Воронежская область', 'Europe/Moscow'),
    ('RU-YAN', 'Yamalo-Nenets', 'Ямало-Ненецкий автономный округ', 'Asia/Yekaterinburg'),
    ('RU-YAR', 'Yaroslavl Oblast', 'Ярославская область', 'Europe/Moscow'),
    ('RU-YEV', 'Jewish Autonomous Oblast', 'Еврейская автономная область', 'Asia/Vladivostok'),
    ('RU-ZAB', 'Zabaykalsky Krai', 'Забайкальский край', 'Asia/Chita'),
    ('BY', 'Belarus', 'Беларусь', 'Europe/Minsk'),
    ('KZ', 'Kazakhstan', 'Казахстан', 'Asia/Almaty'),
    ('UZ', 'Uzbekistan', 'Узбекистан', 'Asia/Tashkent'),
    ('AM', 'Armenia', 'Армения', 'Asia/Yerevan'),
    ('GE', 'Georgia', 'Грузия', 'Asia/Tbilisi'),
    ('KG', 'Kyrgyzstan', 'Киргизия', 'Asia/Bishkek')
) as known (key, en, ru, zone);

create table acquisition_sources (
    key      text primary key check (key <> ''),
    name     jsonb not null,                          -- {en, ru}
    archived boolean not null default false
);

insert into acquisition_sources (key, name) values
    ('advertising', '{"en": "Advertising", "ru": "Реклама"}'),
    ('recommendation', '{"en": "Recommendation", "ru": "Рекомендация"}'),
    ('exhibition', '{"en": "Exhibition", "ru": "Выставка"}'),
    ('site', '{"en": "Web site", "ru": "Сайт"}'),
    ('social', '{"en": "Social networks", "ru": "Социальные сети"}'),
    ('call', '{"en": "Incoming call", "ru": "Входящий звонок"}'),
    ('cold', '{"en": "Cold call", "ru": "Холодный звонок"}'),
    ('partner', '{"en": "Partner", "ru": "Партнёр"}'),
    ('other', '{"en": "Other", "ru": "Другое"}');

-- ------------------------------------------------------------------------------------------------------------------- clients

alter table clients
    alter source drop not null,
    alter source drop default,
    add region       text references regions,
    add attributes   jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object'),
    add search_extra text not null default '',        -- values of attributes that are searched
    add without      text[] not null default '{}' check (without <@ '{interactions,deals,claims}'::text[]),   -- R22
    add merged_into  uuid references clients check (merged_into <> id),
    add name_key     text not null generated always as (name_key(name)) stored,
    add words        tsvector not null generated always as (words_of(name || ' ' || search_extra)) stored;

update clients set source = null where source = '';
insert into acquisition_sources (key, name)
    select distinct source, jsonb_build_object('en', source, 'ru', source) from clients where source is not null
    on conflict do nothing;
alter table clients add foreign key (source) references acquisition_sources;

-- A client that comes with a source nobody has listed, past the API, which takes only listed ones, brings it into the list, where
-- it can be renamed or put away. No source is null, however it is written.
-- +goose StatementBegin
create function list_source() returns trigger language plpgsql as $$
begin
    new.source := nullif(btrim(new.source), '');
    if new.source is not null then
        insert into acquisition_sources (key, name) values (new.source, jsonb_build_object('en', new.source, 'ru', new.source))
            on conflict do nothing;
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger clients_list_source before insert or update of source on clients
    for each row execute function list_source();

drop index clients_name;
create index clients_listed on clients (lower(name), id) where merged_into is null;
create index clients_owned on clients (owner_id, lower(name), id) where merged_into is null;
create index clients_source on clients (source) where source is not null;
create index clients_region on clients (region) where region is not null;
create index clients_merged on clients (merged_into) where merged_into is not null;
create index clients_name_key on clients (name_key text_pattern_ops) where merged_into is null;
create index clients_name_near on clients using gin (name_key gin_trgm_ops) where merged_into is null;
create index clients_words on clients using gin (words) where merged_into is null;
create index clients_attributes on clients using gin (attributes jsonb_path_ops) where merged_into is null;

alter table contacts
    add birth_date   date check (birth_date >= '1850-01-01'),
    add source       text references acquisition_sources,
    add attributes   jsonb not null default '{}' check (jsonb_typeof(attributes) = 'object'),
    add search_extra text not null default '',
    add name_key     text not null generated always as (name_key(name)) stored,
    add words        tsvector not null generated always as (words_of(name || ' ' || position || ' ' || search_extra)) stored;
create index contacts_source on contacts (source) where source is not null;
create index contacts_name_key on contacts (name_key text_pattern_ops);
create index contacts_name_near on contacts using gin (name_key gin_trgm_ops);
create index contacts_words on contacts using gin (words);
create index contacts_attributes on contacts using gin (attributes jsonb_path_ops);

-- R44: kinds of contact detail. Numbers are kept as typed and in E.164, so that one is found however it was written.
alter table contact_details
    drop constraint contact_details_kind_check,
    add constraint contact_details_kind_check check (kind in ('email', 'mailing', 'mobile', 'phone', 'fax', 'legal_address', 'postal_address',
        'actual_address', 'messenger', 'site', 'other')),
    add number    text not null default '' check (number = '' or number ~ '^\+[1-9][0-9]{2,17}$'),
    add extension text not null default '' check (extension ~ '^[0-9]{0,10}$'),
    add address   jsonb;

-- Where the program gives no E.164 number, Russian ones are recognised by their length.
-- +goose StatementBegin
create function number_of_detail() returns trigger language plpgsql as $$
declare
    digits text := regexp_replace(new.value, '[^0-9]', '', 'g');
begin
    if new.number <> '' or new.kind not in ('mobile', 'phone', 'fax') or new.value ~* '[a-zа-я#,;]' then
        return new;
    end if;
    new.number := case
        when new.value ~ '^[[:space:]]*\+[[:space:]]*[1-9]' and length(digits) between 7 and 15 then '+' || digits
        when digits ~ '^[78][0-9]{10}$' then '+7' || substr(digits, 2)
        when digits ~ '^[3-9][0-9]{9}$' then '+7' || digits
        else '' end;
    return new;
end $$;
-- +goose StatementEnd
create trigger contact_details_number before insert or update of kind, value, number on contact_details
    for each row execute function number_of_detail();

update contact_details set value = value where kind in ('mobile', 'phone');
alter table contact_details add search_key text not null generated always as (
    case when kind in ('mobile', 'phone', 'fax') then regexp_replace(coalesce(nullif(number, ''), value), '[^0-9]', '', 'g')
        else lower(value) end) stored;
drop index contact_details_value;
create index contact_details_number on contact_details (number) where number <> '';
create index contact_details_key on contact_details (search_key text_pattern_ops)
    where kind in ('email', 'mailing', 'mobile', 'phone', 'fax', 'messenger', 'site');
create index contact_details_near on contact_details using gin (search_key gin_trgm_ops)
    where kind in ('email', 'mailing', 'mobile', 'phone', 'fax', 'messenger', 'site');

-- Cases are searched by their topics.
create index cases_words on cases using gin (words_of(topic));

-- R64
create table legal_entities (
    id         uuid primary key,
    client_id  uuid not null references clients,
    name       text not null check (name <> ''),
    inn        text not null default '' check (inn = '' or inn ~ '^[0-9]{10}([0-9]{2})?$'),
    kpp        text not null default '' check (kpp = '' or kpp ~ '^[0-9]{4}[0-9A-Z]{2}[0-9]{3}$' and length(inn) <> 12),
    main       boolean not null default false,
    version    integer not null default 1,
    created_at timestamptz not null default now(),
    created_by uuid references users
);
create index legal_entities_client on legal_entities (client_id, id);
create unique index legal_entities_main on legal_entities (client_id) where main;
create unique index legal_entities_once on legal_entities (client_id, inn, kpp) where inn <> '';
create index legal_entities_inn on legal_entities (inn text_pattern_ops) where inn <> '';

-- R65: what became of a client's card, by whom.
create table client_history (
    id        uuid primary key,
    client_id uuid not null references clients,
    at        timestamptz not null,
    kind      text not null check (kind <> ''),
    actor_id  uuid references users,
    data      jsonb not null default '{}'
);
create index client_history_client on client_history (client_id, at, id);

-- What is written for a client that has been merged into another becomes the other's: whoever had the old card open loses
-- nothing. The lock makes a merge at work finish first.
-- +goose StatementBegin
create function client_of_new_row() returns trigger language plpgsql as $$
declare
    target uuid;
begin
    if new.client_id is not null then
        select merged_into into target from clients where id = new.client_id for key share;
        new.client_id := coalesce(target, new.client_id);
    end if;
    return new;
end $$;
-- +goose StatementEnd
create trigger cases_client before insert on cases for each row execute function client_of_new_row();
create trigger interactions_client before insert on interactions for each row execute function client_of_new_row();
create trigger contacts_client before insert on contacts for each row execute function client_of_new_row();
create trigger legal_entities_client before insert on legal_entities for each row execute function client_of_new_row();

-- +goose Down
drop trigger cases_client on cases;
drop trigger interactions_client on interactions;
drop trigger contacts_client on contacts;
drop table client_history, legal_entities;
drop index cases_words;
drop function client_of_new_row;
delete from contact_details where kind not in ('email', 'mailing', 'mobile', 'phone', 'other');
alter table contact_details drop search_key, drop address, drop extension;
drop trigger contact_details_number on contact_details;
alter table contact_details
    drop number,
    drop constraint contact_details_kind_check,
    add constraint contact_details_kind_check check (kind in ('email', 'mailing', 'mobile', 'phone', 'other'));
create index contact_details_value on contact_details (lower(value));
drop function number_of_detail;
alter table contacts drop words, drop name_key, drop search_extra, drop attributes, drop source, drop birth_date;
drop trigger clients_list_source on clients;
alter table clients drop words, drop name_key, drop merged_into, drop without, drop search_extra, drop attributes, drop region,
    drop constraint clients_source_fkey;
drop index clients_source;
update clients set source = '' where source is null;
alter table clients alter source set default '', alter source set not null;
create index clients_name on clients (lower(name), id);
drop function list_source, words_of, name_key, latin, fold;
drop table acquisition_sources, regions;
drop extension pg_trgm;
