"""How a table comes to stand: in place of whatever stood under its name, and not against its
contract."""

from __future__ import annotations

import shutil
from pathlib import Path

import duckdb

from core.data_folder import DBT_PROJECT, DataFolder
from tests.support.dbt_command import dbt


def test_a_table_replaces_a_view_and_a_contract_that_is_not_kept_stops_its_table(
    night_folder: Path, tmp_path: Path
) -> None:
    warehouse = DataFolder(night_folder).warehouse
    project = Path(
        shutil.copytree(
            DBT_PROJECT, tmp_path / "dbt_project", ignore=shutil.ignore_patterns("target", "logs")
        )
    )
    dims = project / "models" / "marts" / "dims.yml"
    words = dims.read_text(encoding="utf-8").replace(
        "doc('month_index') }}\"\n        data_type: integer",
        "doc('month_index') }}\"\n        data_type: varchar",
    )
    assert words != dims.read_text(encoding="utf-8")
    dims.write_text(words, encoding="utf-8")
    with duckdb.connect(str(warehouse)) as con:
        before = con.execute("from marts.dim_association order by all").fetchall()
        con.execute(
            "drop table marts.dim_association; create view marts.dim_association as select 1 as x"
        )
        con.execute(
            "drop view staging.stg_reference__villages; create table staging.stg_reference__villages as select 1 as x"
        )
    results, said = dbt(
        night_folder,
        "run",
        "--select",
        "dim_month",
        "dim_association",
        "stg_reference__villages",
        project=project,
    )
    status = {name: (result["status"], result["message"]) for name, result in results.items()}
    assert status["dim_month"][0] == "error", said
    assert "contract" in status["dim_month"][1]
    assert (status["dim_association"][0], status["stg_reference__villages"][0]) == (
        "success",
        "success",
    ), said
    with duckdb.connect(str(warehouse)) as con:
        assert con.execute("from marts.dim_association order by all").fetchall() == before
        kinds = con.execute(
            "select table_type from information_schema.tables where table_name in ('dim_association', 'stg_reference__villages') order by 1"
        ).fetchall()
        assert kinds == [("BASE TABLE",), ("VIEW",)]
        assert con.execute("select count(*) from marts.dim_month").fetchall() != [(0,)]
