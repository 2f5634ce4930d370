"""Runs in Superset's own environment: its tables, its roles, a first person who may do everything,
and the bundle. Safe to repeat; what the bundle made before is written over.

`python prepare.py BUNDLE.zip`, with superset_config.py on the PYTHONPATH. One process: each of
Superset's commands imports it for some seconds.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from zipfile import ZipFile

from flask.cli import ScriptInfo
from superset.app import create_app

LOGIN = "baophu"


def main() -> None:
    """Prepare the database that superset_config.py names, and import the archive."""
    app = create_app()
    from superset.cli.main import superset  # after the app: its commands need one

    password = Path(os.environ.get("SUPERSET_SECRETS", "/run/secrets"), "superset_password")
    person = ["--username", LOGIN, "--firstname", "Bao", "--lastname", "Phủ"]
    person += ["--email", "baophu@localhost", "--password", password.read_text("utf-8").strip()]
    for words in (["db", "upgrade"], ["init"], ["fab", "create-admin", *person]):
        superset.main(words, obj=ScriptInfo(create_app=lambda: app), standalone_mode=False)
    with app.app_context():
        from superset import security_manager
        from superset.commands.importers.v1.assets import ImportAssetsCommand
        from superset.commands.importers.v1.utils import get_contents_from_bundle
        from superset.utils.core import override_user

        with ZipFile(sys.argv[1]) as archive, override_user(security_manager.find_user(LOGIN)):
            ImportAssetsCommand(get_contents_from_bundle(archive)).run()


if __name__ == "__main__":
    main()
