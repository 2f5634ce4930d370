with communes as (
    select * from {{ ref('int_kpi__communes') }}
),

targets as (
    select * from {{ ref('int_targets__on_reporting_dates') }}
    where holder_type = 'district'
),

summed as (
    select
        communes.reporting_date,
        communes.known_on,
        communes.district_code,
        max(communes.district_name) as district_name,
        {{ sums_of_communes() }}
    from communes
    group by communes.reporting_date, communes.known_on, communes.district_code
),

own_targets as (
    select
        reporting_date,
        holder_code as district_code,
        max(case when period_kind = 'half' then people end) as half_target,
        max(case when period_kind = 'half' then target_basis end) as half_target_basis,
        max(case when period_kind = 'year' then people end) as year_target,
        max(case when period_kind = 'year' then target_basis end) as year_target_basis
    from targets
    group by reporting_date, holder_code
),

final as (
    select
        summed.reporting_date,
        summed.known_on,
        summed.district_code,
        summed.district_name,
        summed.participants,
        summed.participants_due,
        {%- for figure in renewal_columns() %}
        summed.{{ figure }},
        {%- endfor %}
        summed.participants_prev_month,
        summed.participants_prev_year_end,
        summed.participants_same_day_last_year,
        summed.participants_before_half,
        {%- for flow in flow_columns() %}
        summed.{{ flow }},
        {%- endfor %}
        summed.population,
        summed.working_age_population,
        summed.compulsory_participants,
        summed.villages,
        summed.villages_without_participants,
        summed.contributions_vnd,
        summed.state_support_vnd,
        summed.agents_expected,
        summed.agents_reported,
        summed.agents_not_judged,
        summed.overrides,
        -- the district's own target comes before the sum of its communes
        {%- for period in ['half', 'year'] %}
        coalesce(own_targets.{{ period }}_target, summed.{{ period }}_target) as {{ period }}_target,
        case
            when own_targets.{{ period }}_target is not null then own_targets.{{ period }}_target_basis
            else summed.{{ period }}_target_basis
        end as {{ period }}_target_basis,
        {%- endfor %}
        summed.communes_counted,
        summed.communes_without_agents,
        summed.communes_silent,
        summed.communes_before_opening
    from summed
    left join own_targets
        on summed.reporting_date = own_targets.reporting_date
        and summed.district_code = own_targets.district_code
)

select * from final
