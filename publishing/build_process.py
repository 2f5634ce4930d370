"""dbt's command in a process that dies with its parent, so that a night that was killed leaves
nobody holding the warehouse's lock.

`python -m publishing.build_process PARENT RESULTS build ...`; PARENT is the parent's process id,
RESULTS the file for what came of each node.
"""

from __future__ import annotations

import ctypes
import gc
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from publishing.build_results import Node, write_results

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunResult

PR_SET_PDEATHSIG = 1
"""Linux, prctl(2); elsewhere a dbt whose parent was killed ends by itself when it is done."""


def main(parent: int, results: Path, words: list[str]) -> int:
    """Tie this process to its parent, and run dbt. The exit code is that of dbt's own command: 1
    when a node failed, 2 when dbt did."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the tie
            return 1
    # to look for cycles among dbt's objects takes a tenth of its time, and gives 50 MB back to a
    # process of seconds
    gc.disable()
    from dbt.cli.main import dbtRunner

    ended = dbtRunner().invoke([*words, "--no-write-json"])
    if ended.exception is not None:
        return 2
    write_results(results, [_node(result) for result in ended.result.results])  # type: ignore[union-attr]
    return 0 if ended.success else 1


def _node(result: RunResult) -> Node:
    node = result.node
    return Node(
        unique_id=node.unique_id,
        status=str(result.status),
        seconds=result.execution_time,
        failures=result.failures,
        sql=getattr(node, "compiled_code", None),
        schema=node.schema,
        description=node.description,
        columns={name: column.description for name, column in node.columns.items()},
        parents=tuple(
            parent.split(".")[2] for parent in node.depends_on_nodes if parent.startswith("model.")
        ),
    )


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]))
