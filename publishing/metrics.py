"""docs/bi/metrics.yml: the figures as MetricFlow reads them, from the rows of `kpi_definition`, so
that a BI tool adds up what adds up and nothing else.

A figure that adds over places and time is a sum. One that adds over places alone is a sum of the
newest day of what is asked for. A share is a ratio of such sums, never a mean of shares. A figure
that does not add is left out, and named in the file's head.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from core.data_folder import PROJECT_ROOT

METRICS = PROJECT_ROOT / "docs" / "bi" / "metrics.yml"
Definition = Mapping[str, str | None]


@dataclass(frozen=True)
class Facts:
    """A table of figures. `day`: its date, and how fine it is. `joins`: entity -> key of a
    dimension. `prefix`: before the names of its metrics."""

    table: str
    entity: str
    grain: str
    day: str
    fineness: str
    joins: Mapping[str, str]
    labels: Sequence[str]
    prefix: str = ""
    where: str | None = None

    @property
    def day_name(self) -> str:
        """`month` alone is a word of MetricFlow's own."""
        return "month_start" if self.day == "month" else self.day


AGENT = "agent_"
"""Before the names of metrics of agents: those of communes have the same ones."""

FACTS = (
    Facts(
        *(
            "kpi_by_commune",
            "commune_day",
            "commune_code || '@' || reporting_date",
            "reporting_date",
            "day",
        ),
        {"commune": "commune_key"},
        ["commune_code", "target_basis", "year_target_basis", "is_complete"],
        where="boundaries = 'then'",
    ),
    Facts(
        *(
            "kpi_by_agent",
            "agent_day",
            "agent_code || '@' || reporting_date",
            "reporting_date",
            "day",
        ),
        {"agent": "agent_key", "commune": "commune_key", "association": "association_key"},
        ["agent_code", "system_code", "report_status"],
        prefix=AGENT,
    ),
    Facts(
        *("fct_submissions", "submission", "arrival_id", "received_at", "day"),
        {"agent": "agent_key"},
        ["form", "verdict", "is_closed"],
    ),
    Facts(
        *(
            "fct_renewals",
            "renewal_month",
            "district_code || '@' || method || '@' || month",
            "month",
            "month",
        ),
        {},
        ["district_code", "method"],
    ),
    Facts(
        *(
            "fct_cohorts",
            "cohort",
            "district_code || '@' || method || '@' || first_month",
            "first_month",
            "month",
        ),
        {},
        ["district_code", "method"],
        prefix="cohort_",
    ),
)
"""Officers and associations are left out: their communes and their people overlap, so that they
never add up."""
DIMENSIONS = {
    "dim_commune": ("commune", "commune_key", ["commune_name", "unit_type", "district_name"]),
    "dim_agent": ("agent", "agent_key", ["agent_name", "system_name", "collection_point"]),
    "dim_association": ("association", "association_key", ["association_name", "kind"]),
}
"""Table -> (entity, key, labels)."""


@dataclass(frozen=True)
class Share:
    """A share as a ratio of two sums of columns. `basis`: the column that must say `stock`, for a
    target for people gained is no target for people counted."""

    above: str
    below: str
    basis: str | None = None


RATIOS = {
    "coverage_rate": Share("participants", "working_age_population"),
    "target_rate": Share("participants", "target_participants", "target_basis"),
    "year_target_rate": Share("participants", "year_target", "year_target_basis"),
    "agent_renewal_rate": Share("renewals_made_this_year", "renewals_due_this_year"),
    "agent_new_rate": Share("new_this_year", "field_people"),
    "renewal_rate": Share("renewals_made", "renewals_due"),
}
"""Metric -> how it is worked out."""

HEAD = """The figures for MetricFlow (dbt's semantic layer). Not written by hand: `make docs` writes it from the published dictionary.
How to use it: README.md in this folder.

Sums over communes or agents are right for every metric. Over time, a metric with `non_additive_dimension` takes the newest day of each period;
the others are sums of months. The tables hold month ends and the last night: one row per commune, agent and date.

Left out, for they neither add up nor are shares of what does; read them from the tables:
"""


