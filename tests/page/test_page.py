"""The page of a version: every figure is the published one, in both languages, and what is not
known says so."""

from __future__ import annotations

import re
import shutil
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import lxml.html
import pytest
import yaml

from core.data_folder import DataFolder
from publishing.page.figures import read_figures
from publishing.page.language import HERE, LANGUAGES, language
from publishing.page.view import SECTIONS, page_view
from tests.support.published_pages import changed_store, page_of, sample_store

DAY = "2019-06-30"


@pytest.fixture(scope="module")
def store(first_night: Path) -> Path:
    return sample_store(first_night)


@pytest.fixture(scope="module")
def page(store: Path) -> str:
    return page_of(store)


def whole(page: str) -> Any:
    """The page as a tree."""
    return lxml.html.fromstring(page)


def block(page: str, code: str) -> Any:
    """What the page says in one language, as a tree."""
    (found,) = whole(page).xpath(f"//div[@class='said-in-{code}']")
    return found


def section(page: str, code: str, name: str) -> Any:
    (heading,) = block(page, code).xpath(f".//h2[@id='{name}-{code}']")
    return heading.getparent()


def ask(store: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(store), read_only=True) as con:
        return con.execute(query).fetchall()


def said(element: Any) -> str:
    return " ".join(element.text_content().split())


def figure(text: str, code: str) -> float | None:
    """The first number of a text, read as a reader of that language reads it; a percentage as a
    share. None where it says that it is not known."""
    if text in (language(code).text("unknown_short"), "–"):
        return None
    number = re.match(r"[+−]?[\d.,]+", text)
    assert number, text
    plain = (
        number[0]
        .replace("−", "-")
        .translate(str.maketrans(",.", ".,") if code == "vi" else {})
        .replace(",", "")
    )
    return round(float(plain) / (100 if text[number.end() :].startswith("%") else 1), 6)


def cells(section: Any, code: str, kind: str = " row ") -> Iterator[tuple[str, list[float | None]]]:
    """The rows of a section: who, and the figures beside it."""
    for row in section.xpath(f".//li[contains(concat(' ', @class, ' '), '{kind}')]"):
        (who,) = row.xpath(".//*[@class='who']")
        yield (
            said(who),
            [figure(said(value), code) for value in row.xpath(".//span[@class='value']")],
        )


def as_shown(*decimals: int) -> Callable[[tuple[Any, ...]], tuple[str, list[Any]]]:
    """A row of a mart as the page rounds it: the name, then a figure for each number of
    decimals."""
    return lambda row: (
        row[0],
        [
            None if v is None else pytest.approx(v, abs=0.5001 * 10**-d)
            for v, d in zip(row[1:], decimals, strict=True)
        ],
    )


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "query", "decimals"),
    [
        (
            "communes",
            "select commune_name, participants, year_target_rate, gap_to_year_target, needed_per_month, pace_per_month, forecast_year_end "
            f"from kpi_by_commune where reporting_date = '{DAY}' and boundaries = 'then' order by gap_to_year_target desc, commune_code",
            (0, 3, 0, 1, 1, 0),
        ),
        (
            "due",
            "select commune_name, due_next_month, due_in_60_days, overdue "
            f"from kpi_by_commune where reporting_date = '{DAY}' order by due_next_month desc, commune_code",
            (0, 0, 0),
        ),
        (
            "associations",
            "select association_name, participants, target_rate, year_target_rate "
            f"from kpi_by_association where reporting_date = '{DAY}' order by commune_code, association_code",
            (0, 2, 2),
        ),
    ],
)
def test_rows_are_the_rows_of_the_mart(
    store: Path, page: str, code: str, name: str, query: str, decimals: tuple[int, ...]
) -> None:
    found = list(cells(section(page, code, name), code))
    assert found == [as_shown(*decimals)(row) for row in ask(store, query)]
    assert len(found) > 20


