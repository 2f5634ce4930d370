"""What is measured on: the sample district and the invented province, each prepared once in a scratch folder and copied for every run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench.history import PEERS_COLUMNS, peers_history, take_in_opening, write_history
from bench.measure import measure
from bench.peers import workbooks
from bench.program import copy_program
from bench.province import NIGHT, PROVINCE, QUICK, Size, commune_seed_lines, invent_province, write_night, write_opening
from ingestion.settings import DataFolder
from samples import write_sample

NAMES = ("district", PROVINCE.name)
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """One size, ready: `pristine` is a data folder before its night, `history` what the peers keep, `program` where to run."""

    name: str
    night: date
    pristine: Path
    program: Path
    history: Path
    facts: dict[str, int]
    """What it holds: `workbooks` of the night, `communes`, `agents`, `history_rows` (payments in force before), `history_files`."""
    all_sound: bool
    """Every row of it is sound, so that all who count must come to the same figures."""

    @property
    def inbox(self) -> Path:
        """The night's files before any night has taken them."""
        return self.pristine / "inbox"


def prepare(name: str, scratch: Path, progress: Progress, *, with_airflow: bool = True) -> Prepared:
    """Make a size in `scratch`. `with_airflow`: Airflow's database is there already, as in every night but the first of an installation."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    prepared = (
        _district(scratch, progress) if name == "district" else _province(PROVINCE if name == PROVINCE.name else QUICK, scratch, progress)
    )
    if with_airflow:
        progress(f"{name}: Airflow's database")
        empty = scratch / "empty"
        # a night without a reference workbook ends at once, with Airflow's database made
        measure(night_command(empty, prepared.night), prepared.program, stages=False, codes=(2,))
        (empty / "airflow").rename(prepared.pristine / "airflow")
    return prepared


def night_command(data: Path, night: date) -> list[str]:
    """`baophu night`, started as a module so that the copy of the program answers."""
    return [sys.executable, "-m", "baophu.cli", "night", "--data", str(data), "--date", night.isoformat()]


def _district(scratch: Path, progress: Progress) -> Prepared:
    progress("district: the sample")
    pristine = scratch / "pristine"
    write_sample(pristine)
    history = scratch / "history.parquet"
    _write_history(history, [])
    facts = {"workbooks": len(workbooks(pristine / "inbox")), "communes": 21, "agents": 76, "history_rows": 0, "history_files": 0}
    return Prepared("district", NIGHT, pristine, copy_program(scratch / "program"), history, facts, all_sound=False)


def _province(size: Size, scratch: Path, progress: Progress) -> Prepared:
    progress(f"{size.name}: people and payments")
    province = invent_province(size)
    folder = DataFolder(scratch / "pristine")
    folder.inbox.mkdir(parents=True)
    write_opening(province, folder.inbox)
    register = take_in_opening(folder, size.opening)
    write_history(province, folder, register, lambda said: progress(f"{size.name}: {said}"))
    history = scratch / "history.parquet"
    _write_history(history, list(peers_history(province)))
    progress(f"{size.name}: the night's workbooks")
    write_night(province, folder.inbox)
    program = copy_program(scratch / "program", commune_seed_lines(province))
    facts = {
        "workbooks": size.agents,
        "rows_each": size.rows,
        "communes": size.communes,
        "agents": size.agents,
        "history_rows": size.history_rows,
        "history_files": size.agents * size.months,
    }
    return Prepared(size.name, NIGHT, folder.root, program, history, facts, all_sound=True)


def _write_history(path: Path, rows: list[dict[str, object]]) -> None:
    texts = ("agent_code", "bhxh_number")
    schema = pa.schema([(name, pa.string() if name in texts else pa.int64()) for name in PEERS_COLUMNS])
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
