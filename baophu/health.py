"""Is a component of Airflow well? Asked of the API server, which knows every heartbeat: `python -m
baophu.health scheduler` ends with 0 or 1.

Only the standard library: a container asks every half minute.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request

COMPONENTS = {
    "api-server": "metadatabase",
    "scheduler": "scheduler",
    "dag-processor": "dag_processor",
    "triggerer": "triggerer",
}
"""Airflow's components in the order of their start, each with its name in the API's word on health.
"""


def is_healthy(address: str, component: str) -> bool:
    """What the API server at `address` says of a component; False also when it does not answer."""
    try:
        with urllib.request.urlopen(f"{address}/api/v2/monitor/health", timeout=5) as answer:
            said = json.load(answer)
    except (OSError, ValueError):
        return False
    return bool((said.get(COMPONENTS[component]) or {}).get("status") == "healthy")


if __name__ == "__main__":
    sys.exit(
        0 if is_healthy(os.environ.get("BAOPHU_API", "http://127.0.0.1:8080"), sys.argv[1]) else 1
    )