@pytest.mark.parametrize("code", LANGUAGES)
def test_agents_systems_and_officers_stand_with_their_intervals_and_fields(
    store: Path, page: str, code: str
) -> None:
    work = "new_rate * 1000, field_people, renewal_rate"
    systems = ask(
        store,
        f"select system_name, {work} from kpi_by_system where reporting_date = '{DAY}' order by system_code",
    )
    agents = ask(
        store,
        f"select agent_name, {work} from kpi_by_agent where reporting_date = '{DAY}' order by commune_code, agent_code",
    )
    assert [(who, values[:3]) for who, values in _without_status(page, code)] == [
        as_shown(1, 0, 2)(row) for row in [*systems, *agents]
    ]
    officers = ask(
        store,
        "select officer_name, working_age_population, coverage_rate, participants, year_target_rate, forecast_year_end "
        f"from kpi_by_officer where reporting_date = '{DAY}' order by officer_code",
    )
    found = list(cells(section(page, code, "work"), code, "row of-officers"))
    assert found == [as_shown(0, 4, 0, 3, 0)(row) for row in officers]
    low, high = ask(
        store,
        "select new_rate_low * 1000, new_rate_high * 1000 from kpi_by_agent where agent_code = 'DL001' and reporting_date = '2019-06-30'",
    )[0]
    lang = language(code)
    assert f"({lang.decimal(low)}–{lang.decimal(high)})" in said(section(page, code, "work"))


def _without_status(page: str, code: str) -> Iterator[tuple[str, list[float | None]]]:
    for row in section(page, code, "work").xpath(".//li[@class='row of-work']"):
        values = row.xpath(".//span[@class='value']")
        yield (
            said(row.xpath(".//*[@class='who']")[0]),
            [figure(said(value), code) for value in values[:-1]],
        )


@pytest.mark.parametrize("code", LANGUAGES)
def test_cohorts_renewals_and_reports_are_those_of_the_marts(
    store: Path, page: str, code: str
) -> None:
    def table(name: str) -> list[list[float | None]]:
        (found,) = block(page, code).xpath(f".//table[@class='{name}']")
        return [
            [figure(said(cell), code) for cell in row.xpath("./td")]
            for row in found.xpath("./tbody/tr")
        ]

    cohorts = ask(
        store,
        "select sum(people), sum(covered_after_3_months), sum(covered_after_6_months), sum(covered_after_12_months), sum(covered_after_24_months) "
        "from fct_cohorts group by first_month order by first_month",
    )
    assert table("cohorts") == [[None if v is None else float(v) for v in row] for row in cohorts]
    renewals = ask(
        store,
        "select method, list(renewal_rate order by month) from fct_renewals where month >= '2019-01-01' group by method",
    )
    by_method = dict(renewals)
    assert table("renewals") == [
        [pytest.approx(v, abs=0.00501) for v in by_method[m]]
        for m in ("monthly", "three_monthly", "six_monthly", "yearly")
    ]
    files = ask(
        store,
        "select count(*), count(*) filter (verdict = 'accepted') / count(*), count(*) filter (verdict = 'partial'), "
        "count(*) filter (verdict = 'held'), count(*) filter (verdict = 'rejected') from fct_submissions "
        "where verdict <> 'duplicate' and coalesce(form, '') in ('', 'd05-ts/595') and coalesce(head_month, date_trunc('month', night)) > '2018-06-30' "
        "group by coalesce(head_month, date_trunc('month', night)) order by coalesce(head_month, date_trunc('month', night))",
    )
    assert table("quality") == [[pytest.approx(v, abs=0.000501) for v in row] for row in files]
    assert sum(row[0] for row in files) > 300


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "vi",
            [
                "824 người tham gia: đã vượt kế hoạch 6 tháng đầu năm, nhưng chưa đủ nhanh để đạt mục tiêu năm",
                "149% kế hoạch 6 tháng đầu năm (553,", "41,2% mục tiêu năm (2.000)", "74/76 đại lý", "101,5", "196,0", "gấp 1,93 lần",
                "1.433", "từ 1.217 đến 1.649", "Số liệu đến 30/06/2019, theo hồ sơ nhận đến hết đêm 30/06/2019",
                "Chưa có báo cáo tháng 06/2019 của 2/76 đại lý",
            ],
        ),
        (
            "en",
            [
                "824 participants: above the plan for the first half of the year, but too slow for the year's goal",
                "149% of the plan for the first half of the year (553,", "41.2% of the year's goal (2,000)", "74 of 76 agents", "101.5", "196.0",
                "1.93 times", "1,433", "1,217 to 1,649", "Figures of 30 June 2019",
            ],
        ),
    ],
)  # fmt: skip
def test_the_first_screen_says_the_whole_truth_of_the_day(
    page: str, code: str, words: list[str]
) -> None:
    first = said(block(page, code))[:2500]
    assert [word for word in words if word not in first] == []
    (drawing,) = block(page, code).xpath(".//figure[@class='picture']/svg")
    numbers = (
        {"553", "824", "2.000", "1.433", "1.217–1.649", "41,2%"}
        if code == "vi"
        else {"553", "824", "2,000", "1,433", "1,217–1,649", "41.2%"}
    )
    assert numbers <= set(" ".join(drawing.itertext()).split())
    assert drawing.get("aria-label").startswith(
        "Đến 30/06/2019, huyện Ân Thi" if code == "vi" else "On 30 June 2019, Ân Thi district"
    )


