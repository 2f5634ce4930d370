with changes as (
    select
        reporting_date,
        holder_type,
        holder_code,
        participants - lag(participants) over (
            partition by reporting_date, holder_type, holder_code
            order by month
        ) as net_change
    from {{ ref('int_holders__month_ends') }} as month_ends
),

with_sums as (
    select
        reporting_date,
        holder_type,
        holder_code,
        net_change,
        count(*) over (partition by reporting_date, holder_type, holder_code) as changes_counted,
        sum(net_change) over (partition by reporting_date, holder_type, holder_code) as all_changes
    from changes
    where net_change is not null
),

final as (
    -- whole numbers to the end: a sum of fractions depends on the order in which they are added
    select
        reporting_date,
        holder_type,
        holder_code,
        cast(max(changes_counted) as bigint) as changes_counted,
        cast(sum(abs(changes_counted * net_change - all_changes)) as {{ type_double() }})
            / (max(changes_counted) * max(changes_counted)) as mean_absolute_change
    from with_sums
    group by reporting_date, holder_type, holder_code
)

select * from final
