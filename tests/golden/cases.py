"""One sheet for each defect that real sheets have, made by code: what `tests/golden/<defect>/`
expects of them stands there.

`python -m tests.golden.cases DEFECT ...` writes a folder anew; look at what it wrote before it is
kept.
"""

from __future__ import annotations

import json
import sys
import tempfile
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from core.clock import year_and_month
from ingestion.arrival.landing import describe
from ingestion.forms.reading import parse_files
from ingestion.forms.reference import Register
from ingestion.rules.placing import ready
from ingestion.rules.validate import Judgement, judge
from tests.golden.sheets import (
    PEOPLE,
    address,
    below_foot,
    blank_rows,
    cancelled,
    capitals,
    first,
    head,
    headings,
    in_font,
    left,
    looks,
    merged,
    of_agent,
    prepared,
    sheet,
    software_490,
    subtotal,
    swapped,
    thousands,
    totals,
    turned,
    uncached,
    with_a_column,
)
from tests.support import printed
from tests.support.other_containers import delimited, web_page

HERE = Path(__file__).parent
RECEIVED = datetime(2019, 6, 25, 3, tzinfo=UTC)
REGISTER = Register(
    "9" * 64,
    (
        {
            "agent_code": "DL001",
            "commune_code": "12142",
            "valid_from": date(2008, 1, 1),
            "valid_to": None,
        },
    ),
    (
        {
            "village_code": "12145-01",
            "commune_code": "12145",
            "village_name": "Thôn Đông",
            "valid_from": date(2008, 1, 1),
            "valid_to": None,
        },
    ),
)
SHOWN = (
    "full_name", "bhxh_number", "citizen_number", "paid_on", "commune_code", "village_code", "income_vnd", "months", "from_month", "total_vnd",
    "birth_date", "support_group", "note_method", "note",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A defect: what stands in the sheet, what must come of it, and the file (its name, its
    bytes)."""

    stands: str
    comes: str
    made: Callable[[], tuple[str, bytes]]


CASES: dict[str, Case] = {}


def case(
    name: str, stands: str, comes: str
) -> Callable[[Callable[[], tuple[str, bytes] | printed.Sheet]], None]:
    """Add a defect; a function that gives a sheet gives an .xlsx of it."""

    def add(make: Callable[[], Any]) -> None:
        def made() -> tuple[str, bytes]:
            found = make()
            return (
                found if isinstance(found, tuple) else ("sheet.xlsx", printed.xlsx({"Mẫu": found}))
            )

        CASES[name] = Case(stands, comes, made)

    return add


# Layout

case(
    "signature-line-above",
    "A line of the digital signature stands above the form.",
    "The table is found where it stands.",
)(lambda: printed.Sheet([["Ký bởi: BƯU ĐIỆN ÂN THI, 25/06/2019"], *sheet().grid]))
case(
    "table-not-at-a1",
    "Three blank rows above, two blank columns to the left.",
    "Every cell keeps its address.",
)(lambda: sheet(above=3, left=2))
case(
    "titles-not-merged",
    "Every title stands in each cell that it spans.",
    "The same columns are found.",
)(lambda: sheet(printed.D05_490, is_merged=False))
case(
    "titles-again-on-a-new-page",
    "The titles and codes stand again after each person.",
    "They are no data; nobody is lost.",
)(lambda: sheet(break_every=1))
case(
    "several-sheets",
    "A cover sheet and two sheets of the form.",
    "Both are read, each under its own head.",
)(
    lambda: (
        "sheet.xlsx",
        printed.xlsx(
            {
                "Bìa": printed.Sheet([["Kính gửi"]]),
                "T6": sheet(),
                "T6 (2)": sheet(people=PEOPLE[2:4]),
            }
        ),
    )
)
case(
    "sheets-of-two-agents",
    "Two sheets name two agents.",
    "The file waits: nobody's payments become another's.",
)(lambda: ("sheet.xlsx", printed.xlsx({"A": sheet(), "B": of_agent("DL002")})))
case(
    "column-missing", "The column of the number is gone.", "The file waits and the column is named."
)(lambda: printed.Sheet([row[:2] + row[3:] for row in sheet().grid]))
case(
    "column-unknown",
    "A column that the form does not have.",
    "The file waits and its cell is named.",
)(lambda: with_a_column())
case(
    "titles-change-places",
    "Two titles have changed places, their codes have not.",
    "Position alone is not believed: the file waits.",
)(lambda: swapped())
case(
    "subtotal-in-the-middle",
    "`Cộng tăng` stands between two people, with a wrong sum.",
    "It is no person; the wrong sum is a warning.",
)(lambda: subtotal())
case(
    "row-below-the-foot",
    "A person stands below the signatures.",
    "The file waits: the person is not lost.",
)(lambda: below_foot())
case("ordinals-restart", "STT begins anew in each section.", "Nobody is taken for another.")(
    lambda: printed.written(printed.D05_595, PEOPLE[:2], PEOPLE[2:3])
)
case("blank-rows", "Two blank rows among the people.", "They do not count.")(lambda: blank_rows())

case(
    "headings-in-other-words",
    "Ⅰ. TĂNG, Tăng lao động, and Báo giảm without a number.",
    "Additions are added and the reduction is taken off.",
)(lambda: headings("Ⅰ. TĂNG", "Tăng lao động", "Báo giảm", "Người lao động"))
case(
    "heading-that-cannot-be-read",
    "III Thay đổi khác stands where II Giảm should.",
    "The rows below wait and name the heading's cell.",
)(lambda: headings("I Tăng", "I.1 Người lao động", "III Thay đổi khác", "Người lao động"))
case(
    "totals-in-other-words",
    "Cộng trang 1, Số mang sang, Tổng số, and a sum without words.",
    "No person, and no money that was not taken.",
)(lambda: totals("Cộng trang 1", "Số mang sang", None, "Tổng số (2 người)"))
case("prepared-rows", "STT down to 8, with formulas that give 0 or nothing.", "They are blank.")(
    lambda: prepared()
)
case(
    "as-software-prints-490",
    "QĐ 490 with the titles, sections and head of an agency's program.",
    "It is read, not held.",
)(lambda: software_490())
case(
    "head-month-in-the-title",
    "The month stands in the title alone, with a full stop.",
    "It is the month of the list.",
)(lambda: head("DANH SÁCH NGƯỜI THAM GIA BHXH TỰ NGUYỆN THÁNG 5/2019."))
case(
    "head-month-in-words",
    "Tháng sáu năm 2019.",
    "A warning at that line: the month of receipt counts.",
)(lambda: head("Tháng sáu năm 2019"))
case("head-month-to-come", "The head says July, the list came in June.", "The file waits.")(
    lambda: head("Số: 01 tháng 7 năm 2019")
)

# Text

case(
    "names-that-are-none",
    "#N/A, Ph?m V?n B, and a Cyrillic а and Т in a name.",
    "Rejected; waits; read as ours with a warning.",
)(
    lambda: sheet(
        people=[
            replace(p, full_name=n)
            for p, n in zip(PEOPLE, ("#N/A", "Ph?m V?n B", "Тrần Vаn An", "Lê Na"), strict=False)
        ]
    )
)
case(
    "font-tcvn3",
    "Texts in TCVN3, font .VnTime.",
    "They are read in Unicode; every repair is recorded.",
)(lambda: in_font("tcvn3", ".VnTime"))
case(
    "font-vni",
    "Texts in VNI, font VNI-Times.",
    "They are read in Unicode; every repair is recorded.",
)(lambda: in_font("vni", "VNI-Times"))
case(
    "font-tcvn3-capitals",
    "A name in TCVN3, font .VnTimeH: its capitals live in the font.",
    "The name is read in capitals.",
)(lambda: capitals())
case("letters-and-marks-apart", "Texts in NFD.", "They are the same texts in NFC.")(
    lambda: first(full_name=unicodedata.normalize("NFD", PEOPLE[0].full_name))
)
case("eth-for-d", "Ð (U+00D0) where Đ stands.", "It is read as Đ and recorded.")(
    lambda: first(full_name="Ðỗ Thị Ðào")
)
case(
    "invisible-spaces",
    "A no-break and a zero-width space in the name and the number.",
    "They are not seen.",
)(lambda: first(full_name="Nguyễn\u00a0Văn\u200b An", bhxh_number="3399\u200b900\u00a0000"))
case(
    "begins-with-equals", "A name that begins like a formula.", "It is text, and goes home as text."
)(lambda: first(full_name='=HYPERLINK("x")'))

# Numbers and money

case("money-with-dots-and-commas", "1.234.567, 1,234,567 and 154.000đ.", "Whole đồng.")(
    lambda: first(
        income_vnd=f"{PEOPLE[0].income_vnd:,}".replace(",", "."),
        total_vnd=f"{PEOPLE[0].total_vnd:,}đ",
        participant_vnd=f"{PEOPLE[0].participant_vnd:,}",
    )
)
case(
    "money-in-thousands",
    "The title says nghìn đồng.",
    "Amounts are multiplied, and that is recorded.",
)(lambda: thousands())
case(
    "money-that-is-no-money",
    "Letters in an amount.",
    "The row is rejected at that cell; the amount counts 0 on both sides.",
)(lambda: first(total_vnd="một triệu"))
case(
    "lost-leading-zero",
    "A number cell of nine digits where a number begins with 0.",
    "The row waits with a proposal; nothing is repaired.",
)(lambda: first(bhxh_number=399_900_000))
case("number-in-powers-of-ten", "3.4E+09 as text.", "The row waits: its digits are lost.")(
    lambda: first(bhxh_number="3.4E+09")
)
case(
    "citizen-number-for-the-number",
    "Twelve digits where ten stood.",
    "The row waits and says which number is meant.",
)(lambda: first(bhxh_number="033085000123"))
case(
    "formula-without-a-value",
    "A formula of which the file keeps no value.",
    "A finding at that cell.",
)(lambda: uncached())

case("zero-as-a-dash", "A dash in the support, as the accounting format shows a zero.", "0.")(
    lambda: first(state_support_vnd=" - ", participant_vnd=PEOPLE[0].total_vnd)
)
case(
    "shown-otherwise-than-held",
    "Ids by the format 0000000000, a month by 00/0000, a row struck out.",
    "Read as shown and recorded; a warning.",
)(lambda: looks())
case(
    "person-merged-over-rows",
    "One person's name and number over two payments.",
    "Both payments are that person's.",
)(lambda: merged())

# Dates

case(
    "month-turned-by-a-spreadsheet",
    "01/06/2019 that became 6 January, and Thg6-19.",
    "The first waits, the second is June.",
)(lambda: turned())
case("month-as-a-number", "06.2019 as Excel keeps it: 6.2019.", "June 2019.")(
    lambda: first(from_month=6.2019)
)
case("month-as-a-serial", "43617 in a number cell.", "June 2019, and recorded.")(
    lambda: first(from_month=43617)
)
case("month-in-words", "tháng 6 năm 2019.", "June 2019.")(
    lambda: first(from_month="tháng 6 năm 2019")
)
case("month-that-is-none", "13/2019.", "The row is rejected at that cell.")(
    lambda: first(from_month="13/2019")
)
case(
    "date-of-two-meanings",
    "6/7/2019, and no other date shows the file's order.",
    "The row waits; both days are named to the agent.",
)(lambda: printed.written(printed.D05_490, [replace(PEOPLE[0], paid_on="6/7/2019")]))
case(
    "date-by-the-files-own-order",
    "6/5/2019 beside 25/06/2019.",
    "The sixth of May: the other date shows the order.",
)(
    lambda: printed.written(
        printed.D05_490,
        [replace(PEOPLE[0], paid_on="6/5/2019"), replace(PEOPLE[1], paid_on="25/06/2019")],
    )
)
case("birth-year-alone", "Ngày sinh 1980 in the note.", "The first of January of it.")(
    lambda: first(note="P.Thức Tăng_mới, Ngày sinh 1980")
)

# Places

case(
    "commune-abbreviated",
    "T.Đông, X. PHÙ ỦNG, H. Ân Thi.",
    "The village and the commune are found.",
)(lambda: address("T.Đông, X. PHÙ ỦNG, H. Ân Thi"))
case("commune-without-marks", "thon Dong, xa Phu Ung.", "The village and the commune are found.")(
    lambda: address("thon Dong, xa Phu Ung, huyen An Thi")
)
case("commune-misspelt", "xã Phù Ung.", "The commune is found.")(
    lambda: address("xã Phù Ụng, huyện Ân Thi")
)
case(
    "commune-of-another-epoch",
    "xã Phạm Ngũ Lão, which stands from 01/07/2025 only.",
    "The row waits with the names.",
)(lambda: address("xã Phạm Ngũ Lão, huyện Ân Thi"))
case(
    "commune-not-of-the-district",
    "xã Không Tên.",
    "A warning; the commune of the collection point counts.",
)(lambda: address("xã Không Tên"))

# People

case("two-names-one-number", "A spouse typed under one number.", "Both rows wait.")(
    lambda: sheet(people=[PEOPLE[0], replace(PEOPLE[1], bhxh_number=PEOPLE[0].bhxh_number)])
)
case("placeholder-telephone", "SĐT 0123456789.", "A warning.")(
    lambda: first(note="SĐT 0123456789, P.Thức Tăng_mới")
)
case(
    "note-half-understood",
    "Pseudo-fields and words of the agent's own.",
    "The fields are read, the words stay.",
)(lambda: first(note="Đối tượng Khác, P.Thức Đóng_tiếp, chồng đóng thay"))
case("receipt-cancelled", "II.1 with the note Đã hủy.", "A cancellation, and no leaving.")(
    lambda: cancelled()
)
case(
    "huy-is-a-name",
    "Huy in a name, and Hủy tham gia BHXH, under II.1.",
    "No cancellations: both left.",
)(lambda: printed.written(printed.D05_595, PEOPLE[:1], left()))
case("receipt-twice", "One receipt number for two people.", "Both rows wait.")(
    lambda: sheet(
        printed.D05_490, [PEOPLE[0], replace(PEOPLE[1], receipt_number=PEOPLE[0].receipt_number)]
    )
)
case("same-row-twice", "A row stands twice, word for word.", "It counts once.")(
    lambda: sheet(people=[PEOPLE[0], PEOPLE[0]])
)

# Containers

case("html-named-xls", "A web page under the name .xls.", "It is read by what it is.")(
    lambda: ("sheet.xls", web_page(sheet()).encode())
)
case("csv-named-xls", "Comma-separated text under the name .xls.", "It is read by what it is.")(
    lambda: ("sheet.xls", delimited(sheet()).encode())
)
case("empty-file", "No byte.", "One clear sentence.")(lambda: ("sheet.xlsx", b""))
case("cut-off", "The second half of the file is missing.", "One clear sentence.")(
    lambda: ("sheet.xlsx", printed.xlsx({"M": sheet()})[:3000])
)
case("pdf-named-xlsx", "A PDF under the name .xlsx.", "It is refused by its name.")(
    lambda: ("sheet.xlsx", b"%PDF-1.7\n" + b"x" * 400)
)
case("no-form", "A workbook without a known form.", "It is rejected.")(
    lambda: ("sheet.xlsx", printed.xlsx({"M": printed.Sheet([["Danh sách"], ["An", 1]])}))
)


def outcomes(names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What becomes of the file of each defect, apart from times and hashes. All are read and judged
    in one call, as a night does it."""
    with tempfile.TemporaryDirectory() as scratch:
        arrived = []
        for name in names:
            file_name, data = CASES[name].made()
            path = Path(scratch) / name / file_name
            path.parent.mkdir()
            path.write_bytes(data)
            arrived.append(
                (path, describe(path, received_at=RECEIVED, agent_code="DL001", channel="test"))
            )
        files = []
        for (_, arrival), parsed in zip(arrived, parse_files(arrived), strict=True):
            assert not isinstance(parsed, Exception), parsed
            files.append(ready(arrival, parsed, REGISTER))
    return {
        name: _shown_outcome(judgement) for name, judgement in zip(names, judge(files), strict=True)
    }


def _shown_outcome(judgement: Judgement) -> dict[str, Any]:
    parsed = judgement.file.parsed
    rows = [
        {
            "row": row.number,
            "section": row.section,
            "fate": fate,
            **_shown(row.values),
            **({"problems": row.problems} if _serious(row.problems) else {}),
        }
        for row, fate in zip(parsed.rows, judgement.fates, strict=True)
        if fate != "not_data"
    ]
    return {
        "form": parsed.form,
        "verdict": judgement.verdict,
        "received": judgement.totals()["rows"]["received"],
        "amount_vnd": judgement.totals()["amount_vnd"]["received"],
        "rows": rows,
        "findings": [[f.code, f.severity, f.cell, f.detail] for f in judgement.findings],
        "repairs": [[r.cell, r.field, r.kind, r.before, r.after] for r in parsed.repairs],
    }


def _serious(problems: dict[str, str]) -> bool:
    return any(problem != "missing" for problem in problems.values())


def _shown(values: dict[str, Any]) -> dict[str, Any]:
    said: dict[str, Any] = {
        name: values.get(name) for name in SHOWN if values.get(name) is not None
    }
    if "from_month" in said:
        year, month = year_and_month(said["from_month"])
        said["from_month"] = f"{month:02d}/{year}"
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in said.items()
    }


def main(names: list[str]) -> None:
    """Write the folders of these defects anew, of all without a name."""
    for name, found in outcomes(names or list(CASES)).items():
        (HERE / name).mkdir(exist_ok=True)
        (HERE / name / "README").write_text(
            f"{CASES[name].stands}\n{CASES[name].comes}\n", encoding="utf-8"
        )
        (HERE / name / "expected.json").write_text(
            json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )
        print(name, found["verdict"], found["findings"], found["repairs"][:2])


if __name__ == "__main__":
    main(sys.argv[1:])
