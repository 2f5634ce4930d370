"""The figures of the other tables, and the lines that add up to them: renewals and cohorts by
method of payment, what became of the rows of a file, and what a rule found.

A figure of `fct_participation_by_commune_month` is that of `kpi_by_commune` on the month's last
day; one of `fct_targets` or `fct_control_totals` is that of its holder on the day that it names.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from core.data_folder import DataFolder
from publishing.trace.evidence import REPORT_MONTH, lines_of
from publishing.trace.figures import whole_hash
from publishing.trace.people import Day, of_method
from publishing.trace.standing import Asked, Trace, TraceRefused, answer, standing

_FATES = ("accepted", "rejected", "held", "duplicate", "superseded", "not_data")
_COHORT_MONTHS = (3, 6, 12, 24)

FACTS: dict[str, tuple[str, tuple[str, ...]]] = {
    **dict.fromkeys(
        ("renewals_due", "renewals_made", "payments_begun", "payments_late"),
        ("fct_renewals", ("method",)),
    ),
    **dict.fromkeys(
        ("people", *(f"covered_after_{n}_months" for n in _COHORT_MONTHS)),
        ("fct_cohorts", ("method",)),
    ),
    **dict.fromkeys(
        ("files_concerned", "rows_concerned", "rows_open"), ("fct_rejections", ("rule", "agent"))
    ),
    **{f"rows_{fate}": ("fct_submissions", ("file",)) for fate in _FATES},
    **{f"amount_{fate}_vnd": ("fct_submissions", ("file",)) for fate in _FATES},
}
"""Code of a figure -> its table, and what names the row of the table beside the day."""


def trace_fact(
    data: Path,
    kpi: str,
    named: Mapping[str, str],
    on: date | None = None,
    known_on: date | None = None,
) -> Trace:
    """A figure of one of these tables, and what it rests on. `named`: what FACTS asks for.

    `on` is a day of the month that is meant, for a table by month; of a cohort, of its first month.
    Raises TraceRefused for a row that the table does not have; AsOfRefused and NothingPublished as
    `trace` does.
    """
    table, keys = FACTS[kpi]
    if set(named) != set(keys):
        raise TraceRefused(f"{kpi} of {table} needs --{' and --'.join(keys)}")
    with standing(DataFolder(data), [table], on, known_on) as (con, day, known):
        if "file" in named:
            named = {"file": whole_hash(con, named["file"])}
        code = " ".join(named[key] for key in keys)
        found = con.execute(
            f"select {kpi} from marts.{table} where {_row(table, day)} limit 1", [code]
        ).fetchall()
        if not found:
            raise TraceRefused(f"{table} has no row for {code} on {day.on}")
        value = found[0][0]
        lines = None if value is None else lines_of(con, _evidence(kpi, table, day), code)
        return answer(con, Asked(table, kpi, day.on, known, keys[0], code), value, lines)


def _row(table: str, day: Day) -> str:
    """Which row of the table is meant, beside its `?`. Bytes that came twice have two rows in
    fct_submissions: the first is the one that was judged."""
    return {
        "fct_renewals": f"month = {day.month_start} and method = ?",
        "fct_cohorts": f"first_month = {day.month_start} and method = ?",
        "fct_rejections": f"""
            reporting_date = date '{day.on}' and rule_code || ' ' || coalesce(agent_code, '-') = ?
        """,
        "fct_submissions": "starts_with(?, file_id) order by received_at, arrival_id",
    }[table]


def _evidence(kpi: str, table: str, day: Day) -> str:
    """SQL: a line for each row that the figure counts; columns as `evidence_of` has them."""
    if table == "fct_submissions":
        return _of_files(kpi)
    if table == "fct_rejections":
        return _of_rules(kpi, day)
    if kpi.startswith("payments_"):
        return _begun(kpi, day)
    return _of_people(kpi, day)


def _method(months_paid: str, day: Day) -> str:
    """The method of payment that gives so many months, in the month of the day."""
    return f"coalesce({of_method('method', months_paid, day.month_start)}, 'other')"


def _of_people(kpi: str, day: Day) -> str:
    """Renewals by the method of the payment that ended; the newcomers of a month by that of their
    first, and those of them who are covered so many months later."""
    month, covered = day.month, day.month
    place, paid = "previous_place_number", "previous_months_paid"
    if kpi == "renewals_due":
        who, covered = "is_payment_over and change <> 'left'", month - 1
    elif kpi == "renewals_made":
        who, covered = "is_payment_over and change in ('continued', 'moved')", month - 1
    else:
        who, place, paid = "change = 'new'", "place_number", "months_paid"
        if kpi != "people":
            covered = month + int(kpi.removeprefix("covered_after_").removesuffix("_months"))
    return f"""
        select
            1 as counts, arg_max(payments.row_id, payments.precedence) as row_id,
            split_part(arg_max(payments.row_id, payments.precedence), ':', 1) as file,
            places.agent_code, epochs.commune_code, cast(null as date) as night,
            cast(null as varchar) as sheet, cast(null as varchar) as key,
            {_method(f"changes.{paid}", day)} as holder_code
        from changes
        inner join intermediate.int_places__numbered as places
            on places.place_number = changes.{place}
        inner join intermediate.int_communes__epochs as epochs
            on epochs.commune_key = places.commune_key
        inner join payments
            on payments.person_number = changes.person_number
            and payments.from_month <= {covered} and payments.until_month > {covered}
        where changes.month = {month} and {who}
        group by changes.person_number, places.agent_code, epochs.commune_code, changes.{paid}
    """


def _begun(kpi: str, day: Day) -> str:
    """Payments that begin in the month; those whose sheet came after the method's term."""
    months = of_method("due_within_months", "begun.months_paid", day.month_start)
    term_ends = f"{day.month_start} + to_months({months}) - interval 1 day"
    late = f"cast(begun.received_at + interval 7 hour as date) > {term_ends}"
    return f"""
        select
            1 as counts, begun.row_id, split_part(begun.row_id, ':', 1) as file,
            cast(null as varchar) as agent_code, epochs.commune_code, begun.night,
            cast(null as varchar) as sheet, cast(null as varchar) as key,
            {_method("begun.months_paid", day)} as holder_code
        from intermediate.int_payments__bounded as begun
        inner join intermediate.int_communes__epochs as epochs
            on epochs.commune_key = begun.commune_key
        where begun.from_month = {day.month} and begun.form like 'd05-ts/%'
            and {late if kpi == "payments_late" else "true"}
    """


