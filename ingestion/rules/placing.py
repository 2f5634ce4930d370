"""Where the people of a file live: the address of a row, understood inside the district of its
agent, as things were in the month of the report."""

from __future__ import annotations

from functools import lru_cache

from core.data_folder import COMMUNES
from ingestion.forms.reference import Register
from ingestion.model import Arrival, ParsedFile
from ingestion.places.communes import CommuneBook, Place
from ingestion.rules.frames import FileToJudge, month_end
from ingestion.rules.reference_lists import mark_problems, mark_roster


def ready(
    arrival: Arrival,
    parsed: ParsedFile,
    register: Register | None,
    previous: ParsedFile | None = None,
) -> FileToJudge:
    """A parsed file with what is known of it from outside, its addresses understood: fields
    `commune_code`, `village_code`, and in doubt `commune_problem` with `commune_candidates`.
    Without a register, or for an agent whom it does not know, addresses wait. A version of the
    reference workbook is compared with `previous`, the one that was in force when it came."""
    file = FileToJudge(arrival, parsed, register)
    if file.kind == "reference":
        file.previous = previous
        mark_problems(parsed, previous.tables if previous else None)
        return file
    if file.kind == "roster" and register is not None:
        mark_roster(parsed, register.agents, month_end(file.report_month).replace(day=1))
        return file
    commune = file.agent_commune_code
    if (
        register is None
        or commune is None
        or not any("address" in table.columns for table in parsed.sheet_tables)
    ):
        return file
    book, day = _book(register), month_end(file.report_month)
    district = book.district_of(commune, day)
    for row in parsed.rows:
        address = row.values.get("address") if row.is_data else None
        if address is None or district is None:
            continue
        place: Place = book.resolve(address, district, day)
        row.values |= {
            "commune_code": place.commune_code,
            "village_code": place.village_code,
            "commune_problem": place.problem,
            "commune_candidates": tuple(f"{c.name} ({c.code})" for c in place.candidates) or None,
        }
    return file


@lru_cache(maxsize=32)
def _book(register: Register) -> CommuneBook:
    """One book for one version of the reference workbook."""
    return CommuneBook.read(COMMUNES, register.villages)
