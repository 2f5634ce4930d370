"""Text that others wrote (names of files and sheets, codes, reasons): shown as text wherever people
read it, never obeyed."""

from __future__ import annotations

import unicodedata
from typing import Any


def visible(text: str) -> str:
    """The text in one line. What a terminal, a log or a page would obey (escape and control
    characters, line breaks, marks that turn the direction of writing, halves of characters) stands
    as its code, such as `\\x1b`."""
    if text.isprintable():
        return text
    return "".join(
        c if c.isprintable() or unicodedata.category(c) == "Zs" else _code(c) for c in text
    )


def all_visible(value: Any) -> Any:
    """The same value, every text in its lists and dicts `visible`."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {all_visible(key): all_visible(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [all_visible(item) for item in value]
    return value


def _code(character: str) -> str:
    number = ord(character)
    if 0xDC80 <= number <= 0xDCFF:  # how Python keeps a byte of a file name that is not UTF-8
        number -= 0xDC00
    return (
        f"\\x{number:02x}"
        if number < 0x100
        else f"\\u{number:04x}"
        if number < 0x10000
        else f"\\U{number:08x}"
    )
