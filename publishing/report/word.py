"""The report as a Word file: a template that the office may edit in Word, filled by docxtpl."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from docx.opc.exceptions import PackageNotFoundError
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from core.errors import OfficeFault
from core.settings import NIGHT_HOUR
from publishing.report.paper import Paper

TEMPLATE = Path(__file__).resolve().parent / "report.docx"
_PICTURE_WIDTH = Mm(163)


def write_word(
    paper: Paper, pictures: Sequence[bytes], known_on: date, template: Path = TEMPLATE
) -> bytes:
    """The report as .docx: the template with the texts of `paper` in their places, and the pictures
    (PNG) of `draw_pictures`.

    Texts are put in as text, whatever they hold. A template can name only what `paper` has, and can
    call nothing. Raises OfficeFault with one sentence where the template is no .docx or asks for
    what is not there.
    """
    try:
        document = DocxTemplate(str(template))
        trend, *bars = [
            InlineImage(document, io.BytesIO(picture), width=_PICTURE_WIDTH) for picture in pictures
        ]
        marks = SandboxedEnvironment(autoescape=True, undefined=StrictUndefined)
        document.render({**paper, "trend": trend, "bars": bars}, jinja_env=marks)
    except (PackageNotFoundError, zipfile.BadZipFile, KeyError, ValueError) as exc:
        raise OfficeFault(f"{template} is not a Word template (.docx)") from exc
    except TemplateError as exc:
        raise OfficeFault(
            f"{template} cannot be filled: {exc.message or type(exc).__name__}"
        ) from exc
    _describe(document, paper, known_on)
    out = io.BytesIO()
    document.save(out)
    return _with_one_time(out.getvalue())


def _describe(document: Any, paper: Paper, known_on: date) -> None:
    """What the file says of itself: nothing of the machine or the moment."""
    properties = document.docx.core_properties
    properties.title, properties.author, properties.language = (
        paper["title"],
        paper["office_name"],
        "vi-VN",
    )
    properties.created = properties.modified = datetime.combine(known_on, time(NIGHT_HOUR))
    for at, picture in enumerate(document.docx.inline_shapes):  # what a screen reader says of it
        picture._inline.docPr.set(
            "descr", paper["trend_in_words"] if at == 0 else paper["bars_in_words"]
        )


def _with_one_time(package: bytes) -> bytes:
    """The same package; its parts bear no clock."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(package)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = zipfile.ZipInfo(name)  # of 1980
            part.compress_type, part.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            new.writestr(part, old.read(name))
    return out.getvalue()
