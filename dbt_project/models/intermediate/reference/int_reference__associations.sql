select
    {{ dated_key('associations.association_code', 'associations.valid_from') }} as association_key,
    associations.association_code,
    associations.association_name,
    associations.commune_code,
    epochs.commune_key,
    associations.valid_from,
    associations.valid_to
from {{ ref('stg_reference__associations') }} as associations
inner join {{ ref('int_reference__newest') }} as newest_reference on associations.reference_sha256 = newest_reference.reference_sha256
left join {{ ref('int_communes__epochs') }} as epochs
    on associations.commune_code = epochs.commune_code
    and associations.valid_from >= epochs.applies_from
    and associations.valid_from < epochs.applies_until
