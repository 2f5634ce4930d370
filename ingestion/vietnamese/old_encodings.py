"""Texts of the time before Unicode: TCVN3 (ABC, fonts `.VnTime`) and VNI (fonts `VNI-Times`), as
their bytes show in Latin letters.

TCVN 5712:1993 VN3 has one byte per letter and tone, but no capitals with a tone: those live in a
second font, `.VnTimeH` (here `tcvn3-capitals`), or are a capital and a tone of its own. VNI writes
a letter and its mark as two characters. No maintained converter exists for Python, so both tables
stand here. Both live in the bytes A0 to FF, where Latin-1, Windows-1252 and Unicode agree.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from ingestion.vietnamese.spelling import ACUTE, DOT, GRAVE, HOOK, TILDE, TONES, is_syllable

Kind = Literal["tcvn3", "vni"]

_TCVN3 = dict(
    zip(
        "¡¢£¤¥¦§¨©ª«¬\xad®µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ",
        "ĂÂÊÔƠƯĐăâêôơưđàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
_TCVN3_TONES = {"°": GRAVE, "±": HOOK, "²": TILDE, "³": ACUTE, "´": DOT}


def _vni() -> dict[str, str]:
    singles = dict(zip("ñíìæóòôöîÑÍÌÆÓÒÔÖÎ", "đíìỉĩịơưỵĐÍÌỈĨỊƠƯỴ", strict=True))
    plain = {"ù": ACUTE, "ø": GRAVE, "û": HOOK, "õ": TILDE, "ï": DOT}
    circumflex = {"â": "", "á": ACUTE, "à": GRAVE, "å": HOOK, "ã": TILDE, "ä": DOT}
    breve = {"ê": "", "é": ACUTE, "è": GRAVE, "ú": HOOK, "ü": TILDE, "ë": DOT}
    pairs: dict[str, str] = {}
    for bases, sign, marks in (
        ("aeouyôö", "", plain),
        ("aeo", "\u0302", circumflex),
        ("a", "\u0306", breve),
    ):
        for base in bases:
            letter = singles.get(base, base)
            for mark, tone in marks.items():
                if (base, mark) == ("y", "ï"):  # ỵ is one character, î
                    continue
                whole = unicodedata.normalize("NFC", letter + sign + tone)
                # the mark follows its letter's case, but a capital at the head of a word often
                # keeps a small mark
                pairs |= {
                    base + mark: whole,
                    base.upper() + mark.upper(): whole.upper(),
                    base.upper() + mark: whole.upper(),
                }
    return singles | pairs


_VNI = _vni()
_VNI_TOKEN = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))
_ENCODE: dict[Kind, dict[str, str]] = {"tcvn3": {v: k for k, v in _TCVN3.items()}, "vni": {}}
for _written, _letter in _VNI.items():
    _ENCODE["vni"].setdefault(_letter, _written)
_TCVN3_TONE_OF = {tone: char for char, tone in _TCVN3_TONES.items()}

_RUN = re.compile(r"[A-Za-z\u00a1-\u00ff]+")
_BEYOND = re.compile(r"[^\x00-\xff]")
_WHOLE_LETTER = re.compile("[ĂăĐđĨĩŨũƠơƯưẠ-ỹ]")
_OLD_LETTER = re.compile(r"[\u00a1-\u00ff]")
_NO_WESTERN_WORD: dict[Kind, re.Pattern[str]] = {
    # signs, or a capital with a mark behind a small letter
    "tcvn3": re.compile(r"[¡-®µ¶·¸¹»¼½¾×÷]|[a-zß-ÿ][À-Þ]"),
    "vni": re.compile(r"[aeouy][ãåõûø]|a[aâáàäAÂÁÀÄ]|[ôö][ùøûõï]|[eo][âáàä]|aê", re.IGNORECASE),
}
_VOWEL = re.compile("[aeiouyăâêôơư]$", re.IGNORECASE)


def may_be_old(text: str) -> bool:
    """Whether a text can be in an old encoding at all, told at once of nearly every one: it is not
    ASCII, and holds no Vietnamese letter beyond Latin-1."""
    return not text.isascii() and _WHOLE_LETTER.search(text) is None


@lru_cache(maxsize=1 << 16)
def decode(text: str, evidence: str | None = None) -> tuple[str, Kind | None]:
    """The text in Unicode and what it was, or the text as it came and None.

    `evidence` is what the cell's font says: `tcvn3`, `tcvn3-capitals`, `vni`, or None. Without a
    font the spelling decides: every word that is not plain ASCII must become a Vietnamese syllable,
    and several of them (or one that no western language writes) must not be one as they stand. What
    holds a letter beyond Latin-1, or is Vietnamese as it stands, is left alone. A font that
    contradicts the spelling of its own text (Unicode typed into a cell whose font stayed) is not
    believed either.
    """
    if text.isascii():
        return (text.upper() if evidence == "tcvn3-capitals" else text), None
    if any(char.isalpha() or unicodedata.combining(char) for char in _BEYOND.findall(text)):
        return text, None
    if evidence is None:
        kind = (
            None
            if all(is_syllable(run) for run in _RUN.findall(text) if not run.isascii())
            else detect(text)
        )
        return (
            (text, None)
            if kind is None
            else (_restore_capitals(_decoded(text, kind) or text), kind)
        )
    by_font: Kind = "vni" if evidence == "vni" else "tcvn3"
    decoded = _decoded(text, by_font)
    if decoded is None or _syllables_in(decoded) < _syllables_in(text):
        return text, None
    decoded = decoded.upper() if evidence == "tcvn3-capitals" else decoded
    return decoded, by_font if decoded.casefold() != text.casefold() else None


def decode_bytes(data: bytes, kind: Kind) -> str:
    """Bytes of a text file in an old encoding; what the table does not know stays as Windows-1252
    would show it."""
    text = (
        "".join(bytes((b,)).decode("cp1252", errors="ignore") or chr(b) for b in data)
        if max(data, default=0) > 127
        else data.decode()
    )
    return "".join(
        part if part.isascii() else _decoded(part, kind) or part
        for part in re.split(r"(\s+)", text)
    )


def detect(text: str) -> Kind | None:
    """Which old encoding a text (as Latin-1 shows its bytes) is clearly in, by the spelling of its
    words; None when in doubt."""
    found: list[Kind] = [kind for kind in _ENCODE if _is_clearly(text, kind)]
    return found[0] if len(found) == 1 else None


def encode(text: str, kind: Kind) -> str:
    """The other way round, for tests and for showing what a cell held. Raises ValueError for a
    letter that the encoding does not have."""
    out = []
    for char in unicodedata.normalize("NFC", text):
        written = char if char.isascii() else _ENCODE[kind].get(char)
        if written is None and kind == "tcvn3":
            bare = unicodedata.normalize("NFD", char)
            tone = next((c for c in bare if c in TONES), "")
            base = unicodedata.normalize("NFC", bare.replace(tone, ""))
            if tone and (base.isascii() or base in _ENCODE[kind]):
                written = _ENCODE[kind].get(base, base) + _TCVN3_TONE_OF[tone]
        if written is None:
            raise ValueError(f"{kind} has no letter U+{ord(char):04X}")
        out.append(written)
    return "".join(out)


def _decoded(text: str, kind: Kind) -> str | None:
    """The text by the table alone; None where it holds a letter that the table does not know."""
    out: list[str] = []
    if kind == "vni":
        rest = _VNI_TOKEN.sub("", text)
        return (
            None if _OLD_LETTER.search(rest) else _VNI_TOKEN.sub(lambda found: _VNI[found[0]], text)
        )
    for char in text:
        if char in _TCVN3_TONES and out and _VOWEL.search(out[-1]):
            out[-1] = unicodedata.normalize("NFC", out[-1] + _TCVN3_TONES[char])
        elif _OLD_LETTER.match(char) and char not in _TCVN3:
            return None
        else:
            out.append(_TCVN3.get(char, char))
    return "".join(out)


def _is_clearly(text: str, kind: Kind) -> bool:
    good = strong = bad = plain = 0
    is_long = False
    for run in _RUN.findall(text):
        if run.isascii():
            plain += is_syllable(run)
            continue
        decoded = _decoded(run, kind)
        if decoded is None:
            return False
        if decoded.isupper() and not any(
            _VOWEL.search(char) for char in unicodedata.normalize("NFD", decoded)
        ):
            continue  # an abbreviation: `§T` is ĐT, a telephone
        if not is_syllable(decoded):
            bad += 1
        elif len(run) > 1 and not is_syllable(run):
            good += 1
            if _NO_WESTERN_WORD[kind].search(run):
                strong += 1
                is_long |= len(run) > 2  # `µm` alone is a micrometre
        elif len(run) > 1:
            plain += 1
    if bad:
        return strong >= 3 and good >= 9 * bad
    return (
        good >= 3
        or (good == 2 and (strong > 0 or plain > 0))
        or (strong == 1 and (plain > 0 or is_long))
    )


def _restore_capitals(text: str) -> str:
    """TCVN3 has no capitals with a tone: `NGUYễN` was meant as NGUYỄN."""
    return re.sub(r"\w+", lambda word: _all_capitals(word[0]), text)


def _all_capitals(word: str) -> str:
    ascii_letters = [c for c in word if c.isascii() and c.isalpha()]
    return (
        word.upper()
        if len(ascii_letters) >= 2 and all(c.isupper() for c in ascii_letters)
        else word
    )


def _syllables_in(text: str) -> int:
    return sum(is_syllable(word) for word in re.findall(r"[^\W\d_]+", text) if not word.isascii())
