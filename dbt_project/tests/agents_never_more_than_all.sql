-- Reported agents are a part of the expected ones; an agent is expected in one commune.
select
    reporting_date,
    commune_code,
    agents_expected,
    agents_reported
from {{ ref('kpi_by_commune') }}
where agents_reported > agents_expected
