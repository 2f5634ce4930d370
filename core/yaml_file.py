"""Data of the program that stands as YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""libyaml where it is there, eight times as fast: commands and nights read such files before they
do anything."""


def read_yaml(path: Path) -> Any:
    """What a file of ours holds. Raises yaml.YAMLError for one that is not YAML: a bug of ours."""
    return yaml.load(path.read_text(encoding="utf-8"), _LOADER)
