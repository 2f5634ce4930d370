"""Programs that lose one row, or one đồng, somewhere between cell and mart: each is stopped before
publishing, and the file is named."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import duckdb
import pytest

from core.data_folder import DataFolder
from ingestion import nightly
from ingestion.arrival.landing import read_arrivals
from ingestion.warehouse import load
from publishing.as_of import built
from publishing.build_results import read_results
from tests.support.disturbed import one_dong_less
from tests.support.evening import take_in
from tests.support.inboxes import bring
from tests.support.snapshot import with_models

pytestmark = pytest.mark.slow
KNOWN_ON = date(2017, 6, 30)
GUARDS = (
    "nothing_lost",
    "every_row_in_one_file",
    "rows_in_force_are_placed",
    "payments_give_cover",
    "money_is_loaded_as_read",
)
GUARD_OF_KPIS = "money_is_that_of_the_rows"
Change = Callable[[pytest.MonkeyPatch, str], None]


@pytest.fixture(scope="module")
def inbox(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an opening and two sheets that wait in landing."""
    data = tmp_path_factory.mktemp("mutants")
    bring(sample, data, "office/2017-05/danh-muc.xlsx", "office/2017-05/danh-sach-dau-ky.xlsx")
    bring(sample, data, "2017-06/D05-TS_DL001_06-2017.xlsx", "2017-06/D05-TS_201706_DL003.xlsx")
    nightly.land(DataFolder(data))
    return data


@pytest.fixture
def data(inbox: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(inbox, tmp_path / "data"))


@pytest.fixture(scope="module")
def target(inbox: Path) -> str:
    """The file that each mutant loses something of."""
    (found,) = [
        a.sha256 for a in read_arrivals(DataFolder(inbox), KNOWN_ON) if a.agent_code == "DL001"
    ]
    return found


def blocked(
    first_night: Path, data: Path, changes: dict[str, str] | None = None, *, kpis: bool = False
) -> tuple[set[str], set[str]]:
    """(tests that fail, files that they name) on this warehouse, with the models' SQL changed as
    said: model -> query over its own `{sql}`."""
    places = with_models(first_night, DataFolder(data).warehouse, KNOWN_ON)
    with duckdb.connect(str(places.as_of)) as con:
        for model, query in (changes or {}).items():
            (sql,) = con.execute(
                "select sql from ops.compiled_models where model = ?", [model]
            ).fetchall()[0]
            con.execute(
                "update ops.compiled_models set sql = ? where model = ?",
                [query.format(sql=sql), model],
            )
    guards = {*GUARDS, GUARD_OF_KPIS} if kpis else {*GUARDS}
    queries = {
        node.name: str(node.sql)
        for node in read_results(DataFolder(first_night).build_results)
        if node.name in guards
    }
    assert set(queries) == guards
    failed, files = set(), set()
    with built(
        places,
        ["fct_submissions", "int_payments__bounded", *(["kpi_by_commune"] if kpis else [])],
        [KNOWN_ON],
        KNOWN_ON,
    ) as con:
        for name, query in queries.items():
            found = con.execute(query)
            place = [column[0] for column in found.description].index("file_id")
            if rows := found.fetchall():
                failed.add(name)
                files |= {row[place] for row in rows}
    return failed, files


def test_nothing_is_blocked_without_a_mutant(first_night: Path, data: Path) -> None:
    take_in(DataFolder(data), KNOWN_ON)
    assert blocked(first_night, data, kpis=True) == (set(), set())


def _wrapped(module: Any, name: str, after: Callable[[Any, str], Any]) -> Change:
    """Whatever `module.name` gives goes through `after`; for a file, only when it is the target."""

    def change(patch: pytest.MonkeyPatch, target: str) -> None:
        original = getattr(module, name)
        patch.setattr(
            module, name, lambda *given, **named: after(original(*given, **named), target)
        )

    return change


