with spans as (
    select * from {{ ref('int_cover__spans') }}
),

months as (
    select * from {{ ref('int_calendar__months') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

covered_months as (
    select
        spans.bhxh_number,
        months.month,
        spans.commune_key,
        spans.row_id,
        row_number() over (
            partition by spans.bhxh_number, months.month
            order by spans.from_month desc, spans.night desc, spans.sha256 desc, spans.row_id desc
        ) as rank_from_latest
    from spans
    inner join months
        on spans.from_month <= months.month
        and spans.until_month > months.month
    where months.month <= (select max(month) from reporting_dates)
),

final as (
    select
        bhxh_number,
        month,
        commune_key,
        row_id
    from covered_months
    where rank_from_latest = 1
)

select * from final
