-- Participants less those of the month before = new + returned + moved in - lapsed - left - moved
-- out + what is not explained, in every table and whatever is not known; where every flow of a
-- commune is known, nothing is left to explain.
{%- set flows = ['new_participants', 'returned_participants', 'lapsed_participants', 'left_participants'] -%}
{%- set tables = {
    'commune': true, 'district': true, 'officer': true, 'agent': false, 'system': false, 'association': false,
} %}
with flows as (
    {%- for holder, has_moves in tables.items() %}
    select
        reporting_date,
        '{{ holder }}' as holder_type,
        {{ holder }}_code as holder_code,
        participants - participants_prev_month as difference,
        net_change,
        net_change_unexplained,
        coalesce(new_participants, 0) + coalesce(returned_participants, 0)
        - coalesce(lapsed_participants, 0) - coalesce(left_participants, 0)
        {%- if has_moves %} + coalesce(moved_in_participants, 0) - coalesce(moved_out_participants, 0){% endif %} as known_flows,
        {{ 'new_participants + lapsed_participants' if holder == 'commune' else 'null' }} as all_flows_known
    from {{ ref('kpi_by_' ~ holder) }}
    {%- if not loop.last %}

    union all
    {% endif %}
    {%- endfor %}
)

select
    reporting_date,
    holder_type,
    holder_code,
    net_change
from flows
where
    coalesce(net_change, -999999999) <> coalesce(known_flows + net_change_unexplained, -999999999)
    or coalesce(difference, -999999999) <> coalesce(known_flows + net_change_unexplained, net_change, -999999999)
    or (all_flows_known is not null and net_change_unexplained <> 0)
