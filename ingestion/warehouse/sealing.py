"""Stage 5: whether every chunk of a night is accounted for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from core.errors import Consequence


def seal(counts: Mapping[str, int], states: Sequence[str]) -> dict[str, int]:
    """Stage 5: planned = done + failed + skipped, or the night is not sealed. `counts` as
    `load_night` gives them; `states`: what the scheduler says of each task that judged a chunk
    (`success`, `failed`, `skipped`, ...).

    Raises Consequence when a chunk failed or was skipped or is not accounted for; the other chunks
    are loaded.
    """
    done, skipped = states.count("success"), states.count("skipped")
    failed = sum(state in ("failed", "upstream_failed") for state in states)
    planned, loaded = counts["planned"], counts["loaded"]
    if not planned == done + failed + skipped == len(states) or loaded != done:
        raise Consequence(
            f"degraded: {planned} chunks were planned, but {done} done, {failed} failed, {skipped} skipped and {loaded} loaded do not account for them"
        )
    if failed or skipped:
        raise Consequence(
            f"degraded: of {planned} chunks {done} are loaded, {failed} failed and {skipped} were skipped"
        )
    return {"planned": planned, "done": done, "failed": failed, "skipped": skipped}
