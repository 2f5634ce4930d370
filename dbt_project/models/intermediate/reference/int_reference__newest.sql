with ranked as (
    select
        reference_sha256,
        night,
        received_at,
        row_number() over (order by received_at desc, reference_sha256 desc) as rank_from_newest
    from {{ ref('stg_reference__versions') }} as versions
    where night <= (select max(known_on) from {{ ref('stg_ops__reporting_dates') }} as reporting_dates)
)

select
    reference_sha256,
    night,
    received_at
from ranked
where rank_from_newest = 1
