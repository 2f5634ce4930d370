"""The page of a version, written as one file: the same published figures give the same bytes."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from core.html import html_templates
from publishing.page.figures import Figures, read_figures
from publishing.page.language import HERE, LANGUAGES, language
from publishing.page.view import page_view

if TYPE_CHECKING:
    from jinja2 import Environment

_FONTS = (("Be Vietnam Pro", 400), ("Be Vietnam Pro", 600), ("Source Serif 4", 600))
_SUBSETS = {
    "vietnamese": "U+0102-0103,U+0110-0111,U+0128-0129,U+0168-0169,U+01A0-01A1,U+01AF-01B0,U+0300-0301,U+0303-0304,U+0308-0309,U+0323,U+1EA0-1EF9,U+20AB",
    "latin": "U+0000-00FF,U+2000-206F,U+20AC,U+2122,U+2212",
}


def write_page(store: Path, target: Path) -> None:
    """Write the page of the version whose published file is `store`. Raises NothingPublished where
    that cannot be read."""
    target.write_text(page_html(read_figures(store)), encoding="utf-8")


def page_html(figures: Figures) -> str:
    """The whole page."""
    css = _style()
    page: str = (
        _templates()
        .get_template("page.html.j2")
        .render(
            css=css,
            css_hash=base64.b64encode(hashlib.sha256(str(css).encode()).digest()).decode(),
            figures=figures,
            views=[page_view(figures, language(code)) for code in LANGUAGES],
        )
    )
    # a line break between two elements is a node for the browser, and there are tens of thousands
    return re.sub(
        r"\s*\n\s*", "\n", re.sub(r">\s*\n\s*<(?!/?(?:section|style|main|head|body))", "><", page)
    )


@cache
def _style() -> str:
    """The style sheet with the fonts in it, safe to be put into the page as it is."""
    from markupsafe import Markup

    faces = [
        f"@font-face{{font-family:'{family}';font-weight:{weight};font-display:block;unicode-range:{letters};"
        f"src:url(data:font/woff2;base64,{_font(family, subset, weight)}) format('woff2')}}"
        for family, weight in _FONTS
        for subset, letters in _SUBSETS.items()
    ]
    sheet = (HERE / "page.css").read_text(encoding="utf-8")
    lines = (
        line.strip()
        for line in re.sub(
            r"/\*.*?\*/", "", "\n".join([*faces, sheet]), flags=re.DOTALL
        ).splitlines()
    )
    return Markup("\n".join(line for line in lines if line))


def _font(family: str, subset: str, weight: int) -> str:
    name = f"{family.lower().replace(' ', '-')}-{subset}-{weight}-normal.woff2"
    return base64.b64encode((HERE / "fonts" / name).read_bytes()).decode()


@cache
def _templates() -> Environment:
    return html_templates(HERE, lstrip_blocks=True)
