"""`baophu report`, the office's own template and settings, and the report as a part of its
version."""

from __future__ import annotations

import json
from pathlib import Path

import docx
import pytest

from baophu.cli import main
from core.data_folder import DataFolder
from publishing.release import publish
from publishing.report.word import TEMPLATE
from tests.support.report_texts import flat, text_of_pdf, text_of_word


def report(data: Path, *words: str | Path) -> int:
    return main(["report", "--data", str(data), *map(str, words)])


def template_saying(path: Path, *paragraphs: str) -> Path:
    """A Word file with these paragraphs."""
    document = docx.Document()
    for text in paragraphs:
        document.add_paragraph(text)
    document.save(str(path))
    return path


def test_the_command_writes_the_files_of_the_version(
    first_night: Path, version: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        report(first_night, "--month", "06/2019", "--out", tmp_path / "bao cao", "--format", "json")
        == 0
    )
    paths = [Path(path) for path in json.loads(capsys.readouterr().out)]
    assert [path.name for path in paths] == [
        "bao-cao-2019-06.pdf",
        "bao-cao-2019-06.docx",
        "bang-so-lieu-2019-06.xlsx",
    ]
    assert all(path.read_bytes() == (version / path.name).read_bytes() for path in paths)
    assert sorted(path.name for path in (tmp_path / "bao cao").iterdir()) == sorted(
        path.name for path in paths
    ), "nothing is left beside"


def test_an_edited_report_is_never_written_over(
    first_night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edited = tmp_path / "bao-cao-2019-06.docx"
    edited.write_text("đã sửa", encoding="utf-8")
    assert report(first_night, "--out", tmp_path) == 2
    assert (
        capsys.readouterr().err == f"baophu report: {edited} exists already; it was left as it is\n"
    )
    assert [path.name for path in tmp_path.iterdir()] == [edited.name]
    assert edited.read_text(encoding="utf-8") == "đã sửa"


def test_what_cannot_be_is_refused_in_one_sentence(
    first_night: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert report(tmp_path / "empty", "--out", tmp_path / "a") == 2
    assert "nothing is published on this data folder yet" in capsys.readouterr().err
    assert report(first_night, "--out", tmp_path / "a", "--month", "2019-07") == 2
    assert (
        "no whole month 2019-07 is published; whole months: from 2017-05 to 2019-06"
        in capsys.readouterr().err
    )
    for nonsense in ("2019-13", "thang 6", "2019", "0000-01", "2019-06-30"):
        assert report(first_night, "--out", tmp_path / "a", "--month", nonsense) == 2
        assert f"'{nonsense}' is not a month" in capsys.readouterr().err


def test_the_office_edits_its_own_template(first_night: Path, tmp_path: Path) -> None:
    own = template_saying(
        tmp_path / "mẫu.docx",
        "{{ office_name }}: đến hạn trong 60 ngày {{ district.due_in_60_days }}",
        "{{ trend }}",
        "{{ communes[0].villages }} thôn",
    )
    assert report(first_night, "--out", tmp_path / "out", "--template", own) == 0
    assert "BẢO HIỂM XÃ HỘI HUYỆN ÂN THI: đến hạn trong 60 ngày 528" in text_of_word(
        tmp_path / "out" / "bao-cao-2019-06.docx"
    )
    assert "7 thôn" in text_of_word(tmp_path / "out" / "bao-cao-2019-06.docx")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{{ district.participant }}", "has no attribute 'participant'"),
        ("{{ tong_so }}", "'tong_so' is undefined"),
        ("{% if district %}", "Unexpected end of template"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ district.__init__.__globals__ }}", "unsafe"),
    ],
)
def test_a_template_that_cannot_be_filled_is_refused(
    first_night: Path, tmp_path: Path, text: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    own = template_saying(tmp_path / "mau.docx", text)
    assert report(first_night, "--out", tmp_path / "out", "--template", own) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"baophu report: {own} cannot be filled: ")
    assert reason in line
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"", b"abc", b"PK\x03\x04 cut off", TEMPLATE.read_bytes()[:20_000], None]
)
def test_what_is_no_word_file_is_refused(
    first_night: Path, tmp_path: Path, content: bytes | None, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "mau.docx"
    if content is not None:
        own.write_bytes(content)
    assert report(first_night, "--out", tmp_path / "out", "--template", own) == 2
    assert capsys.readouterr().err == f"baophu report: {own} is not a Word template (.docx)\n"


def test_the_names_of_the_offices_are_settings(
    first_night: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BAOPHU_OFFICE_NAME", "Bảo hiểm xã hội khu vực {district} <1> #x")
    monkeypatch.setenv("BAOPHU_OFFICE_PLACE", "Phù Ủng")
    monkeypatch.setenv("BAOPHU_REPORT_SIGNER_TITLE", "Phó Giám đốc")
    monkeypatch.setenv("BAOPHU_REPORT_SIGNER", "Người Ký Hư Cấu")
    monkeypatch.setenv("BAOPHU_REPORT_RECIPIENTS", "BHXH tỉnh; ; Huyện ủy")
    assert report(first_night, "--out", tmp_path / "out") == 0
    for text in (
        text_of_pdf(tmp_path / "out" / "bao-cao-2019-06.pdf"),
        text_of_word(tmp_path / "out" / "bao-cao-2019-06.docx"),
    ):
        for said in (
            "BẢO HIỂM XÃ HỘI KHU VỰC ÂN THI <1> #X",
            "Phù Ủng, ngày",
            "PHÓ GIÁM ĐỐC",
            "Người Ký Hư Cấu",
            "- BHXH tỉnh; - Huyện ủy; - Lưu: VT.",
        ):
            assert flat(said) in flat(text)


def test_a_report_that_is_lost_or_altered_is_made_anew_with_its_version(night_folder: Path) -> None:
    (version,) = DataFolder(night_folder).versions.iterdir()
    manifest = json.loads((version / "manifest.json").read_text(encoding="utf-8"))
    names = ["bang-so-lieu-2019-06.xlsx", "bao-cao-2019-06.docx", "bao-cao-2019-06.pdf"]
    before = {name: (version / name).read_bytes() for name in names}
    assert set(names) <= set(manifest["files"])
    assert publish(night_folder).unchanged
    (version / names[0]).unlink()
    (version / names[1]).write_bytes(b"altered")
    assert publish(night_folder).repaired
    assert {name: (version / name).read_bytes() for name in names} == before
    assert all((version / name).stat().st_mode & 0o777 == 0o644 for name in names)
