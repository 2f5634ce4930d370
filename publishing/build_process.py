"""dbt's command in a process that dies with its parent, so that a night that was killed leaves nobody holding the warehouse's lock.

`python -m publishing.build_process PARENT build ...`; PARENT is the parent's process id.
"""

from __future__ import annotations

import ctypes
import os
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1
"""Linux, prctl(2); elsewhere a dbt whose parent was killed ends by itself when it is done."""


def main(parent: int, words: list[str]) -> None:
    """Tie this process to its parent, then be dbt."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the tie
            sys.exit(1)
    sys.argv = ["dbt", *words]
    runpy.run_module("dbt.cli.main", run_name="__main__")


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
