with communes as (
    select * from {{ ref('int_kpi__communes') }}
),

districts as (
    select * from {{ ref('int_kpi__districts') }}
),

officers as (
    select * from {{ ref('kpi_by_officer') }}
),

associations as (
    select * from {{ ref('kpi_by_association') }}
),

final as (
    select
        reporting_date,
        'district' as holder_type,
        district_code as holder_code,
        district_name as holder_name,
        participants
    from districts

    union all

    select
        reporting_date,
        'commune' as holder_type,
        commune_code as holder_code,
        commune_name as holder_name,
        participants
    from communes

    union all

    select
        reporting_date,
        'officer' as holder_type,
        officer_code as holder_code,
        officer_name as holder_name,
        participants
    from officers

    union all

    select
        reporting_date,
        'association' as holder_type,
        association_code as holder_code,
        association_name as holder_name,
        participants
    from associations
)

select * from final
