"""How numbers look where it changes what a reader of the sheet sees: shown with leading zeros, or
with a sign in between."""

from __future__ import annotations

import re
from typing import Any

_LITERAL = re.compile(r'"([^"]*)"|\\(.)')
_MONTH = re.compile(r"0?0[/. \-]0000")


def picture(code: str) -> str | None:
    """The look that a number format gives, zeros and signs between them (`0000000000`, `00/0000`):
    of ten or twelve digits, or a month. None for any other format. A sign counts only where it is
    quoted, escaped or has no other meaning in a format."""
    code = code.split(";")[0]
    if any(sign in _LITERAL.sub("", code) for sign in "./,#?%EeyYmMdDhHsS@*_"):
        return None
    text = _LITERAL.sub(lambda found: found[1] or found[2] or "", code)
    is_number = text.replace(" ", "") in ("0" * 10, "0" * 12)
    return text if is_number or _MONTH.fullmatch(text) else None


def as_shown(value: Any, look: str) -> str | None:
    """The text that a number shows in this look; None where it shows no other than its digits. A
    number that ends in six zeros has lost digits before, which no look brings back."""
    if (
        isinstance(value, bool)
        or not isinstance(value, (int, float))
        or value != value
        or value < 0
        or value != int(value)
    ):
        return None
    digits, room = str(int(value)), look.count("0")
    if len(digits) > room or digits.endswith("000000"):
        return None
    filled = iter(digits.zfill(room))
    text = "".join(next(filled) if sign == "0" else sign for sign in look)
    return text if text != digits else None
