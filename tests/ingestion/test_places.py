"""Addresses in, a commune of that day and a village out; or why not, with the names between which a
person must choose."""

from __future__ import annotations

import unicodedata
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.data_folder import COMMUNES
from ingestion.forms.cells import text_key
from ingestion.places.addresses import parts_of
from ingestion.places.communes import CommuneBook, Place
from ingestion.vietnamese.old_encodings import decode, encode

OLD, MIDDLE, NEW = date(2019, 7, 1), date(2025, 1, 1), date(2025, 8, 1)
AN_THI = "329"


def a_village(
    code: str, name: str, start: date | None = None, end: date | None = None
) -> dict[str, Any]:
    return {
        "village_code": code,
        "commune_code": code[:5],
        "village_name": name,
        "valid_from": start,
        "valid_to": end,
    }


VILLAGES = [
    a_village("12145-01", "Thôn 1"),
    a_village("12145-03", "Thôn 3"),
    a_village("12145-04", "Đồng Giang"),
    a_village("12145-05", "Thôn Tiền Phong"),
    a_village("12145-06", "Xóm 3"),
    a_village("12148-01", "An Đông"),
    a_village("12148-02", "An Đồng"),
    a_village("12151-01", "Thôn Cũ", None, date(2018, 12, 31)),
    a_village("12151-02", "Thôn Mới", date(2019, 1, 1)),
]
BOOK = CommuneBook.read(COMMUNES, VILLAGES)

