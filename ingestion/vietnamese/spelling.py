"""How Vietnamese is spelled: which syllables there are, where the tone stands, which letters only
look alike.

Vietnamese has a closed set of syllables (about 30 beginnings, 160 rhymes, 6 tones). That makes a
strong test of a text: a word of another language, or of another encoding, is hardly ever one of
them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache, partial

ACUTE, GRAVE, HOOK, TILDE, DOT = "\u0301", "\u0300", "\u0309", "\u0303", "\u0323"
TONES = frozenset((ACUTE, GRAVE, HOOK, TILDE, DOT))
LOOKALIKES = {0x00D0: "Đ", 0x0189: "Đ", 0x00F0: "đ", 0x0256: "đ"}
"""Eth and African D are printed like Đ (U+0110) and typed in its place."""

OTHER_LETTER = re.compile(r"[^\W\d_A-Za-zÀ-\u024f\u1e00-\u1eff]")
"""A letter of another script than Latin."""
# Cyrillic, Greek and a few others, each above the Latin letter that it is printed like.
_OTHER_SCRIPTS = str.maketrans(
    "АВЕЅІЈКМНОРСТУХҮҺаеѕіјорсухһԁɡոткмнвΑΒΕΖΗΙΚΜΝΟΡΤΥΧοναικρυτχ",
    "ABESIJKMHOPCTYXYHaesijopcyxhdgntkmhbABEZHIKMNOPTYXovaikputx",
)

_ONSETS = " b c ch d đ g gh gi h k kh l m n ng ngh nh p ph qu r s t th tr v x"
_RHYMES = """
a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
e ec em en eng eo ep et ê êch êm ên ênh êp êt êu
i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu y ych ynh yt yêm yên yêng yêt yêu
o oc oi om on ong op ot ooc oong oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oen oeo oet
ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
u ua uc ui um un ung up ut uôc uôi uôm uôn uông uôt uâ uân uâng uât uây uê uêch uên uênh uơ uy uya uych uyn uynh uyp uyt uyu uyên uyêt
ư ưa ưc ưi ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu
"""
_MARKED = "ăâêôơư"
_VOWELS = "aeiouy" + _MARKED


@lru_cache(maxsize=1 << 15)
def is_syllable(word: str) -> bool:
    """Whether a word (any case, any form of Unicode) is spelled like a Vietnamese syllable, tone in
    its place."""
    letters: list[str] = []
    at: tuple[int, str] | None = None
    for char in unicodedata.normalize("NFD", word.casefold().translate(LOOKALIKES)):
        if char in TONES:
            if at is not None:
                return False
            at = (len(unicodedata.normalize("NFC", "".join(letters))) - 1, char)
        else:
            letters.append(char)
    return (unicodedata.normalize("NFC", "".join(letters)), *(at or (None, None))) in _syllables()


def in_latin(text: str) -> str:
    """The text with letters of other scripts as the Latin letters that they are printed like
    (`Тrần` -> `Trần`), in NFC."""
    if text.isascii() or not OTHER_LETTER.search(text):
        return text
    return unicodedata.normalize(
        "NFC", unicodedata.normalize("NFD", text).translate(_OTHER_SCRIPTS)
    )


def with_new_tones(text: str) -> str:
    """`hòa`, `hòe`, `thúy` as `hoà`, `hoè`, `thuý` (NFC). Both ways are right; comparing needs
    one."""
    if text.isascii():
        return text
    return _OLD_TONES.sub(lambda found: _NEW_TONE[found[0]], unicodedata.normalize("NFC", text))


def _new_tones() -> dict[str, str]:
    moved = {}
    for first, second in (("o", "a"), ("o", "e"), ("u", "y")):
        for f in (first, first.upper()):
            for s in (second, second.upper()):
                for tone in TONES:
                    moved[unicodedata.normalize("NFC", f + tone) + s] = f + unicodedata.normalize(
                        "NFC", s + tone
                    )
    return moved


_NEW_TONE = _new_tones()
_OLD_TONES = re.compile("|".join(_NEW_TONE))


@cache
def _syllables() -> frozenset[tuple[str, int | None, str | None]]:
    """Every (syllable without tone, place of the tone, tone)."""
    found: set[tuple[str, int | None, str | None]] = set()
    for rhyme in _RHYMES.split():
        stopped = rhyme.endswith(("c", "ch", "p", "t"))
        for onset in filter(partial(_goes_before, rhyme), _ONSETS.split(" ")):
            if not stopped:
                found.add((onset + rhyme, None, None))
            for place in _tone_places(rhyme):
                found.update(
                    (onset + rhyme, len(onset) + place, tone)
                    for tone in ((ACUTE, DOT) if stopped else TONES)
                )
    return frozenset(found)


def _goes_before(rhyme: str, onset: str) -> bool:
    """Which letters spell a beginning depends on the vowel: `nghi` but `nga`; `qu` holds the u that
    other beginnings leave to the rhyme."""
    if onset == "qu":
        return rhyme[0] not in "uưo"
    if rhyme[0] == "y" and len(rhyme) > 1:
        return onset == "" and rhyme.startswith("yê")
    if onset in ("k", "gh", "ngh"):
        return rhyme[0] in "eêiy"
    if onset in ("c", "g", "ng"):
        return rhyme[0] not in ("eêy" if onset == "g" else "eêiy")
    return onset != "gi" or rhyme[0] not in "iy"


def _tone_places(rhyme: str) -> list[int]:
    marked = [i for i, char in enumerate(rhyme) if char in _MARKED]
    if marked:
        return marked[-1:]
    vowels = [i for i, char in enumerate(rhyme) if char in _VOWELS]
    if rhyme in ("oa", "oe", "uy"):
        return vowels
    if len(vowels) == 3 or (len(vowels) == 2 and len(rhyme) > 2):
        return [1]
    return [0]
