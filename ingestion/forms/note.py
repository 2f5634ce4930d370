"""The note of a row: what agents' software joins with commas in it, read as fields; what is not
understood stays in the note."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from ingestion.forms.contracts import NotePart, note_parts
from ingestion.forms.normalise import READERS, clean_text, text_key

FIELDS = tuple(dict.fromkeys(part.field for part in note_parts()))
_PIECES = re.compile(r"\s*[,;.\n]\s*|\s+[-–]\s+")
_HUY = re.compile(r"\bh(?:ủy|uỷ)\b", re.IGNORECASE)
_PAYMENT = r"(?:bien lai|bl|hoa don|chung tu|phieu thu|giao dich|lan dong|khoan dong|tien dong|dong tien|so tien|khoan thu|khoan tien|lan nop|nop tien|thanh toan)"
_CANCELLED = re.compile(
    rf"(?!.*\btham gia\b)(?:(?:da|xin|bi|de nghi|phai|cho) )*huy(?: bo)?(?: (?:cac |toan bo |mot )?{_PAYMENT}\b.*| bl ?\d.*| (?:do|vi|theo|ngay|(?:dong |thu |nop )?(?:trung|nham|sai))\b.*| ?\(.*\))?"
    rf"|{_PAYMENT}\b(?! .*\bkhong\b).*\b(?:da|bi|xin) huy(?: bo)?(?: (?:do|vi|theo|ngay)\b.*)?|{_PAYMENT} huy(?: bo)?"
)
_COMMA = re.compile(r"\s*[,;]\s*")


@lru_cache(maxsize=1 << 14)
def read_note(note: str) -> tuple[dict[str, Any], str | None, frozenset[str]]:
    """Fields of `contracts/note-fields.yaml` (None: not said), what is left of the note, None when
    nothing is, and the fields that are said in their own form but are none (a birth date of
    31/02/1990), whose words are left too. Not to be changed by who calls."""
    said: dict[str, Any] = dict.fromkeys(FIELDS)
    left = []
    unreadable = set()
    for piece in _COMMA.split(clean_text(note)):
        if not piece:
            continue
        field, value = _understand(piece)
        if field is None or said[field] is not None or value is None:
            left.append(piece)
            if field is not None and said[field] is None:
                unreadable.add(field)
        else:
            said[field] = value
    return (
        said,
        ", ".join(left) or None,
        frozenset(name for name in unreadable if said[name] is None),
    )


@lru_cache(maxsize=1 << 14)
def says_cancelled(note: str) -> bool:
    """Whether a note says that a receipt or a payment is cancelled: `hủy`, `Đã huỷ biên lai 12`,
    `BL hủy do nhầm`; not `Hủy tham gia BHXH`, and not the name Huy."""
    text = clean_text(note)
    return any(
        _CANCELLED.fullmatch(key)
        for piece in _PIECES.split(text)
        if (key := text_key(piece)) and (text.isascii() or _HUY.search(piece))
    )


# Birth dates differ, and so do most notes; the other words of a note are the same few again and
# again.
@lru_cache(maxsize=1 << 14)
def _understand(piece: str) -> tuple[str | None, Any]:
    key = text_key(piece)
    for part in note_parts():
        match = part.pattern.match(key)
        if match:
            value = _value(part, piece, match)
            if value is not None:
                return part.field, value
            # words of a list may mean anything; a number or a day in its form means one thing
            if not part.values:
                return part.field, None
    return None, None


def _value(part: NotePart, piece: str, match: re.Match[str]) -> Any:
    """The words as typed, which the key has at its end; read by the part's list of words or by its
    type."""
    if part.values:
        return next(
            (name for name, pattern in part.values.items() if pattern.match(match["said"])), None
        )
    words = clean_text(piece)[-len(match["said"]) :]
    return READERS[part.type or "text"](words)[0]
