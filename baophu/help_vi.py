"""The command line's help in Vietnamese, for who sets BAOPHU_LANG=vi; without it, help is in
English. Never both in one line."""

from __future__ import annotations

import argparse
from typing import Any

from core.settings import text_setting

HELP = {
    "Voluntary social insurance, commune by commune, every night.": "BHXH tự nguyện, từng xã, mỗi đêm.",
    "show this help message and exit": "in phần trợ giúp này",
    "land files as if they had arrived, and say how they will be judged": "nhận tệp như khi được gửi đến, và cho biết tệp sẽ được xử lý thế nào",
    "judge files where they lie; nothing is stored": "kiểm tra tệp tại chỗ; không lưu gì",
    "run one night: ingest, build the marts, publish; safe to repeat": "chạy một đêm: nhận, tính số liệu, công bố; chạy lại không sao",
    "the KPI table for any reporting date, as known on any day": "bảng chỉ tiêu của một ngày số liệu, theo hồ sơ biết đến một ngày",
    "who must renew in 30 and 60 days: a workbook with names, for one officer or agent": "ai đến hạn đóng tiếp trong 30 và 60 ngày: bảng có tên người, cho một cán bộ hoặc đại lý",
    "the rows, files and cells that a figure rests on, or the figures that a file counts in": "một số liệu dựa trên những dòng, tệp và ô nào; hoặc một tệp có trong những số liệu nào",
    "a figure of a KPI table, such as participants": "một chỉ tiêu của bảng, ví dụ participants",
    "of this district": "của huyện này",
    "of this commune": "của xã này",
    "of this officer": "của cán bộ này",
    "of this agent": "của đại lý này",
    "of this system": "của hệ thống đại lý này",
    "of this association": "của tổ chức hội này",
    "the figures that this file counts in, or with --kpi what became of its rows": "các số liệu có tính tệp này; có --kpi thì là số phận các dòng của tệp",
    "of this method, for renewals and cohorts": "của phương thức này, cho số đóng tiếp và nhóm mới",
    "of this rule, with --agent": "của quy tắc này, cùng --agent",
    "write the rows, with names, to this new .xlsx": "ghi các dòng, có tên người, vào tệp .xlsx mới này",
    "write copies of the workbooks there, the cells filled; with names": "ghi vào đó bản sao các bảng kê, có tô màu ô; có tên người",
    "what changed between two nights in figures that were published, and why": "số liệu đã công bố thay đổi thế nào giữa hai đêm, và vì sao",
    "version or night compared with (default: the one before)": "phiên bản hoặc đêm để so sánh (mặc định: lần trước)",
    "version or night (default: the last)": "phiên bản hoặc đêm (mặc định: lần cuối)",
    "the D05-TS workbook of the day for one agent: head, people due to renew, cell checks": "mẫu D05-TS của ngày cho một đại lý: phần đầu, người đến hạn, kiểm tra ô",
    "who reported, what was rejected, and the nothing-lost equation": "ai đã báo cáo, tệp nào có vấn đề, và phép cộng kiểm tra không mất dòng nào",
    "what waits for a person, and what is decided about it: list, show, release, reject, undo": "tệp và dòng chờ người quyết định: list, show, release, reject, undo",
    "take back a file that counts; --undo lets it count again": "rút lại một tệp đã ghi nhận; --undo: cho ghi nhận lại",
    "publish again what the marts hold; with --to, copy it into PostgreSQL too; with --outward, write a version for outside": "công bố lại số liệu đã tính; có --to thì chép cả vào PostgreSQL; có --outward thì làm bản công bố ra ngoài",
    "the folder of all versions for outside: one more, with small counts of people hidden": "thư mục chứa mọi bản công bố ra ngoài: thêm một bản, số ít người thì không cho biết",
    "with --outward, how staff are called: by code or by working name": "với --outward: ghi cán bộ, đại lý bằng mã hay bằng tên công vụ",
    "postgresql://user@host/database: a copy for many readers, each with rights of their own": "postgresql://user@host/database: bản chép cho nhiều người đọc, mỗi người có quyền riêng",
    "build the warehouse anew from landing and publish; with --verify, change nothing and hold every published version against landing": "lập lại kho từ hồ sơ gốc rồi công bố; có --verify thì không đổi gì, chỉ đối chiếu mọi phiên bản đã công bố với hồ sơ gốc",
    "reproduce every version ever published, and name what was altered": "tính lại mọi phiên bản đã công bố, và nêu những gì bị sửa",
    "a month's report to print and sign (PDF, Word), and the workbook of its figures": "báo cáo tháng để in và ký (PDF, Word), và bảng số liệu",
    "the month (default: the last whole month)": "tháng báo cáo (mặc định: tháng trọn gần nhất)",
    "the folder to write to; never over another file": "thư mục sẽ ghi; không bao giờ ghi đè",
    "the office's own Word template (default: the shipped one)": "mẫu Word riêng của cơ quan (mặc định: mẫu có sẵn)",
    "an empty reference.xlsx with its sheets, headers and cell checks": "danh mục reference.xlsx trống, có đủ trang tính, tiêu đề và kiểm tra ô",
    "the invented nights of Ân Thi, 2017 to 2019": "dữ liệu mẫu hư cấu của Ân Thi, 2017 đến 2019",
    "start Airflow and its database, component by component; says what already runs": "khởi động Airflow và cơ sở dữ liệu của nó, từng phần; cho biết phần nào đang chạy",
    "end them all, and leave no process": "dừng tất cả, không để lại tiến trình nào",
    "is the night published by its hour? mails the engineer once when it is not; needs no Airflow": "đêm đã công bố đúng giờ chưa? Nếu chưa thì gửi thư cho kỹ thuật một lần; không cần Airflow",
    "an Airflow command that speaks to what `up` started, such as `airflow backfill create ...`": "lệnh của Airflow cho những gì `up` đã khởi động, ví dụ `airflow backfill create ...`",
    "what `make run` does: sample where nothing is, the night, the table": "việc của `make run`: tạo dữ liệu mẫu nếu chưa có gì, chạy đêm, in bảng",
    "data folder (default: BAOPHU_DATA, then ./data)": "thư mục dữ liệu (mặc định: BAOPHU_DATA, rồi ./data)",
    "table for people, json for programs": "table cho người đọc, json cho chương trình",
    "agent that sends them": "đại lý gửi tệp",
    "when they arrived (default: now)": "gửi đến lúc nào (mặc định: bây giờ)",
    "agent that would send them": "đại lý sẽ gửi tệp",
    "write marked copies and receipts there": "ghi bản đánh dấu và giấy báo nhận vào đó",
    "the night (default: the last 21:00 that has passed)": "đêm (mặc định: 21:00 gần nhất đã qua)",
    "reporting date (default: the known-on)": "ngày số liệu (mặc định: như --known-on)",
    "last night whose files count (default: the last that ran)": "đêm cuối cùng có tệp được tính (mặc định: đêm chạy gần nhất)",
    "communes as they were on the reporting date": "xã theo địa giới của ngày số liệu",
    "the people of this officer's communes": "người của các xã do cán bộ này phụ trách",
    "the people whose last payment this agent collected": "người mà đại lý này thu lần gần nhất",
    "the .xlsx to write; never over another file": "tệp .xlsx sẽ ghi; không bao giờ ghi đè",
    "day from which days are counted (default: the known-on)": "ngày bắt đầu đếm (mặc định: như --known-on)",
    "the agent that fills it in": "đại lý sẽ điền",
    "day whose form and month it is (default: the last night that ran)": "ngày của mẫu và của tháng (mặc định: đêm chạy gần nhất)",
    "day in whose month reports are due (default: the last night that ran, or in the first days of a month the end of the month before)": "ngày thuộc tháng phải báo cáo (mặc định: đêm chạy gần nhất; những ngày đầu tháng: cuối tháng trước)",
    "last night whose files count: a later one shows who was late (default: DATE)": "đêm cuối cùng có tệp được tính: đêm muộn hơn cho thấy ai báo cáo muộn (mặc định: như --date)",
    "files and rows that are still open, oldest first: places and codes, no value of a cell": "tệp và dòng còn phải giải quyết, cũ nhất trước: vị trí và mã quy tắc, không có giá trị của ô",
    "those of this officer's communes only": "chỉ của các xã do cán bộ này phụ trách",
    "those of this agent only": "chỉ của đại lý này",
    "those of reports for this month only": "chỉ của báo cáo tháng này",
    "what is open is refused and closed: it must come again": "loại và khép lại những gì còn phải giải quyết: phải gửi lại",
    "what is wrong with a file, or with one of its rows": "một tệp hoặc một dòng sai ở đâu",
    "let what waits count, from the next night on": "cho ghi nhận những gì đang chờ, từ đêm sau",
    "take back a decision": "hủy một quyết định",
    "at least 12 letters of the hash; after a colon, a row as the sheet numbers it": "ít nhất 12 ký tự của mã tệp; sau dấu hai chấm là số dòng trên trang tính",
    "print what the rows say: names and numbers of people": "in cả nội dung các dòng: tên và mã số của người",
    "at least 12 letters of the hash": "ít nhất 12 ký tự của mã tệp",
    "this row only; may be said again": "chỉ dòng này; có thể ghi nhiều lần",
    "the sheet of the rows, where more than one has them": "trang tính của các dòng, khi nhiều trang tính có số dòng ấy",
    "who decides: a code or working name": "ai quyết định: mã hoặc tên công vụ",
    "the reason, without names or numbers of participants": "lý do, không ghi tên hay mã số của người tham gia",
    "when it was decided (default: now)": "quyết định lúc nào (mặc định: bây giờ)",
    "at least 12 letters of its id": "ít nhất 12 ký tự của mã quyết định",
    "take back the withdrawal": "hủy việc rút lại",
    "the office itself brings them: the reference workbook, the opening roster": "do chính cơ quan gửi: danh mục, danh sách đầu kỳ",
    "the office itself would bring them": "như khi do chính cơ quan gửi",
}
"""English -> Vietnamese, of every line of help."""
_TITLES = {"positional arguments": "tham số", "options": "lựa chọn"}


class _Formatter(argparse.HelpFormatter):
    def add_usage(self, usage: Any, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, prefix or "cách dùng: ")


def speak(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """The parser, in the language that BAOPHU_LANG names."""
    if text_setting("lang").lower().startswith("vi"):
        _translate(parser)
    return parser


def texts(parser: argparse.ArgumentParser) -> set[str]:
    """Every line of help of a parser and of all its commands."""
    found = {parser.description} | {action.help for action in parser._actions}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            found |= {choice.help for choice in action._choices_actions}
            found |= {text for sub in action.choices.values() for text in texts(sub)}
    return {text for text in found if text}


def _translate(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = _Formatter
    parser.description = _said(parser.description)
    for group in parser._action_groups:
        group.title = _TITLES.get(group.title or "", group.title)
    for action in parser._actions:
        action.help = _said(action.help)
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                choice.help = _said(choice.help)
            for sub in action.choices.values():
                _translate(sub)


def _said(text: str | None) -> str | None:
    return HELP.get(text or "", text)
