"""What a figure counts, as SQL: a line for each row of a sheet, agent, village or line of the
office's workbook, for every holder of a kind at once."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import duckdb
from pydantic import BaseModel, ConfigDict, model_validator

from core.yaml_file import read_yaml
from publishing.trace.people import SETS, Day, month_start
from publishing.trace.standing import Line

_OF_COMMUNES = ("district", "commune", "officer")


def month_of(day: str) -> str:
    """SQL: the month of a day or an instant."""
    return f"(year({day}) * 12 + month({day}))"


REPORT_MONTH = f"coalesce(files.head_month, {month_of('(files.received_at + interval 7 hour)')})"
"""SQL: the month that a file of `stg_intake__submissions as files` reports on."""


class How(BaseModel):
    """How a figure is traced, as figures.yml has it: one of these."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    people: str | None = None
    money: Literal["participant_vnd", "state_support_vnd"] | None = None
    rows: Literal["released"] | None = None
    agents: Literal["true", "has_reported", "is_on_time"] | None = None
    stated: str | None = None
    villages: Literal["true", "is_without_participants"] | None = None
    parts: tuple[str, ...] | None = None

    @model_validator(mode="after")
    def _is_one(self) -> How:
        if len(self.model_fields_set) != 1 or (self.people and self.people not in SETS):
            raise ValueError("a figure is traced in one way, and a set of people is in SETS")
        return self


@cache
def how_traced() -> dict[str, How]:
    """Code of a figure -> how it is traced."""
    found = read_yaml(Path(__file__).with_name("figures.yml"))
    return {code: How.model_validate(how) for code, how in found.items()}


def lines_of(con: duckdb.DuckDBPyConnection, evidence: str, code: str) -> tuple[Line, ...]:
    """The lines of one holder. `evidence`: SQL as `evidence_of` makes it."""
    found = con.execute(
        f"""
        with decisions as (
            select sha256, row_id, arg_max(decision, decision_number) as decision
            from intermediate.int_rows__decisions group by sha256, row_id
        )
        select
            evidence.counts, evidence.file[:12], coalesce(evidence.sheet, sheet_rows.sheet),
            sheet_rows.row_number, sheet_rows.section,
            coalesce(evidence.agent_code, sheet_rows.agent_code), evidence.commune_code,
            coalesce(evidence.night, sheet_rows.night), fates.fate,
            coalesce(of_row.decision, of_file.decision), evidence.key, evidence.row_id
        from ({evidence}) as evidence
        left join raw.sheet_rows as sheet_rows on sheet_rows.row_id = evidence.row_id
        left join intermediate.int_rows__fates as fates on fates.row_id = evidence.row_id
        left join decisions as of_row on of_row.row_id = evidence.row_id
        left join decisions as of_file
            on of_file.sha256 = sheet_rows.sha256 and of_file.row_id is null
        where evidence.holder_code = ?
        order by evidence.file, sheet_rows.sheet_index, sheet_rows.row_number, evidence.key
        """,
        [code],
    ).fetchall()
    return tuple(Line(*row) for row in found)


def stated_lines(
    con: duckdb.DuckDBPyConnection,
    measure: str,
    holder: str,
    code: str,
    day: Day,
    period: str | None,
) -> tuple[Line, ...]:
    """The lines of the office's workbook behind a figure of one holder."""
    found = con.execute(
        f"""
        select told.counts, newest.reference_sha256[:12], told.sheet, told.key,
            told.commune_code
        from ({stated(measure, holder, day, period)}) as told
        cross join intermediate.int_reference__newest as newest
        where told.holder_code = ? order by told.key
        """,
        [code],
    ).fetchall()
    return tuple(
        Line(counts, file, sheet, key=key, commune_code=commune_code)
        for counts, file, sheet, key, commune_code in found
    )


def evidence_of(kpi: str, how: How, holder: str, day: Day) -> str:
    """SQL: a line for each row or agent that the figure counts, for every holder of the kind.

    Columns: counts, file, row_id, agent_code, commune_code, night, sheet, key, holder_code, who
    (the person, row, agent or village that is counted: private).
    """
    if how.people:
        return _credited(_people(how.people, day), kpi, holder, day)
    if how.money or how.rows:
        return _credited(_rows(how, day), kpi, holder, day)
    if how.agents:
        return _agents(how.agents, holder, day)
    assert how.villages is not None
    return _of_communes(_villages(how.villages, day), kpi, holder, day)


