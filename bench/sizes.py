"""What is measured on: the sample district and the invented province, each prepared once in a
scratch folder and copied for every run."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench.history import PEERS_COLUMNS, peers_history, register_of, write_history
from bench.measure import measure
from bench.peers import workbooks
from bench.program import commit, copy_program
from bench.province import (
    NIGHT,
    PROVINCE,
    SIZES,
    Size,
    commune_seed_lines,
    invent_province,
    write_night,
    write_opening,
)
from core.data_folder import DataFolder
from samples import write_sample

NAMES = ("district", PROVINCE.name)
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Prepared:
    """One size, ready: `pristine` is a data folder before its night, `history` what the peers keep,
    `program` where to run."""

    name: str
    night: date
    pristine: Path
    program: Path
    history: Path
    commit: str
    """What `program` is a copy of."""
    facts: dict[str, int]
    """What it holds: `workbooks` of the night, `communes`, `agents`, `history_rows` (payments in
    force before), `history_files`."""
    all_sound: bool
    """Every row of it is sound, so that all who count must come to the same figures."""

    @property
    def inbox(self) -> Path:
        """The night's files before any night has taken them."""
        return self.pristine / "inbox"


def prepare(name: str, scratch: Path, progress: Progress, *, first_night: bool = True) -> Prepared:
    """Make a size in `scratch`. `first_night`: the command has run once before, so that Airflow's
    database and dbt's memory of the parsed project are there, as in every night but the first of an
    installation.
    """
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    if name == "district":
        return _district(scratch, progress, first_night=first_night)
    return _province(SIZES[name], scratch, progress, first_night=first_night)


def night_command(data: Path, night: date) -> list[str]:
    """`baophu night`, started as a module so that the copy of the program answers."""
    return [
        sys.executable,
        "-m",
        "baophu.cli",
        "night",
        "--data",
        str(data),
        "--date",
        night.isoformat(),
    ]


def _district(scratch: Path, progress: Progress, *, first_night: bool) -> Prepared:
    progress("district: the sample")
    pristine = scratch / "pristine"
    write_sample(pristine)
    history = scratch / "history.parquet"
    _write_history(history, [])
    said, program = commit(), copy_program(scratch / "program")
    if first_night:
        progress("district: the first night of an installation, on a folder of its own")
        first = scratch / "first"
        shutil.copytree(pristine / "inbox" / "office" / "2017-05", first / "inbox" / "office")
        measure(night_command(first, date(2017, 5, 31)), program, stages=False, codes=(0, 1))
        (first / "airflow").rename(pristine / "airflow")
    facts = {
        "workbooks": len(workbooks(pristine / "inbox")),
        "communes": 21,
        "agents": 76,
        "history_rows": 0,
        "history_files": 0,
    }
    return Prepared("district", NIGHT, pristine, program, history, said, facts, all_sound=False)


def _province(size: Size, scratch: Path, progress: Progress, *, first_night: bool) -> Prepared:
    progress(f"{size.name}: people and payments")
    province = invent_province(size)
    folder = DataFolder(scratch / "pristine")
    folder.inbox.mkdir(parents=True)
    write_opening(province, folder.inbox)
    said, program = commit(), copy_program(scratch / "program", commune_seed_lines(province))
    if first_night:
        progress(f"{size.name}: the first night of the installation")
        measure(night_command(folder.root, size.opening), program, stages=False, codes=(0, 1))
    else:
        # in the copy: its list of communes holds the province's
        subprocess.run(
            [sys.executable, "-m", "bench.opening", folder.root, size.opening.isoformat()],
            cwd=program,
            check=True,
        )
    write_history(
        province,
        folder,
        register_of(folder, size.opening),
        lambda said: progress(f"{size.name}: {said}"),
    )
    history = scratch / "history.parquet"
    _write_history(history, list(peers_history(province)))
    progress(f"{size.name}: the night's workbooks")
    write_night(province, folder.inbox)
    facts = {
        "workbooks": size.agents,
        "rows_each": size.rows,
        "communes": size.communes,
        "agents": size.agents,
        "history_rows": size.history_rows,
        "history_files": size.agents * size.months,
    }
    return Prepared(size.name, NIGHT, folder.root, program, history, said, facts, all_sound=True)


def _write_history(path: Path, rows: list[dict[str, object]]) -> None:
    texts = ("agent_code", "bhxh_number")
    schema = pa.schema(
        [(name, pa.string() if name in texts else pa.int64()) for name in PEERS_COLUMNS]
    )
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path)
