with systems as (
    select
        systems.system_code,
        systems.system_name
    from {{ ref('stg_reference__systems') }} as systems
    inner join {{ ref('int_reference__newest') }} as newest_reference
        on systems.reference_sha256 = newest_reference.reference_sha256
),

work as (
    select
        reporting_date,
        system_code,
        {%- for figure in work_figures() %}
        sum({{ figure }}) as {{ figure }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from {{ ref('int_agents__worked') }}
    group by reporting_date, system_code
),

grouped as (
    select
        reporting_date,
        known_on,
        system_code,
        month,
        month_label,
        is_month_end,
        last_month_of_year_before,
        max(opening_month) as opening_month,
        sum(agents_expected) as agents_expected,
        sum(agents_reported) as agents_reported,
        sum(agents_not_judged) as agents_not_judged,
        sum(agents_on_time) as agents_on_time,
        sum(field_people) as field_people
    from {{ ref('int_agents__measured') }} as agents
    group by reporting_date, known_on, system_code, month, month_label, is_month_end, last_month_of_year_before
),

measured as (
    select
        grouped.*,
        systems.system_name,
        {%- for figure in work_figures() %}
        coalesce(work.{{ figure }}, 0) as {{ figure }}{% if not loop.last %},{% endif %}
        {%- endfor %}
    from grouped
    left join work
        on grouped.reporting_date = work.reporting_date
        and grouped.system_code = work.system_code
    left join systems on grouped.system_code = systems.system_code
),

final as (
    select
        reporting_date,
        known_on,
        system_code,
        system_name,
        {{ work_columns() }}
    from measured
)

select * from final