def test_every_number_stands_in_a_mart(store: Path, page: str) -> None:
    """The numbers of the Vietnamese page, but for dates, scales and what the texts themselves say,
    are figures of the published tables."""
    lang, allowed = language("vi"), set()
    with duckdb.connect(str(store), read_only=True) as con:
        for (table,) in con.execute(
            "select table_name from duckdb_tables() where table_name not in ('fct_submissions', 'dim_month')"
        ).fetchall():
            for row in con.execute(f"from {table}").fetchall():
                for value in row:
                    if (
                        isinstance(value, int | float)
                        and not isinstance(value, bool)
                        and value == value
                    ):
                        allowed |= {lang.floor(value), lang.ceiling(value), lang.whole(value)}
                        allowed |= {
                            lang.decimal(value * times, d)
                            for times in (1, 100, 1000)
                            for d in (0, 1, 2)
                        }
                    elif isinstance(value, str):
                        allowed |= set(re.findall(r"[\d.,]*\d", value))
        for row in (
            read_figures(store).arrivals
            + read_figures(store).cohorts
            + read_figures(store).rejections
        ):
            allowed |= {lang.number(value) for value in row.values() if isinstance(value, int)}
            allowed |= {
                lang.percent(value).rstrip("%")
                for value in row.values()
                if isinstance(value, float)
            }
    tree = block(page, "vi")
    for scale in tree.xpath(".//*[@class='scale' or @class='definitions' or @class='rules']"):
        scale.getparent().remove(scale)
    texts = " ".join(text for text in tree.itertext())
    texts = re.sub(r"\d\d/\d\d/\d{4}|\b\d\d/\d{4}", " ", texts)
    # the half-year's name
    of_texts = set(re.findall(r"[\d.,]*\d", " ".join(map(str, lang.texts.values())))) | {"6"}
    counts = {
        lang.number(len(found))
        for found in (read_figures(store).agents, read_figures(store).associations)
    }
    strange = set(re.findall(r"\d[\d.,]*\d|\d", texts)) - allowed - of_texts - counts
    # the forecast's share of the goal, of the sentence
    shares = {"72", "69"} | {n for n in strange if re.search(rf"bằng {n}% mục tiêu", texts)}
    assert strange - shares - {"2019", "2017", "1ac473c16256"} == set()


def test_nobody_who_takes_part_is_named(first_night: Path, page: str) -> None:
    with duckdb.connect(str(DataFolder(first_night).as_of), read_only=True) as con:
        people = con.execute(
            "select distinct full_name, bhxh_number from raw.sheet_rows where bhxh_number is not null"
        ).fetchall()
    text = whole(page).text_content()
    assert len(people) > 800
    assert [who for who, number in people if (number in text) or (who and f" {who} " in text)] == []


def test_texts_are_there_in_both_languages_with_the_same_places_and_all_are_used() -> None:
    texts = {
        code: yaml.safe_load((HERE / f"texts.{code}.yaml").read_text(encoding="utf-8"))
        for code in LANGUAGES
    }
    assert list(texts["vi"]) == list(texts["en"])

    def places(text: object) -> set[str | None]:
        return (
            {name for _, name, _, _ in string.Formatter().parse(str(text)) if name}
            if isinstance(text, str)
            else set()
        )

    assert {
        key for key in texts["vi"] if places(texts["vi"][key]) != places(texts["en"][key])
    } == set()
    for group in ("unit_types", "methods", "report_statuses"):
        assert list(texts["vi"][group]) == list(texts["en"][group])
    sources = "".join(
        path.read_text(encoding="utf-8")
        for path in [*HERE.glob("*.py"), *HERE.glob("*.j2"), HERE.parent / "sentences.py"]
    )
    by_name = {f"{name}_nav" for name in SECTIONS} | {
        f"moves_{move}" for move in ("new", "returned", "moved_in", "lapsed", "left", "moved_out")
    }
    assert [
        key
        for key in texts["vi"]
        if f'"{key}"' not in sources and f"'{key}'" not in sources and key not in by_name
    ] == []


