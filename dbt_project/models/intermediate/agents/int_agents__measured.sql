with expected_agents as (
    select * from {{ ref('int_agents__expected') }}
),

agents_on_dates as (
    select
        reporting_date,
        agent_code
    from expected_agents

    union distinct

    -- an agent who has ended still has people
    select
        reporting_date,
        agent_code
    from {{ ref('int_agents__worked') }} as work
    where participants > 0 or participants_prev_month > 0
),

placed as (
    select
        agents_on_dates.reporting_date,
        agents_on_dates.agent_code,
        register.agent_key,
        register.agent_name,
        register.system_code,
        register.association_code,
        communes_on_dates.then_commune_key as commune_key
    from agents_on_dates
    inner join {{ ref('int_agents__register') }} as register
        on agents_on_dates.agent_code = register.agent_code
        and agents_on_dates.reporting_date >= register.applies_from
        and agents_on_dates.reporting_date < register.applies_until
    inner join {{ ref('int_communes__on_reporting_dates') }} as communes_on_dates
        on agents_on_dates.reporting_date = communes_on_dates.reporting_date
        and register.commune_key = communes_on_dates.commune_key
),

final as (
    select
        placed.reporting_date,
        communes.known_on,
        placed.agent_code,
        placed.agent_key,
        placed.agent_name,
        placed.system_code,
        placed.association_code,
        placed.commune_key,
        communes.commune_code,
        communes.commune_name,
        communes.district_code,
        reporting_dates.month,
        reporting_dates.month_label,
        reporting_dates.is_month_end,
        reporting_dates.last_month_of_year_before,
        communes.opening_month,
        case when expected_agents.agent_code is not null then 1 else 0 end as agents_expected,
        case when expected_agents.has_reported then 1 else 0 end as agents_reported,
        case when expected_agents.has_file_not_judged then 1 else 0 end as agents_not_judged,
        case when expected_agents.is_on_time then 1 else 0 end as agents_on_time,
        expected_agents.report_status,
        expected_agents.first_reported_on,
        -- people of working age outside the compulsory scheme, shared evenly by the agents of the
        -- commune, in whole people
        case
            when expected_agents.agent_code is not null
                then cast(
                    floor(
                        cast(communes.working_age_population - communes.compulsory_participants as {{ type_double() }})
                        / nullif(communes.agents_expected, 0)
                    ) as bigint
                )
        end as field_people
    from placed
    inner join {{ ref('int_calendar__reporting_dates') }} as reporting_dates on placed.reporting_date = reporting_dates.reporting_date
    inner join {{ ref('int_communes__measured') }} as communes
        on placed.reporting_date = communes.reporting_date
        and placed.commune_key = communes.commune_key
    left join expected_agents
        on placed.reporting_date = expected_agents.reporting_date
        and placed.agent_code = expected_agents.agent_code
)

select * from final
