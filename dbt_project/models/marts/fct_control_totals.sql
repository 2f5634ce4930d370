with known_counts as (
    select
        official_counts.month,
        case when official_counts.commune_code is not null then 'commune' else 'district' end as holder_type,
        coalesce(official_counts.commune_code, official_counts.district_code) as holder_code,
        official_counts.official_participants,
        official_counts.count_source
    from {{ ref('stg_reference__official_counts') }} as official_counts
    inner join {{ ref('int_reference__newest') }} as newest_reference on official_counts.reference_sha256 = newest_reference.reference_sha256
),

final as (
    select
        reporting_dates.month_start as month,
        known_counts.holder_type,
        known_counts.holder_code,
        holders.holder_name,
        case when known_counts.holder_type = 'commune' then holders.commune_key end as commune_key,
        known_counts.official_participants,
        cast(holders.participants as bigint) as participants,
        cast(holders.participants - known_counts.official_participants as bigint) as difference,
        known_counts.count_source
    from known_counts
    inner join {{ ref('int_calendar__reporting_dates') }} as reporting_dates
        on known_counts.month = reporting_dates.month
        and reporting_dates.is_month_end
    left join {{ ref('int_holders__summed') }} as holders
        on reporting_dates.reporting_date = holders.reporting_date
        and known_counts.holder_type = holders.holder_type
        and known_counts.holder_code = holders.holder_code
)

select * from final
