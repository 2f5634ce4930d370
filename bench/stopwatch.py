"""What a contestant tells who started it: when each of its stages ended, and what it counted."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Counted:
    """Rows of people in section I.1 of the night's workbooks, their đồng, people covered in the
    night's month; None: it does not count that."""

    rows: int | None = None
    total_vnd: int | None = None
    participants: int | None = None


@dataclass
class Stopwatch:
    """Ends of stages in seconds of the monotonic clock, which all processes of a machine share."""

    ends: list[tuple[str, float]] = field(default_factory=list)

    def ended(self, stage: str) -> None:
        """A stage has ended now; the next begins."""
        self.ends.append((stage, time.monotonic()))

    def tell(self, counted: Counted) -> None:
        """Print it all as one line."""
        print(json.dumps({"ends": self.ends, "counted": asdict(counted)}), flush=True)
