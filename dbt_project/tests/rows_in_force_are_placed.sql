-- Every row in force stands in the place that it counts for, with all the money that its cells say:
-- by file, from the rows as they were loaded.
with loaded_rows as (
    select * from {{ source('raw', 'sheet_rows') }}
),

fates as (
    select
        row_id,
        fate
    from {{ ref('int_rows__fates') }}
),

in_force as (
    select
        loaded_rows.sha256,
        count(*) as rows_found,
        sum(coalesce(loaded_rows.amount_vnd, 0) + coalesce(loaded_rows.participant_vnd, 0) * 3 + coalesce(loaded_rows.state_support_vnd, 0) * 5)
            as weighed_vnd
    from loaded_rows
    inner join fates on loaded_rows.row_id = fates.row_id
    where
        fates.fate = 'accepted'
        and loaded_rows.section is not null
        and coalesce(loaded_rows.scheme, 'bhxh-tn') = 'bhxh-tn'
    group by loaded_rows.sha256
),

placed as (
    select
        sha256,
        count(*) as rows_found,
        -- unlike weights, so that what one column loses another cannot make good
        sum(coalesce(amount_vnd, 0) + coalesce(participant_vnd, 0) * 3 + coalesce(state_support_vnd, 0) * 5) as weighed_vnd
    from {{ ref('int_rows__placed') }}
    group by sha256
)

select
    substring(coalesce(in_force.sha256, placed.sha256), 1, 12) as file_id,
    in_force.rows_found as rows_in_force,
    placed.rows_found as rows_placed
from in_force
full outer join placed on in_force.sha256 = placed.sha256
where
    in_force.sha256 is null
    or placed.sha256 is null
    or in_force.rows_found <> placed.rows_found
    or in_force.weighed_vnd <> placed.weighed_vnd
