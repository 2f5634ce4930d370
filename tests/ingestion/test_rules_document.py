"""docs/rules.md is what the suites say; the runbook of a new rule works to the letter; the
conditions mean the same in SQL."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from bench.rules import arrow_of, as_sql, files_of
from core.data_folder import RULE_SEED
from core.errors import WrongDataFile
from ingestion.forms.contracts import field_labels
from ingestion.rules.document import (
    FIELDS_PAGE,
    GROUPS,
    PAGE,
    SCOPES,
    SEVERITIES,
    fields_page,
    in_general,
    page,
    refuse_unknown_columns,
    seed,
)
from ingestion.rules.row_frame import rows_frame
from ingestion.rules.rulebook import SUITES, rules, run_suite, suite_entries, suite_names
from tests.support.hand_made import JUNE_2019, file_of, row

RUNBOOK = PAGE.parent / "runbooks" / "a-new-rule.md"


def test_the_page_is_what_the_suites_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `make docs`"


def test_the_page_of_fields_is_what_the_schema_and_the_frames_say() -> None:
    assert FIELDS_PAGE.read_text(encoding="utf-8") == fields_page(), "run `make docs`"


def test_the_seed_of_rules_is_what_the_suites_say() -> None:
    assert RULE_SEED.read_text(encoding="utf-8") == seed(), "run `make docs`"
    assert seed().count("\n") == len(rules()) + 1


def test_a_rule_in_general_names_no_cell() -> None:
    assert in_general("Ô {cell}: không đọc được ngày biên lai.") == "Không đọc được ngày biên lai."
    assert (
        in_general("Trang tính {sheet}, dòng {row}: lần đóng trước ({detail}) thuộc xã khác.")
        == "Lần đóng trước thuộc xã khác."
    )
    assert in_general("Thiếu cột của mẫu: {detail}.") == "Thiếu cột của mẫu."
    assert in_general("Đại lý {detail} không có.") == "Đại lý … không có."


def test_the_runbook_makes_a_rule(tmp_path: Path) -> None:
    """Steps 3 and 7, followed by a machine: the entry is put in, judged by and printed, and nothing
    else changes."""
    folder = Path(shutil.copytree(SUITES, tmp_path / "expectations"))
    (entry,) = re.findall(r"```json\n(.*?)```", RUNBOOK.read_text(encoding="utf-8"), re.DOTALL)
    suite = folder / "rows.json"
    said = json.loads(suite.read_text(encoding="utf-8"))
    said["expectations"].append(json.loads(entry))
    suite.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    assert rules(folder).keys() - rules().keys() == {"BP-999"}
    rich: dict[str, Any] = {
        "income_vnd": 10_050_000,
        "total_vnd": 26_532_000,
        "participant_vnd": 26_347_200,
    }
    # valid from 01/2019
    for month, expected in (
        (JUNE_2019, [("BP-999", 1)]),
        (JUNE_2019 - 6, []),
    ):
        lines = [
            row(11, from_month=month, paid_on=None),
            row(
                12,
                from_month=month,
                paid_on=None,
                **rich,
                bhxh_number="3300000002",
                receipt_number="B",
            ),
        ]
        frame, _ = rows_frame([file_of(*lines, month=month)], "d05-ts")
        assert [
            (rule.code, at) for rule, at in run_suite("d05_ts_rows", frame, folder).failures
        ] == expected
    assert "### BP-999 · nhắc · warns\nÔ {cell}: mức thu nhập cao hiếm gặp." in page(folder)
    assert "2019-01-01 – …" in page(folder)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (
            {"detail": "heading_above"},
            "detail 'heading_above' is not one of: commune_candidates, unread_heading_above",
        ),
        ({"forms": ["d05-ts", "d06-ts"]}, "forms 'd06-ts' is not one of: d03-ts, d05-ts, roster"),
        ({"forms": []}, "forms are named by the rules of rows.json, all of them, and by no other"),
        ({"severity": "stop"}, "severity 'stop' is not one of: "),
        ({"fate": "held"}, "fate 'held' is not one of: duplicate"),
        ({"group": "people"}, "group 'people' is not one of: across, dates, identity, "),
        ({"scope": "celll"}, "scope 'celll' is not one of: across, cell, "),
        ({"field": "fullname"}, "field 'fullname' is not one of: "),
        ({"fix_vi": "Sửa ô {cel}."}, "a place in a sentence 'cel' is not one of: cell, detail, "),
        ({"feild": "months"}, "unexpected keyword argument 'feild'"),
    ],
)
def test_a_rule_that_cannot_be_understood_is_named(
    tmp_path: Path, changed: dict[str, object], says: str
) -> None:
    folder = Path(shutil.copytree(SUITES, tmp_path / "expectations"))
    suite = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
    suite["expectations"][-1]["meta"] |= changed
    (folder / "rows.json").write_text(json.dumps(suite), encoding="utf-8")
    with pytest.raises(ValueError, match=r"^rows\.json, rule BP-[0-9]{3}: ") as error:
        rules(folder)
    assert says in str(error.value)


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("fullname.notna()", "no column 'fullname'; near it: full_name"),
        ("full_name.str.fullmatc('x')", "'fullmatc' is not one of: abs, "),
        ("months <", "is no condition: "),
    ],
)
def test_a_condition_that_names_nothing_is_named(tmp_path: Path, condition: str, says: str) -> None:
    folder = Path(shutil.copytree(SUITES, tmp_path / "expectations"))
    suite = json.loads((folder / "rows.json").read_text(encoding="utf-8"))
    suite["expectations"][-1]["kwargs"]["condition"] = condition
    (folder / "rows.json").write_text(json.dumps(suite), encoding="utf-8")
    with pytest.raises(WrongDataFile, match=r"^rows\.json, rule BP-[0-9]{3}: ") as error:
        refuse_unknown_columns(folder)
    assert says in str(error.value)


def test_a_suite_that_is_no_json_is_named(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SUITES, tmp_path / "expectations"))
    (folder / "rows.json").write_text('{"expectations": [,]}', encoding="utf-8")
    with pytest.raises(WrongDataFile, match=r"^rows\.json is no JSON: .* line 1 column 19"):
        rules(folder)


def test_a_rule_with_a_detail_in_its_sentence_says_which() -> None:
    wordy = {
        code
        for code, rule in rules().items()
        if "{detail}" in rule.message_vi + rule.message_en + rule.fix_vi
    }
    assert wordy
    assert sorted(wordy - {code for code, rule in rules().items() if rule.detail}) == []


def test_no_rule_stands_twice() -> None:
    """One entry serves every form it is for."""
    written = [
        json.dumps([entry["kwargs"], entry["meta"]["code"], entry["meta"]["field"]])
        for name in suite_names()
        if not name.endswith("_rows")
        for entry in suite_entries(name)
    ]
    rows = json.loads((SUITES / "rows.json").read_text(encoding="utf-8"))["expectations"]
    written += [
        json.dumps([entry["kwargs"], entry["meta"]["code"], entry["meta"]["field"]])
        for entry in rows
    ]
    assert len(written) == len(set(written)) > 100


def test_every_rule_says_all_that_a_person_needs() -> None:
    for code, rule in rules().items():
        assert re.fullmatch(r"BP-\d{3}", code)
        assert rule.group in GROUPS
        assert rule.severity in SEVERITIES
        assert rule.scope in SCOPES
        for text in (
            rule.message_vi,
            rule.message_en,
            rule.fix_vi,
            rule.example_vi,
            rule.prevents,
            rule.owner,
            rule.source,
        ):
            assert text.strip(), code
        for text in (rule.message_vi, rule.message_en, rule.fix_vi):
            text.format(
                cell="C11",
                row=11,
                sheet="D05-TS",
                field=field_labels().get(rule.field or "", ""),
                detail="–",
            )
        if rule.scope == "across":
            assert rule.severity in ("warn", "hold_row"), code


def test_entries_of_one_code_say_the_same() -> None:
    said: dict[str, set[tuple[str, str, str]]] = {}
    for name in suite_names():
        for entry in suite_entries(name):
            assert entry["type"] == "expect_rows_to_satisfy"
            meta = entry["meta"]
            said.setdefault(meta["code"], set()).add(
                (meta["severity"], meta["message_vi"], meta["fix_vi"])
            )
    assert [code for code, ways in said.items() if len(ways) > 1] == []


@pytest.mark.parametrize("wrong_every", [0, 3])
def test_the_conditions_mean_the_same_in_sql(wrong_every: int) -> None:
    """Another engine's three-valued logic over the same frame fails the same rows, rule by rule."""
    frame, _ = rows_frame(files_of(400, wrong_every=wrong_every), "d05-ts")
    frame = pd.concat([frame, _odd_rows()], ignore_index=True)
    with duckdb.connect() as con:
        con.register("frame", arrow_of(frame))
        by_sql = con.execute(as_sql("d05_ts_rows")).fetchnumpy()
    entries = suite_entries("d05_ts_rows")
    expected = sorted(
        (int(at), entries[i]["meta"]["code"])
        for i in range(len(entries))
        for at in by_sql[f"r{i}"].nonzero()[0]
    )
    ours = sorted((at, rule.code) for rule, at in run_suite("d05_ts_rows", frame).failures)
    assert ours == expected
    assert len({code for _, code in ours}) > 10


def _odd_rows() -> pd.DataFrame:
    changes: tuple[dict[str, Any], ...] = (
        {}, {"income_vnd": None}, {"months": None}, {"from_month": None}, {"total_vnd": None}, {"participant_vnd": None},
        {"state_support_vnd": None}, {"section": None}, {"section": "II.1"}, {"support_group": None}, {"birth_date": None},
        {"problems": {"total_vnd": "uncached"}}, {"problems": {"full_name": "missing"}}, {"commune_code": "12145"},
        {"income_vnd": 1, "months": 13}, {"telephone": None}, {"telephone": "0000000000"}, {"citizen_number": "x"},
        {"from_month": JUNE_2019 - 3}, {"income_vnd": 10**15, "months": 10**15},
    )  # fmt: skip
    odd = [
        row(11 + i, bhxh_number=f"33{i:08d}", receipt_number=f"BL{i}", **wrong)
        for i, wrong in enumerate(changes)
    ]
    frame, _ = rows_frame([file_of(*odd)], "d05-ts")
    return frame
