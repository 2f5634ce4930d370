"""500 errors seeded over six files, and every rule that one file can break: exactly those findings,
at exactly those cells."""

from __future__ import annotations

import io
import itertools
import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from baophu.intake import check
from core.data_folder import DataFolder
from ingestion import nightly
from ingestion.rules.rulebook import rules
from tests.support import printed
from tests.support.other_containers import delimited, web_page
from tests.support.seeded import (
    AUGUST_2025,
    IN_2019,
    IN_2025,
    NEVER_CALCULATED,
    PAIRS,
    UNREAD_TOTAL,
    Error,
    Place,
    Seeded,
    without,
    workbook,
)

RECEIVED = {"received_at": "2019-06-25T08:00:00+07:00", "agent_code": "DL001"}
IN_FILES = 500


def put(folder: Path, name: str, content: bytes, side: dict[str, str] | str | None = None) -> Path:
    (folder / name).write_bytes(content)
    if side is not None:
        said = side if isinstance(side, str) else json.dumps(side)
        (folder / f"{name}.json").write_text(said, encoding="utf-8")
    return folder / name


def wrong_reference(right: Path) -> tuple[bytes, list[Place]]:
    """A sheet that is gone, a cell that is blank, one that is no date, and one agent twice on a
    day."""
    book = openpyxl.load_workbook(right)
    del book["dan_so"]
    agents = book["dai_ly"]
    columns = {cell.value: cell.column_letter for cell in agents[2]}
    agents[f"{columns['agent_name']}3"].value = None
    agents[f"{columns['valid_from']}4"].value = "năm ngoái"
    last = agents.max_row + 1
    for cell in agents[5]:
        agents[f"{cell.column_letter}{last}"].value = cell.value
    out = io.BytesIO()
    book.save(out)
    places = [
        ("agent_name", 3, "BP-802"),
        ("valid_from", 4, "BP-803"),
        ("agent_code", last, "BP-804"),
    ]
    return out.getvalue(), [
        (None, None, "BP-801"),
        *(("dai_ly", f"{columns[name]}{row}", code) for name, row, code in places),
    ]


def wrong_roster() -> tuple[bytes, list[Place]]:
    """The opening roster with what only it can have wrong."""
    fields = (
        "bhxh_number",
        "full_name",
        "birth_date",
        "commune_code",
        "agent_code",
        "paid_from",
        "paid_until",
        "method",
        "support_group",
    )
    good: dict[str, Any] = dict(
        zip(
            fields,
            (
                None,
                "Trần Thị Mẫu",
                "01/01/1990",
                "12142",
                "DL001",
                "06/2019",
                "08/2019",
                3,
                "other",
            ),
            strict=True,
        )
    )
    wrong = [({"commune_code": "1214"}, "commune_code", "BP-111"), ({"paid_from": "nay"}, "paid_from", "BP-211"),
             ({"paid_until": "05/2019"}, "paid_until", "BP-212")]  # fmt: skip
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        page = book.add_worksheet("Danh sách")
        labels = (
            "Mã số BHXH",
            "Họ và tên",
            "Ngày sinh",
            "Mã xã",
            "Mã đại lý",
            "Đã đóng từ tháng",
            "Đã đóng đến tháng",
            "Phương thức",
            "Nhóm",
        )
        page.write_row(0, 0, labels)
        page.write_row(1, 0, fields)
        for row in range(10):
            edits = wrong[row][0] if row < len(wrong) else {}
            for column, value in enumerate(
                {**good, "bhxh_number": f"33000077{row:02d}", **edits}.values()
            ):
                page.write(row + 2, column, value)
    return out.getvalue(), [
        ("Danh sách", f"{'ABCDEFGHI'[fields.index(name)]}{row + 3}", code)
        for row, (_, name, code) in enumerate(wrong)
    ]


def seed(sheets: list[tuple[Seeded, tuple[Error, ...]]], count: int) -> None:
    """Errors of each sheet's own in turn, until `count` are seeded."""
    turns = [
        (sheet, itertools.cycle([e for e in errors if sheet.can_hold(e)]))
        for sheet, errors in sheets
    ]
    for done, (sheet, errors) in enumerate(itertools.cycle(turns)):
        if done == count:
            return
        sheet.break_row(next(errors))


