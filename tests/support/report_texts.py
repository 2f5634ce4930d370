"""What a report says, as its readers see it."""

from __future__ import annotations

import re
from pathlib import Path

import docx
import pypdf


def text_of_pdf(path: Path) -> str:
    """All its text, in one line."""
    return re.sub(
        r"\s+", " ", " ".join(page.extract_text() for page in pypdf.PdfReader(path).pages)
    ).replace("\u200b", "")


def text_of_word(path: Path) -> str:
    """All its text, tables too, in one line."""
    document = docx.Document(str(path))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return re.sub(r"\s+", " ", " ".join([*(p.text for p in document.paragraphs), *cells]))


def flat(text: str) -> str:
    """Without spaces: where a line was broken says nothing."""
    return re.sub(r"\s+", "", text)