def _parsed(what: Callable[[list[Any]], Any]) -> Change:
    def after(outcomes: Any, target: str) -> Any:
        for parsed in outcomes:
            if parsed.sha256 == target:
                what(parsed.rows)
            yield parsed

    return _wrapped(nightly, "parse_files", after)


def _recorded(what: Callable[[dict[str, list[dict[str, Any]]]], Any]) -> Change:
    def after(tables: Any, target: str) -> Any:
        if any(record["sha256"] == target for record in tables["raw.submissions"]):
            what(tables)
        return tables

    return _wrapped(nightly, "records", after)


def _last(rows: list[Any]) -> int:
    """The place of the last row of data of a parsed sheet."""
    return max(number for number, row in enumerate(rows) if row.is_data)


def _less(row: Any) -> None:
    row.amount_vnd -= 1


def _accepted(tables: dict[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return next(
        row
        for row in tables["raw.sheet_rows"]
        if row["fate"] == "accepted" and row["participant_vnd"]
    )


def _less_in(name: str) -> Callable[[dict[str, list[dict[str, Any]]]], None]:
    def what(tables: dict[str, list[dict[str, Any]]]) -> None:
        _accepted(tables)[name] -= 1

    return what


def _drop_record(tables: dict[str, list[dict[str, Any]]]) -> None:
    tables["raw.sheet_rows"].remove(_accepted(tables))


def _drop_file(tables: dict[str, list[dict[str, Any]]]) -> None:
    for rows in tables.values():
        rows.clear()


def _money_misread(patch: pytest.MonkeyPatch, target: str) -> None:
    patch.setattr(nightly, "parse_files", partial(nightly.parse_files, understand=one_dong_less))


def _inserted(select: str) -> Change:
    """The rows are put into the warehouse by this query in place of the right one."""

    class Mutant:
        def __init__(self, connection: duckdb.DuckDBPyConnection, target: str) -> None:
            self.connection, self.target = connection, target

        def execute(self, query: str, *given: Any) -> Any:
            if query.startswith("INSERT INTO raw.sheet_rows"):
                query = query.replace("SELECT * FROM arriving", select.format(target=self.target))
            return self.connection.execute(query, *given)

        def register(self, *given: Any) -> Any:
            return self.connection.register(*given)

    def change(patch: pytest.MonkeyPatch, target: str) -> None:
        original = load.open_warehouse

        @contextmanager
        def mutant(*given: Any, **named: Any) -> Iterator[Any]:
            with original(*given, **named) as connection:
                yield Mutant(connection, target)

        patch.setattr(load, "open_warehouse", mutant)

    return change


LAST = "(select max(row_id) from arriving where sha256 = '{target}' and fate = 'accepted')"
IN_PYTHON: dict[str, Change] = {
    "parse: the last row": _parsed(lambda rows: rows.pop(_last(rows))),
    "parse: one đồng": _parsed(lambda rows: _less(rows[_last(rows)])),
    "parse: a subtotal": _parsed(
        lambda rows: rows.pop(next(n for n, row in enumerate(rows) if not row.is_data))
    ),
    "normalise: one đồng of every amount": _money_misread,
    "judge: a file": _wrapped(
        nightly,
        "judge_apart",
        lambda judged, target: (
            [j for j in judged[0] if j.file.parsed.sha256 != target],
            judged[1],
        ),
    ),
    "records: a row": _recorded(_drop_record),
    "records: a file": _recorded(_drop_file),
    "records: one đồng": _recorded(_less_in("amount_vnd")),
    "records: one đồng of a participant": _recorded(_less_in("participant_vnd")),
    "records: one đồng of the state": _recorded(_less_in("state_support_vnd")),
    "load: a row": _inserted(f"SELECT * FROM arriving WHERE row_id <> {LAST}"),
    "load: one đồng": _inserted(
        f"SELECT * REPLACE (amount_vnd - if(row_id = {LAST}, 1, 0) AS amount_vnd) FROM arriving"
    ),
    "load: one đồng of a participant": _inserted(
        f"SELECT * REPLACE (participant_vnd - if(row_id = {LAST}, 1, 0) AS participant_vnd) FROM arriving"
    ),
}


@pytest.mark.parametrize("change", IN_PYTHON.values(), ids=IN_PYTHON.keys())
def test_what_ingestion_loses_is_named(
    first_night: Path, data: Path, target: str, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    change(monkeypatch, target)
    stopped = ""
    try:
        take_in(DataFolder(data), KNOWN_ON)
    except RuntimeError as exc:
        stopped = str(exc)
    if stopped:  # the load is red, so nothing is built or published
        assert target[:12] in stopped
        assert load.loaded_files(DataFolder(data).warehouse) == {}
        return
    failed, files = blocked(first_night, data)
    assert failed
    assert target[:12] in files


ONE = "row_id = (select max(row_id) from ({sql}) where sha256 = '{target}' and {what})"
WITHOUT = "select * from ({{sql}}) where not " + ONE.replace("{sql}", "{{sql}}")
LESS = (
    "select * replace (cast({column} - case when "
    + ONE.replace("{sql}", "{{sql}}")
    + " then 1 else 0 end as bigint) as {column}) from ({{sql}})"
)
COMMUNE = "select * replace (cast({column} - case when commune_key like '12142%' then 1 else 0 end as bigint) as {column}) from ({{sql}})"
IN_SQL = {
    "staging: a row": ("stg_intake__sheet_rows", WITHOUT, "fate_in_file = 'accepted'", ""),
    "staging: one đồng": (
        "stg_intake__sheet_rows",
        LESS,
        "fate_in_file = 'accepted'",
        "amount_vnd",
    ),
    "staging: one đồng of a participant": (
        "stg_intake__sheet_rows",
        LESS,
        "fate_in_file = 'accepted'",
        "participant_vnd",
    ),
    "staging: a file": (
        "stg_intake__submissions",
        "select * from ({{sql}}) where sha256 <> '{target}'",
        "",
        "",
    ),
    "fates: a row": ("int_rows__fates", WITHOUT, "fate = 'accepted'", ""),
    "fates: one đồng": ("int_rows__fates", LESS, "fate = 'accepted'", "amount_vnd"),
    "fates: one đồng of the state": (
        "int_rows__fates",
        LESS,
        "fate = 'accepted'",
        "state_support_vnd",
    ),
    "placed: a row": ("int_rows__placed", WITHOUT, "true", ""),
    "placed: one đồng of a participant": ("int_rows__placed", LESS, "true", "participant_vnd"),
    "cover: a payment": (
        "int_payments__bounded",
        "select * from ({{sql}}) where row_id <> (select max(row_id) from ({{sql}}) where row_id like '{target}%')",
        "",
        "",
    ),
    "submissions: a row": (
        "fct_submissions",
        "select * replace (rows_accepted - case when file_id = substring('{target}', 1, 12) then 1 else 0 end as rows_accepted) from ({{sql}})",
        "",
        "",
    ),
    "money of communes: one đồng": ("int_communes__measured", COMMUNE, "", "contributions_vnd"),
    "kpi: one đồng of the state": ("kpi_by_commune", COMMUNE, "", "state_support_vnd"),
}


@pytest.fixture(scope="module")
def taken_in(inbox: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = Path(shutil.copytree(inbox, tmp_path_factory.mktemp("taken-in") / "data"))
    take_in(DataFolder(data), KNOWN_ON)
    return data


@pytest.mark.parametrize(("model", "query", "what", "column"), IN_SQL.values(), ids=IN_SQL.keys())
def test_what_the_models_lose_is_named(
    first_night: Path, taken_in: Path, target: str, model: str, query: str, what: str, column: str
) -> None:
    failed, files = blocked(
        first_night,
        taken_in,
        {model: query.format(target=target, what=what, column=column)},
        kpis=model in ("int_communes__measured", "kpi_by_commune"),
    )
    assert failed
    assert target[:12] in files
