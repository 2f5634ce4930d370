-- an officer's target is the sum of those of the officer's communes
select
    {{- published_columns({'officer_key': 'holder_code', 'officer_code': 'holder_code', 'officer_name': 'holder_name'}) }}
from {{ ref('int_holders__summed') }}
where holder_type = 'officer'
