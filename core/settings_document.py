"""`python -m core.settings_document`: writes `.env.example` and docs/settings.md from the model of
the settings."""

from __future__ import annotations

import textwrap

from core.data_folder import PROJECT_ROOT
from core.settings import Limits, Settings, allowed, variable
from core.whole_files import write_whole

_WRITTEN_OUT = (
    "data",
    "engineer_mail",
    "agent_mail",
    "sealed_within_minutes",
    "published_within_minutes",
    "retry_minutes",
    "first_night",
    "port",
    "url",
)
"""What nearly every office looks at; the others stand behind a #."""
_EXAMPLES = {
    "office_contact": '"Bộ phận thu, BHXH huyện, 0221 000 0000"',
    "lang": "vi",
    "debug": "1",
}
_MAIL_SERVER = """\
# For `make up`: Airflow's connection to the mail server, as JSON. Under Docker it stands in secrets/connections.json.
#AIRFLOW_CONN_SMTP_DEFAULT='{"conn_type":"smtp","host":"mail.example.org","port":587,\
"extra":{"from_email":"baophu@example.org","disable_ssl":true}}'
"""


def env_example() -> str:
    """The text of `.env.example`: what an office sets first, then what one file may cost."""
    own = [
        name
        for name in Settings.model_fields
        if name not in Limits.model_fields and name != "env_file"
    ]
    return (
        "# Written by `make docs`. Copy it to `.env`: the command `baophu` and docker compose read that.\n"
        "# What stands here holds by itself. No secret stands here: secrets are files (docs/runbooks/install.md).\n\n"
        + "".join(map(_entry, own))
        + _MAIL_SERVER
        + "\n# What one file may cost before it is refused.\n"
        + "".join(map(_entry, Limits.model_fields))
    )


def settings_page() -> str:
    """The text of docs/settings.md."""
    lines = [
        "# Settings",
        "",
        "Written by `make docs` from `core/settings.py`. Each is a variable of the environment, or a line of `.env`;",
        "what the environment says goes before the file. One that makes no sense is refused by name before anything is done.",
        "",
        "| Variable | Without it | May be | What it sets |",
        "|---|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        default = _shown(field.default)
        may_be = allowed(name) or "text"
        lines.append(
            f"| `{variable(name)}` | {f'`{default}`' if default else ''} | {may_be} | {field.description} |"
        )
    return "\n".join(lines) + "\n"


def _entry(name: str) -> str:
    field = Settings.model_fields[name]
    words = textwrap.fill(str(field.description), 110, initial_indent="# ", subsequent_indent="# ")
    value = _EXAMPLES.get(name) or _shown(field.default)
    if " " in value and not value.startswith('"'):
        value = f'"{value}"'
    return f"{words}\n{'' if name in _WRITTEN_OUT else '#'}{variable(name)}={value}\n"


def _shown(default: object) -> str:
    return "" if default is None else str(default)


if __name__ == "__main__":
    write_whole(PROJECT_ROOT / ".env.example", env_example().encode(), "write the documents")
    write_whole(
        PROJECT_ROOT / "docs" / "settings.md", settings_page().encode(), "write the documents"
    )
