"""What commands print. Much of it was written by senders (names of files and sheets, codes,
reasons): it is shown as text and never obeyed, neither by the terminal nor as markup."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

from rich.console import Console
from rich.text import Text

from core.foreign_text import visible


class PlainConsole(Console):
    """A console that knows no markup and shows what a terminal would obey as its code. Style is
    given with `style=`, never within a text."""

    def __init__(self) -> None:
        super().__init__(width=None if sys.stdout.isatty() else 120, markup=False, emoji=False)

    def render_str(self, text: str, **options: Any) -> Text:
        """Every text that is printed, or stands in a table, comes through here."""
        return super().render_str("\n".join(visible(line) for line in text.split("\n")), **options)


def print_json(value: Any) -> None:
    """For programs: JSON in which no sign is left that a terminal would obey."""
    text = json.dumps(value, ensure_ascii=False, indent=2, default=lambda v: v.isoformat())
    # JSON itself has no say in these: they stand within texts only, where the escape means the same
    print(
        re.sub(
            r"[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]",
            lambda sign: f"\\u{ord(sign[0]):04x}",
            text,
        )
    )