def test_links_lead_somewhere_and_names_are_given_once(page: str, store: Path) -> None:
    tree = whole(page)
    names = tree.xpath("//@id")
    assert len(names) == len(set(names))
    targets = [href[1:] for href in tree.xpath("//a/@href")]
    assert set(targets) <= set(names)
    codes = {code for (code,) in ask(store, "select code from kpi_definition")}
    assert {code for of in SECTIONS.values() for code in of} <= codes


def test_the_page_asks_nothing_of_any_host(page: str) -> None:
    tree = whole(page)
    assert (
        tree.xpath("//script | //img | //iframe | //form | //object | //@style | //@onclick") == []
    )
    assert set(tree.xpath("//link/@href")) == {"data:,"}
    assert re.findall(r"url\((?!#|data:font/woff2)", page) == []
    assert "http://" not in page.replace("http-equiv", "")
    assert "https://" not in page
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def test_the_same_version_gives_the_same_bytes(store: Path, page: str, tmp_path: Path) -> None:
    assert (
        page_of(
            changed_store_of(
                store,
                tmp_path / "again.duckdb",
                "update publication set published_at = '2031-01-01'",
            )
        )
        == page
    )


def changed_store_of(store: Path, path: Path, *statements: str) -> Path:
    shutil.copyfile(store, path)
    with duckdb.connect(str(path)) as con:
        for statement in statements:
            con.execute(statement)
    return path


def test_names_are_text_whatever_they_hold(first_night: Path, tmp_path: Path) -> None:
    hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\u202e{{ 7*7 }}"
    value = "'" + hostile.replace("'", "''") + "'"
    changed = changed_store(
        first_night,
        tmp_path / "hostile.duckdb",
        *(
            f"update {table} set {column} = {value}"
            for table, column in (
                ("kpi_by_commune", "commune_name"), ("kpi_by_district", "district_name"), ("kpi_by_agent", "agent_name"),
                ("kpi_by_officer", "officer_name"), ("dim_officer", "officer_name"), ("kpi_by_association", "association_name"),
                ("kpi_by_system", "system_name"), ("kpi_by_commune", "incomplete_reason"), ("kpi_by_district", "incomplete_reason"),
                ("dim_commune", "unit_type"), ("kpi_definition", "name_vi"), ("fct_rejections", "rule_code"), ("fct_renewals", "method"),
                ("publication", "version"),
            )
        ),
    )  # fmt: skip
    made = page_of(changed)
    tree = whole(made)
    assert tree.xpath("//script | //img | //@onerror") == []
    assert "\u202e" not in made
    assert (
        r"<script>alert(1)</script>\"'><img src=x onerror=alert(1)>".replace("\\", "")
        + r"\u202e{{ 7*7 }}"
        in tree.text_content()
    )


NO_GOAL = (
    "update kpi_by_{} set target_period = null, target_basis = null, target_participants = null, target_rate = null, year_target_basis = null, "
    "year_target = null, year_target_rate = null, gap_to_year_target = null, needed_per_month = null, needed_to_pace = null"
)


@pytest.mark.parametrize(
    ("statements", "words", "missing"),
    [
        ([f"delete from kpi_by_{by} where reporting_date = '{DAY}'" for by in ("district", "commune", "agent", "officer", "system", "association")],
         ["Chưa có số liệu cho ngày này.", "There are no figures for this day yet."], ["None", "nan"]),
        (["delete from kpi_by_commune where commune_code <> '12142'"], ["Ân Thi"], ["Phù Ủng: "]),
        ([*(NO_GOAL.format(by) for by in ("district", "commune", "officer")), "delete from fct_targets"],
         ["824 người tham gia, theo báo cáo của 74/76 đại lý.", "Giữ tốc độ này, cuối năm có khoảng 1.433 người", "chưa có"], ["kế hoạch 6 tháng", "None"]),
        (["update kpi_by_district set forecast_year_end = null, forecast_low = null, forecast_high = null, pace_per_month = null",
          "update kpi_by_commune set forecast_year_end = null, forecast_low = null, forecast_high = null, pace_per_month = null"],
         ["824 người tham gia: đã vượt kế hoạch 6 tháng đầu năm", "chưa có"], ["Giữ tốc độ này", "None"]),
        ([f"update kpi_by_{by} set participants = null, coverage_rate = null, year_target_rate = null, gap_to_year_target = null, target_rate = null "
          f"where reporting_date >= '2019-05-31'" for by in ("district", "commune")],
         ["Chưa có số liệu về số người tham gia đến 30/06/2019", "The number of participants on 30 June 2019 is not known"], ["None", "nan%", "0 người tham gia"]),
        (["delete from kpi_by_agent", "delete from kpi_by_system", "update kpi_by_district set agents_expected = 0, agents_reported = 0"],
         ["Không có đại lý thu.", "0/0"], ["None"]),
        (["delete from fct_cohorts", "delete from fct_renewals", "delete from fct_submissions", "delete from fct_rejections", "delete from fct_control_totals"],
         ["chưa có số liệu", "Không có quy tắc nào bị vi phạm."], ["None"]),
        (["update kpi_by_commune set villages = null, villages_without_participants = null, working_age_population = null, coverage_rate = null"],
         ["chưa có"], ["None"]),
    ],
    ids=["a day without data", "one commune", "no targets", "no forecast", "nobody reported", "no agents", "no files", "no villages, no population"],
)  # fmt: skip
def test_what_is_not_known_says_so(
    first_night: Path, tmp_path: Path, statements: list[str], words: list[str], missing: list[str]
) -> None:
    made = page_of(changed_store(first_night, tmp_path / "changed.duckdb", *statements))
    tree = whole(made)
    text = " ".join((tree.body if tree.tag == "html" else tree).text_content().split())
    assert [word for word in words if word not in text] == []
    assert [word for word in missing if word in text] == []


