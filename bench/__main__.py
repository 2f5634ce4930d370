"""`python -m bench`: the night by stage and memory, beside its peers and floors, on the same files
in the same run."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from bench.contest import contest
from bench.fixed_costs import fixed_costs, lines_of, scheduler_hops
from bench.report import summary, write_report
from bench.sizes import NAMES, prepare
from samples import write_sample


def main() -> None:
    """Prints the medians; writes docs/performance.md and docs/performance.svg, unless `--quick`
    without `--write`."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--sizes", nargs="+", choices=NAMES, default=list(NAMES))
    parser.add_argument(
        "--times",
        type=int,
        default=3,
        help="runs of each contestant; medians are reported (default 3)",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="a tiny size, once: shows that it works, and measures nothing",
    )
    parser.add_argument("--write", action="store_true", help="write the report of a quick run too")
    asked = parser.parse_args()
    sizes, times = (["quick"], 1) if asked.quick else (asked.sizes, asked.times)

    def progress(said: str) -> None:
        print(said, file=sys.stderr, flush=True)

    results, fixed = [], list[str]()
    with tempfile.TemporaryDirectory(prefix="baophu-bench-") as scratch:
        for name in sizes:
            place = Path(scratch) / name
            place.mkdir()
            results.append(contest(prepare(name, place, progress), times, place, progress))
            shutil.rmtree(place)
        if not asked.quick:
            place = Path(scratch) / "fixed"
            place.mkdir(mode=0o755)
            costs = fixed_costs(place, times, progress)
            Path(scratch).chmod(0o755)  # PostgreSQL has a user of its own
            write_sample(place / "data")
            fixed = lines_of(costs, scheduler_hops(place / "data", "2019-06-30", progress))
    for result in results:
        print("\n".join(summary(result)))
    print("\n".join(fixed))
    if asked.write or not asked.quick:
        for path in write_report(results, times, fixed):
            progress(f"written: {path}")


if __name__ == "__main__":
    main()
