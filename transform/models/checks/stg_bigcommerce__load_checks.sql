-- What checks of the tables against the stores found, by store, stream and day. Names and types
-- only.

{{ bigcommerce_carts.staged('load_checks', [
    ('check_id', 'text'),
    ('store', 'text'),
    ('stream', 'text'),
    ('day', 'day'),
    ('checked_at', 'instant'),
    ('window_start', 'instant'),
    ('window_end', 'instant'),
    ('mode', 'text'),
    ('rows_checked', 'whole'),
    ('rows_equal', 'whole'),
    ('rows_explained', 'whole'),
    ('rows_at_fault', 'whole'),
    ('explained_by_kind', 'text'),
    ('faults_by_kind', 'text'),
    ('unverified', 'text'),
    ('tap_version', 'text'),
]) }}
