select distinct
    place_number,
    commune_key,
    agent_code
from {{ ref('int_rows__placed') }}
where
    section = 'I.1'
    and place_number is not null
