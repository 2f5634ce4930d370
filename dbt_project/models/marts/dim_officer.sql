select
    officers.officer_code,
    officers.commune_code,
    officers.valid_from,
    officers.valid_to,
    officers.officer_name
from {{ ref('stg_reference__officers') }} as officers
inner join {{ ref('int_reference__newest') }} as newest_reference on officers.reference_sha256 = newest_reference.reference_sha256
