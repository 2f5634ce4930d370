with month_ends as (
    select * from {{ ref('int_kpi__month_ends') }}
),

changes as (
    select
        reporting_date,
        holder_type,
        holder_code,
        participants - lag(participants) over (
            partition by reporting_date, holder_type, holder_code
            order by month
        ) as net_change
    from month_ends
),

with_mean as (
    select
        reporting_date,
        holder_type,
        holder_code,
        net_change,
        avg(cast(net_change as {{ type_double() }})) over (
            partition by reporting_date, holder_type, holder_code
        ) as mean_change
    from changes
    where net_change is not null
),

final as (
    select
        reporting_date,
        holder_type,
        holder_code,
        cast(count(*) as bigint) as changes_counted,
        avg(abs(net_change - mean_change)) as mean_absolute_change
    from with_mean
    group by reporting_date, holder_type, holder_code
)

select * from final
