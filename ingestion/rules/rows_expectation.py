"""The one expectation of the rule book: rows that satisfy a condition. It answers with a mask, so a
night full of failing rows costs no more than a good one (lists of failing rows, as the expectations
of Great Expectations make them, cost 0.1 ms a row)."""

from __future__ import annotations

import base64
from functools import cache
from types import CodeType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from core.late_imports import put_off

# for plots and distributions, which no rule of ours asks for
with put_off("altair", "scipy.stats"):
    from great_expectations.core.metric_domain_types import MetricDomainTypes
    from great_expectations.execution_engine import PandasExecutionEngine
    from great_expectations.expectations.expectation import BatchExpectation
    from great_expectations.expectations.metrics.metric_provider import metric_value
    from great_expectations.expectations.metrics.table_metric_provider import TableMetricProvider


class RowsAgainst(TableMetricProvider):  # type: ignore[misc]
    """(rows looked at, packed mask of failing rows) of one condition over a frame."""

    metric_name = "table.rows_against"
    value_keys = ("condition", "when")

    @metric_value(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(
        cls: Any,
        execution_engine: Any,
        metric_domain_kwargs: dict[str, Any],
        metric_value_kwargs: dict[str, Any],
        metrics: dict[str, Any],
        runtime_configuration: dict[str, Any],
    ) -> tuple[int, npt.NDArray[np.uint8]]:
        frame, _, _ = execution_engine.get_compute_domain(
            metric_domain_kwargs, domain_type=MetricDomainTypes.TABLE
        )
        looked_at, failing = rows_against(
            frame, metric_value_kwargs["condition"], metric_value_kwargs["when"]
        )
        return int(looked_at.sum()), np.packbits(failing)


class ExpectRowsToSatisfy(BatchExpectation):  # type: ignore[misc]
    """Every row for which `when` is true (all, without it) satisfies `condition`; unknown
    satisfies, as in a CHECK of SQL."""

    condition: str
    when: str | None = None

    metric_dependencies = ("table.rows_against",)
    success_keys = ("condition", "when")
    args_keys = ("condition", "when")

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: Any = None,
        execution_engine: Any = None,
    ) -> dict[str, Any]:
        looked_at, mask = metrics["table.rows_against"]
        return {
            "success": not mask.any(),
            "result": {
                "looked_at": looked_at,
                "mask": base64.b64encode(mask.tobytes()).decode("ascii"),
            },
        }


def rows_against(
    frame: pd.DataFrame, condition: str, when: str | None
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """(rows looked at, rows failing) as masks. Both texts are Python expressions over the columns
    of the frame; they come from our own suites.

    Raises NameError for a column that the frame does not have, TypeError when an expression is not
    one truth per row.
    """
    columns = _Columns(frame)
    applies = (
        np.ones(len(frame), dtype=bool)
        if when is None
        else _truth(frame, when, columns, unknown=False)
    )
    return applies, applies & ~_truth(frame, condition, columns, unknown=True)


def positions(mask: str, rows: int) -> npt.NDArray[np.intp]:
    """The failing rows in the mask of a result."""
    return np.flatnonzero(
        np.unpackbits(np.frombuffer(base64.b64decode(mask), dtype=np.uint8), count=rows)
    )


class _Columns(dict[str, Any]):
    """Names of an expression: the columns of a frame."""

    def __init__(self, frame: pd.DataFrame) -> None:
        super().__init__()
        self._frame = frame

    def __missing__(self, name: str) -> Any:
        if name not in self._frame.columns:
            raise NameError(f"no column {name}")
        self[name] = self._frame[name]
        return self[name]


def _truth(
    frame: pd.DataFrame, expression: str, columns: _Columns, *, unknown: bool
) -> npt.NDArray[np.bool_]:
    found = eval(_compiled(expression), {"__builtins__": {}}, columns)
    if not isinstance(found, pd.Series) or len(found) != len(frame) or found.dtype.kind != "b":
        raise TypeError(f"not one truth per row: {expression}")
    return found.fillna(unknown).to_numpy(dtype=bool)


@cache
def _compiled(expression: str) -> CodeType:
    return compile(expression, "<rule>", "eval")
