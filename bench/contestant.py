"""One contestant, once, in this process: `python -m bench.contestant NAME --data FOLDER --inbox
FOLDER --history FILE --night DATE`."""

from __future__ import annotations

import argparse
import tempfile
from datetime import date
from pathlib import Path

from bench.stopwatch import Stopwatch


def main() -> None:
    """Runs the contestant asked for; its last line on stdout is what its stopwatch tells."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=["night", "pandas", "dlt", "calamine", "xml", "duckdb"])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--inbox", type=Path)
    parser.add_argument("--history", type=Path)
    parser.add_argument("--night", type=date.fromisoformat)
    asked = parser.parse_args()
    month = asked.night.year * 12 + asked.night.month
    watch = Stopwatch()
    if asked.name == "night":
        from bench.stages import staged_night

        counted = staged_night(asked.data, asked.night, watch)
    elif asked.name in ("pandas", "dlt"):
        from bench import peers

        run = peers.pandas_script if asked.name == "pandas" else peers.dlt_pipeline
        with tempfile.TemporaryDirectory() as scratch:
            counted = run(asked.inbox, asked.history, Path(scratch), month, watch)
    else:
        from bench import floors

        if asked.name == "duckdb":
            counted = floors.duckdb_scan(asked.data, watch)
        else:
            counted = (floors.calamine_cells if asked.name == "calamine" else floors.xml_scan)(
                asked.inbox, watch
            )
    watch.tell(counted)


if __name__ == "__main__":
    main()
