"""The sums that guard the marts each fail when the figure that they guard is wrong by one; so do
the grain of a table, its filled columns and its words."""

from __future__ import annotations

from pathlib import Path

import duckdb

from core.data_folder import DataFolder
from tests.support.dbt_command import dbt, night_s_results

JUNE = "reporting_date = '2019-06-30' and commune_code = '12142'"
FAULTS = {
    "agents_never_more_than_all": f"update marts.kpi_by_commune set agents_reported = agents_expected + 1 where {JUNE}",
    "communes_add_up_to_district": "update marts.kpi_by_district set participants = participants + 1 where reporting_date = '2018-06-30'",
    "everyone_covered_is_counted": f"update marts.kpi_by_commune set participants = participants + 1 where {JUNE}",
    "months_chain": """
        update marts.fct_participation_by_commune_month set participants_prev_month = participants_prev_month + 1
        where month = '2018-06-01' and commune_code = '12142'""",
    "keys_join_to_one": "update marts.kpi_by_agent set agent_key = 'DL001@1900-01-01' where agent_code = 'DL001' and reporting_date = '2019-06-30'",
    "moves_net_to_nothing": "update marts.kpi_by_commune set moved_in_participants = 1 where reporting_date = '2018-06-30' and commune_code = '12142'",
    "net_change_is_explained": f"update marts.kpi_by_commune set net_change = net_change + 1 where {JUNE}",
    "net_new_adds_over_time": """
        insert into marts.fct_targets by name
        select t.* replace ('net_new' as target_basis, given.period as target_period, given.gained as participants, 0 as participants_before_period)
        from marts.fct_targets as t, (values ('2019', 6), ('2019-H1', 3), ('2019-H2', 4)) as given(period, gained)
        where t.holder_type = 'association' and t.holder_code = 'ND-12142' and t.target_period = '2019'""",
    "never_null_stg_ops__findings_sha256__rule_code__severity": """
        update ops.findings set severity = null where sha256 = (select min(sha256) from ops.findings)""",
    "one_row_per_dim_month_month__month__month_index": "insert into marts.dim_month from marts.dim_month limit 1",
    "one_row_per_int_places__numbered_place_number__commune_key__agent_code": """
        insert into intermediate.int_places__numbered by name select * replace ('elsewhere' as commune_key) from intermediate.int_places__numbered limit 1""",
    "one_row_per_int_rows__fates_row_id__scheme__fate_in_file__fate__amount_vnd___accepted_rejected_held_duplicate_not_data____accepted_rejected_held_duplicate_superseded_not_data_": """
        update intermediate.int_rows__fates set fate_in_file = 'lost' where row_id = (select min(row_id) from intermediate.int_rows__fates)""",
    "one_row_per_kpi_by_agent_reporting_date__agent_code__reporting_date__known_on__agent_code___on_time_late_empty_not_judged_missing_": """
        update marts.kpi_by_agent set report_status = 'in_time' where agent_code = (select min(agent_code) from marts.kpi_by_agent)""",
    "one_row_per_kpi_by_system_reporting_date__system_code__reporting_date__known_on__system_code": """
        update marts.kpi_by_system set known_on = null where system_code = (select min(system_code) from marts.kpi_by_system)""",
    "stayers_and_comers_are_all": f"update marts.kpi_by_commune set continuing_participants = continuing_participants + 1 where {JUNE.replace('12142', '12145')}",
    "targets_add_over_places_only": """
        update marts.fct_targets set children_people = people where holder_type = 'association' and target_basis = 'stock'""",
}


def test_every_sum_fails_when_its_figure_is_wrong(night_folder: Path) -> None:
    before = night_s_results(night_folder)
    assert {name: before[name] for name in FAULTS} == dict.fromkeys(FAULTS, "pass")
    with duckdb.connect(str(DataFolder(night_folder).warehouse)) as con:
        for name, fault in FAULTS.items():
            (changed,) = con.execute(fault).fetchall()[0]
            assert changed > 0, name
    after, said = dbt(night_folder, "test", "--select", *FAULTS)
    assert {name: result["status"] for name, result in after.items()} == dict.fromkeys(
        FAULTS, "fail"
    ), said  # none is an error of the test
