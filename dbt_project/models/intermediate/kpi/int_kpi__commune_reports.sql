with expected_agents as (
    select * from {{ ref('int_agents__expected') }}
),

final as (
    select
        reporting_date,
        commune_key,
        cast(count(*) as bigint) as agents_expected,
        cast(sum(case when has_reported then 1 else 0 end) as bigint) as agents_reported,
        cast(sum(case when has_file_not_judged then 1 else 0 end) as bigint) as agents_not_judged
    from expected_agents
    group by reporting_date, commune_key
)

select * from final
