"""The sentences of the rule book, as they stand in a summary: without the place that a finding names."""

from __future__ import annotations

import json
import re
from functools import cache

from core.data_folder import PROJECT_ROOT

_PLACE = re.compile(r"^[^:]*\{(?:cell|row|sheet)\}[^:{]*:\s*")
_DETAIL = re.compile(r"\s*\(\{detail\}\)|:\s*\{detail\}")


@cache
def rule_sentences(code: str) -> dict[str, str]:
    """Rule code → what the rule says is wrong, in the language 'vi' or 'en'."""
    said: dict[str, str] = {}
    for suite in sorted((PROJECT_ROOT / "expectations").glob("*.json")):
        for rule in json.loads(suite.read_text(encoding="utf-8"))["expectations"]:
            sentence = _DETAIL.sub("", _PLACE.sub("", rule["meta"][f"message_{code}"]))
            sentence = re.sub(r"\{\w+\}", "…", sentence)
            said.setdefault(rule["meta"]["code"], sentence[:1].upper() + sentence[1:])
    return said
