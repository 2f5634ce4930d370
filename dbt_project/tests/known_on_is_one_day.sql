-- One build answers as known on one day, and for no day after it.
select
    min(known_on) as first_known_on,
    max(known_on) as last_known_on,
    max(reporting_date) as last_reporting_date
from {{ ref('stg_ops__reporting_dates') }}
having
    min(known_on) <> max(known_on)
    or max(reporting_date) > max(known_on)
    or count(known_on) <> count(*)
