"""Why a file could not be read as a workbook, in words: the code of the reason, and what is said of
it to the sender."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """The end of two sentences (`Không mở được tệp: ...`) and what to do."""

    vi: str
    en: str
    fix_vi: str


_AGAIN = "Mở tệp bằng Excel, lưu lại thành .xlsx rồi gửi lại."
_SMALLER = "Xóa các dòng, cột, trang tính và hình ảnh thừa (kể cả dòng trống đã kẻ khung), hoặc chia thành nhiều tệp, rồi gửi lại."

REFUSALS = {
    "empty": Refusal(
        "tệp rỗng, không có dữ liệu",
        "the file is empty",
        "Gửi lại tệp; có thể lần gửi trước bị gián đoạn.",
    ),
    "truncated": Refusal(
        "tệp bị cụt, chỉ nhận được một phần",
        "the file is cut short",
        "Gửi lại tệp; lần gửi trước bị gián đoạn.",
    ),
    "damaged": Refusal("tệp bị hỏng", "the file is damaged", _AGAIN),
    "password": Refusal(
        "tệp có mật khẩu",
        "the file is protected by a password",
        "Bỏ mật khẩu mở tệp (File > Info > Protect Workbook) rồi gửi lại.",
    ),
    "too-large": Refusal("tệp quá lớn", "the file is too large", _SMALLER),
    "too-many-cells": Refusal(
        "trang tính có quá nhiều ô, kể cả ô trống",
        "a sheet has too many cells, blank ones included",
        _SMALLER,
    ),
    "too-much-memory": Refusal(
        "tệp cần quá nhiều bộ nhớ để mở", "the file needs too much memory", _SMALLER
    ),
    "too-slow": Refusal(
        "tệp mất quá nhiều thời gian để mở", "the file takes too long to open", _SMALLER
    ),
    "reader-crashed": Refusal(
        "tệp làm hỏng chương trình đọc", "the file makes the reader crash", _AGAIN
    ),
    "archive-in-archive": Refusal(
        "tệp zip nằm trong một tệp zip khác",
        "a zip within a zip",
        "Giải nén, rồi gửi thẳng các bảng tính.",
    ),
    "archive-bomb": Refusal(
        "tệp zip giải nén ra quá lớn",
        "the zip unpacks to more than is allowed",
        "Gửi các bảng tính riêng, không nén thành zip.",
    ),
    "too-many-members": Refusal(
        "tệp zip chứa quá nhiều tệp",
        "the zip holds too many files",
        "Chia thành nhiều tệp zip nhỏ hơn rồi gửi lại.",
    ),
    "archive-method": Refusal(
        "tệp zip dùng kiểu nén lạ",
        "the zip is packed in an unusual way",
        "Nén lại bằng kiểu zip thông thường rồi gửi lại.",
    ),
    "empty-archive": Refusal(
        "tệp zip không chứa tệp nào", "the zip holds no file", "Kiểm tra lại tệp zip rồi gửi lại."
    ),
}
"""Reason -> words; `not-a-workbook:<what>` is put together below."""

_KINDS = {
    "pdf": ("tệp PDF", "a PDF"),
    "docx": ("văn bản Word", "a Word document"),
    "doc": ("văn bản Word", "a Word document"),
    "rtf": ("văn bản RTF", "an RTF text"),
    "odt": ("văn bản OpenDocument", "an OpenDocument text"),
    "pptx": ("bản trình chiếu", "a presentation"),
    "ppt": ("bản trình chiếu", "a presentation"),
    "image": ("hình ảnh", "a picture"),
    "rar": ("tệp nén RAR", "a RAR archive"),
    "7z": ("tệp nén 7z", "a 7z archive"),
    "gzip": ("tệp nén", "a compressed file"),
    "zip": ("tệp nén zip", "a zip archive"),
    "sqlite": ("cơ sở dữ liệu", "a database"),
    "access": ("cơ sở dữ liệu", "a database"),
    "parquet": ("tệp Parquet", "a Parquet file"),
    "program": ("chương trình", "a program"),
    "mail": ("thư hoặc trang web lưu dạng MHT", "a mail or a web page saved as MHT"),
    "xml": ("tệp XML", "an XML file"),
    "xml-2003": ("bảng tính XML 2003", "an XML 2003 spreadsheet"),
    "json": ("tệp JSON", "a JSON file"),
    "xlsb": ("bảng tính nhị phân .xlsb", "a binary .xlsb workbook"),
    "numbers": ("bảng tính Numbers của Apple", "an Apple Numbers sheet"),
    "html": ("trang web không có bảng", "a web page without a table"),
}
_KEPT_AS = {
    "rar": "Giải nén, rồi gửi thẳng các bảng tính.",
    "7z": "Giải nén, rồi gửi thẳng các bảng tính.",
}
_RESAVED = ("xlsb", "xml-2003", "numbers", "mail")


def refusal(reason: str) -> Refusal:
    """The words of a reason. Raises KeyError for a reason that nobody has put into words."""
    name, _, kind = reason.partition(":")
    if name == "open-quote":
        return Refusal(
            f"tệp bị hỏng: dấu ngoặc kép mở ở dòng {kind} nuốt cả các dòng sau",
            f"the file is damaged: a quotation mark that opens in line {kind} swallows the lines after it",
            f'Xóa dấu ngoặc kép (") thừa ở dòng {kind}, hoặc gửi tệp Excel (.xlsx).',
        )
    if name == "damaged-sheet":
        return Refusal(f'trang tính "{kind}" bị hỏng', f'its sheet "{kind}" is damaged', _AGAIN)
    if name != "not-a-workbook":
        return REFUSALS[reason]
    if kind not in _KINDS:
        return Refusal(
            "tệp không phải bảng tính", "it is not a workbook", "Gửi bảng tính Excel (.xlsx)."
        )
    vi, en = _KINDS[kind]
    if kind in _RESAVED:
        return Refusal(f"{vi}, không phải .xlsx", f"it is {en}, not an .xlsx", _AGAIN)
    return Refusal(
        f"{vi}, không phải bảng tính",
        f"it is {en}, not a workbook",
        _KEPT_AS.get(kind, "Gửi bảng tính Excel (.xlsx)."),
    )
