with villages as (
    select * from {{ ref('stg_reference__villages') }}
),

newest_reference as (
    select * from {{ ref('int_reference__newest') }}
),

epochs as (
    select * from {{ ref('int_communes__epochs') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

communes_on_dates as (
    select * from {{ ref('int_communes__on_reporting_dates') }}
),

register as (
    select * from {{ ref('int_agents__register') }}
),

month_counts as (
    select * from {{ ref('int_cover__month_counts') }}
),

villages_on_dates as (
    select
        reporting_dates.reporting_date,
        villages.village_code,
        communes_on_dates.then_commune_key as commune_key
    from reporting_dates
    inner join villages
        on reporting_dates.reporting_date >= villages.valid_from
        and (villages.valid_to is null or reporting_dates.reporting_date <= villages.valid_to)
    inner join newest_reference on villages.reference_sha256 = newest_reference.reference_sha256
    inner join epochs
        on villages.commune_code = epochs.commune_code
        and villages.valid_from >= epochs.means_from
        and villages.valid_from < epochs.means_before
    inner join communes_on_dates
        on reporting_dates.reporting_date = communes_on_dates.reporting_date
        and epochs.commune_key = communes_on_dates.commune_key
),

-- no form before QĐ 505 has an address: a village is that of the collection point
villages_with_participants as (
    select distinct
        reporting_dates.reporting_date,
        register.village_code
    from reporting_dates
    inner join month_counts on reporting_dates.month = month_counts.month
    inner join register
        on month_counts.agent_code = register.agent_code
        and reporting_dates.reporting_date >= register.speaks_from
        and reporting_dates.reporting_date < register.speaks_before
    where
        month_counts.covered_people > 0
        or (month_counts.not_renewed_people > 0 and not reporting_dates.is_month_end)
),

final as (
    select
        villages_on_dates.reporting_date,
        villages_on_dates.commune_key,
        cast(count(*) as bigint) as villages,
        cast(count(case when villages_with_participants.village_code is null then 1 end) as bigint)
            as villages_without_participants
    from villages_on_dates
    left join villages_with_participants
        on villages_on_dates.reporting_date = villages_with_participants.reporting_date
        and villages_on_dates.village_code = villages_with_participants.village_code
    group by villages_on_dates.reporting_date, villages_on_dates.commune_key
)

select * from final
