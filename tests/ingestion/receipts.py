"""Receipts of every shape, for the pages stored beside them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from ingestion.feedback.receipt import Receipt

PARTIAL = Receipt(
    file_name="Bảng kê <b>tháng 6</b> & 'Cô Ba'\x1b.xlsx",
    sha256="ab" * 32,
    received_at=datetime(2019, 6, 20, 13, 5, tzinfo=UTC),
    agent_code="DL001",
    agent_name="Đại lý <Một>",
    head_month=2019 * 12 + 6,
    verdict="partial",
    rows={
        "received": 1235,
        "accepted": 1200,
        "rejected": 20,
        "held": 10,
        "duplicate": 4,
        "superseded": 0,
        "not_data": 1,
    },
    amount_vnd={
        "received": 1_234_567_000,
        "accepted": 1_234_000_000,
        "rejected": 500_000,
        "held": 60_000,
        "duplicate": 7_000,
        "superseded": 0,
        "not_data": 0,
    },
    waiting=[("Số sổ BHXH không đúng & thiếu", 1200), ("Thiếu “tên”", 3)],
    repairs=1500,
    marked_name="Bảng kê <1>.xlsx",
    lost=["hộp chữ", "nút <bấm>"],
    told='digest"',
)
NOTHING = dict.fromkeys(PARTIAL.rows, 0)
RECEIPTS = {
    "partial": PARTIAL,
    "without-a-copy": replace(
        PARTIAL,
        verdict="held",
        marked_name=None,
        unmarked="tệp quá lớn <50 MiB>",
        places=["Ô C11: sai & thiếu", "Ô <D12>"],
        places_left_out=1234,
        lost=(),
        repairs=0,
    ),
    "trial": replace(PARTIAL, is_trial=True, agent_code=None, agent_name=None, head_month=None),
    "accepted": replace(
        PARTIAL,
        verdict="accepted",
        waiting=(),
        marked_name=None,
        repairs=0,
        lost=(),
        agent_name=None,
    ),
    "empty": replace(
        PARTIAL, verdict="rejected", rows=NOTHING, amount_vnd=NOTHING, marked_name=None
    ),
}
"""Name of the stored page -> its receipt."""
