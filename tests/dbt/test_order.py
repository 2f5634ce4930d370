"""Order and repetition of files do not change the content hash."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from core.data_folder import DataFolder
from core.settings import TIMEZONE
from ingestion.arrival.decisions import record
from tests.support.evening import take_in
from tests.support.snapshot import hash_of_marts, with_models

KNOWN_ON = date(2017, 8, 31)


@pytest.fixture(scope="module")
def files(sample: Path) -> list[Path]:
    """The opening, a reference, and a dozen sheets of the first three months."""
    sheets = [
        p
        for m in ("2017-06", "2017-07", "2017-08")
        for p in sorted((sample / "inbox" / m).glob("*.xlsx"))[:4]
    ]
    return [*sorted((sample / "inbox" / "office" / "2017-05").glob("*.xlsx")), *sheets]


@pytest.fixture(scope="module")
def in_one_go(first_night: Path, files: list[Path]) -> str:
    return hash_after(first_night, [files], [], files)


def put(inbox: Path, path: Path, name: str, later: timedelta = timedelta(0)) -> None:
    inbox = inbox / "office" if path.name.startswith("danh-") else inbox
    inbox.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, inbox / name)
    side = json.loads(Path(f"{path}.json").read_text(encoding="utf-8"))
    side["received_at"] = (datetime.fromisoformat(side["received_at"]) + later).isoformat()
    (inbox / f"{name}.json").write_text(json.dumps(side), encoding="utf-8")


def decide(folder: DataFolder, files: list[Path]) -> None:
    """Two sheets are taken back, one of them for good, and some released that do not wait."""
    said = {
        "who": "CB01",
        "why": "đối chiếu",
        "decided_at": datetime(2017, 8, 30, 9, tzinfo=TIMEZONE),
    }
    first, second, third = (hashlib.sha256(path.read_bytes()).hexdigest() for path in files[-3:])
    record(folder, "withdraw", first, **said)  # type: ignore[arg-type]
    made = record(folder, "withdraw", second, **said)  # type: ignore[arg-type]
    record(folder, "release", third, **said)  # type: ignore[arg-type]
    record(folder, "undo", second, undoes=made.id, **said)  # type: ignore[arg-type]


def hash_after(
    first_night: Path,
    batches: list[list[Path]],
    again: list[Path],
    decided: list[Path] | None = None,
    at: int = 0,
    nights: tuple[date, ...] = (KNOWN_ON,),
) -> str:
    """Batches brought in one after the other, with some files again at the end under other names.
    People decide about the last three of `decided` before batch number `at`. Each batch is taken in
    by each of the nights, so that some are late and some nights run again."""
    with tempfile.TemporaryDirectory() as root:
        folder = DataFolder(Path(root))
        for number, batch in enumerate([*batches, again]):
            is_again = number == len(batches)
            for path in batch:
                put(
                    folder.inbox,
                    path,
                    f"lần 2 {path.name}" if is_again else path.name,
                    timedelta(minutes=7) if is_again else timedelta(0),
                )
            if number == at and decided:
                decide(folder, decided)
            for night in nights:
                take_in(folder, night)
        return hash_of_marts(with_models(first_night, folder.warehouse, KNOWN_ON), KNOWN_ON)


@given(st.data())
# no shrinking: an example takes seconds, and one of fourteen files is small enough to read
@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@pytest.mark.slow
def test_order_and_repetition_do_not_matter(
    first_night: Path, files: list[Path], in_one_go: str, data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(files))
    cut = data.draw(st.integers(0, len(files)))
    again = data.draw(st.lists(st.sampled_from(files), max_size=4, unique=True))
    # the reference comes with the first batch: without one a night refuses to run
    references = [p for p in shuffled if p.name.startswith("danh-muc")]
    first = [*references, *(p for p in shuffled[:cut] if p not in references)]
    second = [p for p in shuffled[cut:] if p not in references]
    at, nights = (
        data.draw(st.integers(0, 2)),
        data.draw(
            st.sampled_from(
                [(KNOWN_ON,), (date(2017, 7, 1), KNOWN_ON), (KNOWN_ON, date(2017, 8, 30))]
            )
        ),
    )
    assert hash_after(first_night, [first, second], again, files, at, nights) == in_one_go


@pytest.mark.slow
def test_another_content_is_another_hash(
    first_night: Path, files: list[Path], in_one_go: str
) -> None:
    assert in_one_go != hash_after(first_night, [files[:-1]], [], files)
    assert in_one_go != hash_after(first_night, [files], [])
