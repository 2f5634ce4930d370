"""docs/runbooks/a-new-form-version.md, followed to the letter in a copy of the project: one data
file, and the form is read."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.support import printed
from tests.support.command import asked

ROOT = Path(__file__).resolve().parents[2]
D05_999 = printed.Layout(
    "d05-ts/999",
    ("Mã đại lý: DL001", "Kỳ: 06/2019 lần 01"),
    (
        *((0, i, 1, i, t) for i, t in enumerate(("STT", "Mã số BHXH", "Họ và tên", "Vùng", "Mức thu nhập"))),
        (0, 5, 0, 6, "Phương thức đóng"), (1, 5, 1, 5, "Số tháng"), (1, 6, 1, 6, "Từ tháng/năm"),
        (0, 7, 0, 9, "Số tiền"), (1, 7, 1, 7, "Cộng"), (1, 8, 1, 8, "Người đóng"), (1, 9, 1, 9, "Nhà nước hỗ trợ"),
        (0, 10, 1, 10, "Ghi chú"),
    ),
    ("A", "B", "C", "1", "2", "3", "4", "5", "6", "7", "8"),
    ("ordinal", "bhxh_number", "full_name", "", "income_vnd", "months", "from_month", "total_vnd", "participant_vnd", "state_support_vnd", "note"),
    sections=("Người tham gia", "Tiền"),
    foot="Người lập biểu",
)  # fmt: skip
ARRIVES = """
import sys
from datetime import UTC, date, datetime
from pathlib import Path
import duckdb
from baophu.cli import main

workbook = Path(sys.argv[1])
main(["check", str(workbook), "--data", str(workbook.with_name("data")), "--format", "json"])
print("---")
from ingestion.forms.reading import parse_file
from ingestion.model import Arrival
from ingestion.rules.frames import FileToJudge
from ingestion.rules.row_frame import rows_frame
from ingestion.rules.validate import judge
from ingestion.warehouse.load import load, records, to_arrow

night = date(2019, 6, 30)
arrival = Arrival("a", "f" * 64, datetime(2019, 6, 25, tzinfo=UTC), night, "DL001", "test", ".xlsx", "r", "b")
parsed = parse_file(workbook, arrival)
file = FileToJudge(arrival, parsed, None)
(judgement,) = judge([file])
warehouse = workbook.with_name("warehouse.duckdb")
load(warehouse, night, {name: to_arrow(name, rows) for name, rows in records(judgement, [arrival], night).items()})
with duckdb.connect(str(warehouse)) as con:
    print(con.sql("select collector_region from raw.sheet_rows where fate = 'accepted' order by row_number").fetchall())
frame, _ = rows_frame([file], "d05-ts")
print(list(zip(frame["collector_region"], frame["collector_region__problem"].isna())))
"""
STEP_3 = re.compile(r"^   ```yaml (\S+)\n(.*?)^   ```$", re.MULTILINE | re.DOTALL)


def test_the_steps_make_an_unknown_form_known(tmp_path: Path) -> None:
    for room in ("baophu", "core", "ingestion", "publishing", "expectations"):
        shutil.copytree(ROOT / room, tmp_path / room)
    shutil.copytree(ROOT / "dbt_project" / "seeds", tmp_path / "dbt_project" / "seeds")
    workbook = tmp_path / "the-workbook.xlsx"
    sheet = printed.written(D05_999, printed.people(12), printed.people(14)[12:])
    # those with a number of a participant
    lines = [cells for cells in sheet.grid[sheet.first_row :] if str(cells[1]).isdigit()]
    for number, cells in enumerate(lines, start=1):
        cells[3] = f"Vùng {number}"
    workbook.write_bytes(printed.xlsx({"Mẫu": sheet}))
    # by the project as it is
    (before,) = json.loads(asked("check", "--format", "json", workbook, data=tmp_path / "data").out)
    assert (before["form"], before["verdict"]) == (None, "rejected")

    field, form = STEP_3.findall(
        (ROOT / "docs" / "runbooks" / "a-new-form-version.md").read_text(encoding="utf-8")
    )
    with (tmp_path / field[0]).open("a", encoding="utf-8") as fields:
        fields.write(textwrap.dedent(field[1]))
    assert not (ROOT / form[0]).exists()
    (tmp_path / form[0]).write_text(textwrap.dedent(form[1]), encoding="utf-8")

    done = subprocess.run(  # the copy is the only project that it knows
        [sys.executable, "-c", ARRIVES, str(workbook)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin", "PYTHONPATH": str(tmp_path)},
    )
    told, _, arrived = done.stdout.partition("---\n")
    assert told, done.stderr
    (after,) = json.loads(told)
    assert (after["form"], after["verdict"], after["agent_code"]) == (
        "d05-ts/999",
        "accepted",
        "DL001",
    )
    assert (after["rows"]["accepted"], after["rows"]["rejected"], after["rows"]["held"]) == (
        14,
        0,
        0,
    )

    # the new field has come, by its one line, as far as the warehouse and the frame of the rules
    stored, seen = arrived.splitlines()
    regions = [f"Vùng {i}" for i in range(1, 15)]
    assert stored == str([(region,) for region in regions]), done.stderr
    assert seen == str([(region, True) for region in regions])
