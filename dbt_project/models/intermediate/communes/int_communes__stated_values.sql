with population as (
    select * from {{ ref('stg_reference__population') }}
),

newest_reference as (
    select * from {{ ref('int_reference__newest') }}
),

targets as (
    select * from {{ ref('int_targets__on_reporting_dates') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

epochs as (
    select * from {{ ref('int_communes__epochs') }}
),

known_population as (
    select population.*
    from population
    inner join newest_reference on population.reference_sha256 = newest_reference.reference_sha256
),

statements as (
    select
        reporting_dates.reporting_date,
        'population' as measure,
        known_population.commune_code,
        known_population.as_of as stated_on,
        known_population.population as people,
        cast(null as {{ dbt.type_string() }}) as basis
    from reporting_dates
    inner join known_population on reporting_dates.reporting_date >= known_population.as_of

    union all

    select
        reporting_dates.reporting_date,
        'working_age_population' as measure,
        known_population.commune_code,
        known_population.as_of as stated_on,
        known_population.working_age_population as people,
        cast(null as {{ dbt.type_string() }}) as basis
    from reporting_dates
    inner join known_population on reporting_dates.reporting_date >= known_population.as_of

    union all

    select
        reporting_dates.reporting_date,
        'compulsory_participants' as measure,
        known_population.commune_code,
        known_population.as_of as stated_on,
        known_population.compulsory_participants as people,
        cast(null as {{ dbt.type_string() }}) as basis
    from reporting_dates
    inner join known_population on reporting_dates.reporting_date >= known_population.as_of

    union all

    select
        reporting_date,
        {{ dbt.concat(["period_kind", "'_target'"]) }} as measure,
        holder_code as commune_code,
        holder_code_read_on as stated_on,
        people,
        target_basis as basis
    from targets
    where holder_type = 'commune'
),

ranked as (
    select
        statements.reporting_date,
        statements.measure,
        epochs.commune_key,
        statements.people,
        statements.basis,
        row_number() over (
            partition by statements.reporting_date, statements.measure, epochs.commune_key
            order by statements.stated_on desc
        ) as rank_from_newest
    from statements
    inner join epochs
        on statements.commune_code = epochs.commune_code
        and statements.stated_on >= epochs.means_from
        and statements.stated_on < epochs.means_before
    where statements.people is not null
),

final as (
    select
        reporting_date,
        measure,
        commune_key,
        people,
        basis
    from ranked
    where rank_from_newest = 1
)

select * from final
