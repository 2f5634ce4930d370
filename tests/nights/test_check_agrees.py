"""What `check` says of a file before it is sent, and what the night says of it, are the same,
finding by finding."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from baophu.intake import check
from core.data_folder import DataFolder
from ingestion.model import Finding
from ingestion.rules.rulebook import explain, rules
from tests.support import printed
from tests.support.evening import take_in
from tests.support.other_containers import delimited, web_page
from tests.support.seeded import IN_2019, NEVER_CALCULATED, PAIRS, UNREAD_TOTAL, Seeded, workbook

OPENING, NIGHT = date(2017, 5, 31), date(2019, 6, 30)
_JUNK = (
    None,
    "",
    0,
    -1,
    3.5,
    "x",
    "#REF!",
    "=1+1",
    "12/2007",
    "06/2019",
    43_617,
    "1.848.000",
    "3300000001",
    33_000_001,
    "I.1",
    "Cộng",
    True,
    10**12,
    "999999999999",
)
FATES = ("received", "accepted", "rejected", "held", "duplicate", "superseded", "not_data")


def mutated(random: Random) -> tuple[str, bytes]:
    """(ending, bytes) of a printed form in which anything may be wrong."""
    layout = random.choice(printed.VOLUNTARY)
    ending = random.choice(("xlsx", "xlsx", "csv", "xls"))
    sheet = Seeded(
        layout,
        "D05",
        random.randint(1, 14),
        random.randint(0, 3),
        first_number=random.randrange(10**5),
    )
    for error in random.choices(
        (*IN_2019, *UNREAD_TOTAL, *(NEVER_CALCULATED if ending == "xlsx" else ())),
        k=random.randint(0, 6),
    ):
        if sheet.taken + 2 < sheet.more and sheet.can_hold(error):
            sheet.break_row(error)
    pair = random.choice(PAIRS)
    if sheet.taken + 2 <= sheet.more and pair[2] in layout.fields and random.random() < 0.3:
        sheet.break_pair(*pair)
    done = sheet.finished()
    for _ in range(random.choice((0, 0, 1, 2, 5))):
        row = random.choice(
            (random.randrange(len(done.grid)), random.randrange(done.first_row, len(done.grid)))
        )
        done.grid[row][random.randrange(len(done.grid[row]))] = random.choice(_JUNK)
    if random.random() < 0.05:  # a row of titles, sections or people is gone
        del done.grid[random.randrange(len(done.grid))]
        done.merges.clear()
    if random.random() < 0.05:
        column = random.randrange(len(layout.codes))
        done.grid[:] = [cells[:column] + cells[column + 1 :] for cells in done.grid]
        done.merges.clear()
    content = (
        workbook({"D05": done})
        if ending == "xlsx"
        else delimited(done).encode()
        if ending == "csv"
        else web_page(done).encode()
    )
    return ending, content[: len(content) // 2] if random.random() < 0.01 else content


def agree(sample: Path, tmp_path: Path, count: int) -> Counter[str]:
    """Generated files, judged twice. Returns how often each code was told."""
    random = Random(count)
    folder, box = DataFolder(tmp_path / "data"), tmp_path / "box"
    (folder.inbox / "office").mkdir(parents=True)
    box.mkdir()
    for name in ("danh-muc.xlsx", "danh-muc.xlsx.json"):
        shutil.copyfile(
            sample / "inbox" / "office" / "2017-05" / name, folder.inbox / "office" / name
        )
    take_in(folder, OPENING)
    for number in range(count):
        ending, content = mutated(random)
        path = box / f"{number:04d}.{ending}"
        path.write_bytes(content)
        agent = random.choice(("DL001",) * 8 + ("DL002", None))
        side = {"received_at": f"2019-06-{random.randint(20, 28)}T08:00:00+07:00"} | (
            {"agent_code": agent} if agent else {}
        )
        path.with_name(f"{path.name}.json").write_text(json.dumps(side), encoding="utf-8")
    paths = sorted(p for p in box.iterdir() if p.suffix != ".json")
    checked = {one["sha256"]: one for one in check(folder, paths, None)}
    shutil.copytree(box, folder.inbox, dirs_exist_ok=True)
    take_in(folder, NIGHT)
    with duckdb.connect(str(folder.warehouse), read_only=True) as con:
        found = _rows(
            con,
            "select f.* from ops.findings f join raw.submissions using (sha256) where night > ?",
        )
        verdicts = _rows(con, "select * from raw.submissions where night > ?")
        fates = _rows(
            con,
            "select r.* from raw.sheet_rows r join raw.submissions using (sha256) where submissions.night > ?",
        )
    across = {code for code, rule in rules().items() if rule.scope == "across"}
    told: Counter[str] = Counter()
    of_night: dict[str, Counter[Any]] = {sha256: Counter() for sha256 in checked}
    for f in found:
        if f["code"] not in across:
            said = explain(
                Finding(
                    f["sha256"],
                    f["code"],
                    f["severity"],
                    f["sheet"],
                    f["cell"],
                    f["row_number"],
                    f["field"],
                    detail=f["detail"],
                )
            )
            of_night[f["sha256"]][
                (
                    *(f[k] for k in ("sheet", "cell", "row_number", "field", "code", "severity")),
                    *said.values(),
                )
            ] += 1
            told[f["code"]] += 1
    assert {v["sha256"] for v in verdicts} == checked.keys()
    for v in verdicts:
        one = checked[v["sha256"]]
        keys = (
            "sheet",
            "cell",
            "row",
            "field",
            "code",
            "severity",
            "message_vi",
            "message_en",
            "fix_vi",
        )
        assert of_night[v["sha256"]] == Counter(
            tuple(f[k] for k in keys) for f in one["findings"]
        ), Path(one["path"]).name
        own = [r for r in fates if r["sha256"] == v["sha256"]]
        rows = {fate: sum(r["fate"] == fate for r in own) for fate in FATES[1:]} | {
            "received": v["rows_received"]
        }
        money = {fate: sum(r["amount_vnd"] for r in own if r["fate"] == fate) for fate in FATES[1:]}
        assert (v["verdict"], rows, money | {"received": v["amount_received_vnd"]}) == (
            one["verdict"],
            one["rows"],
            one["amount_vnd"],
        )
        for side in (one["rows"], one["amount_vnd"]):
            assert side["received"] == sum(side[fate] for fate in FATES[1:])
    return told


def _rows(con: duckdb.DuckDBPyConnection, query: str) -> list[dict[str, Any]]:
    found = con.execute(query, [OPENING])
    names = [column[0] for column in found.description]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_check_and_night_agree(sample: Path, tmp_path: Path) -> None:
    assert len(agree(sample, tmp_path, 60)) > 25


@pytest.mark.slow
def test_check_and_night_agree_on_a_thousand_files(sample: Path, tmp_path: Path) -> None:
    assert len(agree(sample, tmp_path, 1_000)) > 45
