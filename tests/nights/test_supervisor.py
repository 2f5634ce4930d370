"""Who starts again what died does not end itself: what stops a look is told, and the next look
comes."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from baophu.supervisor import Supervisor
from core.data_folder import DataFolder
from tests.support.mailbox import listening


@pytest.mark.parametrize(
    ("server_json", "told"),
    [
        (None, "server.json is missing or names no port"),
        ("{", "a bug of ours: JSONDecodeError at decoder.py:"),
    ],
    ids=["taken away", "damaged"],
)
def test_what_stops_a_look_is_told_once_and_the_next_one_comes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], server_json: str | None, told: str
) -> None:
    folder = DataFolder(tmp_path)
    folder.server_home.mkdir()
    if server_json is not None:
        (folder.server_home / "server.json").write_text(server_json, encoding="utf-8")
    supervisor, now = Supervisor(folder), time.monotonic()
    with listening(BAOPHU_ENGINEER_MAIL="engineer@example.org", BAOPHU_DATA=str(tmp_path)) as box:
        for later in (0.0, 5.0):
            supervisor.look_and_go_on(now + later)
    (said,) = capsys.readouterr().out.splitlines()
    assert told in said
    assert len(box.mails) == 1
    assert told in box.mails[0].get_content()
    crashes = list((tmp_path / "logs").glob("crash-*.log"))
    assert bool(crashes) == ("a bug of ours" in told)
    assert all(str(path) in said for path in crashes)
