with communes as (
    select * from {{ ref('int_kpi__communes') }}
),

targets as (
    select * from {{ ref('int_targets__districts') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

districts as (
    -- the district sums what is known of its communes; a population is known only when all are
    select
        reporting_date,
        known_on,
        district_code,
        max(district_name) as district_name,
        sum(participants) as participants,
        sum(participants_due) as participants_due,
        sum(participants_prev_month) as participants_prev_month,
        sum(participants_prev_year_end) as participants_prev_year_end,
        sum(participants_same_day_last_year) as participants_same_day_last_year,
        sum(participants_before_half) as participants_before_half,
        case when count(population) = count(*) then sum(population) end as population,
        case when count(working_age_population) = count(*) then sum(working_age_population) end
            as working_age_population,
        sum(contributions_vnd) as contributions_vnd,
        sum(state_support_vnd) as state_support_vnd,
        sum(agents_expected) as agents_expected,
        sum(agents_reported) as agents_reported,
        count(*) as communes_counted,
        count(case when agents_expected = 0 and not is_opening_date then 1 end) as communes_without_agents,
        count(case when is_before_opening then 1 end) as communes_before_opening
    from communes
    group by reporting_date, known_on, district_code
),

with_target as (
    select
        districts.*,
        reporting_dates.month_label,
        targets.year_target,
        targets.year_target_basis,
        coalesce(targets.half_target, targets.year_target) as target_participants,
        case
            when targets.half_target is not null then reporting_dates.half_period
            when targets.year_target is not null then reporting_dates.year_period
        end as target_period,
        case when targets.half_target is not null then targets.half_target_basis else targets.year_target_basis end
            as target_basis,
        case
            when targets.half_target is not null then districts.participants_before_half
            else districts.participants_prev_year_end
        end as participants_before_target
    from districts
    inner join reporting_dates on districts.reporting_date = reporting_dates.reporting_date
    inner join targets
        on districts.reporting_date = targets.reporting_date
        and districts.district_code = targets.district_code
),

with_parts_of_reason as (
    select
        *,
        case
            when agents_reported < agents_expected
                then {{ incomplete_reports('month_label', 'agents_expected - agents_reported', 'agents_expected') }}
        end as reason_of_reports,
        case
            when communes_without_agents > 0
                then {{ dbt.concat([
                    as_text('communes_without_agents'),
                    "'/'",
                    as_text('communes_counted'),
                    "' xã không có đại lý thu trong tháng '",
                    "month_label",
                ]) }}
        end as reason_of_communes
    from with_target
),

with_reason as (
    select
        *,
        case
            when communes_before_opening > 0 then 'Chưa có danh sách mở đầu của huyện'
            when reason_of_reports is not null and reason_of_communes is not null
                then {{ dbt.concat(["reason_of_reports", "'; '", "reason_of_communes"]) }}
            else coalesce(reason_of_reports, reason_of_communes)
        end as incomplete_reason
    from with_parts_of_reason
),

final as (
    select
        reporting_date,
        known_on,
        district_code,
        district_name,
        {{ kpi_columns() }}
    from with_reason
)

select * from final
