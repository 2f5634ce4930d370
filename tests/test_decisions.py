"""Each decision has a number of its own, says its status, and stands in the index."""

from __future__ import annotations

import re

from tests.support.command import ROOT

FOLDER = ROOT / "docs" / "decisions"


def test_every_decision_stands_in_the_index_as_it_says_of_itself() -> None:
    lines = []
    for path in sorted(FOLDER.glob("0*.md")):
        head = re.match(
            r"# (\d+)\. (.+)\n\nStatus: (.+), (\d{4}-\d\d-\d\d)\n", path.read_text(encoding="utf-8")
        )
        assert head is not None, path.name
        assert int(head[1]) == int(path.name[:4]), path.name
        lines.append(f"| [{head[1]}]({path.name}) | {head[2]} | {head[3]} | {head[4]} |")
    assert len(lines) == len({line.split("]")[0] for line in lines}) >= 12
    index = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    assert [line for line in index if line.startswith("| [")] == lines
