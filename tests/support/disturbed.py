"""What a worker does with files on a bad day. A module that imports little: every new worker
imports it."""

from __future__ import annotations

import ctypes
import os
import signal
import time
from pathlib import Path
from typing import Any
from unittest import mock

from core.settings import Limits
from ingestion.forms import normalise, table_rows
from ingestion.forms.cells import UNKNOWN, Habits, Reading
from ingestion.forms.reading import parse_file
from ingestion.model import Arrival, ParsedFile


def disturbed(what: str, path: Path, arrival: Arrival, limits: Limits) -> ParsedFile:
    """What a worker does with a file, and what a file named `bad` does to it."""
    if path.stem == "bad":
        match what:
            case "segfault":
                ctypes.string_at(0)
            case "abort":
                os.abort()
            case "hang":
                time.sleep(60)
            case "memory":
                bytearray(2 << 30)
            case "killed":
                os.kill(os.getpid(), signal.SIGKILL)
            case "bug":
                raise KeyError("Nguyễn Văn A")
    return parse_file(path, arrival, limits)


def wrong_for(agent: str | None, path: Path, arrival: Arrival, limits: Limits) -> ParsedFile:
    """Our code, were it wrong for one agent."""
    if arrival.agent_code == agent:
        raise ZeroDivisionError("a bug of ours, which met Nguyễn Văn A")
    return parse_file(path, arrival, limits)


def one_dong_less(path: Path, arrival: Arrival, limits: Limits | None = None) -> ParsedFile:
    """In a worker: a reader of money that loses one đồng of every amount."""
    right = normalise.READERS["money"]

    def wrong(value: Any, habits: Habits = UNKNOWN) -> Reading:
        reading = right(value, habits)
        return reading._replace(value=reading.value - 1) if reading.value else reading

    table_rows._meanings.cache_clear()  # what other files of this worker have been read by
    with (
        mock.patch.dict(normalise.READERS, money=wrong),
        mock.patch.object(table_rows, "read_money", wrong),
    ):
        return parse_file(path, arrival, limits)
