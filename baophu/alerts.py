"""Whom a failure is told: a line beside the warehouse for `baophu status`, and one mail per fault
to the engineer.

Airflow calls these functions, in the process of a task, of the DAG processor (a task that was
killed) or of the triggerer (a deadline). A mail goes out when BAOPHU_ENGINEER_MAIL names somebody;
the server is Airflow's connection `smtp_default`. No value of a sheet is in a line or a mail.
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from core.data_folder import DataFolder
from core.settings import addresses_setting, variable

NOT_PUBLISHED = "the night was not published"
Send = Callable[[list[str], str, str], None]
log = logging.getLogger(__name__)


def note_failure(context: Mapping[str, Any]) -> None:
    """Write a failed task down, and mail it: its exception's sentence, if it is one of ours, never
    a value.

    What only follows from a fault that was told already is written down but not mailed.
    """
    error, run = context.get("exception"), context["dag_run"]
    night = _night(run.partition_key, run.conf)
    names = (
        [kind.__name__ for kind in type(error).__mro__] if isinstance(error, BaseException) else []
    )
    fault = {
        "dag": run.dag_id,
        "task": context["ti"].task_id,
        "kind": names[0] if names else "Killed",
        "message": str(error) if "BaophuError" in names else None,
    }
    work = DataFolder.resolve().work(night)
    work.mkdir(parents=True, exist_ok=True)
    with (work / "failures.jsonl").open("a+", encoding="utf-8") as lines:
        lines.seek(0)
        is_told = bool(lines.read())
        lines.write(json.dumps(fault) + "\n")
    if is_told and "Consequence" in names:
        return
    said = (
        fault["message"]
        or f"it ended with {fault['kind']}: a bug of ours, or a process that was killed; the log of the task says more."
    )
    mail_once(night, f"{fault['dag']}.{fault['task']} failed", f"{said}\n\nRun: {run.run_id}")


DEGRADED = "Degraded"
"""Kind of trouble that a night told and went on."""


def note_trouble(night: date, dag: str, task: str, message: str) -> None:
    """Write down, and mail once, what a night went on in spite of: the night's state is degraded.
    `message` names no person and no sender's file."""
    work = DataFolder.resolve().work(night.isoformat())
    work.mkdir(parents=True, exist_ok=True)
    with (work / "failures.jsonl").open("a", encoding="utf-8") as lines:
        lines.write(
            json.dumps({"dag": dag, "task": task, "kind": DEGRADED, "message": message}) + "\n"
        )
    mail_once(night.isoformat(), f"{dag}.{task} is degraded", message)


async def deadline_missed(what: str, context: Mapping[str, Any] | None = None, **_: Any) -> None:
    """Mail that a run has passed its deadline. `what` says so in words."""
    run = (context or {}).get("dag_run") or {}
    night = _night(run.get("partition_key"), run.get("conf"))
    mail_once(
        night,
        what,
        f"{run.get('dag_id')} is still in state {run.get('state')}.\n\nRun: {run.get('dag_run_id') or run.get('run_id')}",
    )


def mail_once(night: str, subject: str, text: str, send: Send | None = None) -> bool:
    """One mail per fault and night, however often it comes back and from whatever process; by
    Airflow's hook unless `send` says how. True when a mail was sent. That a night is not published
    is one fault, whoever sees it.

    A mail that could not be sent is logged and may be tried again; it never hides the fault itself.
    """
    recipients = addresses_setting("engineer_mail")
    if not recipients:
        log.warning(
            "%s names nobody: no mail of this fault: %s", variable("engineer_mail"), subject
        )
        return False
    sent = DataFolder.resolve().work(night) / "mailed"
    sent.mkdir(parents=True, exist_ok=True)
    what = subject if subject.startswith(NOT_PUBLISHED) else f"{subject}\n{text.split(chr(10))[0]}"
    mark = sent / hashlib.sha256(what.encode()).hexdigest()[:16]
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return False
    try:
        (send or _send)(recipients, f"[Bao Phủ] {night}: {subject}", text)
    except Exception as exc:  # noqa: BLE001 - whatever keeps a mail from going must not hide the fault
        mark.unlink()
        log.error(
            "the mail of this fault could not be sent (%s: %s): %s",
            type(exc).__name__,
            exc,
            subject,
        )
        return False
    return True


def forget_failures(night: date) -> None:
    """A night begins anew: what failed in an earlier run of it is no longer its state."""
    (DataFolder.resolve().work(night.isoformat()) / "failures.jsonl").unlink(missing_ok=True)


def _send(recipients: list[str], subject: str, text: str) -> None:
    import html

    from airflow.providers.smtp.hooks.smtp import SmtpHook

    with SmtpHook(smtp_conn_id="smtp_default") as hook:
        hook.send_email_smtp(
            to=recipients,
            subject=subject,
            html_content=f"<pre>{html.escape(text)}</pre>",
            mime_charset="utf-8",
        )


def _night(partition_key: str | None, conf: Mapping[str, Any] | None) -> str:
    return str(partition_key or (conf or {}).get("night") or "unknown")[:10]
