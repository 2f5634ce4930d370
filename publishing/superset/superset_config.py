"""Superset's own configuration, for the container and the tests: where it keeps what people make
there, and numbers and dates as Vietnam writes them. Superset reads it from the PYTHONPATH."""

from __future__ import annotations

import copy
import os
from pathlib import Path

from superset import config

SECRETS = Path(os.environ.get("SUPERSET_SECRETS", "/run/secrets"))
SECRET_KEY = (SECRETS / "superset_key").read_text(encoding="utf-8").strip()
SQLALCHEMY_DATABASE_URI = f"sqlite:///{os.environ['SUPERSET_HOME']}/superset.db"
"""One office, a few people who look: SQLite is enough."""

D3_FORMAT = {"decimal": ",", "thousands": ".", "grouping": [3], "currency": ["", " đ"]}
D3_TIME_FORMAT = {
    "dateTime": "%d/%m/%Y %H:%M",
    "date": "%d/%m/%Y",
    "time": "%H:%M:%S",
    "periods": ["SA", "CH"],
    "days": ["Chủ nhật", "Thứ hai", "Thứ ba", "Thứ tư", "Thứ năm", "Thứ sáu", "Thứ bảy"],
    "shortDays": ["CN", "T2", "T3", "T4", "T5", "T6", "T7"],
    "months": [f"tháng {month}" for month in range(1, 13)],
    "shortMonths": [f"th{month}" for month in range(1, 13)],
}
SESSION_COOKIE_SAMESITE = "Lax"

# a page of an office tells nobody outside that it was opened
TALISMAN_CONFIG = copy.deepcopy(config.TALISMAN_CONFIG)
for name, allowed in TALISMAN_CONFIG["content_security_policy"].items():
    if isinstance(allowed, list):
        kept = [source for source in allowed if "scarf.sh" not in source]
        TALISMAN_CONFIG["content_security_policy"][name] = kept
