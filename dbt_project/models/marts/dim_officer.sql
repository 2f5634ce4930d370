select
    officers.officer_code as officer_key,
    officers.officer_code,
    officers.commune_code,
    epochs.commune_key,
    officers.valid_from,
    officers.valid_to,
    officers.officer_name
from {{ ref('stg_reference__officers') }} as officers
inner join {{ ref('int_reference__newest') }} as newest_reference on officers.reference_sha256 = newest_reference.reference_sha256
left join {{ ref('int_communes__epochs') }} as epochs
    on officers.commune_code = epochs.commune_code
    and officers.valid_from >= epochs.applies_from
    and officers.valid_from < epochs.applies_until
