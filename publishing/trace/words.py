"""Vietnamese words of a trace."""

from __future__ import annotations

from publishing.views import VALUES

DECISIONS = {
    "release": "cho ghi nhận",
    "reject": "loại",
    "withdraw": "rút lại",
    "hold": "hệ thống giữ lại",
    "undo": "hủy quyết định",
}
"""What was decided of a row or of its file."""


_OTHERS = {"method": "phương thức đóng", "rule": "quy tắc và đại lý", "file": "tệp"}


def holder_words(holder: str, code: str) -> str:
    """'Xã, thị trấn 12148'; of a file the first 12 characters of its hash."""
    words = VALUES["holder_type"].get(holder) or _OTHERS[holder]
    code = code[:12] if holder == "file" else code
    return f"{words[0].upper()}{words[1:]} {code}"
