with register as (
    select * from {{ ref('int_agents__register') }}
),

agents_of_the_month as (
    select distinct
        reporting_dates.reporting_date,
        reporting_dates.month,
        register.agent_code
    from {{ ref('int_calendar__reporting_dates') }} as reporting_dates
    inner join register
        on reporting_dates.reporting_date >= register.valid_from
        and (register.valid_to is null or reporting_dates.month_start <= register.valid_to)
),

entries_of_the_month as (
    -- who moves within the month is expected once, where the row of the register says that applies
    -- on the day
    select
        agents_of_the_month.*,
        register.commune_key
    from agents_of_the_month
    inner join register
        on agents_of_the_month.agent_code = register.agent_code
        and agents_of_the_month.reporting_date >= register.applies_from
        and agents_of_the_month.reporting_date < register.applies_until
),

final as (
    select
        entries_of_the_month.reporting_date,
        entries_of_the_month.agent_code,
        communes_on_dates.then_commune_key as commune_key,
        reports.agent_code is not null as has_reported,
        coalesce(reports.has_file_not_judged, false) as has_file_not_judged,
        -- on time: by the night of the month's last day
        coalesce(reports.first_reported_on <= {{ month_end('entries_of_the_month.month') }}, false) as is_on_time,
        reports.first_reported_on,
        case
            when reports.agent_code is null then 'missing'
            when not reports.is_judged then 'not_judged'
            when not reports.has_rows then 'empty'
            when reports.first_reported_on <= {{ month_end('entries_of_the_month.month') }} then 'on_time'
            else 'late'
        end as report_status
    from entries_of_the_month
    inner join {{ ref('int_communes__on_reporting_dates') }} as communes_on_dates
        on entries_of_the_month.reporting_date = communes_on_dates.reporting_date
        and entries_of_the_month.commune_key = communes_on_dates.commune_key
    left join {{ ref('int_agents__reports') }} as reports
        on entries_of_the_month.agent_code = reports.agent_code
        and entries_of_the_month.month = reports.report_month
)

select * from final
