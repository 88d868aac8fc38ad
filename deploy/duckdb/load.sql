-- Loads what the tap wrote, messages.jsonl, into a DuckDB file, by DuckDB alone.
--
--   duckdb -list -noheader < load.sql | duckdb -bail warehouse.duckdb
--
-- This query answers with the statements that load, made of the SCHEMA messages: tables as
-- target-duckdb makes them, each row in place of the one with its key, all of it or nothing. The
-- last statement writes the last STATE to state.json, where the next run goes on.
with messages as (
  from read_json('messages.jsonl', format = 'newline_delimited', columns = {
    type: 'varchar', stream: 'varchar', schema: 'json', key_properties: 'varchar[]'
  })
),
streams as (
  select stream, last(key_properties) as key_columns, last(schema -> 'properties') as columns
  from messages where type = 'SCHEMA' group by stream
),
columns as (
  select stream, name, columns -> ('$."' || name || '"') as of
  from (select stream, columns, unnest(json_keys(columns)) as name from streams)
),
typed as (
  select stream, name, case
    when of ->> 'format' = 'date-time' then 'timestamp'
    when of ->> 'format' = 'x-singer.decimal'
      then format('decimal({}, {})', of ->> 'precision', of ->> 'scale')
    when contains(of ->> 'type', 'object') or contains(of ->> 'type', 'array') then 'json'
    when contains(of ->> 'type', 'number') then 'double'
    when contains(of ->> 'type', 'integer') then 'hugeint'
    when contains(of ->> 'type', 'boolean') then 'boolean'
    else 'varchar'
  end as kind
  from columns
),
-- A column that a newer tap brings is added to the table.
made as (
  select
    stream, any_value(key_columns) as key_columns, replace(json_group_object(name, kind), '''', '''''') as structure,
    format('create table if not exists bigcommerce."{}" ({}, primary key ({}));', stream,
      string_agg(format('"{}" {}', name, kind), ', ' order by name),
      array_to_string(any_value(key_columns), ', ')) as table_made,
    string_agg(format('alter table bigcommerce."{}" add column if not exists "{}" {};',
      stream, name, kind), chr(10)) as columns_added
  from typed join streams using (stream) group by stream
),
-- Of rows with one key the last one counts.
loaded as (
  select stream, concat_ws(chr(10), table_made, columns_added, format(
    'insert or replace into bigcommerce."{0}" by name select unnest(record) from (
      select from_json_strict(record, ''{1}'') as record, number from messages
      where type = ''RECORD'' and stream = ''{0}''
    ) qualify row_number() over (partition by {2} order by number desc) = 1;',
    stream, structure, 'record.' || array_to_string(key_columns, ', record.')
  )) as statements
  from made
)
select concat_ws(chr(10),
  'create temp table messages as select *, row_number() over () as number
    from read_json(''messages.jsonl'', format = ''newline_delimited'',
      columns = {type: ''varchar'', stream: ''varchar'', record: ''json'', value: ''json''});',
  'begin;',
  'create schema if not exists bigcommerce;',
  (select string_agg(statements, chr(10) order by stream) from loaded),
  'commit;',
  (select 'copy (select value -> ''bookmarks'' as bookmarks from messages where type = ''STATE''
    order by number desc limit 1) to ''state.json'' (format json);'
    from messages where type = 'STATE' limit 1)
);
