"""docs/runbooks/a-new-form-version.md, followed to the letter in a copy of the project: one data file, and the form is read."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.forms import printed

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
STEP_3 = re.compile(r"^   ```yaml (\S+)\n(.*?)^   ```$", re.MULTILINE | re.DOTALL)


def check(project: Path, workbook: Path) -> dict[str, object]:
    command = [sys.executable, "-m", "baophu.cli", "check", str(workbook), "--data", str(project / "data"), "--format", "json"]
    done = subprocess.run(
        command, cwd=project, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin", "PYTHONPATH": str(project)}
    )
    assert done.stdout, done.stderr
    (told,) = json.loads(done.stdout)
    return dict(told)


def test_the_steps_make_an_unknown_form_known(tmp_path: Path) -> None:
    for room in ("baophu", "core", "ingestion", "publishing", "expectations"):
        shutil.copytree(ROOT / room, tmp_path / room)
    shutil.copytree(ROOT / "dbt_project" / "seeds", tmp_path / "dbt_project" / "seeds")
    workbook = tmp_path / "the-workbook.xlsx"
    workbook.write_bytes(printed.xlsx({"Mẫu": printed.written(D05_999, printed.people(12), printed.people(14)[12:])}))
    before = check(tmp_path, workbook)
    assert (before["form"], before["verdict"]) == (None, "rejected")

    (step,) = STEP_3.findall((ROOT / "docs" / "runbooks" / "a-new-form-version.md").read_text(encoding="utf-8"))
    path, text = step
    assert not (ROOT / path).exists()
    (tmp_path / path).write_text(textwrap.dedent(text), encoding="utf-8")

    after = check(tmp_path, workbook)
    assert (after["form"], after["verdict"], after["agent_code"]) == ("d05-ts/999", "accepted", "DL001")
    assert (after["rows"]["accepted"], after["rows"]["rejected"], after["rows"]["held"]) == (14, 0, 0)  # type: ignore[index]
