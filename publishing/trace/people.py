"""Who is counted by a figure of people: sets of persons in SQL, one person of a set counted once.

Each set gives `person_number`, `place_number` (where the person is counted), `covered_month` (the
month whose payment speaks for the person) and `credit_month` (the month by whose register row an
agent's association and system are credited; NULL: that of the reporting date). They read the
models of docs/definitions.md, "People", and are a second reading of them: the count of a set is
compared with the published figure whenever it is traced.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from core.clock import month_index


def month_start(month: str) -> str:
    """SQL: the first day of a month."""
    return f"make_date(({month} - 1) // 12, ({month} - 1) % 12 + 1, 1)"


def of_method(column: str, months_paid: str, start: str) -> str:
    """SQL: what `payment_terms` says of the method that gives so many months, in the month that
    begins with `start`; NULL where no method does."""
    return f"""(
        select terms.{column} from seeds.payment_terms as terms
        where terms.months_paid = {months_paid}
            and {start} between terms.valid_from and coalesce(terms.valid_to, date '9999-12-31')
    )"""


@dataclass(frozen=True)
class Day:
    """A reporting date, and the months that its figures speak of (`year * 12 + month`)."""

    on: date

    @property
    def month(self) -> int:
        return month_index(self.on.year, self.on.month)

    @property
    def month_start(self) -> str:
        """SQL: the first day of its month."""
        return f"date '{self.on.replace(day=1)}'"

    @property
    def is_month_end(self) -> bool:
        return self.on.day == monthrange(self.on.year, self.on.month)[1]

    @property
    def last_month_of_year_before(self) -> int:
        return month_index(self.on.year, 0)

    @property
    def year_before(self) -> Day:
        """The same day a year before: a month's last day maps to a month's last day."""
        year, month = self.on.year - 1, self.on.month
        last = monthrange(year, month)[1]
        return Day(date(year, month, last if self.is_month_end else min(self.on.day, last)))


def _covered(month: int) -> str:
    return f"""
        select
            person_number,
            arg_max(place_number, precedence) as place_number,
            {month} as covered_month,
            {month} as credit_month
        from payments
        where from_month <= {month} and until_month > {month}
        group by person_number
    """


def _stopped(months: str, kinds: tuple[str, ...], where: str = "true") -> str:
    """Who stopped in one of these months, from the place of the month before."""
    return f"""
        select person_number, previous_place_number as place_number,
            month - 1 as covered_month, month as credit_month
        from changes
        where {months} and change in ({", ".join(f"'{kind}'" for kind in kinds)}) and {where}
    """


def _began(months: str, kind: str) -> str:
    return f"""
        select person_number, place_number, month as covered_month, month as credit_month
        from changes
        where {months} and change = '{kind}'
    """


def _none() -> str:
    return f"{_covered(0)} limit 0"


def _covered_or_due(day: Day) -> str:
    """A month that is not over still counts who may renew in it."""
    return _covered(day.month) + ("" if day.is_month_end else f" union all {_due(day)}")


def _due(day: Day) -> str:
    return _none() if day.is_month_end else _stopped(f"month = {day.month}", ("not_renewed",))


def _lapsed(day: Day, where: str = "true") -> str:
    if not day.is_month_end:
        return _none()
    return _stopped(f"month = {day.month}", ("not_renewed",), where)


_IN_TERM = "{} > 1".format(
    of_method("due_within_months", "changes.previous_months_paid", month_start("changes.month"))
)


def _continuing(day: Day) -> str:
    return f"""
        select * from ({_covered(day.month)})
        where person_number not in (
            select person_number from changes
            where month = {day.month} and change in ('new', 'returned')
        )
    """


def _moved(day: Day, place: str, where: str = "true") -> str:
    """Between two communes as they are on the day: a commune that was merged has moved nobody."""
    covered = "month" if place == "place_number" else "month - 1"
    return f"""
        select changes.person_number, changes.{place} as place_number,
            {covered} as covered_month, month as credit_month
        from changes
        inner join places_on_day as before on before.place_number = changes.previous_place_number
        inner join places_on_day as after on after.place_number = changes.place_number
        where month = {day.month} and change = 'moved' and {where}
            and before.commune_key <> after.commune_key
    """


def _to_renew(day: Day, until: str) -> str:
    """The months in a row that hold the month of the day, or the last before it: who is not
    reported as left for their end, or between it and the day."""
    return f"""
        with ends as (
            select person_number, previous_place_number as place_number, month as until_month,
                lag(month) over (partition by person_number order by month) as earlier_end
            from changes
            where change in ('left', 'not_renewed')
        )
        select ends.person_number, ends.place_number,
            ends.until_month - 1 as covered_month, cast(null as integer) as credit_month
        from ends
        where {until}
            -- the last end before the day's month counts only where nothing covers that month
            and (
                ends.until_month > {day.month}
                or not exists (
                    select 1 from payments
                    where payments.person_number = ends.person_number
                        and payments.from_month <= {day.month}
                        and payments.until_month > ends.until_month
                )
            )
            and (
                ends.until_month <= {day.month}
                or exists (
                    select 1 from payments
                    where payments.person_number = ends.person_number
                        and payments.from_month <= {day.month}
                        and payments.until_month > {day.month}
                )
            )
            and coalesce(ends.earlier_end, 0) <= {day.month}
            and not exists (
                select 1 from people_left
                where people_left.person_number = ends.person_number
                    and people_left.month >= ends.until_month
                    and (people_left.month <= {day.month} or people_left.month = ends.until_month)
            )
    """


def _ends_within(day: Day, days: int) -> str:
    return f"""
        ends.until_month > {day.month}
        and {month_start("ends.until_month")} - 1
            <= date '{day.on}' + {days}
    """


def _renewals_of_year(day: Day, kinds: tuple[str, ...]) -> str:
    last = day.month if day.is_month_end else day.month - 1
    return f"""
        select person_number, previous_place_number as place_number,
            month - 1 as covered_month, month as credit_month
        from changes
        where is_payment_over and month > {day.last_month_of_year_before} and month <= {last}
            and change in ({", ".join(f"'{kind}'" for kind in kinds)})
    """


SETS: dict[str, Callable[[Day], str]] = {
    "covered_or_due": _covered_or_due,
    "due": _due,
    "covered_month_before": lambda day: _covered(day.month - 1),
    "covered_year_end_before": lambda day: _covered(day.last_month_of_year_before),
    "covered_year_before": lambda day: _covered_or_due(day.year_before),
    "new": lambda day: _began(f"month = {day.month}", "new"),
    "returned": lambda day: _began(f"month = {day.month}", "returned"),
    "continuing": _continuing,
    "lapsed": _lapsed,
    "lapsed_within_term": lambda day: _lapsed(day, _IN_TERM),
    "left": lambda day: _stopped(f"month = {day.month}", ("left",)),
    "moved_in": lambda day: _moved(day, "place_number"),
    "moved_in_by_address": lambda day: _moved(
        day, "place_number", "changes.place_basis = 'address'"
    ),
    "moved_out": lambda day: _moved(day, "previous_place_number"),
    "due_next_month": lambda day: _to_renew(day, f"ends.until_month = {day.month + 1}"),
    "due_in_30_days": lambda day: _to_renew(day, _ends_within(day, 30)),
    "due_in_60_days": lambda day: _to_renew(day, _ends_within(day, 60)),
    "overdue": lambda day: _to_renew(
        day, f"ends.until_month between {day.month - 2} and {day.month}"
    ),
    "new_this_year": lambda day: _began(
        f"month > {day.last_month_of_year_before} and month <= {day.month}", "new"
    ),
    "renewals_due_this_year": lambda day: _renewals_of_year(
        day, ("continued", "moved", "not_renewed", "new", "returned")
    ),
    "renewals_made_this_year": lambda day: _renewals_of_year(day, ("continued", "moved")),
}
"""Name of a set -> its SQL for a day."""
