with placed_rows as (
    select * from {{ ref('int_rows__placed') }}
),

epochs as (
    select * from {{ ref('int_communes__epochs') }}
),

final as (
    select
        epochs.district_code,
        min({{ month_index('placed_rows.night') }}) as opening_month
    from placed_rows
    inner join epochs on placed_rows.commune_key = epochs.commune_key
    where placed_rows.form = 'roster/1'
    group by epochs.district_code
)

select * from final
