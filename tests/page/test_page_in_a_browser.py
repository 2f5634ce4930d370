"""The page in a real Chromium, its network off: what it asks for, what axe-core finds, what a
keyboard reaches, and how it prints."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.data_folder import DataFolder
from tests.support.chromium import PATIENCE, chromium
from tests.support.published_pages import page_of, province

pytestmark = pytest.mark.slow

SCREENS = [(width, code) for width in (390, 1280) for code in ("vi", "en")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as opened:
        yield opened


def shown(browser: Any, path: Path, width: int = 1280, code: str = "vi") -> Any:
    """The page in a window of its own without a network; `asked`: what it asked for and said, but
    for itself."""
    context = browser.new_context(
        viewport={"width": width, "height": 844 if width < 600 else 800}, offline=True
    )
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.asked = []
    page.on("request", lambda request: page.asked.append(request.url))
    page.on("console", lambda message: page.asked.append(message.text))
    page.on("pageerror", lambda error: page.asked.append(str(error)))
    page.goto(path.as_uri())
    page.asked.remove(path.as_uri())
    if code != "vi":
        page.get_by_role("radio", name="English").focus()
        page.keyboard.press("Space")
    return page


@pytest.fixture(scope="module")
def path(first_night: Path) -> Path:
    return DataFolder(first_night).page


@pytest.fixture(scope="module")
def of_a_province(first_night: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("province")
    (folder / "index.html").write_text(
        page_of(province(first_night, folder / "province.duckdb")), encoding="utf-8"
    )
    return folder / "index.html"


@pytest.mark.parametrize(("width", "code"), SCREENS)
def test_axe_finds_nothing_and_nothing_is_asked_of_anybody(
    browser: Any, path: Path, width: int, code: str
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = shown(browser, path, width, code)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    found = Axe().run(page).response
    assert [
        (fault["id"], [node["html"][:200] for node in fault["nodes"]])
        for fault in found["violations"]
    ] == []
    assert len(found["passes"]) > 20
    assert [asked for asked in page.asked if not asked.startswith("data:")] == []
    page.context.close()


@pytest.mark.parametrize(("width", "code"), SCREENS)
def test_nothing_reaches_beyond_the_screen(browser: Any, path: Path, width: int, code: str) -> None:
    page = shown(browser, path, width, code)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    outside = page.evaluate(
        """() => [...document.querySelectorAll('svg text, .value, .who, h1, h2, h3, td, dd')].filter(one => {
            const at = one.getBoundingClientRect(); return at.width > 0 && (at.left < -1 || at.right > innerWidth + 1)
        }).map(one => one.textContent.slice(0, 60))"""
    )
    assert outside == []
    page.context.close()


def test_one_language_at_a_time_is_there_for_a_reader(browser: Any, path: Path) -> None:
    page = shown(browser, path)
    assert page.locator(".said-in-vi h1").is_visible()
    assert not page.locator(".said-in-en h1").is_visible()
    heard = page.locator("body").aria_snapshot()
    assert "Xã nào còn thiếu nhiều nhất" in heard
    assert "Which communes" not in heard
    page.get_by_role("radio", name="Tiếng Việt").focus()
    page.keyboard.press("ArrowRight")
    heard = page.locator("body").aria_snapshot()
    assert "Xã nào còn thiếu nhiều nhất" not in heard
    assert "Which communes" in heard
    page.context.close()


def test_a_keyboard_alone_reaches_everything(browser: Any, path: Path) -> None:
    page = shown(browser, path)
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('a, summary, input:checked')].filter(one => one.checkVisibility() || one.matches('input'))
            .map((one, n) => (one.dataset.n = n, String(n)))"""
    )
    reached = []
    for _ in range(len(wanted) + 3):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.n"))
    assert len(wanted) > 100
    assert set(wanted) - set(reached) == set()
    page.get_by_role("link", name="Bãi Sậy").first.focus()
    page.keyboard.press("Enter")  # a link to a commune opens its section
    assert page.locator("#xa-vi-12151").is_visible()
    page.context.close()


def test_a_province_opens_at_once_and_is_no_burden(browser: Any, of_a_province: Path) -> None:
    assert of_a_province.stat().st_size < 6_000_000
    took = []
    for _ in range(3):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        session = page.context.new_cdp_session(page)
        # the work of the page's thread: whoever else is busy does not count
        session.send("Performance.enable", {"timeDomain": "threadTicks"})
        page.goto(of_a_province.as_uri(), timeout=PATIENCE)
        page.screenshot()  # it is drawn
        took.append(
            next(
                one["value"]
                for one in session.send("Performance.getMetrics")["metrics"]
                if one["name"] == "TaskDuration"
            )
        )
        assert page.locator(".said-in-vi section.each > details").count() == 168
        page.close()
    assert 0 < min(took) < 2


@pytest.mark.parametrize("code", ["vi", "en"])
def test_on_paper_every_commune_is_there(browser: Any, path: Path, code: str) -> None:
    from pypdf import PdfReader

    page = shown(browser, path, code=code)
    printed = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
    assert [round(float(side)) for side in printed.pages[0].mediabox[2:]] == [595, 842]
    # a PDF has glyphs, not words
    text = "".join("".join(sheet.extract_text() for sheet in printed.pages).split())
    officer = "Cán bộ phụ trách: Cán bộ thu Hạ Lễ" if code == "vi" else "Officer: Cán bộ thu Hạ Lễ"
    assert officer.replace(" ", "") in text
    assert ("Whichcommunes" in text) == (code == "en")
    assert 8 < len(printed.pages) < 40
    page.context.close()
