"""Templates of HTML that other people's texts are put into."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.foreign_text import visible

if TYPE_CHECKING:
    from jinja2 import Environment


def html_templates(folder: Path, *, lstrip_blocks: bool = False) -> Environment:
    """The templates of a folder. A text of others is escaped and `visible`: shown, never obeyed. A
    name without a value is an error.

    `lstrip_blocks`: blanks before a tag that begins its line are left out.
    """
    # here, because whoever writes no HTML need not wait for the import
    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: (
            visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value
        ),
        trim_blocks=True,
        lstrip_blocks=lstrip_blocks,
        keep_trailing_newline=True,
    )