RESOLVED = [
    ("thôn Đồng Giang, xã Phù Ủng, huyện Ân Thi, tỉnh Hưng Yên", OLD, "12145", "12145-04"),
    ("Thôn Đồng Giang - Xã Phù Ủng - Ân Thi - Hưng Yên", OLD, "12145", "12145-04"),
    ("THÔN ĐỒNG GIANG, PHÙ ỦNG, ÂN THI, HƯNG YÊN", OLD, "12145", "12145-04"),
    ("thon Dong Giang xa Phu Ung huyen An Thi", OLD, "12145", "12145-04"),
    ("thôn 03 X.Phù Ủng H.Ân Thi", OLD, "12145", "12145-03"),
    ("xóm 3, X. Phù Ủng", OLD, "12145", "12145-06"),
    ("xã Phù Ủng (thôn 1)", OLD, "12145", "12145-01"),
    ("Tiền Phong, Phù Ủng, Ân Thi", OLD, "12145", "12145-05"),
    ("thôn Đồng Giang Phù Ủng Ân Thi", OLD, "12145", "12145-04"),
    ("thôn Lạ, xã Phù Ủng", OLD, "12145", None),
    ("An Đồng, Bắc Sơn", OLD, "12148", "12148-02"),
    ("an dong, bac son", OLD, "12148", None),
    ("thôn Cũ, Bãi Sậy", date(2018, 6, 1), "12151", "12151-01"),
    ("thôn Cũ, Bãi Sậy", OLD, "12151", None),
    ("thôn Mới, Bãi Sậy", OLD, "12151", "12151-02"),
    ("TT. Ân Thi", OLD, "12142", None),
    ("Thị trấn Ân Thi, Hưng Yên", OLD, "12142", None),
    ("Ân Thi, Ân Thi, Hưng Yên", OLD, "12142", None),
    ("Ân Thi, huyện Ân Thi", OLD, "12142", None),
    ("Ân Thi, Hưng Yên", NEW, "12142", None),
    ("xã Quang Vinh", date(2024, 11, 30), "12163", None),
    ("xã Quang Vinh", date(2024, 12, 1), "12157", None),
    ("Đa Lộc", OLD, "12187", None),
    ("Đa Lộc", MIDDLE, "12175", None),
    ("Hồng Quang", date(2024, 11, 30), "12199", None),
    ("Hồng Quang", MIDDLE, "12196", None),
    ("Hồng Quang", NEW, "12196", None),
    ("Bắc Sơn", date(2025, 6, 30), "12148", None),
    ("Phạm Ngũ Lão", date(2025, 7, 1), "12148", None),
    ("Ðặng Lễ", OLD, "12178", None),
    (unicodedata.normalize("NFD", "xã Đặng Lễ"), OLD, "12178", None),
    ("xã\u00a0Đặng\u200b Lễ", OLD, "12178", None),
]
MISTYPED = [
    ("Phù Ủg", "12145"),
    ("xã PhùỦng", "12145"),
    ("xã Phủ Ủng", "12145"),
    ("xã Hồng Qaung", "12199"),
    ("Hoàng Hoa Thám1", "12169"),
    ("xã Hạ Lê", "12202"),
    ("TT Phù Ủng", "12145"),
]
HELD = [
    ("", OLD, "unknown", []),
    ("thôn 3", OLD, "unknown", ["xã Phù Ủng"]),
    ("xã Lạ", OLD, "unknown", []),
    ("xã Hạ Lệe", OLD, "unknown", []),  # a name of four letters is not guessed at
    ("xã Phùu Ủngg", OLD, "unknown", []),
    ("xã Phù Ủng, huyện Kim Động", OLD, "unknown", []),
    ("xã Phù Ủng, xã Đa Lộc", OLD, "ambiguous", ["xã Phù Ủng", "xã Đa Lộc"]),
    ("Hồng Vân, Phù Ủng, Ân Thi", OLD, "ambiguous", ["xã Hồng Vân", "xã Phù Ủng"]),
    ("Hồng Quang, Ân Thi, Hưng Yên", NEW, "ambiguous", ["xã Hồng Quang", "xã Ân Thi"]),
    ("Ân Thi", OLD, "ambiguous", ["thị trấn Ân Thi", "huyện Ân Thi"]),
    ("thôn 3, Ân Thi, Hưng Yên", OLD, "ambiguous", ["thị trấn Ân Thi", "huyện Ân Thi"]),
    ("xã Ân Thi", OLD, "wrong_epoch", ["xã Ân Thi", "thị trấn Ân Thi"]),
    ("TT Ân Thi", NEW, "wrong_epoch", ["thị trấn Ân Thi", "xã Ân Thi"]),
    ("xã Tân Phúc", MIDDLE, "wrong_epoch", ["xã Tân Phúc", "xã Quang Vinh"]),
    ("xã Tân Phúc", NEW, "wrong_epoch", ["xã Tân Phúc", "xã Ân Thi"]),
    (
        "xã Quang Vinh, huyện Ân Thi",
        NEW,
        "wrong_epoch",
        ["xã Quang Vinh", "xã Quang Vinh", "xã Ân Thi"],
    ),
    ("Hoàng Hoa Thám", NEW, "wrong_epoch", ["xã Hoàng Hoa Thám", "xã Ân Thi"]),
    (
        "Phạm Ngũ Lão",
        OLD,
        "wrong_epoch",
        ["xã Phạm Ngũ Lão", "xã Phù Ủng", "xã Bắc Sơn", "xã Bãi Sậy", "xã Đào Dương"],
    ),
    ("Vân Du", date(1990, 1, 1), "wrong_epoch", ["xã Vân Du"]),
]


@pytest.mark.parametrize(("address", "on", "commune", "village"), RESOLVED)
def test_an_address_is_a_commune_and_a_village_of_its_day(
    address: str, on: date, commune: str, village: str | None
) -> None:
    assert BOOK.resolve(address, AN_THI, on) == Place(commune, village)


@pytest.mark.parametrize(("address", "commune"), MISTYPED)
def test_one_typing_error_is_read_and_told(address: str, commune: str) -> None:
    assert BOOK.resolve(address, AN_THI, OLD) == Place(commune, repair="typing_error")


@pytest.mark.parametrize(("address", "on", "problem", "names"), HELD)
def test_in_doubt_nothing_is_guessed_and_the_names_are_told(
    address: str, on: date, problem: str, names: list[str]
) -> None:
    place = BOOK.resolve(address, AN_THI, on)
    assert (place.commune_code, place.village_code, place.problem) == (None, None, problem)
    assert [c.name for c in place.candidates] == names


def test_two_near_names_are_ambiguous() -> None:
    (one, other) = (c for c in BOOK._communes if c.code in ("12178", "12202"))
    names = [
        type(one)(c.code, name, "xã", AN_THI, "Ân Thi", c.valid_from, None, None)
        for c, name in ((one, "Tân Lập"), (other, "Tân Lộp"))
    ]
    place = CommuneBook(names).resolve("xã Tân Lup", AN_THI, OLD)
    assert (place.problem, [c.name for c in place.candidates]) == (
        "ambiguous",
        ["xã Tân Lập", "xã Tân Lộp"],
    )


