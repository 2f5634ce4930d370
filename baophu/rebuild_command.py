"""`baophu rebuild`: the warehouse anew from landing, or every published version held against it."""

from __future__ import annotations

import argparse
import sys

from rich.console import Console
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from baophu.commands import DONE, WITH_FINDINGS
from baophu.terminal import PlainConsole, print_json
from core.data_folder import DataFolder

_STEPS = {
    "files": "Kiểm tra tệp của phiên bản",
    "landing": "Kiểm tra hồ sơ gốc",
    "plan": "Đọc danh mục",
    "judge": "Kiểm tra hồ sơ",
    "load": "Nạp vào kho",
    "marts": "Tính số liệu",
    "publish": "Công bố",
    "reproduce": "Tính lại phiên bản",
}


def run(asked: argparse.Namespace) -> int:
    """The warehouse built anew from landing; or every published version held against it."""
    from baophu import rebuild as rebuilding
    from baophu import verify as verifying
    from baophu import verify_words

    folder = DataFolder.resolve(asked.data)
    with Progress(
        TextColumn("{task.description}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        shown = progress.add_task("Lập lại kho", total=None)

        def tell(step: str, done: int, of: int) -> None:
            part = f" {done + 1}/{of}" if of > 1 else ""
            progress.update(shown, description=f"{_STEPS[step]}{part}")

        if asked.verify:
            told = verifying.verify(folder, tell)
        else:
            made = rebuilding.rebuild(folder, tell)
    if asked.verify:
        if asked.format == "json":
            print_json(verify_words.as_object(told))
        else:
            verify_words.print_verified(PlainConsole(), told)
        return DONE if told.is_whole else WITH_FINDINGS
    release = made.release
    is_same = made.hash_before == release.content_hash
    if asked.format == "json":
        print_json(
            {
                "night": made.night,
                "files": made.files,
                "rows": made.rows,
                "version": release.version,
                "content_hash": release.content_hash,
                "is_same": is_same,
                "path": str(release.path),
            }
        )
    else:
        same = "giống hệt phiên bản trước" if is_same else "khác phiên bản trước"
        print(
            f"Đã lập lại kho từ hồ sơ gốc: {made.files} tệp, {made.rows} dòng; phiên bản {release.version}, {same}."
        )
        for alarm in release.alarms:
            print(f"baophu rebuild: {alarm}", file=sys.stderr)
    return DONE
