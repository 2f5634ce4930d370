"""Whatever bytes come into the inbox beside the sheets of the others, the others' figures are those
of the night without them."""

from __future__ import annotations

import io
import shutil
import zipfile
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from tests.support.evening import NIGHT, run_directly
from tests.support.fuzz import mutated, with_a_changed_part, with_changed_bytes

pytestmark = pytest.mark.slow
AGENT = "DL001"
FIGURES = "participants, new_participants, lapsed_participants, net_change, contributions_vnd"


def disturb(inbox: Path, seed: int) -> int:
    """Put mutations of every kind of file that is read into the inbox, all from one agent; returns
    how many."""
    random, before = Random(seed), sum(path.is_file() for path in inbox.rglob("*"))
    (sheet,) = inbox.rglob(f"D05-TS_{AGENT}_*.xlsx")
    own, side = sheet.read_bytes(), Path(f"{sheet}.json").read_bytes()

    def put(name: str, content: bytes, said: bytes = side) -> None:
        (inbox / name).write_bytes(content)
        (inbox / f"{name}.json").write_bytes(said)

    for number in range(20):
        put("m" + mutated(seed + number)[0], mutated(seed + number)[1])
    for number in range(20):
        content = (
            with_a_changed_part(random, own) if number % 2 else with_changed_bytes(random, own)
        )
        put(
            f"own-{number}.{random.choice(('xlsx', 'xls', 'ods', 'xlsm', 'reference.xlsx'))}",
            content,
        )
    for number in range(10):
        put(f"side-{number}.xlsx", own + bytes(number), with_changed_bytes(random, side))
    for number in range(6):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(
                f"../{number}\udc80.xlsx".encode(errors="replace").decode(),
                with_changed_bytes(random, own),
            )
        put(
            f"zip-{number}.zip",
            with_changed_bytes(random, packed.getvalue()) if number % 2 else packed.getvalue(),
        )
    for number, kind in enumerate(("xls", "ods", "html", "csv", "zip", "json")):
        put(f"noise-{number}\u202e[x].{kind}", random.randbytes(3000))
    return sum(path.is_file() for path in inbox.rglob("*")) - before


def others(data: Path) -> dict[str, list[tuple[Any, ...]]]:
    """The figures of the other agents, and of the communes that they alone collect for."""
    with duckdb.connect(str(data / "published" / "baophu.duckdb"), read_only=True) as con:
        places = "select commune_code from dim_agent where agent_code = ?"
        return {
            "agents": con.execute(
                f"select agent_code, reporting_date, {FIGURES} from kpi_by_agent where agent_code <> ? order by all",
                [AGENT],
            ).fetchall(),
            "communes": con.execute(
                f"select commune_code, reporting_date, {FIGURES} from kpi_by_commune where commune_code not in ({places}) order by all",
                [AGENT],
            ).fetchall(),
        }


def test_the_figures_of_the_others_are_those_of_the_night_without(
    evening: Path, two_nights: Path, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(evening, tmp_path / "data"))
    assert disturb(data / "inbox", 16) >= 120
    run_directly(data, NIGHT)
    assert others(data) == others(two_nights)
    assert len(others(data)["agents"]) >= 40
    with duckdb.connect(str(data / "warehouse" / "baophu.duckdb"), read_only=True) as con:
        came = dict(
            con.execute(
                "select verdict, count(*) from raw.submissions where night > '2017-06-30' group by all"
            ).fetchall()
        )
    assert sum(came.values()) >= 70
    assert "not_judged" not in came, "our own code failed on one of them"
