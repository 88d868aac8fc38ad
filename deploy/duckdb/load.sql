-- Loads what the tap wrote, messages.jsonl, into a DuckDB file, by DuckDB alone.
--
--   duckdb -bail -list -noheader < load.sql > statements.sql && duckdb -bail warehouse.duckdb < statements.sql
--
-- This query answers with the statements that load, made of the SCHEMA messages: tables as
-- target-duckdb makes them, each row in place of the one with its key, all of it or nothing. The
-- last statement writes the last STATE to state.json, where the next run goes on.
with messages as (
  select *, row_number() over () as number
  from read_json('messages.jsonl', format = 'newline_delimited', columns = {
    type: 'varchar', stream: 'varchar', schema: 'json', key_properties: 'varchar[]'
  })
),
streams as (
  select
    stream, arg_max(key_properties, number) as key_columns,
    arg_max(schema -> 'properties', number) as columns
  from messages where type = 'SCHEMA' group by stream
),
-- What would lose or mix rows in silence ends the load before it begins.
refused as (
  select format('messages.jsonl has a message of type {}, which this load cannot read: run the '
    'tap without batch_config, and load what it writes then.', coalesce(type, 'null')) as why
  from messages where coalesce(type, '') not in ('SCHEMA', 'RECORD', 'STATE')
  union all
  select format('messages.jsonl has rows of the stream {} without its SCHEMA: run the tap again, '
    'and load all that it writes.', coalesce(stream, 'null'))
  from messages where type = 'RECORD' and coalesce(stream not in (select stream from streams), true)
  union all
  select format('The stream {} has no key, by which its rows would replace older ones: leave it '
    'out, or give it a key.', stream)
  from streams where coalesce(len(key_columns), 0) = 0
  union all
  select format('The streams {} have one name in DuckDB, where capitals do not count: rename one.',
    string_agg(stream, ' and ' order by stream))
  from streams group by lower(stream) having count(*) > 1
),
columns as (
  select stream, name, columns -> ('$."' || name || '"') as of
  from (select stream, columns, unnest(json_keys(columns)) as name from streams)
),
typed as (
  select stream, name, case
    when of ->> 'format' = 'date-time' then 'TIMESTAMP'
    when of ->> 'format' = 'x-singer.decimal'
      then format('DECIMAL({},{})', of ->> 'precision', of ->> 'scale')
    when contains(of ->> 'type', 'object') or contains(of ->> 'type', 'array') then 'JSON'
    when contains(of ->> 'type', 'number') then 'DOUBLE'
    when contains(of ->> 'type', 'integer') then 'HUGEINT'
    when contains(of ->> 'type', 'boolean') then 'BOOLEAN'
    else 'VARCHAR'
  end as kind
  from columns
),
-- A column that a newer tap brings is added to the table.
made as (
  select
    stream, any_value(array_to_string(key_columns, '", "')) as key,
    any_value(array_to_string(key_columns, '", record."')) as record_key,
    any_value(array_to_string(key_columns, ''', ''')) as key_texts,
    string_agg(format('(''{}'', ''{}'', ''{}'')', stream, replace(name, '''', ''''''), kind), ', ')
      as column_texts,
    replace(json_group_object(name, kind), '''', '''''') as structure,
    string_agg(format('"{}" {}', name, kind), ', ' order by name) as definitions,
    string_agg(format('alter table bigcommerce."{}" add column if not exists "{}" {};',
      stream, name, kind), chr(10)) as columns_added
  from typed join streams using (stream) group by stream
),
-- In a column that is there with another type, values would be rounded or lose digits; by another
-- key, rows would stay beside those that replace them.
checks as (
  select concat_ws(chr(10),
    format('set variable refused = (
      select error(format(''The column {{}} of the table bigcommerce.{{}} is {{}}, where this load makes {{}}, ''
        ''and would change values: load into a new file, or drop the table, and read all again with {{{{}}}} in state.json.'',
        column_name, table_name, data_type, kind))
      from duckdb_columns() join (values {}) as wanted (stream, name, kind)
        on lower(table_name) = lower(stream) and lower(column_name) = lower(name)
      where database_name = current_database() and schema_name = ''bigcommerce'' and data_type <> kind
      limit 1);', string_agg(column_texts, ', ')),
    format('set variable refused = (
      select error(format(''The key of the table bigcommerce.{{}} is ({{}}), and of the stream ({{}}): ''
        ''load into a new file, or drop the table, and read all again with {{{{}}}} in state.json.'',
        table_name, coalesce(array_to_string(columns, '', ''), ''''), array_to_string(key, '', '')))
      from (from duckdb_tables() where database_name = current_database() and schema_name = ''bigcommerce'')
      join (values {}) as wanted (stream, key) on lower(table_name) = lower(stream)
      left join (
        select table_oid, constraint_column_names as columns from duckdb_constraints()
        where database_name = current_database() and constraint_type = ''PRIMARY KEY''
      ) using (table_oid)
      where list_sort(columns) is distinct from list_sort(key)
      limit 1);', string_agg(format('(''{}'', [''{}''])', stream, key_texts), ', '))
  ) as statements
  from made
),
-- Of rows with one key the last one counts.
loaded as (
  select stream, concat_ws(chr(10),
    format('create table if not exists bigcommerce."{}" ({}, primary key ("{}"));',
      stream, definitions, key),
    columns_added,
    format('insert or replace into bigcommerce."{0}" by name select unnest(record) from (
      select from_json_strict(record, ''{1}'') as record, number from messages
      where type = ''RECORD'' and stream = ''{0}''
    ) qualify row_number() over (partition by record."{2}" order by number desc) = 1;',
    stream, structure, record_key
  )) as statements
  from made
)
select case when exists (from refused) then error((select why from refused limit 1)) else concat_ws(chr(10),
  'create temp table messages as select *, row_number() over () as number
    from read_json(''messages.jsonl'', format = ''newline_delimited'',
      columns = {type: ''varchar'', stream: ''varchar'', record: ''json'', value: ''json''});',
  'begin;',
  'create schema if not exists bigcommerce;',
  (select statements from checks),
  (select string_agg(statements, chr(10) order by stream) from loaded),
  'commit;',
  (select 'copy (select value -> ''bookmarks'' as bookmarks from messages where type = ''STATE''
    order by number desc limit 1) to ''state.json'' (format json);'
    from messages where type = 'STATE' limit 1)
) end;
