"""The frame of rows that the rule book looks at: one column per field of `fields.yaml`, one
`<field>__problem` per field, and what follows from them.

Columns are Arrow's: typed, with NULL, so that a rule asked about a value that is not there answers
"unknown", as SQL does. A form that lacks a field leaves its column empty: rules about it do not
apply.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from core.clock import month_index
from core.settings import TIMEZONE
from ingestion.forms.fields import Stored, fields_for_rules
from ingestion.forms.normalise import text_key
from ingestion.model import SheetRow
from ingestion.rules.frames import FileToJudge, row_keys
from ingestion.rules.law import CLOCK, law

_FIRST_MONTH = month_index(2008, 1)  # voluntary social insurance begins: Law 71/2006/QH11
_SUPPORTS = ("state_support_vnd", "local_support_vnd", "other_support_vnd")
_UNREAD = ("unreadable", "uncached", "ambiguous")
Place = tuple[int, int]


def rows_frame(files: Sequence[FileToJudge], kind: str) -> tuple[pd.DataFrame, list[Place]]:
    """The data rows of all files of one kind, and for each the (file, row) it came from. Fills
    `keys` of the files."""
    places: list[Place] = []
    rows: list[SheetRow] = []
    of_file: list[dict[str, Any]] = []
    beside: dict[str, list[Any]] = {name: [] for name in _BESIDE}
    for number, file in enumerate(files):
        if file.kind != kind:
            continue
        file.keys = [row_keys(file, row) if row.is_data else None for row in file.parsed.rows]
        indices = [i for i, pair in enumerate(file.keys) if pair is not None]
        own = [file.parsed.rows[i] for i in indices]
        for name, said in _beside_each_other(
            own, [cast(tuple[str, str], file.keys[i]) for i in indices]
        ).items():
            beside[name] += said
        places += [(number, i) for i in indices]
        rows += own
        of_file += [_of_file(file)] * len(own)
    columns: dict[str, Any] = {}
    for field in fields_for_rules():
        name = field.field
        columns[name] = _column(field.stored_as, [row.values.get(name) for row in rows])
        columns[f"{name}__problem"] = _text([row.problems.get(name) for row in rows])
    columns["section"] = _text([row.section for row in rows])
    for name in ("section", "row"):
        columns[f"{name}__problem"] = _text([row.problems.get(name) for row in rows])
    columns["agent_commune_code"] = _text([known["agent_commune_code"] for known in of_file])
    columns |= {
        name: _whole([known[name] for known in of_file])
        for name in ("report_month", "head_month", "received_month", "received_on")
    }
    columns |= {name: pd.array(beside[name], dtype="boolean") for name in _BESIDE}
    frame = pd.DataFrame(columns)
    return in_arrow(pd.concat([frame, pd.DataFrame(_follows(frame, rows))], axis=1)), places


def in_arrow(frame: pd.DataFrame) -> pd.DataFrame:
    """The same frame with Arrow columns. What pandas mixes of its own and Arrow's NULLs, it answers
    wrongly or not at all."""
    return frame.convert_dtypes(infer_objects=False, convert_string=False, dtype_backend="pyarrow")


def _of_file(file: FileToJudge) -> dict[str, Any]:
    received = file.arrival.received_at.astimezone(TIMEZONE)
    return {
        "agent_commune_code": file.agent_commune_code,
        "report_month": file.report_month,
        "head_month": file.head_month,
        "received_month": file.received_month,
        "received_on": received.toordinal(),
    }


_BESIDE = ("has_conflict", "is_repeated", "has_two_names", "receipt_used_twice", "overlaps_in_file")


def _beside_each_other(
    rows: Sequence[SheetRow], keys: Sequence[tuple[str, str]]
) -> dict[str, list[bool]]:
    """What the rows of one file say of each other."""
    contents: dict[str, set[str]] = {}
    names: dict[str, set[str]] = {}
    receipts: dict[str, set[str]] = {}
    spans: dict[str, list[tuple[int, int]]] = {}
    for row, (key, content) in zip(rows, keys, strict=True):
        v = row.values
        number, receipt = v.get("bhxh_number"), v.get("receipt_number")
        contents.setdefault(key, set()).add(content)
        if number is not None and v.get("full_name") is not None:
            names.setdefault(number, set()).add(v["full_name"])
        if row.section == "I.1" and number is not None and receipt is not None:
            receipts.setdefault(receipt, set()).add(number)
        if (
            row.section == "I.1"
            and number is not None
            and v.get("from_month") is not None
            and v.get("months")
        ):
            spans.setdefault(number, []).append((v["from_month"], v["from_month"] + v["months"]))
    of_two = {
        number for number, of in names.items() if len(of) > 1 and len(set(map(text_key, of))) > 1
    }
    overlapping = {number: _overlapping(of) for number, of in spans.items() if len(of) > 1}
    found: dict[str, list[bool]] = {name: [] for name in _BESIDE}
    seen: Counter[tuple[str, str]] = Counter()
    for row, pair in zip(rows, keys, strict=True):
        v = row.values
        number, start = v.get("bhxh_number"), cast("int | None", v.get("from_month"))
        has_key = number is not None and start is not None
        span = (start, start + (v.get("months") or 0)) if start is not None else None
        found["has_conflict"].append(has_key and len(contents[pair[0]]) > 1)
        found["is_repeated"].append(has_key and seen[pair] > 0)
        found["has_two_names"].append(number in of_two)
        found["receipt_used_twice"].append(
            row.section == "I.1" and len(receipts.get(v.get("receipt_number") or "", ())) > 1
        )
        found["overlaps_in_file"].append(
            row.section == "I.1" and span in overlapping.get(number or "", ())
        )
        seen[pair] += 1
    return found


def _overlapping(spans: Sequence[tuple[int, int]]) -> set[tuple[int, int]]:
    """Those of one person's spans [start, end) that share a month with a span of another start."""
    starts = sorted({start for start, _ in spans})
    following = dict(zip(starts, [*starts[1:], None], strict=True))
    reached: dict[int, int] = {}  # start -> the end of all that begin earlier
    latest = -1
    ends = dict.fromkeys(starts, -1)
    for start, end in spans:
        ends[start] = max(ends[start], end)
    for start in starts:
        reached[start] = latest
        latest = max(latest, ends[start])
    return {
        (s, e) for s, e in spans if reached[s] > s or ((n := following[s]) is not None and n < e)
    }