def _people(name: str, day: Day) -> str:
    """Each person of a set, with the row of the payment that speaks for them."""
    return f"""
        select
            1 as counts,
            people.row_id,
            split_part(people.row_id, ':', 1) as file,
            places_on_day.agent_code,
            places_on_day.commune_key,
            people.credit_month,
            cast(null as date) as night,
            cast(null as varchar) as sheet,
            cast(null as varchar) as key,
            cast(people.person_number as varchar) as who
        from (
            select
                counted.person_number, counted.place_number, counted.covered_month,
                counted.credit_month, arg_max(payments.row_id, payments.precedence) as row_id
            from ({SETS[name](day)}) as counted
            inner join payments
                on payments.person_number = counted.person_number
                and payments.from_month <= counted.covered_month
                and payments.until_month > counted.covered_month
            group by all
        ) as people
        inner join places_on_day on places_on_day.place_number = people.place_number
    """


def _rows(how: How, day: Day) -> str:
    """Rows that are added or counted, in the month of the day."""
    if how.money:
        counts = f"case when section like 'II.%' then -1 else 1 end * coalesce({how.money}, 0)"
        where = f"report_month = {day.month} and form like 'd05-ts/%'"
    else:
        counts = "1"
        where = f"""
            is_released and (
                report_month = {day.month}
                or (
                    section = 'I.1' and from_month <= {day.month}
                    and from_month + months > {day.month}
                )
            )
        """
    return f"""
        select
            {counts} as counts, row_id, sha256 as file, agent_code,
            communes_on_day.then_commune_key as commune_key, {day.month} as credit_month,
            night, cast(null as varchar) as sheet, cast(null as varchar) as key, row_id as who
        from intermediate.int_rows__placed as placed
        left join communes_on_day on communes_on_day.commune_key = placed.commune_key
        where {where}
    """


def _credited(select: str, kpi: str, holder: str, day: Day) -> str:
    """What is behind a figure, by holder: through communes, or through the agent and the register's
    row of the agent."""
    if holder in _OF_COMMUNES:
        return _of_communes(select, kpi, holder, day)
    credited = f"select *, agent_code as holder_code from ({select})"
    if holder != "agent":
        credited = f"""
            select evidence.*, register.{holder}_code as holder_code
            from (
                select *, case
                    when credit_month is null then date '{day.on}'
                    when credit_month = {month_of("last_day.day")} then last_day.day
                    else last_day({month_start("credit_month")})
                end as register_day
                from ({select}), last_day
            ) as evidence
            inner join register
                on register.agent_code = evidence.agent_code
                and evidence.register_day >= register.applies_from
                and evidence.register_day < register.applies_until
        """
    return f"""
        select credited.*, communes.commune_code
        from ({credited}) as credited
        left join intermediate.int_communes__measured as communes
            on communes.commune_key = credited.commune_key
            and communes.reporting_date = date '{day.on}'
    """


def _of_communes(select: str, kpi: str, holder: str, day: Day) -> str:
    """By commune, its district or its officer. A commune of which the figure is not known adds
    nothing to the figure of a district."""
    members = {
        "commune": "select commune_key, commune_code as holder_code from measured",
        "district": "select commune_key, district_code as holder_code from measured",
        "officer": f"""
            select commune_key, officer_code as holder_code
            from intermediate.int_reference__officers where reporting_date = date '{day.on}'
        """,
    }[holder]
    return f"""
        with measured as (
            from intermediate.int_communes__measured where reporting_date = date '{day.on}'
        ),
        members as ({members})
        select evidence.*, members.holder_code, measured.commune_code
        from ({select}) as evidence
        inner join measured on measured.commune_key = evidence.commune_key
        inner join members on members.commune_key = evidence.commune_key
        where measured.{kpi} is not null
    """


