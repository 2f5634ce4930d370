"""What is known of files and rows when somebody is to decide about them: as published, else as
loaded, else as landed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date

import duckdb

from core.data_folder import DataFolder
from core.errors import MachineFault, OfficeFault, machine_faults
from ingestion.arrival.decisions import SENT_AGAIN_CODE
from ingestion.arrival.landing import read_arrivals
from publishing.as_of import built, last_night
from publishing.errors import NothingPublished
from publishing.store import read_warehouse

SHORTEST = 12
"""Letters of a hash that name a file or a decision."""
LACKS = {
    "section": ("không nằm trong mục nào của biểu", "it stands in no section"),
    "number": ("thiếu mã số BHXH", "it has no BHXH number"),
    "months": ("không rõ số tháng đóng hoặc tháng bắt đầu", "the months paid are not known"),
    "agent": ("đại lý không có trong danh mục", "the register does not know its agent"),
    "commune": (
        "mã xã không phải là xã của huyện ở tháng ấy",
        "its commune is no commune of the district at that time",
    ),
    "collection_point": (
        "xã của điểm thu không rõ ở tháng ấy",
        "the commune of its agent's collection point is not known at that time",
    ),
    "marts": (
        "chưa công bố đêm nào nên chưa thể xét",
        "no night is published yet, so it cannot be looked at",
    ),
}
"""Why nobody can count a row (`int_rows__uncountable.lacks`), in Vietnamese and English."""
_MODELS = (
    "fct_submissions",
    "int_rows__uncountable",
    "int_rows__resolved",
    "int_reference__officers",
)


@dataclass(frozen=True)
class Row:
    """A row of data of a file, with what has become of it."""

    row_id: str
    sheet: str
    number: int
    fate: str
    own_fate: str | None
    """Its fate once the hold of its file is lifted."""
    lacks: str | None
    """Why nobody can count it, whoever releases it: a key of LACKS."""
    resolved_by: str | None
    """The file that brought it right."""
    is_open: bool
    commune_code: str | None
    officers: Sequence[str]


@dataclass(frozen=True)
class File:
    """A file as the last night left it."""

    sha256: str
    form: str | None
    agent_code: str | None
    verdict: str
    night: date
    """Of its arrival; of bytes that came again after a withdrawal, of the last one that waits."""
    month: int | None
    """That it reports, year * 12 + month."""
    is_held_whole: bool = False
    """The file waits or is refused as one, not some rows of it."""
    is_closed: bool = False
    is_sent_again: bool = False
    """Its bytes came again after they were taken back, and wait."""
    is_loaded: bool = True
    """False: landed, and not judged by a night yet."""
    commune_code: str | None = None
    officers: Sequence[str] = ()
    receipt: str = ""
    """Of its first arrival, from the landing folder."""
    rows: tuple[Row, ...] = ()

    def waiting(self) -> list[Row]:
        """Its rows that a person can decide about."""
        return [row for row in self.rows if row.is_open]


@dataclass(frozen=True)
class Known:
    """What is known of all files after a night. `taken`: ids of the decisions that are in force in
    it already."""

    night: date
    files: tuple[File, ...]
    taken: frozenset[str]
    codes: dict[tuple[str, str | None], list[str]] = field(default_factory=dict)
    """(sha256, row or None for the file) -> the rules broken, warnings apart."""


def published_night(folder: DataFolder) -> date | None:
    """The last night published; None before the first."""
    try:
        return last_night(folder)
    except NothingPublished:
        return None


@contextmanager
def find_file(
    folder: DataFolder, name: str
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Known, File]]:
    """The one file of this name, with all that is known beside it, as published, else as loaded,
    else as landed.

    Raises OfficeFault when no file or more than one has it; MachineFault when it must be looked for
    in the warehouse and a night holds that.
    """
    if len(name) < SHORTEST:
        raise OfficeFault(f"a file is named by at least {SHORTEST} letters of its hash")
    if published_night(folder) is not None:
        with _published_files(folder, name) as (con, known):
            if file := _one(known, name):
                yield con, known, file
                return
    if folder.warehouse.exists():
        with _loaded_files(folder, name) as (con, known):
            if file := _one(known, name):
                yield con, known, file
                return
    landed = {
        arrival.sha256: arrival
        for arrival in read_arrivals(folder, date.max)
        if arrival.sha256.startswith(name)
    }
    files = tuple(
        File(a.sha256, None, a.agent_code, "landed", a.night, None, is_loaded=False)
        for a in landed.values()
    )
    known = Known(date.min, files, frozenset())
    if (file := _one(known, name)) is None:
        raise OfficeFault(f"no file that was received has a hash that begins with {name}")
    with duckdb.connect(":memory:") as con:
        yield con, known, file


def _one(known: Known, name: str) -> File | None:
    found = [file for file in known.files if file.sha256.startswith(name)]
    if len(found) > 1:
        raise OfficeFault(f"more than one file has a hash that begins with {name}")
    return found[0] if found else None


def newest(folder: DataFolder) -> tuple[Known, bool]:
    """All that is known, with nights that were loaded and not published; (known, whether a night at
    work kept that from being read)."""
    # the snapshot is written last of all in a night: an older one says that a later night was
    # loaded and not published
    is_behind = folder.warehouse.exists() and (
        not folder.as_of.exists() or folder.as_of.stat().st_mtime < folder.warehouse.stat().st_mtime
    )
    if is_behind:
        try:
            with _loaded_files(folder) as (_, known):
                return known, False
        except MachineFault:
            if not folder.as_of.exists():
                raise
    with _published_files(folder) as (_, known):
        return known, is_behind


@contextmanager
def _published_files(
    folder: DataFolder, name: str | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Known]]:
    night = last_night(folder)
    with built(folder, _MODELS, [night], night) as con:
        yield con, _known(con, night, name)


@contextmanager
def _loaded_files(
    folder: DataFolder, name: str | None = None
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Known]]:
    """As the warehouse has them. Before the first night is published there are no models to ask:
    then files as they were judged by themselves."""
    with machine_faults("read the warehouse"), read_warehouse(folder.warehouse) as con:
        night = con.execute("select max(night) from ops.nights").fetchall()[0][0]
        if night is None:
            yield con, Known(date.min, (), frozenset())
            return
        if published_night(folder) is None:
            yield con, Known(night, _files_as_judged(con), frozenset(), _codes(con))
            return
    with built(folder, _MODELS, [night], night, is_published=False) as con:
        yield con, _known(con, night, name)


def _known(con: duckdb.DuckDBPyConnection, night: date, name: str | None) -> Known:
    taken = con.execute(
        "select distinct decision_id from raw.decisions where night <= ?", [night]
    ).fetchall()
    return Known(
        night, _files(con, name), frozenset(str(decision) for (decision,) in taken), _codes(con)
    )


def _codes(con: duckdb.DuckDBPyConnection) -> dict[tuple[str, str | None], list[str]]:
    codes: dict[tuple[str, str | None], list[str]] = {}
    for sha256, row_id, code in con.execute(
        "select distinct sha256, row_id, code from ops.findings where severity <> 'warn' and code <> ? order by code",
        [SENT_AGAIN_CODE],
    ).fetchall():
        codes.setdefault((sha256, row_id), []).append(code)
    return codes


def _files(con: duckdb.DuckDBPyConnection, name: str | None) -> tuple[File, ...]:
    """Every file known, with the rows of those that have some held or rejected (and of the one
    named), their communes, and the officers who answer for these on the day of the models."""
    rows: dict[str, list[Row]] = {}
    for sha256, *of_row in con.execute(
        """
        with officers as (
            select epochs.commune_key, list(distinct named.officer_code) as codes
            from intermediate.int_communes__epochs as epochs
            join intermediate.int_communes__on_reporting_dates as on_dates using (commune_key)
            join intermediate.int_reference__officers as named on named.commune_key = on_dates.then_commune_key
            group by all
        ),
        known_on as (select max(known_on) as day from ops.reporting_dates)
        select fates.sha256, fates.row_id, loaded.sheet, loaded.row_number, fates.fate, loaded.own_fate, uncountable.lacks, cases.resolved_by,
            coalesce(cases.is_open, false), loaded.commune_code, coalesce(officers.codes, [])
        from intermediate.int_rows__fates as fates
        cross join known_on
        join raw.sheet_rows as loaded using (row_id)
        left join intermediate.int_rows__uncountable as uncountable using (row_id)
        left join intermediate.int_rows__resolved as cases using (row_id)
        left join intermediate.int_communes__epochs as epochs
            on epochs.commune_code = loaded.commune_code and known_on.day >= epochs.applies_from and known_on.day < epochs.applies_until
        left join officers on officers.commune_key = epochs.commune_key
        where fates.fate <> 'not_data'
            and (starts_with(fates.sha256, $name) or fates.sha256 in (select sha256 from intermediate.int_rows__fates where fate in ('held', 'rejected')))
        order by loaded.sha256, loaded.sheet_index, loaded.row_number
        """,
        {"name": name or "nothing"},
    ).fetchall():
        rows.setdefault(sha256, []).append(Row(*of_row))
    files = con.execute(
        """
        with officers as (
            select on_dates.commune_key, list(distinct named.officer_code) as codes
            from intermediate.int_communes__on_reporting_dates as on_dates
            join intermediate.int_reference__officers as named on named.commune_key = on_dates.then_commune_key
            group by all
        ),
        known_on as (select max(known_on) as day from ops.reporting_dates),
        sent_again as (
            select loaded.sha256, max(files.night) as night
            from marts.fct_submissions as files join raw.submissions as loaded using (arrival_id)
            where loaded.verdict = 'duplicate' and files.verdict = 'held'
            group by all
        )
        select loaded.sha256, loaded.form, loaded.agent_code, files.verdict, coalesce(sent_again.night, loaded.night),
            coalesce(loaded.head_month, year(loaded.received_at + interval 7 hour) * 12 + month(loaded.received_at + interval 7 hour))::integer,
            loaded.sha256 in (
                select sha256 from ops.findings where severity in ('hold_file', 'reject_file') and code <> $sent_again
                union all select sha256 from intermediate.int_rows__decisions where decision = 'hold'
            ) and loaded.sha256 not in (select sha256 from intermediate.int_rows__decisions where row_id is null and decision <> 'hold'),
            files.is_closed, sent_again.sha256 is not null, true, register.commune_code, coalesce(officers.codes, []),
            loaded.receipt
        from marts.fct_submissions as files
        cross join known_on
        join raw.submissions as loaded using (arrival_id)
        left join sent_again on sent_again.sha256 = loaded.sha256
        left join intermediate.int_agents__register as register
            on register.agent_code = loaded.agent_code and known_on.day >= register.applies_from and known_on.day < register.applies_until
        left join officers on officers.commune_key = register.commune_key
        where loaded.verdict <> 'duplicate'
        order by loaded.received_at, loaded.sha256
        """,
        {"sent_again": SENT_AGAIN_CODE},
    ).fetchall()
    return tuple(replace(File(*of_file), rows=tuple(rows.get(of_file[0], ()))) for of_file in files)


def _files_as_judged(con: duckdb.DuckDBPyConnection) -> tuple[File, ...]:
    rows: dict[str, list[Row]] = {}
    for sha256, *of_row in con.execute(
        """
        select sha256, row_id, sheet, row_number, fate, own_fate, 'marts', null, fate in ('held', 'rejected'), null, [] from raw.sheet_rows
        where fate <> 'not_data' order by sha256, sheet_index, row_number
        """
    ).fetchall():
        rows.setdefault(sha256, []).append(Row(*of_row))
    files = con.execute(
        """
        select sha256, form, agent_code, verdict, night, head_month,
            sha256 in (select sha256 from ops.findings where severity in ('hold_file', 'reject_file')), verdict = 'accepted',
            false, true, null, [], receipt
        from raw.submissions where verdict <> 'duplicate' order by received_at, sha256
        """
    ).fetchall()
    return tuple(replace(File(*of_file), rows=tuple(rows.get(of_file[0], ()))) for of_file in files)