def _follows(frame: pd.DataFrame, rows: Sequence[SheetRow]) -> dict[str, Any]:
    """What follows from the fields of a row and the law of its date."""
    start, months, paid_on = frame["from_month"], frame["months"], frame["paid_on"]
    paid_month = _whole(
        [
            None if (d := row.values.get("paid_on")) is None else month_index(d.year, d.month)
            for row in rows
        ]
    )
    paid = pd.Series(paid_month).fillna(frame["report_month"])
    rule_month = paid if CLOCK == "paid" else start.fillna(paid)
    parts_readable = ~np.logical_or.reduce(
        [_sure(frame[f"{name}__problem"].isin(_UNREAD)) for name in ("participant_vnd", *_SUPPORTS)]
    )
    support = sum(
        (frame[name].fillna(0) for name in _SUPPORTS),
        start=pd.Series(0, index=frame.index, dtype="Int64"),
    )
    parts = frame["participant_vnd"].fillna(0) + support
    birth = _whole(
        [
            None if (d := row.values.get("birth_date")) is None else month_index(d.year, d.month)
            for row in rows
        ]
    )
    followed: dict[str, Any] = {
        "row_section": frame["section"].where(
            _sure(frame["section"].isin(["I.1", "I.2", "II.1", "II.2"]))
        ),
        "rule_month": rule_month,
        "months_after_2008": start - _FIRST_MONTH,
        "months_ahead_of_receipt": start - frame["received_month"],
        "months_before_head": frame["head_month"] - start,
        "days_paid_after_receipt": paid_on - frame["received_on"],
        "total_less_parts_vnd": (frame["total_vnd"] - parts).where(parts_readable),
        "is_arrears": start < paid,
        "age_years": (start - birth) // 12,
        "birth_year": _whole(
            [None if (d := row.values.get("birth_date")) is None else d.year for row in rows]
        ),
        "citizen_birth_year": _whole(
            [_citizen_birth_year(row.values.get("citizen_number")) for row in rows]
        ),
        "commune_code_text": _text([row.values.get("commune_code") or "" for row in rows]),
        "months_or_zero": months.fillna(0),
        "is_round_million": frame["total_vnd"] % 1_000_000 == 0,
    }
    return followed | _by_law(frame, rule_month, parts)


