"""Which commune, and which village, an address means on a day.

Neither a code nor a name of a commune is a key without a date: both moved in December 2024 and July
2025. So a name is looked for among the communes of the agent's district as they were on that day; a
name that stood there on another day only, or two that fit, are told with all their names and
decided by nobody here.
"""

from __future__ import annotations

import csv
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from rapidfuzz.distance import DamerauLevenshtein

from ingestion.forms.cells import clean_text, name_key, text_key
from ingestion.places.addresses import Part, part_of_name, parts_of

PlaceProblem = Literal["unknown", "ambiguous", "wrong_epoch"]

DISTRICTS_UNTIL = date(2025, 6, 30)
"""Resolution 1666/NQ-UBTVQH15: from the next day on there is no level between province and commune.
"""
_LETTERS_FOR_A_GUESS = 5
_KEPT_ANSWERS = 1 << 16


@dataclass(frozen=True)
class Candidate:
    """A commune that an address may mean, as it was while it stood. `code` is None for the district
    as a whole."""

    code: str | None
    name: str
    """With its type: `xã Quang Vinh`."""
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True)
class Place:
    """What an address means. `commune_code` is None wherever there is a problem; then `candidates`
    names whom to ask about."""

    commune_code: str | None = None
    village_code: str | None = None
    candidates: tuple[Candidate, ...] = ()
    problem: PlaceProblem | None = None
    repair: str | None = None
    """`typing_error` where the name was not written as the register has it (marks left out
    altogether are no error)."""


@dataclass(frozen=True)
class Commune:
    """One dated row of the list of communes."""

    code: str
    name: str
    unit: str
    district_code: str
    district_name: str
    valid_from: date
    valid_to: date | None
    successor_code: str | None
    key: str = field(init=False)
    bare: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", name_key(self.name))
        object.__setattr__(self, "bare", text_key(self.key))

    def stands_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    @property
    def candidate(self) -> Candidate:
        return Candidate(self.code, f"{self.unit} {self.name}", self.valid_from, self.valid_to)


