with communes as (
    select * from {{ ref('int_kpi__communes') }}
),

officers as (
    select * from {{ ref('int_reference__officers') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

grouped as (
    -- an officer's target is the sum of the officer's communes
    select
        communes.reporting_date,
        communes.known_on,
        officers.officer_code,
        max(officers.officer_name) as officer_name,
        {{ sums_of_communes() }}
    from officers
    inner join communes
        on officers.reporting_date = communes.reporting_date
        and officers.commune_key = communes.commune_key
    group by communes.reporting_date, communes.known_on, officers.officer_code
),

{{ from_grouped_to_with_reason('officer') }},

final as (
    select
        reporting_date,
        known_on,
        officer_code,
        officer_name,
        cast(communes_counted as bigint) as communes,
        {{ kpi_columns() }}
    from with_reason
)

select * from final
