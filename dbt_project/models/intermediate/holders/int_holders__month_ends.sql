with communes_on_dates as (
    select * from {{ ref('int_communes__on_reporting_dates') }}
),

commune_months as (
    -- the months behind each date, one more than there are changes; from the month after the opening roster's on
    select
        communes.reporting_date,
        communes.commune_key,
        communes.commune_code,
        communes.district_code,
        months.month
    from {{ ref('int_communes__in_scope') }} as communes
    inner join {{ ref('int_calendar__reporting_dates') }} as reporting_dates on communes.reporting_date = reporting_dates.reporting_date
    inner join {{ ref('int_calendar__months') }} as months
        on months.month > communes.opening_month
        and months.month >= reporting_dates.last_month_of_year_before + reporting_dates.elapsed_months
        - {{ months_behind_forecast() }}
        and months.month <= reporting_dates.last_month_of_year_before + reporting_dates.elapsed_months
),

commune_counts as (
    select
        communes_on_dates.reporting_date,
        communes_on_dates.then_commune_key as commune_key,
        month_counts.month,
        sum(month_counts.covered_people) as participants
    from {{ ref('int_place_months__counted') }} as month_counts
    inner join communes_on_dates on month_counts.commune_key = communes_on_dates.commune_key
    group by communes_on_dates.reporting_date, communes_on_dates.then_commune_key, month_counts.month
),

of_communes as (
    select
        commune_months.reporting_date,
        commune_months.commune_key,
        commune_months.commune_code,
        commune_months.district_code,
        commune_months.month,
        coalesce(commune_counts.participants, 0) as participants
    from commune_months
    left join commune_counts
        on commune_months.reporting_date = commune_counts.reporting_date
        and commune_months.commune_key = commune_counts.commune_key
        and commune_months.month = commune_counts.month
),

association_counts as (
    select
        association_code,
        month,
        sum(covered_people) as participants
    from {{ ref('int_agents__months') }} as agent_months
    where association_code is not null
    group by association_code, month
),

final as (
    select
        reporting_date,
        'commune' as holder_type,
        commune_code as holder_code,
        month,
        cast(participants as bigint) as participants
    from of_communes

    union all

    select
        reporting_date,
        'district' as holder_type,
        district_code as holder_code,
        month,
        cast(sum(participants) as bigint) as participants
    from of_communes
    group by reporting_date, district_code, month

    union all

    select
        of_communes.reporting_date,
        'officer' as holder_type,
        officers.officer_code as holder_code,
        of_communes.month,
        cast(sum(of_communes.participants) as bigint) as participants
    from of_communes
    inner join {{ ref('int_reference__officers') }} as officers
        on of_communes.reporting_date = officers.reporting_date
        and of_communes.commune_key = officers.commune_key
    group by of_communes.reporting_date, officers.officer_code, of_communes.month

    union all

    select
        commune_months.reporting_date,
        'association' as holder_type,
        associations.association_code as holder_code,
        commune_months.month,
        cast(coalesce(association_counts.participants, 0) as bigint) as participants
    from commune_months
    inner join communes_on_dates
        on commune_months.reporting_date = communes_on_dates.reporting_date
        and commune_months.commune_key = communes_on_dates.then_commune_key
    inner join {{ ref('int_reference__associations') }} as associations
        on communes_on_dates.commune_key = associations.commune_key
        and commune_months.reporting_date >= associations.valid_from
        and (associations.valid_to is null or commune_months.reporting_date <= associations.valid_to)
    left join association_counts
        on associations.association_code = association_counts.association_code
        and commune_months.month = association_counts.month
)

select * from final
