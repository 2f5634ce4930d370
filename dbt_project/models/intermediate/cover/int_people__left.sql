{{ config(materialized='view') }}

select distinct
    person_number,
    coalesce(from_month, report_month) as month
from {{ ref('int_rows__placed') }}
where
    section = 'II.1'
    and not is_cancellation
    and person_number is not null
