# One image for every component; the compose file says which command each runs.
# The base is pinned by version; a site that needs more pins it by digest as well.
FROM python:3.12.11-slim-bookworm AS build
ENV UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy
RUN pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
WORKDIR /opt/baophu
COPY pyproject.toml uv.lock README.md LICENSE ./
# what changes seldom first: the locked dependencies, with their bytecode
RUN uv sync --frozen --no-dev --no-install-project --compile-bytecode
COPY baophu baophu
COPY core core
COPY ingestion ingestion
COPY publishing publishing
COPY samples samples
COPY expectations expectations
COPY dbt_project dbt_project
COPY dags dags
# editable: the code finds expectations/, dbt_project/ and dags/ beside itself
RUN uv sync --frozen --no-dev --compile-bytecode && .venv/bin/python -m compileall -q baophu ingestion publishing samples dags

FROM python:3.12.11-slim-bookworm
RUN groupadd --gid 10001 baophu && useradd --uid 10001 --gid baophu --create-home baophu \
    && mkdir -p /data /airflow /superset && chown baophu:baophu /data /airflow /superset
COPY --from=build /opt/baophu /opt/baophu
# dbt keeps its parsed project there
RUN mkdir -p /opt/baophu/dbt_project/target && chown baophu:baophu /opt/baophu/dbt_project/target
ENV PATH=/opt/baophu/.venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    BAOPHU_DATA=/data \
    AIRFLOW_HOME=/airflow
USER baophu
WORKDIR /airflow
VOLUME ["/data", "/airflow"]
CMD ["airflow", "api-server"]
