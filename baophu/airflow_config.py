"""Airflow's settings as environment variables: what a night in one process and the components of
`make up` have in common, and what not."""

from __future__ import annotations

from collections.abc import Mapping

from core.data_folder import PROJECT_ROOT, DataFolder

WAREHOUSE_POOL = "warehouse"
"""One slot: DuckDB lets one process write."""


def common_settings(folder: DataFolder) -> dict[str, str]:
    """Holds for every Airflow process of ours: this project's DAGs, nobody else's, and no word to
    anybody outside."""
    return {
        "BAOPHU_DATA": str(folder.root),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT_ROOT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "AIRFLOW__LINEAGE__DISABLED": "True",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FOLDER_PERMISSIONS": "0o700",
        "AIRFLOW__LOGGING__FILE_TASK_HANDLER_NEW_FILE_PERMISSIONS": "0o600",
        "GX_ANALYTICS_ENABLED": "false",
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
    }


def in_process_settings(folder: DataFolder) -> dict[str, str]:
    """A night in one process: SQLite in a home beside the data."""
    home = folder.airflow_home
    return {
        **common_settings(folder),
        "BAOPHU_FIRST_NIGHT": "",  # the scheduler's: a person may ask for any night
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING",
    }


def server_defaults() -> dict[str, str]:
    """What an operator may set otherwise, in the environment or in `.env`."""
    return {
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__PARALLELISM": "2",
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__API__WORKERS": "1",
        "AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "60",
        "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "120",
        # what a killed scheduler had begun is begun again by the next one, which looks for it this
        # often (Airflow's own: 300)
        "AIRFLOW__SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": "60",
    }


def server_settings(
    folder: DataFolder, port: int, database: str, secrets: Mapping[str, str]
) -> dict[str, str]:
    """The components of `make up`: `database` is an SQLAlchemy address; `secrets` holds user,
    fernet_key, api_secret and jwt_secret."""
    home = folder.server_home
    return {
        **common_settings(folder),
        "BAOPHU_SERVER": str(home),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs" / "tasks"),
        "AIRFLOW__CORE__FERNET_KEY": secrets["fernet_key"],
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__AUTH_MANAGER": "baophu.sign_in.SlowSignIn",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{secrets['user']}:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__API__HOST": "127.0.0.1",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__SECRET_KEY": secrets["api_secret"],
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets["jwt_secret"],
    }
