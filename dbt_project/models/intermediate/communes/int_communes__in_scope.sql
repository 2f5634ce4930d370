with register as (
    select * from {{ ref('int_agents__register') }}
),

epochs as (
    select * from {{ ref('int_communes__epochs') }}
),

communes_on_dates as (
    select * from {{ ref('int_communes__on_reporting_dates') }}
),

working_districts as (
    select distinct epochs.district_code
    from register
    inner join epochs on register.commune_key = epochs.commune_key
),

first_agents as (
    select
        communes_on_dates.reporting_date,
        communes_on_dates.then_commune_key as commune_key,
        min(register.valid_from) as first_agent_on
    from communes_on_dates
    inner join register on communes_on_dates.commune_key = register.commune_key
    group by communes_on_dates.reporting_date, communes_on_dates.then_commune_key
),

final as (
    select
        communes_on_dates.reporting_date,
        epochs.commune_key,
        epochs.commune_code,
        epochs.commune_name,
        epochs.district_code,
        epochs.district_name,
        openings.opening_month,
        {{ month_end('openings.opening_month') }} as opening_month_end,
        first_agents.first_agent_on
    from communes_on_dates
    inner join epochs on communes_on_dates.commune_key = epochs.commune_key
    inner join working_districts on epochs.district_code = working_districts.district_code
    left join {{ ref('int_districts__openings') }} as openings on epochs.district_code = openings.district_code
    left join first_agents
        on communes_on_dates.reporting_date = first_agents.reporting_date
        and communes_on_dates.commune_key = first_agents.commune_key
    -- the communes that stand on the date themselves, not those that went into them
    where communes_on_dates.commune_key = communes_on_dates.then_commune_key
)

select * from final
