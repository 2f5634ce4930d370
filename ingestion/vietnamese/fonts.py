"""Fonts that stand for an old Vietnamese encoding: a text in them is not what its letters say."""

from __future__ import annotations

TELLTALES = (b".Vn", b".vn", b".VN", b"VNI-", b"Vni-", b"vni-")
"""What the bytes hold wherever such a font is named; the cheap look before the dear one."""


def encoding_of_font(name: str) -> str | None:
    """`tcvn3` (.VnTime), `tcvn3-capitals` (.VnTimeH: small letters are shown as capitals), `vni`
    (VNI-Times), or None."""
    name = name.strip().strip("'\"")
    if name[:3].lower() == ".vn":
        return "tcvn3-capitals" if name.endswith("H") else "tcvn3"
    return "vni" if name[:4].lower() == "vni-" else None


def names_old_font(data: bytes) -> bool:
    """Whether bytes may name such a font."""
    return any(telltale in data for telltale in TELLTALES)
