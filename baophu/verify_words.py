"""What `baophu rebuild --verify` says: a table for people, an object for programs."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table

from baophu.verify import CheckedVersion, Verified

_CAUSES = {
    "program": "chương trình đã thay đổi",
    "program or data": "chương trình đã thay đổi, hồ sơ gốc bị sửa",
    "data": "hồ sơ gốc bị sửa",
    "late": "có tệp nhận sau khi công bố",
    "unknown": "bản công bố bị sửa hoặc lỗi của chương trình",
}


def as_object(told: Verified) -> dict[str, Any]:
    """For programs."""
    return {
        "night": told.night,
        "is_whole": told.is_whole,
        "versions": [
            {
                "version": version.publication.version,
                "known_on": version.publication.known_on,
                "published_at": version.publication.published_at,
                "content_hash": version.publication.content_hash,
                "reproduced_hash": version.reproduced and version.reproduced.content_hash,
                "is_reproduced": version.is_reproduced,
                "is_taken_in": version.publication.is_taken_in,
                "tables": list(version.reproduced.tables) if version.reproduced else [],
                "difference": version.difference or None,
                "cause": version.cause or None,
                "changed": list(version.changed),
                "late": list(version.late),
            }
            for version in told.versions
        ],
        "findings": [{"about": found.about, "sentence": found.sentence} for found in told.found],
    }


def print_verified(console: Console, told: Verified) -> None:
    """A table of versions, then what was found, a sentence each."""
    table = Table(box=box.SIMPLE_HEAVY)
    for title in ("Phiên bản", "Tính đến đêm", "Công bố lúc (UTC)", "Kết quả"):
        table.add_column(title)
    for version in told.versions:
        made = version.publication
        if version.is_reproduced:
            result = "tính lại giống hệt"
        elif version.reproduced is None:
            result = "không tính lại được"
        else:
            result = f"khác: {_CAUSES[version.cause]}"
        table.add_row(
            made.version, f"{made.known_on:%d/%m/%Y}", f"{made.published_at:%d/%m/%Y %H:%M}", result
        )
    console.print(table)
    for words in sentences(told):
        console.print(words, highlight=False, soft_wrap=True)
    same = sum(version.is_reproduced for version in told.versions)
    console.print(
        f"{same}/{len(told.versions)} phiên bản tính lại từ hồ sơ gốc giống hệt; {len(told.found)} điểm bị sửa, thiếu hoặc lạ.",
        highlight=False,
    )


def sentences(told: Verified) -> list[str]:
    """What is wrong, in English: what was found, then each version that is not reproduced."""
    found = [each.sentence for each in told.found]
    for version in told.versions:
        if version.reproduced is None or version.is_reproduced:
            continue
        name, tables = version.publication.version, version.reproduced.tables
        where = version.difference or f"{len(tables)} tables, the first {tables[0]}"
        found.append(f"version {name} is not reproduced: {where}; {_why(version)}")
    return found


def _why(version: CheckedVersion) -> str:
    changed = f"the program is not the one that it was made with ({', '.join(version.changed)})"
    late = ", ".join(version.late[:5]) + (" and others" if len(version.late) > 5 else "")
    return {
        "program": changed,
        "program or data": f"{changed}, and landing was altered, as said above",
        "data": "landing was altered, as said above; the program is the same",
        "late": f"landed after it was published, and dated before: {late}",
        "unknown": "landing holds and the program is the same, so the version and its line of the ledger were altered, or this is a bug of ours",
    }[version.cause]
