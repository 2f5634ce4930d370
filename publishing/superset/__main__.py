"""`python -m publishing.superset OUT.zip`: the bundle, from what is published."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from core.data_folder import DataFolder
from core.errors import BaophuError
from core.whole_files import write_whole
from publishing.superset import bundle


def main(words: list[str] | None = None) -> int:
    """0: written. 2: not, with one line on stderr."""
    parser = argparse.ArgumentParser("python -m publishing.superset", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT.zip")
    parser.add_argument("--data", help="the data folder (BAOPHU_DATA, else ./data)")
    parser.add_argument(
        "--seen-at",
        metavar="PATH",
        help="where the published file lies for Superset, where that is another machine or container",
    )
    asked = parser.parse_args(words)
    published = DataFolder.resolve(asked.data).published
    seen_at = Path(asked.seen_at or published)
    if not seen_at.is_absolute():
        parser.error("--seen-at is not an absolute path")
    try:
        write_whole(asked.out, bundle(published, str(seen_at)), "write the bundle")
    except BaophuError as trouble:
        print(f"python -m publishing.superset: {trouble}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
