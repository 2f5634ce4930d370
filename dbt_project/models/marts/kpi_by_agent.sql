with work as (
    select
        reporting_date,
        agent_code,
        {%- for figure in work_figures() %}
        sum({{ figure }}) as {{ figure }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_agents__worked') }}
    group by reporting_date, agent_code
),

measured as (
    select
        agents.*,
        associations.association_key,
        {%- for figure in work_figures() %}
        coalesce(work.{{ figure }}, 0) as {{ figure }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_agents__measured') }} as agents
    left join {{ ref('int_reference__associations') }} as associations
        on agents.association_code = associations.association_code
        and agents.reporting_date >= associations.valid_from
        and (associations.valid_to is null or agents.reporting_date <= associations.valid_to)
    left join work
        on agents.reporting_date = work.reporting_date
        and agents.agent_code = work.agent_code
),

final as (
    select
        reporting_date,
        known_on,
        agent_code,
        agent_key,
        agent_name,
        system_code,
        association_code,
        association_key,
        commune_code,
        commune_key,
        commune_name,
        district_code,
        report_status,
        first_reported_on,
        {{ work_columns(needs_agents=false) }}
    from measured
)

select * from final
