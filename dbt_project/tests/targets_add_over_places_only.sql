-- Below a district stand its communes and nobody else: associations overlap, and neither they nor
-- periods of a stock are added.
with targets as (
    select * from {{ ref('fct_targets') }}
),

communes as (
    select
        target_period,
        target_basis,
        sum(people) as children_people
    from targets
    where holder_type = 'commune'
    group by target_period, target_basis
),

districts as (
    select
        target_period,
        target_basis,
        sum(children_people) as children_people
    from targets
    where holder_type = 'district'
    group by target_period, target_basis
)

select
    districts.target_period,
    districts.target_basis,
    districts.children_people as counted_below_districts,
    communes.children_people as decided_for_communes
from districts
inner join communes
    on districts.target_period = communes.target_period
    and districts.target_basis = communes.target_basis
where districts.children_people <> communes.children_people

union all

select
    target_period,
    target_basis,
    children_people as counted_below_districts,
    cast(null as bigint) as decided_for_communes
from targets
where
    holder_type in ('association', 'commune')
    and children_people is not null
