"""An .xlsx as the set of its parts: what is not touched goes home byte for byte as it came (text
boxes, controls, macros, cached values)."""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lxml import etree

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
_SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"
_CONTENT_TYPES = "[Content_Types].xml"
_SELECTED = re.compile(rb'\stabSelected="[^"]*"')
_MACROS = (
    "vbaproject.bin",
    "vbaprojectsignature.bin",
    "vbaprojectsignatureagile.bin",
    "vbaprojectsignaturev3.bin",
    "vbadata.xml",
)
_MACRO_MAIN_TYPE = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
_MAIN_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"

LARGEST = 128 << 20
"""Bytes of all parts unpacked: beyond it a workbook is not opened for marking (a million cells take
about half of it)."""


class CannotCarry(Exception):
    """Internal to `ingestion`: a workbook whose parts are not laid out as Excel lays them; its
    values go home in a workbook of ours."""


class TooLarge(CannotCarry):
    """More than this machine should open at once."""


@dataclass(frozen=True)
class Sheet:
    """A worksheet: the name people see, and its part."""

    name: str
    part: str
    index: int


class Package:
    """The parts of one workbook, by name, and what joins them."""

    def __init__(self, source: Path | bytes) -> None:
        """Raises CannotCarry when the bytes are no workbook of the transitional kind, or too large
        to be opened whole."""
        try:
            with zipfile.ZipFile(
                io.BytesIO(source) if isinstance(source, bytes) else source
            ) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                    raise TooLarge
                self.parts = {
                    entry.filename: archive.read(entry)
                    for entry in archive.infolist()
                    if not entry.is_dir()
                }
        except (
            zipfile.BadZipFile,
            zipfile.LargeZipFile,
            NotImplementedError,
            RuntimeError,
            EOFError,
        ) as exc:
            raise CannotCarry(type(exc).__name__) from exc
        self._trees: dict[str, Any] = {}
        self._changed: set[str] = set()
        self.workbook = next((target for _, target in self.related("", "officeDocument")), "")
        if self.look(self.workbook).tag != f"{{{MAIN}}}workbook":
            raise CannotCarry("not a transitional workbook")

    def look(self, part: str) -> Any:
        """The root element of a part, to be read."""
        if part not in self._trees:
            if part not in self.parts:
                raise CannotCarry("a part is missing")
            parser = etree.XMLParser(resolve_entities=False, no_network=True)
            try:
                root = etree.fromstring(self.parts[part], parser)
            except etree.XMLSyntaxError as exc:
                raise CannotCarry("a part is not XML") from exc
            if root.getroottree().docinfo.doctype:  # type: ignore[union-attr]
                raise CannotCarry("a part declares a document type")
            self._trees[part] = root
        return self._trees[part]

    def edit(self, part: str) -> Any:
        """The root element of a part, to be changed."""
        root = self.look(part)
        self._changed.add(part)
        return root

    def add(self, part: str, data: bytes, content_type: str) -> None:
        """A new part of this type."""
        self.parts[part] = data
        etree.SubElement(
            self.edit(_CONTENT_TYPES),
            f"{{{_TYPES}}}Override",
            PartName=f"/{part}",
            ContentType=content_type,
        )

    def give_type(self, extension: str, content_type: str) -> None:
        """The type of parts with this ending, unless it has one."""
        root = self.edit(_CONTENT_TYPES)
        if not any(e.get("Extension", "").lower() == extension for e in root):
            root.insert(
                0,
                etree.Element(
                    f"{{{_TYPES}}}Default", Extension=extension, ContentType=content_type
                ),
            )

    def remove(self, *parts: str) -> None:
        """Take parts out, each with the list of what it was joined to."""
        for name in (name for part in parts for name in (part, _relations_of(part))):
            self.parts.pop(name, None)
            self._trees.pop(name, None)
            self._changed.discard(name)
        types, gone = self.edit(_CONTENT_TYPES), {f"/{part}" for part in parts}
        for override in [e for e in types if e.get("PartName") in gone]:
            types.remove(override)

    def remove_macros(self) -> bool:
        """Make a workbook with macros one without; whether it had some. Raises CannotCarry for the
        macro sheets of Excel 4, which other sheets may lean on."""
        if any(name.startswith(("xl/macrosheets/", "xl/intlMacrosheets/")) for name in self.parts):
            raise CannotCarry("macro sheets")
        macros = [name for name in self.parts if posixpath.basename(name).lower() in _MACROS]
        types = [e for e in self.look(_CONTENT_TYPES) if e.get("ContentType") == _MACRO_MAIN_TYPE]
        if not macros and not types:
            return False
        self.remove(*macros)
        for main in types:
            main.set("ContentType", _MAIN_TYPE)
        for default in [
            e for e in self.edit(_CONTENT_TYPES) if "vbaProject" in e.get("ContentType", "")
        ]:
            default.getparent().remove(default)
        if (name := _relations_of(self.workbook)) in self.parts:
            for relation in [r for r in self.edit(name) if "vbaProject" in r.get("Type", "")]:
                relation.getparent().remove(relation)
        return True

    def related(self, part: str, kind: str) -> Iterator[tuple[str, str]]:
        """(relation id, part) of what `part` ("" : the package) is joined to by this kind
        (`comments`, `styles`, ...)."""
        if (name := _relations_of(part)) in self.parts:
            for relation in self.look(name):
                if (
                    relation.get("Type") == f"{RELATION}/{kind}"
                    and relation.get("TargetMode") != "External"
                ):
                    target = _resolve(part, relation.get("Target"))
                    if target in self.parts:
                        yield relation.get("Id"), target

    def relate(self, part: str, kind: str, target: str) -> str:
        """Join `part` to another part; the id of the relation."""
        name = _relations_of(part)
        if name not in self.parts:
            self.parts[name] = f'<Relationships xmlns="{_RELATIONS}"/>'.encode()
        root = self.edit(name)
        taken = {relation.get("Id") for relation in root}
        identity = next(f"rIdBp{n}" for n in range(1, len(taken) + 2) if f"rIdBp{n}" not in taken)
        etree.SubElement(
            root,
            f"{{{_RELATIONS}}}Relationship",
            Id=identity,
            Type=f"{RELATION}/{kind}",
            Target=f"/{target}",
        )
        return identity

    def separate(self, part: str, target: str) -> None:
        """Undo every relation of `part` to `target`."""
        root = self.edit(_relations_of(part))
        for relation in [
            r
            for r in root
            if r.get("TargetMode") != "External" and _resolve(part, r.get("Target")) == target
        ]:
            root.remove(relation)

    def sheets(self) -> list[Sheet]:
        """The worksheets, in the order of their tabs (`index` counts chart sheets too)."""
        parts = dict(self.related(self.workbook, "worksheet"))
        listed = enumerate(self.look(self.workbook).iterfind(f"{{{MAIN}}}sheets/{{{MAIN}}}sheet"))
        return [
            Sheet(e.get("name"), parts[i], at)
            for at, e in listed
            if (i := e.get(f"{{{RELATION}}}id")) in parts
        ]

    def insert_sheet(self, at: int, name: str, data: bytes, state: str | None = None) -> None:
        """A new worksheet at this place among the tabs; names that belong to a tab follow
        theirs."""
        root = self.edit(self.workbook)
        sheets = root.find(f"{{{MAIN}}}sheets")
        part = next(
            p
            for n in range(1, len(self.parts) + 2)
            if (p := f"xl/worksheets/baophu{n}.xml") not in self.parts
        )
        self.add(part, data, _SHEET_TYPE)
        sheet = etree.Element(
            f"{{{MAIN}}}sheet",
            name=name,
            sheetId=str(max([0, *(int(e.get("sheetId")) for e in sheets)]) + 1),
        )
        if state:
            sheet.set("state", state)
        sheet.set(f"{{{RELATION}}}id", self.relate(self.workbook, "worksheet", part))
        sheets.insert(at, sheet)
        for named in root.iterfind(f"{{{MAIN}}}definedNames/{{{MAIN}}}definedName[@localSheetId]"):
            if int(named.get("localSheetId")) >= at:
                named.set("localSheetId", str(int(named.get("localSheetId")) + 1))

    def remove_sheet(self, sheet: Sheet) -> None:
        """Take a worksheet out, with the names that belong to it."""
        root = self.edit(self.workbook)
        sheets = root.find(f"{{{MAIN}}}sheets")
        sheets.remove(sheets[sheet.index])
        for named in list(
            root.iterfind(f"{{{MAIN}}}definedNames/{{{MAIN}}}definedName[@localSheetId]")
        ):
            place = int(named.get("localSheetId"))
            if place == sheet.index:
                named.getparent().remove(named)
            elif place > sheet.index:
                named.set("localSheetId", str(place - 1))
        for kind in ("comments", "vmlDrawing"):
            for _, part in list(self.related(sheet.part, kind)):
                self.remove(part)
        self.separate(self.workbook, sheet.part)
        self.remove(sheet.part)

    def show_first(self) -> None:
        """Open on the first tab, with no other selected: what is typed into selected tabs is typed
        into all of them."""
        for view in self.edit(self.workbook).iterfind(
            f"{{{MAIN}}}bookViews/{{{MAIN}}}workbookView"
        ):
            for name in ("activeTab", "firstSheet"):
                view.attrib.pop(name, None)
        for sheet in self.sheets()[1:]:
            if sheet.part in self._changed:
                for view in self.edit(sheet.part).iterfind(
                    f"{{{MAIN}}}sheetViews/{{{MAIN}}}sheetView[@tabSelected]"
                ):
                    del view.attrib["tabSelected"]
            else:
                self.parts[sheet.part] = _without_selection(self.parts[sheet.part])
                self._trees.pop(sheet.part, None)

    def to_bytes(self) -> bytes:
        """The workbook; the same parts make the same bytes."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for name, data in self.parts.items():
                if name in self._changed:
                    data = etree.tostring(
                        self._trees[name], xml_declaration=True, encoding="UTF-8", standalone=True
                    )
                entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, data)
        return out.getvalue()


def _without_selection(sheet: bytes) -> bytes:
    """The views of a sheet stand in its head: no more of it is searched, and nothing of it
    twice."""
    first = sheet.find(b"sheetViews")
    last = sheet.find(b"sheetViews>", first + 1)
    if first < 0 or last < 0:
        return sheet
    return sheet[:first] + _SELECTED.sub(b"", sheet[first:last]) + sheet[last:]


def _relations_of(part: str) -> str:
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def _resolve(part: str, target: str) -> str:
    return (
        target.lstrip("/")
        if target.startswith("/")
        else posixpath.normpath(posixpath.join(posixpath.dirname(part), target))
    )