def _agents(which: str, holder: str, day: Day) -> str:
    """The agents that are counted. One that reported has its files of the month behind it: the
    first carries the count."""
    holder_code = {
        "commune": "agents.commune_code",
        "district": "agents.district_code",
        "officer": "officers.officer_code",
        "agent": "agents.agent_code",
        "system": "agents.system_code",
        "association": "agents.association_code",
    }[holder]
    condition = {
        "true": "agents.agents_expected = 1",
        "has_reported": "agents.agents_reported = 1",
        "is_on_time": "agents.agents_on_time = 1",
    }[which]
    officers = (
        f"""
        inner join intermediate.int_reference__officers as officers
            on officers.commune_key = agents.commune_key
            and officers.reporting_date = date '{day.on}'
        """
        if holder == "officer"
        else ""
    )
    file = (
        "(select reference_sha256 from intermediate.int_reference__newest)"
        if which == "true"
        else f"""(
            select arg_min(sha256, (verdict = 'rejected', received_at, sha256)) from staging.stg_intake__submissions as files
            where files.agent_code = agents.agent_code
                and {REPORT_MONTH} = {day.month}
                and files.night = agents.first_reported_on
                and files.verdict <> 'duplicate'
        )"""
    )
    return f"""
        select
            1 as counts, cast(null as varchar) as row_id, {file} as file, agents.agent_code,
            agents.commune_code, cast(null as date) as night,
            {"'dai_ly'" if which == "true" else "cast(null as varchar)"} as sheet,
            agents.agent_key as key, {holder_code} as holder_code, agents.agent_code as who
        from intermediate.int_agents__measured as agents
        {officers}
        where agents.reporting_date = date '{day.on}' and {condition} and {holder_code} is not null
    """


def _villages(which: str, day: Day) -> str:
    """The office's villages; of those without a participant, no agent's collection point lies in
    one and has people."""
    people = f"({_people('covered_or_due', day)})"
    without = f"""
        not exists (
            select 1 from {people} as people
            inner join register
                on register.agent_code = people.agent_code
                and register.applies_from <= date '{day.on}'
                and register.applies_until > date '{day.on}'
            where register.village_code = villages.village_code
        )
    """
    return f"""
        select
            1 as counts, cast(null as varchar) as row_id, villages.reference_sha256 as file,
            cast(null as varchar) as agent_code,
            communes_on_day.then_commune_key as commune_key,
            cast(null as integer) as credit_month, cast(null as date) as night,
            'thon' as sheet, villages.village_code as key, villages.village_code as who
        from staging.stg_reference__villages as villages
        inner join intermediate.int_reference__newest using (reference_sha256)
        inner join intermediate.int_communes__epochs as epochs
            on epochs.commune_code = villages.commune_code
            and villages.valid_from >= epochs.applies_from
            and villages.valid_from < epochs.applies_until
        inner join communes_on_day on communes_on_day.commune_key = epochs.commune_key
        where villages.valid_from <= date '{day.on}'
            and coalesce(villages.valid_to, date '9999-12-31') >= date '{day.on}'
            and {without if which == "is_without_participants" else "true"}
    """


def stated(measure: str, holder: str, day: Day, period: str | None) -> str:
    """Lines of the office's own workbook. A target of a district comes before the sum of those of
    its communes; `period` is the one that the KPI table names."""
    if measure == "officers":
        return f"""
            select 1 as counts, 'can_bo' as sheet, officer_code || ' ' || commune_key as key,
                officer_code as holder_code, cast(null as varchar) as commune_code
            from intermediate.int_reference__officers where reporting_date = date '{day.on}'
        """
    if measure not in ("target", "year_target"):
        return _of_communes(_of_every_commune(measure, "dan_so", day), measure, holder, day)
    kind = "year" if measure == "year_target" or str(period).isdigit() else "half"
    own = f"""
        select people as counts, 'chi_tieu' as sheet, target_period || ' ' || holder_code as key,
            holder_code, cast(null as varchar) as commune_code
        from intermediate.int_targets__on_reporting_dates
        where reporting_date = date '{day.on}' and holder_type = '{holder}'
            and period_kind = '{kind}'
    """
    if holder == "association":
        return own
    summed = _of_communes(
        _of_every_commune(f"{kind}_target", "chi_tieu", day), f"{kind}_target", holder, day
    )
    if holder != "district":
        return summed
    return f"""
        with own as ({own}), summed as ({summed})
        select * from own
        union all by name
        select counts, sheet, key, holder_code, commune_code from summed
        where holder_code not in (select holder_code from own)
    """


def _of_every_commune(measure: str, sheet: str, day: Day) -> str:
    return f"""
        select people as counts, '{sheet}' as sheet, '{measure} ' || commune_key as key, commune_key
        from intermediate.int_communes__carried_values
        where reporting_date = date '{day.on}' and measure = '{measure}' and people is not null
    """
