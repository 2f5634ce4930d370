select
    epochs.district_code,
    min({{ month_index('placed_rows.night') }}) as opening_month
from {{ ref('int_rows__placed') }} as placed_rows
inner join {{ ref('int_communes__epochs') }} as epochs on placed_rows.commune_key = epochs.commune_key
where placed_rows.form = 'roster/1'
group by epochs.district_code
