"""The report as PDF, and its pictures, by Typst: with the fonts of this folder alone, so that every
machine writes the same bytes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import typst

from publishing.report.paper import Paper

FOLDER = Path(__file__).resolve().parent
FONTS = FOLDER / "fonts"
"""Liberation Serif: the widths of Times New Roman, every letter of Vietnamese, free to ship
(fonts/LICENSE)."""
_STANDARDS = ["a-2a", "ua-1"]
"""An archive keeps it (PDF/A), a screen reader reads it (PDF/UA)."""
_PIXELS_PER_INCH = 200.0


class Typesetter:
    """Typst with its fonts loaded once, for any number of reports."""

    def __init__(self) -> None:
        self._compiler = typst.Compiler(
            root=str(FOLDER), font_paths=[str(FONTS)], ignore_system_fonts=True
        )

    def write_pdf(self, paper: Paper, charts: dict[str, Any]) -> bytes:
        """The report: A4, PDF/A-2a and PDF/UA-1."""
        return self._compile(
            "report.typ", {"paper": json.dumps(paper), "charts": json.dumps(charts)}, "pdf"
        )[0]

    def draw_pictures(self, charts: dict[str, Any]) -> list[bytes]:
        """PNG files: the trend, then the bars of 40 communes each."""
        return self._compile("pictures.typ", {"charts": json.dumps(charts)}, "png")

    def _compile(self, name: str, inputs: dict[str, str], kind: Any) -> list[bytes]:
        standards: Any = _STANDARDS if kind == "pdf" else []
        made = self._compiler.compile(
            input=str(FOLDER / name),
            format=kind,
            sys_inputs=inputs,
            pdf_standards=standards,
            ppi=_PIXELS_PER_INCH,
        )
        assert made is not None
        return [made] if isinstance(made, bytes) else made
