-- a new figure of communes is a new column here. It is summed for districts and officers where the
-- contract of kpi_by_district names it (macros/kpi_columns.sql)
{%- set renewals = ['due_next_month', 'due_in_30_days', 'due_in_60_days', 'overdue'] %}
{%- set flows_of_a_month = [
    'continuing_participants', 'lapsed_participants', 'lapsed_within_term', 'left_participants',
    'moved_in_participants', 'moved_in_by_address', 'moved_out_participants',
] %}
{#- who was covered before the records began is not known: these need a year of history -#}
{%- set flows_after_a_year = ['new_participants', 'returned_participants'] %}
{#- a month's last day maps to a month's last day: 28/02/2021 to 29/02/2020, 29/02/2020 to 28/02/2019 -#}
{%- set same_day_last_year -%}
    case
            when is_month_end then {{ month_end('month - 12') }}
            else cast({{ dbt.dateadd('month', -12, 'reporting_date') }} as date)
        end
{%- endset %}
{%- set moments = {
    'current': 'reporting_date',
    'prev_month': month_end('month - 1'),
    'prev_year_end': month_end('last_month_of_year_before'),
    'before_half': month_end('last_month_before_half'),
    'same_day_last_year': same_day_last_year,
} %}

with communes as (
    select * from {{ ref('int_communes__in_scope') }}
),

reporting_dates as (
    select * from {{ ref('int_calendar__reporting_dates') }}
),

-- the date and those that it is compared with
moments as (
    {%- for moment, measured_on in moments.items() %}
    select
        reporting_date,
        '{{ moment }}' as moment,
        {{ measured_on }} as measured_on
    from reporting_dates
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
),

measured_dates as (
    select
        reporting_date,
        moment,
        measured_on,
        {{ month_index('measured_on') }} as month,
        measured_on = {{ month_end(month_index('measured_on')) }} as is_month_end
    from moments
),

communes_on_dates as (
    select * from {{ ref('int_communes__on_reporting_dates') }}
),

month_counts as (
    select * from {{ ref('int_place_months__counted') }}
),

places as (
    select * from {{ ref('int_places__numbered') }}
),

counted as (
    select
        measured_dates.reporting_date,
        measured_dates.moment,
        communes_on_dates.then_commune_key as commune_key,
        sum(month_counts.covered_people) as covered_people,
        sum(month_counts.new_people) as new_people,
        sum(month_counts.returned_people) as returned_people,
        sum(month_counts.left_people) as left_people,
        -- who has not renewed is lapsed when the month is over, and due until then
        sum(case when measured_dates.is_month_end then 0 else month_counts.not_renewed_people end) as due_people,
        sum(case when measured_dates.is_month_end then month_counts.not_renewed_people else 0 end) as lapsed_people,
        sum(case when measured_dates.is_month_end then month_counts.not_renewed_in_term_people else 0 end)
            as lapsed_in_term_people
    from measured_dates
    inner join month_counts on measured_dates.month = month_counts.month
    inner join communes_on_dates
        on measured_dates.reporting_date = communes_on_dates.reporting_date
        and month_counts.commune_key = communes_on_dates.commune_key
    group by measured_dates.reporting_date, measured_dates.moment, communes_on_dates.then_commune_key
),

-- silence is not zero: a figure stands where an agent of the commune reported for its month or one
-- of the two before
heard as (
    select distinct
        measured_dates.reporting_date,
        measured_dates.moment,
        communes_on_dates.then_commune_key as commune_key
    from measured_dates
    inner join {{ ref('int_agents__reports') }} as reports
        on measured_dates.month >= reports.report_month
        and measured_dates.month <= reports.report_month + 2
    inner join communes_on_dates
        on measured_dates.reporting_date = communes_on_dates.reporting_date
        and reports.commune_key = communes_on_dates.commune_key
    where reports.is_judged
),

at_moments as (
    select
        communes.reporting_date,
        communes.commune_key,
        measured_dates.moment,
        -- known from the opening roster's month end on; after it, where an agent has been
        -- registered and one has been heard. In the month after the roster nothing is compared with
        -- the roster itself.
        communes.opening_month_end is not null
        and measured_dates.measured_on >= communes.opening_month_end
        and (
            measured_dates.measured_on = communes.opening_month_end
            or (measured_dates.measured_on >= communes.first_agent_on and heard.commune_key is not null)
        )
        and not (
            measured_dates.moment = 'prev_month'
            and measured_dates.month = communes.opening_month
        ) as is_known,
        coalesce(counted.covered_people, 0) + coalesce(counted.due_people, 0) as participants,
        coalesce(counted.due_people, 0) as participants_due,
        coalesce(counted.covered_people - counted.new_people - counted.returned_people, 0) as continuing_people,
        coalesce(counted.new_people, 0) as new_people,
        coalesce(counted.returned_people, 0) as returned_people,
        coalesce(counted.left_people, 0) as left_people,
        coalesce(counted.lapsed_people, 0) as lapsed_people,
        coalesce(counted.lapsed_in_term_people, 0) as lapsed_in_term_people
    from communes
    inner join measured_dates on communes.reporting_date = measured_dates.reporting_date
    left join counted
        on communes.reporting_date = counted.reporting_date
        and communes.commune_key = counted.commune_key
        and measured_dates.moment = counted.moment
    left join heard
        on communes.reporting_date = heard.reporting_date
        and communes.commune_key = heard.commune_key
        and measured_dates.moment = heard.moment
),

people as (
    select
        reporting_date,
        commune_key,
        max(case when moment = 'current' and is_known then participants end) as participants,
        max(case when moment = 'current' and is_known then participants_due end) as participants_due,
        max(case when moment = 'prev_month' and is_known then participants end) as participants_prev_month,
        max(case when moment = 'prev_year_end' and is_known then participants end) as participants_prev_year_end,
        max(case when moment = 'before_half' and is_known then participants end) as participants_before_half,
        max(case when moment = 'same_day_last_year' and is_known then participants end) as participants_same_day_last_year,
        max(case when moment = 'current' then continuing_people end) as continuing_participants,
        max(case when moment = 'current' then new_people end) as new_participants,
        max(case when moment = 'current' then returned_people end) as returned_participants,
        max(case when moment = 'current' then left_people end) as left_participants,
        max(case when moment = 'current' then lapsed_people end) as lapsed_participants,
        max(case when moment = 'current' then lapsed_in_term_people end) as lapsed_within_term
    from at_moments
    group by reporting_date, commune_key
),

-- people covered in two months in a row in two communes
month_moves as (
    select
        changes.month,
        previous_places.commune_key as from_commune_key,
        places.commune_key,
        count(*) as people,
        count(case when changes.place_basis = 'address' then 1 end) as people_by_address
    from {{ ref('int_person_months__changed') }} as changes
    inner join places as previous_places on changes.previous_place_number = previous_places.place_number
    inner join places on changes.place_number = places.place_number
    where
        changes.change = 'moved'
        and previous_places.commune_key <> places.commune_key
    group by changes.month, previous_places.commune_key, places.commune_key
),

moves as (
    select
        reporting_dates.reporting_date,
        moved_from.then_commune_key as from_commune_key,
        moved_to.then_commune_key as to_commune_key,
        sum(month_moves.people) as people,
        sum(month_moves.people_by_address) as people_by_address
    from reporting_dates
    inner join month_moves on reporting_dates.month = month_moves.month
    inner join communes_on_dates as moved_from
        on reporting_dates.reporting_date = moved_from.reporting_date
        and month_moves.from_commune_key = moved_from.commune_key
    inner join communes_on_dates as moved_to
        on reporting_dates.reporting_date = moved_to.reporting_date
        and month_moves.commune_key = moved_to.commune_key
    -- a commune that was merged into another has not moved anybody
    where moved_from.then_commune_key <> moved_to.then_commune_key
    group by reporting_dates.reporting_date, moved_from.then_commune_key, moved_to.then_commune_key
),

moved_in as (
    select
        reporting_date,
        to_commune_key as commune_key,
        sum(people) as moved_in_participants,
        sum(people_by_address) as moved_in_by_address
    from moves
    group by reporting_date, to_commune_key
),

moved_out as (
    select
        reporting_date,
        from_commune_key as commune_key,
        sum(people) as moved_out_participants
    from moves
    group by reporting_date, from_commune_key
),

to_renew as (
    select
        reporting_date,
        commune_key
        {%- for figure in renewals %},
        sum({{ figure }}) as {{ figure }}
        {%- endfor %}
    from {{ ref('int_renewals__expected') }}
    group by reporting_date, commune_key
),

paid as (
    select
        report_month,
        commune_key,
        sum(case when section like 'II.%' then -1 else 1 end * coalesce(participant_vnd, 0)) as contributions_vnd,
        sum(case when section like 'II.%' then -1 else 1 end * coalesce(state_support_vnd, 0)) as state_support_vnd
    from {{ ref('int_rows__placed') }}
    where form like 'd05-ts/%'
    group by report_month, commune_key
),

money as (
    select
        reporting_dates.reporting_date,
        communes_on_dates.then_commune_key as commune_key,
        sum(paid.contributions_vnd) as contributions_vnd,
        sum(paid.state_support_vnd) as state_support_vnd
    from reporting_dates
    inner join paid on reporting_dates.month = paid.report_month
    inner join communes_on_dates
        on reporting_dates.reporting_date = communes_on_dates.reporting_date
        and paid.commune_key = communes_on_dates.commune_key
    group by reporting_dates.reporting_date, communes_on_dates.then_commune_key
),

overrides as (
    -- released rows that the month's figures rest on: rows of its sheets, and payments that cover
    -- it
    select
        reporting_dates.reporting_date,
        communes_on_dates.then_commune_key as commune_key,
        count(*) as overrides
    from reporting_dates
    inner join {{ ref('int_rows__placed') }} as placed_rows
        on reporting_dates.month = placed_rows.report_month
        or (
            placed_rows.section = 'I.1'
            and reporting_dates.month >= placed_rows.from_month
            and reporting_dates.month < placed_rows.from_month + placed_rows.months
        )
    inner join communes_on_dates
        on reporting_dates.reporting_date = communes_on_dates.reporting_date
        and placed_rows.commune_key = communes_on_dates.commune_key
    where placed_rows.is_released
    group by reporting_dates.reporting_date, communes_on_dates.then_commune_key
),

reports as (
    select
        reporting_date,
        commune_key,
        count(*) as agents_expected,
        sum(case when has_reported then 1 else 0 end) as agents_reported,
        sum(case when has_file_not_judged then 1 else 0 end) as agents_not_judged
    from {{ ref('int_agents__expected') }}
    group by reporting_date, commune_key
),

-- no form before QĐ 505 has an address: a village is that of the collection point
villages_with_participants as (
    select distinct
        reporting_dates.reporting_date,
        register.village_code
    from reporting_dates
    inner join month_counts on reporting_dates.month = month_counts.month
    inner join {{ ref('int_agents__register') }} as register
        on month_counts.agent_code = register.agent_code
        and reporting_dates.reporting_date >= register.applies_from
        and reporting_dates.reporting_date < register.applies_until
    where
        month_counts.covered_people > 0
        or (month_counts.not_renewed_people > 0 and not reporting_dates.is_month_end)
),

villages as (
    select
        reporting_dates.reporting_date,
        communes_on_dates.then_commune_key as commune_key,
        count(*) as villages,
        count(case when villages_with_participants.village_code is null then 1 end) as villages_without_participants
    from reporting_dates
    inner join {{ ref('stg_reference__villages') }} as all_villages
        on reporting_dates.reporting_date >= all_villages.valid_from
        and (all_villages.valid_to is null or reporting_dates.reporting_date <= all_villages.valid_to)
    inner join {{ ref('int_reference__newest') }} as newest_reference
        on all_villages.reference_sha256 = newest_reference.reference_sha256
    inner join {{ ref('int_communes__epochs') }} as epochs
        on all_villages.commune_code = epochs.commune_code
        and all_villages.valid_from >= epochs.applies_from
        and all_villages.valid_from < epochs.applies_until
    inner join communes_on_dates
        on reporting_dates.reporting_date = communes_on_dates.reporting_date
        and epochs.commune_key = communes_on_dates.commune_key
    left join villages_with_participants
        on reporting_dates.reporting_date = villages_with_participants.reporting_date
        and all_villages.village_code = villages_with_participants.village_code
    group by reporting_dates.reporting_date, communes_on_dates.then_commune_key
),

stated as (
    select
        reporting_date,
        commune_key,
        max(case when measure = 'population' then people end) as population,
        max(case when measure = 'working_age_population' then people end) as working_age_population,
        max(case when measure = 'compulsory_participants' then people end) as compulsory_participants,
        max(case when measure = 'half_target' then people end) as half_target,
        max(case when measure = 'half_target' then basis end) as half_target_basis,
        max(case when measure = 'year_target' then people end) as year_target,
        max(case when measure = 'year_target' then basis end) as year_target_basis
    from {{ ref('int_communes__carried_values') }}
    group by reporting_date, commune_key
),

with_knowledge as (
    select
        communes.*,
        reporting_dates.known_on,
        people.participants is not null as is_known,
        -- where no agent reported, or our code failed on a report, not all is known of the month's
        -- rows
        coalesce(reports.agents_reported > 0 and reports.agents_not_judged = 0, false) as is_month_known,
        reporting_dates.month - communes.opening_month as months_since_opening
    from communes
    inner join reporting_dates on communes.reporting_date = reporting_dates.reporting_date
    inner join people
        on communes.reporting_date = people.reporting_date
        and communes.commune_key = people.commune_key
    left join reports
        on communes.reporting_date = reports.reporting_date
        and communes.commune_key = reports.commune_key
),

final as (
    select
        communes.reporting_date,
        communes.known_on,
        communes.commune_key,
        communes.commune_code,
        communes.commune_name,
        communes.district_code,
        communes.district_name,
        communes.opening_month,
        cast(people.participants as bigint) as participants,
        cast(people.participants_due as bigint) as participants_due,
        {%- for figure in renewals %}
        cast(case when communes.is_known then coalesce(to_renew.{{ figure }}, 0) end as bigint) as {{ figure }},
        {%- endfor %}
        cast(people.participants_prev_month as bigint) as participants_prev_month,
        cast(people.participants_prev_year_end as bigint) as participants_prev_year_end,
        cast(people.participants_same_day_last_year as bigint) as participants_same_day_last_year,
        cast(people.participants_before_half as bigint) as participants_before_half,
        -- flows stand on the month before, so not in the month after the opening roster
        {%- for flow in flows_of_a_month + flows_after_a_year %}
        cast(
            case
                when
                    communes.is_known
                    and communes.is_month_known
                    and communes.months_since_opening > {{ 12 if flow in flows_after_a_year else 1 }}
                    then coalesce({{ flow }}, 0)
            end as bigint
        ) as {{ flow }},
        {%- endfor %}
        stated.population,
        stated.working_age_population,
        stated.compulsory_participants,
        cast(villages.villages as bigint) as villages,
        cast(case when communes.is_known then villages.villages_without_participants end as bigint) as villages_without_participants,
        stated.half_target,
        stated.half_target_basis,
        stated.year_target,
        stated.year_target_basis,
        cast(case when communes.is_month_known then coalesce(money.contributions_vnd, 0) end as bigint) as contributions_vnd,
        cast(case when communes.is_month_known then coalesce(money.state_support_vnd, 0) end as bigint) as state_support_vnd,
        cast(coalesce(reports.agents_expected, 0) as bigint) as agents_expected,
        cast(coalesce(reports.agents_reported, 0) as bigint) as agents_reported,
        cast(coalesce(reports.agents_not_judged, 0) as bigint) as agents_not_judged,
        cast(coalesce(overrides.overrides, 0) as bigint) as overrides,
        coalesce(communes.reporting_date < communes.opening_month_end, true) as is_before_opening,
        -- the one month end on which the roster speaks and no agent needs to
        coalesce(communes.reporting_date = communes.opening_month_end, false) as is_opening_date,
        not communes.is_known
        and coalesce(reports.agents_expected, 0) > 0
        and coalesce(communes.reporting_date >= communes.opening_month_end, false) as is_silent
    from with_knowledge as communes
    inner join people
        on communes.reporting_date = people.reporting_date
        and communes.commune_key = people.commune_key
    {%- for facts in ['moved_in', 'moved_out', 'to_renew', 'money', 'overrides', 'reports', 'villages', 'stated'] %}
    left join {{ facts }}
        on communes.reporting_date = {{ facts }}.reporting_date
        and communes.commune_key = {{ facts }}.commune_key
    {%- endfor %}
)

select * from final
