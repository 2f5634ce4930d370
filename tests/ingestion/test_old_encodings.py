"""TCVN3 and VNI: well-known texts, both ways round, and nothing that is not theirs."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingestion.model import Page
from ingestion.vietnamese.old_encodings import (
    Kind,
    decode,
    decode_bytes,
    detect,
    encode,
    may_be_old,
)
from ingestion.vietnamese.old_pages import in_unicode
from ingestion.vietnamese.spelling import is_syllable, with_new_tones
from samples import people

GIVENS = people._GIVENS
names = st.tuples(
    st.sampled_from(people._SURNAMES), st.sampled_from(people._MIDDLES), st.sampled_from(GIVENS)
).map(" ".join)
kinds = st.sampled_from(["tcvn3", "vni"])
LETTERS = "áàảãạăắằẳẵặâấầẩẫậđéèẻẽẹêếềểễệíìỉĩịóòỏõọôốồổỗộơớờởỡợúùủũụưứừửữựýỳỷỹỵ"

KNOWN = [
    ("NguyÔn V¨n An", "tcvn3", "Nguyễn Văn An"),
    ("TrÇn ThÞ B×nh", "tcvn3", "Trần Thị Bình"),
    ("§Æng ThÞ H­¬ng", "tcvn3", "Đặng Thị Hương"),
    ("Céng hßa x· héi chñ nghÜa ViÖt Nam", "tcvn3", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
    ("§éc lËp - Tù do - H¹nh phóc", "tcvn3", "Độc lập - Tự do - Hạnh phúc"),
    (
        "th«n §ång Giang, x· Phï ñng, huyÖn ¢n Thi",
        "tcvn3",
        "thôn Đồng Giang, xã Phù ủng, huyện Ân Thi",
    ),
    ("NGUYÔN V¡N AN", "tcvn3", "NGUYỄN VĂN AN"),
    ("§T 0912000111, Ngµy sinh 01/02/1980", "tcvn3", "ĐT 0912000111, Ngày sinh 01/02/1980"),
    ("Nguyeãn Vaên An", "vni", "Nguyễn Văn An"),
    ("Traàn Thò Bình", "vni", "Trần Thị Bình"),
    ("Ñaëng Thò Höông", "vni", "Đặng Thị Hương"),
    ("Coäng hoøa xaõ hoäi chuû nghóa Vieät Nam", "vni", "Cộng hòa xã hội chủ nghĩa Việt Nam"),
    ("NGUYEÃN VAÊN AN", "vni", "NGUYỄN VĂN AN"),
    ("Aán Ñoä", "vni", "Ấn Độ"),
]

NOT_OLD = [
    "Nguyễn Văn An",
    "Hà Lý",
    "Lê Thò Tú",
    "Ðào Thu Hà",
    "Nguyen Van An",
    "René Müller",
    "François Noël",
    "Hélène Côté",
    "Loïc Gaël Anaïs",
    "Thaï Caïn",
    "José García Núñez",
    "João São",
    "Jürgen Groß",
    "Søren Bjørn",
    "5 µm",
    "1ª",
    "30°C, 5 m²",
    "Nguyen\u00adVan",
    "«Hà»",
    "",
]


@pytest.mark.parametrize(("shown", "kind", "meant"), KNOWN)
def test_known_texts_are_read_with_and_without_their_font(
    shown: str, kind: str, meant: str
) -> None:
    assert decode(shown) == (meant, kind)
    assert decode(shown, kind)[0].casefold() == meant.casefold()
    assert detect(shown) == kind


@pytest.mark.parametrize("text", NOT_OLD)
def test_what_is_not_in_an_old_encoding_stays(text: str) -> None:
    assert decode(text) == (text, None)


@pytest.mark.parametrize("font", ["tcvn3", "vni"])
@pytest.mark.parametrize(
    "text", ["Nguyễn Văn An", "Bác Tám", "Hà Lý", "Nguyen Van An", "0912000111"]
)
def test_unicode_typed_under_an_old_font_stays(text: str, font: str) -> None:
    assert decode(text, font) == (text, None)


@pytest.mark.parametrize(
    ("shown", "meant", "kind"),
    [
        ("NguyÔn V¨n An", "NGUYỄN VĂN AN", "tcvn3"),
        ("Nguyen Van An", "NGUYEN VAN AN", None),
        ("nguyễn", "nguyễn", None),
        ("lý", "LÝ", None),
    ],
)
def test_capitals_live_in_the_font(shown: str, meant: str, kind: str | None) -> None:
    assert decode(shown, "tcvn3-capitals") == (meant, kind)


@pytest.mark.parametrize("kind", ["tcvn3", "vni"])
def test_every_letter_goes_there_and_back(kind: Kind) -> None:
    assert len(LETTERS) == 67
    for letter in LETTERS + LETTERS.upper():
        written = encode(f"x{letter}", kind)
        assert written.encode("latin-1")
        assert decode_bytes(written.encode("latin-1"), kind) == f"x{letter}", letter


def test_a_letter_that_an_encoding_does_not_have_is_refused() -> None:
    with pytest.raises(ValueError, match=r"U\+0142"):
        encode("ł", "vni")


@given(names, kinds)
def test_a_name_comes_back_by_its_font(name: str, kind: Kind) -> None:
    shown = encode(name, kind)
    assert decode(shown, kind) == (name, kind if shown != name else None)
    assert decode_bytes(shown.encode("latin-1"), kind) == name


@given(names, kinds)
def test_without_a_font_a_name_is_read_rightly_or_not_at_all(name: str, kind: Kind) -> None:
    shown = encode(name, kind)
    assert decode(shown) in ((name, kind), (shown, None))


def test_without_a_font_nearly_all_names_are_read() -> None:
    every = [f"{s} {m} {g}" for s in people._SURNAMES for m in people._MIDDLES for g in GIVENS]
    kinds_of_text: tuple[Kind, ...] = ("tcvn3", "vni")
    for kind in kinds_of_text:
        written = [(name, encode(name, kind)) for name in every]
        changed = [(name, shown) for name, shown in written if shown != name]
        assert [
            name for name, shown in changed if decode(shown) not in ((name, kind), (shown, None))
        ] == []
        assert sum(decode(shown)[0] == name for name, shown in changed) > 0.85 * len(changed), kind


@given(st.lists(names, min_size=1, max_size=4).map(", ".join), st.sampled_from(["NFC", "NFD"]))
def test_unicode_stays(text: str, form: str) -> None:
    text = unicodedata.normalize(form, text)  # type: ignore[arg-type]
    assert decode(text) == (text, None)
    # `Lê` alone under a TCVN3 font is shown as `Lờ`, and is read so
    if any(ord(c) > 0xFF for c in text):
        assert decode(text, "tcvn3") == decode(text, "vni") == (text, None)


@given(st.text(st.characters(max_codepoint=0x24F)))
def test_no_text_is_too_strange(text: str) -> None:
    for font in (None, "tcvn3", "tcvn3-capitals", "vni"):
        decode(text, font)


def page(*cells: object, fonts: dict[tuple[int, int], str] | None = None) -> Page:
    return Page("S", [[1.0, cell] for cell in cells], fonts=fonts or {})


def test_a_page_is_read_in_unicode_by_font_by_letters_or_by_its_file() -> None:
    by_font = {
        (0, 1): "tcvn3",
        (1, 1): "tcvn3",
        (2, 1): "tcvn3-capitals",
        (3, 1): "vni",
        (4, 1): "tcvn3",
        (5, 1): "tcvn3",
    }
    cells = ("H\u00ad¬ng", "Vò Ngäc An", "TrÇn ThÞ B×nh", "Ngoïc", "154.000®", "th¸ng 7 n¨m 2019")
    meant = ["Hương", "Vũ Ngọc An", "TRẦN THỊ BÌNH", "Ngọc", "154.000đ", "tháng 7 năm 2019"]
    given = page(*cells, fonts=by_font)
    found, decoded = in_unicode(given, None)
    assert [line[1] for line in found.grid] == meant
    assert decoded[2, 1] == ("tcvn3", "TrÇn ThÞ B×nh")
    assert {place: kind for place, (kind, _) in decoded.items()} == {
        place: font.split("-")[0] for place, font in by_font.items()
    }
    assert [line[1] for line in given.grid] == list(cells)  # the sender's own is let alone
    by_letters, decoded = in_unicode(
        page("TrÇn ThÞ B×nh", "Vò Ngäc An", "Traàn Thò Bình", "NGUYEN VAN AN"), "utf-8"
    )
    assert [line[1] for line in by_letters.grid] == [
        "Trần Thị Bình",
        "Vò Ngäc An",
        "Trần Thị Bình",
        "NGUYEN VAN AN",
    ]
    assert decoded == {(0, 1): ("tcvn3", "TrÇn ThÞ B×nh"), (2, 1): ("vni", "Traàn Thò Bình")}
    of_file, _ = in_unicode(page("Vò Ngäc An"), "tcvn3")
    assert of_file.grid == [[1.0, "Vũ Ngọc An"]]


def test_a_page_in_unicode_stays_as_it_is() -> None:
    given = page("Vũ Ngọc An", "Hà Lý", 154000.0, "", None, True)
    assert in_unicode(given, "utf-8") == (given, {})
    stale = page("Lê Minh An", "Vũ Ngọc An", fonts={(0, 1): "tcvn3", (1, 1): "tcvn3"})
    assert in_unicode(stale, None) == (stale, {})


@given(
    st.text(st.characters(max_codepoint=0x1EF9)),
    st.sampled_from([None, "tcvn3", "tcvn3-capitals", "vni"]),
)
def test_what_cannot_be_old_is_never_decoded(text: str, evidence: str | None) -> None:
    assert may_be_old(text) or text.isascii() or decode(text, evidence) == (text, None)


SYLLABLES = "kỳ quyển nghỉ gìn quờ giêng nguyễn hoà hòa thuý thúy quý gì giếng nghiêng khuỷu yến Ðặng của cứu rượu quỳnh khuya ngoèo BÌNH"
NO_SYLLABLES = "bàc mảt ỹn ngi kạ cí giì quũ müller heò bạ́ cah việtt cac̉ zô nguyôn ưn qúy ạ̣"


@pytest.mark.parametrize("word", SYLLABLES.split())
def test_syllables(word: str) -> None:
    assert is_syllable(word)
    assert is_syllable(unicodedata.normalize("NFD", word))


@pytest.mark.parametrize("word", NO_SYLLABLES.split())
def test_no_syllables(word: str) -> None:
    assert not is_syllable(word)


def test_tones_of_both_schools_are_one() -> None:
    assert with_new_tones("hòa thúy qúy HÒA Khoẻ của mùi") == "hoà thuý quý HOÀ Khoẻ của mùi"
