with reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

{#- each part gives some of the figures; the others are 0 there #}
{%- set parts = {
    'counted': ['covered_people', 'new_people', 'returned_people', 'left_people', 'not_renewed_people'],
    'renewed': ['renewals_due', 'renewals_made'],
    'paid': ['contributions_vnd'],
} %}
{%- set figures = parts.values() | sum(start=[]) %}

counted as (
    select * from {{ ref('int_place_months__counted') }}
),

renewed as (
    select * from {{ ref('int_renewals__counted') }}
),

paid as (
    select
        report_month as month,
        agent_code,
        case when section like 'II.%' then -1 else 1 end * coalesce(participant_vnd, 0) as contributions_vnd
    from {{ ref('int_rows__placed') }}
    where form like 'd05-ts/%'
),

work as (
    {%- for part, given in parts.items() %}
    select
        month,
        agent_code,
        {{ register_day('month') }} as register_day,
        {%- for figure in figures %}
        {{ 'sum(' ~ figure ~ ')' if figure in given else 0 }} as {{ figure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ part }}
    group by month, agent_code
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

final as (
    -- credited through the register's row that applies to the agent in the month
    select
        work.month,
        work.agent_code,
        register.system_code,
        register.association_code,
        {%- for figure in figures %}
        cast(sum(work.{{ figure }}) as bigint) as {{ figure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from work
    left join {{ ref('int_agents__register') }} as register
        on work.agent_code = register.agent_code
        and work.register_day >= register.applies_from
        and work.register_day < register.applies_until
    group by work.month, work.agent_code, register.system_code, register.association_code
)

select * from final
