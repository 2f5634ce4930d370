"""The settings of `.env` beside the program: docker compose reads them too. What the environment
says already goes before them."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

from core.data_folder import PROJECT_ROOT
from core.errors import OfficeFault
from core.settings import variable


def use_env_file() -> None:
    """Put the settings of the file into the environment. A data folder that is not absolute lies
    beside the file, wherever the command is called.

    Raises OfficeFault for a line that is not NAME=VALUE.
    """
    named = os.environ.get(variable("env_file"))
    path = PROJECT_ROOT / ".env" if named is None else Path(named)
    if named == "" or not path.is_file():
        return
    settings = read_env_file(path)
    if data := settings.get("BAOPHU_DATA"):
        settings["BAOPHU_DATA"] = str(path.resolve().parent / Path(data).expanduser())
    for name, value in settings.items():
        os.environ.setdefault(name, value)


def read_env_file(path: Path) -> dict[str, str]:
    """NAME=VALUE, a line each, as a shell reads them: quotes, and comments after #."""
    settings: dict[str, str] = {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as exc:
        raise OfficeFault(f"{path} is not text in UTF-8: save it again in that encoding") from exc
    for number, line in enumerate(text.splitlines(), 1):
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            words = [""]
        if not words:
            continue
        if words[0] == "export":
            words = words[1:]
        name, is_setting, value = words[0].partition("=") if len(words) == 1 else ("", "", "")
        if not is_setting or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise OfficeFault(
                f"line {number} of {path} is not NAME=VALUE (a value with spaces stands in quotes)"
            )
        settings[name] = value
    return settings
