"""What every reader of a cell needs: what it returns, what it may know of its file, and the text of
a cell as people see it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from ingestion.vietnamese.spelling import LOOKALIKES, in_latin, with_new_tones

DateOrder = Literal["dmy", "mdy"]


@dataclass(frozen=True)
class Habits:
    """What is known of a cell before it is read."""

    date_order: DateOrder | None = None
    """The file's own convention for `6/7/2019`; None where it shows none, or both."""
    money_unit: int = 1
    """Đồng in one unit of the column: 1000 under a header that says `nghìn đồng`."""
    are_dates_turned: bool = False
    """Whether date cells of the file may have day and month in each other's place
    (`dates.are_dates_turned`)."""


class Reading(NamedTuple):
    """A cell understood."""

    value: Any
    problem: str | None = None
    """`missing` | `unreadable` | `ambiguous` | `shortened` | `citizen_number`, of a name `no_name`
    | `lost_letters` | `other_script`. The value is None in the first three, the text as it stands
    in the others; a name in another script is spelled in ours."""
    repair: str | None = None
    """Set where the value means something else than what the cell shows: `cleaned` (Đ for Ð),
    `thousands`, `date_order`, `two_digit_year`, `year_only`, `serial`, `number_as_text`,
    `time_zone`; beside them stand the repairs of `old_pages`, `tcvn3` and `vni`."""
    proposal: str | None = None
    """With `shortened` and `ambiguous`: what a person may have meant, to be shown to that person.
    """


UNKNOWN = Habits()
MISSING = Reading(None, "missing")
UNREADABLE = Reading(None, "unreadable")

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad"))
_LATIN_1 = "ÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝàáâãèéêìíòóôõùúý"
_BEYOND = "ĂăĐđĨĩŨũƠơƯưẠ-ỹ"
_PLAIN_UNICODE = re.compile(f"[ -~{_LATIN_1}]*[{_BEYOND}][ -~{_LATIN_1}{_BEYOND}]*")
"""Most cells: Vietnamese in whole letters, one of which no old encoding has. Nothing is to be done
to them but to count spaces."""
_NOT_IN_A_NAME = re.compile(r"[\W_]+")


def clean_text(value: Any) -> str:
    """The text of a cell: NFC, no invisible characters, single spaces, Đ where its lookalikes
    stand, a whole number without its `.0`.

    A text in an old encoding must be decoded first: there a soft hyphen is ư.
    """
    if isinstance(value, str):
        return " ".join(value.split()) if value.isascii() else _clean(value)
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if isinstance(value, (int, float)) else _clean(str(value))


def text_key(value: Any) -> str:
    """A key for comparing labels, never a value to keep: no marks, lower case, single spaces (`Đến`
    -> `den`)."""
    return _key(clean_text(value)) if value != "" else ""


def name_key(value: Any, *, marks: bool = True) -> str:
    """A key for comparing names, never a value to keep: lower case, one way to place tones, no
    punctuation.

    With marks, `Hòa` and `HOÀ` are one and `Hoa` is another; without, all three are one: people
    type names without marks, so who compares with marks first and falls back on the bare key finds
    both and still tells Hoa from Hoà where the marks are there.
    """
    return _name_key(clean_text(value), marks)


def shown_text(value: Any) -> tuple[str, str | None]:
    """The clean text of a cell, and the repair: `cleaned` (a letter that only looks like Đ) or
    None."""
    if not isinstance(value, str) or value.isascii():
        return clean_text(value), None
    if _PLAIN_UNICODE.fullmatch(value):
        return (
            value if "  " not in value and value[0] != " " != value[-1] else " ".join(value.split())
        ), None
    return _clean(value), "cleaned" if any(ord(char) in LOOKALIKES for char in value) else None


# A sheet says the same few texts again and again, and every cell is asked for its text several
# times: the answers are kept.
@lru_cache(maxsize=1 << 16)
def _clean(text: str) -> str:
    return " ".join(
        unicodedata.normalize("NFC", text.translate(_INVISIBLE)).translate(LOOKALIKES).split()
    )


@lru_cache(maxsize=1 << 16)
def _key(text: str) -> str:
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFD", text.casefold())
    return " ".join(
        "".join(c for c in plain if not unicodedata.combining(c)).translate({ord("đ"): "d"}).split()
    )


@lru_cache(maxsize=1 << 16)
def _name_key(text: str, marks: bool) -> str:
    text = in_latin(text)
    key = with_new_tones(unicodedata.normalize("NFC", text.casefold())) if marks else _key(text)
    return _NOT_IN_A_NAME.sub(" ", key).strip()
