with communes as (
    select * from {{ ref('int_kpi__communes') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

net_changes as (
    select * from {{ ref('int_kpi__net_changes') }}
    where holder_type = 'commune'
),

with_target as (
    select
        communes.*,
        reporting_dates.month_label,
        reporting_dates.elapsed_months,
        reporting_dates.months_left,
        net_changes.changes_counted,
        net_changes.mean_absolute_change,
        coalesce(communes.half_target, communes.year_target) as target_participants,
        case
            when communes.half_target is not null then reporting_dates.half_period
            when communes.year_target is not null then reporting_dates.year_period
        end as target_period,
        case when communes.half_target is not null then communes.half_target_basis else communes.year_target_basis end
            as target_basis,
        case
            when communes.half_target is not null then communes.participants_before_half
            else communes.participants_prev_year_end
        end as participants_before_target
    from communes
    inner join reporting_dates on communes.reporting_date = reporting_dates.reporting_date
    left join net_changes
        on communes.reporting_date = net_changes.reporting_date
        and communes.commune_code = net_changes.holder_code
),

with_parts_of_reason as (
    select
        *,
        case
            when is_before_opening then 'Chưa có danh sách mở đầu của huyện'
            when is_opening_date and agents_expected = 0 then null
            when agents_expected = 0 then {{ dbt.concat(["'Không có đại lý thu trong tháng '", "month_label"]) }}
            when agents_reported < agents_expected
                then {{ incomplete_reports('month_label', 'agents_expected - agents_reported', 'agents_expected') }}
        end as reason_of_reports,
        case
            when agents_not_judged > 0
                then {{ not_judged_reports('month_label', 'agents_not_judged', 'agents_expected') }}
        end as reason_of_ours,
        case when is_silent then 'chưa rõ số người tham gia: ba tháng liền không có báo cáo' end as reason_of_silence
    from with_target
),

with_reason as (
    select
        *,
        {{ joined_reasons(['reason_of_reports', 'reason_of_ours', 'reason_of_silence']) }} as incomplete_reason
    from with_parts_of_reason
),

final as (
    select
        reporting_date,
        known_on,
        cast('then' as {{ dbt.type_string() }}) as boundaries,
        commune_code,
        commune_name,
        commune_key,
        district_code,
        {{ kpi_columns() }}
    from with_reason
)

select * from final
