"""The chart of the report: one bar per contestant, the night's in its stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.contest import Result
from bench.stages import STAGES

_COLOURS = dict(
    zip(
        STAGES,
        ("#999999", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00"),
        strict=True,
    )
)
"""Okabe and Ito: told apart by people with any kind of colour vision."""
_OTHERS = "#CCCCCC"


def draw(results: Sequence[Result], names: Mapping[str, str], path: Path) -> None:
    """Write the chart as SVG; the same figures make the same file."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    matplotlib.rcParams.update(
        {"svg.fonttype": "none", "svg.hashsalt": "baophu", "font.family": "sans-serif"}
    )
    figure, panels = pyplot.subplots(
        len(results), 1, figsize=(10, 0.8 + 3.0 * len(results)), squeeze=False, layout="constrained"
    )
    for result, panel in zip(results, panels[:, 0], strict=True):
        order = list(reversed(result.runs))
        for place, name in enumerate(order):
            stages = result.stages(name)
            total, left = stages.pop("total").seconds, 0.0
            if name != "night":
                panel.barh(place, total, color=_OTHERS, edgecolor="black", linewidth=0.5)
            else:
                for stage, measured in stages.items():
                    panel.barh(
                        place,
                        measured.seconds,
                        left=left,
                        color=_COLOURS[stage],
                        edgecolor="black",
                        linewidth=0.5,
                        label=stage,
                    )
                    left += measured.seconds
            panel.text(total, place, f" {total:.1f} s", va="center")
        panel.set_yticks(range(len(order)), [names[name].replace("`", "") for name in order])
        panel.set_title(result.prepared.name.capitalize(), loc="left")
        panel.set_xlabel("seconds, median")
        panel.margins(x=0.12)
        panel.spines[["top", "right"]].set_visible(False)
    handles, labels = panels[0, 0].get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=len(STAGES), title="stages of the night"
    )
    figure.savefig(
        path,
        format="svg",
        metadata={
            "Date": None,
            "Title": "Seconds of the night by stage, beside its peers and floors",
        },
    )
    pyplot.close(figure)
