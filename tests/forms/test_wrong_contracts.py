"""A form that says what it may not is named, with its file, as soon as forms are read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from core.errors import WrongDataFile
from ingestion.forms import contracts


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("amount: total_vnd", "amount: total", "amount 'total' is no column of it: ordinal, "),
        ("field: note,", "field: notee,", "field notee: it does not stand in fields.yaml"),
        ("{field: note,", "{field: note, type: txt,", "'txt' is not one of"),
        (
            "negative_sections: [II,",
            "negative_sections: [IV, II,",
            "negative section 'IV' is none of its sections",
        ),
        ("\nprinted:", "\n# printed:", "needs `printed`"),
        ("kind: d05-ts", "kind: d06-ts", "$.kind: 'd06-ts' is not one of"),
    ],
)
def test_a_wrong_form_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: str, after: str, says: str
) -> None:
    folder = Path(shutil.copytree(Path(contracts.__file__).parent, tmp_path / "contracts"))
    file = folder / "d05-ts-595.yaml"
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after, 1), encoding="utf-8")
    monkeypatch.setattr(contracts, "_HERE", folder)
    with pytest.raises(WrongDataFile, match=r"^d05-ts-595\.yaml") as error:
        contracts._load_all.__wrapped__()
    assert says in str(error.value)
