"""A mail without Airflow: by the connection `smtp_default` as the environment or the secrets' file
names it, for who watches over Airflow."""

from __future__ import annotations

import json
import os
import smtplib
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from core.errors import OfficeFault

CONNECTION = "AIRFLOW_CONN_SMTP_DEFAULT"
SECONDS = 30


def send_plain(recipients: list[str], subject: str, text: str, html: str | None = None) -> None:
    """Send one mail, with HTML beside the text if there is some. The settings mean what they mean
    to Airflow's own mails: TLS from the start unless `disable_ssl`, else STARTTLS unless
    `disable_tls`.

    Raises OfficeFault when no mail server is named, and what smtplib raises when it does not take
    the mail.
    """
    said = mail_connection()
    extra = said.get("extra") or {}
    extra = json.loads(extra) if isinstance(extra, str) else extra
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = (
        subject,
        extra.get("from_email") or said.get("login") or "baophu@localhost",
        ", ".join(recipients),
    )
    mail.set_content(text)
    if html is not None:
        mail.add_alternative(html, subtype="html")
    is_plain = _is_on(extra.get("disable_ssl"))
    kind = smtplib.SMTP if is_plain else smtplib.SMTP_SSL
    with kind(
        str(said["host"]), int(said.get("port") or (25 if is_plain else 465)), timeout=SECONDS
    ) as server:
        if is_plain and not _is_on(extra.get("disable_tls")):
            server.starttls()
        if said.get("login"):
            server.login(str(said["login"]), str(said.get("password") or ""))
        server.send_message(mail)


def mail_connection() -> dict[str, Any]:
    """host, port, login, password and extra of the mail server.

    Raises OfficeFault when neither the environment nor the secrets' file names one, or it cannot be
    understood.
    """
    try:
        if text := os.environ.get(CONNECTION, "").strip():
            return (
                _from_address(text) if "://" in text.partition("{")[0] else dict(json.loads(text))
            )
        if place := json.loads(os.environ.get("AIRFLOW__SECRETS__BACKEND_KWARGS") or "{}").get(
            "connections_file_path"
        ):
            said = json.loads(Path(place).read_text(encoding="utf-8")).get("smtp_default")
            if said:
                return _from_address(said) if isinstance(said, str) else dict(said)
    except (ValueError, OSError, AttributeError) as exc:
        raise OfficeFault(
            f"the mail server's setting cannot be read ({type(exc).__name__}): {CONNECTION}, or connections.json"
        ) from exc
    raise OfficeFault(
        f"no mail server is named: {CONNECTION}, or `smtp_default` in connections.json"
    )


def _from_address(text: str) -> dict[str, Any]:
    """smtp://login:password@host:port/?disable_ssl=true"""
    parts = urlsplit(text)
    login, password = (unquote(word) if word else None for word in (parts.username, parts.password))
    return {
        "host": parts.hostname,
        "port": parts.port,
        "login": login,
        "password": password,
        "extra": dict(parse_qsl(parts.query)),
    }


def _is_on(value: object) -> bool:
    return str(value).lower() in ("true", "1")
