"""The secrets of a server: generated, never a default, in files that only their owner reads.
`python -m baophu.server_secrets DIR` writes those of compose."""

from __future__ import annotations

import base64
import json
import secrets
import sys
from pathlib import Path

from core.errors import OfficeFault

USER = "baophu"


def generate() -> dict[str, str]:
    """user, password, database_password, fernet_key, api_secret, jwt_secret."""
    return {
        "user": USER,
        "password": secrets.token_urlsafe(12),
        "database_password": secrets.token_urlsafe(24),
        "fernet_key": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "api_secret": secrets.token_urlsafe(32),
        "jwt_secret": secrets.token_urlsafe(48),
    }


def write_files(folder: Path, host: str = "postgres", port: int = 5432) -> dict[str, str]:
    """One file per secret, as docker-compose.yml mounts them; `login.json` holds the login of
    Airflow's page, which is Superset's too; `connections.json` is empty until somebody names the
    mail server in it. Returns the secrets.

    The folder is its owner's alone; the files in it can be read by the user of the container they
    are mounted into. Raises OfficeFault when the folder holds secrets already: a database keeps its
    first password.
    """
    if folder.exists() and any(folder.iterdir()):
        raise OfficeFault(f"{folder} holds secrets already; nothing was written")
    made = generate()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    files = {
        "database_password": made["database_password"],
        "database_url": f"postgresql+psycopg2://{USER}:{made['database_password']}@{host}:{port}/airflow",
        "fernet_key": made["fernet_key"],
        "api_secret": made["api_secret"],
        "jwt_secret": made["jwt_secret"],
        "connections.json": "{}",
        "login.json": json.dumps({made["user"]: made["password"]}),
        "superset_key": secrets.token_urlsafe(42),
        "superset_password": made["password"],
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o444)
    return made


if __name__ == "__main__":
    try:
        login = write_files(Path(sys.argv[1]))
    except OfficeFault as exc:
        sys.exit(str(exc))
    print(f"user: {login['user']}   password: {login['password']}")
