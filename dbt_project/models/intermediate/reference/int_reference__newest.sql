with versions as (
    select * from {{ ref('stg_reference__versions') }}
),

reporting_dates as (
    select * from {{ ref('stg_ops__reporting_dates') }}
),

ranked as (
    select
        reference_sha256,
        night,
        received_at,
        row_number() over (order by received_at desc, reference_sha256 desc) as rank_from_newest
    from versions
    where night <= (select max(known_on) from reporting_dates)
)

select
    reference_sha256,
    night,
    received_at
from ranked
where rank_from_newest = 1