def test_other_districts_have_none_of_these() -> None:
    assert BOOK.resolve("xã Phù Ủng", "330", OLD) == Place(problem="unknown")


def test_an_address_is_split_at_its_type_words() -> None:
    said = [
        (p.level, p.unit, p.name)
        for p in parts_of("Số 5 tổ dân phố 02, TT.Ân Thi; Thị xã Mỹ Hào T. Hưng Yên")
    ]
    assert said == [
        (None, None, "số 5"),
        ("village", "tổ dân phố", "2"),
        ("commune", "thị trấn", "ân thi"),
        ("district", "thị xã", "mỹ hào t hưng yên"),
    ]


def test_the_list_has_three_epochs_and_every_successor_stands_the_day_after() -> None:
    communes = [c for c in BOOK._communes if c.district_code == AN_THI]
    for day, count in (
        (date(2017, 1, 1), 21),
        (date(2024, 11, 30), 21),
        (date(2024, 12, 1), 18),
        (date(2025, 6, 30), 18),
        (NEW, 5),
    ):
        assert sum(c.stands_on(day) for c in communes) == count, day
    for commune in communes:
        if commune.valid_to is not None:
            following = commune.valid_to + timedelta(days=1)
            assert [
                c.code
                for c in communes
                if c.stands_on(following) and c.code == commune.successor_code
            ], commune.name
    became = {c.name: c.successor_code for c in communes if c.valid_to == date(2024, 11, 30)}
    assert became == {
        "Tân Phúc": "12157", "Quang Vinh": "12157", "Văn Nhuệ": "12175", "Đa Lộc": "12175", "Hồng Vân": "12196", "Hồng Quang": "12196",
    }  # fmt: skip
    heirs = {"12142": 3, "12166": 3, "12148": 4, "12184": 4, "12196": 4}
    ended = [c.successor_code for c in communes if c.valid_to == date(2025, 6, 30)]
    assert {code: ended.count(code) for code in heirs} == heirs
    assert len(ended) == 18


days = st.dates(date(2005, 1, 1), date(2030, 12, 31))
communes = st.sampled_from([c for c in BOOK._communes if c.district_code == AN_THI])
styles = st.sampled_from(
    [str, str.upper, str.lower, text_key, lambda s: unicodedata.normalize("NFD", s)]
)


@given(communes, styles, st.booleans(), st.data())
def test_every_commune_is_found_on_each_of_its_days_however_it_is_written(
    commune: Any, style: Any, short: bool, data: st.DataObject
) -> None:
    on = data.draw(st.dates(commune.valid_from, commune.valid_to or date(2030, 12, 31)))
    unit = {"xã": "X.", "thị trấn": "TT."}[commune.unit] if short else f"{commune.unit} "
    assert BOOK.resolve(
        style(f"thôn Lạ, {unit}{commune.name}, huyện Ân Thi, Hưng Yên"), AN_THI, on
    ) == Place(commune.code)


@given(communes, st.sampled_from(["tcvn3", "vni"]))
def test_old_encodings_are_decoded_before(commune: Any, kind: Any) -> None:
    address, _ = decode(encode(f"thôn Lạ, {commune.unit} {commune.name}", kind), kind)
    assert BOOK.resolve(address, AN_THI, commune.valid_from).commune_code == commune.code


@given(st.text(max_size=40), days)
def test_an_answer_is_a_commune_of_that_day_or_a_problem(address: str, on: date) -> None:
    place = BOOK.resolve(address, AN_THI, on)
    assert (place.commune_code is None) == (place.problem is not None)
    if place.commune_code is not None:
        assert any(c.code == place.commune_code and c.stands_on(on) for c in BOOK._communes)


@given(communes, communes, days)
def test_a_name_of_two_communes_or_of_another_day_is_never_guessed(
    first: Any, second: Any, on: date
) -> None:
    place = BOOK.resolve(f"xã {first.name}, xã {second.name}", AN_THI, on)
    if first.name != second.name:
        assert place.commune_code is None
    elif place.commune_code is not None:
        assert any(
            c.name == first.name and c.code == place.commune_code and c.stands_on(on)
            for c in BOOK._communes
        )
