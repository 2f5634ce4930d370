"""The styles part of a workbook: a new look is an old one with something changed, and everything
else kept."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from lxml import etree

from ingestion.ooxml.package import MAIN, CannotCarry, Package

_MOST = 65_536
"""Looks, fills, fonts or borders of one workbook: Excel keeps no more of any."""


class Styles:
    """Looks by their number in `cellXfs`, the number that a cell's `s` names."""

    def __init__(self, package: Package) -> None:
        """Raises CannotCarry when the workbook has no styles, or more than Excel would open."""
        part = next((target for _, target in package.related(package.workbook, "styles")), None)
        if part is None:
            raise CannotCarry("no styles")
        if package.parts[part].count(b"<") > 64 * _MOST:
            raise CannotCarry("too many styles")
        self._root = package.edit(part)
        self._parent = self._root.find(f"{{{MAIN}}}cellXfs")
        if self._parent is None or not len(self._parent):
            raise CannotCarry("no looks")
        if any(len(group) > _MOST for group in self._root):
            raise CannotCarry("too many styles")
        self._looks = list(self._parent)  # an element finds its n-th child by walking there
        self._made: dict[Any, int] = {}
        self._known: dict[str, dict[bytes, int]] = {}

    def look(self, base: int, changes: dict[str, str], *, wrap: bool = False) -> int:
        """The number of the look that is `base` with these attributes changed."""
        key = (base, tuple(sorted(changes.items())), wrap)
        if key not in self._made:
            new = deepcopy(self._looks[base if 0 <= base < len(self._looks) else 0])
            for name, value in changes.items():
                new.set(name, value)
            if wrap:
                for old in new.findall(f"{{{MAIN}}}alignment"):
                    new.remove(old)
                new.insert(0, etree.Element(f"{{{MAIN}}}alignment", wrapText="1", vertical="top"))
                new.set("applyAlignment", "1")
            self._made[key] = self._append(self._parent, new)
            if self._made[key] == len(self._looks):
                self._looks.append(new)
        return self._made[key]

    def filled(self, base: int, rgb: str) -> int:
        """`base` with this fill (`FFRRGGBB`)."""
        return self.look(base, {"fillId": str(self.fill(rgb)), "applyFill": "1"})

    def refilled(self, base: int, like: int | None) -> int:
        """`base` with the fill of the look `like`; None: with none."""
        fill = (
            "0"
            if like is None or not 0 <= like < len(self._looks)
            else self._looks[like].get("fillId", "0")
        )
        return self.look(base, {"fillId": fill, "applyFill": "0" if fill == "0" else "1"})

    def quoted(self, base: int) -> int:
        """`base` with Excel's mark that what the cell holds is text."""
        return (
            base
            if self._looks[base].get("quotePrefix") in ("1", "true")
            else self.look(base, {"quotePrefix": "1"})
        )

    def fill(self, rgb: str) -> int:
        """The number of a solid fill."""
        xml = f'<fill xmlns="{MAIN}"><patternFill patternType="solid"><fgColor rgb="{rgb}"/><bgColor indexed="64"/></patternFill></fill>'
        return self._part("fills", xml)

    def font(self, xml: str) -> int:
        """The number of a font, given the inside of its element."""
        return self._part("fonts", f'<font xmlns="{MAIN}">{xml}</font>')

    def border(self) -> int:
        """The number of a thin grey border all around."""
        sides = "".join(
            f'<{s} style="thin"><color rgb="FFBFBFBF"/></{s}>'
            for s in ("left", "right", "top", "bottom")
        )
        return self._part("borders", f'<border xmlns="{MAIN}">{sides}<diagonal/></border>')

    def looks_filled(self, colours: frozenset[str]) -> set[int]:
        """The numbers of the looks whose fill is solid in one of these colours."""
        fills = self._root.find(f"{{{MAIN}}}fills")
        ours = {
            str(i)
            for i, fill in enumerate(fills if fills is not None else ())
            if (
                colour := fill.find(
                    f"{{{MAIN}}}patternFill[@patternType='solid']/{{{MAIN}}}fgColor"
                )
            )
            is not None
            and (colour.get("rgb") or "").upper() in colours
        }
        return (
            {i for i, look in enumerate(self._looks) if look.get("fillId") in ours}
            if ours
            else set()
        )

    def _part(self, group: str, xml: str) -> int:
        if xml not in self._made:
            parent = self._root.find(f"{{{MAIN}}}{group}")
            if parent is None:
                raise CannotCarry(f"no {group}")
            self._made[xml] = self._append(parent, etree.fromstring(xml))
        return self._made[xml]

    def _append(self, parent: Any, child: Any) -> int:
        """The child's number among its kind; one that is there already serves, or every coming back
        would make the part grow."""
        known = self._known.setdefault(parent.tag, {})
        if not known:
            known.update(
                {etree.tostring(e, method="c14n"): i for i, e in reversed(list(enumerate(parent)))}
            )
        parent.append(child)
        said = etree.tostring(child, method="c14n")
        if said in known:
            parent.remove(child)
        else:
            known[said] = len(parent) - 1
            parent.set("count", str(len(parent)))
        return known[said]
