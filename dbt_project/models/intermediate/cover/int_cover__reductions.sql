with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

final as (
    select distinct
        person_number,
        coalesce(from_month, report_month) as month
    from placed_rows
    where
        section = 'II.1'
        and not is_cancellation
        and person_number is not null
)

select * from final
