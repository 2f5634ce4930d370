"""Numbers, dates and periods as an office in Vietnam writes them."""

from __future__ import annotations

import unicodedata
from datetime import date

NOT_KNOWN = "–"


def number(value: int | None) -> str:
    """1234567 → '1.234.567'; None → '–'."""
    return NOT_KNOWN if value is None else f"{value:,}".replace(",", ".")


def percent(ratio: float | None, decimals: int = 1) -> str:
    """0.412 → '41,2%'; None → '–'."""
    return (
        NOT_KNOWN
        if ratio is None
        else f"{ratio * 100:,.{decimals}f}%".translate(str.maketrans(",.", ".,"))
    )


def decimal(value: float | None, decimals: int = 1) -> str:
    """101.5 → '101,5'; 1234.5 → '1.234,5'; None → '–'."""
    return (
        NOT_KNOWN
        if value is None
        else f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))
    )


def day(value: date | None) -> str:
    """31/12/2019; None → '–'."""
    return NOT_KNOWN if value is None else value.strftime("%d/%m/%Y")


def period(code: str | None) -> str:
    """'2019-H1' → '6 tháng đầu năm', '2019' → 'năm 2019'; other codes as they are."""
    if code is None:
        return NOT_KNOWN
    if code.isdigit():
        return f"năm {code}"
    return {"H1": "6 tháng đầu năm", "H2": "6 tháng cuối năm"}.get(code[5:], code)


BASES = {"stock": "tổng số người đang tham gia", "net_new": "số người tăng thêm"}
"""What a target counts."""


_LETTERS = {letter: place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_TONES = {tone: place for place, tone in enumerate("\u0300\u0309\u0303\u0301\u0323", start=1)}


def alphabetical(text: str) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
    """A key that sorts as a list on paper does: word by word, by the alphabet's own order (a ă â …
    d đ), then by tones (ngang, huyền, hỏi, ngã, sắc, nặng)."""
    return tuple(_word(word) for word in unicodedata.normalize("NFC", text.lower()).split())


def _word(word: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    letters: list[int] = []
    tones: list[int] = []
    for char in word:
        parts = unicodedata.normalize("NFD", char)
        plain = unicodedata.normalize("NFC", "".join(part for part in parts if part not in _TONES))
        letters += [_LETTERS.get(letter, 100 + ord(letter)) for letter in plain]
        tones.append(next((_TONES[part] for part in parts if part in _TONES), 0))
    return tuple(letters), tuple(tones)