@pytest.fixture(scope="module")
def files(
    sample: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[DataFolder, dict[Path, list[Place]]]:
    """A data folder that has the office's reference, and path -> what is to be said of it."""
    data, box = DataFolder(tmp_path_factory.mktemp("data")), tmp_path_factory.mktemp("box")
    office = data.inbox / "office"
    office.mkdir(parents=True)
    right = sample / "inbox" / "office" / "2017-05" / "danh-muc.xlsx"
    for path in (right, right.with_name(f"{right.name}.json")):
        shutil.copyfile(path, office / path.name)
    nightly.land(data)

    of_595 = Seeded(printed.D05_595, "Mẫu D05", 300, 5)
    of_505 = Seeded(printed.D05_505, "Sheet1", 300, 5, has_stray=True)
    of_490 = Seeded(printed.D05_490, "Đợt 1", 300, 5)
    in_2025 = Seeded(printed.D05_490, "Sheet1", 300, 0, AUGUST_2025, is_placed=False)
    halves = [
        Seeded(printed.D05_595, "Tờ 1", 6, is_placed=False, first_number=1),
        Seeded(printed.D05_595, "Tờ 2", 6, is_placed=False, first_number=100),
    ]
    other = Seeded(printed.D05_505, "Mẫu", 4)

    for sheet in (of_595, of_505, of_490):
        sheet.break_leaving(0, "BP-115", "note", {"note_method": "Đóng_tiếp"})
        for pair in PAIRS:
            if pair[2] in sheet.layout.fields:
                sheet.break_pair(*pair)
    of_505.break_leaving(1, "BP-302", "total_vnd", {"total_vnd": "trả lại"})
    for half in halves:
        for error in IN_2019[:2] + UNREAD_TOTAL + IN_2019[6:7]:
            half.break_row(error)

    file_rules: dict[str, list[Place]] = {
        "595": [
            (of_595.name, f"A{of_595.foot_row + 1}", "BP-331"),
            (of_595.name, of_595.cell(of_595.subtotal_row, "total_vnd"), "BP-330"),
        ],
        "505": [],
        "490": [],
        "2025": [(None, None, "BP-010"), (None, None, "BP-013")],
        "halves": [(None, None, code) for code in ("BP-014", "BP-030")]
        + [("Tờ 1", "A2", "BP-015")],
        "other": [
            (None, None, "BP-003"),
            (None, None, "BP-004"),
            ("Mẫu", "A2", "BP-011"),
            ("Mẫu", "A2", "BP-012"),
        ],
    }
    below = of_490.foot_row + 2
    file_rules["490"].append((of_490.name, of_490.cell(below, "bhxh_number"), "BP-005"))
    all_sheets = (of_595, of_505, of_490, in_2025, *halves)
    seeded = sum(len(s.expected) for s in all_sheets) + sum(map(len, file_rules.values()))
    turns = [
        (of_595, IN_2019),
        (of_505, IN_2019 + UNREAD_TOTAL),
        (of_490, IN_2019 + UNREAD_TOTAL + NEVER_CALCULATED),
        (in_2025, IN_2025),
    ]
    seed(turns, IN_FILES - seeded)

    for sheet in (*all_sheets, other):
        sheet.finished()
    grid = of_490.sheet.grid
    of_595.sheet.grid[of_595.foot_row][0] = "Tổng số sổ BHXH đề nghị cấp: 301"
    of_595.sheet.grid[of_595.subtotal_row][of_595.layout.fields.index("total_vnd")] += 1
    grid.append([None] * len(of_490.layout.codes))
    grid[below] = [
        None,
        "Người dưới chữ ký",
        "3399990000",
        *[None] * (len(of_490.layout.codes) - 3),
    ]
    for line in in_2025.sheet.grid[: in_2025.sheet.code_row]:
        if str(line[0]).startswith(("Mã đại lý", "Đợt nộp")):
            line[0] = None
    halves[1].sheet.grid[1][0] = "Số định danh: DL002"
    other.sheet.grid[1][0] = "Số định danh: DL999"
    code_row, number = other.sheet.code_row, other.layout.fields.index("income_vnd")
    maimed = printed.Sheet(
        without(
            other.sheet, number, [(code_row - other.layout.title_rows, "Zalo"), (code_row, "99")]
        )
    )

    reference, of_reference = wrong_reference(right)
    roster, of_roster = wrong_roster()
    expected: dict[Path, list[Any]] = {
        put(box, "595.xlsx", workbook({of_595.name: of_595.sheet}), RECEIVED): of_595.expected
        + file_rules["595"],
        put(box, "505.csv", delimited(of_505.sheet).encode(), RECEIVED): of_505.expected
        + file_rules["505"],
        put(box, "490.xlsx", workbook({of_490.name: of_490.sheet}), RECEIVED): of_490.expected
        + file_rules["490"],
        put(
            box,
            "2025.xls",
            web_page(in_2025.sheet).encode(),
            {"received_at": "2025-08-25T08:00:00+07:00"},
        ): in_2025.expected + file_rules["2025"],
        put(box, "halves.xlsx", workbook({h.name: h.sheet for h in halves}), "{"): halves[
            0
        ].expected
        + halves[1].expected
        + file_rules["halves"],
        put(box, "other.xlsx", printed.xlsx({"Mẫu": maimed}), RECEIVED): file_rules["other"],
        put(box, "broken.xlsx", b"PK\x03\x04" + bytes(range(200)), RECEIVED): [
            (None, None, "BP-001")
        ],
        put(box, "letter.csv", "Kính gửi,Ông Bà\nThư,này\n".encode(), RECEIVED): [
            (None, None, "BP-002")
        ],
        put(box, "danh-muc.xlsx", reference, RECEIVED): of_reference,
        put(box, "roster.xlsx", roster, RECEIVED): of_roster,
    }
    assert sum(map(len, list(expected.values())[:6])) == IN_FILES
    return data, expected


def test_five_hundred_errors_are_told_at_their_cells_and_none_else(
    files: tuple[DataFolder, dict[Path, list[Place]]],
) -> None:
    data, expected = files
    of_office = [path for path in expected if path.name in ("danh-muc.xlsx", "roster.xlsx")]
    objects = check(data, [path for path in expected if path not in of_office], None) + check(
        data, of_office, None, office=True
    )
    told = {Path(one["path"]): one for one in objects}
    assert told.keys() == expected.keys()
    for path, places in expected.items():
        found = Counter(
            (f["sheet"], f["cell"] or f["row"], f["code"]) for f in told[path]["findings"]
        )
        wrongly, silent = (
            list((found - Counter(places)).elements()),
            list((Counter(places) - found).elements()),
        )
        assert (path.name, wrongly, silent) == (path.name, [], [])
    assert [told[path]["verdict"] for path in expected] == [
        "partial", "partial", "held", "held", "held", "held", "rejected", "rejected", "rejected", "partial"
    ]  # fmt: skip


def test_every_rule_that_one_file_can_break_is_among_them(
    files: tuple[DataFolder, dict[Path, list[Place]]],
) -> None:
    _, expected = files
    seeded = {code for places in expected.values() for _, _, code in places}
    # test_reference.py
    of_lists = {
        "BP-710",
        "BP-711",
        "BP-712",
        *(f"BP-8{number:02d}" for number in range(5, 16)),
    }
    of_places = {"BP-006", "BP-007", "BP-008"}  # test_accounting.py
    of_arrival = {"BP-021", "BP-022", "BP-035"}  # test_landing.py, test_open_cases.py
    # heads, headings, looks: test_rules.py
    of_lines = {
        "BP-031",
        "BP-032",
        "BP-033",
        "BP-119",
        "BP-121",
        "BP-122",
    }
    elsewhere = of_lists | of_places | of_arrival | of_lines
    known = {code for code, rule in rules().items() if rule.scope != "across"} - elsewhere
    assert sorted(known - seeded) == [], (
        "seed these rules in tests/support/seeded.py, or add them to the list above "
        "with the test that breaks them"
    )
    assert sorted(seeded - known) == []