def test_unknown_is_hatched_and_never_drawn_as_zero(first_night: Path, tmp_path: Path) -> None:
    made = page_of(
        changed_store(
            first_night,
            tmp_path / "changed.duckdb",
            f"update kpi_by_commune set participants = null, gap_to_year_target = null where commune_code = '12142' and reporting_date = '{DAY}'",
            "update kpi_by_district set participants = null where reporting_date = '2019-03-31'",
        )
    )
    (row,) = (
        row
        for row in section(made, "vi", "communes").xpath(".//ol/li")
        if said(row).startswith("Ân Thi")
    )
    assert [rect.get("class") for rect in row.xpath(".//svg/rect")] == ["not-known"]
    assert "chưa có" in said(row)
    (picture,) = block(made, "vi").xpath(".//figure[@class='picture']/svg")
    # before the day that is not known, and after it
    assert len(picture.xpath(".//rect[@class='not-known']")) == 2
    assert len(picture.xpath(".//polyline[@class='line']")) == 2


def test_the_rules_are_named_without_the_place_of_one_finding(store: Path) -> None:
    figures = read_figures(store)
    rules = {code: page_view(figures, language(code))["rules"] for code in LANGUAGES}
    assert rules["vi"]["BP-102"] == "Mã số BHXH phải có đúng 10 chữ số."
    assert rules["vi"]["BP-001"] == "Không đọc được tệp."
    assert rules["en"]["BP-306"] == "The total is not the participant's amount plus each support."
    assert not [said for code in LANGUAGES for said in rules[code].values() if "{" in said]


def test_what_differs_from_the_version_before_is_told(
    store: Path, page: str, tmp_path: Path
) -> None:
    assert "Chưa có phiên bản nào trước đó" in said(section(page, "vi", "changes"))
    changed = changed_store_of(
        store,
        tmp_path / "changed.duckdb",
        "insert into publication_changes values "
        "('2019-05-31_aaaaaaaaaaaa', '2019-06-30', '2019-05-31', 'district', '329', 'Ân Thi', 'participants', 684, 824, 140), "
        "('2019-05-31_aaaaaaaaaaaa', '2019-04-30', '2019-04-30', 'district', '329', 'Ân Thi', 'participants', 548, 550, 2), "
        "('2019-05-31_aaaaaaaaaaaa', '2019-04-30', '2019-04-30', 'commune', '12142', 'Ân Thi', 'participants', null, 30, null), "
        "('2019-05-31_aaaaaaaaaaaa', '2019-04-30', '2019-04-30', 'commune', '12142', 'Ân Thi', 'coverage_rate', 0.1, 0.2, 0.1)",
    )
    told = said(section(page_of(changed), "vi", "changes"))
    assert "So với phiên bản 2019-05-31_aaaaaaaaaaaa" in told
    assert "Ân Thi: 684 người vào 31/05/2019, 824 người vào 30/06/2019" in told
    assert "Ân Thi, 30/04/2019: 548 thành 550 người" in told
    assert "1 số của xã thay đổi" in told
    assert "Ân Thi, 30/04/2019: – thành 30 người" in told
