-- Who may do what: a role per stage, made again from here at every `migrate`. Nobody logs in as a stage: a command takes
-- its stage's role when it connects (warehouse/connection.py). `api` and `bi_reader` are what logins of others are given.
do $$
declare
    stage text;
begin
    foreach stage in array array[
        'loader', 'transformer', 'inspector', 'learner', 'publisher', 'exporter', 'api', 'bi_reader'
    ] loop
        begin
            if not exists (select from pg_roles where rolname = stage) then
                execute format('create role %I nologin', stage);
            end if;
        exception when duplicate_object or unique_violation then
            null;  -- another warehouse of this server was faster
        end;
        if not exists (select from pg_roles where rolname = current_user and rolsuper)
            and not pg_has_role(current_user, stage, 'set') then
            execute format('grant %I to current_user with inherit true, set true', stage);
        end if;
    end loop;
    -- As long as Airflow lets a task take; roles that serve others have less.
    execute format('alter database %I set statement_timeout = ''1h''', current_database());
    execute format('revoke all on database %I from public', current_database());
    execute format(
        'grant connect, temporary on database %I to loader, transformer, inspector, learner, publisher, exporter',
        current_database()
    );
    execute format('grant connect on database %I to api, bi_reader', current_database());
    execute format('grant create on database %I to transformer, publisher', current_database());
end $$;
revoke all on schema public from public;

-- What dbt builds is dbt's, and a published release the publisher's, whoever made it before there were roles.
create schema if not exists seeds;
create schema if not exists staging;
create schema if not exists intermediate;
create schema if not exists marts;
grant usage, create on schema serving to publisher;  -- without it a view there could not become the publisher's
do $$
declare
    found record;
begin
    for found in
        select oid, nspname, case when nspname like 'release\_%' then 'publisher' else 'transformer' end as owner
        from pg_namespace
        where nspname in ('seeds', 'staging', 'intermediate', 'marts') or nspname ~ '^release_[0-9]+$'
    loop
        execute format('alter schema %I owner to %I', found.nspname, found.owner);
    end loop;
    for found in
        select
            pg_class.oid::regclass as name,
            case when nspname = 'serving' or nspname ~ '^release_[0-9]+$' then 'publisher' else 'transformer' end as owner
        from pg_class
        inner join pg_namespace on relnamespace = pg_namespace.oid
        where
            (nspname in ('seeds', 'staging', 'intermediate', 'marts') or nspname ~ '^release_[0-9]+$'
                or (nspname = 'serving' and relkind = 'v'))
            and relkind in ('r', 'v', 'm')
            and pg_get_userbyid(relowner) not in ('transformer', 'publisher')
    loop
        execute format('alter table %s owner to %I', found.name, found.owner);
    end loop;
end $$;

-- loader: adds to raw, never takes away, and reads nothing that was encrypted; so that keys are of no use to it.
grant usage on schema raw, quarantine, crawl to loader;
grant usage on all sequences in schema raw, quarantine to loader;
grant insert, maintain on all tables in schema raw to loader;
grant select, update on raw.batches, raw.cursors, raw.removals to loader;
grant select, insert, update on all tables in schema quarantine, crawl to loader;
do $$
declare
    found record;
begin
    for found in
        select attrelid::regclass as name, string_agg(quote_ident(attname), ', ') as readable
        from pg_attribute
        inner join pg_class on attrelid = pg_class.oid
        where
            relnamespace = 'raw'::regnamespace and relkind = 'r' and attnum > 0 and not attisdropped
            and attname <> 'extra' and attname not like '%\_encrypted'
        group by attrelid
    loop
        execute format('grant select (%s) on %s to loader', found.readable, found.name);
    end loop;
end $$;
grant update on raw.products to loader;
revoke all on raw.erasure_requests, raw.erasures from loader;
-- Its rows note, by triggers, what is to be built anew.
grant usage on schema builds to loader;
grant insert on builds.noted to loader;