class CommuneBook:
    """Communes through time, and the villages of one register. Answers are kept: one book serves
    one version of the reference workbook."""

    def __init__(
        self, communes: Iterable[Commune], villages: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        """`villages`: rows of the sheet `thon` (village_code, commune_code, village_name,
        valid_from, valid_to), dates or None."""
        self._communes = tuple(communes)
        self._by_code: dict[str, list[Commune]] = {}
        self._by_district: dict[str, list[Commune]] = {}
        for commune in self._communes:
            self._by_code.setdefault(commune.code, []).append(commune)
            self._by_district.setdefault(commune.district_code, []).append(commune)
        self._villages: dict[str, list[Mapping[str, Any]]] = {}
        days = {c.valid_from for c in self._communes} | {
            date.fromordinal(c.valid_to.toordinal() + 1) for c in self._communes if c.valid_to
        }
        for village in villages:
            if not (
                village.get("village_code")
                and village.get("commune_code")
                and village.get("village_name")
            ):
                continue
            self._villages.setdefault(village["commune_code"], []).append(village)
            start, end = village.get("valid_from"), village.get("valid_to")
            days |= ({start} if start else set()) | (
                {date.fromordinal(end.toordinal() + 1)} if end and end < date.max else set()
            )
        self._changes = sorted(days | {date.fromordinal(DISTRICTS_UNTIL.toordinal() + 1)})
        self._areas: dict[tuple[str, int], _Area] = {}

    @classmethod
    def read(cls, path: Path, villages: Iterable[Mapping[str, Any]] = ()) -> CommuneBook:
        """The dated list of communes from its CSV file (columns as `communes.csv`). Raises OSError,
        KeyError or ValueError: the file is ours."""
        with path.open(encoding="utf-8", newline="") as lines:
            return cls([_commune(row) for row in csv.DictReader(lines)], villages)

    def epochs(self, commune_code: str) -> tuple[Commune, ...]:
        """What a code has meant, from its first day on; empty for a code that no commune ever
        had."""
        return tuple(sorted(self._by_code.get(commune_code, ()), key=lambda c: c.valid_from))

    def district_of(self, commune_code: str, on: date) -> str | None:
        """The district (its code; from 07/2025 the area of the former one) in which a commune of
        this code stands on a day, or stood last."""
        mine = [c for c in self._by_code.get(commune_code, ()) if c.valid_from <= on]
        return max(mine, key=lambda c: c.valid_from).district_code if mine else None

    def resolve(self, address: str, district_code: str, on: date) -> Place:
        """The commune and village of an address (decoded, as text) inside a district, as things
        were on a day.

        `problem`: `unknown` (no commune of the district is named), `ambiguous` (several are, or the
        district alone), `wrong_epoch` (its name stands there on other days only).
        """
        epoch = bisect_right(self._changes, on)
        area = self._areas.get((district_code, epoch))
        if area is None:
            day = self._changes[epoch - 1] if epoch else date.min
            communes = self._by_district.get(district_code, [])
            area = self._areas[district_code, epoch] = _Area(communes, self._villages, day)
        return area.resolve(clean_text(address))


class _Area:
    """One district between two changes."""

    def __init__(
        self,
        mine: Sequence[Commune],
        villages: Mapping[str, Sequence[Mapping[str, Any]]],
        day: date,
    ) -> None:
        """`mine`: the communes that it has had on any day; `villages`: commune code -> rows of the
        sheet `thon`."""
        self._day = day
        self._here = [c for c in mine if c.stands_on(day)]
        self._elsewhen = [c for c in mine if not c.stands_on(day)]
        self._has_districts = day <= DISTRICTS_UNTIL
        self._district_names = {c.district_name for c in mine}
        self._districts = {text_key(name_key(name)) for name in self._district_names}
        self._villages: dict[str, list[tuple[str, Part]]] = {}
        for village in (v for code in {c.code for c in mine} for v in villages.get(code, ())):
            start, end = village.get("valid_from") or date.min, village.get("valid_to") or date.max
            if start <= day <= end:
                named = (village["village_code"], part_of_name(clean_text(village["village_name"])))
                self._villages.setdefault(village["commune_code"], []).append(named)
        self._answers: dict[str, Place] = {}

    def resolve(self, address: str) -> Place:
        place = self._answers.get(address)
        if place is None:
            if len(self._answers) >= _KEPT_ANSWERS:
                self._answers.clear()
            place = self._answers[address] = self._resolve(parts_of(address))
        return place

    def _resolve(self, parts: list[Part]) -> Place:
        if any(p.level == "district" and not self._is_district(p) for p in parts):
            return Place(problem="unknown")
        typed = [p for p in parts if p.level == "commune"]
        if typed:
            return self._choose([(p, self._match(p)) for p in typed], parts)
        plain = [p for p in parts if p.level is None]
        found = [(p, place) for p in plain if (place := self._match(p)).problem != "unknown"]
        if self._has_districts:
            found = self._without_district(found, parts)
        if found:
            return self._choose(found, parts)
        for part in parts:
            if glued := self._at_the_end(part):
                return self._choose([(part, glued[0])], [glued[1]])
        named = tuple(c.candidate for c in self._here if self._village(c.code, parts))
        return Place(problem="unknown", candidates=named)

    def _choose(self, found: list[tuple[Part, Place]], parts: list[Part]) -> Place:
        """One answer out of what each part says. An address goes from small to large: the last
        commune counts, if all before are its villages."""
        last, place = found[-1]
        code = place.commune_code
        others = [
            p
            for part, p in found[:-1]
            if code is None or not (p.commune_code == code or self._village(code, [part]))
        ]
        if others:
            named = tuple(dict.fromkeys(c for p in [*others, place] for c in self._candidates(p)))
            worst: PlaceProblem = (
                "wrong_epoch"
                if any(p.problem == "wrong_epoch" for p in [*others, place])
                else "ambiguous"
            )
            return Place(candidates=named, problem=worst)
        if code is None:
            return place
        at = parts.index(last) if last in parts else len(parts)
        inner = parts[:at] + [p for p in parts[at:] if p.level == "village"]
        return Place(code, self._village(code, inner), repair=place.repair)

    def _match(self, part: Part) -> Place:
        """What one name means here and now."""
        here = _named(self._here, part)
        elsewhen = _named(self._elsewhen, part)
        of_type = [c for c in here if part.unit in (None, c.unit)]
        if here and not of_type and any(c.unit == part.unit for c in elsewhen):
            return self._wrong_epoch([c for c in elsewhen if c.unit == part.unit], here)
        if here:
            return self._one_of(of_type or here, part, is_exact=bool(of_type))
        if elsewhen:
            return self._wrong_epoch(elsewhen, [])
        near = [c for c in self._here if _is_near(c.bare, part.bare)]
        return self._one_of(near, part, is_exact=False) if near else Place(problem="unknown")

    def _one_of(self, communes: list[Commune], part: Part, *, is_exact: bool) -> Place:
        if len(communes) > 1:
            return Place(candidates=tuple(c.candidate for c in communes), problem="ambiguous")
        (commune,) = communes
        is_written_so = is_exact and part.name in (commune.key, commune.bare)
        return Place(commune.code, repair=None if is_written_so else "typing_error")

    def _wrong_epoch(self, named: list[Commune], also: list[Commune]) -> Place:
        """A name of other days, with what became of it, or what it was made of, on this day."""
        every = self._here + self._elsewhen
        also = also or [
            c
            for c in self._here
            if any(_leads_to(n, c, every) or _leads_to(c, n, every) for n in named)
        ]
        return Place(
            candidates=tuple(dict.fromkeys(c.candidate for c in [*named, *also])),
            problem="wrong_epoch",
        )

    def _without_district(
        self, found: list[tuple[Part, Place]], parts: list[Part]
    ) -> list[tuple[Part, Place]]:
        """A district that bears the name of its town: the last mention is the district; a single
        one may be either."""
        same = [at for at, (part, _) in enumerate(found) if part.bare in self._districts]
        if not same or any(p.level == "district" for p in parts):
            return found
        if len(found) > 1:
            return found[: same[-1]] + found[same[-1] + 1 :]
        ((part, place),) = found
        whole = tuple(
            Candidate(None, f"huyện {name}")
            for name in sorted(self._district_names)
            if text_key(name_key(name)) == part.bare
        )
        return [(part, Place(candidates=self._candidates(place) + whole, problem="ambiguous"))]

    def _at_the_end(self, part: Part) -> tuple[Place, Part] | None:
        """`thôn Ba Phù Ủng Ân Thi`, written without a comma: the commune at the end of the words,
        and the part that is left before it."""
        if part.level not in (None, "village"):
            return None
        words, has_marks = part.name, part.name != part.bare
        for name in self._district_names if self._has_districts else ():
            words = words.removesuffix(f" {name_key(name, marks=has_marks)}")
        ending = [c for c in self._here if words.endswith(f" {c.key if has_marks else c.bare}")]
        if len(ending) != 1:
            return None
        rest = words.removesuffix(f" {ending[0].key if has_marks else ending[0].bare}")
        return Place(ending[0].code), Part(part.level, part.unit, rest)

    def _candidates(self, place: Place) -> tuple[Candidate, ...]:
        return place.candidates or tuple(
            c.candidate for c in self._here if c.code == place.commune_code
        )

    def _is_district(self, part: Part) -> bool:
        return part.bare in self._districts or any(
            _is_near(name, part.bare) for name in self._districts
        )

    def _village(self, commune_code: str, parts: list[Part]) -> str | None:
        """The one village of the commune that is named; None when none or several are."""
        villages = self._villages.get(commune_code, ())
        for part in parts:
            if part.level not in (None, "village"):
                continue
            same = [
                (code, v)
                for code, v in villages
                if v.bare == part.bare and (not part.bare.isdigit() or part.unit in (v.unit, None))
            ]
            exact = [(code, v) for code, v in same if v.name == part.name]
            near = [(code, v) for code, v in villages if _is_near(v.bare, part.bare)]
            for fits in (exact, same, near):
                if len(fits) == 1:
                    return fits[0][0]
        return None


def _named(communes: list[Commune], part: Part) -> list[Commune]:
    """Communes of exactly this name; failing that, of this name when marks are left out of both."""
    return [c for c in communes if c.key == part.name] or [
        c for c in communes if c.bare == part.bare
    ]


def _is_near(name: str, written: str) -> bool:
    letters = len(name.replace(" ", ""))
    return (
        letters >= _LETTERS_FOR_A_GUESS
        and DamerauLevenshtein.distance(name, written, score_cutoff=1) <= 1
    )


def _leads_to(earlier: Commune, later: Commune, communes: list[Commune]) -> bool:
    """Whether the chain of successors of `earlier` comes to `later`."""
    step: Commune | None = earlier
    while step is not None and step.valid_to is not None:
        end, code = step.valid_to, step.successor_code
        step = min(
            (c for c in communes if c.code == code and c.valid_from > end),
            key=lambda c: c.valid_from,
            default=None,
        )
        if step == later:
            return True
    return False


def _commune(row: Mapping[str, str]) -> Commune:
    return Commune(
        code=row["commune_code"],
        name=row["commune_name"],
        unit=row["unit_type"],
        district_code=row["district_code"],
        district_name=row["district_name"],
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
        successor_code=row["successor_code"] or None,
    )
