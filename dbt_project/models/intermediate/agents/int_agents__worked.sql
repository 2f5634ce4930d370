{#- figure -> the months of the year that it is counted in, and what is counted there #}
{%- set is_now = 'months.month = dates.month' %}
{%- set is_this_year = 'months.month > dates.last_month_of_year_before' %}
{%- set is_over = '(months.month < dates.month or dates.is_month_end)' %}
{%- set worked = {
    'participants': [is_now, 'months.covered_people + case when dates.is_month_end then 0 else months.not_renewed_people end'],
    'participants_due': [is_now ~ ' and not dates.is_month_end', 'months.not_renewed_people'],
    'participants_prev_month': ['months.month = dates.month - 1', 'months.covered_people'],
    'participants_prev_year_end': ['months.month = dates.last_month_of_year_before', 'months.covered_people'],
    'participants_before_half': ['months.month = dates.last_month_before_half', 'months.covered_people'],
    'new_participants': [is_now, 'months.new_people'],
    'returned_participants': [is_now, 'months.returned_people'],
    'lapsed_participants': [is_now ~ ' and dates.is_month_end', 'months.not_renewed_people'],
    'left_participants': [is_now, 'months.left_people'],
    'new_this_year': [is_this_year, 'months.new_people'],
    'renewals_due_this_year': [is_this_year ~ ' and ' ~ is_over, 'months.renewals_due'],
    'renewals_made_this_year': [is_this_year ~ ' and ' ~ is_over, 'months.renewals_made'],
    'contributions_vnd': [is_now, 'months.contributions_vnd'],
} %}
{%- set renewals = work_figures() | reject('in', worked) | list %}

{#- each part gives some of the figures; the others are 0 there #}
{%- set parts = {
    'counted': ['covered_people', 'new_people', 'returned_people', 'left_people', 'not_renewed_people'],
    'renewed': ['renewals_due', 'renewals_made'],
    'paid': ['contributions_vnd'],
} %}
{%- set figures_of_months = parts.values() | sum(start=[]) %}

with reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

register as (
    select * from {{ ref('int_agents__register') }}
),

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

worked_months as (
    {%- for part, given in parts.items() %}
    select
        month,
        agent_code,
        {{ register_day('month') }} as register_day,
        {%- for figure in figures_of_months %}
        {{ 'sum(' ~ figure ~ ')' if figure in given else 0 }} as {{ figure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ part }}
    group by month, agent_code
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

agent_months as (
    -- credited through the register's row that applies to the agent in the month
    select
        work.month,
        work.agent_code,
        register.system_code,
        register.association_code,
        {%- for figure in figures_of_months %}
        cast(sum(work.{{ figure }}) as bigint) as {{ figure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from worked_months as work
    left join register
        on work.agent_code = register.agent_code
        and work.register_day >= register.applies_from
        and work.register_day < register.applies_until
    group by work.month, work.agent_code, register.system_code, register.association_code
),

of_months as (
    -- every month that a date is compared with lies in its year, or is the last of the year before.
    -- In a month that is not over, who has not renewed may still do so
    select
        dates.reporting_date,
        months.agent_code,
        months.system_code,
        months.association_code,
        {%- for figure, (is_counted, people) in worked.items() %}
        sum(case when {{ is_counted }} then {{ people }} else 0 end) as {{ figure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from reporting_dates as dates
    inner join agent_months as months
        on dates.month >= months.month
        and dates.last_month_of_year_before <= months.month
    group by dates.reporting_date, months.agent_code, months.system_code, months.association_code
),

to_renew as (
    select
        to_renew.reporting_date,
        to_renew.agent_code,
        register.system_code,
        register.association_code,
        {%- for figure in renewals %}
        to_renew.{{ figure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_renewals__expected') }} as to_renew
    left join register
        on to_renew.agent_code = register.agent_code
        and to_renew.reporting_date >= register.applies_from
        and to_renew.reporting_date < register.applies_until
),

work as (
    {%- for part, given in [('of_months', worked.keys() | list), ('to_renew', renewals)] %}
    select
        reporting_date,
        agent_code,
        system_code,
        association_code,
        {%- for figure in work_figures() %}
        {{ figure if figure in given else '0 as ' ~ figure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ part }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

final as (
    select
        reporting_date,
        agent_code,
        system_code,
        association_code,
        {%- for figure in work_figures() %}
        cast(sum({{ figure }}) as bigint) as {{ figure }}{{ ',' if not loop.last }}
        {%- endfor %}
    from work
    group by reporting_date, agent_code, system_code, association_code
)

select * from final
