-- What is gained adds over time, as a stock does not: two halves make the year, where a holder has
-- a target of net_new for all three.
with targets as (
    select
        holder_type,
        holder_code,
        target_period,
        participants - participants_before_period as gained
    from {{ ref('fct_targets') }}
    where target_basis = 'net_new'
),

halves as (
    select
        holder_type,
        holder_code,
        substring(target_period, 1, 4) as year_period,
        sum(gained) as gained
    from targets
    where target_period like '%-H%'
    group by holder_type, holder_code, substring(target_period, 1, 4)
    having count(gained) = 2
)

select
    years.holder_type,
    years.holder_code,
    years.target_period,
    years.gained,
    halves.gained as gained_in_halves
from targets as years
inner join halves
    on years.holder_type = halves.holder_type
    and years.holder_code = halves.holder_code
    and years.target_period = halves.year_period
where years.gained <> halves.gained
