with known_officers as (
    select
        officers.officer_code,
        officers.officer_name,
        officers.valid_from,
        officers.valid_to,
        epochs.commune_key
    from {{ ref('stg_reference__officers') }} as officers
    inner join {{ ref('int_reference__newest') }} as newest_reference on officers.reference_sha256 = newest_reference.reference_sha256
    inner join {{ ref('int_communes__epochs') }} as epochs
        on officers.commune_code = epochs.commune_code
        and officers.valid_from >= epochs.applies_from
        and officers.valid_from < epochs.applies_until
),

final as (
    -- an officer of two communes that were merged answers for the one that came of them, once
    select
        reporting_dates.reporting_date,
        known_officers.officer_code,
        communes_on_dates.then_commune_key as commune_key,
        max(known_officers.officer_name) as officer_name
    from {{ ref('int_calendar__reporting_dates') }} as reporting_dates
    inner join known_officers
        on reporting_dates.reporting_date >= known_officers.valid_from
        and (known_officers.valid_to is null or reporting_dates.reporting_date <= known_officers.valid_to)
    inner join {{ ref('int_communes__on_reporting_dates') }} as communes_on_dates
        on reporting_dates.reporting_date = communes_on_dates.reporting_date
        and known_officers.commune_key = communes_on_dates.commune_key
    group by reporting_dates.reporting_date, known_officers.officer_code, communes_on_dates.then_commune_key
)

select * from final
