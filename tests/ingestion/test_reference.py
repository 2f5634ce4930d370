"""What the office's lists may say, and who may bring them."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow.parquet as pq
import pytest

from baophu.intake import check, submit
from core.data_folder import DataFolder
from ingestion import nightly
from ingestion.arrival.landing import Landing
from ingestion.forms.reference import Register
from ingestion.model import Arrival, ParsedFile
from ingestion.rules import placing
from ingestion.rules import versions as version_module
from ingestion.rules.reference_lists import Tables
from ingestion.rules.validate import judge
from ingestion.rules.versions import prepare, reference_versions
from ingestion.warehouse.load import open_warehouse
from samples.workbooks import REFERENCE_LABELS
from tests.support.office_lists import DAY, cell_of, places, workbook

WRONG: list[tuple[str, int, str, Any, str | None]] = [
    ("dai_ly", 1, "commune_code", "99999", "BP-806"),
    ("dai_ly", 1, "commune_code", "12337", "BP-806"),  # a commune of another district
    ("dai_ly", 1, "commune_code", "#REF!", "BP-806"),
    ("can_bo", 0, "commune_code", "99999", "BP-806"),
    ("thon", 0, "commune_code", "1214", "BP-806"),
    ("dan_so", 0, "commune_code", "99999", "BP-806"),
    ("chi_tieu", 1, "holder_code", "99999", "BP-806"),
    ("dai_ly", 1, "valid_from", date(2026, 1, 1), "BP-807"),  # 12145 was merged in July 2025
    ("dai_ly", 0, "system_code", "HT2", "BP-808"),
    ("dai_ly", 0, "valid_to", date(2016, 12, 31), "BP-809"),
    ("can_bo", 0, "valid_to", date(2016, 12, 31), "BP-809"),
    ("dan_so", 0, "working_age_population", 90_000, "BP-810"),
    ("dan_so", 1, "compulsory_participants", 8001, "BP-810"),
    ("chi_tieu", 1, "period", "0000", "BP-803"),  # no year of a calendar
    ("chi_tieu", 1, "people", 5301, "BP-811"),
    ("chi_tieu", 0, "holder_code", "330", "BP-812"),
    ("so_chinh_thuc", 0, "district_code", "330", "BP-812"),
    ("dai_ly", 0, "village_code", "T9", "BP-813"),
    ("dai_ly", 0, "association_code", "HPN-12142", "BP-813"),
    ("dai_ly", 0, "agent_code", "dl001 \xa0", None),
    ("dai_ly", 0, "system_code", " ht1", None),
    ("dai_ly", 1, "agent_code", "dl001", "BP-804"),  # the same code, once the case is left out
]


def told(
    data: Path, content: bytes, *, office: bool = True, name: str = "danh-muc.xlsx"
) -> dict[str, Any]:
    """What `check` says of one file."""
    path = data / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_bytes(content)
    (said,) = check(DataFolder(data / "none"), [path], None, office=office)
    return said


def test_what_cannot_stand_is_told_at_its_cell(tmp_path: Path) -> None:
    """All in one call: a call costs a second."""
    folder, expected = tmp_path / "box", {}
    folder.mkdir()
    for number, (sheet, row, name, value, code) in enumerate(WRONG):
        columns = list(REFERENCE_LABELS[sheet].values())

        def change(
            lists: dict[str, list[list[Any]]],
            at: tuple[Any, ...] = (sheet, row, columns.index(name), value),
        ) -> None:
            lists[at[0]][at[1]][at[2]] = at[3]

        path = folder / f"{number:02d}.xlsx"
        path.write_bytes(workbook(change))
        shown = "commune_code" if code == "BP-807" else name
        expected[str(path)] = [(sheet, cell_of(sheet, row, shown), code)] if code else []
    (folder / "good.xlsx").write_bytes(workbook())
    expected[str(folder / "good.xlsx")] = []
    objects = check(DataFolder(tmp_path / "none"), [folder], None, office=True)
    found = {one["path"]: places(one) for one in objects}
    assert found == expected
    verdicts = {one["path"]: one["verdict"] for one in objects}
    assert {path for path, verdict in verdicts.items() if verdict == "accepted"} == {
        path for path, said in expected.items() if not said or said[0][2] == "BP-813"
    }


def test_a_target_is_compared_with_the_holder_s_last(tmp_path: Path) -> None:
    def add(*rows: list[Any]) -> bytes:
        return workbook(lambda lists: lists["chi_tieu"].extend(rows))

    year = date(2018, 1, 5)
    assert places(told(tmp_path, add(["2018", "district", "329", "stock", 600, year, None]))) == []
    assert places(told(tmp_path, add(["2018", "district", "329", "stock", 2, year, None]))) == [
        ("chi_tieu", "E5", "BP-811")
    ]
    # the first of its basis
    assert places(told(tmp_path, add(["2018", "district", "329", "net_new", 2, year, None]))) == []


@pytest.mark.parametrize("name", ["reference.xlsx", "bang-ke.xlsx"])
def test_the_office_s_forms_count_from_the_office_alone(tmp_path: Path, name: str) -> None:
    said = told(tmp_path, workbook(), office=False, name=name)
    assert (said["verdict"], places(said)) == ("rejected", [(None, None, "BP-805")])


def land(
    folder: DataFolder,
    content: bytes,
    day: int,
    *,
    channel: str = "office",
    name: str = "danh-muc.xlsx",
) -> Arrival:
    path = folder.root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    moment = datetime(2017, 5, day, 9, tzinfo=UTC)
    return Landing(folder).land(path, received_at=moment, agent_code=None, channel=channel).arrival


def test_a_wrong_version_is_refused_and_the_one_before_stays_in_force(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")

    def wrong(lists: dict[str, list[list[Any]]]) -> None:
        lists["dai_ly"][1][4] = "99999"

    def grown(lists: dict[str, list[list[Any]]]) -> None:
        del lists["dai_ly"][1]
        lists["dai_ly"][0][8] = date(2017, 12, 31)
        lists["dai_ly"].append(
            ["DL003", "Đại lý ba", "HT1", "Nhà văn hóa", "12145", None, None, DAY, None]
        )

    arrivals = [
        land(folder, workbook(), 1),
        land(folder, workbook(wrong), 2),
        land(folder, workbook(grown), 3),
    ]
    forged = land(
        folder,
        workbook(lambda lists: lists["he_thong"].append(["HT9", "Giả"])),
        4,
        channel="folder",
    )
    versions = reference_versions(folder, [*arrivals, forged])
    assert [(v.arrival.sha256, v.register is not None) for v in versions] == [
        (a.sha256, sound) for a, sound in zip(arrivals, (True, False, True), strict=True)
    ]
    newest = versions[-1].judgement
    assert newest.file.previous is versions[0].judgement.file.parsed
    assert [(f.code, f.detail) for f in newest.findings] == [("BP-814", "DL002")]
    (path,) = (p for p in folder.landing.rglob(f"{arrivals[2].sha256}.xlsx"))
    (told_of,) = submit(
        folder, [path], None, arrivals[2].received_at + timedelta(days=1), office=True
    )
    said = {(c["sheet"], c["change"], c["key"]) for c in told_of["changes"]}
    assert said == {
        ("dai_ly", "ended", "DL001 2017-01-01"),
        ("dai_ly", "removed", "DL002 2017-01-01"),
        ("dai_ly", "added", "DL003 2017-01-01"),
    }


def test_a_version_on_which_our_code_fails_leaves_the_one_before_in_force(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DataFolder(tmp_path / "data")
    arrivals = [
        land(folder, workbook(), 1),
        land(folder, workbook(lambda lists: lists["he_thong"].append(["HT9", "Mới"])), 2),
    ]
    mark, right = "HT9", placing.mark_problems

    def failing(parsed: ParsedFile, previous: Tables | None) -> None:
        right(parsed, previous)
        assert all(row.values.get("system_code") != mark for row in parsed.rows)

    monkeypatch.setattr(placing, "mark_problems", failing)
    assert [v.arrival.sha256 for v in reference_versions(folder, arrivals)] == [arrivals[0].sha256]
    mark = "none"
    assert len(reference_versions(folder, arrivals)) == 2


def test_no_side_file_makes_a_sender_the_office(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    side = tmp_path / "data" / "danh-muc.xlsx.json"
    side.parent.mkdir()
    side.write_text(
        json.dumps(
            {"channel": "office", "role": "office", "received_at": "2017-05-01T09:00:00+07:00"}
        ),
        encoding="utf-8",
    )
    forged = land(folder, workbook(), 1, channel="folder")
    assert (forged.is_from_office, forged.channel) == (False, "folder")
    side.unlink()
    assert land(folder, workbook(), 2).is_from_office


def test_a_receipt_of_before_roles_is_the_office_s_where_it_names_no_agent(tmp_path: Path) -> None:
    from ingestion.arrival.landed import _is_from_office

    assert _is_from_office({"agent_code": None})
    assert not _is_from_office({"agent_code": "DL001"})
    assert not _is_from_office({"agent_code": None, "role": "sender"})


def test_the_roster_s_places_and_agents_are_those_of_the_register(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    versions = reference_versions(folder, [land(folder, workbook(), 1)])
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
    book = openpyxl.Workbook()
    book.active.title = "Danh sách"
    book.active.append(fields)
    for number, (commune, agent) in enumerate(
        [("12142", "DL001"), ("99999", "DL001"), ("12337", "dl002 "), ("12145", "DL777")]
    ):
        book.active.append(
            [
                f"330001000{number}",
                f"Trần Thị Mẫu {number}",
                "01/01/1980",
                commune,
                agent,
                "01/2017",
                "12/2017",
                12,
                "other",
            ]
        )
    out = io.BytesIO()
    book.save(out)
    arrival = land(folder, out.getvalue(), 2, name="dau-ky.xlsx")
    (judgement,) = judge(prepare([(folder.landing / arrival.bytes_path, arrival)], versions))
    assert [(f.cell, f.code) for f in judgement.findings] == [
        ("D3", "BP-711"),
        ("D4", "BP-711"),
        ("E5", "BP-712"),
    ]
    assert judgement.fates == ["accepted", "rejected", "rejected", "accepted"]
    sent = land(folder, out.getvalue(), 3, channel="folder", name="dau-ky-2.xlsx")
    (of_a_sender,) = judge(prepare([(folder.landing / sent.bytes_path, sent)], versions))
    assert of_a_sender.verdict == "held"
    assert "BP-710" in {f.code for f in of_a_sender.findings}


def test_a_version_that_was_accepted_stays_in_force_whatever_rules_have_come_since(
    tmp_path: Path,
) -> None:
    folder = DataFolder(tmp_path / "data")

    def wrong_by_now(lists: dict[str, list[list[Any]]]) -> None:
        lists["dan_so"][0][3] = 90_000

    arrivals = [land(folder, workbook(), 1), land(folder, workbook(wrong_by_now), 2)]
    night, newest = arrivals[1].night, arrivals[1].sha256
    assert nightly.plan(folder, night)
    assert newest[:12] in nightly.refused_references(folder, night)[0]
    # the snapshot of an earlier program, which had accepted it; the warehouse is built anew
    with open_warehouse(folder.warehouse) as con:
        con.execute("insert into raw.ref_versions (reference_sha256) values (?)", [newest])
    folder.warehouse.rename(folder.warehouse.with_name("asof.duckdb"))
    (chunk,) = nightly.plan(folder, night)
    assert nightly.refused_references(folder, night) == []
    nightly.judge_chunk(folder, night, chunk)
    nightly.load_night(folder, night)
    with open_warehouse(folder.warehouse) as con:
        assert (newest,) in con.execute("select reference_sha256 from raw.ref_versions").fetchall()
        assert con.execute(
            "select verdict from raw.submissions where sha256 = ?", [newest]
        ).fetchall() == [("accepted",)]
        assert con.execute(
            "select code, severity from ops.findings where sha256 = ?", [newest]
        ).fetchall() == [("BP-810", "warn")]


def test_the_commune_of_an_agent_is_that_of_the_month() -> None:
    def agent(code: str, commune: str, start: date, end: date | None) -> dict[str, Any]:
        return {"agent_code": code, "commune_code": commune, "valid_from": start, "valid_to": end}

    register = Register(
        "r",
        (
            agent("A", "11", date(2019, 1, 1), date(2019, 5, 31)),
            agent("A", "22", date(2019, 6, 1), None),
            agent("B", "33", date(2019, 1, 1), date(2019, 6, 10)),
            agent("B", "44", date(2019, 6, 11), None),
        ),
    )
    ends = {5: date(2019, 5, 31), 6: date(2019, 6, 30), 7: date(2019, 7, 31)}
    assert [register.commune_of("A", end) for end in ends.values()] == ["11", "22", "22"]
    assert register.commune_of("B", ends[6]) is None, "in June it has two"
    assert register.commune_of("B", ends[7]) == "44"
    assert register.commune_of("C", ends[6]) is None
    assert register.commune_of("A", date(2018, 12, 31)) is None


def test_versions_are_judged_once_a_night_and_chunks_read_what_the_plan_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, night = DataFolder(tmp_path / "data"), date(2017, 5, 31)

    def wrong(lists: dict[str, list[list[Any]]]) -> None:
        lists["dai_ly"][1][4] = "99999"

    changed = workbook(
        lambda lists: lists["dai_ly"].append(
            ["DL003", "Đại lý ba", "HT1", "Nhà văn hóa", "12145", None, None, DAY, None]
        )
    )
    arrivals = [
        land(folder, workbook(), 1),
        land(folder, workbook(wrong), 2),
        land(folder, changed, 3),
    ]
    (chunk,) = nightly.plan(folder, night)
    work = folder.work(night.isoformat(), "direct")
    plan = json.loads((work / "plan.json").read_text(encoding="utf-8"))
    assert plan["sound_references"] == [arrivals[0].sha256, arrivals[2].sha256]

    def rows_of_the_chunk() -> dict[str, list[dict[str, Any]]]:
        nightly.judge_chunk(folder, night, chunk)
        return {
            path.name: pq.read_table(path).to_pylist() for path in work.glob(f"{chunk}.*.parquet")
        }

    with monkeypatch.context() as patched:
        for module in (nightly, version_module):
            patched.setattr(module, "reference_versions", None)
        kept = rows_of_the_chunk()
        register = version_module.newest_register(version_module.planned_versions(folder, work))
    judged = reference_versions(folder, arrivals)
    assert register == judged[2].register
    assert register is not None
    assert judged[2].register is not None
    assert (register.agents, register.villages) == (
        judged[2].register.agents,
        judged[2].register.villages,
    )
    del plan["sound_references"]  # a plan of before they were kept
    (work / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    assert rows_of_the_chunk() == kept
    assert kept[f"{chunk}.ops.reference_changes.parquet"], (
        "the new version is compared with the one before it"
    )
