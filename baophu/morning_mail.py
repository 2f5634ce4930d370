"""Mail the office what was published: once for each version, as plain text and HTML."""

from __future__ import annotations

import smtplib
from pathlib import Path

from baophu.plain_mail import send_plain
from core.data_folder import DataFolder
from core.errors import MachineFault, machine_faults
from core.settings import addresses_setting, text_setting


def mail_the_office(folder: DataFolder, version: Path) -> bool:
    """Mail BAOPHU_OFFICE_MAIL of the version in this folder. False where nobody is named, or this
    version went out before.

    It is marked as sent before it is: cut off in between, it does not go twice. Raises OfficeFault
    where no mail server is named, MachineFault where it does not take the mail; then it may be
    tried again.
    """
    from publishing.morning import write_morning

    recipients = addresses_setting("office_mail")
    if not recipients:
        return False
    morning = write_morning(version, text_setting("published_url"))
    mark = folder.outbox / ".mailed" / "versions" / version.name
    with machine_faults("write to the outbox"):
        mark.parent.mkdir(parents=True, exist_ok=True)
        try:
            mark.touch(exist_ok=False)
        except FileExistsError:
            return False
    try:
        send_plain(recipients, morning.subject, morning.text, morning.html)
    except BaseException as exc:
        mark.unlink()
        if isinstance(exc, OSError | smtplib.SMTPException):
            raise MachineFault(
                f"the morning mail could not be sent ({type(exc).__name__}); the version is published"
            ) from exc
        raise
    return True