def _by_law(
    frame: pd.DataFrame, rule_month: pd.Series[int], parts: pd.Series[int]
) -> dict[str, Any]:
    """What the law of the row's date says of its money."""
    rules = law()
    paid = _plain(rule_month)
    covered = np.where(frame["from_month"].isna(), paid, _plain(frame["from_month"]))
    months, income = frame["months"], frame["income_vnd"]
    by_paid, by_covered = (
        {
            code: rules.numbers_by_month(code, of)
            for code in ("income_floor", "base_salary", "income_cap_base_salaries")
        }
        for of in (paid, covered)
    )
    floor = np.fmin(by_paid["income_floor"], by_covered["income_floor"])
    cap = np.fmax(
        *(of["base_salary"] * of["income_cap_base_salaries"] for of in (by_paid, by_covered))
    )
    rate = pd.Series(rules.numbers_by_month("contribution_rate", paid), dtype="Float64")
    due = (rate * income * months).round()  # floats: a mistyped amount must not overflow
    group = frame["support_group"]
    per_month = {
        name: pd.Series(_known(rules.support_by_month(name, paid))) for name in rules.groups
    }
    of_group = pd.Series(pd.NA, index=frame.index, dtype="Int64")
    is_of_a_group = pd.Series(False, index=frame.index, dtype="boolean")
    for name, amount in per_month.items():
        of_group = of_group.mask(_sure(group == name), amount)
        is_of_a_group |= (amount * months.astype("Float64") == frame["state_support_vnd"]).fillna(
            False
        )
    return {
        "income_floor_vnd": _known(floor),
        "income_cap_vnd": _known(cap),
        "income_off_step_vnd": (income - pd.Series(_known(floor)))
        % pd.Series(_known(rules.numbers_by_month("income_step", paid))),
        "minimum_age_years": _known(rules.numbers_by_month("minimum_age", covered)),
        "tolerance_vnd": _known(rules.numbers_by_month("amount_tolerance", paid)),
        "due_vnd": due,
        "prepaid_lowest_share": pd.Series(
            rules.numbers_by_month("prepaid_lowest_share", paid), dtype="Float64"
        ),
        "paid_less_due_vnd": parts - due,
        "support_less_due_vnd": frame["state_support_vnd"] - of_group * months.astype("Float64"),
        "support_is_of_a_group": is_of_a_group.where(
            frame["state_support_vnd"].notna() & months.notna()
        ),
    }


def _citizen_birth_year(number: str | None) -> int | None:
    """The birth year that a 12-digit citizen number states: century and sex in its fourth digit,
    the year in the next two."""
    if number is None or len(number) != 12 or not (number.isascii() and number.isdigit()):
        return None
    return 1900 + int(number[3]) // 2 * 100 + int(number[4:6])


def _column(stored_as: Stored, values: Sequence[Any]) -> Any:
    """A field's values; a date as a count of days, so that rules can subtract."""
    if stored_as == "DATE":
        return _whole([None if value is None else value.toordinal() for value in values])
    if stored_as == "VARCHAR":
        return _text(values)
    return _rate(values) if stored_as == "DOUBLE" else _whole(values)


def _text(values: Sequence[str | None]) -> Any:
    return pd.arrays.ArrowExtensionArray(pa.array(values, pa.string()))


def _whole(values: Sequence[int | None]) -> Any:
    known = pa.array(values, pa.int64())
    return pd.arrays.IntegerArray(
        known.fill_null(0).to_numpy(zero_copy_only=False),
        known.is_null().to_numpy(zero_copy_only=False),
    )


def _rate(values: Sequence[float | None]) -> Any:
    known = pa.array(values, pa.float64())
    return pd.arrays.FloatingArray(
        known.fill_null(0).to_numpy(zero_copy_only=False),
        known.is_null().to_numpy(zero_copy_only=False),
    )


def _known(values: npt.NDArray[np.float64]) -> Any:
    """Whole numbers, NULL where the law says nothing."""
    unknown = np.isnan(values)
    return pd.arrays.IntegerArray(np.rint(np.where(unknown, 0, values)).astype(np.int64), unknown)


def _sure(truth: pd.Series[bool]) -> npt.NDArray[np.bool_]:
    """Where it is known to be true."""
    return truth.fillna(False).to_numpy(dtype=bool)


def _plain(values: pd.Series[int]) -> npt.NDArray[np.int64]:
    return np.asarray(values.fillna(0), dtype=np.int64)
