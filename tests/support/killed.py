"""A night that meets a disaster at one named point: `python -m tests.support.killed POINT night
--data DIR --date DAY`, or, without Airflow around the functions that its tasks call, one stage of
it: `python -m tests.support.killed POINT DIR DAY STAGE`.

The disaster is a power cut: the process sends itself SIGKILL, so that there is no handler, no
`finally`, nothing flushed. With BALLAST set, it is a full disk instead: that file grows until
nothing more goes in. Only the tests know these points; the program has none.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil


def cut(*_: Any, **__: Any) -> None:
    """The power goes, or the disk is full."""
    if "BALLAST" not in os.environ:
        os.kill(os.getpid(), signal.SIGKILL)
    with Path(os.environ["BALLAST"]).open("ab", buffering=0) as ballast:
        for size in (1 << 20, 1 << 12):
            with contextlib.suppress(OSError):
                while True:
                    ballast.write(bytes(size))


def before(owner: Any, name: str, nth: int = 1) -> None:
    """Cut where `owner.name` is called for the nth time."""
    _wrap(owner, name, nth, first=cut)


def after(owner: Any, name: str, nth: int = 1) -> None:
    """Cut where the nth call of `owner.name` has returned."""
    _wrap(owner, name, nth, then=cut)


def _wrap(
    owner: Any,
    name: str,
    nth: int,
    first: Callable[[], None] | None = None,
    then: Callable[[], None] | None = None,
) -> None:
    whole, calls = getattr(owner, name), []

    def wrapped(*words: Any, **keywords: Any) -> Any:
        calls.append(name)
        if first and len(calls) == nth:
            first()
        value = whole(*words, **keywords)
        if then and len(calls) == nth:
            then()
        return value

    setattr(owner, name, wrapped)


def in_the_transaction() -> None:
    """All rows are inserted, nothing is committed."""
    from contextlib import contextmanager

    from ingestion.warehouse import load

    whole = load.open_warehouse

    class Connection:
        def __init__(self, real: Any) -> None:
            self.real = real

        def __getattr__(self, name: str) -> Any:
            return getattr(self.real, name)

        def execute(self, sql: str, *rest: Any) -> Any:
            return cut() if sql == "COMMIT" else self.real.execute(sql, *rest)

    @contextmanager
    def opened(*words: Any, **keywords: Any) -> Any:
        with whole(*words, **keywords) as connection:
            yield Connection(connection)

    load.open_warehouse = opened


def while_dbt_builds(victim: str) -> None:
    """Some models are built: the dbt process is killed, or its parent."""

    def watch() -> None:
        while True:
            for child in psutil.Process().children(recursive=True):
                words = " ".join(child.cmdline()) if child.status() != psutil.STATUS_ZOMBIE else ""
                log = (
                    Path(words.split("--target-path ")[1].split(" ")[0]).with_name("build.log")
                    if "--target-path " in words
                    else None
                )
                if (
                    log
                    and log.exists()
                    and "20 of " in log.read_text(encoding="utf-8", errors="replace")
                ):
                    child.kill() if victim == "dbt" else cut()
                    return
            time.sleep(0.01)

    threading.Thread(target=watch, daemon=True).start()


def half_a_copy(source: Path, target: Path) -> None:
    """The file that becomes the published one is copied half."""
    if Path(target).parent.name == "published":
        Path(target).write_bytes(Path(source).read_bytes()[: Path(source).stat().st_size // 2])
        cut()
    with Path(source).open("rb") as read, Path(target).open("wb") as write:
        shutil.copyfileobj(read, write)


def arrange(point: str) -> None:
    """Prepare the cut."""
    from ingestion import nightly
    from ingestion.arrival import landing
    from publishing import marts, release, store, versions

    points: dict[str, Callable[[], None]] = {
        "half landed": lambda: before(landing.Landing, "land", nth=3),
        "bytes without a receipt": lambda: before(landing, "_write_receipt", nth=2),
        "landed but not listed": lambda: before(landing.ledger, "append"),
        "landed but still in the inbox": lambda: after(landing.Landing, "land", nth=2),
        "planned": lambda: after(nightly, "plan"),
        "half judged": lambda: after(nightly.pq, "write_table", nth=4),
        "judged": lambda: after(nightly, "judge_chunk"),
        "in the transaction": in_the_transaction,
        "loaded": lambda: after(nightly, "load_night"),
        "dates asked": lambda: after(marts, "ask_for_dates"),
        "dbt killed": lambda: while_dbt_builds("dbt"),
        "parent of dbt killed": lambda: while_dbt_builds("parent"),
        "built but not recorded": lambda: before(marts, "_record"),
        "half a version": lambda: before(versions, "sync"),
        "version there but not current": lambda: before(release, "replace_file"),
        "half the current file": lambda: setattr(store.shutil, "copyfile", half_a_copy),
        "current without a snapshot": lambda: before(release, "write_as_of"),
    }
    points[point]()


if __name__ == "__main__":
    arrange(sys.argv[1])
    if sys.argv[2] == "night":
        from baophu.cli import main

        sys.exit(main(sys.argv[2:]))
    from tests.support.evening import run_directly

    run_directly(Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
