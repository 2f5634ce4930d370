"""The parts of a written address: `thôn Ba, X.Phù Ủng - H.Ân Thi` is a village, a commune and a
district, by their type words or by nothing.

Works on keys only; which commune a name means, and when, is for `places`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ingestion.forms.cells import clean_text, name_key, text_key

Level = Literal["village", "commune", "district", "province"]


@dataclass(frozen=True)
class Part:
    """One name of an address. `level` and `unit` are None where no type word says them."""

    level: Level | None
    unit: str | None
    """`xã`, `thị trấn`, `thôn`, ... in full."""
    name: str
    """Key with marks."""

    @property
    def bare(self) -> str:
        """Key without marks."""
        return text_key(self.name)


_UNITS: dict[str, tuple[Level, str]] = {
    "thôn": ("village", "thôn"),
    "xóm": ("village", "xóm"),
    "làng": ("village", "làng"),
    "đội": ("village", "đội"),
    "ấp": ("village", "ấp"),
    "phố": ("village", "phố"),
    "khu": ("village", "khu"),
    "khu phố": ("village", "khu phố"),
    "tổ": ("village", "tổ"),
    "tổ dân phố": ("village", "tổ dân phố"),
    "tdp": ("village", "tổ dân phố"),
    "xã": ("commune", "xã"),
    "x": ("commune", "xã"),
    "thị trấn": ("commune", "thị trấn"),
    "tt": ("commune", "thị trấn"),
    "phường": ("commune", "phường"),
    "p": ("commune", "phường"),
    "huyện": ("district", "huyện"),
    "h": ("district", "huyện"),
    "quận": ("district", "quận"),
    "thị xã": ("district", "thị xã"),
    "tx": ("district", "thị xã"),
    "thành phố": ("district", "thành phố"),
    "tp": ("district", "thành phố"),
    "tỉnh": ("province", "tỉnh"),
    "t": ("province", "tỉnh"),
}
_BARE_UNITS = {text_key(word): said for word, said in _UNITS.items()} | _UNITS
_ONLY_AT_THE_HEAD = {
    "p",
    "t",
    "phố",
    "khu",
    "tổ",
    "đội",
    "ấp",
    "làng",
    "pho",
    "to",
    "doi",
    "ap",
    "lang",
}
"""Words that names hold too: they say a type only where a part begins."""
_LONGEST = max(word.count(" ") for word in _UNITS) + 1
_BETWEEN = re.compile(r"[,;()\n]|\s-\s|[–—]|-")


def parts_of(address: str) -> list[Part]:
    """The parts of an address in their order; empty ones are left out."""
    units = _BARE_UNITS if address.isascii() else _UNITS
    parts: list[Part] = []
    for piece in _BETWEEN.split(address):
        parts.extend(_parts_of_piece(name_key(clean_text(piece)).split(), units))
    return parts


def part_of_name(name: str) -> Part:
    """A name of a register, such as `Thôn 3`, as a part."""
    parts = parts_of(name)
    return parts[0] if parts else Part(None, None, "")


def _parts_of_piece(words: list[str], units: dict[str, tuple[Level, str]]) -> list[Part]:
    parts: list[Part] = []
    level: Level | None = None
    unit: str | None = None
    name: list[str] = []
    at = 0
    while at < len(words):
        length, said = _unit_at(words, at, units, is_head=not name)
        if said is None:
            name.append(_plain_number(words[at]))
            at += 1
            continue
        if name:
            parts.append(Part(level, unit, " ".join(name)))
            name = []
        level, unit = said
        at += length
    if name:
        parts.append(Part(level, unit, " ".join(name)))
    return parts


def _unit_at(
    words: list[str], at: int, units: dict[str, tuple[Level, str]], *, is_head: bool
) -> tuple[int, tuple[Level, str] | None]:
    """The longest type word at this place that leaves a name behind it."""
    for length in range(min(_LONGEST, len(words) - at - 1), 0, -1):
        word = " ".join(words[at : at + length])
        if word in units and (is_head or word not in _ONLY_AT_THE_HEAD):
            return length, units[word]
    return 0, None


def _plain_number(word: str) -> str:
    return word.lstrip("0") or "0" if word.isdigit() else word
