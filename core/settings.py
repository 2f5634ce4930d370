"""What an operator may set, and what makes sense: each is a variable of the environment, `BAOPHU_`
and the name in capitals.

docs/settings.md and `.env.example` are written from here by `make docs`. pydantic alone reads them:
Airflow has it loaded, while pydantic-settings would cost every command a fifth of a second.
"""

from __future__ import annotations

import os
from datetime import date
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from annotated_types import Ge, Le, MultipleOf
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from core.errors import OfficeFault

TIMEZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT_HOUR = 21
"""A night closes at this hour of the office."""
DIRECT = "direct"
"""The run of who calls the stages of a night without a scheduler."""
FILES_PER_CHUNK = 500
"""Workbooks judged in one go: its fixed price is spread, and a chunk that is lost is cheap to
repeat."""
_MONTH = 31 * 24 * 60


def _number(
    default: float, least: float, most: float, words: str, *, is_whole: bool = False
) -> Any:
    step = 1 if is_whole else None
    return Field(
        default, ge=least, le=most, multiple_of=step, allow_inf_nan=False, description=words
    )


def _text(words: str, default: str = "") -> Any:
    return Field(default, description=words)


class Limits(BaseModel):
    """What one file may cost."""

    model_config = ConfigDict(frozen=True)

    max_file_mib: float = _number(50, 0.001, 4096, "MiB of a file as received.")
    max_unpacked_mib: float = _number(
        256,
        0.001,
        65_536,
        "MiB of a workbook's parts, or of the members of a zip, as its table of contents says.",
    )
    max_cells: float = _number(
        5_000_000,
        1,
        1e9,
        "Cells of one sheet, blank ones within its corners included.",
        is_whole=True,
    )
    seconds_per_file: float = _number(
        20,
        0.01,
        3600,
        "Seconds after which a file is refused. The largest honest file (100,000 rows) takes 5.",
    )
    worker_mib: float = _number(1024, 64, 1 << 20, "MiB of address space of one worker process.")
    workers: float = _number(0, 0, 256, "Worker processes; 0: one per core.", is_whole=True)
    max_members: float = _number(200, 1, 100_000, "Files in one zip.", is_whole=True)
    settle_seconds: float = _number(
        1,
        0,
        3600,
        "A file of the inbox without a side file is let alone for so long after its last change.",
    )

    @classmethod
    def from_environment(cls) -> Self:
        """The settings of this process. Raises one OfficeFault that names all that make no
        sense."""
        given = {name: text for name in cls.model_fields if (text := text_setting(name))}
        try:
            return cls.model_validate(given)
        except ValidationError as exc:
            names = [str(error["loc"][0]) for error in exc.errors()]
            raise OfficeFault("; ".join(_refusal(name, given[name]) for name in names)) from None


class Settings(Limits):
    """Every setting. A night, a command and a DAG look at all of them before they do anything."""

    data: str = _text(
        "The data folder (inbox/, landing/, warehouse/, published/ ...); keep a copy of its landing/ elsewhere.",
        "./data",
    )
    engineer_mail: str = _text(
        "Addresses, separated by commas, that get one mail per fault; empty: none is sent."
    )
    office_mail: str = _text(
        "Addresses, separated by commas, that get one mail per publication: how the district stands, and what changed most."
    )
    published_url: str = _text(
        "Where the folder published/ is served, for the links of that mail; empty: paths of this machine."
    )
    agent_mail: str = _text(
        "1: each agent with an `email` in the reference workbook gets one mail a night,"
        " with the marked copies and receipts that lie in outbox/."
    )
    office_contact: str = _text("Whom a sender may ask, as receipts print it.")
    serve_to: str = _text(
        "postgresql://user@host/database: each night's publication is copied there for many readers; empty: nowhere."
        " Keep the password in PGPASSFILE, not here."
    )
    office_above: str = _text(
        "The office above, in the head of the monthly report.", "Bảo hiểm xã hội tỉnh Hưng Yên"
    )
    office_name: str = _text(
        "The office that reports; {district} stands for the name of the district, here and in the next.",
        "Bảo hiểm xã hội huyện {district}",
    )
    office_place: str = _text("Where the report is signed.", "{district}")
    report_number: str = _text("What follows the number of the report.", "BC-BHXH")
    report_signer_title: str = _text("The office of who signs the report.", "Giám đốc")
    report_signer: str = _text("The name of who signs the report; empty: written by hand.")
    report_recipients: str = _text(
        "Who gets the report, separated by semicolons.", "BHXH tỉnh; UBND huyện"
    )
    first_night: Annotated[date | None, BeforeValidator(date.fromisoformat)] = Field(
        None,
        description="Nights before this day (YYYY-MM-DD) are never started by the clock;"
        " empty: from the first 21:00 after the first start on.",
    )
    sealed_within_minutes: float = _number(
        60, 0, _MONTH, "Minutes after 21:00 by which a night is to be sealed: 22:00.", is_whole=True
    )
    published_within_minutes: float = _number(
        540,
        0,
        _MONTH,
        "Minutes after 21:00 by which a night is to be published: 06:00.",
        is_whole=True,
    )
    retry_minutes: float = _number(
        2, 0, 24 * 60, "Minutes between two tries after a fault of the machine."
    )
    task_minutes: float = _number(
        180, 0.1, _MONTH, "Minutes after which a task that does not end is ended."
    )
    status_deadline_day: float = _number(
        5,
        0,
        28,
        "Reports of a month are due until this day of the next one: until then `baophu status` shows the month before,"
        " and receipts name it (0: neither).",
        is_whole=True,
    )
    hold_file_share: float = _number(
        0.5, 0, 1, "Share of wrong rows above which a whole file waits (rule BP-030)."
    )
    not_judged_share: float = _number(
        0.2,
        0,
        1,
        "Share of a night's files, or of a commune's agents, on whose files our own code may fail before nothing is published.",
    )
    lang: str = _text("vi: the help of the command line in Vietnamese.")
    debug: str = _text("1: a bug of ours shows its whole traceback, values of sheets too.")
    env_file: str = _text("Another file in place of `.env`; set and empty: none.")
    port: str = _text("Docker only: the port of the host where Airflow's page is.", "8080")
    superset_port: str = _text("Docker only: the port of the host where Superset is.", "8088")
    url: str = _text(
        "Docker only: the address under which people reach that page.", "http://localhost:8080"
    )


def variable(name: str) -> str:
    """The variable of the environment that sets `name`, a field of `Settings`."""
    assert name in Settings.model_fields, name
    return f"BAOPHU_{name.upper()}"


def text_setting(name: str) -> str:
    """One setting as it stands, without a look at the others: for what must work though another
    makes no sense."""
    return os.environ.get(variable(name), "").strip()


def addresses_setting(name: str) -> list[str]:
    """The addresses of mail that one setting names, separated by commas."""
    return [address.strip() for address in text_setting(name).split(",") if address.strip()]


def allowed(name: str) -> str:
    """What a setting may be, in words: `a whole number from 0 to 28`; empty: any text."""
    field = Settings.model_fields[name]
    if name == "first_night":
        return "a date written YYYY-MM-DD"
    bounds: dict[type, Any] = {type(bound): bound for bound in field.metadata}
    if Ge not in bounds:
        return ""
    kind = "whole number" if MultipleOf in bounds else "number"
    return f"a {kind} from {bounds[Ge].ge:.12g} to {bounds[Le].le:.12g}"


def _refusal(name: str, given: str) -> str:
    return f"{variable(name)} is {given[:40]!r}; it must be {allowed(name)}"
