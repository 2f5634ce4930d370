-- Each known row stands in exactly one file that arrived first: no row without its file, no file
-- stored twice.
with known_rows as (
    select
        sha256,
        count(*) as rows_found
    from {{ ref('int_rows__fates') }}
    group by sha256
),

first_arrivals as (
    select
        sha256,
        count(*) as arrivals_found
    from {{ ref('stg_intake__submissions') }}
    where verdict <> 'duplicate'
    group by sha256
)

select
    substring(coalesce(known_rows.sha256, first_arrivals.sha256), 1, 12) as file_id,
    known_rows.rows_found,
    first_arrivals.arrivals_found
from known_rows
full outer join first_arrivals on known_rows.sha256 = first_arrivals.sha256
where
    (known_rows.sha256 is not null and first_arrivals.sha256 is null)
    or first_arrivals.arrivals_found > 1
