"""What went home goes by mail too, where the office wants it: to each agent one mail a night at
most, none twice.

On when BAOPHU_AGENT_MAIL is 1; an agent's address stands in the reference workbook (sheet `dai_ly`,
column `email`), and the server is Airflow's connection `smtp_default`. Subject and text name a
night, a code and numbers of files; what is personal is in the attached copies alone.
"""

from __future__ import annotations

import logging
import re
import smtplib
from collections import defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from core.data_folder import DataFolder
from core.errors import MachineFault, machine_faults
from core.settings import text_setting
from ingestion.feedback.homecoming import (
    OFFICE_FOLDER,
    UNKNOWN,
    Returned,
    addresses,
    forget_unmailed,
    read_unmailed,
)

OLDEST = timedelta(days=31)
"""Files of nights before that are history taken in late: they lie in the outbox, and nobody is
written to about them."""
LARGEST = 15 << 20
"""Bytes attached to one mail at most: what is beyond lies in the outbox, and the mail says so."""
_ADDRESS = re.compile(r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[^@\s,;<>\"]+$")
log = logging.getLogger(__name__)


def deliver(folder: DataFolder, night: date, run: str) -> dict[str, int]:
    """Mail what has gone into the outbox and was not mailed yet, whatever became of the run that
    put it there. Safe to repeat. Returns `sent` mails, agents `without_address`, and agents that
    had a mail of this night before and `wait` for the next.

    A mail is marked as sent before it is: cut off in between, it does not go twice. Raises
    MachineFault, after all others, when the server took one or more not; those may be tried again.
    """
    counts = {"sent": 0, "without_address": 0, "wait": 0}
    unmailed = read_unmailed(folder)
    if text_setting("agent_mail") != "1":
        forget_unmailed(folder, unmailed)
        return counts
    by_agent: dict[str, list[Returned]] = defaultdict(list)
    for file in unmailed:
        if (
            file.agent in (UNKNOWN, OFFICE_FOLDER)
            or file.night < night - OLDEST
            or _sent_mark(folder, file).exists()
        ):
            forget_unmailed(folder, [file])
        elif file.night <= night:
            by_agent[file.agent].append(file)
    known = addresses(folder, night, run) if by_agent else {}
    failed = 0
    for agent, files in sorted(by_agent.items()):
        address = known.get(agent) or ""
        if not _ADDRESS.match(address):
            counts["without_address"] += 1
            continue
        mark = folder.outbox / ".mailed" / night.isoformat() / agent
        with machine_faults("write to the outbox"):
            mark.parent.mkdir(parents=True, exist_ok=True)
            try:
                mark.touch(exist_ok=False)
            except FileExistsError:
                counts["wait"] += 1
                continue
            marks = [_sent_mark(folder, file) for file in files]
            for of_file in marks:
                of_file.parent.mkdir(parents=True, exist_ok=True)
                of_file.touch()
        if _send(folder, night, agent, address, files):
            counts["sent"] += 1
            forget_unmailed(folder, files)
        else:
            failed += 1
            for made in (*marks, mark):
                made.unlink(missing_ok=True)
    if failed:
        raise MachineFault(
            f"{failed} of {failed + counts['sent']} mails to agents could not be sent; the copies lie in the outbox"
        )
    return counts


def _sent_mark(folder: DataFolder, file: Returned) -> Path:
    """One for each thing told of a file: judged anew with another outcome, it is told again."""
    return folder.outbox / ".mailed" / "files" / file.name


def _send(
    folder: DataFolder, night: date, agent: str, address: str, files: Sequence[Returned]
) -> bool:
    import html

    from airflow.exceptions import AirflowException
    from airflow.providers.smtp.hooks.smtp import SmtpHook

    attached, size = [], 0
    for path in (folder.outbox / name for file in files for name in reversed(file.paths)):
        if not path.exists():  # the office has handed it over since
            continue
        if size + path.stat().st_size <= LARGEST:
            attached.append(str(path))
            size += path.stat().st_size
    left_out = sum((folder.outbox / name).exists() for file in files for name in file.paths) - len(
        attached
    )
    text = "\n".join(_lines(night, agent, files, left_out))
    subject = f"[Bao Phủ] Kết quả nhận hồ sơ đêm {night:%d/%m/%Y} - {agent}"
    try:
        with SmtpHook(smtp_conn_id="smtp_default") as hook:
            hook.send_email_smtp(
                to=[address],
                subject=subject,
                html_content=f"<p>{html.escape(text).replace(chr(10), '<br>')}</p>",
                files=attached,
                mime_charset="utf-8",
            )
    except (OSError, smtplib.SMTPException, AirflowException) as exc:
        log.error("a mail to an agent could not be sent: %s", type(exc).__name__)
        return False
    return True


def _lines(night: date, agent: str, files: Sequence[Returned], left_out: int) -> list[str]:
    waiting = sum(file.waits for file in files)
    lines = [
        f"Kính gửi đại lý {agent},",
        "",
        f"Đêm {night:%d/%m/%Y} cơ quan BHXH đã nhận và kiểm tra {len(files)} tệp của đại lý; {len(files) - waiting} tệp không có gì phải sửa.",
    ]
    if waiting:
        lines += [
            f"{waiting} tệp có chỗ cần sửa hoặc xem lại: mở bản đánh dấu gửi kèm, xem trang tính “Cần sửa”, sửa ngay trên đó rồi gửi lại.",
        ]
    lines += ["Giấy báo nhận của từng tệp gửi kèm thư này."]
    if left_out:
        lines += [f"Có {left_out} tệp quá lớn, không gửi kèm được; xin nhận tại cơ quan BHXH."]
    return [
        *lines,
        "",
        "Thư này do hệ thống gửi tự động. Tệp đính kèm có thông tin cá nhân, xin không chuyển tiếp.",
    ]
