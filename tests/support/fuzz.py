"""Files that nobody has sent yet: real-shaped sheets with something changed at random. None may
crash our code, hang, or be left without a verdict.

`python -m tests.support.fuzz --files 20000 --seed 1` prints what became of them; a seed names its
file, so that a fault can be made again: `--only SEED`.
"""

from __future__ import annotations

import argparse
import io
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from ingestion.arrival.landing import describe
from ingestion.forms.reading import parse_files
from ingestion.rules.placing import ready
from ingestion.rules.validate import judge
from tests.golden.cases import REGISTER
from tests.support import printed
from tests.support.other_containers import delimited, web_page

RECEIVED = datetime(2019, 6, 25, tzinfo=UTC)
AT_ONCE = 250
NASTY: tuple[Any, ...] = (
    None, "", " ", "\u00a0", "=1+1", "@SUM(A1)", "#REF!", "1e308", "-0", "9" * 40, 10**15, -1, 0.1 + 0.2, 1e300, "31/02/2019", "00/00/0000", "6/7/19",
    "٣٤٥", "𝟛𝟛", "Ⅳ", "I.1", "II", "Cộng tăng", "Người lập biểu", "STT", "A", "Nguyễn\u0000Văn", "\ufffe", "a" * 32_000, "🙂", "1.2.3", "(154.000)", "12%", True,
)  # fmt: skip
LAYOUTS = (*printed.VOLUNTARY, printed.D03_490)


@cache
def people() -> list[printed.Person]:
    return printed.people(12, seed=5)


def mutated(seed: int) -> tuple[str, bytes]:
    """The file of a seed: its name and its bytes."""
    random = Random(seed)
    sheet = printed.written(
        random.choice(LAYOUTS),
        people()[:9],
        people()[9:],
        above=random.choice((0, 0, 3)),
        break_every=random.choice((0, 4)),
    )
    for _ in range(random.choice((0, 1, 3, 30))):
        _change_a_cell(random, sheet.grid)
    if random.random() < 0.3:
        _change_the_shape(random, sheet.grid)
    kind = random.choice(("xlsx", "xlsx", "xlsx", "csv", "html"))
    if kind == "csv":
        data = delimited(sheet, random.choice(",;\t")).encode(
            random.choice(("utf-8", "utf-8-sig", "utf-16")), errors="replace"
        )
    elif kind == "html":
        data = web_page(printed.Sheet(sheet.grid)).encode(errors="replace")
    else:
        data = printed.xlsx(
            {
                "M": printed.Sheet(
                    [[v if v is not True else "TRUE" for v in row] for row in sheet.grid]
                )
            }
        )
        if random.random() < 0.5:
            data = with_a_changed_part(random, data)
    if random.random() < 0.4:
        data = with_changed_bytes(random, data)
    return f"{seed}.{random.choice(('xlsx', 'xls', 'csv'))}", data


def _change_a_cell(random: Random, grid: list[list[Any]]) -> None:
    row = random.choice([r for r in grid if r])
    row[random.randrange(len(row))] = random.choice(NASTY)


def _change_the_shape(random: Random, grid: list[list[Any]]) -> None:
    row, column = random.randrange(len(grid)), random.randrange(max(map(len, grid)))
    match random.randrange(5):
        case 0:
            del grid[row]
        case 1:
            grid.insert(row, list(random.choice(grid)))
        case 2:
            for cells in grid:
                del cells[column : column + 1]
        case 3:
            for cells in grid:
                cells.insert(column, random.choice(NASTY))
        case _:
            random.shuffle(grid)


def with_a_changed_part(random: Random, data: bytes) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        chosen = random.choice(old.namelist())
        for name in old.namelist():
            part = old.read(name)
            if name == chosen:
                if random.random() < 0.15:
                    continue
                part = with_changed_bytes(random, part)
            new.writestr(name, part)
    return out.getvalue()


def with_changed_bytes(random: Random, data: bytes) -> bytes:
    if random.random() < 0.2:
        return data[: random.randrange(len(data) + 1)]
    changed = bytearray(data)
    for _ in range(random.choice((1, 4, 40))):
        at = random.randrange(len(changed) + 1)
        match random.randrange(3):
            case 0:
                changed[at : at + 1] = bytes([random.randrange(256)])
            case 1:
                changed[at:at] = random.choice(
                    (b"<", b">", b"&", b"\0", b"\xff", b'"', b"999999", b"<!DOCTYPE x>")
                )
            case _:
                del changed[at : at + random.randrange(1, 9)]
    return bytes(changed)


def verdicts(seeds: list[int]) -> Iterator[tuple[int, str, int]]:
    """(seed, verdict, findings) of every file. Raises AssertionError with the seed where our own
    code fails or a sum does not hold."""
    for start in range(0, len(seeds), AT_ONCE):
        group = seeds[start : start + AT_ONCE]
        with tempfile.TemporaryDirectory() as scratch:
            items = []
            for seed in group:
                name, data = mutated(seed)
                path = Path(scratch) / name
                path.write_bytes(data)
                items.append(
                    (path, describe(path, received_at=RECEIVED, agent_code="DL001", channel="test"))
                )
            files = []
            for seed, (_, arrival), parsed in zip(group, items, parse_files(items), strict=True):
                assert not isinstance(parsed, Exception), (
                    f"seed {seed}: {type(parsed).__name__} {parsed}"
                )
                files.append(ready(arrival, parsed, REGISTER))
            for seed, judgement in zip(group, judge(files), strict=True):
                for side, total in judgement.totals().items():
                    assert total["received"] == sum(
                        n for fate, n in total.items() if fate != "received"
                    ), f"seed {seed}: {side} {total}"
                assert judgement.findings or judgement.verdict == "accepted", f"seed {seed}"
                yield seed, judgement.verdict, len(judgement.findings)


def main() -> None:
    """Print how many files came to which verdict."""
    parser = argparse.ArgumentParser(prog="python -m tests.support.fuzz", description=__doc__)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first file")
    parser.add_argument("--only", type=int, metavar="SEED")
    asked = parser.parse_args()
    seeds = (
        [asked.only]
        if asked.only is not None
        else list(range(asked.seed, asked.seed + asked.files))
    )
    found = Counter(verdict for _, verdict, _ in verdicts(seeds))
    print(f"{sum(found.values())} files, seeds {seeds[0]} to {seeds[-1]}: {dict(found)}")


if __name__ == "__main__":
    main()
