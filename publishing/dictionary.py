"""docs/dictionary.md, written from the same rows that are published as `kpi_definition`. `python -m
publishing.dictionary` writes it again, and metrics.yml with it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from core.data_folder import DBT_PROJECT
from publishing import metrics
from publishing.metrics import METRICS
from publishing.store import read_rows

PAGE = DBT_PROJECT.parent / "docs" / "dictionary.md"

THEMES = {
    "stock": "Hiện có · Stock",
    "flows": "Tăng, giảm · Flows",
    "targets": "Chỉ tiêu · Targets",
    "direction": "Xu hướng · Direction",
    "money": "Tiền · Money",
    "reports": "Báo cáo và hồ sơ · Reports and files",
    "work": "Địa bàn và người mới · Work",
    "staying": "Đóng tiếp · Staying",
}

UNITS = {
    "people": "người",
    "people per month": "người mỗi tháng",
    "ratio": "tỷ lệ",
    "đồng": "đồng",
    "times": "lần",
    "agents": "đại lý",
    "communes": "xã",
    "villages": "thôn",
    "holders": "đơn vị",
    "rows": "dòng",
    "files": "tệp",
    "payments": "lượt đóng",
    "days": "ngày",
    "yes or no": "đúng hoặc sai",
}

ADDS = {
    "places and time": "giữa các đơn vị và các tháng · over places and time",
    "places": "giữa các đơn vị, trong một ngày · over places, on one day",
    "never": "không · never",
}
"""What a figure may be summed over. Associations overlap: theirs are never summed."""

HEAD = """# Từ điển số đo · The dictionary of figures

Mọi con số và mọi câu đúng hoặc sai của các bảng `kpi_by_…` và `fct_…`; cũng là bảng `kpi_definition` trong tệp công bố. Nghĩa của từ: [definitions.md](definitions.md). ·
Every number and every yes or no of the tables `kpi_by_…` and `fct_…`; in the published file it is the table `kpi_definition`. What the words mean: [definitions.md](definitions.md).

Không sửa trang này: `make docs` viết lại từ `dbt_project/models/figures.md`. · Not written by hand: `make docs` writes it from `dbt_project/models/figures.md`.
"""

Definition = Mapping[str, str | None]


def definitions(con: duckdb.DuckDBPyConnection, relation: str) -> list[Definition]:
    """The rows of `relation`, a table or a query in brackets with the columns of `kpi_definition`,
    by code."""
    return list(read_rows(con, f"select * from {relation} order by code"))


def short_name(words: str) -> str:
    """The name of a column in Vietnamese, from its comment: without how it is written or chosen,
    and without the English."""
    return re.split(r" \(|: |; ", words.partition(" · ")[0])[0]


def page(rows: Sequence[Definition]) -> str:
    """The dictionary as a page, theme by theme. A theme or a unit without words in Vietnamese is a
    KeyError: it needs a decision."""
    strange = {str(row["theme"]) for row in rows} - THEMES.keys()
    if strange:
        raise KeyError(f"no title for {sorted(strange)}")
    parts = [HEAD]
    for theme, title in THEMES.items():
        parts.append(f"## {title}\n")
        parts.append(
            "| Mã · Code | Tên · Name | Cách tính · Formula | Đơn vị · Unit | Cộng được · Adds up | Nguồn, cách chọn · Source, choices | Bảng · Tables |\n"
            "|---|---|---|---|---|---|---|"
        )
        parts += [_line(row) for row in rows if row["theme"] == theme]
        parts.append("")
    return "\n".join(parts)


def _line(row: Definition) -> str:
    unit = str(row["unit"])
    both = UNITS[unit] if UNITS[unit] == unit else f"{UNITS[unit]} · {unit}"
    reasons = [str(row["source"])] + ([str(row["choices"])] if row["choices"] else [])
    cells = [
        f"`{row['code']}`",
        f"{row['name_vi']}<br>{row['name_en']}",
        f"{row['formula_vi']}<br>{row['formula_en']}",
        both,
        ADDS[str(row["adds"])],
        "<br>".join(reasons),
        ", ".join(f"`{table}`" for table in str(row["tables"]).split(", ")),
    ]
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def compiled_query() -> str:
    """The SQL of `kpi_definition` as dbt compiles it from the models' metadata: literals only, so
    that it needs no warehouse."""
    with tempfile.TemporaryDirectory() as scratch:
        command = [
            sys.executable,
            "-m",
            "dbt.cli.main",
            "compile",
            "--select",
            "kpi_definition",
            "--quiet",
        ]
        command += [
            "--no-introspect",
            "--no-populate-cache",
            "--project-dir",
            str(DBT_PROJECT),
            "--profiles-dir",
            str(DBT_PROJECT),
        ]
        command += ["--target-path", scratch, "--log-path", scratch]
        env = {
            **os.environ,
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "BAOPHU_WAREHOUSE": f"{scratch}/none.duckdb",
        }
        done = subprocess.run(
            command, cwd=scratch, env=env, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"dbt could not compile kpi_definition:\n{done.stdout}{done.stderr}")
        return (
            Path(scratch) / "compiled" / "baophu" / "models" / "marts" / "kpi_definition.sql"
        ).read_text(encoding="utf-8")


def main() -> None:
    """Write the page, and the metrics for BI tools."""
    with duckdb.connect(":memory:") as con:
        rows = definitions(con, f"({compiled_query()})")
    PAGE.write_text(page(rows), encoding="utf-8")
    METRICS.write_text(metrics.page(rows), encoding="utf-8")


if __name__ == "__main__":
    main()
