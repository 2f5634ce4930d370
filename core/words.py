"""The words for fates, verdicts and severities: one set, wherever people read them (receipts,
marked copies, terminal, quarantine, mails)."""

from __future__ import annotations

from typing import Literal, NamedTuple

Fate = Literal["accepted", "rejected", "held", "duplicate", "not_data"]
Verdict = Literal["accepted", "partial", "held", "rejected", "duplicate", "not_judged"]
"""`not_judged`: received, and our own code failed on it; written by `load_night` alone, and
replaced once the file is judged."""
Severity = Literal["reject_file", "hold_file", "reject_row", "hold_row", "warn"]


class Word(NamedTuple):
    """A term in Vietnamese, as it stands within a sentence, and in English."""

    vi: str
    en: str


FATES: dict[str, Word] = {
    "accepted": Word("ghi nhận", "accepted"),
    "rejected": Word("loại", "rejected"),
    "held": Word("chờ", "held"),
    "duplicate": Word("trùng", "duplicate"),
    "superseded": Word("thay thế", "superseded"),
    "not_data": Word("không phải số liệu", "not data"),
}
"""What becomes of a row, in the order of the equation: received = their sum."""
VERDICTS: dict[str, Word] = {
    "accepted": Word("ghi nhận", "accepted"),
    "partial": Word("ghi nhận một phần", "accepted in part"),
    "held": Word("chờ", "held"),
    "rejected": Word("loại", "rejected"),
    "duplicate": Word("trùng tệp đã có", "duplicate"),
    "not_judged": Word("đã nhận, chưa xét", "received, not judged"),
}
"""What becomes of a file."""
NEXT_STEPS: dict[str, str] = {
    "accepted": "",
    "partial": ": các dòng nêu dưới đây cần sửa và gửi lại",
    "held": ": cần sửa và gửi lại, hoặc đợi cơ quan quyết định",
    "rejected": ": cần sửa và gửi lại",
    "duplicate": ": không tính lần nữa",
    "not_judged": ": cơ quan sẽ kiểm tra lại, đại lý chưa phải làm gì",
}
"""Verdict -> how its sentence goes on for the sender."""
STATES: dict[Severity, Word] = {
    "reject_file": Word("loại cả tệp", "the file is rejected"),
    "hold_file": Word("cả tệp phải chờ", "the file is held"),
    "reject_row": Word("loại dòng này", "the row is rejected"),
    "hold_row": Word("dòng này phải chờ", "the row is held"),
    "warn": Word("lưu ý", "a warning"),
}
"""What a finding does, the gravest first."""
TO_MEND = Word("cần sửa dòng này", "the row is to be mended")
"""What a finding on a row says where the whole file is held or rejected: of its rows none is taken
or refused by itself."""


def capital(words: str) -> str:
    """As a sentence or the cell of a table begins."""
    return words[:1].upper() + words[1:]
