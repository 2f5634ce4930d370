"""A real SMTP server on loopback, and what it received."""

from __future__ import annotations

import email
import email.policy
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiosmtpd.controller import Controller


@dataclass
class Mailbox:
    """The mails, in order."""

    mails: list[email.message.EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 OK"

    def subjects(self) -> list[str]:
        return [str(mail["subject"]) for mail in self.mails]


@contextmanager
def listening(**settings: str) -> Iterator[Mailbox]:
    """A server to which all that is sent goes, with these environment variables set besides."""
    box = Mailbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    extra = {
        "disable_ssl": True,
        "disable_tls": True,
        "from_email": "baophu@example.org",
        "retry_limit": 1,
    }
    connection = {"conn_type": "smtp", "host": "127.0.0.1", "port": controller.port, "extra": extra}
    try:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in {
                **settings,
                "AIRFLOW_CONN_SMTP_DEFAULT": json.dumps(connection),
            }.items():
                patch.setenv(name, value)
            yield box
    finally:
        controller.stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
