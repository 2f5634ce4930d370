"""Every figure of a KPI table against the lines behind it, many figures in one question."""

from __future__ import annotations

from datetime import date

from core.data_folder import DataFolder
from publishing.trace import HOLDERS, evidence, figures
from publishing.trace.standing import standing


def differing(
    places: DataFolder, on: date, known_on: date | None = None
) -> tuple[int, list[tuple[str, str, str, int, int]]]:
    """How many figures of the day were compared, and those that their lines do not add up to:
    (holder, code, figure, in the table, added)."""
    compared, wrong = 0, []
    with standing(places, figures.KPI_TABLES, on, known_on) as (con, day, _):
        for holder in HOLDERS:
            of_holders = figures._all_figures(con, holder, on)
            for kpi, how in evidence.how_traced().items():
                if how.parts is not None or kpi not in figures._columns(con, holder):
                    continue
                added: dict[tuple[str, str | None], dict[str, int]] = {}
                for code, row in of_holders.items():
                    if row[kpi] is None:
                        continue
                    period = row.get("target_period") if how.stated else None
                    if (kpi, period) not in added:
                        sql = (
                            evidence.stated(how.stated, holder, day, period)
                            if how.stated
                            else evidence.evidence_of(kpi, how, holder, day)
                        )
                        added[kpi, period] = dict(
                            con.execute(
                                f"select holder_code, sum(counts) from ({sql}) group by holder_code"
                            ).fetchall()
                        )
                    compared += 1
                    found = added[kpi, period].get(code, 0)
                    if found != row[kpi]:
                        wrong.append((holder, code, kpi, row[kpi], found))
    return compared, wrong