def page(rows: Sequence[Definition]) -> str:
    """The whole file."""
    by_code = {str(row["code"]): row for row in rows}
    measured = [(facts, list(_measures(facts, by_code))) for facts in FACTS]
    metrics = [_simple(measure) for _, measures in measured for measure in measures]
    metrics += [_ratio(name, by_code) for name in RATIOS]
    named = {metric["name"] for metric in metrics} | {
        metric["name"].removeprefix(facts.prefix) for facts in FACTS for metric in metrics
    }
    left_out = sorted(
        code
        for code, row in by_code.items()
        if row["adds"] == "never" and row["unit"] != "yes or no" and code not in named
    )
    said = {
        "models": [
            {
                "name": "dim_date",
                "time_spine": {"standard_granularity_column": "date_day"},
                "columns": [{"name": "date_day", "granularity": "day"}],
            }
        ],
        "semantic_models": [
            *(_semantic_model(facts, measures) for facts, measures in measured),
            *(_dimension(table, *of_table) for table, of_table in DIMENSIONS.items()),
        ],
        "metrics": metrics,
    }
    head = HEAD + textwrap.fill(", ".join(left_out) + ".", 118)
    comment = "".join(f"# {line}".rstrip() + "\n" for line in head.splitlines())
    return comment + "\n" + yaml.safe_dump(said, allow_unicode=True, sort_keys=False, width=140)


def adding(table: str, by_code: Mapping[str, Definition]) -> Iterator[tuple[str, Definition]]:
    """The columns of a table that add up, each with its row of `kpi_definition`."""
    for code, row in by_code.items():
        name = code.rpartition(".")[2]
        own = f"{table}.{name}"
        if (
            row["adds"] != "never"
            and table in str(row["tables"]).split(", ")
            and (code == own or own not in by_code)
        ):
            yield name, row


def _measures(facts: Facts, by_code: Mapping[str, Definition]) -> Iterator[dict[str, Any]]:
    """The figures of a table that add up, each with its definition under `row`."""
    for name, row in adding(facts.table, by_code):
        expression = f"case when {facts.where} then {name} end" if facts.where else name
        measure: dict[str, Any] = {
            "name": f"{facts.prefix}{name}",
            "agg": "sum",
            "expr": expression,
        }
        if row["adds"] == "places":
            measure["non_additive_dimension"] = {"name": facts.day_name, "window_choice": "max"}
        yield {"measure": measure, "row": row}


def _semantic_model(facts: Facts, measures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "name": facts.table,
        "model": f"ref('{facts.table}')",
        "defaults": {"agg_time_dimension": facts.day_name},
        "entities": [
            {"name": facts.entity, "type": "primary", "expr": facts.grain},
            *(
                {"name": entity, "type": "foreign", "expr": key}
                for entity, key in facts.joins.items()
            ),
        ],
        "dimensions": [
            {
                "name": facts.day_name,
                "type": "time",
                "expr": facts.day,
                "type_params": {"time_granularity": facts.fineness},
            },
            *({"name": label, "type": "categorical"} for label in facts.labels),
        ],
        "measures": [measure["measure"] for measure in measures],
    }


def _dimension(table: str, entity: str, key: str, labels: Sequence[str]) -> dict[str, Any]:
    return {
        "name": table,
        "model": f"ref('{table}')",
        "entities": [{"name": entity, "type": "primary", "expr": key}],
        "dimensions": [{"name": label, "type": "categorical"} for label in labels],
    }


def _simple(measure: Mapping[str, Any]) -> dict[str, Any]:
    name, row = measure["measure"]["name"], measure["row"]
    return {
        "name": name,
        "label": _label(name, row),
        "description": f"{row['name_en']}. {row['formula_en']}",
        "type": "simple",
        "type_params": {"measure": name},
    }


def _label(name: str, row: Definition) -> str:
    """MetricFlow has no two metrics of one label."""
    return f"{row['name_vi']}, theo đại lý" if name.startswith(AGENT) else str(row["name_vi"])


def _ratio(name: str, by_code: Mapping[str, Definition]) -> dict[str, Any]:
    share, prefix = RATIOS[name], AGENT if name.startswith(AGENT) else ""
    row = by_code[name.removeprefix(AGENT)]
    where = f"{{{{ Dimension('commune_day__{share.basis}') }}}} = 'stock'" if share.basis else None
    sides = (
        {"name": f"{prefix}{side}", "filter": where} if where else f"{prefix}{side}"
        for side in (share.above, share.below)
    )
    return {
        "name": name,
        "label": _label(name, row),
        "description": f"{row['name_en']}. {row['formula_en']}",
        "type": "ratio",
        "type_params": dict(zip(("numerator", "denominator"), sides, strict=True)),
    }
