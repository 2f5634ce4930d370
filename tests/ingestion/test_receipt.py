"""The pages of receipts say what the stored ones say; a sender's text is shown in them, never
obeyed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from ingestion.feedback.receipt import receipt_html
from tests.ingestion.receipts import PARTIAL, RECEIPTS

PAGES = Path(__file__).with_name("receipt_pages")


def in_one_line(page: str) -> str:
    """Without the line breaks between two tags, and with quotes as one writer puts them."""
    return (
        re.sub(r">\s+<", "><", page).replace("&#39;", "&#x27;").replace("&#34;", "&quot;").strip()
    )


@pytest.mark.parametrize("name", RECEIPTS)
def test_a_receipt_is_the_stored_page(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("BAOPHU_OFFICE_CONTACT", "Bộ phận thu <0221>")
    stored = (PAGES / f"{name}.html").read_text(encoding="utf-8")
    assert in_one_line(receipt_html(RECEIPTS[name])) == in_one_line(stored)


def test_every_stored_page_has_its_receipt() -> None:
    assert {path.stem for path in PAGES.glob("*.html")} == set(RECEIPTS)


def test_a_receipt_whose_parts_do_not_add_up_is_none() -> None:
    with pytest.raises(AssertionError, match="do not add up"):
        receipt_html(replace(PARTIAL, rows={**PARTIAL.rows, "held": 11}))