def _of_files(kpi: str) -> str:
    fate = kpi.removeprefix("rows_").removeprefix("amount_").removesuffix("_vnd")
    return f"""
        select
            {"amount_vnd" if kpi.startswith("amount_") else "1"} as counts, row_id, sha256 as file,
            agent_code, commune_code, night, cast(null as varchar) as sheet,
            cast(null as varchar) as key, sha256 as holder_code
        from intermediate.int_rows__fates where fate = '{fate}'
    """


def _of_rules(kpi: str, day: Day) -> str:
    """Rows, or files, in which a rule found something graver than a warning: each once, whatever
    the number of its cells."""
    what = "findings.sha256" if kpi == "files_concerned" else "findings.row_id"
    open_rows = """
        and findings.row_id in (
            select row_id from intermediate.int_rows__resolved where is_open
        )
    """
    return f"""
        select distinct
            1 as counts,
            {"cast(null as varchar)" if kpi == "files_concerned" else "findings.row_id"} as row_id,
            findings.sha256 as file, files.agent_code, cast(null as varchar) as commune_code,
            files.night, cast(null as varchar) as sheet, cast(null as varchar) as key,
            findings.rule_code || ' ' || coalesce(files.agent_code, '-') as holder_code
        from staging.stg_ops__findings as findings
        inner join staging.stg_intake__submissions as files
            on files.sha256 = findings.sha256 and files.verdict <> 'duplicate'
            and {REPORT_MONTH} = {day.month}
        where findings.severity <> 'warn' and {what} is not null
            {open_rows if kpi == "rows_open" else ""}
    """