-- transformer: reads what came in, without the keys.
grant usage on schema raw, quarantine, ml to transformer;
grant select on all tables in schema raw, ml to transformer;
grant usage on schema builds to transformer;
grant select, insert, update, delete, maintain on all tables in schema builds to transformer;

-- inspector: the gates; reads all that they judge and writes down what it found.
grant usage on schema raw, quarantine, crawl, ml, quality to inspector;
grant select on all tables in schema raw, quarantine, crawl, ml, quality to inspector;
grant insert on all tables in schema quality to inspector;
grant usage on all sequences in schema quality to inspector;
grant usage on schema serving to inspector;
grant select on serving.releases to inspector;

-- learner: learns from what dbt built, which holds nothing that was encrypted.
grant usage on schema ml to learner;
grant select, insert, update, delete, maintain on all tables in schema ml to learner;

-- publisher: copies marts and ml, and owns what is read.
grant usage on schema ml to publisher;
grant select on all tables in schema ml to publisher;
grant select, insert, update, delete, maintain on serving.releases to publisher;
grant select on serving.readers to publisher;

-- exporter: the only one that may read what is encrypted together with the keys.
grant usage on schema raw, quarantine to exporter;
grant select on all tables in schema raw, quarantine to exporter;
-- It keeps what files say of audiences, and notes what it handed out; dbt reads the rules.
grant usage on schema activation to exporter;
grant select, insert, update, delete on all tables in schema activation to exporter;
grant usage on schema activation to transformer, inspector;
grant select on all tables in schema activation to transformer, inspector;

-- api and bi_reader: the published face, row by row as `serving.readers` says.
grant usage on schema serving to api, bi_reader;
grant select on serving.releases, serving.readers to api, bi_reader;
-- Without a way into their schemas, so through the views of `serving` alone.
grant select (
    batch_id, business, source, table_name, received, loaded, duplicate, quarantined, is_replay, finished_at
) on raw.batches to bi_reader;
grant select (
    record_id, business, source, table_name, reason, first_seen_at, replayed_at
) on quarantine.records to bi_reader;
grant select (result_id, run_id, layer, suite, expectation, success, checked_at) on quality.results to bi_reader;

-- What comes in through the API goes the loader's way; what its keys are, only it asks.
grant usage on schema live to loader, api;
grant select, insert, delete on live.signals to loader;
grant select on live.signals to api;
grant usage on schema access to api;
grant select on access.keys to api;
do $$
declare
    name text;
begin
    foreach name in array array['access.keys', 'live.signals'] loop
        execute format('alter table %s enable row level security', name);
        execute format('drop policy if exists by_business on %s', name);
        execute format(
            'create policy by_business on %s for select to api using (exists (select from serving.readers'
            ' where readers.reader = current_user and readers.business in (%s.business, ''*'')))', name, name
        );
    end loop;
end $$;
drop policy if exists as_it_comes on live.signals;
create policy as_it_comes on live.signals to loader using (true) with check (true);

-- What dbt will build, and what the publisher will publish.
grant usage on schema seeds, staging, intermediate, marts to learner, publisher, exporter, inspector;
grant select on all tables in schema seeds, staging, intermediate, marts to learner, publisher, exporter, inspector;
alter default privileges in schema seeds, staging, intermediate, marts
grant select on tables to transformer, learner, publisher, exporter, inspector;
alter default privileges for role transformer
grant select on tables to learner, publisher, exporter, inspector;
alter default privileges for role transformer
grant usage on schemas to learner, publisher, exporter, inspector;
alter default privileges for role publisher grant select on tables to api, bi_reader;
alter default privileges for role publisher grant usage on schemas to api, bi_reader;

alter role api set statement_timeout = '2s';
alter role api set idle_in_transaction_session_timeout = '5s';
alter role bi_reader set statement_timeout = '60s';
alter role bi_reader set idle_in_transaction_session_timeout = '60s';
