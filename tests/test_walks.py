"""docs/walks.md and CONTRIBUTING.md name files and functions that are there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FILE = re.compile(r"`([a-z_]+/[\w/.-]+\.(?:py|sql|json|yaml|yml|md))`((?:[\s,:]+`\w+`)*)")


def test_every_step_is_there() -> None:
    steps = 0
    for page in ("docs/walks.md", "CONTRIBUTING.md"):
        for path, words in FILE.findall((ROOT / page).read_text(encoding="utf-8")):
            assert (ROOT / path).is_file(), f"{page}: {path}"
            text = (ROOT / path).read_text(encoding="utf-8")
            for function in re.findall(r"`(\w+)`", words):
                assert re.search(rf"^(?:\s*)(?:def|class) {function}\b", text, re.MULTILINE), (
                    f"{page}: {path} {function}"
                )
                steps += 1
    assert steps > 15
