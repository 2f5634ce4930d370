"""The files of a month's report, written beside each other: for a version while it is published,
and for who asks by command."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from core.data_folder import DataFolder
from core.errors import OfficeFault, machine_faults
from core.settings import Settings
from core.whole_files import give_name, safe_name, sync
from publishing.report.month import districts_of, read_month, whole_months
from publishing.store import read_store


def write_reports(
    store: Path, folder: Path, *, last_day: date | None = None, template: Path | None = None
) -> list[Path]:
    """Write `bao-cao-<month>.pdf`, `bao-cao-<month>.docx` and `bang-so-lieu-<month>.xlsx` into
    `folder`; returns their paths.

    `store`: the published file of a version. `last_day`: of the month; None: the last whole month
    of the version. `template`: the office's own Word template. Where a version has several
    districts, each has its own files, with its code at the end of their names. A version without a
    whole month has no report: nothing is written. Raises OfficeFault for a month that the version
    does not hold, and for a template that cannot be filled.
    """
    with duckdb.connect(str(store), read_only=True) as con:
        months = whole_months(con)
        if last_day is None and not months:
            return []
        if last_day is not None and last_day not in months:
            held = f"from {months[0]:%Y-%m} to {months[-1]:%Y-%m}" if months else "none"
            raise OfficeFault(f"no whole month {last_day:%Y-%m} is published; whole months: {held}")
        of = last_day or months[-1]
        districts = districts_of(con, of)
        read = [read_month(con, of, district) for district in districts]
    # each costs an import that a night without a report need not pay
    from publishing.report.paper import Office, chart_numbers, write_paper
    from publishing.report.pdf import Typesetter
    from publishing.report.word import TEMPLATE, write_word
    from publishing.report.workbook import write_workbook

    office, typesetter = Office.from_settings(Settings.from_environment()), Typesetter()
    files: dict[str, bytes] = {}
    for district, month in zip(districts, read, strict=True):
        name = f"{of:%Y-%m}" if len(districts) == 1 else f"{of:%Y-%m}-{safe_name(district)}"
        charts = chart_numbers(month)
        paper = write_paper(month, office, charts)
        files[f"bao-cao-{name}.pdf"] = typesetter.write_pdf(paper, charts)
        files[f"bao-cao-{name}.docx"] = write_word(
            paper, typesetter.draw_pictures(charts), month.known_on, template or TEMPLATE
        )
        files[f"bang-so-lieu-{name}.xlsx"] = write_workbook(month, paper)
    written = [folder / name for name in files]
    for path, content in zip(written, files.values(), strict=True):
        path.write_bytes(content)
    return written


def save_reports(
    data: Path, out: Path, *, last_day: date | None = None, template: Path | None = None
) -> list[Path]:
    """The same from the file that is published now, into any folder: each file whole, and none over
    another.

    Raises NothingPublished, OfficeFault as `write_reports` does and where a file stands already,
    MachineFault when the machine cannot write.
    """
    store = DataFolder(data).published
    with read_store(store, "publication"):
        pass  # says in one sentence what is wrong with it
    with machine_faults(f"write the report to {out}"):
        out.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=out, prefix=".bao-cao-") as scratch:
            parts = write_reports(store, Path(scratch), last_day=last_day, template=template)
            if not parts:
                raise OfficeFault("no whole month is published yet: there is nothing to report")
            paths = [out / part.name for part in parts]
            if standing := next((path for path in paths if path.exists()), None):
                raise OfficeFault(f"{standing} exists already; it was left as it is")
            for part, path in zip(parts, paths, strict=True):
                sync(part)
                try:
                    give_name(part, path)
                except FileExistsError:  # it came meanwhile
                    raise OfficeFault(f"{path} exists already; it was left as it is") from None
            sync(out)
    return paths


def published_reports(data: Path) -> list[Path]:
    """The reports (PDF) that lie in the version published now."""
    places = DataFolder(data)
    with read_store(places.published, "publication") as con:
        version = str(con.execute("select version from publication").fetchall()[0][0])
    return sorted((places.versions / version).glob("bao-cao-*.pdf"))
