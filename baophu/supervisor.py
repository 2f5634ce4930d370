"""Keeps alive what `up` started: `python -m baophu.supervisor DATA`. A component that died is
started again, and one that lives but has long been unwell is ended first; so a database that stops
and comes back needs nobody. After too many starts in a short time it mails the engineer and waits.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from baophu import server
from baophu.alerts import mail_once
from baophu.crash_log import kind_and_place, write_crash
from baophu.health import COMPONENTS, is_healthy
from baophu.plain_mail import send_plain
from core.clock import last_night
from core.data_folder import DataFolder
from core.errors import BaophuError, MachineFault, OurCrash

LOOK_EVERY, PATIENCE = 5.0, 120.0
"""Seconds between two looks, and those for which a component may be unwell."""
STARTS, STARTS_WITHIN = 5, 600.0
"""So many times in so many seconds is started again what died; then it waits until the first of
them is that long ago."""


class Supervisor:
    """What it remembers between two looks."""

    def __init__(self, folder: DataFolder) -> None:
        self.folder = folder
        self.starts: list[float] = []
        self.unwell_since: dict[str, float] = {}
        self.told: dict[str, float] = {}

    def look_and_go_on(self, now: float) -> None:
        """One look; what stops it is told, and the next look comes all the same."""
        try:
            self.look(now)
        except Exception as exc:  # noqa: BLE001 - who watches over the others must not end
            # nothing can be told where neither the disk nor the log takes a line
            with contextlib.suppress(Exception):
                self._tell(exc, now)

    def _tell(self, error: Exception, now: float) -> None:
        """Into the log, and by mail: the same trouble again only after a while, for a look comes
        every few seconds."""
        is_ours = not isinstance(error, BaophuError) or isinstance(error, OurCrash)
        trouble = kind_and_place(error) if is_ours else str(error)
        if now - self.told.get(trouble, -STARTS_WITHIN) < STARTS_WITHIN:
            return
        self.told[trouble] = now
        lines = (
            [f"a bug of ours: {trouble}", f"the details: {write_crash(error, self.folder.root)}"]
            if is_ours
            else [trouble]
        )
        say(f"a look was not finished: {'; '.join(lines)}")
        mail_once(
            last_night(datetime.now(UTC)).isoformat(),
            "the supervisor could not look after the server",
            "\n".join(lines),
            send_plain,
        )

    def look(self, now: float) -> None:
        """One look at every component, `now` by a clock that only goes forward."""
        address = server.address_of(self.folder)
        dead = [
            name for name in server.parts_of(self.folder) if server.runs(self.folder, name) is None
        ]
        if not dead:
            dead = self._long_unwell(address, now)
            for name in dead:
                say(f"{name}: has been unwell for {PATIENCE:.0f} s; ended")
                server.end_part(self.folder, name)
        if not dead:
            return
        self.starts = [start for start in self.starts if now - start < STARTS_WITHIN]
        if len(self.starts) >= STARTS:
            self._give_up_for_now(dead)
            return
        self.starts.append(now)
        say(f"{', '.join(dead)}: not running; started again")
        try:
            server.up(self.folder, say)
        # an `up` or `down` of a person is at work, or it does not get well: the next look sees
        except MachineFault as exc:
            say(str(exc))
        self.unwell_since = {}

    def _long_unwell(self, address: str, now: float) -> list[str]:
        first = next(iter(COMPONENTS))
        # the API server answers for the others
        asked = COMPONENTS if is_healthy(address, first) else [first]
        unwell = [name for name in asked if not is_healthy(address, name)]
        self.unwell_since = {name: self.unwell_since.get(name, now) for name in unwell}
        return [name for name, since in self.unwell_since.items() if now - since > PATIENCE]

    def _give_up_for_now(self, dead: list[str]) -> None:
        text = f"{', '.join(dead)}: started {STARTS} times within {STARTS_WITHIN / 60:.0f} minutes and gone again; see {self.folder.server_home / 'logs'}"
        say(text)
        mail_once(
            last_night(datetime.now(UTC)).isoformat(),
            "the server does not stay up",
            text,
            send_plain,
        )


def say(step: str) -> None:
    """A line of the log, with its time."""
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {step}", flush=True)


def main(data: Path) -> None:
    """Look until `down` ends it."""
    os.environ["BAOPHU_DATA"] = str(data)
    supervisor = Supervisor(DataFolder(data))
    while True:
        time.sleep(LOOK_EVERY)
        supervisor.look_and_go_on(time.monotonic())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
