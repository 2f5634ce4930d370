"""Take in the office's lists and the opening roster, by functions: `python -m bench.opening FOLDER
DATE`."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

from bench.history import take_in_opening
from core.data_folder import DataFolder

if __name__ == "__main__":
    take_in_opening(DataFolder(Path(sys.argv[1])), date.fromisoformat(sys.argv[2]))
