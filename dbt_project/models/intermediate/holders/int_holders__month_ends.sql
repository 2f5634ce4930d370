with communes_on_dates as (
    select * from {{ ref('int_communes__on_reporting_dates') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

month_counts as (
    select * from {{ ref('int_place_months__counted') }}
),

commune_months as (
    -- the months behind each date, one more than there are changes; from the month after the
    -- opening roster's on
    select
        communes.reporting_date,
        communes.commune_key,
        communes.commune_code,
        communes.district_code,
        months.month
    from {{ ref('int_communes__in_scope') }} as communes
    inner join reporting_dates on communes.reporting_date = reporting_dates.reporting_date
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
    from month_counts
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

dated_counts as (
    select
        month,
        agent_code,
        covered_people,
        {{ register_day('month') }} as register_day
    from month_counts
),

association_counts as (
    -- through the register's row that applies to the agent in the month, as all that is credited
    select
        register.association_code,
        month_counts.month,
        sum(month_counts.covered_people) as participants
    from dated_counts as month_counts
    inner join {{ ref('int_agents__register') }} as register
        on month_counts.agent_code = register.agent_code
        and month_counts.register_day >= register.applies_from
        and month_counts.register_day < register.applies_until
    where register.association_code is not null
    group by register.association_code, month_counts.month
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
