"""Who must renew soon, by name: a list for one officer or one agent, read from the private
snapshot. Nothing of it is published."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core.data_folder import DataFolder
from core.errors import OfficeFault
from core.vietnamese import alphabetical
from publishing.as_of import built, last_night

SOON, LATER = 30, 60
"""Days ahead that the list marks, and looks (int_renewals__awaited)."""

_MODELS = (
    "int_renewals__awaited",
    "int_rows__fates",
    "int_communes__epochs",
    "int_reference__officers",
    "int_reference__newest",
    "int_agents__register",
    "int_agents__expected",
    "stg_reference__villages",
)

_PEOPLE = """
with of_the_reader as (
    select * from intermediate.int_renewals__awaited
    where case $reader
        when 'agent' then agent_code = $code
        else commune_key in (select commune_key from intermediate.int_reference__officers where officer_code = $code)
    end
),
said as (
    -- what the newest sheet that says it says of a person: not every form has a date of birth
    select
        sheet_rows.bhxh_number,
        arg_max(sheet_rows.full_name, (sheet_rows.received_at, sheet_rows.row_id)) filter (sheet_rows.full_name is not null) as full_name,
        arg_max(sheet_rows.birth_date, (sheet_rows.received_at, sheet_rows.row_id)) filter (sheet_rows.birth_date is not null) as birth_date,
        arg_max(sheet_rows.telephone, (sheet_rows.received_at, sheet_rows.row_id)) filter (sheet_rows.telephone is not null) as telephone
    from raw.sheet_rows as sheet_rows
    inner join intermediate.int_rows__fates as fates on fates.row_id = sheet_rows.row_id and fates.fate = 'accepted'
    where sheet_rows.bhxh_number in (select bhxh_number from of_the_reader)
    group by sheet_rows.bhxh_number
),
villages as (
    select village_code, max(village_name) as village_name
    from staging.stg_reference__villages
    inner join intermediate.int_reference__newest using (reference_sha256)
    where valid_from <= $on and (valid_to is null or valid_to >= $on)
    group by village_code
)
select
    said.full_name,
    of_the_reader.bhxh_number,
    said.birth_date,
    concat_ws(', ', villages.village_name, register.collection_point) as collection_point,
    epochs.commune_name,
    concat_ws(' ', of_the_reader.agent_code, register.agent_name) as agent,
    coalesce(of_the_reader.method_name, of_the_reader.months_paid || ' tháng') as method,
    of_the_reader.has_term,
    of_the_reader.due_on,
    of_the_reader.payable_until,
    payments.participant_vnd as last_paid_vnd,
    coalesce(expected.has_reported, true) as agent_has_reported,
    said.telephone,
    case when of_the_reader.has_term then of_the_reader.months_paid end as months,
    payments.income_vnd,
    payments.support_group,
    case when payments.months > 0 then payments.state_support_vnd / payments.months end as support_per_month_vnd
from of_the_reader
inner join raw.sheet_rows as payments on payments.row_id = of_the_reader.row_id
left join said on said.bhxh_number = of_the_reader.bhxh_number
left join intermediate.int_communes__epochs as epochs on epochs.commune_key = of_the_reader.commune_key
left join intermediate.int_agents__register as register
    on register.agent_code = of_the_reader.agent_code and register.applies_from <= $on and register.applies_until > $on
left join villages on villages.village_code = register.village_code
left join intermediate.int_agents__expected as expected on expected.agent_code = of_the_reader.agent_code
"""

_READERS = {
    "officer": """
        select max(officers.officer_name), coalesce(string_agg(distinct epochs.commune_name, ', ' order by epochs.commune_name), '–')
        from intermediate.int_reference__officers as officers
        left join intermediate.int_communes__epochs as epochs on epochs.commune_key = officers.commune_key
        where officers.officer_code = $code and $on is not null
        having count(*) > 0
    """,
    "agent": """
        select coalesce(register.agent_name, ''), coalesce(epochs.commune_name, '–')
        from intermediate.int_agents__register as register
        left join intermediate.int_communes__epochs as epochs on epochs.commune_key = register.commune_key
        where register.agent_code = $code and register.applies_from <= $on and register.applies_until > $on
    """,
}


class DueRefused(OfficeFault):
    """A list was asked for that cannot be made, or for a place where it must not lie."""


@dataclass(frozen=True, repr=False)
class DuePerson:
    """A person to be called. `due_on`: first day of the first month not paid; `payable_until`: last
    day of the method's legal term, or of that month.

    Says nothing of itself in a log or a traceback.
    """

    full_name: str | None
    bhxh_number: str
    birth_date: date | None
    collection_point: str
    commune_name: str | None
    agent: str
    method: str
    has_term: bool
    due_on: date
    payable_until: date
    last_paid_vnd: int | None
    agent_has_reported: bool
    telephone: str | None = None
    months: int | None = None
    """Of the last payment, where a method gives so many."""
    income_vnd: int | None = None
    support_group: str | None = None
    """As the last payment says it; None where it does not."""
    support_per_month_vnd: float | None = None


@dataclass(frozen=True, repr=False)
class DueList:
    """The list for one reader ('officer' or 'agent', by code), on a day, as known on a day; people
    by due day, commune and name."""

    reader: str
    code: str
    name: str
    communes: str
    on: date
    known_on: date
    people: tuple[DuePerson, ...]

    def days_left(self, person: DuePerson) -> int:
        """Days from the list's day to the due day; 0 on it, negative after it."""
        return (person.due_on - self.on).days

    def within(self, first: int | None, last: int) -> int:
        """How many people have `first` to `last` days left; `first` None: from the earliest."""
        return sum(
            (first is None or first <= days) and days <= last
            for days in map(self.days_left, self.people)
        )


def read_due(
    data: Path, reader: str, code: str, on: date | None = None, known_on: date | None = None
) -> DueList:
    """Who must renew within 60 days after `on`, or has come due and may still pay; without those
    reported as left.

    `reader` is 'officer' (the people of their communes on that day) or 'agent' (the people whose
    last cover that agent collected). Days default as for the KPI table: to the last night that ran.
    Raises DueRefused for a code that is not in the register on that day, AsOfRefused for days that
    cannot be answered, NothingPublished before the first night.
    """
    places = DataFolder(data)
    wanted_known_on = known_on or last_night(places)
    wanted_on = on or wanted_known_on
    with built(places, _MODELS, [wanted_on], wanted_known_on) as con:
        known = con.execute(_READERS[reader], {"code": code, "on": wanted_on}).fetchall()
        if not known:
            raise DueRefused(
                f"no {reader} has the code {code!r} on {wanted_on}, as known on {wanted_known_on}"
            )
        found = con.execute(_PEOPLE, {"reader": reader, "code": code, "on": wanted_on}).fetchall()
    people = sorted(
        (DuePerson(*row) for row in found),
        key=lambda p: (
            p.due_on,
            alphabetical(p.commune_name or ""),
            _by_given_name(p),
            p.bhxh_number,
        ),
    )
    return DueList(
        reader, code, known[0][0], known[0][1], wanted_on, wanted_known_on, tuple(people)
    )


def _by_given_name(person: DuePerson) -> tuple[Any, ...]:
    """As lists of people are kept in Vietnam: by the last word of the name, then by the words
    before it."""
    words = (person.full_name or "").split()
    return (alphabetical(" ".join(words[-1:])), alphabetical(" ".join(words[:-1])))
