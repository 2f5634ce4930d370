"""Files of the sample, brought into an inbox."""

from __future__ import annotations

import shutil
from pathlib import Path


def bring(sample: Path, data: Path, *names: str) -> None:
    for name in names:
        for path in (sample / "inbox" / name, sample / "inbox" / f"{name}.json"):
            to = data / "inbox" / ("office" if name.startswith("office/") else "")
            to.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to / path.name)
